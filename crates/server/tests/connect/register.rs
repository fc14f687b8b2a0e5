//! A source that gives nothing before the account is registered, and that knows no scopes: Polar.
use crate::world::{APP, Browser, World};

async fn login(browser: &mut Browser, secret: &str, code: &str) {
    let started = browser.start(secret, "polar").await;
    browser.callback("polar", &[("state", &started.state()), ("code", code)]).await;
}

#[tokio::test]
async fn an_account_is_registered_or_not_connected() {
    let world = World::offering(&["polar"]).await;
    let mut browser = world.browser();
    let page = browser.open(&[("clientId", APP), ("clientUserId", "patient-17")]).await;
    login(&mut browser, page.secret(), "code-blocked").await;
    let list = browser.list(page.secret()).await;
    assert_eq!(list.row("polar"), "failed");
    assert!(list.body.contains("The source refused the connection."), "{}", list.body);
    world.engine.drain_jobs().await.expect("jobs");
    assert_eq!(world.provider.seen(|s| s.revoked.clone()), ["blocked"], "the grant goes back");
    login(&mut browser, page.secret(), "code-runner").await;
    assert_eq!(browser.list(page.secret()).await.row("polar"), "connected");
    let finish = browser.end(page.secret()).await.json();
    assert_eq!(finish["result"], "finish");
    assert_eq!(world.provider.seen(|s| s.revoked.clone()), ["blocked"]);
}

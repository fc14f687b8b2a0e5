//! A renewal that comes back with another account than the one that was connected.
use hilum_model::HumanId;
use hilum_store::connections::ConnectionState;
use serde_json::Value;

use crate::world::{APP, Answer, Browser, World};

/// A person whose only source, Oura's account `ring`, wants a new login; and their page in edit mode.
async fn renewing(world: &World) -> (HumanId, Browser, Answer) {
    let first = world.enrolled("patient-17", "ring").await;
    let text = |name: &str| first[name].as_str().expect("text").to_owned();
    let human: HumanId = text("humanId").parse().expect("id");
    let known = world.engine.store.connections(human).expect("read")[0].connection_id;
    let gone = Some("revoked".to_owned());
    world.engine.store.set_connection_state(human, known, ConnectionState::NeedsReauth, gone).await.expect("state");
    let token = text("publicToken");
    let mut browser = world.browser();
    let page = browser.open(&[("clientId", APP), ("clientUserId", "patient-17"), ("publicToken", &token)]).await;
    assert_eq!((page.row("oura").as_str(), page.connection("oura")), ("attention", known.to_string()));
    (human, browser, page)
}

/// A login that is to renew the row's connection.
async fn renew(browser: &mut Browser, page: &Answer, code: &str) {
    let (secret, connection) = (page.secret(), page.connection("oura"));
    let form = [("secret", secret), ("provider", "oura"), ("connection", connection.as_str())];
    let started = browser.post("/connect/start", &form, "text/html").await;
    browser.callback("oura", &[("state", &started.state()), ("code", code)]).await;
}

fn accounts(world: &World, human: HumanId) -> Vec<(String, ConnectionState)> {
    let all = world.engine.store.connections(human).expect("read");
    all.into_iter().map(|c| (c.account.into_inner(), c.state)).collect()
}

async fn agree(browser: &mut Browser, page: &Answer, connection: &str) -> Answer {
    let form = [("secret", page.secret()), ("connection", connection)];
    browser.post("/connect/agree", &form, "text/html; fragment").await
}

#[tokio::test]
async fn the_same_account_keeps_its_id_without_a_question() {
    let world = World::new().await;
    let (human, mut browser, page) = renewing(&world).await;
    renew(&mut browser, &page, "code-ring.again").await;
    assert_eq!(browser.list(page.secret()).await.row("oura"), "connected");
    let finish = browser.end(page.secret()).await.json();
    world.exchange(&finish["token"]).await;
    let after = world.engine.store.connections(human).expect("read");
    assert_eq!((after.len(), after[0].connection_id.to_string()), (1, page.connection("oura")));
    assert_eq!(after[0].state, ConnectionState::Live);
}

#[tokio::test]
async fn another_account_is_not_connected_unless_the_person_agrees() {
    let world = World::new().await;
    let (human, mut browser, page) = renewing(&world).await;
    renew(&mut browser, &page, "code-other").await;
    let list = browser.list(page.secret()).await;
    assert_eq!(list.row("oura"), "question");
    assert!(list.body.contains("another account") && list.body.contains("/connect/agree"), "{}", list.body);
    // Not answered is not agreed: nothing changed, and the grant goes back.
    assert_eq!(browser.end(page.secret()).await.body, r#"{"result":"close"}"#);
    world.engine.drain_jobs().await.expect("jobs");
    assert_eq!(world.provider.seen(|s| s.revoked.clone()), ["at-other"]);
    assert_eq!(accounts(&world, human), [("ring".to_owned(), ConnectionState::NeedsReauth)]);
}

#[tokio::test]
async fn the_person_can_say_no() {
    let world = World::new().await;
    let (human, mut browser, page) = renewing(&world).await;
    renew(&mut browser, &page, "code-other").await;
    let asked = browser.list(page.secret()).await.connection("oura");
    let list = browser.disconnect(page.secret(), &asked).await;
    assert_eq!((list.row("oura").as_str(), list.connection("oura")), ("attention", page.connection("oura")));
    world.engine.drain_jobs().await.expect("jobs");
    assert_eq!(world.provider.seen(|s| s.revoked.clone()), ["at-other"]);
    assert_eq!(agree(&mut browser, &page, &asked).await.code(), "unknown_connection", "too late");
    assert_eq!(accounts(&world, human).len(), 1);
}

#[tokio::test]
async fn the_person_can_have_both() {
    let world = World::new().await;
    let (human, mut browser, page) = renewing(&world).await;
    renew(&mut browser, &page, "code-other").await;
    let asked = browser.list(page.secret()).await.connection("oura");
    let list = agree(&mut browser, &page, &asked).await;
    assert_eq!((list.row("oura").as_str(), list.row("oura-2").as_str()), ("attention", "connected"));
    assert_eq!(agree(&mut browser, &page, &page.connection("oura")).await.code(), "unknown_connection", "no question");
    let finish = browser.end(page.secret()).await.json();
    let answer: Value = world.exchange(&finish["token"]).await.json();
    assert_eq!(answer["humanId"], human.to_string());
    let live = ("other".to_owned(), ConnectionState::Live);
    assert_eq!(accounts(&world, human), [("ring".to_owned(), ConnectionState::NeedsReauth), live]);
}

#[tokio::test]
async fn only_a_connection_of_ones_own_can_be_renewed() {
    let world = World::new().await;
    let (_, mut browser, page) = renewing(&world).await;
    for connection in ["aaaaaaaaaaaaaaaaaaaaaaaa", "x"] {
        let form = [("secret", page.secret()), ("provider", "oura"), ("connection", connection)];
        let answer = browser.post("/connect/start", &form, "text/html").await;
        assert_eq!(answer.status, 404, "{}", answer.body);
    }
}

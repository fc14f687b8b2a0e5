//! The redirect form for native apps (threat T27).
use axum::http::StatusCode;
use serde_json::json;

use crate::world::{APP, PUBLIC, REGISTERED, World, encode, parameter};

const FINISH: &str = "https://hapi-finish";
const CLOSE: &str = "https://hapi-close";

fn embed(finish: &str, close: &str) -> String {
    let pairs = [("client_id", APP), ("client_user_id", "patient-17"), ("finish_url", finish), ("close_url", close)];
    format!("/embed?{}", encode(&pairs))
}

#[tokio::test]
async fn the_android_way() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.get(&embed(FINISH, CLOSE)).await;
    assert_eq!(page.data()["form"], "redirect");
    let csp = page.header("content-security-policy");
    assert!(csp.contains("form-action 'self' https: http://127.0.0.1:"), "https, and the sandbox by name: {csp}");
    assert!(page.body.contains("action=\"/connect/start\"") && !page.body.contains("target=\"_blank\""), "one window");
    // The login happens in the same window and comes back to the page, by the cookie.
    let back = browser.login(page.secret(), "code-ring").await;
    let again = back.location().strip_prefix(PUBLIC).expect("ours").to_owned();
    assert!(again.starts_with("/connect/page?s="), "{again}");
    let page = browser.get(&again).await;
    assert_eq!((page.status, page.row("oura").as_str()), (StatusCode::OK, "connected"));
    assert_eq!(browser.get("/connect/page").await.row("oura"), "connected", "there is only one");
    let page = browser.get("/connect/page").await;
    assert_eq!(world.browser().get(&again).await.status, StatusCode::GONE, "another browser has no such page");

    let ended = browser.post("/connect/end", &[("secret", page.secret())], "text/html").await;
    let location = ended.location().to_owned();
    let human = parameter(&location, "humanId").expect("humanId");
    let token = parameter(&location, "sessionToken").expect("sessionToken");
    assert_eq!(
        location,
        format!(
            "{FINISH}?humanId={human}&human_id={human}&sessionToken={token}&session_token={token}&clientId={APP}&client_id={APP}"
        )
    );
    let object = json!({"humanId": human, "clientId": APP, "sessionToken": token});
    assert_eq!(world.exchange(&object).await.json()["clientUserId"], "patient-17");
}

#[tokio::test]
async fn the_ios_way_with_raw_addresses() {
    let world = World::new().await;
    let mut browser = world.browser();
    let path = format!(
        "/?finishUrl=https://connect-token&closeUrl=https://connect-closed&clientId={APP}&clientUserId=u&language=en"
    );
    let page = browser.get(&path).await;
    assert!(page.body.contains("action=\"/connect/start?popup=1\""), "the login opens in a second web view");
    let back = browser.login(page.secret(), "code-ring").await;
    assert!(back.location().ends_with("&message=1"), "{}", back.location());
    let done = browser.get(back.location().strip_prefix(PUBLIC).expect("ours")).await;
    assert_eq!(done.data(), json!({"message": true}));
    let ended = browser.post("/connect/end", &[("secret", page.secret())], "text/html").await;
    assert!(ended.location().starts_with("https://connect-token?humanId="), "{}", ended.location());
}

#[tokio::test]
async fn closing_goes_to_the_close_url_as_it_is() {
    let world = World::new().await;
    for (close, expected) in
        [(CLOSE, CLOSE), ("https://connect.humanapi.co/blank/hc-close", "https://connect.humanapi.co/blank/hc-close")]
    {
        let mut browser = world.browser();
        let page = browser.get(&embed(FINISH, close)).await;
        let ended = browser.post("/connect/end", &[("secret", page.secret())], "text/html").await;
        assert_eq!(ended.location(), expected);
    }
    let mut browser = world.browser();
    let only_finish = [("client_id", APP), ("client_user_id", "u"), ("finish_url", FINISH)];
    let page = browser.get(&format!("/embed?{}", encode(&only_finish))).await;
    let ended = browser.post("/connect/end", &[("secret", page.secret())], "text/html").await;
    assert_eq!(ended.location(), format!("{PUBLIC}/blank/hc-close"));
    assert_eq!(browser.get("/blank/hc-close").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_registered_target_keeps_its_own_query() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.get(&embed(REGISTERED, CLOSE)).await;
    browser.login(page.secret(), "code-ring").await;
    let page = browser.get("/connect/page").await;
    let ended = browser.post("/connect/end", &[("secret", page.secret())], "text/html").await;
    assert!(ended.location().starts_with("https://app.example/done?tab=1&humanId="), "{}", ended.location());
}

#[tokio::test]
async fn an_error_closes_to_the_checked_target() {
    let world = World::new().await;
    world.enrolled("patient-17", "ring").await;
    let page = world.browser().get(&embed(FINISH, CLOSE)).await;
    assert_eq!(page.data()["error"]["code"], "user_already_exists");
    assert!(page.body.contains("href=\"https://hapi-close\""), "{}", page.body);
}

/// T27 over HTTP: an error page without any link, no session, no redirect. The rule itself has its table beside it.
#[tokio::test]
async fn other_targets_are_refused() {
    let world = World::new().await;
    let mut browser = world.browser();
    for trick in [
        "https://evil.example",
        "https://hapi-finish.evil.example",
        "https://hapi-finish@evil.example",
        "https://connect.humanapi.co/blank/../x",
        "https://connect.humanapi.co/blank/x?next=https://evil.example",
        "http://127.0.0.1:8080/blank/%2e%2e/x",
        "http://127.0.0.1:8080/connect/end",
        "https://app.example/done",
        "https://app.example/done?tab=1#x",
        "javascript:alert(1)",
        "//evil.example",
    ] {
        for path in [embed(trick, CLOSE), embed(FINISH, trick)] {
            let page = browser.get(&path).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{trick}");
            assert!(page.header("location").is_empty() && browser.jar.is_empty(), "{trick}");
            assert!(!page.body.contains(trick) && !page.body.contains("href=\"http"), "{trick}: {}", page.body);
        }
    }
}

/// The documented redirect, from the shared specification: each of its parameters is there, filled.
#[tokio::test]
async fn the_documented_redirect() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/spec/samples/connect-finish-redirect.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        crate::tokens::skipped("the_documented_redirect");
        return;
    };
    let sample: serde_json::Value = serde_json::from_str(&text).expect("sample");
    let asked = &sample["request"]["query"];
    let text = |name: &str| asked[name].as_str().expect("text").to_owned();
    let (finish, close) = (text("finish_url"), text("close_url"));
    let pairs = [("client_id", APP), ("client_user_id", "patient-17"), ("finish_url", &finish), ("close_url", &close)];
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.get(&format!("/embed?{}&language=en&mode=wellness", encode(&pairs))).await;
    browser.login(page.secret(), "code-ring").await;
    let page = browser.get("/connect/page").await;
    let ended = browser.post("/connect/end", &[("secret", page.secret())], "text/html").await;
    let documented = sample["responseBody"]["location"].as_str().expect("text");
    assert!(ended.location().starts_with(documented.split_once('?').expect("query").0), "{}", ended.location());
    for (name, value) in url::Url::parse(documented).expect("url").query_pairs() {
        let ours = parameter(ended.location(), &name).unwrap_or_default();
        assert_eq!(ours.len(), value.len(), "{name}: of the documented form");
    }
}

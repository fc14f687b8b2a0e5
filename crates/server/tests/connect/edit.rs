//! Edit mode: adding, removing, renewing.
use axum::http::StatusCode;
use hilum_store::connections::ConnectionState;
use serde_json::{Value, json};

use crate::world::{APP, OTHER_APP, World};

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

#[tokio::test]
async fn adding_a_source_finishes_and_replaces_the_public_token() {
    let world = World::new().await;
    let first = world.enrolled("patient-17", "ring").await;
    let old = text(&first["publicToken"]).to_owned();
    let edit = [("clientId", APP), ("clientUserId", "patient-17"), ("publicToken", old.as_str())];
    let mut browser = world.browser();
    let page = browser.open(&edit).await;
    assert_eq!(page.data()["mode"], "edit");
    assert_eq!(page.row("oura"), "connected");

    // A second account at the same provider is a row of its own.
    browser.login(page.secret(), "code-ring2").await;
    let list = browser.list(page.secret()).await;
    assert_eq!((list.row("oura").as_str(), list.row("oura-2").as_str()), ("connected", "connected"));
    assert_ne!(list.connection("oura"), list.connection("oura-2"));

    let finish = browser.end(page.secret()).await.json();
    assert_eq!(finish["token"]["humanId"], first["humanId"]);
    let second = world.exchange(&finish["token"]).await.json();
    assert_eq!((&second["humanId"], &second["clientUserId"]), (&first["humanId"], &first["clientUserId"]));
    assert_ne!(second["publicToken"], first["publicToken"]);
    assert_ne!(second["accessToken"], first["accessToken"]);
    assert_eq!(browser.open(&edit).await.data()["error"]["code"], "invalid_public_token", "the old one is dead");
    let human = text(&first["humanId"]).parse().expect("id");
    assert_eq!(world.engine.store.connections(human).expect("connections").len(), 2);
}

#[tokio::test]
async fn removing_a_source_finishes_at_once_and_keeps_the_person() {
    let world = World::new().await;
    let first = world.enrolled("patient-17", "ring").await;
    let token = text(&first["publicToken"]);
    let mut browser = world.browser();
    let page = browser.open(&[("clientId", APP), ("clientUserId", "patient-17"), ("publicToken", token)]).await;
    let connection = page.connection("oura");
    assert_eq!(browser.disconnect(page.secret(), &connection).await.row("oura"), "available");
    // It holds even if the person leaves now.
    let human = text(&first["humanId"]).parse().expect("id");
    let states = || {
        let all = world.engine.store.connections(human).expect("connections");
        all.into_iter().map(|c| c.state).collect::<Vec<_>>()
    };
    assert_eq!(states(), [ConnectionState::Disconnected]);
    let finish = browser.end(page.secret()).await.json();
    assert_eq!((&finish["result"], &finish["token"]["humanId"]), (&json!("finish"), &first["humanId"]));
    assert_eq!(world.exchange(&finish["token"]).await.status, StatusCode::OK);
    world.engine.drain_jobs().await.expect("jobs");
    assert_eq!(world.provider.seen(|s| s.revoked.clone()), ["at-ring"]);
    assert_eq!((states(), world.people()), (vec![ConnectionState::Disconnected], 1));
}

#[tokio::test]
async fn looking_only_is_a_close() {
    let world = World::new().await;
    let first = world.enrolled("patient-17", "ring").await;
    let mut browser = world.browser();
    let page = browser.open(&[("clientId", APP), ("publicToken", text(&first["publicToken"]))]).await;
    assert_eq!(browser.end(page.secret()).await.body, r#"{"result":"close"}"#);
    // Adding and taking back is no change either.
    let page = browser.open(&[("clientId", APP), ("publicToken", text(&first["publicToken"]))]).await;
    browser.login(page.secret(), "code-ring2").await;
    let added = browser.list(page.secret()).await.connection("oura-2");
    browser.disconnect(page.secret(), &added).await;
    assert_eq!(browser.end(page.secret()).await.body, r#"{"result":"close"}"#);
}

#[tokio::test]
async fn a_source_that_wants_a_new_login_is_renewed_in_place() {
    let world = World::new().await;
    let first = world.enrolled("patient-17", "ring").await;
    let human = text(&first["humanId"]).parse().expect("id");
    let store = &world.engine.store;
    let known = store.connections(human).expect("connections")[0].connection_id;
    store
        .set_connection_state(human, known, ConnectionState::NeedsReauth, Some("revoked".into()))
        .await
        .expect("state");
    let mut browser = world.browser();
    let page = browser.open(&[("clientId", APP), ("publicToken", text(&first["publicToken"]))]).await;
    assert_eq!(page.row("oura"), "attention");
    // The same account: the account's name is the part before the dot.
    browser.login(page.secret(), "code-ring.again").await;
    let list = browser.list(page.secret()).await;
    assert_eq!((list.row("oura").as_str(), list.rows().contains_key("oura-2")), ("connected", false));
    let finish = browser.end(page.secret()).await.json();
    assert_eq!(world.exchange(&finish["token"]).await.status, StatusCode::OK);
    let after = store.connections(human).expect("connections");
    assert_eq!(after.iter().map(|c| (c.connection_id, c.state)).collect::<Vec<_>>(), [(known, ConnectionState::Live)]);
}

#[tokio::test]
async fn disconnecting_a_renewed_source_removes_both() {
    let world = World::new().await;
    let first = world.enrolled("patient-17", "ring").await;
    let human = text(&first["humanId"]).parse().expect("id");
    let mut browser = world.browser();
    let page = browser.open(&[("clientId", APP), ("publicToken", text(&first["publicToken"]))]).await;
    browser.login(page.secret(), "code-ring.again").await;
    let connection = browser.list(page.secret()).await.connection("oura");
    assert_eq!(browser.disconnect(page.secret(), &connection).await.row("oura"), "available");
    let left = world.engine.store.connections(human).expect("connections");
    assert!(left.iter().all(|c| c.state == ConnectionState::Disconnected), "{left:?}");
    assert_eq!(browser.end(page.secret()).await.json()["result"], "finish");
    world.engine.drain_jobs().await.expect("jobs");
    let mut revoked = world.provider.seen(|s| s.revoked.clone());
    revoked.sort();
    assert_eq!(revoked, ["at-ring", "at-ring.again"]);
}

#[tokio::test]
async fn the_public_token_decides_and_all_else_must_agree() {
    let world = World::new().await;
    let first = world.enrolled("patient-17", "ring").await;
    let token = text(&first["publicToken"]);
    let mut browser = world.browser();
    // The script of 2014 leaves the clientId out.
    let page = browser.open(&[("clientUserId", "patient-17"), ("publicToken", token)]).await;
    assert_eq!((page.data()["mode"].as_str(), page.row("oura").as_str()), (Some("edit"), "connected"));
    browser.login(page.secret(), "code-ring2").await;
    assert_eq!(browser.end(page.secret()).await.json()["token"]["clientId"], APP);

    for (parameters, why) in [
        (vec![("clientId", APP), ("clientUserId", "patient-18"), ("publicToken", token)], "another person"),
        (vec![("clientId", OTHER_APP), ("clientUserId", "patient-17"), ("publicToken", token)], "another app"),
        (vec![("clientId", APP), ("publicToken", "00112233445566778899aabbccddeeff")], "nobody's"),
        (vec![("clientId", APP), ("publicToken", text(&first["accessToken"]))], "another kind of token"),
    ] {
        let page = browser.open(&parameters).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{why}");
        assert_eq!(page.data()["error"]["code"], "invalid_public_token", "{why}");
        assert!(!page.body.contains("connect/start"), "{why}");
    }
    let page = browser.open(&[("publicToken", "00112233445566778899aabbccddeeff")]).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND, "without either, it is nobody's page");
    assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
}

#[tokio::test]
async fn a_session_sees_its_own_person_only() {
    let world = World::new().await;
    let first = world.enrolled("patient-17", "ring").await;
    let second = world.enrolled("patient-18", "band").await;
    let mut browser = world.browser();
    let theirs = browser.open(&[("clientId", APP), ("publicToken", text(&second["publicToken"]))]).await;
    let connection = theirs.connection("oura");
    let mut other = world.browser();
    let mine = other.open(&[("clientId", APP), ("publicToken", text(&first["publicToken"]))]).await;
    assert_eq!(other.disconnect(mine.secret(), &connection).await.code(), "unknown_connection");
    assert_eq!(other.disconnect(mine.secret(), "nonsense").await.code(), "unknown_connection");
    assert_eq!(browser.list(theirs.secret()).await.row("oura"), "connected");
}

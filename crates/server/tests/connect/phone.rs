//! Sources that push from the person's phone.
use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::world::{APP, World, send};

const POST: &str =
    r#"{"timestamp":"2026-03-04T18:00:00Z","weight":[{"kilograms":78.4,"time":"2026-03-04T06:10:00Z"}]}"#;

/// The secret address on the page.
fn address(page: &str) -> String {
    let start = page.find("value=\"http").expect("an address") + 7;
    page[start..].split('"').next().expect("ends").to_owned()
}

/// Path of an address.
fn path(address: &str) -> &str {
    address.strip_prefix(crate::world::PUBLIC).expect("our own")
}

#[tokio::test]
async fn a_phone_posts_to_an_address_that_the_person_was_shown() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.open(&[("clientId", APP), ("clientUserId", "ann")]).await;
    assert_eq!(browser.list(page.secret()).await.row("health_connect"), "available");
    let shown = browser.start(page.secret(), "health_connect").await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.body.contains("<svg ") && shown.body.contains("HC Webhook"), "{}", shown.body);
    assert_eq!(shown.header("referrer-policy"), "same-origin");
    assert_eq!(shown.header("cache-control"), "no-store");
    let first = address(&shown.body);
    let list = browser.list(page.secret()).await;
    assert_eq!(list.row("health_connect"), "connected");
    assert!(list.body.contains("Waiting for the first data from the phone"));

    // Asking again makes a new address; the one before ends.
    let second = address(&browser.start(page.secret(), "health_connect").await.body);
    assert_ne!(first, second);
    let push = async |address: &str| send(&world.router, Method::POST, path(address), &[], POST.to_owned()).await;
    let ended = push(&first).await;
    assert_eq!((ended.status, ended.code().as_str()), (StatusCode::GONE, "push_address_ended"));
    let taken = push(&second).await;
    assert_eq!((taken.status, taken.json()), (StatusCode::OK, json!({"stored": 1, "unchanged": 0, "rejected": 0})));
    assert!(!browser.list(page.secret()).await.body.contains("Waiting for the first data"));

    // What was posted before the app exchanged its token is the person's once it did.
    let token = browser.end(page.secret()).await.json()["token"].clone();
    let exchanged = world.exchange(&token).await.json();
    let access = exchanged["accessToken"].as_str().expect("a token");
    let path = format!("/v1/human/weight?access_token={access}");
    let weight = send(&world.router, Method::GET, &path, &[], String::new()).await.json();
    assert_eq!((&weight["value"], &weight["source"]), (&json!(78.4), &json!("health_connect")));
    assert_eq!(push(&second).await.json()["unchanged"], 1);
}

#[tokio::test]
async fn an_enrolment_that_nobody_finishes_takes_the_posts_along() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.open(&[("clientId", APP), ("clientUserId", "bob")]).await;
    let address = address(&browser.start(page.secret(), "apple_health").await.body);
    let connection = browser.list(page.secret()).await.connection("apple_health");
    browser.disconnect(page.secret(), &connection).await;
    let refused = send(&world.router, Method::POST, path(&address), &[], POST.to_owned()).await;
    assert_eq!(refused.status, StatusCode::GONE);
    assert_eq!(browser.list(page.secret()).await.row("apple_health"), "available");
}

#[tokio::test]
async fn the_address_is_in_no_page_but_its_own() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.open(&[("clientId", APP), ("clientUserId", "eve")]).await;
    let address = address(&browser.start(page.secret(), "apple_health").await.body);
    let key = address.rsplit('/').next().expect("a key").to_owned();
    assert_eq!(key.len(), 64);
    assert!(!browser.list(page.secret()).await.body.contains(&key));
    // Only the person's own page invites: another secret, another origin.
    let stranger = world.browser().start("00", "apple_health").await;
    assert_eq!(stranger.status, StatusCode::GONE);
    let form = [("secret", page.secret()), ("provider", "apple_health")];
    let foreign = browser.post_from("https://evil.example", "/connect/start", &form, "").await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
}

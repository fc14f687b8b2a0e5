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
async fn a_known_person_gets_the_posts_once_the_app_has_finalised() {
    let world = World::new().await;
    let known = world.enrolled("ann", "ring").await;
    let text = |name: &str| known[name].as_str().expect("text").to_owned();
    let mut browser = world.browser();
    let page = browser.open(&[("clientId", APP), ("publicToken", &text("publicToken"))]).await;
    let address = address(&browser.start(page.secret(), "health_connect").await.body);
    let push = async || send(&world.router, Method::POST, path(&address), &[], POST.to_owned()).await;
    let early = push().await;
    assert_eq!((early.status, early.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "not_finalised"));
    assert_eq!(early.header("retry-after"), "60");
    assert!(!browser.list(page.secret()).await.body.contains("Waiting for the first data"), "the page shows the phone");
    let weights = format!("/v1/human/weight/readings?access_token={}", text("accessToken"));
    let read = async || send(&world.router, Method::GET, &weights, &[], String::new()).await;
    let before = read().await;
    assert_eq!((before.status, before.json()), (StatusCode::OK, json!([])));

    let token = browser.end(page.secret()).await.json()["token"].clone();
    assert_eq!(world.exchange(&token).await.status, StatusCode::OK);
    assert_eq!(push().await.json()["stored"], 1);
    assert_eq!(read().await.json().as_array().map(Vec::len), Some(1));
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

#[tokio::test]
async fn posts_are_limited_by_address_of_ours() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.open(&[("clientId", APP), ("clientUserId", "ann")]).await;
    let own = address(&browser.start(page.secret(), "apple_health").await.body);
    let push = async |path: &str| send(&world.router, Method::POST, path, &[], "{").await;
    for _ in 0..1200 {
        assert_eq!(push(path(&own)).await.code(), "invalid_body");
    }
    let often = push(path(&own)).await;
    assert_eq!((often.status, often.code().as_str()), (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"));
    // 1200 in 600 s: one each half second, told in whole seconds.
    assert_eq!(often.header("retry-after"), "1");
    assert_eq!(push("/push/unknown").await.code(), "push_address_ended", "others are not meant");
    world.clock.advance_ms(500);
    assert_eq!(push(path(&own)).await.code(), "invalid_body");
}

#[tokio::test]
async fn posts_are_limited_by_network_address_whatever_they_name() {
    let world = World::new().await;
    let from = |who: &'static str| [("x-forwarded-for", who)];
    let peer = axum::extract::ConnectInfo(std::net::SocketAddr::from(([127, 0, 0, 1], 1)));
    let router = world.router.clone().layer(axum::Extension(peer));
    for n in 0..6000 {
        let guess = send(&router, Method::POST, &format!("/push/{n}"), &from("192.0.2.7"), "").await;
        assert_eq!(guess.status, StatusCode::GONE);
    }
    let often = send(&router, Method::POST, "/push/next", &from("192.0.2.7"), "").await;
    assert_eq!((often.status, often.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "1"));
    assert_eq!(send(&router, Method::POST, "/push/next", &from("192.0.2.8"), "").await.status, StatusCode::GONE);
}

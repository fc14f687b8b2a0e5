//! Notifications of the first generation, as the portal page had them.

use axum::http::Method;
use serde_json::json;

use super::webhooks::{receiver, send_json};
use super::{get, send};
use crate::human::tests::world::World;

#[tokio::test]
async fn on_off_and_what_was_sent() {
    let world = World::new();
    let app = world.app(1).await;
    assert_eq!(get(&world, "/notifications").await.json(), json!({"enabled": false, "recent": []}));
    assert_eq!(send(&world, Method::POST, "/notifications/test", "", "").await.status, 404);
    let (url, got) = receiver(200).await;
    let client_secret = format!("{:040x}", 1);
    let set = json!({"notifyUrl": url, "clientSecret": client_secret});
    let on = send_json(&world, Method::PUT, "/notifications", set.clone()).await;
    assert_eq!((on.status.as_u16(), on.json()), (200, json!({"enabled": true, "notifyUrl": url, "recent": []})));
    assert_eq!(get(&world, "/webhooks").await.text(), "[]", "it is none of the webhooks");

    // Connecting and new data are told; an erasure is not, in this generation.
    let human = world.human(app, "ann", "token").await.human_id;
    let connection = world.connect(human, "oura", "dddddddddddddddddddddddd").await;
    world.apply(human, connection, crate::human::tests::world::everything(0.0)).await;
    world.engine.erase_human(world.human(app, "bob", "other").await.human_id).await.expect("erased");
    world.engine.drain_webhooks().await.expect("drained");
    let sent = got.lock().expect("lock").len();
    let tested = send(&world, Method::POST, "/notifications/test", "", "").await.json();
    assert_eq!(tested["outcome"], "delivered");
    let recent = get(&world, "/notifications").await.json()["recent"].clone();
    let kinds: Vec<&str> =
        recent.as_array().expect("array").iter().map(|row| row["type"].as_str().expect("text")).collect();
    assert_eq!(kinds.len(), sent + 1);
    assert_eq!((kinds[0], kinds[kinds.len() - 1]), ("webhook.test", "connection.connected"));
    assert!(kinds[1..kinds.len() - 1].iter().all(|kind| *kind == "data.created") && kinds.len() > 5);

    send_json(&world, Method::PUT, "/notifications", set).await;
    assert_eq!(send(&world, Method::DELETE, "/notifications", "", "").await.status, 204);
    assert_eq!(get(&world, "/notifications").await.json()["enabled"], false);
    assert_eq!(send(&world, Method::DELETE, "/notifications", "", "").await.status, 204);
}

#[tokio::test]
async fn what_is_refused() {
    let world = World::new();
    world.app(1).await;
    let secret = format!("{:040x}", 1);
    for (body, status, code) in [
        (json!({"notifyUrl": "https://app.example/", "clientSecret": "wrong"}), 401, "invalid_client"),
        (json!({"notifyUrl": "http://app.example/", "clientSecret": secret}), 400, "invalid_url"),
        (json!({"notifyUrl": "https://10.0.0.1/", "clientSecret": secret}), 400, "invalid_url"),
        (json!({"notifyUrl": "https://app.example/"}), 400, "invalid_body"),
        (json!({"clientSecret": secret}), 400, "invalid_body"),
    ] {
        let answer = send_json(&world, Method::PUT, "/notifications", body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code));
        assert!(!answer.text().contains(&secret));
    }
    assert_eq!(get(&world, "/notifications").await.json()["enabled"], false);
}

//! Webhooks by HTTP, as their developer sees them.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};

use super::{CLIENT, basic, get, send};
use crate::human::tests::world::{Answer, World, app_key};

/// An app's server that keeps the ids of what it gets, and answers with this status.
pub(super) async fn receiver(status: u16) -> (String, Arc<Mutex<Vec<String>>>) {
    let got: Arc<Mutex<Vec<String>>> = Arc::default();
    let keep = Arc::clone(&got);
    let take = move |headers: HeaderMap| async move {
        let id = headers.get("webhook-id").or_else(|| headers.get("x-humanapi-signature")).expect("signed");
        keep.lock().expect("lock").push(id.to_str().expect("text").to_owned());
        StatusCode::from_u16(status).expect("a status")
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let url = format!("http://{}/hook", listener.local_addr().expect("bound"));
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/hook", post(take))).await });
    (url, got)
}

pub(super) async fn send_json(world: &World, method: Method, path: &str, body: Value) -> Answer {
    send(world, method, path, "application/json", &body.to_string()).await
}

async fn create(world: &World, body: Value) -> Value {
    let answer = send_json(world, Method::POST, "/webhooks", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

/// Somebody is erased, which is an event.
pub(super) async fn an_event(world: &World, name: &str) {
    let user = super::create(world, name).await.json()["humanId"].as_str().expect("text").to_owned();
    assert_eq!(send(world, Method::DELETE, &format!("/users/{user}"), "", "").await.status, 204);
}

#[tokio::test]
async fn create_show_change_delete() {
    let world = World::new();
    world.app(1).await;
    let mut made =
        create(&world, json!({"url": "https://app.example/hook", "eventTypes": ["data.*"], "description": "main"}))
            .await;
    let keys: Vec<&String> = made.as_object().expect("object").keys().collect();
    let shown = [
        "id",
        "url",
        "description",
        "eventTypes",
        "dataTypes",
        "enabled",
        "failures",
        "replaying",
        "createdAt",
        "updatedAt",
        "secret",
    ];
    assert_eq!(keys, shown);
    let secret = made.as_object_mut().expect("object").remove("secret").expect("shown once");
    let secret = secret.as_str().expect("text").to_owned();
    assert!(secret.starts_with("whsec_"));
    let id = made["id"].as_str().expect("text").to_owned();
    let path = format!("/webhooks/{id}");
    assert_eq!(get(&world, &path).await.json(), made);
    assert_eq!(get(&world, "/webhooks").await.json(), json!([made]));
    let changed = send_json(&world, Method::PATCH, &path, json!({"dataTypes": ["weight"], "enabled": false})).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let changed = changed.json();
    assert_eq!((&changed["dataTypes"], &changed["enabled"]), (&json!(["weight"]), &json!(false)));
    assert_eq!((&changed["reason"], &changed["url"]), (&json!("by_developer"), &made["url"]));
    let on = send_json(&world, Method::PATCH, &path, json!({"enabled": true})).await.json();
    assert_eq!((&on["enabled"], on.get("reason")), (&json!(true), None));
    let rotated = send_json(&world, Method::POST, &format!("{path}/rotate"), json!({"overlapHours": 2})).await.json();
    assert_eq!(rotated["oldSecretUntil"], "2016-03-08T23:14:05.120Z", "two hours after it is stored");
    assert_ne!(rotated["secret"], json!(secret));
    assert_eq!(send(&world, Method::DELETE, &path, "", "").await.status, 204);
    assert_eq!(get(&world, &path).await.status, 404);
    assert_eq!(get(&world, "/webhooks").await.text(), "[]");
}

#[tokio::test]
async fn what_is_refused() {
    let world = World::new();
    world.app(1).await;
    let good = "https://app.example/";
    for (body, code) in [
        (json!({}), "missing_field"),
        (json!({"url": "http://app.example/"}), "invalid_url"),
        (json!({"url": "https://192.168.0.1/"}), "invalid_url"),
        (json!({"url": "https://[fd00::1]/"}), "invalid_url"),
        (json!({"url": "https://169.254.169.254/"}), "invalid_url"),
        (json!({"url": "http://10.0.0.1/"}), "invalid_url"),
        (json!({"url": "https://user:pw@app.example/"}), "invalid_url"),
        (json!({"url": "nonsense"}), "invalid_url"),
        (json!({"url": good, "eventTypes": ["nothing"]}), "invalid_filter"),
        (json!({"url": good, "dataTypes": ["nothing"]}), "invalid_filter"),
        (json!({"url": good, "description": "x".repeat(201)}), "invalid_field"),
        (json!({"url": 7}), "invalid_body"),
        (json!({"url": good, "clientId": CLIENT}), "invalid_body"),
        (json!({"url": good, "secret": "whsec_mine"}), "invalid_body"),
        (json!([]), "invalid_body"),
    ] {
        let answer = send_json(&world, Method::POST, "/webhooks", body.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, code), "{body}");
        assert!(!answer.text().contains("pw@"), "no value is repeated");
    }
    let huge = send(&world, Method::POST, "/webhooks", "", &"x".repeat(17_000)).await;
    assert_eq!((huge.status.as_u16(), huge.code().as_str()), (413, "body_too_large"));
    let id = create(&world, json!({"url": good})).await["id"].as_str().expect("text").to_owned();
    for (path, body, code) in [
        ("", json!({"url": "http://app.example/"}), "invalid_url"),
        ("/rotate", json!({"overlapHours": 169}), "invalid_field"),
        ("/rotate", json!({"overlapHours": -1}), "invalid_field"),
        ("/replay", json!({"since": "yesterday"}), "invalid_field"),
        ("/replay", json!({}), "invalid_body"),
    ] {
        let method = if path.is_empty() { Method::PATCH } else { Method::POST };
        let answer = send_json(&world, method, &format!("/webhooks/{id}{path}"), body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, code), "{path}");
    }
    for _ in 1..20 {
        create(&world, json!({"url": good})).await;
    }
    let full = send_json(&world, Method::POST, "/webhooks", json!({"url": good})).await;
    assert_eq!((full.status.as_u16(), full.code().as_str()), (409, "too_many_webhooks"));
}

#[tokio::test]
async fn another_app_s_webhook_does_not_exist() {
    let world = World::new();
    world.app(1).await;
    world.app(2).await;
    let id = create(&world, json!({"url": "https://app.example/"})).await["id"].as_str().expect("text").to_owned();
    let stranger = basic(&format!("{}:", app_key(2)));
    for (method, path) in [
        (Method::GET, ""),
        (Method::PATCH, ""),
        (Method::DELETE, ""),
        (Method::POST, "/rotate"),
        (Method::POST, "/test"),
        (Method::POST, "/replay"),
        (Method::GET, "/attempts"),
    ] {
        let headers = [("authorization", stranger.as_str())];
        let theirs = format!("/v1/apps/{}/webhooks/{id}{path}", "02".repeat(20));
        let answer = world.send(method.clone(), &theirs, &headers, "").await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "not_found"), "{method} {path}");
        let ours = format!("/v1/apps/{CLIENT}/webhooks/{id}{path}");
        assert_eq!(world.send(method.clone(), &ours, &headers, "").await.status, 401, "{method} {path}");
    }
    assert_eq!(get(&world, &format!("/webhooks/{id}")).await.status, 200);
}

#[tokio::test]
async fn methods() {
    let world = World::new();
    world.app(1).await;
    let id = create(&world, json!({"url": "https://app.example/"})).await["id"].as_str().expect("text").to_owned();
    for (method, path, allow) in [
        (Method::PUT, "/webhooks".to_owned(), "GET, HEAD, POST"),
        (Method::PUT, format!("/webhooks/{id}"), "GET, HEAD, PATCH, DELETE"),
        (Method::GET, format!("/webhooks/{id}/test"), "POST"),
        (Method::POST, format!("/webhooks/{id}/attempts"), "GET, HEAD"),
        (Method::POST, "/events".to_owned(), "GET, HEAD"),
        (Method::POST, "/events/stream".to_owned(), "GET"),
        (Method::POST, "/notifications".to_owned(), "GET, HEAD, PUT, DELETE"),
    ] {
        let answer = send(&world, method.clone(), &path, "", "").await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, allow), "{method} {path}");
    }
    for path in [format!("/webhooks/{id}/x"), "/webhooks/x".to_owned(), "/events/x".to_owned()] {
        assert_eq!(get(&world, &path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn test_message_log_and_replay() {
    let world = World::new();
    world.app(1).await;
    let (url, got) = receiver(204).await;
    let made = create(&world, json!({"url": url})).await;
    let path = format!("/webhooks/{}", made["id"].as_str().expect("text"));
    let tested = send(&world, Method::POST, &format!("{path}/test"), "", "").await.json();
    assert_eq!((&tested["status"], &tested["outcome"]), (&json!(204), &json!("delivered")));
    an_event(&world, "ann").await;
    world.engine.drain_webhooks().await.expect("drained");
    let since = json!({"since": "2016-03-08T21:14:05Z"});
    let replay = send_json(&world, Method::POST, &format!("{path}/replay"), since).await;
    assert_eq!((replay.status.as_u16(), replay.json()), (202, json!({"replaying": true})));
    let later = json!({"since": "2017-01-01T00:00:00Z"});
    let none = send_json(&world, Method::POST, &format!("{path}/replay"), later).await;
    assert_eq!(none.json(), json!({"replaying": false}));
    world.engine.drain_webhooks().await.expect("drained");
    let log = get(&world, &format!("{path}/attempts")).await.rows();
    let kinds: Vec<&str> = log.iter().map(|row| row["type"].as_str().expect("text")).collect();
    assert_eq!(kinds, ["user.erased", "user.erased", "webhook.test"]);
    assert_eq!(log[0]["eventId"], log[1]["eventId"], "the same message once more");
    let keys: Vec<&String> = log[0].as_object().expect("object").keys().collect();
    assert_eq!(keys, ["eventId", "type", "attempt", "at", "durationMs", "outcome", "status"]);
    assert_eq!(got.lock().expect("lock").len(), 3);
    assert_eq!(get(&world, &format!("{path}/attempts?limit=1")).await.rows().len(), 1);
    assert_eq!(get(&world, &format!("{path}/attempts?limit=x")).await.status, 400);
}

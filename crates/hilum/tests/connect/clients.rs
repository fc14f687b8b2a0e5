//! The token endpoints as published clients call them: JSON and forms, odd content types, extra members, Basic or not,
//! slashes at the end; and every refusal, through the real binary.

use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::browser::{Browser, exchange};
use crate::common::client;
use crate::demo::Demo;

async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let answer = request.send().await.expect("answers");
    assert!(answer.headers()["content-type"].to_str().expect("ASCII").starts_with("application/json"));
    (answer.status(), answer.json().await.expect("JSON"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn token_calls_in_every_manner_of_published_clients() {
    let dir = tempfile::tempdir().expect("temp dir");
    let demo = Demo::start(dir.path());
    let browser = Browser::new();
    let tokens = format!("{}/v1/connect/tokens", demo.hilum);
    let page = browser.open(&demo.hilum, &demo.app, "patient-17", "").await;
    browser.connect(&page, "oura", "").await;

    // Before the person has finished there is nothing to exchange.
    let early =
        json!({"humanId": "0".repeat(32), "clientId": demo.app.client_id, "sessionToken": page.data["openToken"]});
    let (status, body) = exchange(&demo.hilum, &demo.app, &early).await;
    assert!(status.is_client_error(), "{status} {body}");

    let end = browser.end(&page).await;
    let mut full = end["token"].clone();
    full["clientSecret"] = json!(demo.app.client_secret);
    full["userId"] = json!("601b89371e42d4a66a4bd866"); // some clients send the old object whole

    let with = |name: &str, value: Value| {
        let mut changed = full.clone();
        changed[name] = value;
        changed
    };
    let without = |name: &str| {
        let mut changed = full.clone();
        changed.as_object_mut().expect("object").remove(name);
        changed
    };
    let refusals = [
        (with("clientSecret", json!("0".repeat(40))), 401),
        (with("clientId", json!("0".repeat(40))), 401),
        (with("sessionToken", json!("0".repeat(32))), 404),
        (with("humanId", json!("0".repeat(32))), 404),
        (with("clientUserId", json!("somebody else")), 403),
        (without("clientSecret"), 400),
        (without("sessionToken"), 400),
        (with("sessionToken", json!(5)), 400),
        (with("sessionToken", json!(["a"])), 400),
    ];
    for (body, expected) in refusals {
        let (status, said) = answer(client().post(&tokens).json(&body)).await;
        let keys: Vec<&String> = said.as_object().expect("object").keys().collect();
        assert_eq!(keys, ["code", "message", "detailedMessage"]);
        assert_eq!(status, expected, "{said}");
        assert!(!said.to_string().contains(&demo.app.client_secret));
    }
    let (status, _) = answer(client().post(&tokens).json(&full).header("Origin", "https://app.example")).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "a secret in a browser");
    let (status, _) = answer(client().get(&tokens)).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    let (status, _) = answer(client().post(&tokens).header("Content-Type", "application/json").body("{")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);

    // None of that used the token up. The same call in other clothes is an identical retry.
    let form: Vec<(String, String)> = full
        .as_object()
        .expect("object")
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().expect("text").to_owned()))
        .collect();
    let text = full.to_string();
    let manners = [
        client().post(&tokens).json(&full),
        client().post(&tokens).form(&form),
        client().post(format!("{tokens}/")).json(&full),
        client().post(&tokens).header("Content-Type", "application/json; charset=utf-8").body(text.clone()),
        client().post(&tokens).header("Content-Type", "text/plain").body(text.clone()),
        client().post(&tokens).body(text).header("Accept", "text/html, text/plain"),
    ];
    let mut answers = Vec::new();
    for request in manners {
        let (status, body) = answer(request).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        answers.push(body);
    }
    assert!(answers.windows(2).all(|w| w[0] == w[1]), "one session, one set of tokens");
    assert_eq!(answers[0]["clientUserId"], "patient-17");
    let access = answers[0]["accessToken"].as_str().expect("token");
    // Many clients paste it unencoded into query strings.
    assert!(access.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_=".contains(&b)), "alphabet of the access token");

    let public = format!("{}/v1/connect/publictokens", demo.hilum);
    let ask = [
        ("humanId", answers[0]["humanId"].as_str().expect("id")),
        ("clientId", &demo.app.client_id),
        ("clientSecret", &demo.app.client_secret),
    ];
    let as_json = json!({"humanId": ask[0].1, "clientId": ask[1].1, "clientSecret": ask[2].1});
    for request in [
        client().post(&public).form(&ask).basic_auth(&demo.app.app_key, Some("")),
        client().post(&public).json(&as_json),
        client().post(format!("{public}/")).form(&ask),
    ] {
        let (status, body) = answer(request).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let keys: Vec<&String> = body.as_object().expect("object").keys().collect();
        assert_eq!(keys, ["humanId", "publicToken"]);
        assert_eq!(body["publicToken"].as_str().map(str::len), Some(32));
    }
    let mut wrong = as_json;
    wrong["clientSecret"] = json!("0".repeat(40));
    assert_eq!(answer(client().post(&public).json(&wrong)).await.0, StatusCode::UNAUTHORIZED);
}

//! Webhooks through the real binary: from the command line to a receiver, and the feed beside them.

mod common;

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use common::{App, Server, client, create_app, run, run_json, text};
use serde_json::{Value, json};
use tokio::sync::mpsc;

type Got = (HeaderMap, Bytes);

/// Long enough for a crowded machine; nothing waits for it that goes well.
const PATIENCE: Duration = Duration::from_mins(1);

async fn receiver() -> (String, mpsc::UnboundedReceiver<Got>) {
    let (send, got) = mpsc::unbounded_channel();
    let take = |State(send): State<mpsc::UnboundedSender<Got>>, headers: HeaderMap, body: Bytes| async move {
        send.send((headers, body)).expect("the test listens");
    };
    let router = Router::new().route("/hook", post(take)).with_state(send);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let url = format!("http://{}/hook", listener.local_addr().expect("bound"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, got)
}

async fn next(got: &mut mpsc::UnboundedReceiver<Got>) -> (HeaderMap, Value) {
    let (headers, body) = tokio::time::timeout(PATIENCE, got.recv()).await.expect("in time").expect("a message");
    (headers, serde_json::from_slice(&body).expect("JSON"))
}

async fn erase(server: &Server, app: &App, user: &str) -> String {
    let users = format!("{}/v1/apps/{}/users", server.url, app.client_id);
    let auth = |request: reqwest::RequestBuilder| request.basic_auth(&app.app_key, Some(""));
    let body = json!({"externalId": user});
    let made: Value =
        auth(client().post(&users)).json(&body).send().await.expect("answers").json().await.expect("JSON");
    let human = made["humanId"].as_str().expect("humanId").to_owned();
    let gone = auth(client().delete(format!("{users}/{human}"))).send().await.expect("answers");
    assert_eq!(gone.status(), 204);
    human
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_reaches_the_webhook_the_feed_and_the_live_view() {
    let dir = tempfile::tempdir().expect("temp dir");
    let data = dir.path().join("data");
    let app = create_app(&data, "Hooks", "https://app.example");
    let config = dir.path().join("hilum.toml");
    std::fs::write(&config, "demo_user = false\n[webhooks]\nloopback = true\n").expect("writes");
    let (url, mut got) = receiver().await;
    let start = || {
        Server::start_with(&data, |c| {
            c.env("HILUM_CONFIG", text(&config));
        })
    };
    let mut server = start();

    // Beside the running server.
    let hook = |args: &[&str]| {
        let mut all = vec!["app", "webhook"];
        all.extend(args);
        all.extend(["--data", text(&data), "--config", text(&config)]);
        all.into_iter().map(str::to_owned).collect::<Vec<String>>()
    };
    let args = hook(&["add", "--app", &app.client_id, "--url", &url, "--event", "user.*", "--json"]);
    let made = run_json(&args.iter().map(String::as_str).collect::<Vec<_>>());
    let id = made["id"].as_str().expect("id");
    assert!(made["secret"].as_str().expect("secret").starts_with("whsec_"));

    let base = format!("{}/v1/apps/{}", server.url, app.client_id);
    let live = client().get(format!("{base}/events/stream")).basic_auth(&app.app_key, Some("")).send();
    let mut live = live.await.expect("answers");
    assert_eq!(live.headers()["content-type"], "text/event-stream");

    let human = erase(&server, &app, "ann").await;
    let (headers, event) = next(&mut got).await;
    assert_eq!((&event["type"], &event["data"]["humanId"]), (&json!("user.erased"), &json!(human)));

    let feed = client().get(format!("{base}/events")).basic_auth(&app.app_key, Some("")).send().await.expect("answers");
    let feed: Vec<Value> = feed.json().await.expect("JSON");
    assert_eq!(feed.len(), 1);
    assert_eq!(feed[0]["id"], headers["webhook-id"].to_str().expect("text"));
    assert_eq!((&feed[0]["type"], &feed[0]["data"]), (&event["type"], &event["data"]));

    let mut text_of_view = String::new();
    while !text_of_view.ends_with("\n\n") {
        let chunk = tokio::time::timeout(PATIENCE, live.chunk()).await.expect("in time").expect("reads").expect("more");
        text_of_view.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
    }
    let expected = format!("id: {}\nevent: user.erased\ndata: {}\n\n", feed[0]["id"].as_str().expect("id"), feed[0]);
    assert_eq!(text_of_view, expected);

    // Killed, and started again: what happens then arrives too.
    server.kill();
    let server = start();
    let human = erase(&server, &app, "bob").await;
    assert_eq!(next(&mut got).await.1["data"]["humanId"], json!(human));

    let log = run(&hook(&["log", id]).iter().map(String::as_str).collect::<Vec<_>>());
    let log = String::from_utf8(log.stdout).expect("UTF-8");
    assert!(log.lines().count() >= 1 && log.contains("delivered"), "{log}");
}

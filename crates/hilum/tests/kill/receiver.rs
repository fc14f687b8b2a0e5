//! The app's server, which lives through all rounds, and the feed, which tells the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use serde_json::Value;

use crate::common::App;

/// Types of events by id, and messages that came.
#[derive(Default)]
struct Received {
    types: BTreeMap<String, String>,
    messages: usize,
}

/// See above.
pub(crate) struct Receiver {
    pub(crate) url: String,
    received: Arc<Mutex<Received>>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let received: Arc<Mutex<Received>> = Arc::default();
        let take = |State(received): State<Arc<Mutex<Received>>>, headers: HeaderMap, body: Bytes| async move {
            let event: Value = serde_json::from_slice(&body).expect("JSON");
            let id = headers["webhook-id"].to_str().expect("ASCII").to_owned();
            let kind = event["type"].as_str().expect("a type").to_owned();
            let mut received = received.lock().expect("lock");
            received.messages += 1;
            let before = received.types.insert(id, kind.clone());
            assert!(before.is_none_or(|before| before == kind), "an id stands for one event");
        };
        let router = axum::Router::new().route("/", post(take)).with_state(received.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let url = format!("http://{}/", listener.local_addr().expect("bound"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, received }
    }

    /// Waits until every event of the feed has come; says how many messages came in all.
    pub(crate) async fn wait_for(&self, feed: &[Value]) -> usize {
        let missing = || {
            let received = self.received.lock().expect("lock");
            let came = |event: &&Value| {
                event["id"].as_str().and_then(|id| received.types.get(id)).map(String::as_str) == event["type"].as_str()
            };
            feed.iter().filter(|event| !came(event)).count()
        };
        let (mut left, mut still) = (missing(), 0);
        // Claims of killed processes end after a minute.
        while left > 0 {
            assert!(still < 120, "{left} of {} events did not come", feed.len());
            tokio::time::sleep(Duration::from_secs(1)).await;
            let now = missing();
            still = if now < left { 0 } else { still + 1 };
            left = now;
        }
        self.received.lock().expect("lock").messages
    }
}

/// The whole feed, oldest first; every id is in it once.
pub(crate) async fn feed(client: &reqwest::Client, url: &str, app: &App) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    let mut ids = BTreeSet::new();
    let mut after = String::new();
    loop {
        let address = format!("{url}/v1/apps/{}/events?limit=1000{after}", app.client_id);
        let answer = client.get(address).basic_auth(&app.app_key, Some("")).send().await.expect("answers");
        assert_eq!(answer.status(), 200);
        let page: Vec<Value> = answer.json().await.expect("an array");
        let Some(last) = page.last() else { return all };
        after = format!("&after={}", last["id"].as_str().expect("an id"));
        for event in page {
            assert!(ids.insert(event["id"].as_str().expect("an id").to_owned()), "twice in the feed: {event}");
            all.push(event);
        }
    }
}

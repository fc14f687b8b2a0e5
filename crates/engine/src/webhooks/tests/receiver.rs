//! An app's server: keeps what it gets and answers as told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use axum::routing::post;
use tokio::sync::Notify;

/// A message as it came in.
#[derive(Debug, Clone)]
pub(super) struct Got {
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Got {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

#[derive(Default)]
struct Inside {
    got: Vec<Got>,
    answers: VecDeque<(u16, Option<(&'static str, String)>)>,
}

pub(super) struct Receiver {
    pub(super) url: String,
    inside: Arc<Mutex<Inside>>,
    news: Arc<Notify>,
}

type Shared = (Arc<Mutex<Inside>>, Arc<Notify>);

impl Receiver {
    /// One that answers 200 unless told otherwise.
    pub(super) async fn start() -> Self {
        let (inside, news): Shared = Shared::default();
        let router = Router::new().route("/hook", post(take)).with_state((Arc::clone(&inside), Arc::clone(&news)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let url = format!("http://{}/hook", listener.local_addr().expect("bound"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inside, news }
    }

    /// The next answers.
    pub(super) fn answer(&self, statuses: &[u16]) {
        self.inside.lock().expect("lock").answers.extend(statuses.iter().map(|status| (*status, None)));
    }

    /// The next answer, with a header.
    pub(super) fn answer_with(&self, status: u16, header: &'static str, value: &str) {
        self.inside.lock().expect("lock").answers.push_back((status, Some((header, value.to_owned()))));
    }

    /// From now on 200 again.
    pub(super) fn recover(&self) {
        self.inside.lock().expect("lock").answers.clear();
    }

    /// Waits until something has come.
    pub(super) async fn came(&self) {
        self.news.notified().await;
    }

    /// What came since the last time.
    pub(super) fn take(&self) -> Vec<Got> {
        std::mem::take(&mut self.inside.lock().expect("lock").got)
    }
}

async fn take(State((inside, news)): State<Shared>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    news.notify_one();
    let mut inside = inside.lock().expect("lock");
    inside.got.push(Got { headers, body: body.to_vec() });
    let (status, header) = inside.answers.pop_front().unwrap_or((200, None));
    let mut answer = Response::builder().status(status);
    if let Some((name, value)) = header {
        answer = answer.header(name, value);
    }
    answer.body(Body::from("an answer that nobody reads")).expect("an answer")
}

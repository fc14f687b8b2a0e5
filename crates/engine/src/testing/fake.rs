//! A provider on loopback that answers what a test tells it to, and writes down what it was asked.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use tokio::sync::watch;

/// What the provider was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) path: String,
    /// Query and form, in order.
    pub(crate) params: Vec<(String, String)>,
    pub(crate) authorization: Option<String>,
    pub(crate) post: bool,
}

impl Asked {
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Canned {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    broken: bool,
}

impl Canned {
    pub(crate) fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), broken: false }
    }
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
    /// The connection breaks in the middle of the answer.
    pub(crate) fn broken() -> Self {
        Self { broken: true, ..Self::new(200, "{") }
    }
}

type Script = Box<dyn FnMut(&Asked) -> Canned + Send>;

struct Inner {
    script: Mutex<Script>,
    log: Mutex<Vec<Asked>>,
    /// Answers go out while it is `true`.
    gate: watch::Sender<bool>,
}

/// The provider.
#[derive(Clone)]
pub(crate) struct Fake {
    inner: Arc<Inner>,
    pub(crate) base: String,
}

impl Fake {
    pub(crate) async fn start() -> Self {
        let inner = Arc::new(Inner {
            script: Mutex::new(Box::new(|_| Canned::new(404, ""))),
            log: Mutex::new(Vec::new()),
            gate: watch::Sender::new(true),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { inner, base }
    }

    /// Answers from now on as `script` says.
    pub(crate) fn script(&self, script: impl FnMut(&Asked) -> Canned + Send + 'static) {
        *self.inner.script.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(script);
    }

    /// What was asked since the last call of this.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.inner.log.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps answers back until [`Fake::open`].
    pub(crate) fn close(&self) {
        self.inner.gate.send_replace(false);
    }

    /// Lets all answers go.
    pub(crate) fn open(&self) {
        self.inner.gate.send_replace(true);
    }

    /// Waits until something was asked.
    pub(crate) async fn was_asked(&self) {
        while self.inner.log.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            tokio::task::yield_now().await;
        }
    }
}

async fn answer(
    State(inner): State<Arc<Inner>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let mut params = pairs(uri.query().unwrap_or_default().as_bytes());
    params.extend(pairs(&body));
    let asked = Asked {
        path: uri.path().to_owned(),
        params,
        authorization: headers.get("authorization").and_then(|value| value.to_str().ok()).map(str::to_owned),
        post: method == Method::POST,
    };
    let canned = {
        let mut script = inner.script.lock().unwrap_or_else(PoisonError::into_inner);
        script(&asked)
    };
    inner.log.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
    inner.gate.subscribe().wait_for(|open| *open).await.expect("the gate is there");
    let mut response = Response::builder().status(canned.status);
    for (name, value) in canned.headers {
        response = response.header(name, value);
    }
    let body = if canned.broken {
        Body::from_stream(futures_util::stream::iter([
            Ok(Bytes::from(canned.body)),
            Err(std::io::Error::other("the line goes dead")),
        ]))
    } else {
        Body::from(canned.body)
    };
    response.body(body).expect("an answer")
}

fn pairs(bytes: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(bytes).into_owned().collect()
}

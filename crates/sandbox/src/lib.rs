//! Every provider's sandbox as a real OAuth server with a consent page and failure modes.
//!
//! A sandbox stands in for the providers of the registry, each under its own path: `/oura/authorize` is the consent
//! page, `/oura/token` the token endpoint, `/oura/api/…` everything that the description has below `api_base`. OAuth,
//! scopes, windows, pages and limits come from the description; the wire dialect from the provider's teller; the data
//! from made-up people. Everything lives in memory.
//!
//! While it runs it can be told to fail (see [`Failure`]) and asked what happened:
//!
//! * `GET /_control/personas`: who there is, what fails for them, and the names of all failures;
//! * `POST /_control/personas/{name}` with `{"failures":["token_500"],"provider":"oura"}`: sets exactly these for
//!   a person (`*` for everybody), at one provider or, without `provider`, at all;
//! * `GET /_control/stats`: requests, token families with the refresh calls of each generation, reuses, `Referer`s;
//! * `POST /_control/callback`, `…/handshake` and `…/notify`: makes a client's callback address known, greets it in
//!   the provider's way, and posts notices to it, signed right, wrong, not at all, stale, twice or out of order;
//! * `GET /_keys/{provider}`: the key set of those notices that are signed with a private key;
//! * `POST /_control/reset`: all switches off, all counters zero; grants stay.

mod api;
mod book;
mod clients;
mod config;
mod consent;
mod control;
mod failure;
mod limit;
mod pages;
mod stats;
mod switches;
mod token;
mod webhook;
mod window;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::routing::{any, get, post};
use hilum_model::{Day, Time};
use hilum_providers::REGISTRY;
use hilum_providers::persona::Persona;
use hilum_providers::sandbox::{Teller, teller};
use hilum_providers::spec::Provider;

pub use config::{Client, Rate, Redirects, SandboxConfig};
pub use failure::Failure;

/// All sandboxes of one program.
#[derive(Debug, Clone)]
pub struct Sandbox(Arc<Inner>);

/// Where a provider's sandbox is: what to put into the engine's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Consent page.
    pub authorize_url: String,
    /// Token endpoint.
    pub token_url: String,
    /// Base of the data API, without a trailing slash.
    pub api_base: String,
    /// Key set of notices that are signed with a private key.
    pub keys_url: String,
}

/// The sandbox of `provider` on a server whose address is `base` (`http://127.0.0.1:8790`).
pub fn endpoints(provider: &str, base: &str) -> Endpoints {
    let base = base.trim_end_matches('/');
    Endpoints {
        authorize_url: format!("{base}/{provider}/authorize"),
        token_url: format!("{base}/{provider}/token"),
        api_base: format!("{base}/{provider}/api"),
        keys_url: format!("{base}/_keys/{provider}"),
    }
}

impl Sandbox {
    /// Builds the sandboxes.
    pub fn new(config: SandboxConfig) -> Self {
        let began = config.clock.now();
        let mut state = State::default();
        state.switches.set(switches::Whom { provider: None, persona: None }, &config.failures, began);
        let keys = webhook::keys::Keys::new(config.random.as_ref());
        Self(Arc::new(Inner {
            config,
            began,
            keys,
            http: webhook::http(),
            pushing: AtomicUsize::new(0),
            state: Mutex::new(state),
        }))
    }

    /// Whether data that somebody ordered are still on their way.
    pub fn is_pushing(&self) -> bool {
        self.0.pushing.load(Ordering::Acquire) > 0
    }

    /// Everything as one router.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/", get(consent::index))
            .route("/_static/sandbox.css", get(consent::style))
            .route("/_control/personas", get(control::personas))
            .route("/_control/personas/{name}", post(control::set))
            .route("/_control/callback", post(control::notify::callback))
            .route("/_control/handshake", post(control::notify::handshake))
            .route("/_control/notify", post(control::notify::notify))
            .route("/_keys/{provider}", get(keys))
            .route("/_control/stats", get(control::stats))
            .route("/_control/reset", post(control::reset))
            .route("/{provider}/authorize", get(consent::show).post(consent::decide))
            .route("/{provider}/token", post(token::token))
            .route("/{provider}/api/{*rest}", any(api::api))
            .layer(axum::middleware::from_fn_with_state(Arc::clone(&self.0), note_referer))
            .with_state(Arc::clone(&self.0))
    }

    /// Answers requests until the program ends.
    ///
    /// # Errors
    /// When the listener fails for good.
    pub async fn serve(&self, listener: tokio::net::TcpListener) -> std::io::Result<()> {
        axum::serve(listener, self.router()).await
    }
}

/// What all requests share.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) config: SandboxConfig,
    /// When the sandbox began; history is counted from here.
    pub(crate) began: Time,
    /// Signs notices.
    pub(crate) keys: webhook::keys::Keys,
    /// Posts notices.
    pub(crate) http: Option<reqwest::Client>,
    /// Orders for the past whose data are still being pushed.
    pub(crate) pushing: AtomicUsize,
    state: Mutex<State>,
}

/// What changes.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) book: book::Book,
    pub(crate) switches: switches::Switches,
    pub(crate) stats: stats::Stats,
    pub(crate) limiter: limit::Limiter,
    /// Callback addresses by provider and client.
    pub(crate) callbacks: BTreeMap<(&'static str, String), String>,
    /// Who is registered where that is needed: provider, client, person.
    pub(crate) registered: BTreeSet<(&'static str, String, &'static str)>,
    /// What people have deleted: provider, person, stream, day.
    pub(crate) deleted: BTreeSet<(&'static str, &'static str, &'static str, Day)>,
    /// Orders for the past that were taken.
    pub(crate) orders: Vec<api::Order>,
}

impl State {
    /// Ends every grant of a person at a provider (at all of them if `None`), and what was agreed under it.
    pub(crate) fn end_grants(&mut self, provider: Option<&str>, persona: &Persona) {
        self.book.revoke_persona(provider, None, persona);
        self.registered.retain(|(p, _, who)| provider.is_some_and(|only| only != *p) || *who != persona.id);
        self.orders.retain(|order| provider.is_some_and(|only| only != order.0) || order.2 != persona.id);
    }
}

/// A provider that is played.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Host {
    pub(crate) provider: &'static Provider,
    pub(crate) teller: &'static Teller,
}

/// Every provider that has a teller.
pub(crate) fn hosts() -> impl Iterator<Item = Host> {
    REGISTRY.iter().filter_map(|provider| Some(Host { provider, teller: teller(provider)? }))
}

pub(crate) fn host(id: &str) -> Option<Host> {
    hosts().find(|host| host.provider.id == id)
}

impl Inner {
    pub(crate) fn now(&self) -> Time {
        self.config.clock.now()
    }

    /// The state, alone. Never held over an await.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The key set of a provider's notices.
async fn keys(
    axum::extract::State(inner): axum::extract::State<Arc<Inner>>,
    axum::extract::Path(provider): axum::extract::Path<String>,
) -> axum::response::Response {
    if host(&provider).is_some() { wire::json(200, &inner.keys.set()) } else { wire::nothing(404) }
}

async fn note_referer(
    axum::extract::State(inner): axum::extract::State<Arc<Inner>>,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> axum::response::Response {
    if let Some(referer) = request.headers().get(axum::http::header::REFERER) {
        let referer = String::from_utf8_lossy(referer.as_bytes()).into_owned();
        inner.state().stats.referer(request.uri().path(), &referer);
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_lie_below_the_providers_path() {
        let found = endpoints("oura", "http://127.0.0.1:8790/");
        assert_eq!(found.authorize_url, "http://127.0.0.1:8790/oura/authorize");
        assert_eq!(found.token_url, "http://127.0.0.1:8790/oura/token");
        assert_eq!(found.api_base, "http://127.0.0.1:8790/oura/api");
        assert_eq!(found.keys_url, "http://127.0.0.1:8790/_keys/oura");
    }

    #[test]
    fn every_provider_is_played() {
        assert_eq!(hosts().count(), REGISTRY.len());
    }
}

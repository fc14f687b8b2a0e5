//! A running sandbox, a store, and an engine between them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, Response};
use hilum_engine::enrol::OpenLimits;
use hilum_engine::{Config, Egress, Engine, ProviderConfig};
use hilum_model::world::{ManualClock, SeededRandom};
use hilum_model::{ClientId, Clock as _, ConnectionId, HumanId, Kind, Phi, Secret, Time};
use hilum_providers::spec::Provider;
use hilum_sandbox::{Client, Redirects, Sandbox, SandboxConfig, endpoints};
use hilum_store::apps::{LaunchMode, NewApp};
use hilum_store::connections::{Connection, NewConnection};
use hilum_store::humans::{HumanFacts, NewHuman};
use hilum_store::records::{Filter, StoredRecord};
use hilum_store::{OpenMode, Store};
use serde_json::Value;
use tower::ServiceExt as _;
use url::Url;

pub(crate) const WITHINGS: &Provider = &hilum_providers::withings::PROVIDER;
pub(crate) const OURA: &Provider = &hilum_providers::oura::PROVIDER;

/// Days that the sandbox tells.
pub(crate) const HISTORY: u16 = 40;

const VERIFIER: &str = "a-verifier-that-no-provider-here-asks-for-123";

pub(crate) struct Bed {
    pub(crate) engine: Arc<Engine>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) human: HumanId,
    sandbox: Sandbox,
    dir: tempfile::TempDir,
}

impl Bed {
    /// It is noon (UTC) of 2026-11-22.
    pub(crate) async fn start() -> Self {
        let now = Time::parse_rfc3339("2026-11-22T12:00:00Z").expect("time").0;
        let clock = Arc::new(ManualClock::new(now));
        let clients = [WITHINGS, OURA].map(|provider| Client {
            provider: provider.id.to_owned(),
            client_id: "hilum-test".to_owned(),
            client_secret: Secret::new("a secret".to_owned()),
            redirects: Redirects::AnyLoopback,
            settings: BTreeMap::new(),
            callback: None,
        });
        let mut config = SandboxConfig::new(clients.into(), clock.clone(), Arc::new(SeededRandom::new(3)));
        config.history_days = HISTORY;
        let sandbox = Sandbox::new(config);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("address"));
        let serving = sandbox.clone();
        tokio::spawn(async move { serving.serve(listener).await });
        let dir = tempfile::tempdir().expect("a folder");
        let engine = engine(&dir, OpenMode::Serve, &clock, &base, 5);
        let human = new_human(&engine).await;
        Self { engine, clock, human, sandbox, dir }
    }

    /// A second process over the same store and the same sandbox.
    pub(crate) fn second_process(&self) -> Arc<Engine> {
        let base = self.engine.config.provider("oura").expect("offered").api_base.clone();
        engine(&self.dir, OpenMode::Tool, &self.clock, base.trim_end_matches("/oura/api"), 6)
    }

    pub(crate) fn now(&self) -> Time {
        self.clock.now()
    }

    /// A request straight to the sandbox, as a browser or an operator would send it.
    async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.sandbox.router().oneshot(request).await.expect("an answer")
    }

    /// The whole way of a person: consent page, code, exchange, connection.
    pub(crate) async fn connect(&self, provider: &'static Provider, persona: &str) -> ConnectionId {
        let config = self.engine.config.provider(provider.id).expect("offered");
        let redirect = self.engine.config.redirect_uri(provider.id);
        let challenge = hilum_engine::grant::pkce_challenge(VERIFIER);
        let page = Url::parse(&hilum_engine::grant::authorize_url(config, &redirect, "state", &challenge));
        let page = page.expect("a URL");
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("persona", persona).append_pair("decision", "allow");
        for scope in provider.scopes() {
            form.append_pair("scope", scope);
        }
        let request = Request::post(format!("{}?{}", page.path(), page.query().unwrap_or_default()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form.finish()))
            .expect("a request");
        let back = self.send(request).await;
        let back = back.headers()["location"].to_str().expect("text").to_owned();
        let back: BTreeMap<String, String> = Url::parse(&back).expect("a URL").query_pairs().into_owned().collect();
        let (code, verifier) = (Secret::new(back["code"].clone()), Secret::new(VERIFIER.to_owned()));
        let scope = back.get("scope").map(String::as_str);
        let grant = self.engine.exchange_code(config, &code, &verifier, scope).await.expect("a grant");
        let new = NewConnection {
            human_id: self.human,
            connection_id: ConnectionId::random(&*self.engine.random),
            provider: provider.id.to_owned(),
            pending: None,
            account: grant.account,
            scopes: grant.scopes,
            tokens: Some(grant.tokens),
        };
        let connection = self.engine.store.add_connection(new).await.expect("connected");
        self.engine.queue_sync(self.human, connection).await.expect("queued");
        connection
    }

    /// Switches exactly these failures on for a person at all providers.
    pub(crate) async fn fail(&self, persona: &str, failures: &[&str]) {
        let request = Request::post(format!("/_control/personas/{persona}"))
            .header("content-type", "application/json")
            .body(Body::from(serde_json::json!({ "failures": failures }).to_string()))
            .expect("a request");
        assert_eq!(self.send(request).await.status(), 200, "{failures:?}");
    }

    pub(crate) async fn stats(&self) -> Value {
        let answer = self.send(Request::get("/_control/stats").body(Body::empty()).expect("a request")).await;
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.expect("a body");
        serde_json::from_slice(&bytes).expect("JSON")
    }

    pub(crate) fn connection(&self, id: ConnectionId) -> Connection {
        self.engine.store.connection(self.human, id).expect("read").expect("there")
    }

    /// Runs jobs, moving the clock from one to the next, until nothing is due before `end`.
    pub(crate) async fn run_until(&self, end: Time) {
        loop {
            self.engine.drain_jobs().await.expect("drained");
            match self.engine.store.next_due().expect("read") {
                Some(due) if due <= end => self.clock.set(due.max(self.now())),
                _ => break,
            }
        }
        self.clock.set(end);
    }

    /// Runs jobs until every stream of the connection has been read to its history limit.
    pub(crate) async fn settle(&self, provider: &Provider, id: ConnectionId) {
        for _ in 0..500 {
            self.engine.drain_jobs().await.expect("drained");
            let cursors = self.engine.store.cursors(self.human, id).expect("read");
            if cursors.len() == provider.streams.len() && cursors.iter().all(|cursor| cursor.history_done) {
                return;
            }
            let due = self.engine.store.next_due().expect("read").expect("more to do");
            self.clock.set(due.max(self.now()));
        }
        panic!("no end of history");
    }

    pub(crate) fn records(&self, kind: Kind) -> Vec<StoredRecord> {
        let filter = Filter { limit: 10_000, ..Filter::default() };
        self.engine.store.records(self.human, kind, &filter).expect("read").rows
    }
}

fn engine(dir: &tempfile::TempDir, mode: OpenMode, clock: &Arc<ManualClock>, base: &str, seed: u64) -> Arc<Engine> {
    let store = Store::open(dir.path(), mode, clock.clone(), Arc::new(SeededRandom::new(seed))).expect("a store");
    let providers = [WITHINGS, OURA].map(|provider| {
        let here = endpoints(provider.id, base);
        let config = ProviderConfig {
            settings: std::collections::BTreeMap::new(),
            provider,
            client_id: "hilum-test".to_owned(),
            client_secret: Secret::new("a secret".to_owned()),
            authorize_url: here.authorize_url,
            token_url: here.token_url,
            api_base: here.api_base,
            sandbox: true,
        };
        (provider.id.to_owned(), config)
    });
    let config = Config {
        public_url: "http://127.0.0.1:8080".parse().expect("a URL"),
        providers: providers.into(),
        bridges: false,
        workers: 4,
        open_limits: OpenLimits::default(),
        imports: hilum_engine::import::ImportLimits::default(),
    };
    let random = Arc::new(SeededRandom::new(seed + 100));
    Engine::new(store, clock.clone(), random, config, Egress::new().expect("egress")).expect("an engine")
}

async fn new_human(engine: &Engine) -> HumanId {
    let client_id = ClientId::random(&*engine.random);
    let app = NewApp {
        client_id,
        name: "Test".to_owned(),
        mode: LaunchMode::LegacyGuarded,
        client_secret: Secret::new("s".repeat(40)),
        app_key: Secret::new("k".repeat(40)),
        origins: Vec::new(),
        redirects: Vec::new(),
    };
    engine.store.create_app(app).await.expect("an app");
    let facts = HumanFacts::default();
    let new = NewHuman { client_id, client_user_id: Phi::new("user".to_owned()), ids: None, facts };
    engine.store.create_human(new).await.expect("a person").0.human_id
}

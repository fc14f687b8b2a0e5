//! A running sandbox, a store, and an engine between them; time stands still until a test moves it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, Response, StatusCode};
use axum::middleware::Next;
use axum::response::IntoResponse as _;
use hilum_engine::enrol::OpenLimits;
use hilum_engine::{Config, Egress, Engine, ProviderConfig};
use hilum_model::world::{ManualClock, SeededRandom};
use hilum_model::{ClientId, Clock as _, ConnectionId, HumanId, Kind, Secret, Time};
use hilum_providers::spec::{OAuth2, Provider, Stream, Window};
use hilum_sandbox::{Client, Rate, Redirects, Sandbox, SandboxConfig, endpoints};
use hilum_store::apps::{App, LaunchMode, NewApp};
use hilum_store::connections::{Connection, Cursor};
use hilum_store::records::{Filter, StoredRecord};
use hilum_store::{OpenMode, Store};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

pub(crate) const WITHINGS: &Provider = &hilum_providers::withings::PROVIDER;
pub(crate) const OURA: &Provider = &hilum_providers::oura::PROVIDER;

/// The app's secret.
pub(crate) const APP_SECRET: &str = "ssssssssssssssssssssssssssssssssssssssss";

/// How a bed is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    /// When it begins.
    pub(crate) now: &'static str,
    /// Days that the sandbox tells.
    pub(crate) known_days: u16,
    /// So many days of history at the most are asked for; `None`: as many as the description says.
    pub(crate) depth_days: Option<u16>,
    /// Items of a page of the sandbox; `None`: as many as the provider gives.
    pub(crate) page_items: Option<usize>,
    /// What the sandbox lets through, beside what the provider does.
    pub(crate) rate: Rate,
}

impl Setup {
    /// Noon (UTC) of 2026-11-22, and few days, so that every provider can have its own.
    pub(crate) const SHORT: Self = Self {
        now: "2026-11-22T12:00:00Z",
        known_days: 4,
        depth_days: Some(4),
        page_items: None,
        rate: Rate::Times(100),
    };
    /// The whole history of the description, 40 days of which tell something.
    pub(crate) const FULL: Self = Self { known_days: 40, depth_days: None, ..Self::SHORT };
}

/// What is answered instead of the sandbox: to paths with that in them, that status and body.
type Instead = (&'static str, u16, Value);

/// A person's connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    pub(crate) provider: &'static Provider,
    pub(crate) human: HumanId,
    pub(crate) id: ConnectionId,
}

pub(crate) struct Bed {
    pub(crate) engine: Arc<Engine>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) app: App,
    sandbox: Sandbox,
    instead: Arc<Mutex<Option<Instead>>>,
    base: String,
    setup: Setup,
    providers: Vec<&'static Provider>,
    dir: tempfile::TempDir,
}

impl Bed {
    /// A bed for one provider.
    pub(crate) async fn of(provider: &'static Provider) -> Self {
        Self::with(Setup::SHORT, &[provider]).await
    }

    pub(crate) async fn with(setup: Setup, providers: &[&'static Provider]) -> Self {
        let clock = Arc::new(ManualClock::new(Time::parse_rfc3339(setup.now).expect("a time").0));
        let providers: Vec<&'static Provider> = match setup.depth_days {
            Some(days) => providers.iter().map(|provider| cut(provider, days)).collect(),
            None => providers.to_vec(),
        };
        // Sandbox and engine have to know each other's address.
        let here = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let door = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = |listener: &TcpListener| format!("http://{}", listener.local_addr().expect("address"));
        let (base, public_url) = (address(&here), address(&door));
        let dir = folder();
        let engine = engine(&dir, OpenMode::Serve, &clock, (&base, &public_url), &providers, 5);
        crate::door::serve(door, Arc::clone(&engine));
        let clients = providers.iter().map(|provider| Client {
            settings: settings(provider),
            callback: engine.hook_address(provider.id),
            ..Client::new(provider.id, "hilum-test", Secret::new("a secret".to_owned()), Redirects::AnyLoopback)
        });
        let mut config = SandboxConfig::new(clients.collect(), clock.clone(), Arc::new(SeededRandom::new(3)));
        config.history_days = setup.known_days;
        config.page_items = setup.page_items;
        config.rate = setup.rate;
        let sandbox = Sandbox::new(config);
        let instead = Arc::new(Mutex::new(None));
        let served = sandbox.router().layer(axum::middleware::from_fn_with_state(Arc::clone(&instead), interrupt));
        tokio::spawn(async move { axum::serve(here, served).await });
        let app = new_app(&engine).await;
        Self { engine, clock, app, sandbox, instead, base, setup, providers, dir }
    }

    /// A second process over the same store and the same sandbox.
    pub(crate) fn second_process(&self) -> Arc<Engine> {
        let public_url = self.engine.config.origin();
        engine(&self.dir, OpenMode::Tool, &self.clock, (&self.base, &public_url), &self.providers, 6)
    }

    pub(crate) fn now(&self) -> Time {
        self.clock.now()
    }

    /// The first day of which the sandbox tells anything, or earlier.
    pub(crate) fn known_since(&self) -> hilum_model::Day {
        self.began().utc_day().plus(-i32::from(self.setup.known_days))
    }

    pub(crate) fn began(&self) -> Time {
        Time::parse_rfc3339(self.setup.now).expect("a time").0
    }

    /// A request straight to the sandbox, as a browser or an operator would send it.
    pub(crate) async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.sandbox.router().oneshot(request).await.expect("an answer")
    }

    /// Lets requests to paths with `part` in them be answered by this, and the sandbox hear nothing of them.
    pub(crate) fn answer_instead(&self, part: &'static str, status: u16, body: &Value) {
        *self.instead.lock().expect("not poisoned") = Some((part, status, body.clone()));
    }

    /// A control call of the sandbox.
    pub(crate) async fn control(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = Request::post(format!("/_control/{path}"))
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .expect("a request");
        read(self.send(request).await).await
    }

    /// Switches exactly these failures on for a person at all providers.
    pub(crate) async fn fail(&self, persona: &str, failures: &[&str]) {
        let (status, told) = self.control(&format!("personas/{persona}"), &json!({ "failures": failures })).await;
        assert_eq!(status, 200, "{told}");
    }

    pub(crate) async fn stats(&self) -> Value {
        read(self.send(Request::get("/_control/stats").body(Body::empty()).expect("a request")).await).await.1
    }

    /// Requests for data of a provider so far, those of one stream or of all.
    pub(crate) async fn asked(&self, provider: &Provider, stream: Option<&str>) -> u64 {
        let stats = self.stats().await;
        let (all, one) = (format!("{} data", provider.id), stream.map(|name| format!("{} data {name}", provider.id)));
        let counts = stats["requests"].as_object().expect("counts").iter();
        let meant = |what: &&String| one.as_ref().map_or(what.starts_with(&all), |one| *what == one);
        counts.filter(|(what, _)| meant(what)).filter_map(|(_, count)| count.as_u64()).sum()
    }

    pub(crate) fn row(&self, link: Link) -> Connection {
        self.engine.store.connection(link.human, link.id).expect("read").expect("there")
    }

    pub(crate) fn cursors(&self, link: Link) -> Vec<Cursor> {
        let mut all = self.engine.store.cursors(link.human, link.id).expect("read");
        all.sort_by(|a, b| a.stream.cmp(&b.stream));
        all
    }

    /// How a connection is and why, as people are told.
    pub(crate) fn health(&self, link: Link) -> (&'static str, Option<String>, Time) {
        let health = hilum_engine::health(&self.row(link), self.now()).expect("connected");
        (health.condition.word(), health.reason, health.since)
    }

    /// Runs what is due now, and what comes by push meanwhile.
    pub(crate) async fn drain(&self) {
        loop {
            let ran = self.engine.drain_jobs().await.expect("drained");
            if self.sandbox.is_pushing() {
                tokio::task::yield_now().await;
            } else if ran == 0 {
                return;
            }
        }
    }

    /// Runs jobs, moving the clock from one to the next, until nothing is due before `end`.
    pub(crate) async fn run_until(&self, end: Time) {
        loop {
            self.drain().await;
            match self.engine.store.next_due().expect("read") {
                Some(due) if due <= end => self.clock.set(due.max(self.now())),
                _ => break,
            }
        }
        self.clock.set(end);
    }

    pub(crate) async fn run_s(&self, seconds: i64) {
        let end = self.now().plus_s(seconds);
        self.run_until(end).await;
    }

    /// Whether everything that the person granted has been read to its history limit.
    pub(crate) fn is_settled(&self, link: Link) -> bool {
        let (row, cursors) = (self.row(link), self.cursors(link));
        let granted = |stream: &&Stream| stream.scope.is_empty() || row.scopes.iter().any(|s| s == stream.scope);
        let streams = self.engine.config.provider(link.provider.id).expect("offered").provider.streams;
        cursors.len() == streams.iter().filter(granted).count() && cursors.iter().all(|cursor| cursor.history_done)
    }

    /// Runs jobs until every stream of the connection has been read to its history limit.
    pub(crate) async fn settle(&self, link: Link) {
        for _ in 0..500 {
            self.drain().await;
            if self.is_settled(link) {
                return;
            }
            let due = self.engine.store.next_due().expect("read").expect("more to do");
            self.clock.set(due.max(self.now()));
        }
        panic!("no end of history: {:?}, {:?}", self.health(link), self.cursors(link));
    }

    /// Makes everything due that was read before, as a notice does.
    pub(crate) async fn nudge(&self, link: Link) {
        let streams = link.provider.streams.iter().map(|stream| (stream.id, None)).collect();
        self.engine.store.make_due(link.human, link.id, streams).await.expect("due");
        self.engine.queue_sync(link.human, link.id).await.expect("queued");
    }

    pub(crate) fn records(&self, human: HumanId, kind: Kind) -> Vec<StoredRecord> {
        let filter = Filter { limit: 10_000, ..Filter::default() };
        self.engine.store.records(human, kind, &filter).expect("read").rows
    }
}

async fn interrupt(
    State(instead): State<Arc<Mutex<Option<Instead>>>>,
    request: Request<Body>,
    next: Next,
) -> Response<Body> {
    let found = instead.lock().expect("not poisoned").clone();
    match found.filter(|(part, ..)| request.uri().path().contains(part)) {
        Some((_, status, body)) => (StatusCode::from_u16(status).expect("a status"), Json(body)).into_response(),
        None => next.run(request).await,
    }
}

async fn read(answer: Response<Body>) -> (u16, Value) {
    let status = answer.status().as_u16();
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.expect("a body");
    (status, serde_json::from_slice(&bytes).expect("JSON"))
}

/// A folder for a store: in memory, where the machine has such a place, since nothing here outlives its test.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a folder")
}

/// The same description with a shorter history. It is never given back: a description lives as long as the program.
pub(crate) fn cut(provider: &Provider, days: u16) -> &'static Provider {
    let history_days = |stream: &Stream| stream.history_days.min(days);
    with_streams(provider, provider.streams.iter().map(|s| Stream { history_days: history_days(s), ..*s }).collect())
}

/// The same description with other streams.
pub(crate) fn with_streams(provider: &Provider, streams: Vec<Stream>) -> &'static Provider {
    let auth = OAuth2 { ..provider.auth };
    Box::leak(Box::new(Provider { streams: Box::leak(streams.into_boxed_slice()), auth, ..*provider }))
}

/// Whether anything of this provider is asked for: what is only pushed is not.
pub(crate) fn is_asked(provider: &Provider) -> bool {
    provider.streams.iter().any(|stream| stream.window != Window::Pushed)
}

/// What is configured for a provider besides id and secret.
fn settings(provider: &Provider) -> BTreeMap<String, Secret<String>> {
    provider.settings.iter().map(|s| (s.name.to_owned(), Secret::new(format!("our-{}", s.name)))).collect()
}

fn engine(
    dir: &tempfile::TempDir,
    mode: OpenMode,
    clock: &Arc<ManualClock>,
    (base, public_url): (&str, &str),
    providers: &[&'static Provider],
    seed: u64,
) -> Arc<Engine> {
    let store = Store::open(dir.path(), mode, clock.clone(), Arc::new(SeededRandom::new(seed))).expect("a store");
    let providers = providers.iter().copied().map(|provider| {
        let here = endpoints(provider.id, base);
        let mut settings = settings(provider);
        settings.insert(hilum_engine::hooks::KEYS_URL.to_owned(), Secret::new(here.keys_url));
        let config = ProviderConfig {
            settings,
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
        public_url: public_url.parse().expect("a URL"),
        providers: providers.collect(),
        bridges: true,
        workers: 4,
        open_limits: OpenLimits::default(),
        imports: hilum_engine::import::ImportLimits::default(),
        webhooks: hilum_engine::webhooks::WebhookConfig::default(),
        archive_days: Some(90),
    };
    let random = Arc::new(SeededRandom::new(seed + 100));
    Engine::new(store, clock.clone(), random, config, Egress::new().expect("egress")).expect("an engine")
}

async fn new_app(engine: &Engine) -> App {
    let client_id = ClientId::random(&*engine.random);
    let app = NewApp {
        client_id,
        name: "Test".to_owned(),
        mode: LaunchMode::LegacyGuarded,
        client_secret: Secret::new(APP_SECRET.to_owned()),
        app_key: Secret::new("k".repeat(40)),
        origins: Vec::new(),
        redirects: Vec::new(),
    };
    engine.store.create_app(app).await.expect("an app");
    engine.store.app(client_id).expect("read").expect("just made")
}

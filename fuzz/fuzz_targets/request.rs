//! Whole requests against the whole surface: a server over a store of its own with one app and one person. Nothing that a
//! caller sends may be our fault.
//!
//! An input is a byte for the method, one for the credential, then lines: path with query, `Accept`, `Accept-Encoding`,
//! content type, and after these the body. `{client}`, `{human}` and `{connection}` stand for the ids that there are.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use base64::Engine as _;
use hilum_engine::clock::{SystemClock, SystemRandom};
use hilum_engine::{Config, Egress, Engine};
use hilum_model::world::{ManualClock, SeededRandom};
use hilum_model::{
    Batch, ClientId, Clock, ConnectionId, HumanId, Metric, Observation, Phi, Random, Sample, Secret, Time, Unit,
};
use hilum_store::apps::{LaunchMode, NewApp};
use hilum_store::connections::NewConnection;
use hilum_store::humans::{HumanFacts, NewHuman};
use hilum_store::{OpenMode, Store, hash_token};
use http_body_util::BodyExt as _;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

const METHODS: [Method; 7] =
    [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::HEAD, Method::OPTIONS];
const TOKEN: &str = "fuzz-token";
const KEY: &str = "0123456789012345678901234567890123456789";
/// Frames of an answer that are read at the most: a live view has no end.
const FRAMES: usize = 64;

struct World {
    runtime: Runtime,
    engine: Arc<Engine>,
    router: Router,
    app: ClientId,
    person: Mutex<(HumanId, ConnectionId)>,
    _directory: tempfile::TempDir,
}

static WORLD: LazyLock<World> = LazyLock::new(World::new);

impl World {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let directory = tempfile::tempdir().expect("a directory");
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(SystemClock.now()));
        let random: Arc<dyn Random> = Arc::new(SeededRandom::new(7));
        let store = Store::open(directory.path(), OpenMode::Serve, clock.clone(), random.clone()).expect("a store");
        let config = Config {
            public_url: "https://connect.example".parse().expect("a URL"),
            providers: BTreeMap::new(),
            bridges: true,
            workers: 1,
            open_limits: hilum_engine::enrol::OpenLimits::default(),
            imports: hilum_engine::import::ImportLimits::default(),
            webhooks: hilum_engine::webhooks::WebhookConfig::default(),
            archive_days: None,
        };
        let app = ClientId([1; 20]);
        let new = NewApp {
            client_id: app,
            name: "Fuzz".to_owned(),
            mode: LaunchMode::LegacyGuarded,
            client_secret: Secret::new(KEY.to_owned()),
            app_key: Secret::new(KEY.to_owned()),
            origins: vec!["https://app.example".to_owned()],
            redirects: Vec::new(),
        };
        let person = runtime.block_on(async {
            store.create_app(new).await.expect("an app");
            person(&store, app).await
        });
        let engine = Engine::new(store, clock, random, config, Egress::new().expect("a client")).expect("an engine");
        let router = hilum_server::router(Arc::clone(&engine));
        Self { runtime, engine, router, app, person: Mutex::new(person), _directory: directory }
    }
}

/// A person with a day of heart rates.
async fn person(store: &Store, client_id: ClientId) -> (HumanId, ConnectionId) {
    let client_user_id = Phi::new("user".to_owned());
    let facts = HumanFacts::default();
    let new = NewHuman { client_id, client_user_id, ids: None, facts };
    let human_id = store.create_human(new).await.expect("a person").0.human_id;
    let connection_id = ConnectionId::random(&SystemRandom);
    let new = NewConnection {
        human_id,
        connection_id,
        provider: "withings".to_owned(),
        pending: None,
        account: Phi::new("account".to_owned()),
        scopes: Vec::new(),
        tokens: None,
    };
    store.add_connection(new).await.expect("a connection");
    let minute = |n: i64| {
        Observation::Sample(Sample {
            metric: Metric::HeartRate,
            device: None,
            context: None,
            start: Time(1_700_000_000_000 + n * 60_000),
            end: None,
            offset: None,
            value: 60.0 + f64::from(u8::try_from(n % 40).unwrap_or_default()),
            unit: Unit::PerMinute,
        })
    };
    let batch = Batch { observations: (0..1440).map(minute).collect(), ..Batch::default() };
    store.apply(human_id, connection_id, batch, None).await.expect("stored");
    store.add_access_token(human_id, hash_token(TOKEN)).await.expect("a token");
    (human_id, connection_id)
}

/// Sends one request and looks at the answer.
pub(crate) fn request(data: &[u8]) {
    let world = &*WORLD;
    let [method, credential, rest @ ..] = data else { return };
    let mut lines = rest.splitn(5, |byte| *byte == b'\n');
    let mut line = || std::str::from_utf8(lines.next().unwrap_or_default()).ok();
    let (Some(target), Some(accept), Some(coding), Some(kind)) = (line(), line(), line(), line()) else { return };
    let body = lines.next().unwrap_or_default();
    let (human, connection) = *world.person.lock().unwrap_or_else(PoisonError::into_inner);
    let filled = |text: &str| {
        let text = text.replace("{client}", &world.app.to_string()).replace("{human}", &human.to_string());
        text.replace("{connection}", &connection.to_string())
    };
    let target = filled(target);
    let body = std::str::from_utf8(body).map_or_else(|_| body.to_vec(), |text| filled(text).into_bytes());
    let method = METHODS[usize::from(*method) % METHODS.len()].clone();
    let mut builder = Request::builder().method(method.clone()).uri(&target);
    for (name, value) in [("accept", accept), ("accept-encoding", coding), ("content-type", kind)] {
        if !value.is_empty() {
            builder = builder.header(name, value);
        }
    }
    builder = match credential % 3 {
        0 => builder.header("authorization", format!("Bearer {TOKEN}")),
        1 => {
            let basic = base64::engine::general_purpose::STANDARD.encode(format!("{KEY}:"));
            builder.header("authorization", format!("Basic {basic}"))
        }
        _ => builder,
    };
    let Ok(request) = builder.header("content-length", body.len()).body(Body::from(body)) else { return };
    world.runtime.block_on(async {
        let response = world.router.clone().oneshot(request).await.expect("never fails");
        let status = response.status();
        assert!(status != StatusCode::INTERNAL_SERVER_ERROR, "{method} {target}: {status}");
        let mut body = response.into_body();
        for _ in 0..FRAMES {
            let frame = tokio::time::timeout(std::time::Duration::from_millis(50), body.frame()).await;
            match frame {
                Ok(Some(frame)) => drop(frame.expect("a whole body")),
                Ok(None) | Err(_) => break,
            }
        }
        if world.engine.store.human(human).expect("read").is_none() {
            let person = person(&world.engine.store, world.app).await;
            *world.person.lock().unwrap_or_else(PoisonError::into_inner) = person;
        }
    });
}

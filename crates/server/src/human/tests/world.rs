//! A whole server over a store in a temporary directory, with a clock that stands still.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use hilum_engine::enrol::OpenLimits;
use hilum_engine::{Config, Egress, Engine, ProviderConfig};
use hilum_model::observation::{
    Activity, ActivityDay, GeneticTrait, HeartRateDay, HeartRateZone, Location, Meal, Sleep,
};
use hilum_model::world::{ManualClock, SeededRandom};
use hilum_model::{
    Batch, Body as Content, ClientId, ConnectionId, Day, HumanId, Metric, Offset, Phi, Quantity, Record, Sample,
    Secret, Time, Unit, UserId,
};
use hilum_store::apps::{LaunchMode, NewApp};
use hilum_store::connections::NewConnection;
use hilum_store::humans::{Human, HumanFacts, NewHuman};
use hilum_store::{OpenMode, Store, hash_token};
use serde_json::{Map, Value, json};
use tower::ServiceExt;

/// `public_url` of the server under test; addresses that it emits begin with it, whatever the request says.
pub(crate) const PUBLIC: &str = "https://h.example";
/// Access token of the person that [`World::full`] makes.
pub(crate) const TOKEN: &str = "token-of-the-first-person";
/// When data are stored first, and when they are corrected.
pub(crate) const STORED: &str = "2016-03-08T21:14:05.120Z";
pub(crate) const CORRECTED: &str = "2016-03-09T06:02:44.731Z";

pub(crate) struct World {
    pub(crate) engine: Arc<Engine>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) router: Router,
    _dir: tempfile::TempDir,
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().expect("ASCII"))
    }
    pub(crate) fn rows(&self) -> Vec<Value> {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        self.json().as_array().expect("array").clone()
    }
    pub(crate) fn code(&self) -> String {
        let json = self.json();
        let keys: Vec<&String> = json.as_object().expect("object").keys().collect();
        assert_eq!(keys, ["code", "message", "detailedMessage"]);
        json["code"].as_str().expect("text").to_owned()
    }
}

pub(crate) fn at(text: &str) -> Time {
    Time::parse_rfc3339(text).expect("time").0
}

pub(crate) fn day(text: &str) -> Day {
    Day::parse(text).expect("day")
}

impl World {
    /// An empty server.
    pub(crate) fn new() -> Self {
        Self::with(BTreeMap::new())
    }

    /// An empty server that offers these providers.
    pub(crate) fn with(providers: BTreeMap<String, ProviderConfig>) -> Self {
        let dir = tempfile::tempdir().expect("directory");
        let clock = Arc::new(ManualClock::new(at(STORED)));
        let random = Arc::new(SeededRandom::new(7));
        let store = Store::open(dir.path(), OpenMode::Serve, clock.clone(), random.clone()).expect("store");
        let config = Config {
            bridges: true,
            public_url: PUBLIC.parse().expect("URL"),
            providers,
            workers: 1,
            open_limits: OpenLimits::default(),
            imports: hilum_engine::import::ImportLimits::default(),
            webhooks: hilum_engine::webhooks::WebhookConfig {
                networks: hilum_engine::egress::Networks::this_machine(),
            },
            archive_days: None,
        };
        let egress = Egress::new().expect("egress");
        let engine = Engine::new(store, clock.clone(), random, config, egress).expect("engine");
        let router = crate::router(engine.clone());
        Self { engine, clock, router, _dir: dir }
    }

    /// One app, one person, one connection with one of everything, stored first at [`STORED`] with other values and
    /// corrected at [`CORRECTED`].
    pub(crate) async fn full() -> Self {
        let world = Self::new();
        let app = world.app(1).await;
        let human = world.human_with(app, "patient-17", TOKEN, Some(ids()), facts()).await;
        let connection = world.connect(human.human_id, "withings", "b9ccc8025e35ad09fda40e6c").await;
        world.apply(human.human_id, connection, everything(1.0)).await;
        world.clock.set(at(CORRECTED));
        world.apply(human.human_id, connection, everything(0.0)).await;
        world
    }

    /// An app whose key is [`app_key`] of the same number.
    pub(crate) async fn app(&self, number: u8) -> ClientId {
        let client_id = ClientId([number; 20]);
        let new = NewApp {
            client_id,
            name: format!("App {number}"),
            mode: LaunchMode::LegacyGuarded,
            client_secret: Secret::new(format!("{number:040x}")),
            app_key: Secret::new(app_key(number)),
            origins: vec!["https://app.example".to_owned()],
            redirects: Vec::new(),
        };
        self.engine.store.create_app(new).await.expect("app").client_id
    }

    /// A person with an access token.
    pub(crate) async fn human(&self, app: ClientId, client_user_id: &str, token: &str) -> Human {
        self.human_with(app, client_user_id, token, None, HumanFacts::default()).await
    }

    pub(crate) async fn human_with(
        &self,
        client_id: ClientId,
        client_user_id: &str,
        token: &str,
        ids: Option<(HumanId, UserId)>,
        facts: HumanFacts,
    ) -> Human {
        let new = NewHuman { client_id, client_user_id: Phi::new(client_user_id.to_owned()), ids, facts };
        let (human, fresh) = self.engine.store.create_human(new).await.expect("human");
        assert!(fresh, "a new person");
        self.engine.store.add_access_token(human.human_id, hash_token(token)).await.expect("token");
        human
    }

    /// A real connection.
    pub(crate) async fn connect(&self, human_id: HumanId, provider: &str, id: &str) -> ConnectionId {
        let new = NewConnection {
            human_id,
            connection_id: id.parse().expect("id"),
            provider: provider.to_owned(),
            pending: None,
            account: Phi::new(format!("account-{id}")),
            scopes: Vec::new(),
            tokens: None,
        };
        self.engine.store.add_connection(new).await.expect("connection")
    }

    pub(crate) async fn apply(&self, human: HumanId, connection: ConnectionId, batch: Batch) {
        assert!(batch.rejected.is_empty(), "{:?}", batch.rejected);
        self.engine.store.apply(human, connection, batch, None).await.expect("applied");
    }

    /// Any request.
    pub(crate) async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let asked = (method.clone(), path.split('?').next().unwrap_or_default());
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).expect("request");
        let response = self.router.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 16 << 20).await.expect("body").to_vec();
        // What `fields` leaves out is not in the description.
        if !path.contains("fields=") {
            crate::contract::check(&asked.0, asked.1, parts.status, &parts.headers, &body);
        }
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// A call of the data API below `/v1/human` with a token.
    pub(crate) async fn get_as(&self, token: &str, path: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        self.send(Method::GET, &format!("/v1/human{path}"), &[("authorization", &bearer)], "").await
    }

    /// The same as the first person.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_as(TOKEN, path).await
    }
}

/// App key of an app of the tests.
pub(crate) fn app_key(number: u8) -> String {
    format!("{:040x}", 0xabc0 + u64::from(number))
}

/// Ids of the first person, as in the expectations.
pub(crate) fn ids() -> (HumanId, UserId) {
    ("6f0d96ac999b9de597c0aa26b5c1ece3".parse().expect("id"), "601b89371e42d4a66a4bd866".parse().expect("id"))
}

fn facts() -> HumanFacts {
    HumanFacts {
        email: Some("p17@example.org".to_owned()),
        gender: Some("female".to_owned()),
        time_zone: Some("America/Los_Angeles".to_owned()),
    }
}

/// A record at the time of the expectations, 8 hours west.
pub(crate) fn record(key: &str, body: Content) -> Record {
    Record {
        key: key.to_owned(),
        device: None,
        start: at("2016-03-08T14:29:34.000Z"),
        end: None,
        offset: Some(Offset(-480)),
        day: day("2016-03-08"),
        body,
        source_data: Map::new(),
    }
}

pub(crate) fn reading(metric: Metric, received: f64, unit: Unit) -> Content {
    Content::Reading { metric, quantity: Quantity::new(metric, received, unit).expect("fits") }
}

/// A sample at the time of the expectations.
pub(crate) fn sample(metric: Metric, value: f64, unit: Unit) -> Sample {
    Sample {
        metric,
        device: None,
        context: None,
        start: at("2016-03-08T14:29:34.000Z"),
        end: None,
        offset: Some(Offset(-480)),
        value,
        unit,
    }
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(map) = value else { panic!("an object") };
    map
}

/// One of everything; `plus` is added to values, so that a second batch with another `plus` is a correction.
pub(crate) fn everything(plus: f64) -> Batch {
    let mut batch = Batch::default();
    batch.record(record("weight", reading(Metric::Weight, 72_800.0 + plus, Unit::Gram)));
    batch.record(record("fat", reading(Metric::BodyFat, 21.4 + plus, Unit::Percent)));
    batch.record(record("height", reading(Metric::Height, 1.72 + plus, Unit::Metre)));
    batch.record(record("bmi", reading(Metric::Bmi, 24.6 + plus, Unit::KilogramPerSquareMetre)));
    let mut glucose = record("glucose", reading(Metric::BloodGlucose, 101.0 + plus, Unit::MilligramPerDecilitre));
    glucose.source_data = object(json!({"mealTag": "before_breakfast", "strip": 4}));
    batch.record(glucose);
    let pressure = Content::BloodPressure { systolic: 121.0 + plus, diastolic: 79.0, heart_rate: Some(68.0) };
    batch.record(Record { device: Some("BPM Core".to_owned()), ..record("pressure", pressure) });
    batch.sample(sample(Metric::HeartRate, 64.0 + plus, Unit::PerMinute));
    batch.sample(sample(Metric::BloodOxygen, 0.97 + plus / 100.0, Unit::Fraction));
    batch.record(Record {
        start: at("2016-03-08T15:01:00.000Z"),
        end: Some(at("2016-03-08T15:31:20.000Z")),
        source_data: object(json!({"manual": false})),
        ..record(
            "walk",
            Content::Activity(Activity {
                kind: "walking".to_owned(),
                duration_s: Some(1800.0 + plus),
                distance_m: Some(2310.4),
                steps: Some(3042.0),
                calories: Some(131.0),
                heart_rate_avg: Some(98.0),
                heart_rate_min: None,
                heart_rate_max: Some(121.0),
                ..Activity::default()
            }),
        )
    });
    batch.record(Record {
        start: at("2016-03-08T08:00:00.000Z"),
        ..record(
            "day",
            Content::ActivityDay(ActivityDay {
                duration_s: Some(21_600.0),
                distance_m: Some(7421.8),
                steps: Some(9870.0 + plus),
                calories: Some(2210.0),
                active_calories: Some(800.5),
                vigorous_min: Some(12.0),
                moderate_min: Some(31.0),
                light_min: Some(190.0),
                sedentary_min: Some(771.0),
                floors: Some(8.0),
            }),
        )
    });
    batch.record(Record {
        start: at("2016-03-08T06:40:00.000Z"),
        end: Some(at("2016-03-08T14:20:00.000Z")),
        ..record(
            "night",
            Content::Sleep(Sleep {
                main: true,
                // 425.5 minutes
                asleep_s: Some(25_530.0 + plus * 60.0),
                awake_s: Some(2100.0),
                to_fall_asleep_s: Some(540.0),
                after_wakeup_s: Some(180.0),
                in_bed_s: Some(27_600.0),
                efficiency: Some(92.0),
                wakeups: Some(4.0),
                deep_s: Some(5400.0),
                ..Sleep::default()
            }),
        )
    });
    batch.record(meal(plus));
    batch.record(Record {
        start: at("2016-03-08T18:05:00.000Z"),
        end: Some(at("2016-03-08T19:12:00.000Z")),
        ..record(
            "place",
            Content::Location(Location { latitude: 37.4419 + plus, longitude: -122.143, ..Location::default() }),
        )
    });
    batch.record(record(
        "milk",
        Content::GeneticTrait(GeneticTrait {
            description: "Ability to digest milk sugar".to_owned(),
            finding: if plus > 0.0 { "Likely intolerant" } else { "Likely tolerant" }.to_owned(),
            possible: vec!["Likely tolerant".to_owned(), "Likely intolerant".to_owned()],
        }),
    ));
    let zone = |name: &str, min, max, duration_s, calories| HeartRateZone {
        name: name.to_owned(),
        min,
        max,
        duration_s,
        calories,
    };
    batch.record(Record {
        start: at("2016-03-08T08:00:00.000Z"),
        ..record(
            "heart",
            Content::HeartRateDay(HeartRateDay {
                resting: Some(61.0 + plus),
                average: Some(74.0),
                min: Some(52.0),
                max: Some(151.0),
                zones: vec![
                    zone("Out of Range", Some(30.0), Some(94.0), 79_200.0, Some(1502.3)),
                    zone("Peak", Some(160.0), Some(220.0), 0.0, Some(0.0)),
                ],
            }),
        )
    });
    batch
}

/// A lunch with every nutrient of the contract.
fn meal(plus: f64) -> Record {
    let nutrients = [
        ("sodium", 690.0),
        ("sugar", 5.5),
        ("fiber", 14.8),
        ("saturatedFat", 1.1),
        ("monounsaturatedFat", 3.9),
        ("polyunsaturatedFat", 1.4),
        ("cholesterol", 0.0),
        ("vitaminA", 0.2),
        ("vitaminC", 6.0),
        ("calcium", 52.0),
        ("iron", 6.1),
        ("potassium", 702.0),
    ];
    let body = Content::Meal(Meal {
        kind: Some("lunch".to_owned()),
        name: Some("Lentil soup".to_owned()),
        calories: Some(312.0 + plus),
        carbohydrate_g: Some(44.1),
        fat_g: Some(7.2),
        protein_g: Some(18.6),
        nutrients: nutrients.into_iter().map(|(name, amount)| (name.to_owned(), amount)).collect(),
        ..Meal::default()
    });
    Record { start: at("2016-03-08T20:00:00.000Z"), ..record("meal", body) }
}

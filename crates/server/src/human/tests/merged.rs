//! `?merge=true` through the whole router: readings, workouts and nights of several sources. Expectations by hand.

use axum::http::Method;
use hilum_model::observation::{Activity, Sleep};
use hilum_model::{Batch, Body, ConnectionId, HumanId, Metric, Record, Sample, Time, Unit};
use serde_json::{Value, json};

use super::world::{Answer, TOKEN, World, at, reading, record, sample};

/// 2016-03-08T16:00:00Z, 8 in the morning where the person is.
const EIGHT: Time = Time(1_457_452_800_000);

pub(crate) struct Person {
    pub(crate) world: World,
    pub(crate) id: HumanId,
}

impl Person {
    pub(crate) async fn new() -> Self {
        assert_eq!(EIGHT, at("2016-03-08T16:00:00.000Z"));
        let world = World::new();
        let app = world.app(1).await;
        let id = world.human(app, "p", TOKEN).await.human_id;
        Self { world, id }
    }

    /// A source with a letter as its id, and what it tells.
    pub(crate) async fn told(&self, source: &str, letter: &str, batch: Batch) -> ConnectionId {
        let connection = self.world.connect(self.id, source, &letter.repeat(24)).await;
        self.world.apply(self.id, connection, batch).await;
        connection
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let answer = self.world.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer
    }

    /// Sets the person's priorities as the app's server does.
    pub(crate) async fn prefers(&self, lists: &Value) {
        let auth = crate::apps::tests::basic_of(1);
        let path = format!("/v1/apps/{}/users/p/priorities", crate::apps::tests::CLIENT);
        let headers = [("authorization", auth.as_str()), ("content-type", "application/json")];
        let answer = self.world.send(Method::PUT, &path, &headers, &lists.to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

pub(super) fn batch(records: impl IntoIterator<Item = Record>) -> Batch {
    let mut batch = Batch::default();
    records.into_iter().for_each(|record| batch.record(record));
    batch
}

pub(super) fn minutes(n: i64) -> Time {
    EIGHT.plus_s(60 * n)
}

fn run(key: &str, from: i64, until: i64, change: impl FnOnce(&mut Activity)) -> Record {
    let mut activity = Activity { kind: "running".to_owned(), ..Activity::default() };
    change(&mut activity);
    Record { start: minutes(from), end: Some(minutes(until)), ..record(key, Body::Activity(activity)) }
}

/// What a part is of, whether it is used, and why.
fn parts(row: &Value) -> Vec<(&str, &str, &str)> {
    let text = |part: &Value, name: &str| -> String { part[name].as_str().unwrap_or_default().to_owned() };
    let parts = row["mergedFrom"].as_array().unwrap_or_else(|| panic!("parts: {row}"));
    let known = |t: String| -> &'static str { Box::leak(t.into_boxed_str()) };
    parts.iter().map(|p| (known(text(p, "source")), known(text(p, "used")), known(text(p, "reason")))).collect()
}

async fn two_services() -> Person {
    let person = Person::new().await;
    let garmin = run("g", 0, 60, |a| {
        a.duration_s = Some(3600.0);
        a.heart_rate_avg = Some(151.0);
    });
    let strava = run("s", 1, 60, |a| {
        a.kind = "trail_running".to_owned();
        a.duration_s = Some(3540.0);
        a.distance_m = Some(10_050.5);
    });
    let swim = run("w", 300, 330, |a| a.kind = "swimming".to_owned());
    person.told("strava", "a", batch([strava, swim])).await;
    person.told("garmin", "b", batch([garmin])).await;
    person
}

#[tokio::test]
async fn a_run_on_two_services_is_one_and_names_its_parts() {
    let person = two_services().await;
    assert_eq!(person.get("/activities").await.rows().len(), 3);
    let answer = person.get("/activities?merge=true").await;
    let rows = answer.rows();
    assert_eq!(rows.len(), 2);
    // The watch leads; the service fills in the distance. Rows before merging are counted.
    assert_eq!(answer.header("x-total-count"), "3");
    let merged = &rows[1];
    assert_eq!(
        (&merged["source"], &merged["type"], &merged["duration"], &merged["distance"], &merged["startTime"]),
        (&json!("garmin"), &json!("running"), &json!(3600), &json!(10050.5), &json!("2016-03-08T16:00:00.000Z"))
    );
    let own: Vec<Value> = person.get("/activities").await.rows();
    let id = |source: &str| {
        own.iter().find(|r| r["source"] == source && r["type"] != "swimming").expect("row")["id"].clone()
    };
    assert_eq!(
        merged["mergedFrom"],
        json!([
            {
                "id": id("garmin"), "source": "garmin", "startTime": "2016-03-08T16:00:00.000Z",
                "endTime": "2016-03-08T17:00:00.000Z", "used": "all", "reason": "leads",
                "fields": ["startTime", "endTime", "tzOffset", "type", "duration", "averageHeartrate"]
            },
            {
                "id": id("strava"), "source": "strava", "startTime": "2016-03-08T16:01:00.000Z",
                "endTime": "2016-03-08T17:00:00.000Z", "used": "part", "reason": "fills_missing", "fields": ["distance"]
            }
        ])
    );
    // Any part's id leads to the merged row; the members stand in the order of the contract, the parts last.
    for source in ["garmin", "strava"] {
        let path = format!("/activities/{}?merge=true", id(source).as_str().expect("text"));
        assert_eq!(&person.get(&path).await.json(), merged);
    }
    assert!(answer.text().contains(r#","updatedAt":"2016-03-08T21:14:05.120Z","mergedFrom":["#));
    // One source alone is not merged with another.
    let alone = person.get("/activities?merge=true&source=strava").await.rows();
    assert_eq!((alone.len(), parts(&alone[1])), (2, vec![("strava", "all", "leads")]));
}

#[tokio::test]
async fn the_default_is_untouched() {
    let person = two_services().await;
    for path in ["/activities", "/activities/summaries", "/heart_rate/readings", "", "/weight"] {
        let plain = person.get(path).await;
        let told = person.get(&format!("{path}?merge=false")).await;
        assert_eq!((plain.text(), plain.header("etag")), (told.text(), told.header("etag")), "{path}");
        assert!(!plain.text().contains("mergedFrom"));
    }
    let refused = person.world.get("/activities?merge=yes").await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (400, "invalid_parameter"));
    let twice = person.world.get("/activities?merge=true&merge=false").await;
    assert_eq!(twice.code(), "conflicting_parameter");
}

#[tokio::test]
async fn a_row_is_on_the_page_of_its_newest_part() {
    let person = two_services().await;
    let whole = person.get("/activities?merge=true").await.rows();
    // Rows before merging: the swim, Strava's run, Garmin's run.
    let page = |offset: usize| format!("/activities?merge=true&limit=1&offset={offset}");
    let pages = [person.get(&page(0)).await, person.get(&page(1)).await, person.get(&page(2)).await];
    let sizes: Vec<usize> = pages.iter().map(|page| page.rows().len()).collect();
    assert_eq!(sizes, [1, 1, 0]);
    assert_eq!([pages[0].rows(), pages[1].rows()].concat(), whole);
    assert!(
        pages[0]
            .header("link")
            .starts_with("<https://h.example/v1/human/activities?merge=true&limit=1&offset=1>; rel=\"next\"")
    );
    assert!(!pages[2].header("link").contains("next"));
}

#[tokio::test]
async fn pages_of_any_size_tile_the_merged_list() {
    let person = Person::new().await;
    // Twelve runs, told by three sources that begin and end them differently, some not alike enough to be one.
    let told = |from: fn(i64) -> i64, length: fn(i64) -> i64| {
        batch((0..12).map(|n| run(&n.to_string(), 90 * n + from(n), 90 * n + from(n) + length(n), |_| {})))
    };
    person.told("garmin", "a", told(|_| 0, |_| 60)).await;
    person.told("strava", "b", told(|n| 15 * (n % 4), |_| 60)).await;
    person.told("apple_health", "c", told(|n| 40 - 20 * (n % 3), |n| 10 + 20 * (n % 2))).await;
    let whole = person.get("/activities?merge=true").await;
    let rows = whole.rows();
    let parts: usize = rows.iter().map(|row| row["mergedFrom"].as_array().map_or(0, Vec::len)).sum();
    // Every row is a part of exactly one. Strava's stand alone where they begin half an hour late or more: six of twelve.
    // The third's lie within the first's by more than half.
    assert_eq!((parts, whole.header("x-total-count"), rows.len()), (36, "36", 18));
    for limit in [1, 2, 5, 7, 35] {
        let mut paged = Vec::new();
        for offset in (0..36).step_by(limit) {
            paged.extend(person.get(&format!("/activities?merge=true&limit={limit}&offset={offset}")).await.rows());
        }
        assert_eq!(paged, rows, "{limit}");
    }
}

#[tokio::test]
async fn a_correction_of_any_part_shows_the_row_again() {
    let person = two_services().await;
    person.world.clock.set(at("2016-03-09T06:00:00.000Z"));
    let correction = batch([run("s", 1, 60, |a| a.distance_m = Some(10_100.0))]);
    person.world.apply(person.id, "a".repeat(24).parse().expect("id"), correction).await;
    let rows = person.get("/activities?merge=true&updated_since=2016-03-09").await.rows();
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0]["source"], &rows[0]["distance"]), (&json!("garmin"), &json!(10100)));
    assert_eq!(
        (&rows[0]["createdAt"], &rows[0]["updatedAt"]),
        (&json!("2016-03-08T21:14:05.120Z"), &json!("2016-03-09T06:00:00.000Z"))
    );
}

fn beats(list: &[(i64, f64)]) -> Batch {
    let mut batch = Batch::default();
    for (half_minutes, value) in list {
        let start = EIGHT.plus_s(30 * half_minutes);
        batch.sample(Sample { start, ..sample(Metric::HeartRate, *value, Unit::PerMinute) });
    }
    batch
}

fn values(answer: &Answer) -> Vec<i64> {
    answer.rows().iter().map(|row| row["value"].as_i64().expect("whole")).collect()
}

#[tokio::test]
async fn heart_rates_come_from_the_best_and_gaps_from_the_other() {
    let person = Person::new().await;
    // A watch at 0, 5 and 10 minutes; a ring at 4:30 and 30.
    person.told("oura", "a", beats(&[(9, 64.0), (60, 58.0)])).await;
    person.told("garmin", "b", beats(&[(0, 60.0), (10, 61.0), (20, 62.0)])).await;
    let answer = person.get("/heart_rate/readings?merge=true").await;
    assert_eq!((values(&answer), answer.header("x-total-count")), (vec![58, 62, 61, 60], "5"));
    let rows = answer.rows();
    assert_eq!(parts(&rows[0]), [("oura", "all", "fills_gap")]);
    // 4:30 is nearest to 5.
    assert_eq!(parts(&rows[2]), [("garmin", "all", "leads"), ("oura", "none", "covered")]);
    assert_eq!(rows[2]["mergedFrom"][1]["value"], 64);
    assert_eq!(parts(&rows[3]), [("garmin", "all", "leads")]);
    // Pages together are the list.
    let mut paged = Vec::new();
    for offset in 0..5 {
        paged.extend(person.get(&format!("/heart_rate/readings?merge=true&limit=1&offset={offset}")).await.rows());
    }
    assert_eq!(paged, rows);
    assert_eq!(person.get("/heart_rate/readings/daily/2016-03-08?merge=true").await.rows(), rows);
    assert_eq!(person.get("/heart_rate?merge=true").await.json(), rows[0]);
    let left_out = rows[2]["mergedFrom"][1]["id"].as_str().expect("id");
    assert_eq!(person.get(&format!("/heart_rate/readings/{left_out}?merge=true")).await.json(), rows[2]);
    assert_eq!(person.get(&format!("/heart_rate/readings/{left_out}")).await.json()["value"], 64);
    // The person trusts the ring more: it tells of 3:30 to 5:30.
    person.prefers(&json!({"heart_rate": ["oura"]})).await;
    assert_eq!(values(&person.get("/heart_rate/readings?merge=true").await), [58, 62, 64, 60]);
    assert_eq!(values(&person.get("/heart_rate/readings").await), [58, 62, 61, 64, 60]);
}

#[tokio::test]
async fn many_that_are_left_out_are_told_together() {
    let person = Person::new().await;
    let phone: Vec<(i64, f64)> = (0..20).map(|n| (n, 70.0 + n as f64)).collect();
    person.told("strava", "a", beats(&phone)).await;
    // It covers the two minutes around it: of the phone 0, 30, 60, 90, 120 seconds.
    person.told("garmin", "b", beats(&[(2, 60.0)])).await;
    let answer = person.get("/heart_rate/readings?merge=true").await;
    let rows = answer.rows();
    assert_eq!(rows.len(), 16);
    let watch = rows.last().expect("a row");
    let together = json!({
        "source": "strava", "startTime": "2016-03-08T16:00:00.000Z", "endTime": "2016-03-08T16:02:00.000Z",
        "samples": 5, "used": "none", "reason": "covered"
    });
    assert_eq!((&watch["value"], &watch["mergedFrom"][1]), (&json!(60), &together));
}

#[tokio::test]
async fn apple_health_by_file_and_by_phone_is_one() {
    let person = Person::new().await;
    let told = |with_pulse: bool| {
        let mut told = batch([
            Record {
                device: Some("Smart Scale".to_owned()),
                ..record("w", reading(Metric::Weight, 72.8, Unit::Kilogram))
            },
            record(
                "p",
                Body::BloodPressure { systolic: 121.0, diastolic: 79.0, heart_rate: with_pulse.then_some(66.0) },
            ),
            Record { device: Some("Apple Watch".to_owned()), ..run("r", 0, 60, |a| a.steps = Some(9_000.0)) },
        ]);
        told.sample(Sample {
            device: Some("Apple Watch".to_owned()),
            ..sample(Metric::HeartRate, 64.0, Unit::PerMinute)
        });
        told
    };
    person.told("apple_health", "a", told(false)).await;
    person.told("apple_health", "b", told(true)).await;
    for path in ["/weight/readings", "/blood_pressure/readings", "/activities", "/heart_rate/readings"] {
        assert_eq!(person.get(path).await.rows().len(), 2, "{path}");
        let rows = person.get(&format!("{path}?merge=true")).await.rows();
        assert_eq!((rows.len(), rows[0]["mergedFrom"].as_array().map(Vec::len)), (1, Some(2)), "{path}");
    }
    let pressure = person.get("/blood_pressure?merge=true").await.json();
    assert_eq!(pressure["heartRate"], 66);
    assert_eq!(parts(&pressure)[1], ("apple_health", "part", "fills_missing"));
    let summary = person.get("?merge=true").await.json();
    for name in ["weight", "bloodPressure", "heartRate"] {
        assert_eq!(summary[name]["mergedFrom"].as_array().map(Vec::len), Some(2), "{name}");
    }
    assert_eq!((&summary["bmi"], &summary["activitySummary"]), (&json!({}), &json!({})));
}

fn night(key: &str, from: i64, until: i64, sleep: Sleep) -> Record {
    let day = super::world::day("2016-03-08");
    Record { start: minutes(from), end: Some(minutes(until)), day, ..record(key, Body::Sleep(sleep)) }
}

#[tokio::test]
async fn nights_of_two_sources_are_one_and_naps_count_once() {
    let person = Person::new().await;
    let slept = |asleep: f64, main| Sleep { main, asleep_s: Some(asleep * 60.0), ..Sleep::default() };
    // The ring: a night of 7 hours and a nap of 20 minutes. The service: the night as 7:15, with time awake.
    let ring = batch([night("n", -480, 0, slept(420.0, true)), night("z", 300, 330, slept(20.0, false))]);
    let other = batch([night("n", -475, 5, Sleep { awake_s: Some(1200.0), ..slept(435.0, true) })]);
    person.told("withings", "a", other).await;
    person.told("oura", "b", ring).await;
    let rows = person.get("/sleeps?merge=true").await.rows();
    let shown: Vec<(&Value, &Value, &Value, &Value)> =
        rows.iter().map(|r| (&r["source"], &r["mainSleep"], &r["timeAsleep"], &r["timeAwake"])).collect();
    assert_eq!(
        shown,
        [
            (&json!("oura"), &json!(false), &json!(20), &json!(0)),
            (&json!("oura"), &json!(true), &json!(420), &json!(20))
        ]
    );
    assert_eq!(person.get("/sleeps/summaries").await.rows().len(), 2);
    let days = person.get("/sleeps/summaries?merge=true").await;
    let day = days.json()[0].clone();
    assert_eq!((days.rows().len(), days.header("x-total-count")), (1, "1"));
    assert_eq!((&day["timeAsleep"], &day["timeAwake"], &day["source"]), (&json!(440), &json!(20), &json!("oura")));
    let told = parts(&day);
    assert_eq!(told.len(), 3);
    for path in ["/sleeps/summary", "/sleeps/summaries/2016-03-08"] {
        assert_eq!(person.get(&format!("{path}?merge=true")).await.json(), day, "{path}");
    }
    let id = day["id"].as_str().expect("id");
    assert_eq!(person.get(&format!("/sleeps/summaries/{id}?merge=true")).await.json(), day);
    assert_eq!(person.world.get("/sleeps/summaries/2016-03-07?merge=true").await.status, 404);
}

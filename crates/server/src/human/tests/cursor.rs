//! Lists by cursor: every row once whatever happens meanwhile, and after it what has changed.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use hilum_model::observation::Activity;
use hilum_model::{Batch, Body, ConnectionId, HumanId, Kind, Metric, Record, Sample, Time, Unit};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use super::world::{Answer, PUBLIC, World, at, reading, record, sample};

const TOKEN: &str = "walker";
const FIRST: &str = "aaaaaaaaaaaaaaaaaaaaaaaa";
const SECOND: &str = "bbbbbbbbbbbbbbbbbbbbbbbb";

/// One thing that happens between two pages.
#[derive(Debug, Clone)]
enum Step {
    /// Rows of that minute: new ones, or new values for those that are there.
    Tell { minute: i64, connection: usize, value: i64 },
    /// The rows of that minute and source go.
    Delete { minute: i64, connection: usize },
    /// So many ms pass.
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    // Few minutes on three days, so that steps meet each other and the rows of other sources.
    let minute = prop_oneof![0..12_i64, 1436..1444_i64, 2876..2882_i64];
    prop_oneof![
        4 => (minute.clone(), 0..2_usize, 1..5_i64)
            .prop_map(|(minute, connection, value)| Step::Tell { minute, connection, value }),
        2 => (minute, 0..2_usize).prop_map(|(minute, connection)| Step::Delete { minute, connection }),
        1 => (0..3_i64).prop_map(Step::Wait),
    ]
}

struct Walked {
    world: World,
    human: HumanId,
    connections: [ConnectionId; 2],
}

impl Walked {
    async fn new() -> Self {
        let world = World::new();
        let app = world.app(1).await;
        let human = world.human(app, "p", TOKEN).await.human_id;
        let connections = [world.connect(human, "withings", FIRST).await, world.connect(human, "oura", SECOND).await];
        Self { world, human, connections }
    }

    fn start(minute: i64) -> Time {
        at("2016-03-06T23:50:00.000Z").plus_s(60 * minute)
    }

    /// A weight, and four heart rates of the same minute: of two devices, an instant and an interval each. These belong
    /// to a workout, with which they go.
    async fn apply(&self, step: &Step) {
        let mut batch = Batch::default();
        let (connection, key) = match step {
            Step::Wait(ms) => return self.world.clock.advance_ms(*ms),
            Step::Tell { minute, connection, .. } | Step::Delete { minute, connection } => {
                (self.connections[*connection], format!("k{minute}"))
            }
        };
        if let Step::Tell { minute, value, .. } = step {
            let start = Self::start(*minute);
            let value = *value as f64;
            let weight = record(&key, reading(Metric::Weight, value, Unit::Kilogram));
            batch.record(Record { start, day: start.utc_day(), ..weight });
            let walk = record(&key, Body::Activity(Activity { steps: Some(value), ..Activity::default() }));
            batch.record(Record { start, day: start.utc_day(), ..walk });
            for device in ["left", "right"] {
                for end in [None, Some(start.plus_s(30))] {
                    let beat = sample(Metric::HeartRate, value, Unit::PerMinute);
                    let device = Some(device.to_owned());
                    batch.sample(Sample { start, end, device, context: Some(key.clone()), ..beat });
                }
            }
        } else {
            batch.deleted(Kind::Weight, key.clone());
            batch.deleted(Kind::Activity, key);
        }
        self.world.apply(self.human, connection, batch).await;
    }

    async fn get(&self, path: &str) -> Answer {
        let answer = self.world.get_as(TOKEN, path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer
    }

    /// All rows of a list of the moment, by id.
    async fn rows(&self, list: &str) -> BTreeMap<String, Value> {
        let answer = self.get(&format!("{list}?limit=500")).await;
        let rows = answer.rows();
        assert_eq!(answer.header("x-total-count"), rows.len().to_string());
        rows.into_iter().map(|row| (id(&row), row)).collect()
    }

    /// All pages of a walk.
    async fn walk(&self, list: &str, cursor: &str, limit: usize) -> (Vec<Value>, String) {
        let (mut cursor, mut seen) = (cursor.to_owned(), Vec::new());
        loop {
            let page = self.get(&format!("{list}?limit={limit}&cursor={cursor}")).await;
            seen.extend(page.rows());
            cursor = page.header("x-next-cursor").to_owned();
            if cursor.is_empty() {
                return (seen, page.header("x-sync-cursor").to_owned());
            }
        }
    }
}

fn id(row: &Value) -> String {
    row["id"].as_str().expect("id").to_owned()
}

const LISTS: [&str; 3] = ["/weight/readings", "/heart_rate/readings", "/activities"];

#[test]
fn rows_that_stay_are_seen_once_and_changes_afterwards() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("runtime");
    let mut runner = TestRunner::new(Config { cases: 40, failure_persistence: None, ..Config::default() });
    let before = prop::collection::vec(step(), 0..40);
    let between = prop::collection::vec(prop::collection::vec(step(), 0..4), 1..30);
    runner
        .run(&(before, between, 1..9_usize), |(before, between, limit)| {
            for list in LISTS {
                runtime.block_on(one_walk(list, &before, &between, limit));
            }
            Ok(())
        })
        .expect("every walk");
}

async fn one_walk(list: &str, before: &[Step], between: &[Vec<Step>], limit: usize) {
    let person = Walked::new().await;
    for step in before {
        person.apply(step).await;
    }
    let at_first = person.rows(list).await;
    let mut always: BTreeSet<String> = at_first.keys().cloned().collect();
    let mut seen: Vec<Value> = Vec::new();
    let mut cursor = "*".to_owned();
    let mut steps = between.iter();
    let sync = loop {
        let page = person.get(&format!("{list}?limit={limit}&cursor={cursor}")).await;
        assert!(page.rows().len() <= limit);
        seen.extend(page.rows());
        cursor = page.header("x-next-cursor").to_owned();
        if cursor.is_empty() {
            break page.header("x-sync-cursor").to_owned();
        }
        assert_eq!(page.rows().len(), limit, "a page that others follow is full");
        for step in steps.next().into_iter().flatten() {
            person.apply(step).await;
            let now = person.rows(list).await;
            always.retain(|id| now.contains_key(id));
        }
    };
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for row in &seen {
        *times.entry(id(row)).or_default() += 1;
    }
    for id in &always {
        assert_eq!(times.get(id), Some(&1), "{list}: {id}");
    }
    assert!(times.values().all(|n| *n == 1), "{list}: no row twice");

    // What a follower has after a second walk, begun with the sync cursor, is what there is.
    for step in steps.flatten() {
        person.apply(step).await;
    }
    let (news, again) = person.walk(list, &sync, limit).await;
    let mut held: BTreeMap<String, Value> = seen.into_iter().map(|row| (id(&row), row)).collect();
    held.extend(news.into_iter().map(|row| (id(&row), row)));
    let now = person.rows(list).await;
    held.retain(|id, _| now.contains_key(id));
    assert_eq!(held, now, "{list}");
    // The order of a walk is the order of the list.
    let (all, _) = person.walk(list, "*", limit).await;
    assert_eq!(all, person.get(&format!("{list}?limit=500")).await.rows(), "{list}");
    // With nothing new there is nothing but what changed in the very last moment.
    person.world.clock.advance_ms(1);
    let (rest, third) = person.walk(list, &again, limit).await;
    let newest = now.values().map(|row| row["updatedAt"].to_string()).max();
    assert!(rest.iter().all(|row| Some(row["updatedAt"].to_string()) >= newest), "{list}");
    assert_eq!(third, again, "{list}: nothing has changed");
}

async fn some() -> Walked {
    let person = Walked::new().await;
    for minute in 0..6 {
        person.apply(&Step::Tell { minute, connection: 0, value: 3 }).await;
    }
    person
}

#[tokio::test]
async fn headers_of_a_walk() {
    let person = some().await;
    let first = person.get("/weight/readings?limit=4&source=withings&cursor=*&fields=").await;
    let cursor = first.header("x-next-cursor");
    assert_eq!(
        first.header("link"),
        format!("<{PUBLIC}/v1/human/weight/readings?source=withings&fields=&limit=4&cursor={cursor}>; rel=\"next\"")
    );
    assert_eq!((first.header("x-total-count"), first.header("x-sync-cursor")), ("", ""));
    let path = first.header("link").split(['<', '>']).nth(1).expect("address");
    let path = path.strip_prefix(&format!("{PUBLIC}/v1/human")).expect("ours").to_owned();
    let second = person.get(&path).await;
    assert_eq!(second.rows().len(), 2);
    assert_eq!((second.header("x-next-cursor"), second.header("link"), second.header("x-total-count")), ("", "", ""));
    assert!(!second.header("x-sync-cursor").is_empty());
    for name in ["X-Next-Cursor", "X-Sync-Cursor"] {
        assert!(first.header("access-control-expose-headers").contains(name), "{name}");
    }
    // The same page has the same tag, so that it can be asked for conditionally.
    let again = person.get("/weight/readings?limit=4&source=withings&cursor=*&fields=").await;
    assert_eq!(again.header("etag"), first.header("etag"));
    let bearer = format!("Bearer {TOKEN}");
    let known = [("authorization", bearer.as_str()), ("if-none-match", first.header("etag"))];
    let known =
        person.world.send(Method::GET, "/v1/human/weight/readings?limit=4&source=withings&cursor=*", &known, "");
    // Another query, so another address in `Link`.
    assert_eq!(known.await.status, 200);
    let known = [("authorization", bearer.as_str()), ("if-none-match", second.header("etag"))];
    assert_eq!(person.world.send(Method::GET, &format!("/v1/human{path}"), &known, "").await.status, 304);
}

#[tokio::test]
async fn a_page_may_have_a_thousand_rows() {
    let person = Walked::new().await;
    let mut batch = Batch::default();
    for minute in 0..1203 {
        let beat = sample(Metric::HeartRate, 60.0, Unit::PerMinute);
        batch.sample(Sample { start: beat.start.plus_s(60 * minute), ..beat });
    }
    person.world.apply(person.human, person.connections[0], batch).await;
    let page = person.get("/heart_rate/readings?limit=5000&cursor=*").await;
    assert_eq!(page.rows().len(), 1000);
    let rest = person.get(&format!("/heart_rate/readings?limit=1000&cursor={}", page.header("x-next-cursor"))).await;
    assert_eq!(rest.rows().len(), 203);
    let mut both = page.rows();
    both.extend(rest.rows());
    let mut by_number = Vec::new();
    for offset in [0, 500, 1000] {
        by_number.extend(person.get(&format!("/heart_rate/readings?limit=500&offset={offset}")).await.rows());
    }
    assert_eq!(both, by_number);
}

#[tokio::test]
async fn a_cursor_is_of_one_list_one_person_and_one_set_of_filters() {
    let person = some().await;
    let app = hilum_model::ClientId([1; 20]);
    person.world.human(app, "q", "stranger").await;
    let first = person.get("/weight/readings?limit=2&cursor=*").await;
    let cursor = first.header("x-next-cursor");
    assert!(cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{cursor}");
    let refused = async |token: &str, path: &str, code: &str| {
        let answer = person.world.get_as(token, path).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, code), "{path}");
    };
    for place in 0..cursor.len() {
        let mut changed = cursor.as_bytes().to_vec();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("ASCII");
        refused(TOKEN, &format!("/weight/readings?limit=2&cursor={changed}"), "invalid_cursor").await;
    }
    for other in [
        format!("/activities?limit=2&cursor={cursor}"),
        format!("/height/readings?limit=2&cursor={cursor}"),
        format!("/weight/readings?source=oura&cursor={cursor}"),
        format!("/weight/readings?merge=true&cursor={cursor}"),
        format!("/weight/readings?updated_since=2016-01-01&cursor={cursor}"),
        format!("/weight/readings?start_date=2016-01-01&end_date=2017-01-01&cursor={cursor}"),
        format!("/weight/readings/daily/2016-03-06?cursor={cursor}"),
        format!("/weight/readings?cursor={}", &cursor[..cursor.len() - 2]),
        "/weight/readings?cursor=%2A%2A".to_owned(),
        "/weight/readings?cursor=0".to_owned(),
    ] {
        refused(TOKEN, &other, "invalid_cursor").await;
    }
    refused("stranger", &format!("/weight/readings?limit=2&cursor={cursor}"), "invalid_cursor").await;
    refused(TOKEN, "/weight/readings?cursor=*&offset=2", "conflicting_parameter").await;
    refused(TOKEN, "/weight/readings?cursor=*&limit=0", "invalid_parameter").await;
    // What only changes how rows are shown, or how many, may differ from page to page.
    for same in [
        format!("/weight/readings?limit=3&cursor={cursor}"),
        format!("/weight/readings/?cursor={cursor}&unknown=1"),
        format!("/weight/readings?merge=false&cursor={cursor}"),
    ] {
        person.get(&same).await;
    }
    // An empty one is none, as with every parameter.
    assert_eq!(person.get("/weight/readings?cursor=").await.header("x-total-count"), "6");
}

#[tokio::test]
async fn merged_lists_are_walked_too() {
    let person = Walked::new().await;
    for minute in [0, 1, 2, 300, 301, 1440, 1500, 2880] {
        for connection in 0..2 {
            person.apply(&Step::Tell { minute, connection, value: 3 }).await;
        }
    }
    for list in ["/weight/readings", "/heart_rate/readings", "/activities"] {
        let whole = person.get(&format!("{list}?merge=true&limit=500")).await.rows();
        assert!(!whole.is_empty(), "{list}");
        for limit in [1, 3, 100] {
            let (mut cursor, mut seen) = ("*".to_owned(), Vec::new());
            while !cursor.is_empty() {
                let page = person.get(&format!("{list}?merge=true&limit={limit}&cursor={cursor}")).await;
                seen.extend(page.rows());
                cursor = page.header("x-next-cursor").to_owned();
            }
            assert_eq!(seen, whole, "{list} by {limit}");
        }
    }
}

#[tokio::test]
async fn merged_days_are_walked_day_by_day() {
    let person = Walked::new().await;
    for (place, connection) in person.connections.into_iter().enumerate() {
        let mut batch = Batch::default();
        for day in 0..5 {
            let start = at("2016-03-01T00:00:00.000Z").plus_s(86_400 * day);
            let steps = Some(1000.0 * (day + 1) as f64 + place as f64);
            let total = hilum_model::observation::ActivityDay { steps, ..Default::default() };
            let row = record(&format!("d{day}"), Body::ActivityDay(total));
            batch.record(Record { start, day: start.utc_day(), offset: None, ..row });
        }
        person.world.apply(person.human, connection, batch).await;
    }
    let list = "/activities/summaries?merge=true";
    let whole = person.get(list).await.rows();
    assert_eq!(whole.len(), 5);
    let (mut cursor, mut seen) = ("*".to_owned(), Vec::new());
    while !cursor.is_empty() {
        let page = person.get(&format!("{list}&limit=2&cursor={cursor}")).await;
        seen.extend(page.rows());
        cursor = page.header("x-next-cursor").to_owned();
    }
    assert_eq!(seen, whole);
}

#[tokio::test]
async fn batch_queries_are_walked_across_people() {
    let person = some().await;
    let app = hilum_model::ClientId([1; 20]);
    for (number, letter) in ["c", "d", "e"].iter().enumerate() {
        let human = person.world.human(app, letter, letter).await.human_id;
        let connection = person.world.connect(human, "withings", &letter.repeat(24)).await;
        let mut batch = Batch::default();
        for minute in 0..=number as i64 {
            let weight = record(&format!("w{minute}"), reading(Metric::Weight, 70.0, Unit::Kilogram));
            batch.record(Record { start: weight.start.plus_s(60 * minute), ..weight });
            let beat = sample(Metric::HeartRate, 60.0, Unit::PerMinute);
            batch.sample(Sample { start: beat.start.plus_s(60 * minute), ..beat });
        }
        person.world.apply(human, connection, batch).await;
    }
    let auth = crate::apps::tests::basic_of(1);
    let ask = async |path: &str| {
        let path = format!("/v1/apps/{}/users/{path}", crate::apps::tests::CLIENT);
        person.world.send(Method::GET, &path, &[("authorization", &auth)], "").await
    };
    for kind in ["weights", "heart_rates"] {
        let whole = ask(&format!("{kind}?updated_since=2016-01-01&limit=500")).await.rows();
        // Six minutes of the first person, four heart rates each; one, two and three of the others.
        assert_eq!(whole.len(), if kind == "weights" { 12 } else { 30 });
        for limit in [1, 2, 5, 100] {
            let (mut cursor, mut seen, mut sync) = ("*".to_owned(), Vec::new(), String::new());
            while !cursor.is_empty() {
                let page = ask(&format!("{kind}?updated_since=2016-01-01&limit={limit}&cursor={cursor}")).await;
                seen.extend(page.rows());
                cursor = page.header("x-next-cursor").to_owned();
                page.header("x-sync-cursor").clone_into(&mut sync);
            }
            assert_eq!(seen, whole, "{kind} by {limit}");
            let foreign = ask(&format!("activities?updated_since=2016-01-01&cursor={sync}")).await;
            assert_eq!((foreign.status.as_u16(), foreign.code().as_str()), (400, "invalid_cursor"));
            let later = ask(&format!("{kind}?updated_since=2016-01-01&source=oura&cursor={sync}")).await;
            assert_eq!(later.status, 400, "another filter");
        }
    }
}

#[tokio::test]
async fn users_are_walked_oldest_first() {
    let person = Walked::new().await;
    let app = hilum_model::ClientId([1; 20]);
    for name in ["q", "r", "s", "t"] {
        person.world.human(app, name, name).await;
    }
    let auth = crate::apps::tests::basic_of(1);
    let ask = async |query: &str| {
        let path = format!("/v1/apps/{}/users{query}", crate::apps::tests::CLIENT);
        person.world.send(Method::GET, &path, &[("authorization", &auth)], "").await
    };
    let all = ask("").await;
    assert_eq!((all.header("link"), all.header("x-total-count"), all.rows().len()), ("", "", 5));
    let first = ask("?limit=2&cursor=*").await;
    assert!(first.header("link").ends_with("; rel=\"next\""), "{}", first.header("link"));
    let second = ask(&format!("?limit=2&cursor={}", first.header("x-next-cursor"))).await;
    // Somebody comes meanwhile.
    person.world.clock.advance_ms(5);
    person.world.human(app, "u", "u").await;
    let third = ask(&format!("?limit=2&cursor={}", second.header("x-next-cursor"))).await;
    let names = |answers: &[&Answer]| -> Vec<String> {
        let rows = answers.iter().flat_map(|answer| answer.rows());
        rows.map(|row| row["externalId"].as_str().expect("text").to_owned()).collect()
    };
    let walked: BTreeSet<String> = names(&[&first, &second, &third]).into_iter().collect();
    assert_eq!(walked.into_iter().collect::<Vec<_>>(), ["p", "q", "r", "s", "t", "u"]);
    assert_eq!(third.header("x-next-cursor"), "");
    // Later: who has come since the walk began, at least.
    person.world.clock.advance_ms(5);
    person.world.human(app, "v", "v").await;
    let later = ask(&format!("?cursor={}", third.header("x-sync-cursor"))).await;
    assert!(names(&[&later]).ends_with(&["u".to_owned(), "v".to_owned()]), "{:?}", names(&[&later]));
    for bad in ["?cursor=x", "?cursor=*&offset=1", "?cursor=*&limit=0"] {
        assert_eq!(ask(bad).await.status, 400, "{bad}");
    }
}

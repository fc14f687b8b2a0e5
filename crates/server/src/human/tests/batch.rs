//! Batch queries across people and apps.

use axum::http::Method;
use base64::Engine as _;
use hilum_model::{Batch, Metric, Record, Sample, Unit};
use serde_json::Value;

use super::world::{Answer, CORRECTED, PUBLIC, STORED, World, app_key, at, everything, reading, record, sample};

/// Types with the lists of the data API that have the same rows.
const TYPES: [(&str, &str); 16] = [
    ("activities", "/activities"),
    ("activities/summaries", "/activities/summaries"),
    ("heart_rates", "/heart_rate/readings"),
    ("heart_rate/summaries", "/heart_rate/summaries"),
    ("bmis", "/bmi/readings"),
    ("body_fats", "/body_fat/readings"),
    ("heights", "/height/readings"),
    ("weights", "/weight/readings"),
    ("blood_pressures", "/blood_pressure/readings"),
    ("blood_glucoses", "/blood_glucose/readings"),
    ("blood_oxygens", "/blood_oxygen/readings"),
    ("sleeps", "/sleeps"),
    ("sleeps/summaries", "/sleeps/summaries"),
    ("genetic_traits", "/genetic/traits"),
    ("locations", "/locations"),
    ("food/meals", "/food/meals"),
];

/// Before everything that is stored here.
const SINCE: &str = "updated_since=20160301T000000Z";

async fn ask_as(world: &World, app: u8, method: Method, path: &str) -> Answer {
    let key = base64::engine::general_purpose::STANDARD.encode(format!("{}:", app_key(app)));
    let path = format!("/v1/apps/{}/users/{path}", format!("{app:02x}").repeat(20));
    world.send(method, &path, &[("authorization", &format!("Basic {key}"))], "").await
}

async fn ask(world: &World, app: u8, path: &str) -> Answer {
    ask_as(world, app, Method::GET, path).await
}

/// Two apps; two people with one of everything in the first, one in the second. The tokens are `a0`, `a1`, `b0`.
async fn world() -> World {
    let world = World::new();
    for (app, people) in [(1_u8, &["a0", "a1"][..]), (2, &["b0"][..])] {
        let app = world.app(app).await;
        for token in people {
            let human = world.human(app, token, token).await.human_id;
            let id = format!("{:0<24}", hex::encode(token));
            let connection = world.connect(human, "withings", &id).await;
            world.apply(human, connection, everything(0.0)).await;
        }
    }
    world
}

/// Rows by person and id.
fn sorted(mut rows: Vec<Value>) -> Vec<Value> {
    rows.sort_by_key(|row| (row["humanId"].to_string(), row["id"].to_string()));
    rows
}

#[tokio::test]
async fn every_type_gives_the_rows_of_the_app_s_own_people() {
    let world = world().await;
    for (kind, list) in TYPES {
        let mut expected = world.get_as("a0", list).await.rows();
        expected.extend(world.get_as("a1", list).await.rows());
        assert_eq!(expected.len(), 2, "{list}");
        let answer = ask(&world, 1, &format!("{kind}?{SINCE}")).await;
        assert_eq!(answer.header("content-type"), "application/json; charset=utf-8", "{kind}");
        assert_eq!(answer.header("cache-control"), "private, no-store", "{kind}");
        assert_eq!((answer.header("x-total-count"), answer.header("link")), ("2", ""), "{kind}");
        assert_eq!(sorted(answer.rows()), sorted(expected), "{kind}");
        let other = ask(&world, 2, &format!("{kind}?{SINCE}")).await;
        assert_eq!(other.rows(), world.get_as("b0", list).await.rows(), "{kind}");
        let head = ask_as(&world, 1, Method::HEAD, &format!("{kind}?{SINCE}")).await;
        assert_eq!((head.status.as_u16(), head.header("x-total-count")), (200, "2"), "{kind}");
    }
}

#[tokio::test]
async fn only_people_with_news() {
    let world = world().await;
    world.clock.set(at(CORRECTED));
    let human = world.engine.store.human_by_access_token(&hilum_store::hash_token("a1")).expect("reads").expect("a1");
    let connection = format!("{:0<24}", hex::encode("a1")).parse().expect("id");
    let mut batch = Batch::default();
    batch.record(record("weight", reading(Metric::Weight, 80.0, Unit::Kilogram)));
    batch.sample(sample(Metric::HeartRate, 70.0, Unit::PerMinute));
    world.apply(human.human_id, connection, batch).await;
    for (kind, list, news) in
        [("weights", "/weight/readings", 1), ("heart_rates", "/heart_rate/readings", 1), ("bmis", "/bmi/readings", 0)]
    {
        let since = format!("updated_since={CORRECTED}");
        let rows = ask(&world, 1, &format!("{kind}?{since}")).await.rows();
        assert_eq!(rows.len(), news, "{kind}");
        assert_eq!(rows, world.get_as("a1", &format!("{list}?{since}")).await.rows(), "{kind}");
        assert_eq!(world.get_as("a0", &format!("{list}?{since}")).await.rows(), Vec::<Value>::new(), "{kind}");
        // All conditions hold together.
        let first = ask(&world, 1, &format!("{kind}?updated_since={STORED}&updated_before={CORRECTED}")).await;
        assert_eq!(first.rows().len(), 2 - news, "{kind}");
        let later = ask(&world, 1, &format!("{kind}?updated_since=20160309T060245Z")).await;
        assert_eq!((later.text(), later.header("x-total-count")), ("[]", "0"), "{kind}");
    }
}

#[tokio::test]
async fn pages_have_every_row_once() {
    let world = World::new();
    let app = world.app(1).await;
    for person in 0..3_u8 {
        let human = world.human(app, &person.to_string(), &person.to_string()).await.human_id;
        let connection = world.connect(human, "withings", &format!("{person:024x}")).await;
        let mut batch = Batch::default();
        // 3, 4 and 5 rows: 12 in all, an exact multiple of the limit.
        for i in 0..3 + i64::from(person) {
            let later = |start: hilum_model::Time| start.plus_s(60 * i);
            let weight = record(&i.to_string(), reading(Metric::Weight, 70.0 + i as f64, Unit::Kilogram));
            batch.record(Record { start: later(weight.start), ..weight });
            let beat = sample(Metric::HeartRate, 60.0 + i as f64, Unit::PerMinute);
            batch.sample(Sample { start: later(beat.start), ..beat });
        }
        world.apply(human, connection, batch).await;
    }
    for kind in ["weights", "heart_rates"] {
        let all = ask(&world, 1, &format!("{kind}?{SINCE}")).await.rows();
        assert_eq!(all.len(), 12);
        // People in the order of their ids, of each the newest first.
        let order: Vec<(String, String)> =
            all.iter().map(|r| (r["humanId"].to_string(), r["timestamp"].to_string())).collect();
        assert!(order.windows(2).all(|w| w[0].0 < w[1].0 || (w[0].0 == w[1].0 && w[0].1 > w[1].1)), "{order:?}");
        let mut paged = Vec::new();
        for page in 0..4 {
            let answer = ask(&world, 1, &format!("{kind}?{SINCE}&limit=4&offset={}", page * 4)).await;
            assert_eq!(answer.header("x-total-count"), "12");
            let at = |offset: u32| {
                format!("<{PUBLIC}/v1/apps/{}/users/{kind}?{SINCE}&limit=4&offset={offset}>", "01".repeat(20))
            };
            let link = match page {
                0 => format!("{}; rel=\"next\",{}; rel=\"last\"", at(4), at(12)),
                1 => format!(
                    "{}; rel=\"next\",{}; rel=\"prev\",{}; rel=\"last\",{}; rel=\"first\"",
                    at(8),
                    at(0),
                    at(12),
                    at(0)
                ),
                2 => format!("{}; rel=\"prev\",{}; rel=\"first\"", at(4), at(0)),
                _ => format!("{}; rel=\"prev\",{}; rel=\"first\"", at(8), at(0)),
            };
            assert_eq!(answer.header("link"), link, "{kind} {page}");
            paged.extend(answer.rows());
        }
        assert_eq!(paged, all, "{kind}: the last page is empty");
    }
}

#[tokio::test]
async fn a_source_s_rows() {
    let world = world().await;
    assert_eq!(ask(&world, 1, &format!("weights?{SINCE}&source=withings")).await.rows().len(), 2);
    assert_eq!(ask(&world, 1, &format!("heart_rates?{SINCE}&source=WITHINGS")).await.rows().len(), 2);
    for kind in ["weights", "heart_rates"] {
        let none = ask(&world, 1, &format!("{kind}?{SINCE}&source=oura")).await;
        assert_eq!((none.text(), none.header("x-total-count")), ("[]", "0"));
    }
}

#[tokio::test]
async fn what_is_asked_badly() {
    let world = world().await;
    for (kind, _) in TYPES {
        let answer = ask(&world, 1, &format!("{kind}?{SINCE}&limit=0")).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "invalid_parameter"), "{kind}");
        let answer = ask_as(&world, 1, Method::POST, kind).await;
        assert_eq!(answer.status.as_u16(), 405, "{kind}");
        let path = format!("/v1/apps/{}/users/{kind}?{SINCE}", "01".repeat(20));
        for authorization in ["", "Bearer a0", "Basic YTA6"] {
            let answer = world.send(Method::GET, &path, &[("authorization", authorization)], "").await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "unauthorized"), "{kind}");
        }
    }
    let long = ask(&world, 1, &format!("weights?{SINCE}&x={}", "y".repeat(4096))).await;
    assert_eq!((long.status.as_u16(), long.code().as_str()), (414, "query_too_long"));
    for path in ["weight/summaries", "sleeps/daily", "heart_rate/readings", "food"] {
        let answer = ask(&world, 1, &format!("{path}?{SINCE}")).await;
        assert_eq!(answer.status.as_u16(), 404, "{path}");
    }
}

#[tokio::test]
async fn without_a_time_the_last_day() {
    let world = world().await;
    assert_eq!(STORED, "2016-03-08T21:14:05.120Z");
    // The day goes back to a full hour; what is asked for by name may be as old as it likes.
    for (now, rows) in [(STORED, 2), ("2016-03-09T21:59:59.999Z", 2), ("2016-03-09T22:00:00.000Z", 0)] {
        world.clock.set(at(now));
        for (kind, _) in TYPES {
            for query in ["", "?updated_since=", "?created_since=20160301T000000Z"] {
                assert_eq!(ask(&world, 1, &format!("{kind}{query}")).await.rows().len(), rows, "{kind}{query} {now}");
            }
            let old = ask(&world, 1, &format!("{kind}?updated_since=2010-01-01")).await;
            assert_eq!(old.rows().len(), 2, "{kind} {now}");
            assert_eq!(ask(&world, 1, &format!("{kind}?cursor=*")).await.rows().len(), 2, "{kind} by cursor {now}");
        }
    }
}

#[tokio::test]
async fn an_external_id_with_the_name_of_a_type() {
    let world = world().await;
    let app = hilum_model::ClientId([1; 20]);
    let human = world.human(app, "weights", "named-like-a-type").await.human_id.to_string();
    assert_eq!(ask(&world, 1, &human).await.json()["externalId"], "weights");
    assert_eq!(ask(&world, 1, &format!("weights?{SINCE}")).await.rows().len(), 2);
    // Deleting is not asking for rows.
    assert_eq!(ask_as(&world, 1, Method::DELETE, "weights").await.status.as_u16(), 204);
    assert_eq!(ask(&world, 1, &human).await.status.as_u16(), 404);
}

#[tokio::test]
async fn the_erased_are_gone() {
    let world = world().await;
    let human = world.engine.store.human_by_access_token(&hilum_store::hash_token("a0")).expect("reads").expect("a0");
    assert_eq!(ask_as(&world, 1, Method::DELETE, &human.human_id.to_string()).await.status.as_u16(), 204);
    for (kind, list) in TYPES {
        assert_eq!(ask(&world, 1, &format!("{kind}?{SINCE}")).await.rows(), world.get_as("a1", list).await.rows());
    }
}

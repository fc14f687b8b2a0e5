//! Conditions on lists: days, times of storing and changing, source.

use hilum_model::observation::Activity;
use hilum_model::{Batch, Body, Metric, Offset, Record, Sample, Unit};
use serde_json::Value;

use super::world::{CORRECTED, STORED, World, at, day, reading, record, sample};

const TOKEN: &str = "filters";

/// Five days, one weight, heart rate and activity each, at 23:30 local time 8 hours west (so the UTC day is the next
/// one), from Withings; the same from Oura on the third day. Day 2 is corrected later.
async fn world() -> World {
    let world = World::new();
    let app = world.app(1).await;
    let human = world.human(app, "f", TOKEN).await.human_id;
    let withings = world.connect(human, "withings", "aaaaaaaaaaaaaaaaaaaaaaaa").await;
    let oura = world.connect(human, "oura", "bbbbbbbbbbbbbbbbbbbbbbbb").await;
    let rows = |number: i32, value: f64| {
        let mut batch = Batch::default();
        let start = at("2016-03-02T07:30:00.000Z").plus_s(86_400 * i64::from(number - 1));
        let local = day("2016-03-01").plus(number - 1);
        let offset = Some(Offset(-480));
        let steps = Some(value);
        let walk = Body::Activity(Activity { steps, ..Activity::default() });
        batch.record(Record { start, offset, day: local, ..record(&format!("a{number}"), walk) });
        let weight = reading(Metric::Weight, value, Unit::Kilogram);
        batch.record(Record { start, offset, day: local, ..record(&format!("w{number}"), weight) });
        batch.sample(Sample { start, offset, ..sample(Metric::HeartRate, value, Unit::PerMinute) });
        batch
    };
    for number in 1..=5 {
        world.apply(human, withings, rows(number, f64::from(number))).await;
    }
    world.apply(human, oura, rows(3, 30.0)).await;
    world.clock.set(at(CORRECTED));
    world.apply(human, withings, rows(2, 20.0)).await;
    world
}

/// What the three lists give for a query; they must agree.
async fn values(world: &World, query: &str) -> Vec<i64> {
    let mut all = Vec::new();
    for (list, member) in [("/weight/readings", "value"), ("/heart_rate/readings", "value"), ("/activities", "steps")] {
        let answer = world.get_as(TOKEN, &format!("{list}?{query}")).await;
        let mut values: Vec<i64> = answer.rows().iter().map(|r| r[member].as_i64().expect("number")).collect();
        assert_eq!(answer.header("x-total-count"), values.len().to_string(), "{list}?{query}");
        // Rows of the same instant come by id, which differs from list to list.
        values.sort_unstable();
        all.push(values);
    }
    assert!(all.windows(2).all(|w| w[0] == w[1]), "{query}: {all:?}");
    all.swap_remove(0)
}

#[tokio::test]
async fn days_are_local_days() {
    let world = world().await;
    assert_eq!(values(&world, "").await, [1, 3, 4, 5, 20, 30]);
    assert_eq!(values(&world, "start_date=2016-03-01&end_date=2016-03-01").await, [1]);
    assert_eq!(values(&world, "start_date=2016-03-02&end_date=2016-03-04").await, [3, 4, 20, 30]);
    assert_eq!(values(&world, "start_date=2016-03-06&end_date=2016-03-31").await, [0_i64; 0]);
    for (list, member) in [("weight/readings", "value"), ("heart_rate/readings", "value"), ("activities", "steps")] {
        let rows = world.get_as(TOKEN, &format!("/{list}/daily/2016-03-05")).await.rows();
        assert_eq!(rows.iter().map(|r| r[member].as_i64()).collect::<Vec<_>>(), [Some(5)], "{list}");
    }
}

#[tokio::test]
async fn created_and_updated() {
    let world = world().await;
    let all = [1, 3, 4, 5, 20, 30];
    // At the very millisecond: "since" includes it, "before" does not.
    assert_eq!(values(&world, &format!("created_since={STORED}")).await, all);
    assert_eq!(values(&world, &format!("created_before={STORED}")).await, [0_i64; 0]);
    assert_eq!(values(&world, "created_since=20160308T211406Z").await, [0_i64; 0]);
    assert_eq!(values(&world, "created_before=2016-03-09").await, all);
    assert_eq!(values(&world, &format!("updated_since={CORRECTED}")).await, [20]);
    assert_eq!(values(&world, &format!("updated_before={CORRECTED}")).await, [1, 3, 4, 5, 30]);
    assert_eq!(values(&world, "updated_since=20160309T060244Z").await, [20]);
    assert_eq!(values(&world, "updated_since=20160309060245").await, [0_i64; 0]);
    assert_eq!(
        values(&world, &format!("created_since={STORED}&updated_since={CORRECTED}&source=withings")).await,
        [20]
    );
}

#[tokio::test]
async fn source_by_id_or_alias() {
    let world = world().await;
    assert_eq!(values(&world, "source=oura").await, [30]);
    assert_eq!(values(&world, "source=Oura").await, [30]);
    assert_eq!(values(&world, "source=withings").await, [1, 3, 4, 5, 20]);
    assert_eq!(values(&world, "source=nokia").await, [1, 3, 4, 5, 20]);
    assert_eq!(values(&world, "source=fitbit").await, [0_i64; 0]);
    assert_eq!(values(&world, "source=%27%20OR%201%3D1").await, [0_i64; 0]);
    assert_eq!(values(&world, "source=oura&start_date=2016-03-01&end_date=2016-03-02").await, [0_i64; 0]);
    // The latest of one source.
    for (path, value) in
        [("/weight?source=oura", 30), ("/heart_rate?source=oura", 30), ("/weight", 5), ("/heart_rate", 5)]
    {
        assert_eq!(world.get_as(TOKEN, path).await.json()["value"], value, "{path}");
    }
    assert_eq!(world.get_as(TOKEN, "/weight?source=fitbit").await.text(), "{}");
    assert_eq!(world.get_as(TOKEN, "/heart_rate?source=fitbit").await.text(), "{}");
}

#[tokio::test]
async fn a_day_that_two_sources_summarise() {
    let world = World::new();
    let app = world.app(1).await;
    let human = world.human(app, "f", TOKEN).await.human_id;
    for (provider, id, steps) in
        [("oura", "bbbbbbbbbbbbbbbbbbbbbbbb", 100.0), ("withings", "aaaaaaaaaaaaaaaaaaaaaaaa", 200.0)]
    {
        let connection = world.connect(human, provider, id).await;
        world.clock.advance_ms(1000);
        let mut batch = Batch::default();
        let total = hilum_model::observation::ActivityDay { steps: Some(steps), ..Default::default() };
        batch.record(record("d", Body::ActivityDay(total)));
        world.apply(human, connection, batch).await;
    }
    assert_eq!(world.get_as(TOKEN, "/activities/summaries").await.rows().len(), 2);
    // The source that was connected first, unless another one is asked for.
    for (query, steps) in
        [("", Some(100)), ("?source=withings", Some(200)), ("?source=oura", Some(100)), ("?source=fitbit", None)]
    {
        let answer = world.get_as(TOKEN, &format!("/activities/summaries/2016-03-08{query}")).await;
        assert_eq!(answer.json().get("steps").and_then(Value::as_i64), steps, "{query}");
        assert_eq!(answer.status.as_u16(), if steps.is_some() { 200 } else { 404 }, "{query}");
    }
}

#[tokio::test]
async fn bad_parameters_are_refused_on_every_list() {
    let world = world().await;
    for list in [
        "/weight/readings",
        "/heart_rate/readings",
        "/weight/readings/daily/2016-03-01",
        "/heart_rate/readings/daily/2016-03-01",
        "/heart_rate/summaries",
        "/activities",
        "/activities/daily/2016-03-01",
        "/activities/summaries",
        "/sleeps",
        "/sleeps/summaries",
    ] {
        for (query, code) in [
            ("limit=0", "invalid_parameter"),
            ("offset=x", "invalid_parameter"),
            ("updated_since=soon", "invalid_parameter"),
            ("source=a&source=b", "conflicting_parameter"),
        ] {
            let answer = world.get_as(TOKEN, &format!("{list}?{query}")).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, code), "{list}?{query}");
        }
        assert_eq!(world.get_as(TOKEN, &format!("{list}?limit=&offset=&utm=1&utm=2")).await.status, 200, "{list}");
    }
    for path in ["/weight/readings/daily/today", "/activities/daily/2016-02-30", "/sleeps/summaries/2016-3-8"] {
        let answer = world.get_as(TOKEN, path).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "invalid_date"), "{path}");
    }
}

//! Pages: every row once and in order, headers that published clients loop on.

use hilum_model::observation::Activity;
use hilum_model::{Batch, Body, Metric, Record, Sample, Unit};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use super::world::{Answer, PUBLIC, World, reading, record, sample};

const TOKEN: &str = "paging";

/// A person with so many activities, weights and heart rates, a minute apart; steps and values count up with time.
async fn world(rows: usize) -> World {
    let world = World::new();
    let app = world.app(1).await;
    let human = world.human(app, "p", TOKEN).await;
    let connection = world.connect(human.human_id, "withings", "aaaaaaaaaaaaaaaaaaaaaaaa").await;
    let mut batch = Batch::default();
    for i in 0..rows {
        let later = |start: hilum_model::Time| start.plus_s(60 * i as i64);
        let steps = Some(i as f64);
        let walk = record(&format!("a{i}"), Body::Activity(Activity { steps, ..Activity::default() }));
        batch.record(Record { start: later(walk.start), ..walk });
        let weight = record(&format!("w{i}"), reading(Metric::Weight, i as f64, Unit::Kilogram));
        batch.record(Record { start: later(weight.start), ..weight });
        let beat = sample(Metric::HeartRate, i as f64, Unit::PerMinute);
        batch.sample(Sample { start: later(beat.start), ..beat });
    }
    world.apply(human.human_id, connection, batch).await;
    world
}

fn numbers(answer: &Answer, member: &str) -> Vec<i64> {
    answer.rows().iter().map(|row| row[member].as_i64().expect("whole number")).collect()
}

/// The first address of a `Link` header that the client's pattern finds, whatever its relation.
fn first_https(link: &str) -> Option<&str> {
    let start = link.find("<https")? + 1;
    let end = start + link[start..].find('>')?;
    Some(&link[start..end])
}

#[tokio::test]
async fn a_loop_over_the_first_address_gets_all_234_in_five_pages() {
    let world = world(234).await;
    for list in ["activities", "heart_rate/readings", "weight/readings"] {
        let mut path = format!("/v1/human/{list}?access_token={TOKEN}");
        let mut pages = 0;
        let mut all: Vec<Value> = Vec::new();
        loop {
            let answer = world.send(axum::http::Method::GET, &path, &[], "").await;
            all.extend(answer.rows());
            pages += 1;
            let total: usize = answer.header("x-total-count").parse().expect("count");
            assert_eq!(total, 234);
            if all.len() >= total {
                break;
            }
            assert!(pages < 10, "{list}: does not end");
            let next = first_https(answer.header("link")).expect("a next page");
            path = next.strip_prefix(PUBLIC).expect("our own address").to_owned();
        }
        assert_eq!((pages, all.len()), (5, 234), "{list}");
        let member = if list == "activities" { "steps" } else { "value" };
        let seen: Vec<i64> = all.iter().map(|row| row[member].as_i64().expect("number")).collect();
        assert_eq!(seen, (0..234).rev().collect::<Vec<i64>>(), "{list}");
    }
}

#[tokio::test]
async fn headers_of_first_middle_and_last_page() {
    let world = world(234).await;
    let at = format!("{PUBLIC}/v1/human/activities?");
    let first = world.get_as(TOKEN, "/activities").await;
    assert_eq!(first.header("x-total-count"), "234");
    assert_eq!(first.header("link"), format!("<{at}offset=50>; rel=\"next\",<{at}offset=200>; rel=\"last\""));
    let middle = world.get_as(TOKEN, "/activities/?offset=50&source=withings").await;
    let with = format!("{at}source=withings&");
    assert_eq!(
        middle.header("link"),
        format!(
            "<{with}offset=100>; rel=\"next\",<{with}offset=0>; rel=\"prev\",<{with}offset=200>; rel=\"last\",<{with}offset=0>; rel=\"first\""
        )
    );
    let last = world.get_as(TOKEN, "/activities?limit=100&offset=200").await;
    assert_eq!(last.rows().len(), 34);
    assert_eq!(
        last.header("link"),
        format!("<{at}limit=100&offset=100>; rel=\"prev\",<{at}limit=100&offset=0>; rel=\"first\"")
    );
    // 234 = 117 * 2: the address of `last` is a page without rows, as recorded.
    let even = world.get_as(TOKEN, "/activities?limit=2").await;
    assert!(even.header("link").contains("limit=2&offset=234>; rel=\"last\""), "{}", even.header("link"));
    let behind = world.get_as(TOKEN, "/activities?limit=2&offset=234").await;
    assert_eq!((behind.text(), behind.header("x-total-count")), ("[]", "234"));
    // The recorded default and the documented maximum.
    assert_eq!(world.get_as(TOKEN, "/activities?limit=").await.rows().len(), 50);
    assert_eq!(world.get_as(TOKEN, "/activities?limit=9999").await.rows().len(), 234);
}

#[test]
fn any_page_is_the_part_of_the_list_that_it_says() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("runtime");
    let rows = 137_usize;
    let world = runtime.block_on(world(rows));
    let newest_first: Vec<i64> = (0..rows as i64).rev().collect();
    let mut runner = TestRunner::new(Config { cases: 96, failure_persistence: None, ..Config::default() });
    runner
        .run(&(1_usize..600, 0_usize..200), |(limit, offset)| {
            for (list, member) in
                [("/weight/readings", "value"), ("/heart_rate/readings", "value"), ("/activities", "steps")]
            {
                let path = format!("{list}?limit={limit}&offset={offset}");
                let answer = runtime.block_on(world.get_as(TOKEN, &path));
                let from = offset.min(rows);
                let to = (offset + limit.min(500)).min(rows);
                prop_assert_eq!(numbers(&answer, member), &newest_first[from..to], "{}", path);
                prop_assert_eq!(answer.header("x-total-count"), "137");
            }
            Ok(())
        })
        .expect("every page");
}

#[tokio::test]
async fn rows_of_the_same_moment_are_each_on_one_page() {
    let world = World::new();
    let app = world.app(1).await;
    let human = world.human(app, "p", TOKEN).await;
    // Three accounts, each with one weight and two heart rates (of two devices) at the same instant.
    for id in ["aaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbb", "cccccccccccccccccccccccc"] {
        let connection = world.connect(human.human_id, "withings", id).await;
        let mut batch = Batch::default();
        batch.record(record("w", reading(Metric::Weight, 70.0, Unit::Kilogram)));
        for device in ["left", "right"] {
            batch
                .sample(Sample { device: Some(device.to_owned()), ..sample(Metric::HeartRate, 60.0, Unit::PerMinute) });
        }
        world.apply(human.human_id, connection, batch).await;
    }
    for (list, count) in [("/weight/readings", 3), ("/heart_rate/readings", 6)] {
        let whole: Vec<Value> = world.get_as(TOKEN, list).await.rows();
        assert_eq!(whole.len(), count, "{list}");
        let mut one_by_one = Vec::new();
        for offset in 0..count {
            one_by_one.extend(world.get_as(TOKEN, &format!("{list}?limit=1&offset={offset}")).await.rows());
        }
        assert_eq!(one_by_one, whole, "{list}");
        let mut ids: Vec<&str> = whole.iter().map(|row| row["id"].as_str().expect("id")).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{list}: ids are unique");
    }
}

//! What is noted about connections beside their state: faults, pauses, what is due, notices.
mod common;

use common::{HOUR, World};
use hilum_model::{Batch, Body, ConnectionId, Day, HumanId, Kind, Metric, Quantity, Record, Time, Unit};
use hilum_store::StoreError;
use hilum_store::connections::{ConnectionState, Cursor};
use hilum_store::jobs::SYNC;
use hilum_store::notices::NOTICE;
use serde_json::json;

fn cursor(stream: &str, oldest: i32, newest: i32, at: Time) -> Cursor {
    Cursor {
        stream: stream.to_owned(),
        oldest: Day(oldest),
        newest: Day(newest),
        history_done: true,
        synced_at: Some(at),
    }
}

async fn connected(w: &World) -> (HumanId, ConnectionId) {
    let human = w.human("ann").await.human_id;
    (human, w.connection(human, "account").await)
}

fn weight(key: &str, start: Time) -> Batch {
    let mut batch = Batch::default();
    batch.record(Record {
        key: key.to_owned(),
        device: None,
        start,
        end: None,
        offset: None,
        day: start.utc_day(),
        body: Body::Reading {
            metric: Metric::Weight,
            quantity: Quantity::new(Metric::Weight, 70.0, Unit::Kilogram).expect("fits"),
        },
        source_data: serde_json::Map::new(),
    });
    batch
}

#[tokio::test]
async fn a_hint_makes_streams_due_and_never_reads_beyond_what_is_known() {
    let w = World::new().await;
    let (human, id) = connected(&w).await;
    for stream in ["a", "b", "c", "d"] {
        let cursor = cursor(stream, 100, 200, w.now());
        w.store.apply(human, id, Batch::default(), Some(cursor)).await.expect("applied");
    }
    let streams = vec![("a", None), ("b", Some(Day(150))), ("c", Some(Day(50))), ("never", None)];
    w.store.make_due(human, id, streams).await.expect("due");
    let cursors = w.store.cursors(human, id).expect("read");
    let seen: Vec<_> = cursors.iter().map(|c| (c.stream.as_str(), c.newest.0, c.synced_at.is_some())).collect();
    assert_eq!(seen, [("a", 200, false), ("b", 150, false), ("c", 100, false), ("d", 200, true)]);
}

#[tokio::test]
async fn faults_are_those_of_a_stream_and_keep_their_beginning() {
    let w = World::new().await;
    let (human, id) = connected(&w).await;
    let fault = || w.store.connection(human, id).expect("read").expect("there").fault;
    let began = w.now();
    w.store.set_fault(human, id, "sleep: pages repeat".to_owned()).await.expect("set");
    w.clock.advance_ms(HOUR);
    w.store.set_fault(human, id, "sleep: pages repeat".to_owned()).await.expect("again");
    assert_eq!(fault(), Some(("sleep: pages repeat".to_owned(), began)));
    w.store.clear_fault(human, id, "sle").await.expect("another stream");
    assert!(fault().is_some());
    w.store.clear_fault(human, id, "sleep").await.expect("well");
    assert_eq!(fault(), None);
}

#[tokio::test]
async fn what_is_paused_takes_nothing_in_until_it_goes_on() {
    let w = World::new().await;
    let (human, id) = connected(&w).await;
    let state = || w.store.connection(human, id).expect("read").expect("there").state;
    let next = || w.store.job_at(SYNC, &id.to_string()).expect("read");
    assert!(!w.store.pause(human, id, false).await.expect("runs"), "not paused");
    assert!(w.store.pause(human, id, true).await.expect("runs"));
    assert_eq!((state(), next()), (ConnectionState::Paused, None));
    let late = w.store.apply(human, id, weight("w", w.now()), None).await;
    assert!(matches!(late, Err(StoreError::NotFound)), "{late:?}");
    assert!(!w.store.pause(human, id, true).await.expect("runs"), "paused already");
    assert!(w.store.pause(human, id, false).await.expect("runs"));
    assert_eq!((state(), next()), (ConnectionState::Live, Some(w.now())));
    w.store.set_connection_state(human, id, ConnectionState::NeedsReauth, None).await.expect("set");
    assert!(!w.store.pause(human, id, true).await.expect("runs"), "it needs the person, and says so");
    let nobody = w.store.pause(human, ConnectionId([7; 12]), true).await;
    assert!(matches!(nobody, Err(StoreError::NotFound)), "{nobody:?}");
}

#[tokio::test]
async fn news_are_what_is_newer_than_all_before() {
    let w = World::new().await;
    let (human, id) = connected(&w).await;
    let news = || {
        let row = w.store.connection(human, id).expect("read").expect("there");
        (row.data_until, row.data_at, row.data_gap_ms)
    };
    let first = w.now();
    w.store.apply(human, id, weight("a", first.plus_ms(-HOUR)), None).await.expect("applied");
    assert_eq!(news(), (Some(first.plus_ms(-HOUR)), Some(first), None));
    w.clock.advance_ms(2 * HOUR);
    w.store.apply(human, id, weight("b", first.plus_ms(-9 * HOUR)), None).await.expect("history");
    w.store.apply(human, id, weight("c", first.plus_ms(90 * HOUR)), None).await.expect("a clock that is wrong");
    assert_eq!(news(), (Some(first.plus_ms(-HOUR)), Some(first), None), "neither is news");
    w.store.apply(human, id, weight("d", first.plus_ms(HOUR)), None).await.expect("news");
    assert_eq!(news(), (Some(first.plus_ms(HOUR)), Some(w.now()), Some(2 * HOUR)));
    let rows = w.store.records(human, Kind::Weight, &hilum_store::records::Filter::default()).expect("read");
    assert_eq!(rows.total, 4, "all are stored");
}

#[tokio::test]
async fn a_notice_is_taken_in_once_until_it_is_forgotten() {
    let w = World::new().await;
    let take = async || w.store.take_notice([5; 32], json!({"n": 1}), w.now().plus_ms(HOUR)).await.expect("taken");
    assert!(take().await);
    assert!(!take().await, "while its job waits");
    let jobs = w.store.claim_jobs(9, w.now().plus_ms(HOUR)).await.expect("claimed");
    assert_eq!((jobs.len(), jobs[0].kind.as_str()), (1, NOTICE));
    assert_eq!(jobs[0].payload, json!({"n": 1}));
    w.store.finish_job(jobs[0].lease()).await.expect("done");
    assert!(!take().await, "nor after");
    w.clock.advance_ms(HOUR);
    assert!(take().await, "forgotten");
}

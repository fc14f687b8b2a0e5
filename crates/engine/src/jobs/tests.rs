//! The loop.

use std::sync::Arc;

use hilum_model::Day;
use hilum_store::connections::ConnectionState;

use super::*;
use crate::testing::{Canned, FAULTY, PLAIN, World, tokens};

const LIFE: i64 = 86_400 * 30;

fn empty(world: &World) {
    world.fake.script(|_| Canned::new(200, r#"{"data":[],"next":null}"#));
}

/// Runs the loop until `done` says so, then stops it.
async fn run_until(world: &World, done: impl Fn() -> bool) {
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(Arc::clone(&world.engine).run_jobs(async move {
        stopped.await.expect("told to stop");
    }));
    while !done() {
        tokio::task::yield_now().await;
    }
    stop.send(()).expect("runs");
    running.await.expect("ends");
}

#[tokio::test]
async fn the_loop_does_what_is_queued_and_keeps_the_sweep_going() {
    let world = World::new().await;
    empty(&world);
    let connection = world.connect(&PLAIN, LIFE).await;
    world.engine.queue_sync(world.human, connection).await.expect("queued");
    let store = &world.engine.store;
    run_until(&world, || store.connection(world.human, connection).expect("read").expect("there").synced_at.is_some())
        .await;
    let next = store.next_due().expect("read").expect("the sweep");
    assert_eq!(next, world.now().plus_s(60), "ended sessions are looked for every minute");
}

#[tokio::test]
async fn stopping_waits_for_what_is_under_way() {
    let world = World::new().await;
    empty(&world);
    let connection = world.connect(&PLAIN, LIFE).await;
    world.engine.queue_sync(world.human, connection).await.expect("queued");
    world.fake.close();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(Arc::clone(&world.engine).run_jobs(async move {
        stopped.await.expect("told to stop");
    }));
    world.fake.was_asked().await;
    stop.send(()).expect("runs");
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(!running.is_finished(), "it left a job behind");
    world.fake.open();
    running.await.expect("ends");
    assert!(world.connection(connection).synced_at.is_some(), "the job came to its end");
}

#[tokio::test]
async fn a_fault_of_ours_stops_nothing_else() {
    let world = World::new().await;
    empty(&world);
    let faulty = world.connect(&FAULTY, LIFE).await;
    let sound = world.connect(&PLAIN, LIFE).await;
    for connection in [faulty, sound] {
        world.engine.queue_sync(world.human, connection).await.expect("queued");
    }
    assert_eq!(world.engine.drain_jobs().await.expect("drained"), 2);
    assert!(world.connection(sound).synced_at.is_some());
    let next = world.engine.store.next_due().expect("read").expect("to be tried again");
    let wait = next.since_ms(world.now());
    assert!((7_500..=15_000).contains(&wait), "{wait}");
    assert_eq!(world.connection(faulty).state, ConnectionState::Live);
}

/// The newest window is one page, each older one thirty.
fn long_history(world: &World) {
    let today = world.now().utc_day();
    world.fake.script(move |asked| {
        let past = asked.param("end").is_some_and(|end| Day::parse(end).expect("a day") < today);
        let page: u32 = asked.param("next").map_or(0, |page| page.parse().expect("our token"));
        let next = if past && page < 30 { format!("\"{}\"", page + 1) } else { "null".to_owned() };
        Canned::new(200, format!(r#"{{"data":[],"next":{next}}}"#))
    });
}

#[tokio::test]
async fn history_goes_behind_the_first_data_of_somebody_new() {
    let world = World::new().await;
    long_history(&world);
    let store = &world.engine.store;
    let known = world.connect(&PLAIN, LIFE).await;
    world.engine.queue_sync(world.human, known).await.expect("queued");
    let first = store.claim_jobs(1, world.now().plus_ms(LEASE_MS)).await.expect("claimed").remove(0);
    world.engine.run_job(first).await;
    assert!(world.connection(known).synced_at.is_some(), "its news are there");
    world.clock.advance_ms(1000);
    let tokens = tokens("a1", world.now().plus_s(LIFE));
    let (stranger, new) = world.connect_stranger(&PLAIN, tokens, "theirs").await;
    world.engine.queue_sync(stranger, new).await.expect("queued");
    let due = store.claim_jobs(9, world.now().plus_ms(LEASE_MS)).await.expect("claimed");
    let order: Vec<_> = due.into_iter().map(|job| (job.key, job.priority)).collect();
    assert_eq!(order, [(new.to_string(), Priority::Urgent), (known.to_string(), Priority::Background)]);
}

#[tokio::test]
async fn unknown_kinds_are_left_alone_and_unreadable_payloads_dropped() {
    let world = World::new().await;
    let now = world.now();
    let store = &world.engine.store;
    store.enqueue("from_the_future", "k", serde_json::json!({"a": 1}), Priority::Normal, now).await.expect("queued");
    store.enqueue(SYNC, "k", serde_json::json!({"human": 1}), Priority::Normal, now).await.expect("queued");
    assert_eq!(world.engine.drain_jobs().await.expect("drained"), 2);
    assert_eq!(store.next_due().expect("read"), Some(now.plus_s(3600)), "only the unknown one is left");
}

#[tokio::test]
async fn a_job_of_a_dead_process_is_run_again_when_its_lease_has_ended() {
    let world = World::new().await;
    empty(&world);
    let connection = world.connect(&PLAIN, LIFE).await;
    world.engine.queue_sync(world.human, connection).await.expect("queued");
    let claimed = world.engine.store.claim_jobs(9, world.now().plus_ms(LEASE_MS)).await.expect("claimed");
    assert_eq!(claimed.len(), 1);
    assert_eq!(world.engine.drain_jobs().await.expect("drained"), 0, "somebody else has it");
    world.clock.advance_ms(LEASE_MS);
    assert_eq!(world.engine.drain_jobs().await.expect("drained"), 1);
    assert!(world.connection(connection).synced_at.is_some());
}

//! The queue.
mod common;

use common::{HOUR, MINUTE, World};
use hilum_model::Time;
use hilum_store::StoreError;
use hilum_store::jobs::{Job, Priority};
use serde_json::json;

async fn claim(w: &World, limit: u32) -> Vec<Job> {
    w.store.claim_jobs(limit, w.now().plus_ms(MINUTE)).await.expect("claims")
}

async fn put(w: &World, kind: &str, key: &str, run_at: Time) {
    w.store.enqueue(kind, key, json!({"n": run_at.0}), Priority::Normal, run_at).await.expect("queues");
}

#[tokio::test]
async fn one_waiting_job_a_key_due_at_the_earlier_time() {
    let w = World::new().await;
    let (soon, later) = (w.now().plus_ms(MINUTE), w.now().plus_ms(HOUR));
    put(&w, "sync", "a", later).await;
    put(&w, "sync", "a", soon).await;
    put(&w, "sync", "a", later).await;
    put(&w, "other", "a", later).await;
    assert_eq!(w.store.next_due().expect("reads"), Some(soon));
    assert!(claim(&w, 10).await.is_empty(), "not due");
    w.clock.advance_ms(MINUTE);
    let jobs = claim(&w, 10).await;
    assert_eq!(jobs.len(), 1);
    assert_eq!((jobs[0].kind.as_str(), jobs[0].key.as_str(), jobs[0].attempt, jobs[0].run_at), ("sync", "a", 1, soon));
    assert_eq!(jobs[0].payload, json!({"n": later.0}), "the first payload stays");
    assert_eq!(w.store.next_due().expect("reads"), Some(later));
    w.store.finish_job(jobs[0].lease()).await.expect("finishes");
    w.store.finish_job(jobs[0].lease()).await.expect("twice is fine");
}

#[tokio::test]
async fn a_key_runs_once_at_a_time() {
    let w = World::new().await;
    put(&w, "sync", "a", w.now()).await;
    let first = claim(&w, 10).await.remove(0);
    put(&w, "sync", "a", w.now()).await;
    assert!(claim(&w, 10).await.is_empty(), "the same key runs");
    put(&w, "sync", "b", w.now()).await;
    assert_eq!(claim(&w, 10).await.len(), 1, "another key does not wait for it");
    w.store.finish_job(first.lease()).await.expect("finishes");
    let second = claim(&w, 10).await;
    assert_eq!(second.len(), 1);
    assert_ne!(second[0].id, first.id);
}

#[tokio::test]
async fn a_lease_that_ended_is_claimed_again_and_keeps_its_key() {
    let w = World::new().await;
    put(&w, "sync", "a", w.now()).await;
    let first = claim(&w, 10).await.remove(0);
    put(&w, "sync", "a", w.now()).await;
    w.clock.advance_ms(MINUTE - 1);
    w.store.renew_job(first.lease(), w.now().plus_ms(MINUTE)).await.expect("renews");
    w.clock.advance_ms(MINUTE - 1);
    assert!(claim(&w, 10).await.is_empty());
    w.clock.advance_ms(1);
    let again = claim(&w, 10).await;
    assert_eq!(again.len(), 1, "the waiting one of its key does not run beside it");
    assert_eq!((again[0].id, again[0].attempt), (first.id, 2));
    w.store.finish_job(first.lease()).await.expect("finishes");
    let gone = w.store.renew_job(first.lease(), w.now()).await;
    assert!(matches!(gone, Err(StoreError::NotFound)), "{gone:?}");
}

#[tokio::test]
async fn a_retry_waits_and_merges_with_a_waiting_one() {
    let w = World::new().await;
    put(&w, "sync", "a", w.now()).await;
    let job = claim(&w, 10).await.remove(0);
    let later = w.now().plus_ms(HOUR);
    w.store.retry_job(job.lease(), later, "provider is down").await.expect("retries");
    assert_eq!(w.store.next_due().expect("reads"), Some(later));
    w.clock.advance_ms(HOUR);
    let job = claim(&w, 10).await.remove(0);
    assert_eq!(job.attempt, 2);
    put(&w, "sync", "a", w.now()).await;
    let later = w.now().plus_ms(HOUR);
    w.store.retry_job(job.lease(), later, "still").await.expect("retries");
    assert_eq!(w.store.next_due().expect("reads"), Some(later), "backing off counts");
    w.clock.advance_ms(HOUR);
    let merged = claim(&w, 10).await;
    assert_eq!((merged.len(), merged[0].attempt), (1, 3));
    w.store.retry_job(job.lease(), later, "gone").await.expect("nothing to do");
}

#[tokio::test]
async fn claims_are_bounded_and_oldest_first() {
    let w = World::new().await;
    for n in (0..5).rev() {
        put(&w, "sync", &n.to_string(), w.now().plus_ms(-n)).await;
    }
    let keys = |jobs: Vec<Job>| jobs.into_iter().map(|job| job.key).collect::<Vec<_>>();
    assert_eq!(keys(claim(&w, 3).await), ["4", "3", "2"]);
    assert_eq!(keys(claim(&w, 3).await), ["1", "0"]);
}

#[tokio::test]
async fn somebody_new_goes_before_the_history_of_two_hundred() {
    let w = World::new().await;
    let history = (0..200).map(|n| (format!("history {n}"), Priority::Background));
    let rest = [("news".to_owned(), Priority::Normal), ("new".to_owned(), Priority::Urgent)];
    for (key, priority) in history.chain(rest) {
        w.store.enqueue("sync", &key, json!({}), priority, w.now()).await.expect("queues");
        w.clock.advance_ms(1);
    }
    let keys: Vec<String> = claim(&w, 4).await.into_iter().map(|job| job.key).collect();
    assert_eq!(keys, ["new", "news", "history 0", "history 1"]);
}

#[tokio::test]
async fn the_higher_priority_counts_and_a_retry_keeps_it() {
    let w = World::new().await;
    let queue = |priority| w.store.enqueue("sync", "a", json!({}), priority, w.now());
    for priority in [Priority::Normal, Priority::Urgent, Priority::Background] {
        queue(priority).await.expect("queues");
    }
    let job = claim(&w, 1).await.remove(0);
    assert_eq!(job.priority, Priority::Urgent);
    w.store.retry_job(job.lease(), w.now(), "again").await.expect("retries");
    let job = claim(&w, 1).await.remove(0);
    assert_eq!(job.priority, Priority::Urgent);
    queue(Priority::Background).await.expect("queues");
    w.store.retry_job(job.lease(), w.now(), "again").await.expect("merges");
    assert_eq!(claim(&w, 1).await[0].priority, Priority::Urgent);
}

#[tokio::test]
async fn a_worker_whose_lease_was_taken_over_changes_nothing() {
    let w = World::new().await;
    put(&w, "sync", "a", w.now()).await;
    let slow = claim(&w, 1).await.remove(0).lease();
    w.clock.advance_ms(MINUTE);
    let job = claim(&w, 1).await.remove(0);
    assert_eq!(job.attempt, 2);
    let renewed = w.store.renew_job(slow, w.now().plus_ms(HOUR)).await;
    assert!(matches!(renewed, Err(StoreError::NotFound)), "{renewed:?}");
    w.store.retry_job(slow, w.now(), "late").await.expect("nothing to do");
    w.store.finish_job(slow).await.expect("nothing to do");
    assert!(claim(&w, 1).await.is_empty(), "still with the second one");
    w.store.renew_job(job.lease(), w.now().plus_ms(HOUR)).await.expect("is there, and its own");
    w.store.finish_job(job.lease()).await.expect("finishes");
    w.clock.advance_ms(HOUR);
    assert!(claim(&w, 1).await.is_empty(), "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_workers_share_the_work() {
    let w = std::sync::Arc::new(World::new().await);
    for n in 0..200 {
        put(&w, "sync", &n.to_string(), w.now()).await;
    }
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let w = w.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let jobs = claim(&w, 3).await;
                    if jobs.is_empty() {
                        return mine;
                    }
                    mine.extend(jobs.into_iter().map(|job| job.id));
                }
            })
        })
        .collect();
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.expect("no panic"));
    }
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 200);
}

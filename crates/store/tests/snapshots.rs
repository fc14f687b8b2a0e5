//! Readers beside the writer: a batch is seen whole or not at all.
mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{HOUR, NOW, World};
use hilum_model::observation::Sleep;
use hilum_model::{Batch, Body, Kind, Metric, Record, Sample, Unit};
use hilum_store::records::Filter;

/// Ten samples, one an hour, and one sleep of ten minutes.
fn batch(n: i64) -> Batch {
    let mut batch = Batch::default();
    for i in 0..10 {
        batch.sample(Sample {
            metric: Metric::HeartRate,
            device: None,
            context: None,
            start: NOW.plus_ms((n * 10 + i) * HOUR),
            end: None,
            offset: None,
            value: 60.0,
            unit: Unit::PerMinute,
        });
    }
    batch.record(Record {
        key: n.to_string(),
        device: None,
        start: NOW,
        end: None,
        offset: None,
        day: NOW.utc_day(),
        body: Body::Sleep(Sleep { asleep_s: Some(600.0), ..Sleep::default() }),
        source_data: serde_json::Map::new(),
    });
    batch
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_never_see_half_a_batch() {
    let w = Arc::new(World::new().await);
    let human = w.human("ann").await.human_id;
    let connection = w.connection(human, "account").await;
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (store, done) = (w.store.clone(), done.clone());
            std::thread::spawn(move || {
                let all = Filter { limit: 10_000, ..Filter::default() };
                // Pages that pass over days, which are remembered from read to read.
                let deep = |offset| Filter { limit: 3, offset, ..Filter::default() };
                let mut last = 0;
                while !done.load(Ordering::SeqCst) {
                    let samples = store.samples(human, Metric::HeartRate, &all).expect("reads");
                    assert_eq!(samples.total as usize, samples.rows.len(), "the sum and the rows are of one moment");
                    assert_eq!(samples.total % 10, 0, "whole batches only");
                    assert!(samples.total >= last, "time does not go back");
                    last = samples.total;
                    for offset in [last / 2, last.saturating_sub(4)] {
                        let page = store.samples(human, Metric::HeartRate, &deep(offset)).expect("reads");
                        let starts: Vec<i64> = page.rows.iter().map(|row| row.start.since_ms(NOW) / HOUR).collect();
                        // Hours 0 to total - 1, newest first.
                        let behind = page.total as i64 - offset as i64;
                        let want: Vec<i64> = ((behind - 3).max(0)..behind).rev().collect();
                        assert_eq!(starts, want, "total {}, offset {offset}", page.total);
                    }
                    let sleeps = store.records(human, Kind::Sleep, &all).expect("reads").total;
                    let sum = store.latest_record(human, Kind::SleepDay).expect("reads").map(|row| row.record.body);
                    if let Some(Body::SleepDay { time_asleep, .. }) = sum {
                        // Read later, so it may know more sleeps, never fewer.
                        assert!(time_asleep >= sleeps as f64 * 10.0, "{time_asleep} minutes of {sleeps} sleeps");
                    } else {
                        assert_eq!(sleeps, 0);
                    }
                }
                last
            })
        })
        .collect();
    for n in 0..100 {
        w.store.apply(human, connection, batch(n), None).await.expect("applies");
    }
    done.store(true, Ordering::SeqCst);
    for reader in readers {
        assert!(reader.join().expect("no panic") <= 1000);
    }
    assert_eq!(w.store.samples(human, Metric::HeartRate, &Filter::default()).expect("reads").total, 1000);
}

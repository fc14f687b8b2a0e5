//! Walking everything of a person: what is there from the beginning to the end comes once, whatever is stored meanwhile.
mod common;

use common::{DAY, NOW, World};
use hilum_model::{Batch, Body, ConnectionId, HumanId, Kind, Metric, Quantity, Record, RecordId, Sample, Time, Unit};
use hilum_store::StoreError;
use hilum_store::everything::SamplePlace;
use serde_json::Map;

fn heart(start: Time, device: &str) -> Sample {
    Sample {
        metric: Metric::HeartRate,
        device: Some(device.to_owned()),
        context: None,
        start,
        end: None,
        offset: None,
        value: 60.0,
        unit: Unit::PerMinute,
    }
}

fn weight(number: i64, kilograms: f64) -> Record {
    let quantity = Quantity::new(Metric::Weight, kilograms, Unit::Kilogram).expect("fits");
    let start = NOW.plus_ms(number * DAY);
    Record {
        key: format!("w{number}"),
        device: None,
        start,
        end: None,
        offset: None,
        day: start.utc_day(),
        body: Body::Reading { metric: Metric::Weight, quantity },
        source_data: Map::new(),
    }
}

async fn person(w: &World) -> (HumanId, ConnectionId) {
    let human = w.human("ann").await.human_id;
    (human, w.connection(human, "account").await)
}

async fn apply(w: &World, (human, connection): (HumanId, ConnectionId), samples: Vec<Sample>, records: Vec<Record>) {
    let mut batch = Batch::default();
    for sample in samples {
        batch.sample(sample);
    }
    for record in records {
        batch.record(record);
    }
    w.store.apply(human, connection, batch, None).await.expect("applies");
}

/// The next stretch: its starts from [`NOW`] on, and where it ended.
fn step(w: &World, human: HumanId, after: Option<SamplePlace>) -> Option<(Vec<i64>, SamplePlace)> {
    let stretch = w.store.next_stretch(human, Metric::HeartRate, after).expect("reads")?;
    Some((stretch.samples.iter().map(|one| one.start.0 - NOW.0).collect(), stretch.place))
}

#[tokio::test]
async fn samples_come_once_although_parts_are_renumbered() {
    let w = World::in_memory().await;
    let p = person(&w).await;
    // Two days at one sample in 10 s: 8,640 a day, three parts each.
    let all: Vec<i64> = (0..17_280).map(|n| n * 10_000).collect();
    apply(&w, p, all.iter().map(|ms| heart(NOW.plus_ms(*ms), "a")).collect(), Vec::new()).await;
    let (mut seen, mut place) = step(&w, p.0, None).expect("a stretch");
    assert!(seen.len() < 8640, "the first part of a day, not all of it");
    // Twice as many in the first part: it is cut, and later ones of the day move up. A new device is a new series.
    let between: Vec<Sample> = (0..4096).map(|n| heart(NOW.plus_ms(n * 10_000 + 5000), "a")).collect();
    apply(&w, p, between, Vec::new()).await;
    apply(&w, p, vec![heart(NOW.plus_ms(DAY + 1), "b")], Vec::new()).await;
    while let Some((more, next)) = step(&w, p.0, Some(place)) {
        seen.extend(more);
        place = next;
    }
    let of_before: Vec<i64> = seen.iter().copied().filter(|ms| ms % 10_000 == 0).collect();
    assert_eq!(of_before, all, "each once, in their order");
    assert!(seen.contains(&(DAY + 1)), "what lies ahead of the walk comes with it");
    let held = w.store.holdings(p.0).expect("reads").expect("the person");
    assert_eq!(held.samples[&Metric::HeartRate], 17_280 + 4096 + 1);
    assert_eq!(held.series, 2);
}

#[tokio::test]
async fn records_come_once_although_they_are_corrected_and_added() {
    let w = World::in_memory().await;
    let p = person(&w).await;
    // Some 300 bytes each: several pieces.
    apply(&w, p, Vec::new(), (0..2000).map(|n| weight(n, 70.0)).collect()).await;
    let ids = |after: Option<RecordId>| -> Vec<RecordId> {
        w.store.next_records(p.0, Kind::Weight, after).expect("reads").iter().map(|row| row.id).collect()
    };
    let mut seen = ids(None);
    assert!(seen.len() < 2000, "more than a piece");
    let before: Vec<RecordId> = (0..2000)
        .map(|n| w.store.record_by_key(p.0, p.1, Kind::Weight, &format!("w{n}")).expect("reads").expect("there").id)
        .collect();
    apply(&w, p, Vec::new(), (1000..3000).map(|n| weight(n, 71.0)).collect()).await;
    loop {
        let more = ids(seen.last().copied());
        if more.is_empty() {
            break;
        }
        seen.extend(more);
    }
    assert!(seen.is_sorted() && seen.windows(2).all(|two| two[0] != two[1]), "in order, none twice");
    assert!(before.iter().all(|id| seen.binary_search(id).is_ok()), "all of before");
    assert_eq!(w.store.holdings(p.0).expect("reads").expect("the person").records[&Kind::Weight], 3000);
}

#[tokio::test]
async fn nobody_has_nothing() {
    let w = World::in_memory().await;
    let (human, _) = person(&w).await;
    assert_eq!(w.store.holdings(human).expect("reads").expect("the person").connections, 1);
    w.store.erase_human(human).await.expect("erased");
    assert_eq!(w.store.holdings(human).expect("reads"), None);
    assert!(matches!(w.store.next_records(human, Kind::Weight, None), Err(StoreError::NotFound)));
    assert!(matches!(w.store.next_series(human, 0), Err(StoreError::NotFound)));
    assert!(matches!(w.store.next_stretch(human, Metric::HeartRate, None), Err(StoreError::NotFound)));
}

//! Whatever the order and however often: the same contents.
mod common;

use common::{MINUTE, NOW, World};
use hilum_model::observation::Sleep;
use hilum_model::{Batch, Body, Day, HumanId, Kind, Metric, Observation, Offset, Record, Sample, Unit};
use hilum_store::records::Filter;
use proptest::prelude::*;

/// One thing that a provider has: a sample or a sleep, by number.
fn thing(n: u16) -> Observation {
    let start = NOW.plus_ms(i64::from(n) * 7 * MINUTE);
    if n.is_multiple_of(5) {
        // Several sleeps a day, so that the sums depend on all of them.
        let day = Day(20_513 + i32::from(n / 40));
        let body = Body::Sleep(Sleep { asleep_s: Some(f64::from(n) * 60.0), ..Sleep::default() });
        let source_data = serde_json::Map::new();
        let key = format!("sleep {n}");
        Observation::Record(Box::new(Record {
            key,
            device: None,
            start,
            end: None,
            offset: None,
            day,
            body,
            source_data,
        }))
    } else {
        Observation::Sample(Sample {
            metric: if n.is_multiple_of(2) { Metric::HeartRate } else { Metric::BloodOxygen },
            device: n.is_multiple_of(3).then(|| "ring".to_owned()),
            context: None,
            start,
            end: n.is_multiple_of(4).then(|| start.plus_ms(MINUTE)),
            offset: n.is_multiple_of(7).then_some(Offset(60)),
            value: f64::from(n % 41) + 0.25,
            unit: if n.is_multiple_of(2) { Unit::PerMinute } else { Unit::Percent },
        })
    }
}

/// Everything that can be read of a person, without ids of rows, which hang on the order in which series came.
fn contents(w: &World, human: HumanId) -> String {
    let all = Filter { limit: 10_000, ..Filter::default() };
    let mut lines = Vec::new();
    for kind in [Kind::Sleep, Kind::SleepDay] {
        let page = w.store.records(human, kind, &all).expect("reads");
        assert_eq!(page.total as usize, page.rows.len());
        lines.extend(page.rows.iter().map(|row| format!("{} {:?}", row.id, row.record)));
    }
    for metric in [Metric::HeartRate, Metric::BloodOxygen] {
        let page = w.store.samples(human, metric, &all).expect("reads");
        assert_eq!(page.total as usize, page.rows.len());
        lines.extend(page.rows.iter().map(|row| {
            format!("{metric:?} {:?} {} {:?} {:?} {}", row.series.device, row.start, row.end, row.offset, row.received)
        }));
    }
    lines.join("\n")
}

/// Applies batches to a fresh store and reads everything.
fn after(batches: &[Vec<u16>]) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
    runtime.block_on(async {
        let w = World::new().await;
        // Fixed, because record ids are made from them.
        let human = w.human("ann").await.human_id;
        let id = w.connection(human, "account").await;
        for batch in batches {
            let observations = batch.iter().map(|n| thing(*n)).collect();
            w.store.apply(human, id, Batch { observations, ..Batch::default() }, None).await.expect("applies");
        }
        contents(&w, human)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_order_any_pieces_any_repetition(
        order in Just((0..400_u16).collect::<Vec<_>>()).prop_shuffle(),
        pieces in 1..20_usize,
        repeated in prop::collection::vec(0..400_u16, 0..200),
    ) {
        let all: Vec<u16> = (0..400).collect();
        let mut batches: Vec<Vec<u16>> = order.chunks(400 / pieces).map(<[u16]>::to_vec).collect();
        batches.insert(batches.len() / 2, repeated.clone());
        batches.push(repeated);
        prop_assert_eq!(after(&batches), after(&[all]));
    }
}

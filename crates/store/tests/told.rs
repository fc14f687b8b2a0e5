//! What merging asks of the store: stretches of time, days of which anything is told, priorities.
mod common;

use common::{APP, DAY, HOUR, MINUTE, NOW, World};
use hilum_model::observation::ActivityDay;
use hilum_model::{Batch, Body, Day, HumanId, Kind, Metric, Offset, Record, Sample, Time, Unit};
use hilum_store::StoreError;
use hilum_store::records::Filter;
use serde_json::{Map, json};

fn steps(start: Time, offset: Option<Offset>) -> Sample {
    Sample {
        metric: Metric::Steps,
        device: None,
        context: None,
        start,
        end: Some(start.plus_ms(MINUTE)),
        offset,
        value: 10.0,
        unit: Unit::Count,
    }
}

fn total(day: Day) -> Record {
    Record {
        key: day.to_string(),
        device: None,
        start: day.start_utc(),
        end: None,
        offset: None,
        day,
        body: Body::ActivityDay(ActivityDay { steps: Some(10.0), ..ActivityDay::default() }),
        source_data: Map::new(),
    }
}

fn batch(samples: Vec<Sample>, records: Vec<Record>) -> Batch {
    let mut batch = Batch::default();
    for sample in samples {
        batch.sample(sample);
    }
    for record in records {
        batch.record(record);
    }
    batch
}

fn days(w: &World, human: HumanId, filter: &Filter, amounts: bool) -> Vec<i32> {
    let found = w.store.told_days(human, Kind::ActivityDay, filter, amounts).expect("reads");
    found.into_iter().map(|day| day.0 - NOW.utc_day().0).collect()
}

#[tokio::test]
async fn stretches_of_samples_and_records() {
    let w = World::new().await;
    let human = w.human("ann").await.human_id;
    let (a, b) = (w.connection(human, "a").await, w.connection(human, "b").await);
    // One a minute for two days: several blocks and parts.
    let minutes: Vec<Sample> = (0..2 * 1440).map(|n| steps(NOW.plus_ms(n * MINUTE), None)).collect();
    w.store.apply(human, a, batch(minutes, Vec::new()), None).await.expect("applies");
    let other = batch(vec![steps(NOW.plus_ms(DAY), Some(Offset(60)))], vec![total(NOW.utc_day())]);
    w.store.apply(human, b, other, None).await.expect("applies");
    let within = |range, connections: Option<&[_]>| {
        w.store.samples_within(human, Metric::Steps, connections, range).expect("reads")
    };
    let range = (NOW.plus_ms(DAY - 2 * MINUTE), NOW.plus_ms(DAY + 2 * MINUTE));
    let found = within(range, None);
    let starts: Vec<i64> = found.iter().map(|s| s.start.0 - NOW.0 - DAY).collect();
    assert_eq!(starts, [-2 * MINUTE, -MINUTE, 0, 0, MINUTE]);
    for sample in &found {
        assert_eq!(w.store.sample(human, Metric::Steps, sample.id).expect("reads").as_ref(), Some(sample));
    }
    assert_eq!(within(range, Some(&[b])).len(), 1);
    assert_eq!(within(range, Some(&[])), []);
    assert_eq!(within((NOW.plus_ms(-DAY), NOW.plus_ms(-1)), None), []);
    assert_eq!(within((NOW, NOW.plus_ms(3 * DAY)), Some(&[a])).len(), 2 * 1440);

    let records = |from, until, connections: Option<&[_]>| {
        let range = (NOW.plus_ms(from), NOW.plus_ms(until));
        w.store.records_between(human, Kind::ActivityDay, range, connections).expect("reads").len()
    };
    assert_eq!((records(0, 0, None), records(1, DAY, None), records(-DAY, -1, None)), (1, 0, 0));
    assert_eq!((records(0, 0, Some(&[b])), records(0, 0, Some(&[a]))), (1, 0));
}

#[tokio::test]
async fn days_are_civil_and_meet_the_conditions() {
    let w = World::new().await;
    let human = w.human("ann").await.human_id;
    let (a, b) = (w.connection(human, "a").await, w.connection(human, "b").await);
    let today = NOW.utc_day();
    // 01:00 UTC today is yesterday where the person was on day 0; three days earlier it was not told where.
    let told = batch(
        vec![steps(NOW.plus_ms(HOUR), Some(Offset(-300))), steps(NOW.plus_ms(-3 * DAY), None)],
        vec![total(today.plus(-3)), total(today.plus(-7))],
    );
    w.store.apply(human, a, told, None).await.expect("applies");
    w.clock.advance_ms(HOUR);
    w.store.apply(human, b, batch(vec![steps(NOW.plus_ms(DAY), None)], Vec::new()), None).await.expect("applies");

    let all = Filter::default();
    assert_eq!(days(&w, human, &all, true), [1, -1, -3, -7]);
    assert_eq!(days(&w, human, &all, false), [-3, -7]);
    let of = |first: i32, last: i32| Filter {
        start_day: Some(today.plus(first)),
        end_day: Some(today.plus(last)),
        ..Filter::default()
    };
    assert_eq!(days(&w, human, &of(-3, 0), true), [-1, -3]);
    assert_eq!(days(&w, human, &Filter { connections: Some(vec![b]), ..Filter::default() }, true), [1]);
    for since in [
        Filter { updated_since: Some(NOW.plus_ms(1)), ..Filter::default() },
        Filter { created_since: Some(NOW.plus_ms(1)), ..Filter::default() },
    ] {
        assert_eq!(days(&w, human, &since, true), [1]);
    }
    let before = Filter { created_before: Some(NOW.plus_ms(1)), ..Filter::default() };
    assert_eq!(days(&w, human, &before, true), [-1, -3, -7]);
    assert_eq!(days(&w, w.human("bob").await.human_id, &all, true), [0_i32; 0]);
}

#[tokio::test]
async fn priorities_are_kept_for_an_app_and_a_person_and_go_with_the_person() {
    let w = World::new().await;
    let human = w.human("ann").await.human_id;
    let lists = |name: &str| json!({ name: ["garmin"] }).as_object().expect("an object").clone();
    assert_eq!(w.store.human_priorities(human).expect("reads"), Map::new());
    w.store.set_app_priorities(APP, lists("steps")).await.expect("sets");
    w.store.set_human_priorities(human, lists("weight")).await.expect("sets");
    w.store.set_human_priorities(human, lists("sleeps")).await.expect("sets again");
    assert_eq!(w.store.app_priorities(APP).expect("reads"), lists("steps"));
    assert_eq!(w.store.human_priorities(human).expect("reads"), lists("sleeps"));

    assert!(!w.store.has_source(APP, "withings").expect("reads"));
    w.connection(human, "a").await;
    assert!(w.store.has_source(APP, "withings").expect("reads"));

    assert!(w.store.erase_human(human).await.expect("erases"));
    assert_eq!(w.store.human_priorities(human).expect("reads"), Map::new());
    let gone = w.store.set_human_priorities(human, lists("steps")).await;
    assert!(matches!(gone, Err(StoreError::NotFound)), "{gone:?}");
    assert_eq!(w.store.app_priorities(APP).expect("reads"), lists("steps"));
}

//! Sparse records: identity, corrections, deletions, sleep days, lists.
mod common;

use common::{DAY, HOUR, NOW, World};
use hilum_model::observation::{Activity, ActivityDay, Sleep};
use hilum_model::{Batch, Body, ConnectionId, Day, HumanId, Kind, Metric, Offset, Quantity, Record, Time, Unit};
use hilum_store::apply::Applied;
use hilum_store::connections::Cursor;
use hilum_store::humans::HumanFacts;
use hilum_store::records::Filter;

/// 2026-03-01.
const TODAY: Day = Day(20_513);

fn weight(key: &str, start: Time, kg: f64) -> Record {
    let quantity = Quantity::new(Metric::Weight, kg * 1000.0, Unit::Gram).expect("fits");
    Record {
        key: key.to_owned(),
        device: Some("Body+".to_owned()),
        start,
        end: None,
        offset: Some(Offset(60)),
        day: start.civil_day(Some(Offset(60))),
        body: Body::Reading { metric: Metric::Weight, quantity },
        source_data: serde_json::Map::new(),
    }
}

fn sleep(key: &str, day: Day, asleep_s: f64, awake_s: Option<f64>) -> Record {
    let body = Body::Sleep(Sleep { main: true, asleep_s: Some(asleep_s), awake_s, ..Sleep::default() });
    let start = day.start_utc().plus_ms(-HOUR);
    Record { body, day, end: Some(start.plus_ms(8 * HOUR)), ..weight(key, start, 1.0) }
}

async fn person(w: &World) -> (HumanId, ConnectionId) {
    let human = w.human("ann").await.human_id;
    (human, w.connection(human, "account").await)
}

async fn apply(w: &World, p: (HumanId, ConnectionId), records: Vec<Record>) -> Applied {
    let mut batch = Batch::default();
    for record in records {
        batch.record(record);
    }
    w.store.apply(p.0, p.1, batch, None).await.expect("applies")
}

async fn delete(w: &World, p: (HumanId, ConnectionId), kind: Kind, key: &str) -> Applied {
    let mut batch = Batch::default();
    batch.deleted(kind, key);
    w.store.apply(p.0, p.1, batch, None).await.expect("applies")
}

#[tokio::test]
async fn a_record_is_its_key() {
    let w = World::new().await;
    let p = person(&w).await;
    assert_eq!(apply(&w, p, vec![weight("1", NOW, 78.45)]).await, Applied { inserted: 1, ..Applied::default() });
    let first = w.store.latest_record(p.0, Kind::Weight).expect("reads").expect("there");
    assert_eq!((first.created_at, first.updated_at, first.connection_id), (NOW, NOW, p.1));
    assert_eq!(first.record, weight("1", NOW, 78.45));
    w.clock.advance_ms(HOUR);
    assert_eq!(apply(&w, p, vec![weight("1", NOW, 78.45)]).await, Applied { unchanged: 1, ..Applied::default() });
    assert_eq!(w.store.latest_record(p.0, Kind::Weight).expect("reads").expect("there"), first);
    let moved = weight("1", NOW.plus_ms(DAY), 78.5);
    assert_eq!(apply(&w, p, vec![moved.clone()]).await, Applied { updated: 1, ..Applied::default() });
    let second = w.store.record(p.0, Kind::Weight, first.id).expect("reads").expect("same id");
    assert_eq!((second.created_at, second.updated_at), (NOW, NOW.plus_ms(HOUR)));
    assert_eq!(second.record, moved);
    let day = Filter { start_day: Some(TODAY.plus(1)), ..Filter::default() };
    assert_eq!(w.store.records(p.0, Kind::Weight, &day).expect("reads").total, 1, "moved in the index too");
    assert_eq!(delete(&w, p, Kind::Weight, "1").await, Applied { deleted: 1, ..Applied::default() });
    assert_eq!(delete(&w, p, Kind::Weight, "1").await, Applied::default());
    assert!(w.store.record(p.0, Kind::Weight, first.id).expect("reads").is_none());
    apply(&w, p, vec![weight("1", NOW, 78.45)]).await;
    assert_eq!(w.store.latest_record(p.0, Kind::Weight).expect("reads").expect("there").id, first.id, "the same again");
}

#[tokio::test]
async fn the_same_key_elsewhere_is_another_record() {
    let w = World::new().await;
    let p = person(&w).await;
    let other = (p.0, w.connection(p.0, "other").await);
    apply(&w, p, vec![weight("1", NOW, 78.45)]).await;
    apply(&w, other, vec![weight("1", NOW, 78.45)]).await;
    let run = Record { body: Body::Activity(Activity::default()), ..weight("1", NOW, 1.0) };
    apply(&w, p, vec![run]).await;
    let all = w.store.records(p.0, Kind::Weight, &Filter::default()).expect("reads");
    assert_eq!(all.total, 2);
    assert_ne!(all.rows[0].id, all.rows[1].id);
    assert!(all.rows[0].id < all.rows[1].id, "equal starts are ordered by id");
    let activities = w.store.records(p.0, Kind::Activity, &Filter::default()).expect("reads");
    assert!(all.rows.iter().all(|row| row.id != activities.rows[0].id));
    assert!(w.store.record(p.0, Kind::Weight, activities.rows[0].id).expect("reads").is_none(), "other kind");
}

#[tokio::test]
async fn lists_by_page_day_time_and_connection() {
    let w = World::new().await;
    let p = person(&w).await;
    let other = (p.0, w.connection(p.0, "other").await);
    for i in 0..10 {
        let to = if i % 2 == 0 { p } else { other };
        apply(&w, to, vec![weight(&i.to_string(), NOW.plus_ms(i * DAY), 70.0)]).await;
        w.clock.advance_ms(HOUR);
    }
    let read = |filter: Filter| {
        let page = w.store.records(p.0, Kind::Weight, &filter).expect("reads");
        (page.rows.iter().map(|row| row.record.key.clone()).collect::<Vec<_>>().concat(), page.total)
    };
    let all = Filter::default();
    assert_eq!(read(all.clone()), ("9876543210".to_owned(), 10));
    assert_eq!(read(Filter { limit: 3, offset: 2, ..all.clone() }), ("765".to_owned(), 10));
    assert_eq!(read(Filter { offset: 10, ..all.clone() }), (String::new(), 10));
    let days = Filter { start_day: Some(TODAY.plus(3)), end_day: Some(TODAY.plus(5)), ..all.clone() };
    assert_eq!(read(days.clone()), ("543".to_owned(), 3));
    assert_eq!(read(Filter { connections: Some(vec![other.1]), ..days }), ("53".to_owned(), 2));
    assert_eq!(read(Filter { connections: Some(Vec::new()), ..all.clone() }), (String::new(), 0));
    let at = |hours: i64| Some(NOW.plus_ms(hours * HOUR));
    assert_eq!(read(Filter { created_since: at(7), ..all.clone() }), ("987".to_owned(), 3));
    assert_eq!(read(Filter { created_before: at(2), ..all.clone() }), ("10".to_owned(), 2));
    apply(&w, p, vec![weight("0", NOW, 71.0)]).await;
    assert_eq!(read(Filter { updated_since: at(10), ..all.clone() }), ("0".to_owned(), 1));
    assert_eq!(read(Filter { updated_before: at(2), ..all }), ("1".to_owned(), 1));
}

#[tokio::test]
async fn sleep_days_follow_the_sleeps() {
    let w = World::new().await;
    let p = person(&w).await;
    let sums = || {
        let page = w.store.records(p.0, Kind::SleepDay, &Filter::default()).expect("reads");
        let sum = |body: &Body| match body {
            Body::SleepDay { time_asleep, time_awake } => (*time_asleep, *time_awake),
            other => panic!("{other:?}"),
        };
        page.rows.iter().map(|row| (row.record.day, sum(&row.record.body))).collect::<Vec<_>>()
    };
    // 7 h + 30 min asleep, 20 min awake; the sums are not counted as sent.
    let applied =
        apply(&w, p, vec![sleep("night", TODAY, 25_200.0, Some(1200.0)), sleep("nap", TODAY, 1800.0, None)]).await;
    assert_eq!(applied.inserted, 2);
    assert_eq!(sums(), [(TODAY, (450.0, 20.0))]);
    let row = w.store.latest_record(p.0, Kind::SleepDay).expect("reads").expect("there");
    assert_eq!(row.record.start, TODAY.start_utc());
    // The nap belongs to the day before.
    apply(&w, p, vec![sleep("nap", TODAY.plus(-1), 1800.0, None)]).await;
    assert_eq!(sums(), [(TODAY, (420.0, 20.0)), (TODAY.plus(-1), (30.0, 0.0))]);
    delete(&w, p, Kind::Sleep, "nap").await;
    assert_eq!(sums(), [(TODAY, (420.0, 20.0))]);
    // Another connection has its own sum.
    let other = (p.0, w.connection(p.0, "other").await);
    apply(&w, other, vec![sleep("night", TODAY, 24_000.0, None)]).await;
    assert_eq!(sums().len(), 2);
    let sent = Record { body: Body::SleepDay { time_asleep: 1.0, time_awake: 1.0 }, ..weight("x", NOW, 1.0) };
    assert_eq!(apply(&w, p, vec![sent]).await, Applied { rejected: 1, ..Applied::default() });
}

#[tokio::test]
async fn a_night_that_two_devices_tell_counts_once() {
    let w = World::new().await;
    let p = person(&w).await;
    let of = |device: &str, sleep: Record| Record { device: Some(device.to_owned()), ..sleep };
    let bed = |mut record: Record| {
        if let Body::Sleep(sleep) = &mut record.body {
            sleep.main = false;
        }
        record
    };
    let noon = Record { start: TODAY.start_utc().plus_ms(12 * HOUR), ..sleep("nap", TODAY, 1800.0, None) };
    let nap = Record { end: Some(noon.start.plus_ms(HOUR)), ..noon };
    // The watch tells 7 h, the phone 8 h of the same night; the nap at noon is another sleep.
    let watch = of("Watch", sleep("watch", TODAY, 25_200.0, Some(600.0)));
    let phone = of("Phone", bed(sleep("phone", TODAY, 28_800.0, None)));
    apply(&w, p, vec![phone, watch, of("Phone", bed(nap))]).await;
    let row = w.store.latest_record(p.0, Kind::SleepDay).expect("reads").expect("there");
    assert_eq!(row.record.body, Body::SleepDay { time_asleep: 450.0, time_awake: 10.0 });
}

#[tokio::test]
async fn numbers_come_back_to_the_last_digit_and_unreadable_ones_not_at_all() {
    let w = World::new().await;
    let p = person(&w).await;
    let pressure = |key: &str, systolic| Record {
        body: Body::BloodPressure { systolic, diastolic: 79.999_999_999_999_99, heart_rate: None },
        ..weight(key, NOW, 1.0)
    };
    let applied = apply(&w, p, vec![pressure("a", 120.100_000_000_000_01), pressure("b", f64::NAN)]).await;
    assert_eq!(applied, Applied { inserted: 1, rejected: 1, ..Applied::default() });
    let page = w.store.records(p.0, Kind::BloodPressure, &Filter::default()).expect("reads");
    assert_eq!(page.rows[0].record, pressure("a", 120.100_000_000_000_01));
    let again = apply(&w, p, vec![pressure("a", 120.100_000_000_000_01)]).await;
    assert_eq!(again, Applied { unchanged: 1, ..Applied::default() });
}

#[tokio::test]
async fn facts_devices_and_cursors_come_with_the_batch() {
    let w = World::new().await;
    let p = person(&w).await;
    let mut batch = Batch::default();
    batch.facts.email = Some("ann@example.org".to_owned());
    batch.facts.devices = vec!["Ring".to_owned(), "Scale".to_owned(), "Ring".to_owned()];
    let cursor = Cursor {
        stream: "measures".to_owned(),
        oldest: TODAY.plus(-30),
        newest: TODAY,
        history_done: false,
        synced_at: Some(NOW),
    };
    w.store.apply(p.0, p.1, batch, Some(cursor.clone())).await.expect("applies");
    let mut batch = Batch::default();
    batch.facts.time_zone = Some("Europe/Berlin".to_owned());
    batch.facts.devices = vec!["Scale".to_owned(), "Watch".to_owned()];
    let next = Cursor { oldest: TODAY.plus(-60), history_done: true, synced_at: None, ..cursor };
    w.clock.advance_ms(HOUR);
    w.store.apply(p.0, p.1, batch, Some(next.clone())).await.expect("applies");
    let human = w.store.human(p.0).expect("reads").expect("there");
    let want = HumanFacts {
        email: Some("ann@example.org".to_owned()),
        gender: None,
        time_zone: Some("Europe/Berlin".to_owned()),
    };
    assert_eq!((human.facts.expose(), human.updated_at), (&want, NOW.plus_ms(HOUR)));
    let connection = w.store.connection(p.0, p.1).expect("reads").expect("there");
    assert_eq!(connection.devices, ["Ring", "Scale", "Watch"]);
    assert_eq!(connection.synced_at, Some(NOW));
    assert_eq!(w.store.cursors(p.0, p.1).expect("reads"), [next]);
}

#[tokio::test]
async fn a_state_that_still_holds_does_not_move() {
    let w = World::new().await;
    let p = person(&w).await;
    let state = |kg: f64, at: Time| weight(&format!("{}{kg}", Record::STATE_KEY), at, kg);
    assert_eq!(apply(&w, p, vec![state(80.0, NOW)]).await.inserted, 1);
    let first = w.store.latest_record(p.0, Kind::Weight).expect("reads").expect("there");
    w.clock.advance_ms(DAY);
    let again = apply(&w, p, vec![state(80.0, NOW.plus_ms(DAY))]).await;
    assert_eq!(again, Applied { unchanged: 1, ..Applied::default() });
    assert_eq!(w.store.latest_record(p.0, Kind::Weight).expect("reads").expect("there"), first);
    // Another value is news.
    assert_eq!(apply(&w, p, vec![state(81.0, NOW.plus_ms(DAY))]).await.inserted, 1);
    let second = w.store.latest_record(p.0, Kind::Weight).expect("reads").expect("there");
    assert_eq!(second.record.start, NOW.plus_ms(DAY));
}

#[tokio::test]
async fn a_day_told_in_parts_is_one_record() {
    let w = World::new().await;
    let p = person(&w).await;
    let part = |told: ActivityDay| {
        let body = Body::ActivityDay(told);
        Record { body, ..weight(&format!("{}{TODAY}", Record::PART_KEY), TODAY.start_utc(), 1.0) }
    };
    let steps = |steps| part(ActivityDay { steps: Some(steps), ..ActivityDay::default() });
    let energy = part(ActivityDay { calories: Some(2210.0), ..ActivityDay::default() });
    assert_eq!(apply(&w, p, vec![steps(9000.0)]).await.inserted, 1);
    assert_eq!(apply(&w, p, vec![energy.clone()]).await.updated, 1);
    // Told again, nothing moves; told anew, only that part.
    assert_eq!(apply(&w, p, vec![energy, steps(9000.0)]).await, Applied { unchanged: 2, ..Applied::default() });
    assert_eq!(apply(&w, p, vec![steps(9312.0)]).await.updated, 1);
    let filter = Filter { limit: 10, ..Filter::default() };
    let days = w.store.records(p.0, Kind::ActivityDay, &filter).expect("reads");
    let whole = ActivityDay { steps: Some(9312.0), calories: Some(2210.0), ..ActivityDay::default() };
    assert_eq!(days.rows.iter().map(|d| &d.record.body).collect::<Vec<_>>(), [&Body::ActivityDay(whole)]);
}

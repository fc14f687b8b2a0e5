//! Dense series: merging, lists, filters, ids.
mod common;

use common::{DAY, HOUR, MINUTE, NOW, World};
use hilum_model::{Batch, ConnectionId, Day, HumanId, Metric, Offset, RecordId, Sample, Time, Unit};
use hilum_store::StoreError;
use hilum_store::apply::Applied;
use hilum_store::records::{Filter, Page};
use hilum_store::samples::StoredSample;

fn heart(start: Time, value: f64) -> Sample {
    Sample {
        metric: Metric::HeartRate,
        device: None,
        context: None,
        start,
        end: None,
        offset: None,
        value,
        unit: Unit::PerMinute,
    }
}

fn batch(samples: impl IntoIterator<Item = Sample>) -> Batch {
    let mut batch = Batch::default();
    samples.into_iter().for_each(|sample| batch.sample(sample));
    batch
}

async fn person(w: &World) -> (HumanId, ConnectionId) {
    let human = w.human("ann").await.human_id;
    (human, w.connection(human, "account").await)
}

async fn apply(w: &World, (human, connection): (HumanId, ConnectionId), samples: Vec<Sample>) -> Applied {
    w.store.apply(human, connection, batch(samples), None).await.expect("applies")
}

fn list(w: &World, human: HumanId, filter: &Filter) -> Page<StoredSample> {
    w.store.samples(human, Metric::HeartRate, filter).expect("reads")
}

fn starts(page: &Page<StoredSample>) -> Vec<i64> {
    page.rows.iter().map(|row| row.start.0 - NOW.0).collect()
}

#[tokio::test]
async fn pages_tile_the_whole_list_newest_first() {
    let w = World::new().await;
    let p = person(&w).await;
    // Three days at one sample in 5 s, 17,280 a day: five parts each.
    let all: Vec<i64> = (0..3 * 17_280).map(|i| i * 5000).collect();
    let applied = apply(&w, p, all.iter().map(|ms| heart(NOW.plus_ms(*ms), 60.0)).collect()).await;
    assert_eq!(applied, Applied { inserted: 51_840, ..Applied::default() });
    for (limit, offset) in [(1, 0), (100, 0), (100, 255), (300, 4000), (5000, 17_000), (7, 51_830), (50, 51_840)] {
        let page = list(&w, p.0, &Filter { limit, offset, ..Filter::default() });
        assert_eq!(page.total, 51_840);
        let want: Vec<i64> = all.iter().rev().skip(offset as usize).take(limit as usize).copied().collect();
        assert_eq!(starts(&page), want, "limit {limit} offset {offset}");
    }
    let latest = w.store.latest_sample(p.0, Metric::HeartRate).expect("reads").expect("there");
    assert_eq!(latest.start.0 - NOW.0, 51_839 * 5000);
}

#[tokio::test]
async fn a_day_that_comes_in_pieces_and_backwards_is_the_same_day() {
    let w = World::new().await;
    let p = person(&w).await;
    // 10,000 samples 8 s apart, in pieces of 700 from the end: middle parts grow and are cut.
    let all: Vec<i64> = (0..10_000).map(|i| i * 8000).collect();
    for piece in all.chunks(700).rev() {
        apply(&w, p, piece.iter().map(|ms| heart(NOW.plus_ms(*ms), 60.0)).collect()).await;
    }
    // Between the others, so that every part is touched.
    let between: Vec<i64> = (0..10_000).step_by(3).map(|i| i * 8000 + 1).collect();
    apply(&w, p, between.iter().map(|ms| heart(NOW.plus_ms(*ms), 61.0)).collect()).await;
    let again = apply(&w, p, all.iter().map(|ms| heart(NOW.plus_ms(*ms), 60.0)).collect()).await;
    assert_eq!(again, Applied { unchanged: 10_000, ..Applied::default() });
    let mut want = [all, between].concat();
    want.sort_unstable_by(|a, b| b.cmp(a));
    let page = list(&w, p.0, &Filter { limit: 20_000, ..Filter::default() });
    assert_eq!(page.total, 13_334);
    assert_eq!(starts(&page), want);
}

#[tokio::test]
async fn corrections_keep_creation_and_move_update() {
    let w = World::new().await;
    let p = person(&w).await;
    apply(&w, p, vec![heart(NOW, 60.0), heart(NOW.plus_s(60), 61.0)]).await;
    w.clock.advance_ms(HOUR);
    let applied = apply(&w, p, vec![heart(NOW, 64.0), heart(NOW.plus_s(60), 61.0)]).await;
    assert_eq!(applied, Applied { updated: 1, unchanged: 1, ..Applied::default() });
    let changed = list(&w, p.0, &Filter { updated_since: Some(NOW.plus_ms(1)), ..Filter::default() });
    assert_eq!(changed.total, 1);
    let row = &changed.rows[0];
    assert_eq!((row.start, row.value, row.created_at, row.updated_at), (NOW, 64.0, NOW, NOW.plus_ms(HOUR)));
    let unchanged = list(&w, p.0, &Filter { updated_before: Some(NOW.plus_ms(1)), ..Filter::default() });
    assert_eq!(starts(&unchanged), [60_000]);
    let by_creation = list(&w, p.0, &Filter { created_since: Some(NOW.plus_ms(1)), ..Filter::default() });
    assert_eq!(by_creation.total, 0);
    let by_creation = list(&w, p.0, &Filter { created_before: Some(NOW.plus_ms(1)), ..Filter::default() });
    assert_eq!(by_creation.total, 2);
}

#[tokio::test]
async fn days_are_civil_days() {
    let w = World::new().await;
    let p = person(&w).await;
    let at = |ms: i64, offset: Option<i16>| Sample { offset: offset.map(Offset), ..heart(NOW.plus_ms(ms), 60.0) };
    // Day 20513 begins at NOW. In UTC-8 it begins at 08:00Z, in UTC+9 at 15:00Z of the day before.
    let day = Day(20_513);
    let samples = vec![
        at(0, None),                        // 20513
        at(-1, None),                       // 20512
        at(8 * HOUR - 1, Some(-480)),       // 20512
        at(8 * HOUR, Some(-480)),           // 20513
        at(DAY + 8 * HOUR - 1, Some(-480)), // 20513, though the UTC day is the next
        at(-9 * HOUR, Some(540)),           // 20513, though the UTC day is the one before
        at(-9 * HOUR - 1, Some(540)),       // 20512
    ];
    apply(&w, p, samples).await;
    let on = |start, end| list(&w, p.0, &Filter { start_day: start, end_day: end, ..Filter::default() });
    let exact = on(Some(day), Some(day));
    assert_eq!(starts(&exact), [DAY + 8 * HOUR - 1, 8 * HOUR, 0, -9 * HOUR]);
    assert_eq!(exact.total, 4);
    assert_eq!(on(None, Some(day.plus(-1))).total, 3);
    assert_eq!(on(Some(day), None).total, 4);
    assert_eq!(on(Some(day.plus(1)), None).total, 0);
    let second =
        list(&w, p.0, &Filter { start_day: Some(day), end_day: Some(day), limit: 2, offset: 1, ..Filter::default() });
    assert_eq!((starts(&second), second.total), (vec![8 * HOUR, 0], 4));
}

#[tokio::test]
async fn series_of_several_connections_and_devices_are_woven_together() {
    let w = World::new().await;
    let p = person(&w).await;
    let other = (p.0, w.connection(p.0, "other account").await);
    let with = |device: &str, ms: i64| Sample { device: Some(device.to_owned()), ..heart(NOW.plus_ms(ms), 60.0) };
    apply(&w, p, (0..1000).map(|i| with("ring", i * MINUTE)).collect()).await;
    apply(&w, p, (0..500).map(|i| with("watch", i * MINUTE + 1)).collect()).await;
    apply(&w, other, (0..1000).map(|i| with("ring", i * MINUTE)).collect()).await;
    let mut want: Vec<(i64, u32)> = Vec::new();
    want.extend((0..1000).map(|i| (i * MINUTE, 1)));
    want.extend((0..500).map(|i| (i * MINUTE + 1, 2)));
    want.extend((0..1000).map(|i| (i * MINUTE, 3)));
    want.sort_by_key(|(ms, series)| (std::cmp::Reverse(*ms), *series));
    for (limit, offset) in [(2500, 0), (10, 995), (300, 1200), (1, 2499)] {
        let page = list(&w, p.0, &Filter { limit, offset, ..Filter::default() });
        let got: Vec<(i64, u32)> = page.rows.iter().map(|row| (row.start.0 - NOW.0, row.series.number)).collect();
        let want: Vec<(i64, u32)> = want.iter().skip(offset as usize).take(limit as usize).copied().collect();
        assert_eq!((got, page.total), (want, 2500), "limit {limit} offset {offset}");
    }
    let filter = Filter { connections: Some(vec![other.1]), limit: 5, ..Filter::default() };
    let page = list(&w, p.0, &filter);
    assert_eq!(page.total, 1000);
    assert!(page.rows.iter().all(|row| row.series.connection_id == other.1));
    assert_eq!(page.rows[0].series.device.as_deref(), Some("ring"));
    let none = list(&w, p.0, &Filter { connections: Some(Vec::new()), ..Filter::default() });
    assert_eq!((none.total, none.rows.len()), (0, 0));
}

#[tokio::test]
async fn pages_of_one_source_and_of_all_count_the_same_days() {
    let w = World::new().await;
    let human = w.human("ann").await.human_id;
    let (watch, ring) = (w.connection(human, "watch").await, w.connection(human, "ring").await);
    // Forty days: a sample each hour by the watch, one at half past by the ring on every second day.
    let hours = (0..40 * 24).map(|hour| hour * HOUR);
    let halves = hours.clone().filter(|ms| ms / DAY % 2 == 0).map(|ms| ms + HOUR / 2);
    let (mut hours, halves): (Vec<i64>, Vec<i64>) = (hours.collect(), halves.collect());
    apply(&w, (human, watch), hours.iter().map(|ms| heart(NOW.plus_ms(*ms), 60.0)).collect()).await;
    apply(&w, (human, ring), halves.iter().map(|ms| heart(NOW.plus_ms(*ms), 70.0)).collect()).await;
    let mut all = [&hours[..], &halves[..]].concat();
    all.sort_unstable();
    // Each source asks for more or less than is remembered from the pages before; then a sync, and all again.
    for added in 0..2 {
        for offset in [700, 10, 300, 0, 959, 470] {
            for (connections, want) in [
                (Some(vec![ring]), &halves),
                (None, &all),
                (Some(vec![watch]), &hours),
                (Some(vec![watch, ring]), &all),
            ] {
                let page = list(&w, human, &Filter { limit: 5, offset, connections, ..Filter::default() });
                let rows: Vec<i64> = want.iter().rev().skip(offset as usize).take(5).copied().collect();
                assert_eq!((page.total, starts(&page)), (want.len() as u64, rows), "offset {offset}, round {added}");
            }
        }
        let late = 41 * DAY + added;
        apply(&w, (human, watch), vec![heart(NOW.plus_ms(late), 60.0)]).await;
        hours.push(late);
        all.push(late);
    }
}

#[tokio::test]
async fn every_sample_is_found_by_its_public_id() {
    let w = World::new().await;
    let p = person(&w).await;
    let interval =
        |ms: i64, length: i64| Sample { end: Some(NOW.plus_ms(ms + length)), ..heart(NOW.plus_ms(ms), 60.0) };
    let mut samples: Vec<Sample> = (0..9000).map(|i| heart(NOW.plus_ms(i * 5000), 60.0 + (i % 40) as f64)).collect();
    samples.push(interval(0, 60_000));
    samples.push(interval(0, 120_000));
    apply(&w, p, samples).await;
    let page = list(&w, p.0, &Filter { limit: 10_000, ..Filter::default() });
    assert_eq!(page.rows.len(), 9002);
    let ids: std::collections::HashSet<RecordId> = page.rows.iter().map(|row| row.id).collect();
    assert_eq!(ids.len(), 9002);
    for row in page.rows.iter().step_by(97).chain(&page.rows[8990..]) {
        let found = w.store.sample(p.0, Metric::HeartRate, row.id).expect("reads").expect("found");
        assert_eq!(found, *row);
    }
    let id = page.rows[0].id;
    assert!(w.store.sample(p.0, Metric::BloodOxygen, id).expect("reads").is_none(), "other metric");
    assert!(w.store.sample(w.human("bob").await.human_id, Metric::HeartRate, id).expect("reads").is_none());
    assert!(w.store.sample(p.0, Metric::HeartRate, RecordId([0xff; 12])).expect("reads").is_none());
}

#[tokio::test]
async fn received_values_stay_and_are_normalised_when_read() {
    let w = World::new().await;
    let p = person(&w).await;
    let oxygen = Sample { metric: Metric::BloodOxygen, unit: Unit::Fraction, ..heart(NOW, 0.964) };
    apply(&w, p, vec![oxygen]).await;
    let page = w.store.samples(p.0, Metric::BloodOxygen, &Filter::default()).expect("reads");
    assert_eq!((page.rows[0].received, page.rows[0].value), (0.964, 96.4));
    assert_eq!(page.rows[0].series.unit, Unit::Fraction);
    assert_eq!(list(&w, p.0, &Filter::default()).total, 0);
}

#[tokio::test]
async fn what_breaks_the_rules_is_left_out_alone() {
    let w = World::new().await;
    let p = person(&w).await;
    let bad = [
        heart(NOW, f64::NAN),
        heart(NOW, f64::INFINITY),
        Sample { unit: Unit::Kilogram, ..heart(NOW, 60.0) },
        Sample { metric: Metric::Weight, unit: Unit::Kilogram, ..heart(NOW, 60.0) },
        Sample { end: Some(NOW.plus_ms(-1)), ..heart(NOW, 60.0) },
        heart(Time(i64::MAX), 60.0),
        heart(Time(i64::MIN), 60.0),
    ];
    let mut batch = Batch::default();
    batch.observations.extend(bad.into_iter().map(hilum_model::Observation::Sample));
    batch.sample(heart(NOW, 60.0));
    // An interval without length is an instant.
    batch.sample(Sample { end: Some(NOW), ..heart(NOW, 60.0) });
    let applied = w.store.apply(p.0, p.1, batch, None).await.expect("applies");
    assert_eq!(applied, Applied { inserted: 1, unchanged: 1, rejected: 7, ..Applied::default() });
    assert_eq!(list(&w, p.0, &Filter::default()).total, 1);
}

#[tokio::test]
async fn nothing_is_stored_for_a_gone_or_disconnected_connection() {
    let w = World::new().await;
    let p = person(&w).await;
    let gone = w.store.apply(p.0, ConnectionId([9; 12]), batch([heart(NOW, 60.0)]), None).await;
    assert!(matches!(gone, Err(StoreError::NotFound)), "{gone:?}");
    apply(&w, p, vec![heart(NOW, 60.0)]).await;
    w.store.disconnect(p.0, p.1).await.expect("disconnects");
    let late = w.store.apply(p.0, p.1, batch([heart(NOW.plus_s(1), 60.0)]), None).await;
    assert!(matches!(late, Err(StoreError::NotFound)), "{late:?}");
    assert_eq!(list(&w, p.0, &Filter::default()).total, 1, "data stay");
}

#[tokio::test]
async fn a_scan_gives_every_sample_of_a_stretch_once_by_day_and_series() {
    let w = World::new().await;
    let p = person(&w).await;
    // Two series, one sample in 8 s over two days (three parts a day), and one in an hour; a third one without any.
    let close = (0..2 * 10_800).map(|i| heart(NOW.plus_ms(i * 8000), 60.0));
    let wide = (0..48).map(|i| Sample { context: Some("rest".to_owned()), ..heart(NOW.plus_ms(i * HOUR + 1), 50.0) });
    apply(&w, p, close.chain(wide).collect()).await;
    let (from, to) = (NOW.plus_ms(HOUR + 1), NOW.plus_ms(DAY + HOUR + 1));
    let found = w.store.scan(p.0, Metric::HeartRate, |scan| {
        let number = |context: Option<&str>| {
            scan.series().find(|series| series.context.as_deref() == context).expect("a series").number
        };
        let numbers = [number(None), number(Some("rest"))];
        let all = scan.extent(|_| true).expect("reads").expect("some");
        assert_eq!((all.first, all.last, all.count), (NOW, NOW.plus_ms((2 * 10_800 - 1) * 8000), 21_648));
        let rest = scan.extent(|number| number == numbers[1]).expect("reads").expect("some");
        assert_eq!((rest.first, rest.last, rest.count), (NOW.plus_ms(1), NOW.plus_ms(47 * HOUR + 1), 48));
        assert_eq!(scan.extent(|_| false).expect("reads"), None);
        let mut days = scan.days((from.utc_day(), from.utc_day())).expect("reads");
        days.sort_by_key(|day| day.3);
        let first = from.utc_day();
        assert_eq!(days, [(numbers[1], first, first, 24), (numbers[0], first, first, 10_800)]);
        let mut seen: Vec<(Day, u32, Time)> = Vec::new();
        scan.each(
            (from, to),
            |_| true,
            |day, series, points| {
                seen.extend(points.iter().map(|stored| (day, series, stored.point.start)));
            },
        )
        .expect("reads");
        assert!(seen.is_sorted(), "by day, then series, then start");
        assert!(seen.iter().all(|(day, _, at)| at.utc_day() == *day));
        let of = |number: u32| seen.iter().filter(|(_, series, _)| *series == number).count();
        // A day has 10,800 of the close ones. Of the others the one that begins with the stretch is in, the one at its end not.
        assert_eq!((of(numbers[0]), of(numbers[1])), (10_800, 24));
        let mut none = 0;
        scan.each((to, from), |_| true, |_, _, _| none += 1).expect("reads");
        scan.each((from, to), |_| false, |_, _, _| none += 1).expect("reads");
        assert_eq!(none, 0);
    });
    assert_eq!(found.expect("reads"), Some(()));
    assert_eq!(w.store.scan(HumanId([9; 16]), Metric::HeartRate, |_| ()).expect("reads"), None);
}

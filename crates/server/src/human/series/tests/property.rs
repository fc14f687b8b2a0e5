//! Buckets are what they are by definition: for every sample of every bucket, whatever the zone, the step, and in how many
//! pieces the samples come.

use std::collections::BTreeMap;

use hilum_merge::Nature;
use hilum_merge::sampled::{Taken, stand_ins};
use hilum_model::chunk::{Point, StoredPoint};
use hilum_model::{Metric, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use proptest::prelude::*;

use crate::human::series::aggregate::{Aggregate, Bucket};
use crate::human::series::fold::{Fold, Origin};
use crate::human::series::step::{Step, edges};
use crate::human::series::zone::Zone;

const MINUTE: i64 = 60_000;
/// 2026-03-27T00:00Z: a change of the clock in Berlin and the end of a month lie within the ten days after it.
const BEGIN: i64 = 1_774_569_600_000;
const DAYS: i64 = 10;

const ZONES: [&str; 5] = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu"];
const STEPS: [&str; 5] = ["1h", "15m", "1d", "1w", "1mo"];

/// A sample: rank, start and length in minutes, value.
type Told = (u32, i64, i64, u32);

/// The start of the bucket that an instant lies in, by the calendar.
fn bucket_of(zone: &TimeZone, step: &str, at: i64) -> Time {
    let shown: Zoned = Timestamp::from_millisecond(at).expect("a time").to_zoned(zone.clone());
    let midnight = |date: jiff::civil::Date| date.to_zoned(zone.clone()).expect("midnight").timestamp();
    let start = match step {
        "15m" | "1h" => {
            let minutes = if step == "1h" { shown.minute() } else { shown.minute() % 15 };
            return Time(at - i64::from(minutes) * MINUTE - at.rem_euclid(MINUTE));
        }
        "1d" => midnight(shown.date()),
        "1w" => midnight(shown.date().saturating_sub(jiff::Span::new().days(shown.weekday().to_monday_zero_offset()))),
        _ => midnight(shown.date().first_of_month()),
    };
    Time(start.as_millisecond())
}

fn fold(metric: Metric, zone: &str, step: &str, told: &[Told], together: usize) -> (Vec<Time>, Vec<Bucket>) {
    let zone = Zone::parse(zone).expect("zone");
    let range = (Time(BEGIN), Time(BEGIN + (DAYS + 3) * 86_400_000));
    let edges = edges(&zone, Step::parse(step).expect("step"), range).expect("few");
    let mut fold = Fold::new(metric, edges.clone(), false, 1, true);
    fold.look_at(together);
    let day_of = |told: &&Told| told.1.div_euclid(1440);
    for day in 0..DAYS {
        for rank in 0..3 {
            let mut of: Vec<&Told> = told.iter().filter(|t| t.0 == rank && day_of(t) == day).collect();
            of.sort_by_key(|t| (t.1, t.2));
            let points: Vec<StoredPoint> = of.into_iter().map(point).collect();
            let origin = Origin { rank, source: u16::try_from(rank).expect("small"), group: 0 };
            fold.take(Time(BEGIN + day * 86_400_000), origin, &points, |value| value);
        }
    }
    (edges, fold.finish().remove(0))
}

fn point((_, start, length, value): &Told) -> StoredPoint {
    let at = Time(BEGIN + start * MINUTE);
    let end = (*length > 0).then(|| at.plus_ms(length * MINUTE));
    let point = Point { start: at, end, offset: None, value: f64::from(*value) };
    StoredPoint { point, created_at: at, updated_at: at }
}

fn told() -> impl Strategy<Value = Vec<Told>> {
    prop::collection::vec((0_u32..3, 0..DAYS * 1440, 0_i64..90, 1_u32..200), 0..120)
}

/// Figures that differ by rounding alone are the same.
fn same(found: Option<f64>, expected: f64) -> bool {
    found.is_some_and(|found| (found - expected).abs() <= 2e-6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn amounts(told in told(), zone in prop::sample::select(&ZONES[..]), step in prop::sample::select(&STEPS[..]), together in 1_usize..50) {
        // Every minute belongs to the best who tell of it; of one rank all count.
        let told: Vec<Told> = told.into_iter().map(|(r, s, l, v)| (r, s, l.max(1), v)).collect();
        let rules = TimeZone::get(zone).expect("zone");
        let mut expected: BTreeMap<Time, f64> = BTreeMap::new();
        for (rank, start, length, value) in &told {
            for minute in *start..start + length {
                let better = told.iter().any(|t| t.0 < *rank && t.1 <= minute && minute < t.1 + t.2);
                if !better {
                    let bucket = bucket_of(&rules, step, BEGIN + minute * MINUTE);
                    *expected.entry(bucket).or_default() += f64::from(*value) / *length as f64;
                }
            }
        }
        let (edges, buckets) = fold(Metric::Steps, zone, step, &told, together);
        for (start, bucket) in edges.iter().zip(&buckets) {
            if let Some(sum) = expected.remove(start) {
                prop_assert!(same(bucket.tell(Aggregate::Sum), sum), "{start} {sum} {bucket:?}");
            } else {
                prop_assert_eq!(bucket.count, 0);
            }
        }
        prop_assert!(expected.is_empty(), "{expected:?}");
    }

    #[test]
    fn values(told in told(), zone in prop::sample::select(&ZONES[..]), step in prop::sample::select(&STEPS[..]), together in 1_usize..50) {
        let rules = TimeZone::get(zone).expect("zone");
        let Nature::Sampled { gap, margin } = Nature::of(Metric::HeartRate) else { panic!("sampled") };
        // All at once.
        let points: Vec<StoredPoint> = told.iter().map(point).collect();
        let taken: Vec<Taken> = told
            .iter()
            .zip(&points)
            .map(|(told, stored)| Taken { rank: told.0, start: stored.point.start, end: stored.point.end })
            .collect();
        let mut expected: BTreeMap<Time, Vec<f64>> = BTreeMap::new();
        for (stored, stand_in) in points.iter().zip(stand_ins(&taken, gap, margin)) {
            if stand_in.is_none() {
                expected.entry(bucket_of(&rules, step, stored.point.start.0)).or_default().push(stored.point.value);
            }
        }
        // Nothing here lasts for longer than what the rules look at, so that pieces are as good as all at once.
        let (edges, buckets) = fold(Metric::HeartRate, zone, step, &told, together);
        for (start, bucket) in edges.iter().zip(&buckets) {
            let values = expected.remove(start).unwrap_or_default();
            prop_assert_eq!(bucket.count, values.len() as u64);
            if !values.is_empty() {
                let sum: f64 = values.iter().sum();
                prop_assert!(same(bucket.tell(Aggregate::Avg), sum / values.len() as f64));
                prop_assert_eq!(bucket.tell(Aggregate::Min), values.iter().copied().reduce(f64::min));
                prop_assert_eq!(bucket.tell(Aggregate::Max), values.iter().copied().reduce(f64::max));
            }
        }
        prop_assert!(expected.is_empty(), "{expected:?}");
    }
}

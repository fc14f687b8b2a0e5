use hilum_model::{Metric, Time, Unit};
use proptest::prelude::*;
use serde_json::json;

use super::workout_detail;
use crate::testing::{activity, read, records, samples, values, whole};
use crate::{FileError, Format};

const RUN: &str = include_str!("fixtures/run.tcx");

#[test]
fn a_run_by_hand() {
    let seen = whole(RUN.as_bytes());
    assert_eq!(seen.format, Some(Format::Tcx));
    let (record, run) = activity(&seen.all);
    assert_eq!((record.key.as_str(), record.device.as_deref()), ("tcx:1772640000000", Some("Forerunner 255")));
    // 600 + 300 s after the start; the last point is 2 s before.
    assert_eq!(record.end.map(Time::to_iso).as_deref(), Some("2026-03-04T16:15:00.000Z"));
    assert_eq!((run.kind.as_str(), run.duration_s, run.distance_m), ("running", Some(900.0), Some(3000.0)));
    assert_eq!((run.calories, run.steps), (Some(155.0), Some(1640.0)));
    // (140 * 600 + 155 * 300) / 900.
    assert_eq!((run.heart_rate_avg, run.heart_rate_max, run.speed_max), (Some(145.0), Some(171.0), Some(4.1)));
    assert_eq!(json!(record.source_data), json!({"sport": "Running", "laps": 2}));
    let first = "2026-03-04T16:00:00.000Z".to_owned();
    assert_eq!(values(&seen.all, Metric::HeartRate), [(first.clone(), 98.0)]);
    // 82 strides are 164 steps.
    assert_eq!(values(&seen.all, Metric::Cadence), [(first.clone(), 82.0)]);
    assert!(samples(&seen.all, Metric::Cadence).iter().all(|s| s.unit == Unit::StridePerMinute));
    assert_eq!(values(&seen.all, Metric::Power), [(first.clone(), 231.0)]);
    assert_eq!(values(&seen.all, Metric::Speed), [(first.clone(), 2.9)]);
    let distance = samples(&seen.all, Metric::Distance);
    let told: Vec<_> = distance.iter().map(|s| (s.end.map(Time::to_iso).unwrap_or_default(), s.value)).collect();
    assert_eq!(told, [("2026-03-04T16:00:05.000Z".to_owned(), 14.6), ("2026-03-04T16:14:58.000Z".to_owned(), 2985.4)]);
    assert_eq!(seen.summary.rejected().get("track point without a time"), Some(&1));
}

#[test]
fn a_cut_keeps_what_came_before() {
    let cut = RUN.find("<Lap StartTime=\"2026-03-04T16:10").expect("the second lap");
    let seen = read(&RUN.as_bytes()[..cut]);
    assert!(matches!(seen.ended, Err(FileError::Truncated { .. })), "{:?}", seen.ended);
    let (record, run) = activity(&seen.all);
    assert_eq!(
        (record.key.as_str(), run.distance_m, run.heart_rate_avg),
        ("tcx:1772640000000", Some(2000.0), Some(140.0))
    );
}

#[test]
fn detail_of_a_known_workout() {
    let batch = workout_detail(RUN.as_bytes(), "w-7").expect("a sound file");
    assert!(records(&batch.observations).is_empty());
    assert!(samples(&batch.observations, Metric::Distance).iter().all(|s| s.context.as_deref() == Some("w-7")));
}

#[test]
fn other_sports() {
    for (sport, kind) in
        [("Biking", "cycling"), ("Other", "other"), ("Walking", "walking"), ("Curling", "other:Curling")]
    {
        let text = format!(
            "<TrainingCenterDatabase><Activities><Activity Sport='{sport}'><Id>2026-03-04T16:00:00Z</Id></Activity>\
             </Activities></TrainingCenterDatabase>"
        );
        assert_eq!(activity(&whole(text.as_bytes()).all).1.kind, kind);
    }
}

proptest! {
    #[test]
    fn random_damage_is_no_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = RUN.as_bytes().to_vec();
        for (at, value) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *value;
        }
        prop_assert!(read(&bytes).all.len() < 40);
    }
}

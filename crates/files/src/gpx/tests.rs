use hilum_model::{Metric, Offset, Time, Unit};
use proptest::prelude::*;
use serde_json::json;

use super::workout_detail;
use crate::testing::{activity, read, records, samples, values, whole};
use crate::{FileError, Format};

const RUN: &str = include_str!("fixtures/run.gpx");

#[test]
fn a_run_by_hand() {
    let seen = whole(RUN.as_bytes());
    assert_eq!(seen.format, Some(Format::Gpx));
    let (record, run) = activity(&seen.all);
    // 16:00:00Z is 1 772 640 000 s.
    assert_eq!(
        (record.key.as_str(), record.start.to_iso().as_str()),
        ("gpx:1772640000000", "2026-03-04T16:00:00.000Z")
    );
    assert_eq!(record.end.map(Time::to_iso).as_deref(), Some("2026-03-04T16:00:07.000Z"));
    assert_eq!((run.kind.as_str(), run.duration_s, run.distance_m), ("running", Some(7.0), None));
    assert_eq!((record.offset, record.device.as_deref()), (None, None));
    assert_eq!(
        json!(record.source_data),
        json!({"name": "Evening run & more", "type": "running", "creator": "Garmin Connect"})
    );
    let at = |s: &str| format!("2026-03-04T16:00:{s}Z");
    assert_eq!(values(&seen.all, Metric::HeartRate), [(at("00.000"), 98.0)]);
    // Strides, since it is a run.
    assert_eq!(values(&seen.all, Metric::Cadence), [(at("00.000"), 82.0)]);
    assert!(samples(&seen.all, Metric::Cadence).iter().all(|s| s.unit == Unit::StridePerMinute));
    assert_eq!(values(&seen.all, Metric::Power), [(at("00.000"), 231.0)]);
    assert_eq!(values(&seen.all, Metric::Altitude), [(at("00.000"), 34.2), (at("05.500"), 34.4)]);
    // A latitude of 95 is none.
    assert_eq!(values(&seen.all, Metric::Latitude), [(at("00.000"), 52.52), (at("05.500"), 52.5201)]);
    assert_eq!(values(&seen.all, Metric::Longitude), [(at("00.000"), 13.405), (at("05.500"), 13.4051)]);
    assert!(samples(&seen.all, Metric::Latitude).iter().all(|s| s.context.as_deref() == Some("gpx:1772640000000")));
    assert_eq!(seen.summary.rejected().get("track points without a time"), Some(&1));
}

#[test]
fn version_1_0_and_offsets() {
    let seen = whole(
        br#"<gpx version="1.0" creator="x"><trk><trkseg><trkpt lat="1" lon="2"><time>2026-03-04T17:00:00+01:00</time>
        <course>12</course><speed>2.92</speed></trkpt></trkseg></trk></gpx>"#,
    );
    let (record, ride) = activity(&seen.all);
    assert_eq!((ride.kind.as_str(), record.offset, ride.duration_s), ("unknown", Some(Offset(60)), Some(0.0)));
    assert_eq!(values(&seen.all, Metric::Speed), [("2026-03-04T16:00:00.000Z".to_owned(), 2.92)]);
}

#[test]
fn plans_are_no_activities() {
    let seen = whole(
        br#"<gpx><rte><rtept lat="1" lon="2"><time>2026-03-04T16:00:00Z</time></rtept></rte>
        <trk><trkseg><trkpt lat="1" lon="2"/></trkseg></trk></gpx>"#,
    );
    assert_eq!(seen.all, []);
}

#[test]
fn a_cut_keeps_what_came_before() {
    let cut = RUN.find("<trkpt lat=\"95\"").expect("the third point");
    let seen = read(&RUN.as_bytes()[..cut]);
    assert!(matches!(seen.ended, Err(FileError::Truncated { .. })), "{:?}", seen.ended);
    let (record, _) = activity(&seen.all);
    assert_eq!(record.end.map(Time::to_iso).as_deref(), Some("2026-03-04T16:00:05.500Z"));
    assert_eq!(values(&seen.all, Metric::Latitude).len(), 2);
}

#[test]
fn detail_of_a_known_workout() {
    let batch = workout_detail(RUN.as_bytes(), "w-7").expect("a sound file");
    assert!(records(&batch.observations).is_empty());
    let rates = samples(&batch.observations, Metric::HeartRate);
    assert_eq!((rates.len(), rates[0].context.as_deref()), (1, Some("w-7")));
    assert!(matches!(workout_detail(b"", "w"), Err(FileError::Truncated { .. })));
}

#[test]
fn entities_are_refused() {
    let seen = read(b"<!DOCTYPE gpx [<!ENTITY a 'b'>]><gpx><trk><name>&a;</name></trk></gpx>");
    assert!(matches!(seen.ended, Err(FileError::Entity { .. })), "{:?}", seen.ended);
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

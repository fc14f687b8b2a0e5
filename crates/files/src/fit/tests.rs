use hilum_model::{Body, Metric, Observation, Offset, Sample, StageKind, Time, Unit};
use proptest::prelude::*;

use super::chain::crc;
use super::write::{ENUM, STRING, UINT8, UINT16, UINT32, UINT32Z, Writer, fit_time};
use super::*;
use crate::testing::{self, records, samples};

/// 2026-03-04T16:00:00Z is 1 772 640 000 of Unix time, 1 141 574 400 of the protocol's.
const START: u32 = 1_141_574_400;

/// What a file becomes, and how reading it ended.
fn all(bytes: &[u8]) -> (Vec<Observation>, Result<(), FileError>) {
    let seen = testing::read(bytes);
    (seen.all, seen.ended)
}

fn whole(bytes: &[u8]) -> Vec<Observation> {
    testing::whole(bytes).all
}

/// (seconds after [`START`], value).
fn values(seen: &[Observation], metric: Metric) -> Vec<(i64, f64)> {
    samples(seen, metric).iter().map(|s| (s.start.unix_s() - 1_772_640_000, s.value)).collect()
}

fn run() -> Workout {
    let point = |s: i64, heart_rate, distance, latitude| Point {
        at: Time::from_unix_s(1_772_640_000 + s),
        latitude: Some(latitude),
        longitude: Some(-45.0),
        altitude_m: Some(34.2),
        heart_rate: Some(heart_rate),
        cadence: Some(82.0),
        distance_m: Some(distance),
        speed: Some(2.92),
        power: None,
    };
    Workout {
        manufacturer: 32,
        product: "ELEMNT RIVAL".to_owned(),
        serial: 4711,
        start: Time::from_unix_s(1_772_640_000),
        offset: Some(Offset(60)),
        sport: 1,
        sub_sport: 0,
        elapsed_s: 2470.5,
        timer_s: 2401.0,
        distance_m: Some(7012.0),
        cycles: Some(3405.0),
        calories: Some(389.0),
        heart_rate_avg: Some(149.0),
        heart_rate_max: Some(171.0),
        ascent_m: Some(31.0),
        points: vec![point(0, 98.0, 0.0, 45.0), point(1, 101.0, 2.93, 45.0), point(4, 103.0, 11.69, 22.5)],
    }
}

#[test]
fn checksum_of_the_catalogue() {
    // The check value of CRC-16/ARC.
    assert_eq!(crc(0, b"123456789"), 0xBB3D);
}

/// The file on disk is what was written when its bytes were looked at one by one; it also seeds the fuzzer.
#[test]
fn a_written_file_is_what_it_was() {
    assert_eq!(run().to_bytes(), include_bytes!("fixtures/run.fit"));
}

#[test]
fn a_run_by_hand() {
    let seen = whole(include_bytes!("fixtures/run.fit"));
    let [workout] = records(&seen)[..] else { panic!("one workout") };
    assert_eq!((workout.key.as_str(), workout.device.as_deref()), ("fit:4711:1772640000", Some("ELEMNT RIVAL")));
    assert_eq!(workout.start.to_iso(), "2026-03-04T16:00:00.000Z");
    assert_eq!(workout.end.map(Time::to_iso).as_deref(), Some("2026-03-04T16:41:10.500Z"));
    assert_eq!((workout.offset, workout.day.to_string().as_str()), (Some(Offset(60)), "2026-03-04"));
    let Body::Activity(activity) = &workout.body else { panic!("an activity") };
    assert_eq!((activity.kind.as_str(), activity.duration_s), ("running", Some(2401.0)));
    assert_eq!((activity.distance_m, activity.calories), (Some(7012.0), Some(389.0)));
    // 3405 strides.
    assert_eq!((activity.steps, activity.elevation_gain_m), (Some(6810.0), Some(31.0)));
    assert_eq!((activity.heart_rate_avg, activity.heart_rate_max), (Some(149.0), Some(171.0)));
    assert_eq!(workout.source_data.get("total_elapsed_time"), Some(&serde_json::json!(2470.5)));

    assert_eq!(values(&seen, Metric::HeartRate), [(0, 98.0), (1, 101.0), (4, 103.0)]);
    assert_eq!(values(&seen, Metric::Cadence), [(0, 82.0), (1, 82.0), (4, 82.0)]);
    assert!(samples(&seen, Metric::Cadence).iter().all(|s| s.unit == Unit::StridePerMinute));
    assert_eq!(values(&seen, Metric::Latitude), [(0, 45.0), (1, 45.0), (4, 22.5)]);
    assert_eq!(values(&seen, Metric::Longitude), [(0, -45.0), (1, -45.0), (4, -45.0)]);
    assert_eq!(values(&seen, Metric::Altitude)[0], (0, 34.2));
    assert_eq!(values(&seen, Metric::Speed)[0], (0, 2.92));
    assert_eq!(values(&seen, Metric::Power), []);
    // 11.69 - 2.93 = 8.76.
    assert_eq!(values(&seen, Metric::Distance), [(0, 2.93), (1, 8.76)]);
    let distance = samples(&seen, Metric::Distance);
    assert_eq!(distance[1].end.map(Time::unix_s), Some(1_772_640_004));
    assert_eq!(distance[1].context.as_deref(), Some("fit:4711:1772640000"));
    assert_eq!(distance[1].offset, Some(Offset(60)));
}

#[test]
fn detail_of_a_known_workout() {
    let bytes = run().to_bytes();
    let batch = workout_detail(&bytes, "w-1").expect("a sound file");
    assert_eq!((batch.rejected.as_slice(), records(&batch.observations).len()), (&[] as &[String], 0));
    // Three records of five points each, and a position; two intervals of distance.
    assert_eq!(batch.observations.len(), 3 * 6 + 2);
    assert!(samples(&batch.observations, Metric::HeartRate).iter().all(|s| s.context.as_deref() == Some("w-1")));

    // The last record of 29 bytes, the summary and the checksum are gone: 2 records are left.
    let cut = bytes.windows(4).position(|w| w == (START + 4).to_le_bytes()).expect("the third record");
    let batch = workout_detail(&bytes[..cut + 3], "w-1").expect("what is left");
    assert_eq!(values(&batch.observations, Metric::HeartRate), [(0, 98.0), (1, 101.0)]);
    assert_eq!(batch.rejected.len(), 1);
    assert!(batch.rejected[0].contains("cut off"), "{:?}", batch.rejected);

    assert!(matches!(workout_detail(b"<html></html>", "w-1"), Err(FileError::Unrecognised)));
    assert!(matches!(workout_detail(b"", "w-1"), Err(FileError::Unrecognised)));
    assert!(matches!(workout_detail(&bytes[..20], "w-1"), Err(FileError::Truncated { .. })));
}

#[test]
fn damage_is_refused_and_a_cut_keeps_what_came_before() {
    let bytes = run().to_bytes();
    let mut damaged = bytes.clone();
    damaged[200] ^= 1;
    let (seen, ended) = all(&damaged);
    assert!(seen.is_empty() && matches!(ended, Err(FileError::Malformed { at: 0, .. })), "{ended:?}");

    let cut = bytes.windows(4).position(|w| w == (START + 4).to_le_bytes()).expect("the third record");
    let (seen, ended) = all(&bytes[..cut]);
    assert!(matches!(ended, Err(FileError::Truncated { .. })), "{ended:?}");
    let [workout] = records(&seen)[..] else { panic!("what the records tell") };
    let Body::Activity(activity) = &workout.body else { panic!("an activity") };
    assert_eq!((workout.key.as_str(), activity.kind.as_str()), ("fit:4711:1772640000", "unknown"));
    assert_eq!((activity.duration_s, activity.distance_m), (Some(1.0), Some(2.93)));
    assert_eq!(workout.source_data.get("summary"), Some(&serde_json::json!("missing")));
    assert_eq!(values(&seen, Metric::HeartRate), [(0, 98.0), (1, 101.0)]);
}

#[test]
fn chained_files_and_what_follows() {
    let mut later = run();
    later.start = Time::from_unix_s(1_772_726_400);
    later.points.clear();
    let mut bytes = run().to_bytes();
    bytes.extend(later.to_bytes());
    let keys = |seen: &[Observation]| records(seen).iter().map(|r| r.key.clone()).collect::<Vec<_>>();
    assert_eq!(keys(&whole(&bytes)), ["fit:4711:1772640000", "fit:4711:1772726400"]);
    bytes.extend(b"trailing");
    let (seen, ended) = all(&bytes);
    assert_eq!(keys(&seen).len(), 2);
    assert!(matches!(ended, Err(FileError::Malformed { .. })), "{ended:?}");
}

/// A file of 12 header bytes around records written by hand.
fn around(records: &[u8]) -> Vec<u8> {
    let mut file = vec![12, 0x10, 0, 0];
    file.extend((records.len() as u32).to_le_bytes());
    file.extend(b".FIT");
    file.extend(records);
    file.extend(crc(0, &file).to_le_bytes());
    file
}

#[test]
fn big_endian_compressed_times_and_no_values() {
    // Local type 1, big endian (1), message 20, three fields: time, heart rate, speed (uint16).
    let mut bytes = vec![0x41, 0, 1, 0, 20, 3, 253, 4, 0x86, 3, 1, 0x02, 6, 2, 0x84];
    bytes.push(1);
    bytes.extend((START + 30).to_be_bytes());
    bytes.extend([60, 0x0B, 0x68]);
    // "No value" of both fields.
    bytes.push(1);
    bytes.extend((START + 31).to_be_bytes());
    bytes.extend([0xFF, 0xFF, 0xFF]);
    // Local type 2: heart rate alone, with compressed times; START is 0 modulo 32.
    bytes.extend([0x42, 0, 0, 20, 0, 1, 3, 1, 0x02]);
    bytes.extend([0x80 | 2 << 5 | 31, 61]);
    // 2 after 31 has gone once around.
    bytes.extend([0x80 | 2 << 5 | 2, 62]);
    assert_eq!(START % 32, 0);
    let seen = whole(&around(&bytes));
    assert_eq!(values(&seen, Metric::HeartRate), [(30, 60.0), (31, 61.0), (34, 62.0)]);
    // 0x0B68 = 2920 mm/s.
    assert_eq!(values(&seen, Metric::Speed), [(30, 2.92)]);
}

#[test]
fn developer_fields_stand_for_the_protocols_own() {
    let mut file = Writer::default();
    let description =
        [(0, 1, UINT8), (1, 1, UINT8), (2, 1, UINT8), (3, 8, STRING), (8, 8, STRING), (14, 2, UINT16), (15, 1, UINT8)];
    file.define(0, 206, &description);
    // Developer 0: field 5 is power in watts (message 20, field 7), field 6 speed in a unit that is not ours.
    file.message(0, &[&[0, 5, UINT16], b"Power\0\0\0", b"Watts\0\0\0", &20_u16.to_le_bytes(), &[7]]);
    file.message(0, &[&[0, 6, UINT16], b"Speed\0\0\0", b"knots\0\0\0", &20_u16.to_le_bytes(), &[6]]);
    let mut bytes = file.finish();
    bytes.truncate(bytes.len() - 2);
    let mut records = bytes.split_off(14);
    // Local type 1 with developer fields (0x20): time, power 100, speed 3000; then 5 and 6 of developer 0.
    records.extend([0x61, 0, 0, 20, 0, 3, 253, 4, 0x86, 7, 2, 0x84, 6, 2, 0x84, 2, 5, 2, 0, 6, 2, 0]);
    for (s, own, theirs) in [(0, 100_u16, 250_u16), (1, 101, u16::MAX)] {
        records.push(1);
        records.extend((START + s).to_le_bytes());
        for n in [own, 3000, theirs, 6] {
            records.extend(n.to_le_bytes());
        }
    }
    let seen = whole(&around(&records));
    assert_eq!(values(&seen, Metric::Power), [(0, 250.0), (1, 101.0)]);
    assert_eq!(values(&seen, Metric::Speed), [(0, 3.0), (1, 3.0)]);
}

#[test]
fn compressed_speed_and_distance_of_old_devices() {
    let mut file = Writer::default();
    file.define(0, 20, &[(253, 4, UINT32), (8, 3, 0x0D)]);
    // Speed 0x124 = 292 cm/s; distance 0xFF0 = 4080/16 = 255 m, then 0x010, which is 32/16 = 2 m further.
    file.message(0, &[&START.to_le_bytes(), &[0x24, 0x01, 0xFF]]);
    file.message(0, &[&(START + 1).to_le_bytes(), &[0x24, 0x01, 0x01]]);
    file.message(0, &[&(START + 2).to_le_bytes(), &[0xFF, 0xFF, 0xFF]]);
    let seen = whole(&file.finish());
    assert_eq!(values(&seen, Metric::Speed), [(0, 2.92), (1, 2.92)]);
    assert_eq!(values(&seen, Metric::Distance), [(0, 2.0)]);
}

#[test]
fn a_day_of_a_watch() {
    let mut file = Writer::default();
    file.define(0, 0, &[(0, 1, ENUM), (1, 2, UINT16), (3, 4, UINT32Z)]);
    file.message(0, &[&[32], &1_u16.to_le_bytes(), &99_u32.to_le_bytes()]);
    // Local midnight of 2026-03-05 at +01:00 is 23:00Z, 25 200 s after START.
    let midnight = START + 25_200;
    file.define(1, 103, &[(253, 4, UINT32), (0, 4, UINT32)]);
    file.message(1, &[&(midnight - 600).to_le_bytes(), &(midnight + 3000).to_le_bytes()]);
    // Time, sum of steps, kind of movement.
    file.define(2, 55, &[(253, 4, UINT32), (3, 4, UINT32), (5, 1, ENUM), (19, 2, UINT16)]);
    let walk = |file: &mut Writer, time: u32, steps: u32, energy: u16| {
        file.message(2, &[&time.to_le_bytes(), &steps.to_le_bytes(), &[6], &energy.to_le_bytes()]);
    };
    walk(&mut file, midnight - 600, 8000, 300);
    walk(&mut file, midnight - 300, 8040, 302);
    walk(&mut file, midnight - 240, 8040, 302);
    walk(&mut file, midnight, 8045, u16::MAX);
    walk(&mut file, midnight + 120, 15, 1);
    // A heart rate with the lower half of its time: 65 535 s later at the most.
    file.define(3, 55, &[(26, 2, UINT16), (27, 1, UINT8)]);
    let low = ((midnight + 125) & 0xFFFF) as u16;
    file.message(3, &[&low.to_le_bytes(), &[58]]);
    file.message(3, &[&low.wrapping_add(60).to_le_bytes(), &[0]]);
    // The day's resting heart rate is field 1.
    file.define(4, 211, &[(253, 4, UINT32), (0, 1, UINT8), (1, 1, UINT8)]);
    file.message(4, &[&(midnight + 130).to_le_bytes(), &[51, 49]]);
    let seen = whole(&file.finish());

    let steps = samples(&seen, Metric::Steps);
    let told: Vec<_> = steps.iter().map(|s| (s.start.unix_s(), s.end.map(Time::unix_s), s.value)).collect();
    let at = |s: u32| i64::from(s) + 631_065_600;
    assert_eq!(
        told,
        [
            (at(midnight - 600), Some(at(midnight - 300)), 40.0),
            (at(midnight - 240), Some(at(midnight)), 5.0),
            (at(midnight), Some(at(midnight + 120)), 15.0),
        ]
    );
    assert!(steps.iter().all(|s| s.context.as_deref() == Some("walking") && s.offset == Some(Offset(60))));
    // 302 - 300, and 1 since the midnight after.
    let energy: Vec<_> = values(&seen, Metric::ActiveEnergy).into_iter().map(|(_, v)| v).collect();
    assert_eq!(energy, [2.0, 1.0]);
    let rate = samples(&seen, Metric::HeartRate);
    assert_eq!((rate.len(), rate[0].start.unix_s(), rate[0].value), (1, at(midnight + 125), 58.0));
    let [resting] = records(&seen)[..] else { panic!("one record") };
    assert_eq!((resting.key.as_str(), resting.device.as_deref()), ("2026-03-05", Some("Garmin")));
    let Body::HeartRateDay(day) = &resting.body else { panic!("a day of heart rate") };
    assert_eq!((day.resting, resting.start.to_iso().as_str()), (Some(49.0), "2026-03-04T23:00:00.000Z"));
}

#[test]
fn scales_and_cuffs() {
    let mut file = Writer::default();
    file.define(0, 30, &[(253, 4, UINT32), (0, 2, UINT16), (1, 2, UINT16), (2, 2, UINT16), (13, 2, UINT16)]);
    let words = |file: &mut Writer, local: u8, time: u32, values: &[u16]| {
        let values: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        file.message(local, &[&time.to_le_bytes(), &values]);
    };
    words(&mut file, 0, START, &[7845, 2140, 5510, 241]);
    // Still weighing, and nothing else measured.
    words(&mut file, 0, START + 5, &[65_534, u16::MAX, u16::MAX, u16::MAX]);
    file.define(1, 51, &[(253, 4, UINT32), (0, 2, UINT16), (1, 2, UINT16), (8, 1, ENUM), (6, 1, UINT8)]);
    for (s, status) in [(60, 0), (70, 2), (80, 4)] {
        let pressures = [118_u16.to_le_bytes(), 76_u16.to_le_bytes()].concat();
        file.message(1, &[&(START + s).to_le_bytes(), &pressures, &[status, 61]]);
    }
    let seen = whole(&file.finish());
    let told: Vec<_> = records(&seen)
        .iter()
        .map(|r| match &r.body {
            Body::Reading { metric, quantity } => (metric.name(), quantity.value, None),
            Body::BloodPressure { systolic, diastolic, heart_rate } => {
                ("pressure", systolic * 1000.0 + diastolic, *heart_rate)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        told,
        [
            ("weight", 78.45, None),
            ("body_fat", 21.4, None),
            ("bmi", 24.1, None),
            ("pressure", 118_076.0, Some(61.0)),
            ("pressure", 118_076.0, Some(61.0)),
        ]
    );
    assert_eq!(records(&seen)[0].source_data.get("percent_hydration"), Some(&serde_json::json!(55.1)));
    assert_eq!(records(&seen)[0].offset, None);
    assert_eq!(records(&seen)[4].source_data.get("irregular_heart_rate"), Some(&serde_json::json!(true)));
}

#[test]
fn a_night() {
    let mut file = Writer::default();
    file.define(0, 275, &[(253, 4, UINT32), (0, 1, ENUM)]);
    // Awake 5 min, light 20 + 10 min, deep 40 min, not told 5 min, REM 15 min; the last has no end.
    for (minute, level) in [(0, 1), (5, 2), (25, 2), (35, 3), (75, 0), (80, 4), (95, 1)] {
        file.message(0, &[&(START + minute * 60).to_le_bytes(), &[level]]);
    }
    let seen = whole(&file.finish());
    let [night] = records(&seen)[..] else { panic!("one night") };
    let Body::Sleep(sleep) = &night.body else { panic!("a night") };
    assert_eq!(sleep.asleep_s, Some(85.0 * 60.0));
    assert_eq!((sleep.awake_s, sleep.light_s), (Some(300.0), Some(1800.0)));
    assert_eq!((sleep.deep_s, sleep.rem_s, sleep.in_bed_s), (Some(2400.0), Some(900.0), Some(95.0 * 60.0)));
    let kinds: Vec<_> = sleep.stages.iter().map(|s| s.kind).collect();
    assert_eq!(kinds, [StageKind::Awake, StageKind::Light, StageKind::Deep, StageKind::Rem]);
    assert_eq!(night.end.map(|e| e.since_ms(night.start)), Some(95 * 60_000));
}

#[test]
fn two_sessions_of_one_file() {
    let mut file = Writer::default();
    file.define(0, 20, &[(253, 4, UINT32), (3, 1, UINT8), (4, 1, UINT8), (5, 4, UINT32), (13, 1, 0x01)]);
    for (s, rate, metres) in [(0_u32, 100, 0_u32), (10, 110, 30), (100, 120, 0), (110, 130, 50)] {
        let metres = (metres * 100).to_le_bytes();
        file.message(0, &[&(START + s).to_le_bytes(), &[rate, 80], &metres, &[21]]);
    }
    file.define(1, 18, &[(253, 4, UINT32), (2, 4, UINT32), (5, 1, ENUM), (7, 4, UINT32)]);
    for (from, to, sport) in [(100_u32, 110_u32, 2_u8), (0, 90, 1)] {
        let elapsed = ((to - from) * 1000).to_le_bytes();
        file.message(1, &[&(START + to).to_le_bytes(), &(START + from).to_le_bytes(), &[sport], &elapsed]);
    }
    let seen = whole(&file.finish());
    let kinds: Vec<_> = records(&seen)
        .iter()
        .map(|r| if let Body::Activity(a) = &r.body { (r.key.as_str(), a.kind.as_str()) } else { ("", "") })
        .collect();
    assert_eq!(kinds, [("fit:unknown:1772640000", "running"), ("fit:unknown:1772640100", "cycling")]);
    let rates: Vec<_> =
        samples(&seen, Metric::HeartRate).iter().map(|s| (s.value, s.context.clone().unwrap_or_default())).collect();
    assert_eq!(rates[1], (110.0, "fit:unknown:1772640000".to_owned()));
    assert_eq!(rates[2], (120.0, "fit:unknown:1772640100".to_owned()));
    // Steps on foot, revolutions on the bicycle; distances are not joined.
    let steps = |s: &&Sample| s.unit.convert(s.value, Unit::PerMinute);
    let cadence: Vec<_> = samples(&seen, Metric::Cadence).iter().map(steps).collect();
    assert_eq!(cadence, [Some(160.0), Some(160.0), Some(80.0), Some(80.0)]);
    assert_eq!(values(&seen, Metric::Distance), [(0, 30.0), (100, 50.0)]);
}

#[test]
fn too_large_is_refused() {
    let mut large = run().to_bytes();
    large.resize(16 * 1024 * 1024 + 1, 0);
    assert!(matches!(workout_detail(&large, "w"), Err(FileError::TooLong { .. })));
    let (seen, ended) = all(&large);
    assert!(seen.is_empty() && matches!(ended, Err(FileError::TooLong { .. })));
}

#[test]
fn times_before_the_devices_clock_was_set_are_no_times() {
    let mut file = Writer::default();
    file.define(0, 20, &[(253, 4, UINT32), (3, 1, UINT8)]);
    file.message(0, &[&1000_u32.to_le_bytes(), &[99]]);
    assert_eq!(whole(&file.finish()), []);
    assert_eq!(fit_time(Time(0)), u32::MAX);
}

proptest! {
    #[test]
    fn random_damage_is_no_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = run().to_bytes();
        for (at, value) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *value;
        }
        // With a right checksum, so that it is read on.
        let end = bytes.len() - 2;
        bytes[12..14].fill(0);
        let sum = crc(0, &bytes[..end]).to_le_bytes();
        bytes[end..].copy_from_slice(&sum);
        let (seen, _) = all(&bytes);
        prop_assert!(seen.len() < 200);
        if let Ok(batch) = workout_detail(&bytes, "w") {
            prop_assert!(records(&batch.observations).is_empty());
        }
    }

    #[test]
    fn any_records_are_no_panic(records in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = all(&around(&records));
        let _ = all(&records);
    }

    #[test]
    fn a_shorter_file_gives_the_first_samples(length in 0_usize..600) {
        let bytes = run().to_bytes();
        let length = length.min(bytes.len());
        let (seen, ended) = all(&bytes[..length]);
        prop_assert_eq!(ended.is_ok(), length == bytes.len());
        let whole = values(&whole(&bytes), Metric::HeartRate);
        let cut = values(&seen, Metric::HeartRate);
        prop_assert_eq!(&whole[..cut.len()], cut.as_slice());
    }
}

use hilum_model::observation::ActivityDay;
use hilum_model::{Body, Metric, Offset, StageKind, Time};
use proptest::prelude::*;
use serde_json::json;

use crate::testing::{activity, read, records, samples, values, whole, zipped};
use crate::{FileError, Format};

const SLEEP: &str = include_str!("fixtures/sleepmodel.csv");

fn one(name: &str, text: &str) -> crate::testing::Seen {
    let archive = zipped(&[("oura-export/App Data/dailyreadiness.csv", "id;day;score\n"), (name, text)]);
    let seen = whole(&archive);
    assert_eq!(seen.format, Some(Format::OuraArchive));
    seen
}

#[test]
fn nights_and_naps() {
    let seen = one("oura-export/App Data/SleepModel.csv", SLEEP);
    let [night, nap] = records(&seen.all)[..] else { panic!("two: {:?}", seen.all) };
    let Body::Sleep(sleep) = &night.body else { panic!("a night") };
    assert_eq!(
        (night.key.as_str(), night.day.to_string().as_str(), night.offset),
        ("a1", "2026-03-04", Some(Offset(60)))
    );
    assert_eq!((night.start.to_iso().as_str(), sleep.main), ("2026-03-03T22:30:00.000Z", true));
    assert_eq!((sleep.asleep_s, sleep.deep_s, sleep.rem_s), (Some(1500.0), Some(600.0), Some(300.0)));
    assert_eq!((sleep.light_s, sleep.awake_s, sleep.to_fall_asleep_s), (Some(600.0), Some(300.0), Some(120.0)));
    assert_eq!((sleep.in_bed_s, sleep.efficiency, sleep.heart_rate_min), (Some(1800.0), Some(83.0), Some(52.0)));
    assert_eq!(
        (sleep.heart_rate_avg, sleep.respiratory_rate_avg, sleep.hrv_rmssd_avg),
        (Some(58.5), Some(15.1), Some(41.0))
    );
    let stages: Vec<_> = sleep.stages.iter().map(|s| (s.kind, s.end.since_ms(s.start) / 60_000)).collect();
    assert_eq!(
        stages,
        [
            (StageKind::Light, 5),
            (StageKind::Deep, 10),
            (StageKind::Light, 5),
            (StageKind::Rem, 5),
            (StageKind::Awake, 5)
        ]
    );
    let Body::Sleep(sleep) = &nap.body else { panic!("a nap") };
    assert_eq!((nap.key.as_str(), sleep.main, sleep.deep_s, sleep.stages.len()), ("a2", false, None, 0));
    let variability = values(&seen.all, Metric::HrvRmssd);
    assert_eq!(
        variability,
        [("2026-03-03T22:30:00.000Z".to_owned(), 40.0), ("2026-03-03T22:40:00.000Z".to_owned(), 42.5)]
    );
    assert_eq!(seen.summary.rejected().get("sleep: no bedtime_start or bedtime_end"), Some(&1));
}

#[test]
fn days_rates_and_workouts() {
    let seen = one(
        "App Data/dailyactivity.csv",
        "id;day;timestamp;steps;active_calories;total_calories;equivalent_walking_distance;high_activity_time;\
         medium_activity_time;low_activity_time;sedentary_time;score\n\
         d1;2026-03-04;2026-03-04T04:00:00.000+01:00;9312;420;2400;8890;1500;2700;9900;38430;88\n",
    );
    let [day] = records(&seen.all)[..] else { panic!("one day") };
    assert_eq!(
        (day.key.as_str(), day.offset, day.source_data.get("score")),
        ("d1", Some(Offset(60)), Some(&json!("88")))
    );
    assert_eq!(
        day.body,
        Body::ActivityDay(ActivityDay {
            // 1500 + 2700 + 9900 s.
            duration_s: Some(14_100.0),
            distance_m: Some(8890.0),
            steps: Some(9312.0),
            calories: Some(2400.0),
            active_calories: Some(420.0),
            vigorous_min: Some(25.0),
            moderate_min: Some(45.0),
            light_min: Some(165.0),
            sedentary_min: Some(640.5),
            floors: None,
        })
    );
    let seen = one(
        "App Data/heartrate.csv",
        "timestamp;bpm;source\n2026-03-04T07:05:12+00:00;68;awake\n;70;rest\n2026-03-04T07:05:12+00:00;0;rest\n",
    );
    let [rate] = samples(&seen.all, Metric::HeartRate)[..] else { panic!("one rate") };
    assert_eq!((rate.value, rate.context.as_deref(), rate.offset), (68.0, Some("awake"), None));
    let seen = one("App Data/temperature.csv", "timestamp;skin_temp\n2026-03-04T07:05:12Z;33.9\n");
    assert_eq!(values(&seen.all, Metric::SkinTemperature), [("2026-03-04T07:05:12.000Z".to_owned(), 33.9)]);
    let seen = one("App Data/dailyspo2.csv", "day;spo2_percentage\n2026-03-04;{\"average\": 96.8}\n2026-03-05;\n");
    assert_eq!(values(&seen.all, Metric::BloodOxygen), [("2026-03-04T00:00:00.000Z".to_owned(), 96.8)]);
    let seen = one("App Data/vo2max.csv", "id;day;timestamp;vo2_max\nv;2026-03-04;2026-03-04T07:00:00+01:00;44\n");
    assert_eq!(records(&seen.all)[0].start.to_iso(), "2026-03-04T06:00:00.000Z");
    let seen = one(
        "App Data/workout.csv",
        "id;activity;calories;day;distance;start_datetime;end_datetime;intensity;source\n\
         w1;strength_training;190;2026-03-04;;2026-03-04T17:00:00+01:00;2026-03-04T17:45:00+01:00;moderate;manual\n",
    );
    let (record, workout) = activity(&seen.all);
    assert_eq!((record.key.as_str(), workout.kind.as_str()), ("w1", "weight_training"));
    assert_eq!((workout.duration_s, workout.calories, workout.distance_m), (Some(2700.0), Some(190.0), None));
    assert_eq!(record.end.map(Time::to_iso).as_deref(), Some("2026-03-04T16:45:00.000Z"));
}

#[test]
fn documents_of_both_versions() {
    let new = r#"{"daily_activity":[{"id":"d1","day":"2026-03-04","steps":9312,"class_5_min":"0"}],"tag":[{"text":"private"}],
        "heartrate":[{"timestamp":"2026-03-04T07:05:12+00:00","bpm":68,"source":"rest"}]}"#;
    let seen = whole(new.as_bytes());
    assert_eq!((seen.format, seen.all.len()), (Some(Format::OuraDocument), 2));
    assert_eq!(seen.summary.unknown().get("tag"), Some(&1));

    let old = include_str!("fixtures/version1.json");
    let seen = whole(old.as_bytes());
    let [night, day] = records(&seen.all)[..] else { panic!("two") };
    let Body::Sleep(sleep) = &night.body else { panic!("a night") };
    assert_eq!((night.key.as_str(), night.day.to_string().as_str()), ("at-1583274600", "2020-03-04"));
    assert_eq!(
        (sleep.asleep_s, sleep.hrv_rmssd_avg, sleep.stages.len(), sleep.main),
        (Some(1500.0), Some(41.0), 5, true)
    );
    let Body::ActivityDay(told) = &day.body else { panic!("a day") };
    assert_eq!((told.vigorous_min, told.duration_s, told.sedentary_min), (Some(25.0), Some(14_100.0), Some(640.0)));
    assert_eq!((told.calories, told.distance_m), (Some(2400.0), Some(8890.0)));
    let cut = read(&old.as_bytes()[..old.find("\"activity\"").expect("a list")]);
    assert!(matches!(cut.ended, Err(FileError::Truncated { .. })) && cut.all.len() == 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn random_damage_is_no_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = SLEEP.as_bytes().to_vec();
        for (at, value) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *value;
        }
        let text = String::from_utf8_lossy(&bytes);
        let _ = read(&zipped(&[("dailyreadiness.csv", "id\n"), ("sleepmodel.csv", &text), ("workout.csv", &text)]));
    }
}

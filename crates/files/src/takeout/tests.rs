use hilum_model::{Body, Metric, Offset, Quantity, StageKind, Time, Unit};
use proptest::prelude::*;
use serde_json::json;

use crate::testing::{activity, read, records, samples, values, whole, zipped};
use crate::{FileError, Format};

const PROFILE: &str = "id,full_name,timezone,date_of_birth\nABC,Made Up,America/Los_Angeles,1984-10-28\n";
const RATE: &str = include_str!("fixtures/heart_rate.json");

/// Los Angeles is 8 hours behind in March until the 8th, and 7 in July.
const PST: Option<Offset> = Some(Offset(-480));

fn one(name: &str, content: &str) -> Vec<u8> {
    zipped(&[("Takeout/Fitbit/Your Profile/Profile.csv", PROFILE), (name, content)])
}

#[test]
fn minutes_are_utc_and_the_profile_tells_the_zone() {
    let seen = whole(&one("Takeout/Fitbit/Global Export Data/heart_rate-2026-03-04.json", RATE));
    assert_eq!(seen.format, Some(Format::FitbitArchive));
    let rates = samples(&seen.all, Metric::HeartRate);
    assert_eq!(rates.len(), 2);
    assert_eq!((rates[0].start.to_iso().as_str(), rates[0].value), ("2026-03-04T08:00:06.000Z", 61.0));
    assert_eq!((rates[0].offset, rates[1].offset), (PST, Some(Offset(-420))));
    assert_eq!(rates[0].start.civil_day(rates[0].offset).to_string(), "2026-03-04");
    let rejected: Vec<_> = seen.summary.rejected().iter().map(|(k, v)| (k.as_str(), *v)).collect();
    assert_eq!(rejected, [("heart_rate: no bpm above zero", 1), ("heart_rate: no dateTime", 1)]);

    let minutes = r#"[{"dateTime":"03/04/26 16:00:00","value":"64"},{"dateTime":"03/04/26 16:01:00","value":"0"}]"#;
    for (name, metric, unit) in [
        ("steps-2026-03-04.json", Metric::Steps, Unit::Count),
        ("distance-2026-03-04.json", Metric::Distance, Unit::Centimetre),
        ("calories-2026-03-04.json", Metric::TotalEnergy, Unit::Kilocalorie),
    ] {
        let seen = whole(&one(&format!("MadeUp/user-site-export/{name}"), minutes));
        let [minute] = samples(&seen.all, metric)[..] else { panic!("one minute of {name}") };
        assert_eq!((minute.value, minute.unit), (64.0, unit));
        assert_eq!(minute.end.map(Time::to_iso).as_deref(), Some("2026-03-04T16:01:00.000Z"));
    }
}

#[test]
fn without_a_profile_the_zone_is_unknown() {
    let seen = whole(&zipped(&[("heart_rate-2026-03-04.json", RATE)]));
    assert_eq!(samples(&seen.all, Metric::HeartRate)[0].offset, None);
    let weight = r#"[{"logId":1,"weight":172.8,"date":"03/04/26","time":"07:10:00"}]"#;
    let seen = whole(&zipped(&[("weight-2026-03-01.json", weight)]));
    assert_eq!(
        (records(&seen.all)[0].start.to_iso().as_str(), records(&seen.all)[0].offset),
        ("2026-03-04T07:10:00.000Z", None)
    );
}

#[test]
fn weights_are_pounds_at_local_times() {
    let text = include_str!("fixtures/weight.json");
    let seen = whole(&one("a/weight-2026-03-01.json", text));
    let told: Vec<_> = records(&seen.all)
        .iter()
        .map(|r| {
            let Body::Reading { metric, quantity } = &r.body else { panic!("a reading") };
            (r.key.as_str(), metric.name(), quantity.received, quantity.received_unit)
        })
        .collect();
    let key = "1772608200000";
    assert_eq!(
        told,
        [
            (key, "weight", 172.8, Unit::Pound),
            (key, "bmi", 24.1, Unit::KilogramPerSquareMetre),
            (key, "body_fat", 21.4, Unit::Percent),
        ]
    );
    let first = records(&seen.all)[0];
    assert_eq!((first.start.to_iso().as_str(), first.offset), ("2026-03-04T15:10:00.000Z", PST));
    assert_eq!((first.day.to_string().as_str(), json!(first.source_data)), ("2026-03-04", json!({"source": "Aria"})));
}

#[test]
fn a_night_by_hand() {
    let text = include_str!("fixtures/sleep.json");
    let seen = whole(&one("a/sleep-2026-03-01.json", text));
    let [night] = records(&seen.all)[..] else { panic!("one night") };
    let Body::Sleep(sleep) = &night.body else { panic!("a night") };
    assert_eq!((night.key.as_str(), night.day.to_string().as_str()), ("4412345678", "2026-03-04"));
    assert_eq!((night.start.to_iso().as_str(), night.offset), ("2026-03-04T07:31:00.000Z", PST));
    assert_eq!(night.end.map(Time::to_iso).as_deref(), Some("2026-03-04T08:31:00.000Z"));
    assert_eq!((sleep.main, sleep.asleep_s, sleep.awake_s), (false, Some(3000.0), Some(600.0)));
    assert_eq!((sleep.light_s, sleep.deep_s, sleep.rem_s), (Some(1800.0), Some(1200.0), Some(0.0)));
    let stages: Vec<_> = sleep
        .stages
        .iter()
        .map(|s| (s.kind, s.start.since_ms(night.start) / 60_000, s.end.since_ms(s.start) / 60_000))
        .collect();
    assert_eq!(
        stages,
        [
            (StageKind::Light, 0, 10),
            (StageKind::Awake, 10, 1),
            (StageKind::Light, 11, 19),
            (StageKind::Deep, 30, 20),
            (StageKind::Awake, 50, 10),
        ]
    );
    assert_eq!(seen.summary.rejected().get("sleep: no startTime or endTime"), Some(&1));
}

#[test]
fn workouts_and_daily_values() {
    let text = include_str!("fixtures/exercise.json");
    let seen = whole(&one("a/exercise-0.json", text));
    let [run, curling] = records(&seen.all)[..] else { panic!("two workouts") };
    let Body::Activity(told) = &run.body else { panic!("a workout") };
    assert_eq!((run.key.as_str(), run.device.as_deref(), run.offset), ("51033094968", Some("Charge 6"), PST));
    assert_eq!(run.end.map(Time::to_iso).as_deref(), Some("2026-03-04T16:41:10.000Z"));
    assert_eq!((told.kind.as_str(), told.duration_s, told.distance_m), ("running", Some(2401.0), Some(7012.0)));
    assert_eq!((told.steps, told.calories, told.heart_rate_avg), (Some(6810.0), Some(389.0), Some(149.0)));
    assert_eq!(run.source_data.get("logType"), Some(&json!("tracker")));
    let Body::Activity(told) = &curling.body else { panic!("a workout") };
    assert_eq!((told.kind.as_str(), curling.end), ("other:Curling", None));

    let resting = r#"[{"dateTime":"03/04/26 00:00:00","value":{"date":"03/04/26","value":58.25,"error":6.7}},
        {"dateTime":"03/05/26 00:00:00","value":{"date":null,"value":0.0,"error":0.0}}]"#;
    let seen = whole(&one("a/resting_heart_rate-2026-01-01.json", resting));
    let [day] = records(&seen.all)[..] else { panic!("one day") };
    let Body::HeartRateDay(told) = &day.body else { panic!("a day") };
    assert_eq!(
        (day.key.as_str(), told.resting, day.start.to_iso().as_str()),
        ("2026-03-04", Some(58.25), "2026-03-04T08:00:00.000Z")
    );
    assert_eq!(seen.summary.rejected().len(), 0);

    let vo2 =
        r#"[{"dateTime":"03/04/26 00:00:00","value":{"demographicVO2Max":44.1,"filteredDemographicVO2Max":44.5}}]"#;
    let seen = whole(&one("a/demographic_vo2_max-2026-01-01.json", vo2));
    let Body::Reading { metric: Metric::Vo2Max, quantity } = &records(&seen.all)[0].body else { panic!("a VO2max") };
    assert_eq!(Some(*quantity), Quantity::new(Metric::Vo2Max, 44.5, Unit::MillilitrePerKilogramMinute));
}

#[test]
fn tables_of_the_night() {
    let table = |name: &str, text: &str| whole(&one(&format!("Takeout/Fitbit/X/{name}"), text)).all;
    let seen = table(
        "Minute SpO2 - 2026-03-04.csv",
        "timestamp,value\n2026-03-04T08:00:00Z,96.2\n2026-03-04T08:01:00Z,50.0\n2026-03-04T08:02:00Z,50.5\n",
    );
    let at = |minute: &str| format!("2026-03-04T08:{minute}:00.000Z");
    assert_eq!(values(&seen, Metric::BloodOxygen), [(at("00"), 96.2), (at("02"), 50.5)]);

    let seen = table(
        "Daily SpO2 - 2026-03-01-2026-03-31.csv",
        "timestamp,average_value,lower_bound,upper_bound\n2026-03-04T00:00:00Z,96.1,93,98\n",
    );
    let [mean] = samples(&seen, Metric::BloodOxygen)[..] else { panic!("one mean") };
    assert_eq!(
        (mean.context.as_deref(), mean.offset, mean.start.to_iso().as_str()),
        (Some("daily_average"), None, "2026-03-04T00:00:00.000Z")
    );

    let seen = table(
        "Heart Rate Variability Details - 2026-03-04.csv",
        "timestamp,rmssd,coverage,low_frequency,high_frequency\n2026-03-04T00:05:00,41.2,0.98,1,2\n2026-03-04T00:10:00,0,0,0,0\n",
    );
    assert_eq!(values(&seen, Metric::HrvRmssd), [("2026-03-04T08:05:00.000Z".to_owned(), 41.2)]);
    let seen = table(
        "Daily Heart Rate Variability Summary - 2026-03-(4).csv",
        "timestamp,rmssd,nremhr,entropy\n2026-03-04T00:00:00,43.5,56,2.9\n",
    );
    assert_eq!(values(&seen, Metric::HrvRmssd), [("2026-03-04T00:00:00.000Z".to_owned(), 43.5)]);
    let seen = table(
        "Daily Respiratory Rate Summary - 2026-03-04.csv",
        "timestamp,daily_respiratory_rate\n2026-03-04T00:00:00,15.2\n",
    );
    assert_eq!(values(&seen, Metric::RespiratoryRate), [("2026-03-04T00:00:00.000Z".to_owned(), 15.2)]);
    let seen = table(
        "Computed Temperature - 2026-03-01.csv",
        "type,sleep_start,sleep_end,temperature_samples,nightly_temperature\nSKIN,2026-03-03T23:31,2026-03-04T07:02,400,33.9\n\
         CORE,2026-03-03T23:31,2026-03-04T07:02,400,36.9\n",
    );
    let [night] = samples(&seen, Metric::SkinTemperature)[..] else { panic!("one night") };
    assert_eq!((night.value, night.start.to_iso().as_str()), (33.9, "2026-03-04T07:31:00.000Z"));
    assert_eq!(night.end.map(Time::to_iso).as_deref(), Some("2026-03-04T15:02:00.000Z"));
}

#[test]
fn a_second_telling_and_other_files_are_left_out() {
    let seen = whole(&zipped(&[
        ("Takeout/Fitbit/Global Export Data/heart_rate-2026-03-04.json", RATE),
        ("Takeout/Fitbit/Physical Activity_GoogleData/heart_rate_2026-03-04.csv", "timestamp,beats per minute\n"),
        ("Takeout/Fitbit/Global Export Data/badge.json", "[{\"encodedId\":\"x\"}]"),
        ("Takeout/Fitbit/Global Export Data/heart_rate-notes.json", "[]"),
    ]));
    assert_eq!(seen.all.len(), 2);
    assert_eq!(seen.summary.left_out().get("files of a second telling of the same data"), Some(&1));
}

#[test]
fn a_damaged_file_is_counted_and_the_others_go_on() {
    let run = r#"[{"logId":1,"activityName":"Run","duration":60000,"startTime":"03/04/26 16:00:00"}]"#;
    let seen = whole(&zipped(&[
        ("heart_rate-2026-03-04.json", "[{\"dateTime\":\"03/04/26 08:00:06\",\"value\":{\"bpm\":61}},<html>"),
        ("exercise-0.json", run),
    ]));
    assert_eq!(samples(&seen.all, Metric::HeartRate).len(), 1);
    let only: Vec<_> = seen.all.iter().filter(|o| matches!(o, hilum_model::Observation::Record(_))).cloned().collect();
    assert_eq!(activity(&only).1.kind, "running");
    assert_eq!(seen.summary.rejected().get("a file of the archive that is damaged or of another form"), Some(&1));
}

#[test]
fn a_cut_archive_gives_what_arrived() {
    let bytes = zipped(&[("heart_rate-2026-03-04.json", RATE), ("heart_rate-2026-03-05.json", RATE)]);
    let seen = read(&bytes[..bytes.len() / 2]);
    assert!(matches!(seen.ended, Err(FileError::Truncated { .. })), "{:?}", seen.ended);
    assert!(samples(&seen.all, Metric::HeartRate).len() >= 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn random_damage_is_no_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = one("a/heart_rate-2026-03-04.json", RATE);
        for (at, value) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *value;
        }
        let _ = read(&bytes);
    }

    #[test]
    fn damaged_lists_are_no_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = RATE.as_bytes().to_vec();
        for (at, value) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *value;
        }
        let text = String::from_utf8_lossy(&bytes);
        let _ = read(&one("a/heart_rate-2026-03-04.json", &text));
        let _ = read(&one("a/sleep-2026-03-04.json", &text));
        let _ = read(&one("a/exercise-1.json", &text));
    }
}

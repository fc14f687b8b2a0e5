use hilum_model::observation::ActivityDay;
use hilum_model::{Body, Metric, Offset, Time, Unit};
use proptest::prelude::*;
use serde_json::json;

use crate::Format;
use crate::testing::{Seen, activity, read, records, samples, values, whole, zipped};

fn one(name: &str, text: &str) -> Seen {
    let seen = whole(&zipped(&[
        ("data_MAD_1/aggregates_elevation.csv", "date,value\n"),
        ("data_MAD_1/height.csv", "Date,\"Height (m)\",Comments\n"),
        (name, text),
    ]));
    assert_eq!(seen.format, Some(Format::WithingsArchive));
    seen
}

#[test]
fn weighings_in_the_units_of_the_header() {
    let seen = one(
        "weight.csv",
        "Date,\"Weight (kg)\",\"Fat mass (kg)\",\"Bone mass (kg)\",\"Muscle mass (kg)\",\"Hydration (kg)\",Comments\n\
         \"2026-03-04 07:10:00\",78.45,16.8,3.1,58.5,44.2,\"private\"\n\"2026-03-05 07:10:00\",78.1,,,,,\nno date,1,,,,,\n",
    );
    let told: Vec<_> = records(&seen.all)
        .iter()
        .map(|r| {
            let Body::Reading { metric, quantity } = &r.body else { panic!("a reading") };
            (r.day.to_string(), metric.name(), quantity.value)
        })
        .collect();
    let day = |d: &str| format!("2026-03-0{d}");
    assert_eq!(
        told,
        [
            (day("4"), "weight", 78.45),
            (day("4"), "bone_mass", 3.1),
            (day("4"), "muscle_mass", 58.5),
            (day("4"), "body_water", 44.2),
            (day("5"), "weight", 78.1),
        ]
    );
    let first = records(&seen.all)[0];
    // 07:10 as if UTC: 1 772 582 400 + 25 800 s.
    assert_eq!((first.key.as_str(), first.offset), ("at-1772608200", None));
    assert_eq!(json!(first.source_data), json!({"fat_mass_kg": 16.8}));
    assert_eq!(seen.summary.rejected().get("weight: no date"), Some(&1));

    let seen = one("weight.csv", "Date,\"Weight (lb)\",Comments\n\"2026-03-04 07:10:00\",100,\n");
    let Body::Reading { quantity, .. } = &records(&seen.all)[0].body else { panic!("a weight") };
    assert_eq!((quantity.received_unit, quantity.value), (Unit::Pound, 45.359_237));
    let seen = one("h/height.csv", "Date,\"Height (cm)\"\n2026-03-04 07:10:00,181\n2026-03-04 07:10:00,5' 10''\n");
    let Body::Reading { quantity, .. } = &records(&seen.all)[0].body else { panic!("a height") };
    assert_eq!((quantity.value, seen.summary.rejected().len()), (1810.0, 1));
}

#[test]
fn pressures_and_pulses() {
    let seen = one(
        "bp.csv",
        "Date,\"Heart rate\",Systolic,Diastolic,Comments\n\"2026-03-04 07:12:00\",61,118,76,\n\"2026-03-04 08:15:00\",58,,,\n\
         \"2026-03-04 09:00:00\",,118,,\n",
    );
    let [pressure] = records(&seen.all)[..] else { panic!("one pressure") };
    assert_eq!(pressure.body, Body::BloodPressure { systolic: 118.0, diastolic: 76.0, heart_rate: Some(61.0) });
    assert_eq!(values(&seen.all, Metric::HeartRate), [("2026-03-04T08:15:00.000Z".to_owned(), 58.0)]);
    assert_eq!(seen.summary.rejected().get("bp: neither pressures nor a heart rate"), Some(&1));
}

#[test]
fn nights() {
    let seen = one(
        "sleep.csv",
        "from,to,\"light (s)\",\"deep (s)\",\"rem (s)\",\"awake (s)\",\"wake up\",\"Duration to sleep (s)\",\
         \"Duration to wake up (s)\",\"Snoring (s)\",\"Snoring episodes\",\"Average heart rate\",\"Heart rate (min)\",\
         \"Heart rate (max)\",\"Night events\"\n\
         2026-03-03T23:31:00+01:00,2026-03-04T07:02:00+01:00,14040,4260,5820,2940,2,600,120,30,1,56,49,88,\n,2026-03-04T07:02:00+01:00\n",
    );
    let [night] = records(&seen.all)[..] else { panic!("one night") };
    let Body::Sleep(sleep) = &night.body else { panic!("a night") };
    assert_eq!((night.start.to_iso().as_str(), night.offset), ("2026-03-03T22:31:00.000Z", Some(Offset(60))));
    assert_eq!(night.day.to_string(), "2026-03-04");
    // 14040 + 4260 + 5820.
    assert_eq!((sleep.asleep_s, sleep.awake_s, sleep.wakeups), (Some(24_120.0), Some(2940.0), Some(2.0)));
    assert_eq!((sleep.to_fall_asleep_s, sleep.after_wakeup_s), (Some(600.0), Some(120.0)));
    assert_eq!((sleep.heart_rate_avg, sleep.heart_rate_min), (Some(56.0), Some(49.0)));
    assert_eq!(json!(night.source_data), json!({"snoring_s": 30.0, "snoring_episodes": 1.0, "heart_rate_max": 88.0}));
}

#[test]
fn workouts() {
    let seen = one(
        "activities.csv",
        "from,to,\"from (manual)\",\"to (manual)\",Timezone,\"Activity type\",Data,GPS,Modified\n\
         2026-03-04T17:00:00+01:00,2026-03-04T17:41:10+01:00,,,Europe/Berlin,Running,\
         \"{\"\"calories\"\":389,\"\"steps\"\":6810,\"\"distance\"\":7012,\"\"hr_average\"\":149,\"\"hr_max\"\":171,\
         \"\"pause_duration\"\":70,\"\"intensity\"\":50}\",[],2026-03-05T00:00:00+01:00\n",
    );
    let (record, run) = activity(&seen.all);
    assert_eq!((record.start.to_iso().as_str(), record.offset), ("2026-03-04T16:00:00.000Z", Some(Offset(60))));
    // 2470 s less 70 s of pause.
    assert_eq!((run.kind.as_str(), run.duration_s, run.distance_m), ("running", Some(2400.0), Some(7012.0)));
    assert_eq!((run.steps, run.calories, run.heart_rate_avg), (Some(6810.0), Some(389.0), Some(149.0)));
    assert_eq!(json!(record.source_data), json!({"intensity": 50}));
}

#[test]
fn series() {
    let seen = one(
        "raw_hr_hr.csv",
        "start,duration,value\n2026-03-04T09:22:00+01:00,\"[60,60,30]\",\"[71,0,74]\"\n2026-03-04T10:00:00+01:00,60,70\n\
         2026-03-04T11:00:00+01:00,\"[60,60]\",[70]\n",
    );
    let at = |t: &str| format!("2026-03-04T{t}.000Z");
    assert_eq!(
        values(&seen.all, Metric::HeartRate),
        [(at("08:22:00"), 71.0), (at("08:24:00"), 74.0), (at("09:00:00"), 70.0)]
    );
    assert_eq!(seen.summary.rejected().get("raw: as many durations as values are not there"), Some(&1));
    let seen = one("raw_tracker_steps.csv", "start,duration,value\n2026-03-04T09:22:00+01:00,[120],[64]\n");
    let [steps] = samples(&seen.all, Metric::Steps)[..] else { panic!("one interval") };
    assert_eq!(
        (steps.value, steps.end.map(Time::to_iso), steps.offset),
        (64.0, Some(at("08:24:00")), Some(Offset(60)))
    );
    let seen = one("raw_bed_hr.csv", "start,duration,value\n2026-03-04T02:00:00+01:00,[60],[51]\n");
    assert_eq!(samples(&seen.all, Metric::HeartRate)[0].context.as_deref(), Some("bed"));
    let seen = one("raw_spo2_auto_spo2.csv", "start,duration,value\n2026-03-04T02:00:00+01:00,[60],[96]\n");
    assert_eq!(samples(&seen.all, Metric::BloodOxygen).len(), 1);
    let seen = one("raw_location_latitude.csv", "start,duration,value\n2026-03-04T02:00:00+01:00,[60],[44.1]\n");
    assert_eq!(seen.all, []);
}

#[test]
fn days_are_put_together() {
    let seen = whole(&zipped(&[
        ("aggregates_steps.csv", "date,value\n2026-03-04,9312\n2026-03-05,812\n"),
        ("aggregates_distance.csv", "date,value\n2026-03-04,6710\n"),
        ("aggregates_calories_earned.csv", "date,value\n2026-03-04,420.5\n2026-03-06,7\n"),
        ("aggregates_calories_passive.csv", "date,value\n2026-03-04,1650\n"),
        ("aggregates_elevation.csv", "date,value\n2026-03-04,4\nyesterday,4\n2026-03-04,-1\n"),
    ]));
    let days = records(&seen.all);
    assert_eq!(days.iter().map(|d| d.key.as_str()).collect::<Vec<_>>(), ["2026-03-04", "2026-03-05", "2026-03-06"]);
    assert_eq!(
        days[0].body,
        Body::ActivityDay(ActivityDay {
            steps: Some(9312.0),
            distance_m: Some(6710.0),
            calories: Some(2070.5),
            active_calories: Some(420.5),
            floors: Some(4.0),
            ..ActivityDay::default()
        })
    );
    assert_eq!(days[1].body, Body::ActivityDay(ActivityDay { steps: Some(812.0), ..ActivityDay::default() }));
    assert_eq!(seen.summary.rejected().len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn random_damage_is_no_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = b"start,duration,value,from,to,date,data\n2026-03-04T09:22:00+01:00,\"[60,60]\",\"[71,72]\",\
            2026-03-04T09:22:00+01:00,2026-03-04T09:22:00+01:00,2026-03-04,\"{\"\"steps\"\":1}\"\n"
            .to_vec();
        for (at, value) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *value;
        }
        let text = String::from_utf8_lossy(&bytes);
        let names = ["raw_hr_hr.csv", "sleep.csv", "activities.csv", "aggregates_steps.csv", "weight.csv", "bp.csv"];
        let _ = read(&zipped(&names.map(|name| (name, text.as_ref()))));
    }
}

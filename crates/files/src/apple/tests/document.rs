use hilum_model::observation::Activity;
use hilum_model::{Body, Kind, Metric, Offset, Sample, StageKind, Time, Unit};
use serde_json::json;

use super::{EXPORT, Read, read};

fn export() -> Read {
    let read = read(EXPORT.as_bytes());
    assert!(read.outcome.error.is_none(), "{:?}", read.outcome.error);
    read
}

/// (start, end, value, unit, device, context) of a sample.
fn told(sample: &Sample) -> (String, Option<String>, f64, Unit, &str, Option<&str>) {
    (
        sample.start.to_iso(),
        sample.end.map(Time::to_iso),
        sample.value,
        sample.unit,
        sample.device.as_deref().unwrap_or_default(),
        sample.context.as_deref(),
    )
}

#[test]
fn quantities_keep_value_and_unit() {
    let export = export();
    let only = |metric| told(export.samples(metric)[0]);
    let steps: Vec<_> = export.samples(Metric::Steps).into_iter().map(told).collect();
    let minute =
        |day: &str, end: &str| (format!("2026-03-{day}T07:00:00.000Z"), Some(format!("2026-03-{day}T{end}:00.000Z")));
    let expected = [
        ("Anna’s Watch", "03", "07:01", 10.0),
        ("Anna’s Watch", "04", "07:01", 64.0),
        ("Anna’s iPhone", "04", "07:10", 600.0),
    ]
    .map(|(device, day, end, value)| {
        let (start, end) = minute(day, end);
        (start, end, value, Unit::Count, device, None)
    });
    assert_eq!(steps, expected);
    let distances: Vec<_> =
        export.samples(Metric::Distance).into_iter().map(|s| (s.context.as_deref(), s.value, s.unit)).collect();
    assert_eq!(distances, [(Some("cycling"), 3.0, Unit::Kilometre), (Some("walking_running"), 0.5, Unit::Mile)]);
    assert_eq!((only(Metric::ActiveEnergy).2, only(Metric::ActiveEnergy).3), (41.84, Unit::Kilojoule));
    assert_eq!((only(Metric::BloodOxygen).2, only(Metric::BloodOxygen).3), (0.97, Unit::Fraction));
    assert_eq!((only(Metric::WaterIntake).2, only(Metric::WaterIntake).3), (8.0, Unit::FluidOunceUs));
    assert_eq!((only(Metric::InsulinDose).2, only(Metric::InsulinDose).5), (4.5, Some("bolus")));
    assert_eq!((only(Metric::HrvSdnn).2, only(Metric::HrvSdnn).1), (48.5, Some("2026-03-04T02:01:00.000Z".into())));
    assert!(export.samples(Metric::HrvRmssd).is_empty());
}

#[test]
fn the_zone_of_recording_goes_before_the_phones() {
    let export = export();
    let rates: Vec<_> = export
        .samples(Metric::HeartRate)
        .into_iter()
        .map(|s| (s.start.to_iso(), s.offset, s.context.as_deref()))
        .collect();
    // In February New York is five hours behind, whatever the phone had in March.
    assert_eq!(
        rates,
        [
            ("2026-02-10T07:00:03.000Z".to_owned(), Some(Offset(-300)), None),
            ("2026-03-04T07:00:03.000Z".to_owned(), Some(Offset(60)), Some("sedentary")),
        ]
    );
}

#[test]
fn readings() {
    let export = export();
    let reading = |kind| {
        let records = export.records(kind);
        let Body::Reading { quantity, .. } = records[0].body else { panic!("a reading") };
        (quantity.received, quantity.received_unit, quantity.value, records[0].day.to_string())
    };
    let day = || "2026-03-04".to_owned();
    // 160 lb of 0.45359237 kg; 5.75 ft of 304.8 mm; 98.6 F; 5 mmol/L of 18.0156 mg/dL.
    assert_eq!(reading(Kind::Weight), (160.0, Unit::Pound, 72.574_779_2, day()));
    assert_eq!(reading(Kind::BodyFat), (0.215, Unit::Fraction, 21.5, day()));
    assert_eq!(reading(Kind::Bmi), (23.1, Unit::KilogramPerSquareMetre, 23.1, day()));
    assert_eq!(reading(Kind::Height), (5.75, Unit::Foot, 1752.6, "2026-01-01".to_owned()));
    assert_eq!(reading(Kind::BloodGlucose), (5.0, Unit::MillimolePerLitre, 90.078, day()));
    assert_eq!(reading(Kind::Vo2Max), (41.2, Unit::MillilitrePerKilogramMinute, 41.2, day()));
    assert_eq!(export.records(Kind::Weight)[0].device.as_deref(), Some("Scale & Co"));
    assert_eq!(export.records(Kind::Height)[0].source_data.get("manual"), Some(&json!(true)));
    assert_eq!(export.records(Kind::BloodGlucose)[0].source_data.get("context"), Some(&json!("before_meal")));
    let temperatures = export.records(Kind::BodyTemperature);
    assert_eq!(temperatures.len(), 2);
    assert_ne!(temperatures[0].key, temperatures[1].key);
    assert_eq!(reading(Kind::BodyTemperature), (98.6, Unit::Fahrenheit, 37.0, day()));
    let resting = export.records(Kind::HeartRateDay);
    assert!(matches!(&resting[0].body, Body::HeartRateDay(day) if day.resting == Some(54.0)));
    assert_eq!((resting.len(), resting[0].day.to_string()), (1, day()));
}

#[test]
fn a_blood_pressure_is_one_observation() {
    let export = export();
    let told: Vec<_> = export
        .records(Kind::BloodPressure)
        .into_iter()
        .map(|r| (r.device.as_deref(), r.start.to_iso(), r.body.clone()))
        .collect();
    let pressure = |systolic, diastolic| Body::BloodPressure { systolic, diastolic, heart_rate: None };
    assert_eq!(
        told,
        [
            (Some("Cuff"), "2026-03-04T06:20:00.000Z".to_owned(), pressure(122.0, 78.0)),
            (Some("Old cuff"), "2025-03-04T06:20:00.000Z".to_owned(), pressure(130.0, 85.0)),
        ]
    );
    assert_eq!(export.outcome.summary.rejected()["blood pressure: one half is missing"], 1);
}

#[test]
fn meals() {
    let export = export();
    let meals: Vec<_> = export
        .records(Kind::Meal)
        .into_iter()
        .map(|r| match &r.body {
            Body::Meal(meal) => meal,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(meals.len(), 2);
    assert_eq!((meals[0].name.as_deref(), meals[0].kind.as_deref()), (Some("Soup \"of the day\""), Some("lunch")));
    assert_eq!((meals[0].calories, meals[0].nutrients.get("sodium")), (Some(350.0), Some(&420.0)));
    // No correlation: what one source tells of one time is one meal; 418.4 kJ are 100 kcal.
    assert_eq!((meals[1].calories, meals[1].protein_g, &meals[1].name), (Some(100.0), Some(12.0), &None));
}

#[test]
fn sleeps() {
    let export = export();
    let sleeps: Vec<_> = export
        .records(Kind::Sleep)
        .into_iter()
        .map(|r| match &r.body {
            Body::Sleep(sleep) => (r, sleep),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(sleeps.len(), 3);
    let (record, night) = sleeps[0];
    assert_eq!(record.device.as_deref(), Some("Anna’s Watch"));
    assert_eq!(record.start.to_iso(), "2026-03-03T22:52:00.000Z");
    assert_eq!(record.end.map(Time::to_iso).as_deref(), Some("2026-03-04T05:30:00.000Z"));
    assert_eq!((record.day.to_string().as_str(), record.offset), ("2026-03-04", Some(Offset(60))));
    // 39 minutes deep, 30 REM, 5 awake, 324 core.
    let minutes = |s: Option<f64>| s.map(|s| s / 60.0);
    assert_eq!(minutes(night.asleep_s), Some(393.0));
    assert_eq!(
        (minutes(night.deep_s), minutes(night.rem_s), minutes(night.light_s)),
        (Some(39.0), Some(30.0), Some(324.0))
    );
    assert_eq!((minutes(night.awake_s), night.in_bed_s, night.main), (Some(5.0), None, true));
    let stages: Vec<_> = night.stages.iter().map(|s| s.kind).collect();
    assert_eq!(stages, [StageKind::Deep, StageKind::Rem, StageKind::Awake, StageKind::Light]);
    let (_, nap) = sleeps[1];
    assert_eq!((minutes(nap.asleep_s), nap.main, nap.deep_s), (Some(25.0), false, None));
    // The phone only knows that the person lay in bed.
    let (phone, bed) = sleeps[2];
    assert_eq!(phone.device.as_deref(), Some("Anna’s iPhone"));
    assert_eq!((minutes(bed.in_bed_s), bed.asleep_s, bed.main), (Some(465.0), None, false));
}

#[test]
fn workouts() {
    let export = export();
    let activity = |wanted: &str| {
        let records = export.records(Kind::Activity);
        let find = |r: &&&hilum_model::Record| matches!(&r.body, Body::Activity(a) if a.kind == wanted);
        let record = *records.iter().find(find).expect(wanted);
        let Body::Activity(activity) = &record.body else { panic!("an activity") };
        (record.clone(), activity.clone())
    };
    let (record, run) = activity("running");
    assert_eq!(
        run,
        Activity {
            kind: "running".into(),
            // 41.16 minutes.
            duration_s: Some(2469.6),
            distance_m: Some(7012.0),
            calories: Some(389.0),
            heart_rate_avg: Some(149.0),
            heart_rate_min: Some(98.0),
            heart_rate_max: Some(171.0),
            elevation_gain_m: Some(52.5),
            ..Activity::default()
        }
    );
    assert_eq!(record.source_data.get("indoor"), Some(&json!(false)));
    assert_eq!(record.source_data.get("events"), Some(&json!([{ "type": "pause", "at": "2026-03-04T16:20:00.000Z" }])));
    let (old, gym) = activity("weight_training");
    // 2 mi, 836.8 kJ.
    assert_eq!((gym.duration_s, gym.distance_m, gym.calories), (Some(1800.0), Some(3218.688), Some(200.0)));
    let speeds: Vec<_> = export.samples(Metric::Speed).into_iter().map(|s| (s.start.to_iso(), s.value)).collect();
    assert_eq!(speeds, [("2018-06-01T08:00:02.000Z".to_owned(), 1.5)]);
    let latitudes = export.samples(Metric::Latitude);
    assert_eq!(latitudes.iter().map(|s| s.value).collect::<Vec<_>>(), [52.5, 52.6]);
    assert_eq!(latitudes[0].context.as_deref(), Some(&*old.key));
    assert_eq!(activity("meditation").1.duration_s, Some(300.0));
}

#[test]
fn days_and_what_is_left_out() {
    let export = export();
    let days = export.records(Kind::ActivityDay);
    assert_eq!(days.len(), 1);
    assert_eq!(days[0].day.to_string(), "2026-03-04");
    // 51 minutes.
    assert!(
        matches!(&days[0].body, Body::ActivityDay(d) if d.active_calories == Some(512.3) && d.duration_s == Some(3060.0))
    );
    assert_eq!(days[0].source_data.get("appleStandHours"), Some(&json!(13.0)));
    let summary = &export.outcome.summary;
    let left_out: Vec<_> = summary.left_out().iter().map(|(what, n)| (*what, *n)).collect();
    assert_eq!(left_out, [("days without activity", 1), ("lists of single beats", 1), ("medical records", 1)]);
    let unknown: Vec<_> = summary.unknown().iter().map(|(what, n)| (what.as_str(), *n)).collect();
    assert_eq!(unknown, [("Audiogram", 1), ("HKCategoryTypeIdentifierAppleStandHour", 1)]);
    let rejected: Vec<_> = summary.rejected().keys().map(String::as_str).collect();
    assert_eq!(
        rejected,
        [
            "HKQuantityTypeIdentifierHeartRate: times not understood",
            "HKQuantityTypeIdentifierHeartRate: value or unit not understood",
            "blood pressure: one half is missing",
            "track: point without time or place",
        ]
    );
    assert_eq!(summary.observations(), export.observations().count() as u64);
    let facts = &export.batches[0].0.facts;
    assert_eq!(facts.gender.as_deref(), Some("female"));
    assert!(facts.devices.iter().any(|d| d == "Anna’s Watch") && facts.devices.iter().any(|d| d == "Scale & Co"));
}

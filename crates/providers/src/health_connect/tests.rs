use hilum_model::{Body, Metric, Observation, Record, Sample, StageKind, Unit};

use super::*;

fn post(zone: Option<&str>) -> Batch {
    let context = Context { received: Time::from_unix_s(1_772_700_000), time_zone: zone.map(str::to_owned) };
    parse(include_bytes!("fixtures/post.json"), &context).expect("documented form")
}

fn sample(batch: &Batch, metric: Metric) -> Sample {
    let of = |o: &Observation| if let Observation::Sample(s) = o { Some(s.clone()) } else { None };
    batch.observations.iter().filter_map(of).find(|s| s.metric == metric).expect("a sample")
}

fn record(batch: &Batch, key: &str) -> Record {
    let of = |o: &Observation| if let Observation::Record(r) = o { Some((**r).clone()) } else { None };
    batch.observations.iter().filter_map(of).find(|r| r.key.starts_with(key)).expect("a record")
}

#[test]
fn series() {
    let batch = post(None);
    let steps = sample(&batch, Metric::Steps);
    assert_eq!((steps.value, steps.end.map(|e| e.since_ms(steps.start))), (64.0, Some(60_000)));
    assert_eq!(steps.offset, None, "the format tells none, and none is invented");
    assert_eq!(Some(sample(&batch, Metric::HrvRmssd).value), Some(43.1));
    assert_eq!(sample(&batch, Metric::WaterIntake).unit, Unit::Litre);
    assert_eq!(Some(sample(&batch, Metric::SkinTemperatureDelta).value), Some(-0.2));
    assert!((sample(&batch, Metric::SkinTemperature).value - 33.9).abs() < 1e-9);
    assert_ne!(Some(sample(&batch, Metric::TotalEnergy).value), Some(sample(&batch, Metric::ActiveEnergy).value));
    assert_eq!(sample(&post(Some("Europe/Berlin")), Metric::Steps).offset, Some(Offset(60)), "the person's own zone");
}

#[test]
fn nights() {
    let batch = post(Some("Europe/Berlin"));
    let night = record(&batch, "sleep:");
    // 27,060 s before 06:02 UTC is 22:31 of the day before; it counts for the day on which it ends.
    assert_eq!(
        (night.start.to_iso().as_str(), night.day.to_string().as_str()),
        ("2026-03-03T22:31:00.000Z", "2026-03-04")
    );
    let Body::Sleep(sleep) = night.body else { panic!("a sleep") };
    assert_eq!(
        (sleep.light_s, sleep.deep_s, sleep.rem_s, sleep.awake_s),
        (Some(1260.0), Some(2340.0), Some(22_860.0), Some(600.0))
    );
    // 1260 + 2340 + 22860.
    assert_eq!((sleep.asleep_s, sleep.in_bed_s), (Some(26_460.0), Some(27_060.0)));
    assert_eq!(
        sleep.stages.iter().map(|s| s.kind).collect::<Vec<_>>(),
        [StageKind::Light, StageKind::Deep, StageKind::Awake, StageKind::Rem]
    );
}

#[test]
fn readings_and_workouts() {
    let batch = post(None);
    let Body::Reading { quantity, .. } = record(&batch, "blood_glucose:").body else { panic!("a reading") };
    // 5.4 mmol/L of 18.0156 mg/dL.
    assert_eq!((quantity.received, quantity.value), (5.4, 97.284_24));
    let Body::Activity(run) = record(&batch, "exercise:1772640000000").body else { panic!("an activity") };
    assert_eq!((run.kind.as_str(), run.steps, run.cadence_avg), ("running", Some(6810.0), Some(165.0)));
    let Body::Activity(other) = record(&batch, "exercise:17727264").body else { panic!("an activity") };
    assert_eq!((other.kind.as_str(), other.duration_s), ("other:999", Some(1800.0)));
    let Body::Meal(meal) = record(&batch, "nutrition:").body else { panic!("a meal") };
    assert_eq!((meal.name.as_deref(), meal.calories, meal.protein_g), (Some("Lentil soup"), Some(310.0), Some(17.0)));
    let Body::HeartRateDay(day) = record(&batch, "resting_heart_rate:").body else { panic!("a day") };
    assert_eq!(day.resting, Some(57.0));
}

#[test]
fn odd_items_are_left_out_alone() {
    assert_eq!(post(None).rejected, ["steps[1]: no time or value"]);
    let context = Context { received: Time(0), time_zone: None };
    for bad in ["", "[]", "{}", r#"{"data":{}}"#, "<html>"] {
        assert!(parse(bad.as_bytes(), &context).is_err(), "{bad}");
    }
}

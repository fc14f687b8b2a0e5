use hilum_model::observation::{Activity, Sleep};
use hilum_model::{Body, Metric, Observation, Record, Sample, Time, Unit};

use super::*;

fn post() -> Batch {
    let context = Context { received: Time::from_unix_s(1_772_700_000), time_zone: None };
    parse(include_bytes!("fixtures/post.json"), &context).expect("documented form")
}

fn samples(batch: &Batch, metric: Metric) -> Vec<&Sample> {
    let mut found = Vec::new();
    for observation in &batch.observations {
        match observation {
            Observation::Sample(sample) if sample.metric == metric => found.push(sample),
            _ => {}
        }
    }
    found
}

fn records(batch: &Batch) -> Vec<&Record> {
    let mut found = Vec::new();
    for observation in &batch.observations {
        if let Observation::Record(record) = observation {
            found.push(&**record);
        }
    }
    found
}

#[test]
fn samples_keep_their_unit_source_and_zone() {
    let batch = post();
    let steps = samples(&batch, Metric::Steps);
    assert_eq!(steps.iter().map(|s| s.value).collect::<Vec<_>>(), [64.0, 12.5]);
    assert_eq!(steps[0].start.to_iso(), "2026-03-04T07:00:00.000Z");
    assert_eq!(steps[0].device.as_deref(), Some("Anna’s Watch"));
    assert_eq!(steps[0].offset.map(|o| o.0), Some(60));
    let heart = samples(&batch, Metric::HeartRate);
    // Two of the day, two of the workout.
    assert_eq!(heart.iter().map(|s| s.value).collect::<Vec<_>>(), [71.0, 70.0, 104.0, 150.0]);
    assert_eq!(heart[0].context.as_deref(), Some("average"), "58 to 88: a mean");
    assert_eq!(heart[1].context, None, "a single beat rate");
    assert_eq!(heart[2].context.as_deref(), Some("9C0F2C9E-0000-4000-8000-0000000000A1"));
    let extremes = |metric| samples(&batch, metric).iter().map(|s| s.value).collect::<Vec<_>>();
    assert_eq!(extremes(Metric::HeartRateMin), [58.0, 98.0, 140.0]);
    assert_eq!(extremes(Metric::HeartRateMax), [88.0, 111.0, 171.0]);
    assert_eq!(samples(&batch, Metric::HeartRateMin)[0].start, heart[0].start);
    let normal = |metric: Metric| {
        let one = samples(&batch, metric)[0];
        one.unit.convert(one.value, metric.unit())
    };
    // 9.63 kJ of 4.184; two miles of 1609.344 m; ten ounces of 29.5735295625 mL.
    for (metric, value) in [
        (Metric::ActiveEnergy, 2.301_625_239_01),
        (Metric::BasalEnergy, 1.2),
        (Metric::Distance, 3218.688),
        (Metric::FloorsClimbed, 3.0),
        (Metric::ExerciseTime, 60.0),
        (Metric::RespiratoryRate, 15.1),
        (Metric::WalkingHeartRate, 96.0),
        (Metric::SkinTemperature, 34.1),
        (Metric::WaterIntake, 295.735_295_625),
        (Metric::InsulinDose, 4.0),
    ] {
        assert_eq!(normal(metric), Some(value), "{}", metric.name());
    }
    let oxygen: Vec<_> = samples(&batch, Metric::BloodOxygen).iter().map(|s| (s.value, s.unit)).collect();
    assert_eq!(oxygen, [(97.0, Unit::Percent), (0.96, Unit::Fraction)]);
    assert_eq!(samples(&batch, Metric::HrvSdnn).len(), 1);
    assert!(samples(&batch, Metric::HrvRmssd).is_empty());
    assert!(samples(&batch, Metric::Speed).is_empty(), "-1 is no speed");
    assert_eq!(samples(&batch, Metric::Latitude).first().map(|s| s.value), Some(52.52));
}

#[test]
fn readings_are_normalised_beside_what_came() {
    let batch = post();
    let reading = |metric: Metric| {
        let of = |r: &&Record| match r.body {
            Body::Reading { metric: m, quantity } if m == metric => Some(quantity),
            _ => None,
        };
        records(&batch).iter().find_map(of).expect("a reading")
    };
    let weight = reading(Metric::Weight);
    // 173 lb of 0.45359237 kg.
    assert_eq!((weight.received, weight.received_unit, weight.value), (173.0, Unit::Pound, 78.471_480_01));
    assert_eq!(Some(reading(Metric::Height).value), Some(1810.0));
    assert_eq!(Some(reading(Metric::BodyFat).value), Some(21.4));
    assert_eq!(Some(reading(Metric::BloodGlucose).value), Some(97.0));
    // 98.6 °F; 33 in of 25.4 mm.
    assert_eq!((reading(Metric::BodyTemperature).value, reading(Metric::WaistCircumference).value), (37.0, 838.2));
    assert_eq!((reading(Metric::Vo2Max).value, reading(Metric::LeanMass).value), (44.0, 61.6));
    let glucose = records(&batch).into_iter().find(|r| r.key.starts_with("blood_glucose")).expect("there");
    assert_eq!(glucose.source_data["mealTime"], "Before Meal");
    let meal = records(&batch).into_iter().find_map(|r| match &r.body {
        Body::Meal(meal) => meal.calories,
        _ => None,
    });
    assert_eq!(meal, Some(100.0), "418.4 kJ");
    assert!(
        records(&batch)
            .iter()
            .any(|r| r.body == Body::BloodPressure { systolic: 122.0, diastolic: 78.0, heart_rate: None })
    );
}

#[test]
fn nights_in_both_forms() {
    let batch = post();
    let sleeps: Vec<(&Record, &Sleep)> = records(&batch)
        .into_iter()
        .filter_map(|r| if let Body::Sleep(s) = &r.body { Some((r, s)) } else { None })
        .collect();
    let (night, sleep) = sleeps[0];
    assert_eq!(
        (night.start.to_iso().as_str(), night.day.to_string().as_str()),
        ("2026-03-03T22:31:00.000Z", "2026-03-04")
    );
    // 6.7 h, 0.82 h, 3.9 h, 1.18 h, 1.62 h; in bed from 23:20 to 07:05 = 7 h 45 min.
    assert_eq!((sleep.asleep_s, sleep.awake_s, sleep.in_bed_s), (Some(24_120.0), Some(2952.0), Some(27_900.0)));
    assert_eq!((sleep.light_s, sleep.deep_s, sleep.rem_s), (Some(14_040.0), Some(4248.0), Some(5832.0)));
    let (nap, sleep) = sleeps[1];
    assert_eq!((nap.start.to_iso().as_str(), sleep.stages.len()), ("2026-03-04T12:00:00.000Z", 2));
    assert_eq!((sleep.asleep_s, sleep.light_s, sleep.deep_s), (Some(1800.0), Some(1200.0), Some(600.0)));
}

#[test]
fn workouts_with_heart_rate_and_unknown_names() {
    let batch = post();
    let activities: Vec<(&Record, &Activity)> = records(&batch)
        .into_iter()
        .filter_map(|r| if let Body::Activity(a) = &r.body { Some((r, a)) } else { None })
        .collect();
    let (run, activity) = activities[0];
    assert_eq!(run.key, "9C0F2C9E-0000-4000-8000-0000000000A1");
    assert_eq!(
        (activity.kind.as_str(), activity.distance_m, activity.calories),
        ("running", Some(7012.0), Some(389.0))
    );
    assert_eq!((activity.duration_s, activity.heart_rate_avg), (Some(2470.0), Some(127.0)), "mean of 104 and 150");
    assert_eq!((activity.heart_rate_min, activity.heart_rate_max), (Some(98.0), Some(171.0)));
    assert_eq!(run.source_data["location"], "Outdoor");
    assert_eq!(activities[1].1.kind, "other:Fencing");
}

#[test]
fn odd_items_are_left_out_alone() {
    let batch = post();
    assert_eq!(batch.rejected, ["step_count[2]: no time, value or known unit", "workouts[2]: no start or end"]);
    let context = Context { received: Time(0), time_zone: None };
    for bad in ["", "[]", "{}", r#"{"data":[]}"#, "<html>"] {
        assert!(parse(bad.as_bytes(), &context).is_err(), "{bad}");
    }
    assert_eq!(parse(br#"{"data":{}}"#, &context), Ok(Batch::default()));
}

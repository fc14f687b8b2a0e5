//! The list `workouts`: one entry a workout, with its heart rate and its route.

use hilum_model::observation::Activity;
use hilum_model::{Batch, Body, Metric, Record, Sample, Unit};
use serde_json::Value;

use super::items;
use super::metrics::with_extremes;
use super::quantity::{quantity, time_at};
use crate::spec::read::{self, Object};

/// Words of the names that people see in Health, and Human API's; the first that fits holds.
const KINDS: [(&str, &str); 18] = [
    ("run", "running"),
    ("walk", "walking"),
    ("cycl", "cycling"),
    ("biking", "cycling"),
    ("swim", "swimming"),
    ("hik", "hiking"),
    ("yoga", "yoga"),
    ("row", "rowing"),
    ("strength", "weight_training"),
    ("elliptical", "elliptical"),
    ("stair", "stair_climbing"),
    ("interval", "hiit"),
    ("pilates", "pilates"),
    ("dance", "dancing"),
    ("tennis", "tennis"),
    ("football", "football"),
    ("soccer", "football"),
    ("ski", "skiing"),
];

/// Members that are normalised.
const TAKEN: [&str; 13] = [
    "id",
    "name",
    "start",
    "end",
    "duration",
    "activeEnergyBurned",
    "distance",
    "heartRateData",
    "heartRateRecovery",
    "route",
    "elevationUp",
    "avgHeartRate",
    "maxHeartRate",
];

/// Reads a workout.
pub(super) fn read(workout: &Object, batch: &mut Batch) -> Option<()> {
    let (start, offset) = time_at(workout, "start")?;
    let (end, _) = time_at(workout, "end").filter(|(end, _)| *end >= start)?;
    let key = read::id_at(workout, "id").unwrap_or_else(|| format!("workout:{}", start.0));
    let name = read::text_at(workout, "name").unwrap_or("unknown");
    let lower = name.to_lowercase();
    let kind = KINDS
        .iter()
        .find(|(word, _)| lower.contains(word))
        .map_or_else(|| format!("other:{name}"), |(_, kind)| (*kind).to_owned());
    let heart = heart(workout, &key, batch);
    let told = |name| quantity(workout, name, Unit::PerMinute);
    track(workout, &key, batch);
    batch.record(Record {
        device: None,
        start,
        end: Some(end),
        offset: Some(offset),
        day: start.civil_day(Some(offset)),
        body: Body::Activity(Activity {
            kind,
            duration_s: read::amount_at(workout, "duration").or_else(|| Some(end.since_ms(start) as f64 / 1000.0)),
            distance_m: quantity(workout, "distance", Unit::Metre),
            calories: quantity(workout, "activeEnergyBurned", Unit::Kilocalorie),
            heart_rate_avg: told("avgHeartRate").or(heart.mean()),
            heart_rate_min: heart.least,
            heart_rate_max: told("maxHeartRate").or(heart.greatest),
            elevation_gain_m: quantity(workout, "elevationUp", Unit::Metre),
            ..Activity::default()
        }),
        source_data: {
            let mut rest = read::beyond(workout, &TAKEN);
            // Series of the workout that are not normalised would be long lists here.
            rest.retain(|_, value| !value.is_array());
            rest.insert("name".to_owned(), Value::from(name));
            rest
        },
        key,
    });
    Some(())
}

/// What the minutes of a workout tell of its heart rate.
#[derive(Default)]
struct Heart {
    sum: f64,
    minutes: f64,
    least: Option<f64>,
    greatest: Option<f64>,
}

impl Heart {
    fn mean(&self) -> Option<f64> {
        (self.minutes > 0.0).then(|| self.sum / self.minutes)
    }
}

/// The heart rate, minute by minute.
fn heart(workout: &Object, key: &str, batch: &mut Batch) -> Heart {
    let mut heart = Heart::default();
    for item in items(workout.get("heartRateData")).iter().filter_map(Value::as_object) {
        let value = read::positive_at(item, "Avg").or_else(|| read::positive_at(item, "qty"));
        let Some(((start, offset), value)) = time_at(item, "date").zip(value) else {
            batch.rejected.push("heartRateData: no time or value".to_owned());
            continue;
        };
        (heart.sum, heart.minutes) = (heart.sum + value, heart.minutes + 1.0);
        let of = |name, better: fn(f64, f64) -> f64, known: Option<f64>| {
            read::positive_at(item, name).into_iter().chain(known).reduce(better)
        };
        heart.least = of("Min", f64::min, heart.least);
        heart.greatest = of("Max", f64::max, heart.greatest);
        let sample = Sample {
            metric: Metric::HeartRate,
            device: None,
            context: Some(key.to_owned()),
            start,
            end: None,
            offset: Some(offset),
            value,
            unit: Unit::PerMinute,
        };
        with_extremes(item, sample, batch);
    }
    heart
}

/// The route.
fn track(workout: &Object, key: &str, batch: &mut Batch) {
    const PARTS: [(&str, Metric, Unit); 4] = [
        ("latitude", Metric::Latitude, Unit::Degree),
        ("longitude", Metric::Longitude, Unit::Degree),
        ("altitude", Metric::Altitude, Unit::Metre),
        ("speed", Metric::Speed, Unit::MetrePerSecond),
    ];
    for place in items(workout.get("route")).iter().filter_map(Value::as_object) {
        let Some((start, offset)) = time_at(place, "timestamp") else {
            batch.rejected.push("route: no timestamp".to_owned());
            continue;
        };
        for (name, metric, unit) in PARTS {
            // A speed below zero means that it is not known.
            let value = read::number_at(place, name).filter(|v| metric != Metric::Speed || *v >= 0.0);
            let Some(value) = value else { continue };
            batch.sample(Sample {
                metric,
                device: None,
                context: Some(key.to_owned()),
                start,
                end: None,
                offset: Some(offset),
                value,
                unit,
            });
        }
    }
}

//! Workouts, found by the device or started by the person.

use hilum_model::observation::Activity;
use hilum_model::{Body, Offset, Record};
use serde_json::{Map, Value};

use super::time;
use crate::error::FileError;
use crate::json;
use crate::members::rejected;
use crate::out::Out;
use crate::table::Row;

/// Withings' words where they are not ours, in lower case.
const WORDS: [(&str, &str); 32] = [
    ("walking", "walking"),
    ("running", "running"),
    ("hiking", "hiking"),
    ("cycling", "cycling"),
    ("bicycling", "cycling"),
    ("swimming", "swimming"),
    ("indoor walk", "indoor_walking"),
    ("indoor run", "indoor_running"),
    ("indoor running", "indoor_running"),
    ("indoor cycling", "indoor_cycling"),
    ("gym class", "gym"),
    ("weights", "weight_training"),
    ("lift weights", "weight_training"),
    ("elliptical", "elliptical"),
    ("rowing", "rowing"),
    ("yoga", "yoga"),
    ("pilates", "pilates"),
    ("tennis", "tennis"),
    ("table tennis", "table_tennis"),
    ("squash", "squash"),
    ("badminton", "badminton"),
    ("basketball", "basketball"),
    ("soccer", "soccer"),
    ("volleyball", "volleyball"),
    ("golf", "golf"),
    ("dancing", "dancing"),
    ("boxing", "boxing"),
    ("climbing", "climbing"),
    ("horse riding", "horse_riding"),
    ("skiing", "skiing"),
    ("multi sport", "multi_sport"),
    ("other", "other"),
];

/// Numbers that are normalised.
const TAKEN: [&str; 10] = [
    "steps",
    "distance",
    "manual_distance",
    "calories",
    "manual_calories",
    "hr_average",
    "hr_min",
    "hr_max",
    "pause_duration",
    "device_startdate",
];

/// A workout. `Data` is a JSON object of numbers.
pub(super) fn activity(row: &Row<'_>, out: &mut Out<'_>) -> Result<(), FileError> {
    // What the person corrected comes before what the device found.
    let at = |own, corrected| row.get(corrected).or_else(|| row.get(own)).and_then(time);
    let (Some((start, written)), Some((end, _))) = (at("from", "from (manual)"), at("to", "to (manual)")) else {
        return rejected(out, "activities: no from or to");
    };
    let offset = written.or_else(|| Offset::of_zone(row.get("timezone")?, start));
    let cell = row.get("data").filter(|text| text.len() <= json::ELEMENT);
    let data: Value = cell.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let paused = json::amount(&data, "pause_duration").unwrap_or(0.0);
    let lasted = end.since_ms(start) as f64 / 1000.0;
    let either = |name, typed_in| json::positive(&data, name).or_else(|| json::positive(&data, typed_in));
    let beyond = data
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, value)| (value.is_number() || value.is_string()) && !TAKEN.contains(&name.as_str()));
    let source_data: Map<String, Value> = beyond.map(|(name, value)| (name.clone(), value.clone())).collect();
    out.record(Record {
        key: format!("at-{}", start.unix_s()),
        device: None,
        start,
        end: Some(end),
        offset,
        day: start.civil_day(offset),
        body: Body::Activity(Activity {
            kind: kind(row.get("activity type")),
            // The person's own pauses are not counted.
            duration_s: Some((lasted - paused).max(0.0)),
            distance_m: either("distance", "manual_distance"),
            steps: json::amount(&data, "steps"),
            calories: either("calories", "manual_calories"),
            heart_rate_avg: json::positive(&data, "hr_average"),
            heart_rate_min: json::positive(&data, "hr_min"),
            heart_rate_max: json::positive(&data, "hr_max"),
            ..Activity::default()
        }),
        source_data,
    })
}

fn kind(raw: Option<&str>) -> String {
    let Some(raw) = raw else { return "unknown".to_owned() };
    let word = raw.to_lowercase();
    let known = WORDS.iter().find(|(theirs, _)| *theirs == word);
    known.map_or_else(|| format!("other:{raw}"), |(_, ours)| (*ours).to_owned())
}

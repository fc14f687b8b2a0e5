//! Sessions of activity, found by the ring, confirmed or typed in.

use hilum_model::observation::Activity;
use hilum_model::{Body, Record};
use serde_json::Value;

use super::{beyond, day, time};
use crate::error::FileError;
use crate::json;
use crate::members::rejected;
use crate::out::Out;

/// Oura's words where they are not ours, without case and underscores: it writes both ways.
const WORDS: [(&str, &str); 35] = [
    ("walking", "walking"),
    ("running", "running"),
    ("trailrunning", "trail_running"),
    ("indoorrunning", "indoor_running"),
    ("cycling", "cycling"),
    ("indoorcycling", "indoor_cycling"),
    ("mountainbiking", "mountain_biking"),
    ("hiking", "hiking"),
    ("nordicwalking", "nordic_walking"),
    ("swimming", "swimming"),
    ("strengthtraining", "weight_training"),
    ("weightlifting", "weight_training"),
    ("coreexercise", "core_training"),
    ("hiit", "hiit"),
    ("crosstraining", "cross_training"),
    ("crossfit", "cross_training"),
    ("elliptical", "elliptical"),
    ("stairexercise", "stair_climbing"),
    ("rowing", "rowing"),
    ("yoga", "yoga"),
    ("pilates", "pilates"),
    ("dancing", "dancing"),
    ("dance", "dancing"),
    ("tennis", "tennis"),
    ("badminton", "badminton"),
    ("soccer", "soccer"),
    ("basketball", "basketball"),
    ("golf", "golf"),
    ("climbing", "climbing"),
    ("boxing", "boxing"),
    ("martialarts", "martial_arts"),
    ("downhillskiing", "skiing"),
    ("crosscountryskiing", "cross_country_skiing"),
    ("snowboarding", "snowboarding"),
    ("other", "other"),
];

/// A workout.
pub(super) fn workout(item: &Value, out: &mut Out<'_>) -> Result<(), FileError> {
    let (Some((start, offset)), Some((end, _))) = (time(item, "start_datetime"), time(item, "end_datetime")) else {
        return rejected(out, "workout: no start_datetime or end_datetime");
    };
    out.record(Record {
        key: json::id(item, "id").unwrap_or_else(|| format!("at-{}", start.unix_s())),
        device: None,
        start,
        end: Some(end),
        offset,
        day: day(item, "day").unwrap_or_else(|| start.civil_day(offset)),
        body: Body::Activity(Activity {
            kind: oura_activity(json::text(item, "activity")),
            duration_s: Some(end.since_ms(start) as f64 / 1000.0),
            distance_m: json::amount(item, "distance"),
            calories: json::amount(item, "calories"),
            ..Activity::default()
        }),
        source_data: beyond(item, &["intensity", "source"]),
    })
}

/// Our word for Oura's, in its exports as in its API; one that is not in the table passes as `other:<raw>`.
pub fn oura_activity(raw: Option<&str>) -> String {
    let Some(raw) = raw else { return "unknown".to_owned() };
    let word = raw.to_lowercase().replace(['_', ' '], "");
    let known = WORDS.iter().find(|(theirs, _)| *theirs == word);
    known.map_or_else(|| format!("other:{raw}"), |(_, ours)| (*ours).to_owned())
}

//! Workouts.

use hilum_model::observation::Activity;
use hilum_model::{Body, Record, Unit};
use serde_json::{Map, Value};

use crate::error::FileError;
use crate::json;
use crate::members::rejected;
use crate::out::Out;
use crate::stamp::{self, Zone};

/// Fitbit's words where they are not ours, compared without case, blanks for underscores.
const WORDS: [(&str, &str); 27] = [
    ("walk", "walking"),
    ("run", "running"),
    ("treadmill", "indoor_running"),
    ("treadmill run", "indoor_running"),
    ("trail run", "trail_running"),
    ("bike", "cycling"),
    ("outdoor bike", "cycling"),
    ("mountain bike", "mountain_biking"),
    ("mountain biking", "mountain_biking"),
    ("spinning", "indoor_cycling"),
    ("indoor bike", "indoor_cycling"),
    ("stationary bike", "indoor_cycling"),
    ("swim", "swimming"),
    ("hike", "hiking"),
    ("weights", "weight_training"),
    ("strength training", "weight_training"),
    ("elliptical", "elliptical"),
    ("stairclimber", "stair_climbing"),
    ("rowing machine", "rowing"),
    ("yoga", "yoga"),
    ("pilates", "pilates"),
    ("tennis", "tennis"),
    ("golf", "golf"),
    ("interval workout", "hiit"),
    ("circuit training", "cross_training"),
    ("workout", "other"),
    ("sport", "other"),
];

/// Members that say more than the normalised ones.
const BEYOND: [&str; 4] = ["activityName", "activityTypeId", "logType", "hasGps"];

/// A workout.
pub(super) fn exercise(item: &Value, zone: &Zone, out: &mut Out<'_>) -> Result<(), FileError> {
    let Some(start) = json::text(item, "startTime").and_then(stamp::short_year) else {
        return rejected(out, "exercise: no startTime");
    };
    let Some(key) = json::id(item, "logId") else { return rejected(out, "exercise: no logId") };
    let lasted = json::amount(item, "duration").or_else(|| json::amount(item, "activeDuration"));
    let offset = zone.at(start);
    let unit = match json::text(item, "distanceUnit") {
        Some("Kilometer") => Some(Unit::Kilometre),
        Some("Mile") => Some(Unit::Mile),
        _ => None,
    };
    let distance = json::amount(item, "distance").zip(unit).and_then(|(d, unit)| unit.convert(d, Unit::Metre));
    let mut source_data = Map::new();
    for name in BEYOND {
        if let Some(value) = item.get(name).filter(|v| !v.is_null() && !v.is_object() && !v.is_array()) {
            source_data.insert(name.to_owned(), value.clone());
        }
    }
    out.record(Record {
        key,
        device: item.get("source").and_then(|s| json::text(s, "name")).map(str::to_owned),
        start,
        end: lasted.map(|ms| start.plus_ms(ms as i64)),
        offset,
        day: start.civil_day(offset),
        body: Body::Activity(Activity {
            kind: kind(json::text(item, "activityName")),
            duration_s: json::amount(item, "activeDuration").or(lasted).map(|ms| ms / 1000.0),
            distance_m: distance,
            steps: json::amount(item, "steps"),
            calories: json::amount(item, "calories"),
            heart_rate_avg: json::positive(item, "averageHeartRate"),
            elevation_gain_m: json::positive(item, "elevationGain"),
            ..Activity::default()
        }),
        source_data,
    })?;
    Ok(())
}

fn kind(name: Option<&str>) -> String {
    let Some(name) = name else { return "unknown".to_owned() };
    let word = name.to_lowercase();
    let known = WORDS.iter().find(|(theirs, _)| *theirs == word);
    known.map_or_else(|| format!("other:{name}"), |(_, ours)| (*ours).to_owned())
}

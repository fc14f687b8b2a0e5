//! `v2/measure` / `getworkouts`: sessions of activity.
//! Source: <https://developer.withings.com/api-reference/#tag/measure/operation/measurev2-getworkouts>.

use hilum_model::observation::Activity;
use hilum_model::{Batch, Body, Record};
use serde_json::Value;

use super::{TECHNICAL, body, device, manual, offset};
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// Withings' numbers of kinds of workout. 128 is its "no activity".
const CATEGORIES: [(i64, &str); 52] = [
    (1, "walking"),
    (2, "running"),
    (3, "hiking"),
    (4, "skating"),
    (5, "bmx"),
    (6, "cycling"),
    (7, "swimming"),
    (8, "surfing"),
    (9, "kitesurfing"),
    (10, "windsurfing"),
    (11, "bodyboarding"),
    (12, "tennis"),
    (13, "table_tennis"),
    (14, "squash"),
    (15, "badminton"),
    (16, "weight_training"),
    (17, "calisthenics"),
    (18, "elliptical"),
    (19, "pilates"),
    (20, "basketball"),
    (21, "soccer"),
    (22, "american_football"),
    (23, "rugby"),
    (24, "volleyball"),
    (25, "water_polo"),
    (26, "horse_riding"),
    (27, "golf"),
    (28, "yoga"),
    (29, "dancing"),
    (30, "boxing"),
    (31, "fencing"),
    (32, "wrestling"),
    (33, "martial_arts"),
    (34, "skiing"),
    (35, "snowboarding"),
    (36, "other"),
    (128, "unknown"),
    (187, "rowing"),
    (188, "zumba"),
    (191, "baseball"),
    (192, "handball"),
    (193, "hockey"),
    (194, "ice_hockey"),
    (195, "climbing"),
    (196, "ice_skating"),
    (272, "multi_sport"),
    (306, "indoor_walking"),
    (307, "indoor_running"),
    (308, "indoor_cycling"),
    (498, "trail_running"),
    (550, "hiit"),
    (566, "nordic_walking"),
];

/// Members of `data` that are normalised.
const TAKEN: [&str; 6] = ["calories", "steps", "distance", "hr_average", "hr_min", "hr_max"];

/// Workouts, found by the device or started by the person.
pub(crate) fn workouts(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let body = body(bytes)?;
    let mut batch = Batch::default();
    for (index, item) in read::list(&body, "series")?.iter().enumerate() {
        match item.as_object().and_then(|item| workout(item, context, &mut batch)) {
            Some(record) => batch.record(record),
            None => batch.rejected.push(format!("series[{index}]: no start or end")),
        }
    }
    Ok(batch)
}

fn workout(item: &Object, context: &Context, batch: &mut Batch) -> Option<Record> {
    let start = read::unix_at(item, "startdate")?;
    let end = read::unix_at(item, "enddate")?;
    let empty = Object::new();
    let data = read::object_at(item, "data").unwrap_or(&empty);
    let offset = offset(item, context, start);
    let paused = read::amount_at(data, "pause_duration").unwrap_or(0.0);
    let lasted = (end.since_ms(start) as f64) / 1000.0;

    let mut source_data = read::beyond(data, &TAKEN);
    let mut taken = vec!["id", "category", "timezone", "startdate", "enddate", "date", "data"];
    taken.extend(TECHNICAL);
    source_data.extend(read::beyond(item, &taken));
    if let Some(attrib) = read::integer_at(item, "attrib") {
        source_data.insert("manual".to_owned(), Value::Bool(manual(attrib)));
    }
    Some(Record {
        key: read::id_at(item, "id").unwrap_or_else(|| format!("at-{}", start.unix_s())),
        device: device(item, batch),
        start,
        end: Some(end),
        offset,
        day: read::day_at(item, "date").unwrap_or_else(|| start.civil_day(offset)),
        body: Body::Activity(Activity {
            kind: category(item.get("category")),
            // The person's own pauses are not counted; those that the device guesses stay in `sourceData`.
            duration_s: Some((lasted - paused).max(0.0)),
            distance_m: read::positive_at(data, "distance")
                .or_else(|| read::positive_at(data, "manual_distance"))
                .or_else(|| read::amount_at(data, "distance")),
            steps: read::amount_at(data, "steps"),
            calories: read::positive_at(data, "calories")
                .or_else(|| read::positive_at(data, "manual_calories"))
                .or_else(|| read::amount_at(data, "calories")),
            heart_rate_avg: read::positive_at(data, "hr_average"),
            heart_rate_min: read::positive_at(data, "hr_min"),
            heart_rate_max: read::positive_at(data, "hr_max"),
            ..Activity::default()
        }),
        source_data,
    })
}

/// The word for a category; what is not in the table passes with its number.
fn category(value: Option<&Value>) -> String {
    let Some(number) = value.and_then(read::integer) else { return "unknown".to_owned() };
    read::ours(&CATEGORIES, &number, number)
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Offset, Time};
    use serde_json::json;

    use super::*;

    #[test]
    fn everything_read_is_asked_for() {
        let asked = super::super::asked_for("workouts", "data_fields");
        for member in TAKEN {
            assert!(asked.contains(&member), "{member}");
        }
    }

    #[test]
    fn workouts_by_hand() {
        let context = Context { received: Time(0), time_zone: Some("UTC".to_owned()) };
        let batch = workouts(include_bytes!("../fixtures/workouts.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["series[2]: no start or end"]);
        let [Observation::Record(run), Observation::Record(typed)] = batch.observations.as_slice() else {
            panic!("two records: {:?}", batch.observations)
        };
        assert_eq!((run.key.as_str(), run.day.to_string().as_str()), ("3900500600", "2026-09-21"));
        assert_eq!(run.start.to_iso(), "2026-09-21T17:00:00.000Z");
        assert_eq!(run.end.map(Time::to_iso).as_deref(), Some("2026-09-21T17:45:30.000Z"));
        assert_eq!(run.offset, Some(Offset(60)));
        assert_eq!(
            run.body,
            Body::Activity(Activity {
                kind: "running".to_owned(),
                // 45 min 30 s = 2730 s, less 90 s of pause.
                duration_s: Some(2640.0),
                distance_m: Some(8040.0),
                steps: Some(7210.0),
                calories: Some(512.0),
                heart_rate_avg: Some(152.0),
                heart_rate_min: Some(101.0),
                heart_rate_max: Some(176.0),
                ..Activity::default()
            })
        );
        assert_eq!(run.source_data.get("manual"), Some(&json!(false)));
        assert_eq!(run.source_data.get("elevation"), Some(&json!(12)));
        assert_eq!(run.source_data.get("pause_duration"), Some(&json!(90)));
        let Body::Activity(activity) = &typed.body else { panic!("an activity") };
        assert_eq!(activity.kind, "other:601");
        assert_eq!((activity.distance_m, activity.calories), (Some(3000.0), Some(150.0)));
        assert_eq!((activity.heart_rate_avg, typed.offset), (None, Some(Offset(0))));
        assert_eq!(typed.source_data.get("manual"), Some(&json!(true)));
    }

    #[test]
    fn categories_are_unique_and_unknown_ones_pass() {
        for (i, (number, word)) in CATEGORIES.iter().enumerate() {
            assert!(CATEGORIES[i + 1..].iter().all(|(n, w)| n != number && w != word), "{number} {word}");
        }
        assert_eq!(category(Some(&json!("6"))), "cycling");
        assert_eq!(category(Some(&json!(70_001))), "other:70001");
        assert_eq!(category(Some(&json!(null))), "unknown");
    }
}

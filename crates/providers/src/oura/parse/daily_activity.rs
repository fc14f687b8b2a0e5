//! `daily_activity`: one total a day.
//! Source: <https://cloud.ouraring.com/v2/docs#tag/Daily-Activity-Routes>.

use hilum_model::observation::ActivityDay;
use hilum_model::{Batch, Body, Record};

use super::documents;
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// Members that are normalised, and the minute-by-minute ones (`met`, `class_5_min`), too long for `sourceData`.
const TAKEN: [&str; 13] = [
    "id",
    "day",
    "timestamp",
    "steps",
    "active_calories",
    "total_calories",
    "equivalent_walking_distance",
    "high_activity_time",
    "medium_activity_time",
    "low_activity_time",
    "sedentary_time",
    "met",
    "class_5_min",
];

/// Daily totals.
pub(crate) fn daily_activity(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    documents(bytes, |item, batch| {
        let day = read::day_at(item, "day").ok_or("no day")?;
        // Oura's day runs from 04:00 to 04:00 of local time; `timestamp` says from when, with the day's offset.
        let began = read::rfc3339_at(item, "timestamp");
        let seconds = |name| read::amount_at(item, name);
        let minutes = |name| seconds(name).map(|s| s / 60.0);
        let active = ["high_activity_time", "medium_activity_time", "low_activity_time"].map(seconds);
        batch.record(Record {
            key: read::id_at(item, "id").unwrap_or_else(|| day.to_string()),
            device: None,
            start: began.map_or_else(|| day.start_utc(), |(time, _)| time),
            end: None,
            offset: began.map(|(_, offset)| offset),
            day,
            body: Body::ActivityDay(ActivityDay {
                duration_s: active.iter().any(Option::is_some).then(|| active.iter().flatten().sum()),
                distance_m: seconds("equivalent_walking_distance"),
                steps: seconds("steps"),
                calories: seconds("total_calories"),
                active_calories: seconds("active_calories"),
                vigorous_min: minutes("high_activity_time"),
                moderate_min: minutes("medium_activity_time"),
                light_min: minutes("low_activity_time"),
                sedentary_min: minutes("sedentary_time"),
                floors: None,
            }),
            source_data: read::beyond(item, &TAKEN),
        });
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Offset, Time};
    use serde_json::json;

    use super::*;

    #[test]
    fn days_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch =
            daily_activity(include_bytes!("../fixtures/daily_activity.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["data[2]: no day"]);
        let [Observation::Record(day), Observation::Record(bare)] = batch.observations.as_slice() else {
            panic!("two records: {:?}", batch.observations)
        };
        assert_eq!((day.key.as_str(), day.day.to_string().as_str()), ("da-7001", "2026-09-21"));
        assert_eq!((day.start.to_iso().as_str(), day.offset), ("2026-09-21T10:00:00.000Z", Some(Offset(-360))));
        assert_eq!(
            day.body,
            Body::ActivityDay(ActivityDay {
                // 1500 + 2700 + 9900 s.
                duration_s: Some(14_100.0),
                distance_m: Some(8890.0),
                steps: Some(10_421.0),
                calories: Some(2588.0),
                active_calories: Some(577.0),
                vigorous_min: Some(25.0),
                moderate_min: Some(45.0),
                light_min: Some(165.0),
                sedentary_min: Some(640.5),
                floors: None,
            })
        );
        assert_eq!(day.source_data.get("score"), Some(&json!(88)));
        assert_eq!((day.source_data.get("met"), day.source_data.get("class_5_min")), (None, None));
        assert_eq!((bare.key.as_str(), bare.offset), ("2026-09-20", None));
        assert_eq!(bare.start.to_iso(), "2026-09-20T00:00:00.000Z");
        let Body::ActivityDay(total) = &bare.body else { panic!("a total") };
        assert_eq!(*total, ActivityDay { steps: Some(812.0), ..ActivityDay::default() });
    }
}

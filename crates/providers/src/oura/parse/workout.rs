//! `workout`: sessions of activity, found by the ring, confirmed or typed in.
//! Source: <https://cloud.ouraring.com/v2/docs#tag/Workout-Routes>.

use hilum_model::observation::Activity;
use hilum_model::{Batch, Body, Record};
use serde_json::Value;

use super::documents;
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// Members that are normalised.
const TAKEN: [&str; 7] = ["id", "activity", "calories", "day", "distance", "start_datetime", "end_datetime"];

/// Workouts.
pub(crate) fn workout(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    documents(bytes, |item, batch| {
        let (start, offset) = read::rfc3339_at(item, "start_datetime").ok_or("no start_datetime")?;
        let (end, _) = read::rfc3339_at(item, "end_datetime").ok_or("no end_datetime")?;
        if end < start {
            return Err("ends before it starts");
        }
        let mut source_data = read::beyond(item, &TAKEN);
        if let Some(source) = read::text_at(item, "source") {
            source_data.insert("manual".to_owned(), Value::Bool(source == "manual"));
        }
        batch.record(Record {
            key: read::id_at(item, "id").unwrap_or_else(|| format!("at-{}", start.unix_s())),
            device: None,
            start,
            end: Some(end),
            offset: Some(offset),
            day: read::day_at(item, "day").unwrap_or_else(|| start.civil_day(Some(offset))),
            body: Body::Activity(Activity {
                kind: hilum_files::oura_activity(read::text_at(item, "activity")),
                duration_s: Some(end.since_ms(start) as f64 / 1000.0),
                distance_m: read::amount_at(item, "distance"),
                calories: read::amount_at(item, "calories"),
                ..Activity::default()
            }),
            source_data,
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
    fn workouts_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = workout(include_bytes!("../fixtures/workout.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["data[2]: ends before it starts"]);
        let [Observation::Record(ride), Observation::Record(lift)] = batch.observations.as_slice() else {
            panic!("two records: {:?}", batch.observations)
        };
        assert_eq!((ride.key.as_str(), ride.day.to_string().as_str()), ("wo-1", "2026-09-20"));
        assert_eq!(ride.start.to_iso(), "2026-09-21T00:15:00.000Z");
        assert_eq!((ride.offset, ride.end.map(|e| e.since_ms(ride.start))), (Some(Offset(-360)), Some(2_745_000)));
        assert_eq!(
            ride.body,
            Body::Activity(Activity {
                kind: "cycling".to_owned(),
                duration_s: Some(2745.0),
                distance_m: Some(15_220.5),
                calories: Some(401.2),
                ..Activity::default()
            })
        );
        assert_eq!(
            serde_json::to_value(&ride.source_data).expect("an object"),
            json!({"intensity": "moderate", "source": "confirmed", "manual": false})
        );
        let Body::Activity(activity) = &lift.body else { panic!("an activity") };
        assert_eq!((activity.kind.as_str(), activity.distance_m), ("weight_training", None));
        assert_eq!(lift.source_data.get("manual"), Some(&json!(true)));
    }

    #[test]
    fn unknown_words_pass() {
        assert_eq!(hilum_files::oura_activity(Some("strengthTraining")), "weight_training");
        assert_eq!(hilum_files::oura_activity(Some("underwater_rugby")), "other:underwater_rugby");
        assert_eq!(hilum_files::oura_activity(None), "unknown");
    }
}

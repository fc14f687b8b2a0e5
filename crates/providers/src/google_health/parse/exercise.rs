//! `exercise`: sessions of activity. Source: `google/devicesandservices/health/v4/data_types.proto`.

use hilum_model::observation::Activity;
use hilum_model::{Batch, Body, Record, Unit};
use serde_json::Value;

use super::{beyond, device, interval, own_id, points, seconds};
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError, Request, Wanted};

/// Google's words where they are not ours in capitals.
const WORDS: [(&str, &str); 27] = [
    ("EXERCISE_TYPE_UNSPECIFIED", "unknown"),
    ("OTHER_WORKOUT", "other"),
    ("WORKOUT", "unknown"),
    ("BIKING", "cycling"),
    ("BIKING_STATIONARY", "indoor_cycling"),
    ("STATIONARY_BIKE", "indoor_cycling"),
    ("SPINNING", "indoor_cycling"),
    ("MOUNTAIN_BIKE", "mountain_biking"),
    ("RUNNING_TREADMILL", "indoor_running"),
    ("TREADMILL", "indoor_running"),
    ("TRAIL_RUN", "trail_running"),
    ("SWIMMING_POOL", "swimming"),
    ("SWIMMING_OPEN_WATER", "open_water_swimming"),
    ("ROWING_MACHINE", "rowing"),
    ("STRENGTH_TRAINING", "weight_training"),
    ("WEIGHTLIFTING", "weight_training"),
    ("WEIGHTS", "weight_training"),
    ("HIGH_INTENSITY_INTERVAL_TRAINING", "hiit"),
    ("STAIR_CLIMBING_MACHINE", "stair_climbing"),
    ("STAIRCLIMBER", "stair_climbing"),
    ("CROSSFIT", "cross_training"),
    ("FOOTBALL_AMERICAN", "american_football"),
    ("FOOTBALL_SOCCER", "soccer"),
    ("ROCK_CLIMBING", "climbing"),
    ("KICKBOXING", "kickboxing"),
    ("SKIING_CROSS_COUNTRY", "cross_country_skiing"),
    ("SKIING_DOWNHILL", "skiing"),
];

/// Google's words that are ours in capitals.
const SAME: [&str; 30] = [
    "AEROBICS",
    "BADMINTON",
    "BASEBALL",
    "BASKETBALL",
    "BOXING",
    "CROSS_TRAINING",
    "CYCLING",
    "DANCING",
    "ELLIPTICAL",
    "FENCING",
    "GOLF",
    "GYMNASTICS",
    "HIIT",
    "HIKING",
    "HOCKEY",
    "KAYAKING",
    "MARTIAL_ARTS",
    "PILATES",
    "ROWING",
    "RUGBY",
    "RUNNING",
    "SKATING",
    "SKIING",
    "SNOWBOARDING",
    "SOCCER",
    "SQUASH",
    "SWIMMING",
    "TENNIS",
    "WALKING",
    "YOGA",
];

/// Members that are normalised.
const TAKEN: [&str; 3] = ["exerciseType", "activeDuration", "metricsSummary"];

/// Members of the summary that are normalised.
const SUMMARY: [&str; 6] = [
    "caloriesKcal",
    "distanceMillimeters",
    "steps",
    "averageHeartRateBeatsPerMinute",
    "averageSpeedMillimetersPerSecond",
    "elevationGainMillimeters",
];

/// Exercises, found by the device, started by the person or typed in.
pub(crate) fn exercise(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    points(bytes, "dataPoints", |point, batch| {
        let value = read::object_at(point, "exercise").ok_or("of another type")?;
        let span = interval(value, context)?;
        let empty = Object::new();
        let summary = read::object_at(value, "metricsSummary").unwrap_or(&empty);
        let metres = |name| read::amount_at(summary, name).and_then(|mm| Unit::Millimetre.convert(mm, Unit::Metre));
        let speed = read::positive_at(summary, "averageSpeedMillimetersPerSecond");
        let mut source_data = beyond(point, value, &TAKEN);
        source_data.extend(read::beyond(summary, &SUMMARY));
        let device = device(point, batch);
        batch.record(Record {
            key: own_id(point).unwrap_or_else(|| format!("at-{}", span.start.unix_s())),
            device,
            start: span.start,
            end: Some(span.end),
            offset: span.start_offset,
            day: span.start.civil_day(span.start_offset),
            body: Body::Activity(Activity {
                kind: kind(read::text_at(value, "exerciseType")),
                duration_s: seconds(value.get("activeDuration")).filter(|s| *s >= 0.0),
                distance_m: metres("distanceMillimeters"),
                steps: read::amount_at(summary, "steps"),
                calories: read::amount_at(summary, "caloriesKcal"),
                heart_rate_avg: read::positive_at(summary, "averageHeartRateBeatsPerMinute"),
                elevation_gain_m: metres("elevationGainMillimeters"),
                speed_avg: speed.and_then(|mm| Unit::MillimetrePerSecond.convert(mm, Unit::MetrePerSecond)),
                ..Activity::default()
            }),
            source_data,
        });
        Ok(())
    })
}

/// The routes of a page's exercises, which Google gives as TCX files.
pub(crate) fn routes(bytes: &[u8], _: &Context) -> Result<Vec<Wanted>, ParseError> {
    let top = read::object(bytes)?;
    let items = top.get("dataPoints").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let one = |point: &Object| {
        let metadata = read::object_at(read::object_at(point, "exercise")?, "exerciseMetadata")?;
        let key = own_id(point).filter(|_| metadata.get("hasGps") == Some(&Value::Bool(true)))?;
        // It becomes a part of an address.
        let plain = key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        let path = format!("/v4/users/me/dataTypes/exercise/dataPoints/{key}:exportExerciseTcx");
        plain.then(|| Wanted { key, request: Request::get(path).with("alt", "media"), item: Value::Null })
    };
    Ok(items.iter().filter_map(Value::as_object).filter_map(one).collect())
}

/// Our word for Google's; one that is in neither table passes as it is.
fn kind(word: Option<&str>) -> String {
    let Some(word) = word else { return "unknown".to_owned() };
    if SAME.contains(&word) {
        return word.to_lowercase();
    }
    let ours = WORDS.iter().find(|(theirs, _)| *theirs == word).map(|(_, ours)| (*ours).to_owned());
    ours.unwrap_or_else(|| format!("other:{word}"))
}

#[cfg(test)]
mod tests {
    use hilum_model::{Metric, Observation, Offset, Time};
    use serde_json::json;

    use super::*;

    #[test]
    fn exercises_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = exercise(include_bytes!("../fixtures/exercise.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["dataPoints[2]: no endTime"]);
        let [Observation::Record(run), Observation::Record(bare)] = batch.observations.as_slice() else {
            panic!("two records: {:?}", batch.observations)
        };
        assert_eq!((run.key.as_str(), run.day.to_string().as_str()), ("e-1", "2026-09-21"));
        assert_eq!((run.offset, run.end.map(|e| e.since_ms(run.start))), (Some(Offset(120)), Some(2_470_000)));
        assert_eq!(
            run.body,
            Body::Activity(Activity {
                kind: "running".to_owned(),
                duration_s: Some(2401.0),
                distance_m: Some(7012.0),
                steps: Some(6810.0),
                calories: Some(389.0),
                heart_rate_avg: Some(149.0),
                elevation_gain_m: Some(31.0),
                speed_avg: Some(2.9204),
                ..Activity::default()
            })
        );
        assert_eq!(run.source_data.get("exerciseMetadata"), Some(&json!({"hasGps": true})));
        assert_eq!(run.source_data.get("displayName"), Some(&json!("Run")));
        let Body::Activity(plain) = &bare.body else { panic!("an activity") };
        assert_eq!(*plain, Activity { kind: "other:UNDERWATER_RUGBY".to_owned(), ..Activity::default() });
        assert_eq!(bare.source_data.get("manual"), Some(&json!(true)));
    }

    #[test]
    fn routes_are_asked_for_where_there_are_some() {
        let context = Context { received: Time(0), time_zone: None };
        let wanted = routes(include_bytes!("../fixtures/exercise.json"), &context).expect("documented form");
        let [run] = wanted.as_slice() else { panic!("one has a route: {wanted:?}") };
        assert_eq!(run.key, "e-1");
        let path = "/v4/users/me/dataTypes/exercise/dataPoints/e-1:exportExerciseTcx";
        assert_eq!(run.request, Request::get(path).with("alt", "media"));
        let track = crate::spec::tcx(include_bytes!("../fixtures/detail/exercise.tcx"), run, &context);
        let track = track.expect("documented form");
        let mut told: Vec<(Metric, i64, f64)> = track
            .observations
            .iter()
            .map(|observation| match observation {
                Observation::Sample(sample) => {
                    assert_eq!(sample.context.as_deref(), Some("e-1"));
                    (sample.metric, sample.start.unix_s(), sample.value)
                }
                other => panic!("a record: {other:?}"),
            })
            .collect();
        told.sort_by_key(|(metric, at, _)| (*at, metric.number()));
        // 2026-09-21T16:00:02Z is 1790006402 s.
        let (first, second) = (1_790_006_402, 1_790_006_407);
        let expected = [
            (Metric::HeartRate, first, 98.0),
            (Metric::Distance, first, 14.6),
            (Metric::Latitude, first, 52.52),
            (Metric::Longitude, first, 13.4),
            (Metric::Altitude, first, 34.0),
            (Metric::HeartRate, second, 104.0),
            (Metric::Latitude, second, 52.5201),
            (Metric::Longitude, second, 13.4002),
            (Metric::Altitude, second, 34.2),
        ];
        assert_eq!(told, expected);
        for hostile in [
            r#"{"dataPoints":[{"name":"users/1/x/a?b","exercise":{"exerciseMetadata":{"hasGps":true}}}]}"#,
            r#"{"dataPoints":[{"name":"users/1/x/ab","exercise":{"exerciseMetadata":{"hasGps":"true"}}}, 7]}"#,
            "{}",
        ] {
            assert_eq!(routes(hostile.as_bytes(), &context), Ok(Vec::new()), "{hostile}");
        }
    }

    #[test]
    fn words_are_unique() {
        for (at, (theirs, ours)) in WORDS.iter().enumerate() {
            assert!(WORDS[at + 1..].iter().all(|(other, _)| other != theirs) && !SAME.contains(theirs), "{theirs}");
            assert_eq!(kind(Some(theirs)), *ours);
        }
        assert_eq!((kind(Some("YOGA")).as_str(), kind(None).as_str()), ("yoga", "unknown"));
    }
}

//! `/v3/workouts`: workouts, and the FIT files of their points.

use hilum_model::observation::Activity;
use hilum_model::{Batch, Body, Record, Time};
use serde_json::{Value, json};

use super::sport;
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError, Request, Wanted};

/// Members that are normalised, and where it began, which the file tells.
const TAKEN: [&str; 15] = [
    "workoutKey",
    "workoutId",
    "activityId",
    "startTime",
    "totalTime",
    "timeOffsetInMinutes",
    "totalDistance",
    "totalAscent",
    "stepCount",
    "energyConsumption",
    "avgSpeed",
    "maxSpeed",
    "hrdata",
    "cadence",
    "startPosition",
];

/// A page has a list; one workout alone comes as an object.
fn payload(bytes: &[u8]) -> Result<Vec<Value>, ParseError> {
    match read::object(bytes)?.remove("payload") {
        Some(Value::Array(items)) => Ok(items),
        Some(one @ Value::Object(_)) => Ok(vec![one]),
        _ => Err(ParseError("`payload` is no list and no object".to_owned())),
    }
}

/// Workouts.
pub(crate) fn workouts(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    let mut batch = Batch::default();
    for (index, item) in payload(bytes)?.iter().enumerate() {
        let result = item.as_object().ok_or("no object").and_then(|item| one(item, &mut batch));
        if let Err(what) = result {
            batch.rejected.push(format!("payload[{index}]: {what}"));
        }
    }
    Ok(batch)
}

/// Milliseconds, where durations are in seconds.
fn start(item: &Object) -> Option<Time> {
    read::integer_at(item, "startTime").map(Time).and_then(read::in_range)
}

fn one(item: &Object, batch: &mut Batch) -> Result<(), &'static str> {
    let start = start(item).ok_or("no startTime")?;
    let offset = read::integer_at(item, "timeOffsetInMinutes").and_then(read::offset);
    let lasted = read::amount_at(item, "totalTime");
    let device = read::object_at(item, "gear").and_then(|gear| read::text_at(gear, "name")).map(str::to_owned);
    if let Some(name) = &device
        && !batch.facts.devices.contains(name)
    {
        batch.facts.devices.push(name.clone());
    }
    let heart = read::object_at(item, "hrdata");
    // `max` is the person's greatest rate ever; `workoutMaxHR` and `hrmax` are the workout's.
    let rate = |names: [&str; 2]| heart.and_then(|h| names.iter().find_map(|name| read::positive_at(h, name)));
    let amount = |name| read::amount_at(item, name);
    let kind = sport::kind(read::integer_at(item, "activityId"));
    let mut source_data = read::beyond(item, &TAKEN);
    let cadence_avg = read::object_at(item, "cadence").and_then(|told| {
        let mut received = Object::new();
        let steps = read::cadence(told, "avg", &kind, &mut received);
        source_data.extend((!received.is_empty()).then(|| ("cadence".to_owned(), Value::Object(received))));
        steps
    });
    batch.record(Record {
        key: read::id_at(item, "workoutKey").ok_or("no workoutKey")?,
        device,
        start,
        end: lasted.map(|s| start.plus_ms((s * 1000.0).round() as i64)).and_then(read::in_range),
        offset,
        day: start.civil_day(offset),
        body: Body::Activity(Activity {
            kind,
            duration_s: lasted,
            distance_m: amount("totalDistance"),
            steps: amount("stepCount"),
            // Kilocalories, where the samples of days count joules.
            calories: amount("energyConsumption"),
            heart_rate_avg: rate(["workoutAvgHR", "avg"]),
            heart_rate_max: rate(["workoutMaxHR", "hrmax"]),
            elevation_gain_m: amount("totalAscent"),
            speed_avg: amount("avgSpeed"),
            speed_max: amount("maxSpeed"),
            cadence_avg,
            ..Activity::default()
        }),
        source_data,
    });
    Ok(())
}

/// The files of a page's workouts. What was typed in has none.
pub(crate) fn wanted(bytes: &[u8], _: &Context) -> Result<Vec<Wanted>, ParseError> {
    let items = payload(bytes)?;
    let files = items.iter().filter_map(Value::as_object).filter_map(|item| {
        let key = read::id_at(item, "workoutKey").filter(|k| k.bytes().all(|b| b.is_ascii_alphanumeric()))?;
        let typed_in = item.get("isManuallyAdded").and_then(Value::as_bool) == Some(true);
        start(item)?;
        let request = Request::get(format!("/v3/workouts/{key}/fit"));
        (!typed_in).then(|| Wanted { key, request, item: json!(null) })
    });
    Ok(files.collect())
}

#[cfg(test)]
mod tests {
    use hilum_model::{Metric, Observation, Offset};

    use super::*;
    use crate::spec::fit;

    const FIXTURE: &[u8] = include_bytes!("../fixtures/workouts.json");

    fn context() -> Context {
        Context { received: Time(0), time_zone: None }
    }

    #[test]
    fn workouts_by_hand() {
        let batch = workouts(FIXTURE, &context()).expect("documented form");
        assert_eq!(batch.rejected, ["payload[2]: no startTime"]);
        let [Observation::Record(run), Observation::Record(typed)] = batch.observations.as_slice() else {
            panic!("two records")
        };
        assert_eq!((run.key.as_str(), run.device.as_deref()), ("69a84f2c", Some("Suunto Race")));
        assert_eq!((run.start.to_iso().as_str(), run.offset), ("2026-03-04T16:00:00.000Z", Some(Offset(60))));
        // 2470.1 s.
        assert_eq!(run.end.map(|e| e.since_ms(run.start)), Some(2_470_100));
        assert_eq!(
            run.body,
            Body::Activity(Activity {
                kind: "running".to_owned(),
                duration_s: Some(2470.1),
                distance_m: Some(7012.0),
                steps: Some(6810.0),
                calories: Some(389.0),
                heart_rate_avg: Some(149.0),
                heart_rate_max: Some(171.0),
                elevation_gain_m: Some(31.0),
                speed_avg: Some(2.92),
                speed_max: Some(4.6),
                // 82 strides, as 6810 steps in 41 minutes are.
                cadence_avg: Some(164.0),
                ..Activity::default()
            })
        );
        assert_eq!(run.source_data.get("cadence"), Some(&json!({"avg": 82.0})));
        assert_eq!(run.source_data.get("totalDescent"), Some(&json!(30.0)));
        let Body::Activity(activity) = &typed.body else { panic!("an activity") };
        assert_eq!((activity.kind.as_str(), typed.offset), ("other:999", None));
        // One alone, and an answer that is neither.
        let one = br#"{"error":null,"payload":{"workoutKey":"a1","startTime":1772640000000}}"#;
        assert_eq!(workouts(one, &context()).expect("an object").observations.len(), 1);
        assert!(workouts(br#"{"error":"x","payload":null}"#, &context()).is_err());
    }

    #[test]
    fn files_of_what_was_recorded() {
        let wanted = wanted(FIXTURE, &context()).expect("documented form");
        let [one] = wanted.as_slice() else { panic!("one file: {wanted:?}") };
        assert_eq!((one.key.as_str(), one.request.path.as_str()), ("69a84f2c", "/v3/workouts/69a84f2c/fit"));
        let batch = fit(include_bytes!("../fixtures/detail/workouts.fit"), one, &context()).expect("a FIT file");
        let hearts: Vec<_> = batch
            .observations
            .iter()
            .filter_map(|o| match o {
                Observation::Sample(s) if s.metric == Metric::HeartRate => {
                    assert_eq!(s.context.as_deref(), Some("69a84f2c"));
                    Some((s.start.unix_s(), s.value as i64))
                }
                _ => None,
            })
            .collect();
        assert_eq!(hearts, [(1_772_640_000, 98), (1_772_640_001, 104)]);
        assert!(fit(b"{}", one, &context()).is_err());
    }
}

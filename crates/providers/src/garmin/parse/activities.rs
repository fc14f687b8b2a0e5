//! `activities`: workouts.

use hilum_model::observation::Activity;
use hilum_model::{Batch, Body, Record};

use super::{beyond, each, sport, start};
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// Members that are normalised.
const TAKEN: [&str; 14] = [
    "activityId",
    "activityType",
    "durationInSeconds",
    "distanceInMeters",
    "activeKilocalories",
    "averageHeartRateInBeatsPerMinute",
    "maxHeartRateInBeatsPerMinute",
    "averageSpeedInMetersPerSecond",
    "maxSpeedInMetersPerSecond",
    "totalElevationGainInMeters",
    "averageRunCadenceInStepsPerMinute",
    "averageBikeCadenceInRoundsPerMinute",
    "steps",
    "deviceName",
];

/// Workouts. The same one may come again, corrected: its number is the key.
pub(crate) fn activities(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    each(bytes, |item, batch| {
        let key = read::id_at(item, "activityId").or_else(|| read::id_at(item, "summaryId")).ok_or("no id")?;
        let (start, offset) = start(item).ok_or("no start")?;
        let lasted = read::amount_at(item, "durationInSeconds");
        let (amount, rate) = (|name| read::amount_at(item, name), |name| read::positive_at(item, name));
        // `unknown` is what was typed in.
        let device = read::text_at(item, "deviceName").filter(|name| *name != "unknown").map(str::to_owned);
        if let Some(name) = &device
            && !batch.facts.devices.contains(name)
        {
            batch.facts.devices.push(name.clone());
        }
        batch.record(Record {
            key,
            device,
            start,
            end: lasted.map(|s| start.plus_ms((s * 1000.0).round() as i64)).and_then(read::in_range),
            offset,
            day: start.civil_day(offset),
            body: Body::Activity(Activity {
                kind: sport::kind(read::text_at(item, "activityType")),
                duration_s: lasted,
                distance_m: amount("distanceInMeters"),
                steps: amount("steps"),
                calories: amount("activeKilocalories"),
                heart_rate_avg: rate("averageHeartRateInBeatsPerMinute"),
                heart_rate_max: rate("maxHeartRateInBeatsPerMinute"),
                elevation_gain_m: amount("totalElevationGainInMeters"),
                speed_avg: amount("averageSpeedInMetersPerSecond"),
                speed_max: amount("maxSpeedInMetersPerSecond"),
                cadence_avg: rate("averageRunCadenceInStepsPerMinute")
                    .or_else(|| rate("averageBikeCadenceInRoundsPerMinute")),
                ..Activity::default()
            }),
            source_data: beyond(item, &TAKEN),
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
        let batch = activities(include_bytes!("../fixtures/activities.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["[2]: no start"]);
        let [Observation::Record(run), Observation::Record(odd)] = batch.observations.as_slice() else {
            panic!("two records")
        };
        assert_eq!((run.key.as_str(), run.device.as_deref()), ("22000111333", Some("forerunner965")));
        assert_eq!((run.start.to_iso().as_str(), run.offset), ("2026-03-04T16:00:00.000Z", Some(Offset(60))));
        assert_eq!(run.end.map(|e| e.since_ms(run.start)), Some(2_470_000));
        assert_eq!(
            run.body,
            Body::Activity(Activity {
                kind: "running".to_owned(),
                duration_s: Some(2470.0),
                distance_m: Some(7012.0),
                steps: Some(6810.0),
                calories: Some(389.0),
                heart_rate_avg: Some(149.0),
                heart_rate_max: Some(171.0),
                elevation_gain_m: Some(31.0),
                speed_avg: Some(2.9),
                ..Activity::default()
            })
        );
        assert_eq!(run.source_data.get("manual"), Some(&json!(false)));
        let Body::Activity(activity) = &odd.body else { panic!("an activity") };
        assert_eq!((activity.kind.as_str(), odd.device.as_deref()), ("other:TANDEM_JUMP", None));
    }
}

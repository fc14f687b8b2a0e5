//! `dailies`: the totals of a day and the heart in its course.

use hilum_model::observation::{ActivityDay, HeartRateDay};
use hilum_model::{Batch, Body, Metric, Record, Unit};

use super::{beyond, each, offsets, start};
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// Members that are normalised.
const TAKEN: [&str; 14] = [
    "steps",
    "distanceInMeters",
    "activeTimeInSeconds",
    "activeKilocalories",
    "bmrKilocalories",
    "floorsClimbed",
    "moderateIntensityDurationInSeconds",
    "vigorousIntensityDurationInSeconds",
    "minHeartRateInBeatsPerMinute",
    "maxHeartRateInBeatsPerMinute",
    "averageHeartRateInBeatsPerMinute",
    "restingHeartRateInBeatsPerMinute",
    "timeOffsetHeartRateSamples",
    "activityType",
];

/// Totals, resting heart rate, heart-rate samples. A day is sent again while it grows, so its date is the key.
pub(crate) fn dailies(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    each(bytes, |item, batch| {
        let (start, offset) = start(item).ok_or("no start")?;
        let day = read::day_at(item, "calendarDate").unwrap_or_else(|| start.civil_day(offset));
        let amount = |name| read::amount_at(item, name);
        let minutes = |name| amount(name).map(|s| s / 60.0);
        let (active, basal) = (amount("activeKilocalories"), amount("bmrKilocalories"));
        let record = |body, source_data| Record {
            key: day.to_string(),
            device: None,
            start,
            end: None,
            offset,
            day,
            body,
            source_data,
        };
        let total = ActivityDay {
            duration_s: amount("activeTimeInSeconds"),
            distance_m: amount("distanceInMeters"),
            steps: amount("steps"),
            calories: active.zip(basal).map(|(active, basal)| active + basal),
            active_calories: active,
            vigorous_min: minutes("vigorousIntensityDurationInSeconds"),
            moderate_min: minutes("moderateIntensityDurationInSeconds"),
            floors: amount("floorsClimbed"),
            ..ActivityDay::default()
        };
        batch.record(record(Body::ActivityDay(total), beyond(item, &TAKEN)));
        let rate = |name| read::positive_at(item, name);
        let heart = HeartRateDay {
            resting: rate("restingHeartRateInBeatsPerMinute"),
            average: rate("averageHeartRateInBeatsPerMinute"),
            min: rate("minHeartRateInBeatsPerMinute"),
            max: rate("maxHeartRateInBeatsPerMinute"),
            zones: Vec::new(),
        };
        if heart != HeartRateDay::default() {
            batch.record(record(Body::HeartRateDay(heart), read::Object::new()));
        }
        let series = (Metric::HeartRate, Unit::PerMinute);
        offsets(item, "timeOffsetHeartRateSamples", series, (start, offset), batch);
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
        let batch = dailies(include_bytes!("../fixtures/dailies.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["timeOffsetHeartRateSamples: no time or no number", "[1]: no start"]);
        assert_eq!(
            super::super::lines(&batch),
            [
                "Some(ActivityDay) 1772578800 2026-03-04",
                "Some(HeartRateDay) 1772578800 2026-03-04",
                "heart_rate 1772578815 58",
                "heart_rate 1772578920 57",
            ]
        );
        let [Observation::Record(day), Observation::Record(heart), ..] = batch.observations.as_slice() else {
            panic!("two records")
        };
        assert_eq!(day.offset, Some(Offset(60)));
        assert_eq!(
            day.body,
            Body::ActivityDay(ActivityDay {
                duration_s: Some(5400.0),
                distance_m: Some(6710.4),
                steps: Some(9312.0),
                // 512 + 1898.
                calories: Some(2410.0),
                active_calories: Some(512.0),
                vigorous_min: Some(33.0),
                moderate_min: Some(18.0),
                floors: Some(4.0),
                ..ActivityDay::default()
            })
        );
        assert_eq!(day.source_data.get("averageStressLevel"), Some(&json!(34)));
        assert_eq!(day.source_data.get("userId"), None);
        assert_eq!(
            heart.body,
            Body::HeartRateDay(HeartRateDay {
                resting: Some(57.0),
                average: Some(71.0),
                min: Some(49.0),
                max: Some(161.0),
                zones: Vec::new(),
            })
        );
    }
}

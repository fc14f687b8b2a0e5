//! `v2/recovery`: what the night told of the body. Source: <https://developer.whoop.com/api#tag/Recovery>.

use hilum_model::observation::HeartRateDay;
use hilum_model::{Batch, Body, Metric, Offset, Record, Sample, Unit};

use super::{Score, TECHNICAL, records, score};
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// Members of the score that are normalised.
const TAKEN: [&str; 4] = ["resting_heart_rate", "hrv_rmssd_milli", "spo2_percentage", "skin_temp_celsius"];

/// What the samples' context says: means over a night, not moments.
const CONTEXT: &str = "recovery";

/// The resting heart rate of the day; variability, oxygen and skin temperature of the night as one sample each.
///
/// A recovery has no time of its own. It is worked out when the person wakes up, so `created_at` is the instant and its
/// day the day; `updated_at` moves with each correction and would make a second sample of the same night.
pub(crate) fn recovery(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    records(bytes, |item, batch| {
        let Score::Told(score) = score(item) else { return Ok(()) };
        let (start, _) = read::rfc3339_at(item, "created_at").ok_or("no created_at")?;
        let offset = context.time_zone.as_deref().and_then(|zone| Offset::of_zone(zone, start));
        if let Some(resting) = read::positive_at(score, "resting_heart_rate") {
            let mut source_data = read::beyond(score, &TAKEN);
            source_data.extend(read::beyond(item, &TECHNICAL));
            batch.record(Record {
                // The notices name a recovery by its sleep.
                key: read::id_at(item, "sleep_id").or_else(|| read::id_at(item, "cycle_id")).ok_or("no id")?,
                device: None,
                start,
                end: None,
                offset,
                day: start.civil_day(offset),
                body: Body::HeartRateDay(HeartRateDay { resting: Some(resting), ..HeartRateDay::default() }),
                source_data,
            });
        }
        for (member, metric, unit) in [
            ("hrv_rmssd_milli", Metric::HrvRmssd, Unit::Millisecond),
            ("spo2_percentage", Metric::BloodOxygen, Unit::Percent),
            ("skin_temp_celsius", Metric::SkinTemperature, Unit::Celsius),
        ] {
            if let Some(value) = read::positive_at(score, member) {
                let context = Some(CONTEXT.to_owned());
                batch.sample(Sample { metric, device: None, context, start, end: None, offset, value, unit });
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Time};
    use serde_json::json;

    use super::*;

    #[test]
    fn recoveries_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = recovery(include_bytes!("../fixtures/recovery.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["records[3]: no created_at"]);
        let Observation::Record(day) = &batch.observations[0] else { panic!("a record") };
        assert_eq!(
            (day.key.as_str(), day.day.to_string().as_str()),
            ("2d0c7f41-9a11-4e63-8d2f-0000000a5e01", "2026-09-22")
        );
        assert_eq!(day.body, Body::HeartRateDay(HeartRateDay { resting: Some(54.0), ..HeartRateDay::default() }));
        assert_eq!(
            serde_json::to_value(&day.source_data).expect("an object"),
            json!({"user_calibrating": false, "recovery_score": 71.0, "cycle_id": 70412,
                "sleep_id": "2d0c7f41-9a11-4e63-8d2f-0000000a5e01"})
        );
        let samples: Vec<_> = batch.observations[1..]
            .iter()
            .map(|o| {
                let Observation::Sample(s) = o else { panic!("samples after the record") };
                assert_eq!((s.end, s.offset, s.context.as_deref()), (None, None, Some("recovery")));
                (s.metric, s.unit, s.value, s.start.to_iso())
            })
            .collect();
        let (night, bare) = ("2026-09-22T10:41:07.310Z".to_owned(), "2026-09-20T11:02:00.000Z".to_owned());
        assert_eq!(
            samples,
            [
                (Metric::HrvRmssd, Unit::Millisecond, 48.3, night.clone()),
                (Metric::BloodOxygen, Unit::Percent, 96.1, night.clone()),
                (Metric::SkinTemperature, Unit::Celsius, 33.9, night),
                // The older strap measures neither oxygen nor skin.
                (Metric::HrvRmssd, Unit::Millisecond, 51.0, bare),
            ]
        );
    }

    #[test]
    fn the_persons_zone_gives_offset_and_day() {
        let context = Context { received: Time(0), time_zone: Some("Pacific/Auckland".to_owned()) };
        let batch = recovery(include_bytes!("../fixtures/recovery.json"), &context).expect("documented form");
        let Observation::Record(day) = &batch.observations[0] else { panic!("a record") };
        // 10:41Z is 22:41 at +12:00, before the change of clocks on the 27th.
        assert_eq!((day.offset, day.day.to_string().as_str()), (Some(Offset(720)), "2026-09-22"));
    }
}

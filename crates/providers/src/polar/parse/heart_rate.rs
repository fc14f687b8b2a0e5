//! `/v3/users/continuous-heart-rate`: the heart every five minutes, outside of workouts.
//! Source: <https://www.polar.com/accesslink-api/#continuous-heart-rate>.

use hilum_model::{Batch, Metric, Sample, Unit};
use serde_json::Value;

use super::{clock, each};
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// Readings of a day, or of several: a day is an object, and what a list of them is called is not documented.
pub(crate) fn heart_rate(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let days = match serde_json::from_slice(bytes) {
        Ok(Value::Array(days)) => days,
        _ => match read::object(bytes)? {
            day if day.contains_key("heart_rate_samples") => vec![Value::Object(day)],
            wrapped => read::list(&wrapped, "heart_rates")?.to_vec(),
        },
    };
    let zone = context.time_zone.as_deref();
    Ok(each(&days, |item, batch| {
        let day = read::day_at(item, "date").ok_or("no date")?;
        let samples = item.get("heart_rate_samples").and_then(Value::as_array).ok_or("no samples")?;
        for sample in samples.iter().map(Value::as_object) {
            let at = |item: &Object| read::text_at(item, "sample_time").and_then(clock::seconds);
            let (second, value) = (sample.and_then(at), sample.and_then(|s| read::positive_at(s, "heart_rate")));
            let (Some(second), Some(value)) = (second, value) else {
                batch.rejected.push("heart_rate_samples: no time or not above zero".to_owned());
                continue;
            };
            let (start, offset) = read::local(day.start_utc().plus_s(second), zone);
            batch.sample(Sample {
                metric: Metric::HeartRate,
                device: None,
                context: None,
                start,
                end: None,
                offset,
                value,
                unit: Unit::PerMinute,
            });
        }
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Offset, Time};

    use super::*;

    #[test]
    fn a_day_by_hand_alone_and_among_others() {
        let context = Context { received: Time(0), time_zone: Some("America/Denver".to_owned()) };
        let day = include_str!("../fixtures/continuous_heart_rate.json");
        for form in [day.to_owned(), format!("[{day}]"), format!(r#"{{"heart_rates":[{day}]}}"#)] {
            let batch = heart_rate(form.as_bytes(), &context).expect("documented form");
            assert_eq!(batch.rejected, ["heart_rate_samples: no time or not above zero"]);
            let [Observation::Sample(one)] = batch.observations.as_slice() else { panic!("one sample") };
            // 08:00:05 at -07:00.
            assert_eq!(
                (one.start.to_iso().as_str(), one.value, one.offset),
                ("2026-03-04T15:00:05.000Z", 62.0, Some(Offset(-420)))
            );
        }
        for bad in ["", "{}", r#"{"date":"2026-03-04"}"#, "1"] {
            assert!(heart_rate(bad.as_bytes(), &context).is_err(), "{bad}");
        }
    }
}

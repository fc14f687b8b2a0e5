//! `/v3/users/nightly-recharge`: heart-rate variability and breathing of the first hours of a night.
//! Source: <https://www.polar.com/accesslink-api/#nightly-recharge>.

use hilum_model::{Batch, Metric, Sample, Unit};

use super::{clock, each};
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// Five-minute values and where they stand. Polar's variability is RMSSD.
const SERIES: [(&str, Metric, Unit); 2] = [
    ("hrv_samples", Metric::HrvRmssd, Unit::Millisecond),
    ("breathing_samples", Metric::RespiratoryRate, Unit::PerMinute),
];

/// Samples of the nights of the last 28 days. Their keys are clock times; `date` is the day of waking up.
pub(crate) fn nightly_recharge(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let zone = context.time_zone.as_deref();
    Ok(each(read::list(&read::object(bytes)?, "recharges")?, |item, batch| {
        let day = read::day_at(item, "date").ok_or("no date")?;
        for (name, metric, unit) in SERIES {
            for (time, value) in read::object_at(item, name).into_iter().flatten() {
                let (second, value) = (clock::seconds(time), read::number(value).filter(|v| *v > 0.0));
                let (Some(second), Some(value)) = (second, value) else {
                    batch.rejected.push(format!("{name}: no time or not above zero"));
                    continue;
                };
                let shown = clock::night_day(day, second).start_utc().plus_s(second);
                let (start, offset) = read::local(shown, zone);
                let (device, context, end) = (None, None, None);
                batch.sample(Sample { metric, device, context, start, end, offset, value, unit });
            }
        }
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Time};

    use super::*;

    #[test]
    fn a_night_by_hand() {
        let context = Context { received: Time(0), time_zone: Some("Europe/Berlin".to_owned()) };
        let batch =
            nightly_recharge(include_bytes!("../fixtures/nightly_recharge.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["hrv_samples: no time or not above zero", "[1]: no date"]);
        let lines: Vec<String> = batch
            .observations
            .iter()
            .map(|o| {
                let Observation::Sample(s) = o else { panic!("samples only") };
                format!("{} {} {}", s.metric.name(), s.start, s.value)
            })
            .collect();
        assert_eq!(
            lines,
            [
                "hrv_rmssd 2026-03-03T23:05:00.000Z 44",
                "hrv_rmssd 2026-03-03T22:40:00.000Z 41",
                "respiratory_rate 2026-03-03T22:40:00.000Z 15",
            ]
        );
    }
}

//! `daily_readiness`: of it the temperature of the skin in the night, against what is usual for the person.
//! Source: <https://cloud.ouraring.com/v2/docs#tag/Daily-Readiness-Routes>.

use hilum_model::{Batch, Metric, Unit};

use super::{documents, of_night};
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// Differences of nights. The score and what makes it up are Oura's own and not kept.
pub(crate) fn daily_readiness(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    documents(bytes, |item, batch| {
        let day = read::day_at(item, "day").ok_or("no day")?;
        // Until the ring knows the person there is a null here.
        let Some(told) = item.get("temperature_deviation").filter(|value| !value.is_null()) else { return Ok(()) };
        let value = read::number(told).ok_or("temperature_deviation is no number")?;
        // A difference of degrees Celsius.
        of_night(batch, day, Metric::SkinTemperatureDelta, value, Unit::Kelvin);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Time};

    use super::*;

    #[test]
    fn nights_by_hand() {
        let context = Context { received: Time(0), time_zone: Some("America/Denver".to_owned()) };
        let batch = daily_readiness(include_bytes!("../fixtures/daily_readiness.json"), &context);
        let batch = batch.expect("documented form");
        assert_eq!(batch.rejected, ["data[2]: no day", "data[3]: temperature_deviation is no number"]);
        let [Observation::Sample(sample)] = batch.observations.as_slice() else { panic!("one sample") };
        assert_eq!((sample.start.to_iso().as_str(), sample.value), ("2026-09-21T00:00:00.000Z", -0.12));
        assert_eq!((sample.metric, sample.unit, sample.offset), (Metric::SkinTemperatureDelta, Unit::Kelvin, None));
    }
}

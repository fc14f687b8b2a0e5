//! `daily_spo2`: the mean oxygen saturation of a night, told for a day.
//! Source: <https://cloud.ouraring.com/v2/docs#tag/Daily-Spo2-Routes>.

use hilum_model::{Batch, Metric, Unit};

use super::{documents, of_night};
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// Daily means.
pub(crate) fn daily_spo2(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    documents(bytes, |item, batch| {
        let day = read::day_at(item, "day").ok_or("no day")?;
        // Nights without enough signal have a null here; that is no reading, and no error.
        let Some(mean) = item.get("spo2_percentage").filter(|m| !m.is_null()) else { return Ok(()) };
        let mean = mean.as_object().ok_or("spo2_percentage is no object")?;
        if mean.get("average").is_none_or(serde_json::Value::is_null) {
            return Ok(());
        }
        let value = read::positive_at(mean, "average").ok_or("average is not above zero")?;
        of_night(batch, day, Metric::BloodOxygen, value, Unit::Percent);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Time};

    use super::*;

    #[test]
    fn nights_by_hand() {
        // The zone makes no difference.
        let context = Context { received: Time(0), time_zone: Some("America/Denver".to_owned()) };
        let batch = daily_spo2(include_bytes!("../fixtures/daily_spo2.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["data[3]: no day", "data[4]: average is not above zero"]);
        let [Observation::Sample(sample)] = batch.observations.as_slice() else { panic!("one sample") };
        assert_eq!((sample.start.to_iso().as_str(), sample.value), ("2026-09-21T00:00:00.000Z", 96.8));
        assert_eq!((sample.offset, sample.end, sample.unit), (None, None, Unit::Percent));
        assert_eq!(sample.start.civil_day(sample.offset).to_string(), "2026-09-21");
    }
}

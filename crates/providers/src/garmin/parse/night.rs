//! `hrv`, `pulseox`, `allDayRespiration`, `skinTemp`: series as maps from seconds after the start.

use hilum_model::{Batch, Metric, Sample, Unit};

use super::{each, offsets, start};
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// Heart-rate variability of a night, RMSSD of five minutes each.
pub(crate) fn hrv(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    series(bytes, "hrvValues", (Metric::HrvRmssd, Unit::Millisecond))
}

/// Oxygen, in the night or asked for.
pub(crate) fn pulse_ox(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    series(bytes, "timeOffsetSpo2Values", (Metric::BloodOxygen, Unit::Percent))
}

/// Breaths, day and night.
pub(crate) fn respiration(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    series(bytes, "timeOffsetEpochToBreaths", (Metric::RespiratoryRate, Unit::PerMinute))
}

fn series(bytes: &[u8], name: &str, metric: (Metric, Unit)) -> Result<Batch, ParseError> {
    each(bytes, |item, batch| {
        let start = start(item).ok_or("no start")?;
        offsets(item, name, metric, start, batch);
        Ok(())
    })
}

/// The skin of a night against the usual one.
pub(crate) fn skin_temp(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    each(bytes, |item, batch| {
        let (start, offset) = start(item).ok_or("no start")?;
        let value = read::number_at(item, "avgDeviationCelsius").ok_or("no deviation")?;
        let (device, context, end) = (None, Some("night_average".to_owned()), None);
        let (metric, unit) = (Metric::SkinTemperatureDelta, Unit::Kelvin);
        batch.sample(Sample { metric, device, context, start, end, offset, value, unit });
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use hilum_model::Time;

    use super::*;

    #[test]
    fn series_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let told = |batch: Result<Batch, ParseError>| {
            let batch = batch.expect("documented form");
            (super::super::lines(&batch), batch.rejected)
        };
        assert_eq!(
            told(hrv(include_bytes!("../fixtures/hrv.json"), &context)),
            (
                vec!["hrv_rmssd 1772577360 41".to_owned(), "hrv_rmssd 1772577660 44".to_owned()],
                vec!["[1]: no start".to_owned()]
            )
        );
        assert_eq!(
            told(pulse_ox(include_bytes!("../fixtures/pulse_ox.json"), &context)).0,
            ["blood_oxygen 1772577060 95", "blood_oxygen 1772577120 96"]
        );
        assert_eq!(
            told(respiration(include_bytes!("../fixtures/respiration.json"), &context)).0,
            // -1: nothing was felt.
            ["respiratory_rate 1772578800 14.4", "respiratory_rate 1772578860 15"]
        );
        assert_eq!(
            told(skin_temp(include_bytes!("../fixtures/skin_temp.json"), &context)),
            (
                vec!["skin_temperature_delta 1772577060 -0.4 (night_average)".to_owned()],
                vec!["[1]: no deviation".to_owned()]
            )
        );
    }
}

//! What was counted every minute or oftener.

use hilum_model::{Metric, Sample, Unit};
use serde_json::Value;

use crate::error::FileError;
use crate::json;
use crate::members::rejected;
use crate::out::Out;
use crate::stamp::{self, Zone};

const MINUTE_S: i64 = 60;

/// Heart rate: `{"bpm": 72, "confidence": 2}`.
pub(super) fn heart_rate(item: &Value, zone: &Zone, out: &mut Out<'_>) -> Result<(), FileError> {
    let Some(start) = json::text(item, "dateTime").and_then(stamp::short_year) else {
        return rejected(out, "heart_rate: no dateTime");
    };
    let Some(value) = item.get("value").and_then(|v| json::positive(v, "bpm")) else {
        return rejected(out, "heart_rate: no bpm above zero");
    };
    out.sample(Sample {
        metric: Metric::HeartRate,
        device: None,
        context: None,
        start,
        end: None,
        offset: zone.at(start),
        value,
        unit: Unit::PerMinute,
    })?;
    Ok(())
}

/// Steps.
pub(super) fn steps(item: &Value, zone: &Zone, out: &mut Out<'_>) -> Result<(), FileError> {
    minute(item, zone, out, Metric::Steps, Unit::Count)
}

/// Centimetres.
pub(super) fn distance(item: &Value, zone: &Zone, out: &mut Out<'_>) -> Result<(), FileError> {
    minute(item, zone, out, Metric::Distance, Unit::Centimetre)
}

/// Kilocalories of activity and rest together.
pub(super) fn calories(item: &Value, zone: &Zone, out: &mut Out<'_>) -> Result<(), FileError> {
    minute(item, zone, out, Metric::TotalEnergy, Unit::Kilocalorie)
}

/// Nothing in a minute is not told: most minutes of a life are such.
fn minute(item: &Value, zone: &Zone, out: &mut Out<'_>, metric: Metric, unit: Unit) -> Result<(), FileError> {
    let Some(start) = json::text(item, "dateTime").and_then(stamp::short_year) else {
        return rejected(out, "a minute without dateTime");
    };
    let Some(value) = json::amount(item, "value") else { return rejected(out, "a minute without a value") };
    if value > 0.0 {
        let (end, offset) = (Some(start.plus_s(MINUTE_S)), zone.at(start));
        out.sample(Sample { metric, device: None, context: None, start, end, offset, value, unit })?;
    }
    Ok(())
}

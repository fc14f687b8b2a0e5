//! What devices measured every minute or so.

use hilum_model::{Metric, Sample, Unit};

use super::time;
use crate::error::FileError;
use crate::members::rejected;
use crate::out::Out;
use crate::table::Row;

/// A series that a table holds.
pub(super) struct Series {
    metric: Metric,
    unit: Unit,
    /// Amounts of intervals, rather than readings.
    interval: bool,
    /// What keeps the mat's apart from the watch's.
    context: Option<&'static str>,
}

/// The series of a table of that name.
pub(super) fn series_of(name: &str) -> Option<Series> {
    let stem = name.strip_prefix("raw_")?.strip_suffix(".csv")?;
    let (device, what) = stem.split_once('_')?;
    let (metric, unit, interval) = match what {
        "hr" => (Metric::HeartRate, Unit::PerMinute, false),
        "respiratory-rate" => (Metric::RespiratoryRate, Unit::PerMinute, false),
        "auto_spo2" => (Metric::BloodOxygen, Unit::Percent, false),
        "steps" => (Metric::Steps, Unit::Count, true),
        "distance" => (Metric::Distance, Unit::Metre, true),
        "calories-earned" => (Metric::ActiveEnergy, Unit::Kilocalorie, true),
        _ => return None,
    };
    let context = matches!(device, "bed" | "sleep-monitor").then_some("bed");
    Some(Series { metric, unit, interval, context })
}

/// `start,duration,value`: lists of seconds and values, one after the other; a list of one may stand without brackets.
pub(super) fn row(row: &Row<'_>, series: &Series, out: &mut Out<'_>) -> Result<(), FileError> {
    let Some((start, offset)) = row.get("start").and_then(time) else { return rejected(out, "raw: no start") };
    let (Some(durations), Some(values)) = (row.get("duration").and_then(list), row.get("value").and_then(list)) else {
        return rejected(out, "raw: no lists of numbers");
    };
    if durations.len() != values.len() {
        return rejected(out, "raw: as many durations as values are not there");
    }
    let mut at = start;
    for (seconds, value) in durations.into_iter().zip(values) {
        if seconds < 0.0 {
            return rejected(out, "raw: a duration below zero");
        }
        let from = at;
        at = at.plus_ms((seconds * 1000.0) as i64);
        // Zero is how nothing, or no reading, is told.
        if value > 0.0 {
            out.sample(Sample {
                metric: series.metric,
                device: None,
                context: series.context.map(str::to_owned),
                start: from,
                end: series.interval.then_some(at),
                offset,
                value,
                unit: series.unit,
            })?;
        }
    }
    Ok(())
}

/// A list of numbers, or one number.
fn list(cell: &str) -> Option<Vec<f64>> {
    serde_json::from_str(cell).or_else(|_| serde_json::from_str(cell).map(|one| vec![one])).ok()
}

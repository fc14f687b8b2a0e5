//! Tables of what a watch measures at night.

use hilum_model::{Metric, Sample, Time, Unit};

use crate::error::FileError;
use crate::members::rejected;
use crate::out::Out;
use crate::stamp::{self, Zone};
use crate::table::Row;

/// Reads one row; one that is not understood is rejected.
pub(super) type RowOf = fn(&Row<'_>, &Zone, &mut Out<'_>) -> Result<(), FileError>;

/// Tables, by what their names begin with, in lower case.
const TABLES: [(&str, RowOf); 6] = [
    ("minute spo2 - ", minute_spo2),
    ("daily spo2 - ", daily_spo2),
    ("heart rate variability details - ", variability),
    ("daily heart rate variability summary - ", daily_variability),
    ("daily respiratory rate summary - ", daily_respiration),
    ("computed temperature - ", temperature),
];

/// How Fitbit writes that a minute's SpO2 could not be told.
const NO_SPO2: f64 = 50.0;

/// The reader of a table of that name.
pub(super) fn table_of(name: &str) -> Option<RowOf> {
    let stem = name.strip_suffix(".csv")?;
    TABLES.iter().find(|(prefix, _)| stem.starts_with(prefix)).map(|(_, row_of)| *row_of)
}

/// Times in UTC.
fn minute_spo2(row: &Row<'_>, zone: &Zone, out: &mut Out<'_>) -> Result<(), FileError> {
    let Some((start, _)) = row.get("timestamp").and_then(|t| Time::parse_rfc3339(t).ok()) else {
        return rejected(out, "Minute SpO2: no timestamp");
    };
    let Some(value) = row.number("value") else { return rejected(out, "Minute SpO2: no value") };
    if value > 0.0 && (value - NO_SPO2).abs() > f64::EPSILON {
        let offset = zone.at(start);
        point(Metric::BloodOxygen, Unit::Percent, start, offset, value, None, out)?;
    }
    Ok(())
}

/// Local times.
fn variability(row: &Row<'_>, zone: &Zone, out: &mut Out<'_>) -> Result<(), FileError> {
    let Some(local) = row.get("timestamp").and_then(stamp::local) else {
        return rejected(out, "Heart Rate Variability Details: no timestamp");
    };
    let Some(value) = row.number("rmssd").filter(|v| *v > 0.0) else {
        return rejected(out, "Heart Rate Variability Details: no rmssd above zero");
    };
    let (start, offset) = zone.of_local(local);
    point(Metric::HrvRmssd, Unit::Millisecond, start, offset, value, None, out)?;
    Ok(())
}

fn daily_spo2(row: &Row<'_>, _: &Zone, out: &mut Out<'_>) -> Result<(), FileError> {
    daily(row, "average_value", Metric::BloodOxygen, Unit::Percent, out)
}

fn daily_variability(row: &Row<'_>, _: &Zone, out: &mut Out<'_>) -> Result<(), FileError> {
    daily(row, "rmssd", Metric::HrvRmssd, Unit::Millisecond, out)
}

fn daily_respiration(row: &Row<'_>, _: &Zone, out: &mut Out<'_>) -> Result<(), FileError> {
    daily(row, "daily_respiratory_rate", Metric::RespiratoryRate, Unit::PerMinute, out)
}

/// The mean of a night, told for a day: it stands at midnight UTC of that day without an offset, so that it falls on the
/// right day wherever it is read.
fn daily(row: &Row<'_>, column: &str, metric: Metric, unit: Unit, out: &mut Out<'_>) -> Result<(), FileError> {
    let Some(day) = row.get("timestamp").and_then(stamp::day) else {
        return rejected(out, "a night's mean without a day");
    };
    let Some(value) = row.number(column) else { return rejected(out, "a night's mean without a value") };
    // Nights without enough signal are told as zero.
    if value > 0.0 {
        point(metric, unit, day.start_utc(), None, value, Some("daily_average"), out)?;
    }
    Ok(())
}

/// The skin's temperature over a sleep, °C, between local times. Other types of temperature are not of a sleep.
fn temperature(row: &Row<'_>, zone: &Zone, out: &mut Out<'_>) -> Result<(), FileError> {
    if row.get("type").is_some_and(|kind| kind != "SKIN") {
        return rejected(out, "Computed Temperature: of another type than SKIN");
    }
    let local = |column| row.get(column).and_then(stamp::local).map(|local| zone.of_local(local));
    let (Some((start, offset)), Some((end, _))) = (local("sleep_start"), local("sleep_end")) else {
        return rejected(out, "Computed Temperature: no sleep_start or sleep_end");
    };
    let Some(value) = row.number("nightly_temperature") else {
        return rejected(out, "Computed Temperature: no nightly_temperature");
    };
    let (metric, unit) = (Metric::SkinTemperature, Unit::Celsius);
    out.sample(Sample { metric, device: None, context: None, start, end: Some(end), offset, value, unit })?;
    Ok(())
}

fn point(
    metric: Metric,
    unit: Unit,
    start: Time,
    offset: Option<hilum_model::Offset>,
    value: f64,
    context: Option<&str>,
    out: &mut Out<'_>,
) -> Result<(), FileError> {
    let context = context.map(str::to_owned);
    out.sample(Sample { metric, device: None, context, start, end: None, offset, value, unit })
}

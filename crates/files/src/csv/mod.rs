//! Hilum's own table of readings, described in `docs/IMPORT.md`: for everything that no other format carries.
//!
//! Strict about each line, for nobody checks such a file but us: a line that is not understood is left out, and the
//! summary says which and why. Lenient about the order of columns and about columns that it does not know.

use std::io::Read;

use hilum_model::metric::Storage;
use hilum_model::observation::Location;
use hilum_model::{Body, Metric, Offset, Quantity, Record, Sample, Time, Unit};
use serde_json::Map;

use crate::error::FileError;
use crate::limits::Limits;
use crate::out::Out;
use crate::table::{Row, Table};

const KNOWN: [&str; 9] = ["metric", "start", "end", "value", "unit", "offset", "device", "context", "key"];
/// What is no metric but can be told: systolic and diastolic together.
const BLOOD_PRESSURE: &str = "blood_pressure";
/// The same: latitude and longitude together.
const LOCATION: &str = "location";

/// Whether a first line is that of such a table.
pub(crate) fn is_csv(header: &[String]) -> bool {
    ["metric", "start", "value"].iter().all(|name| header.iter().any(|h| h == name))
}

/// Reads a file.
pub(crate) fn read(input: impl Read, limits: &Limits, out: &mut Out<'_>) -> Result<(), FileError> {
    let mut table = Table::new(input, limits)?;
    for name in table.header() {
        if !name.is_empty() && !KNOWN.contains(&name.as_str()) {
            out.unknown(&format!("column {name}"));
        }
    }
    while let Some(row) = table.next()? {
        match line(&row) {
            Ok(Line::Sample(sample)) => out.sample(sample)?,
            Ok(Line::Record(record)) => out.record(*record)?,
            Err(what) => out.reject(&format!("line {}: {what}", row.line)),
        }
    }
    Ok(())
}

enum Line {
    Sample(Sample),
    Record(Box<Record>),
}

/// The times of a line.
#[derive(Clone, Copy)]
struct When {
    start: Time,
    end: Option<Time>,
    offset: Option<Offset>,
}

fn line(row: &Row<'_>) -> Result<Line, &'static str> {
    if !row.is_whole() {
        return Err("another number of cells than the first line has");
    }
    let name = row.get("metric").ok_or("no metric")?;
    let when = when(row)?;
    if name == BLOOD_PRESSURE {
        return blood_pressure(row, when);
    }
    if name == LOCATION {
        return location(row, when);
    }
    let metric = Metric::ALL.into_iter().find(|m| m.name() == name).ok_or("a metric that is not known")?;
    let value = row.number("value").ok_or("value is no finite number")?;
    let unit = unit(row.get("unit").ok_or("no unit")?, metric).ok_or("a unit that is not known")?;
    let quantity = Quantity::new(metric, value, unit).ok_or("a unit that does not fit the metric")?;
    if metric.storage() == Storage::Record {
        return Ok(record(row, when, Body::Reading { metric, quantity }));
    }
    Ok(Line::Sample(Sample {
        metric,
        device: row.get("device").map(str::to_owned),
        context: row.get("context").map(str::to_owned),
        start: when.start,
        end: when.end,
        offset: when.offset,
        value,
        unit,
    }))
}

fn when(row: &Row<'_>) -> Result<When, &'static str> {
    let time = |text: &str| Time::parse_rfc3339(text).map_err(|_| "a time that is not RFC 3339 with an offset");
    let (start, written) = time(row.get("start").ok_or("no start")?)?;
    let end = row.get("end").map(time).transpose()?.map(|(end, _)| end);
    if end.is_some_and(|end| end < start) {
        return Err("an end before the start");
    }
    let offset = match row.get("offset") {
        // "Z" says nothing about local time; "+00:00" in the column of offsets does.
        None => Some(written).filter(|o| *o != Offset(0)),
        Some(text) => Some(offset(text).ok_or("an offset that is not of the form +01:00")?),
    };
    Ok(When { start, end, offset })
}

/// `+hh:mm` or `-hh:mm`, up to 18 hours.
fn offset(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let two =
        |t: &str| if t.len() == 2 && t.bytes().all(|b| b.is_ascii_digit()) { t.parse::<i16>().ok() } else { None };
    let total = two(hours)? * 60 + two(minutes).filter(|m| *m < 60)?;
    (total <= 1080).then_some(Offset(sign * total))
}

/// The unit with a UCUM code. `1` stands for a share where the metric is one, else for a count.
fn unit(code: &str, metric: Metric) -> Option<Unit> {
    if code == "1" {
        return Some(if metric.unit() == Unit::Percent { Unit::Fraction } else { Unit::Count });
    }
    (1..=u8::MAX).filter_map(Unit::from_number).find(|unit| unit.ucum() == code)
}

fn record(row: &Row<'_>, when: When, body: Body) -> Line {
    Line::Record(Box::new(Record {
        key: row.get("key").map_or_else(|| format!("csv:{}", when.start.0), str::to_owned),
        device: row.get("device").map(str::to_owned),
        start: when.start,
        end: when.end,
        offset: when.offset,
        day: when.start.civil_day(when.offset),
        body,
        source_data: Map::new(),
    }))
}

/// The value is written `118/76`.
fn blood_pressure(row: &Row<'_>, when: When) -> Result<Line, &'static str> {
    let unit = row.get("unit").ok_or("no unit")?;
    let unit = [Unit::MillimetreOfMercury, Unit::Kilopascal].into_iter().find(|u| u.ucum() == unit);
    let unit = unit.ok_or("a unit that is none of pressure")?;
    let (systolic, diastolic) =
        row.get("value").and_then(|v| v.split_once('/')).ok_or("value is not of the form 118/76")?;
    let pressure = |text: &str| {
        let value = text.trim().parse().ok().filter(|v: &f64| v.is_finite() && *v > 0.0)?;
        unit.convert(value, Unit::MillimetreOfMercury)
    };
    let systolic = pressure(systolic).ok_or("value is not of the form 118/76")?;
    let diastolic = pressure(diastolic).ok_or("value is not of the form 118/76")?;
    Ok(record(row, when, Body::BloodPressure { systolic, diastolic, heart_rate: None }))
}

/// The value is written `48.137/11.575`; the context is the name of the place.
fn location(row: &Row<'_>, when: When) -> Result<Line, &'static str> {
    if row.get("unit") != Some(Unit::Degree.ucum()) {
        return Err("a unit that is not deg");
    }
    let (latitude, longitude) =
        row.get("value").and_then(|v| v.split_once('/')).ok_or("value is not of the form 48.137/11.575")?;
    let degrees = |text: &str| text.trim().parse::<f64>().map_err(|_| "value is not of the form 48.137/11.575");
    let name = row.get("context").map(str::to_owned);
    let location = Location { latitude: degrees(latitude)?, longitude: degrees(longitude)?, name, kind: None };
    if location.is_valid() {
        Ok(record(row, when, Body::Location(location)))
    } else {
        Err("a place that is not on earth")
    }
}

#[cfg(test)]
mod tests;

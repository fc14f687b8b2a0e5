//! Oura's account export: an archive of tables (`App Data/*.csv`), or earlier one JSON document.
//!
//! Confirmed by public readers of such archives: the names of the tables (`sleepmodel.csv`, `dailyactivity.csv`,
//! `dailyspo2.csv`, `heartrate.csv`, `temperature.csv`, `workout.csv`), semicolons between cells, the columns of the cloud
//! API, small JSON objects in cells. From general knowledge: `vo2max.csv`, and the JSON document, an object of lists named
//! as the cloud API's version 2 or 1 named them.
//!
//! Times carry their offset; where Oura writes UTC (heart rates), the local offset is unknown. The five-minute heart rates
//! inside a night are those of `heartrate.csv` again and are not read twice. Scores, tags and sessions have no metric.

mod day;
mod sleep;
mod workout;

pub use workout::oura_activity;

use std::io::Read;

use hilum_model::{Day, Metric, Offset, Sample, Time, Unit};
use serde_json::{Map, Value};

use crate::archive::Archive;
use crate::error::FileError;
use crate::input::Metered;
use crate::json;
use crate::limits::Limits;
use crate::members::{self, Export, rejected};
use crate::out::Out;
use crate::position::Position;
use crate::stamp;
use crate::table::Table;

/// Reads one item; one that is not understood is rejected.
type Item = fn(&Value, &mut Out<'_>) -> Result<(), FileError>;

/// Kinds of items: the name of the table, then those of the lists in a document.
const KINDS: [(&[&str], Item); 7] = [
    (&["sleepmodel", "sleep"], sleep::sleep),
    (&["dailyactivity", "daily_activity", "activity"], day::activity),
    (&["dailyspo2", "daily_spo2"], day::spo2),
    (&["heartrate", "heart_rate"], heart_rate),
    (&["temperature"], temperature),
    (&["workout", "workouts"], workout::workout),
    (&["vo2max", "vo2_max"], day::vo2_max),
];

fn item_of(name: &str) -> Option<Item> {
    let name = name.to_lowercase();
    KINDS.iter().find(|(names, _)| names.contains(&name.as_str())).map(|(_, item)| *item)
}

/// The table that such an archive of these names has, and others have not.
pub(crate) fn is_export<'n>(mut names: impl Iterator<Item = &'n str>) -> bool {
    names.any(|path| {
        let (_, name) = members::split(path);
        matches!(name.as_str(), "sleepmodel.csv" | "dailyactivity.csv" | "dailyspo2.csv" | "dailyreadiness.csv")
    })
}

/// Whether a document begins as such an export does: an object with a list that has Oura's members.
pub(crate) fn is_document(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let has = |word: &str| text.contains(word);
    text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
        && (has("\"bedtime_start\"")
            || has("\"class_5_min\"")
            || has("\"class_5min\"")
            || has("\"equivalent_walking_distance\""))
}

/// Reads an archive.
pub(crate) fn read_archive(
    input: Metered<'_>,
    limits: &Limits,
    from: Position,
    out: &mut Out<'_>,
) -> Result<(), FileError> {
    let mut archive = Archive::new(input, limits)?;
    members::each(&mut archive, limits, from, out, &mut Tables)
}

/// Reads a document.
pub(crate) fn read_document(input: impl Read, limits: &Limits, out: &mut Out<'_>) -> Result<(), FileError> {
    json::elements(input, limits, &mut |name, value| {
        if let Some(item) = item_of(name) {
            return item(&value, out);
        }
        out.unknown(name);
        Ok(())
    })
}

struct Tables;

impl Export for Tables {
    fn wants(&self, _: &str, name: &str) -> bool {
        name.strip_suffix(".csv").is_some_and(|stem| item_of(stem).is_some()) || name.strip_suffix(".json").is_some()
    }

    fn read(&mut self, name: &str, input: &mut dyn Read, limits: &Limits, out: &mut Out<'_>) -> Result<(), FileError> {
        let Some(stem) = name.strip_suffix(".csv") else { return read_document(input, limits, out) };
        let Some(item) = item_of(stem) else { return Ok(()) };
        let mut table = Table::new(input, limits)?;
        while let Some(row) = table.next()? {
            let cells = row.cells().filter(|(name, cell)| !name.is_empty() && !cell.is_empty());
            let object: Map<String, Value> = cells.map(|(name, cell)| (name.to_owned(), value(cell))).collect();
            item(&Value::Object(object), out)?;
        }
        Ok(())
    }
}

/// A cell: JSON where it is an object or a list, else a text.
fn value(cell: &str) -> Value {
    let is_json = cell.len() <= json::ELEMENT && cell.starts_with(['{', '[']);
    let parsed = is_json.then(|| serde_json::from_str(cell).ok()).flatten();
    parsed.unwrap_or_else(|| Value::String(cell.to_owned()))
}

/// A member that is a time with an offset. `+00:00` is how Oura writes UTC, and says nothing about local time.
fn time(item: &Value, name: &str) -> Option<(Time, Option<Offset>)> {
    let (at, offset) = Time::parse_rfc3339(json::text(item, name)?).ok()?;
    Some((at, Some(offset).filter(|o| *o != Offset(0))))
}

/// A member that is a day.
fn day(item: &Value, name: &str) -> Option<Day> {
    json::text(item, name).and_then(stamp::day)
}

/// What an item says beyond the normalised members: short texts and numbers.
fn beyond(item: &Value, names: &[&str]) -> Map<String, Value> {
    let told =
        |name: &&str| Some(((*name).to_owned(), item.get(*name).filter(|v| v.is_string() || v.is_number())?.clone()));
    names.iter().filter_map(told).collect()
}

/// Readings, about one in five minutes; `source` (awake, rest, sleep, …) is their context.
fn heart_rate(item: &Value, out: &mut Out<'_>) -> Result<(), FileError> {
    let Some((start, offset)) = time(item, "timestamp") else { return rejected(out, "heartrate: no timestamp") };
    let Some(value) = json::positive(item, "bpm") else { return rejected(out, "heartrate: no bpm above zero") };
    out.sample(Sample {
        metric: Metric::HeartRate,
        device: None,
        context: json::text(item, "source").map(str::to_owned),
        start,
        end: None,
        offset,
        value,
        unit: Unit::PerMinute,
    })
}

/// The ring's temperature, °C.
fn temperature(item: &Value, out: &mut Out<'_>) -> Result<(), FileError> {
    let Some((start, offset)) = time(item, "timestamp") else { return rejected(out, "temperature: no timestamp") };
    let Some(value) = json::positive(item, "skin_temp") else { return rejected(out, "temperature: no skin_temp") };
    let (metric, unit) = (Metric::SkinTemperature, Unit::Celsius);
    out.sample(Sample { metric, device: None, context: None, start, end: None, offset, value, unit })
}

#[cfg(test)]
mod tests;

//! Google's timeline of places: the `Timeline.json` that a phone exports, or the archive that Google Takeout made before.
//!
//! Confirmed by public readers of such files:
//! - `Timeline.json`: `{"semanticSegments": [{"startTime", "endTime", "startTimeTimezoneUtcOffsetMinutes", "visit":
//!   {"hierarchyLevel", "probability", "topCandidate": {"placeId", "semanticType", "placeLocation": {"latLng": "48.1°,
//!   11.5°"}}}}], …}`, times RFC 3339.
//! - Takeout: `Semantic Location History/YEAR/YEAR_MONTH.json` with `{"timelineObjects": [{"placeVisit": {"location":
//!   {"latitudeE7", "longitudeE7", "placeId", "name", "semanticType"}, "duration": {"startTimestamp",
//!   "endTimestamp"}}}]}`, in UTC. From general knowledge: files of before 2022 have `startTimestampMs` as a text instead.
//!
//! Only visits are read. Ways between places and the raw signals of the phone are no places where somebody stayed.

use std::io::Read;

use hilum_model::observation::Location;
use hilum_model::{Body, Offset, Record, Time};
use serde_json::{Map, Value};

use crate::archive::Archive;
use crate::error::FileError;
use crate::input::Metered;
use crate::json;
use crate::limits::Limits;
use crate::members::{self, Export};
use crate::out::Out;
use crate::position::Position;

/// The folder that Takeout calls so in every language.
const FOLDER: &str = "semantic location history";
/// A phone's file, when it lies in an archive.
const FILE: &str = "timeline.json";

/// Whether a document begins as such an export does.
pub(crate) fn is_document(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with('{') && (text.contains("\"semanticSegments\"") || text.contains("\"timelineObjects\""))
}

/// Whether an archive with members of these names is such an export.
pub(crate) fn is_export<'n>(mut names: impl Iterator<Item = &'n str>) -> bool {
    names.any(|path| {
        let (folder, name) = members::split(path);
        is_member(&folder, &name)
    })
}

fn is_member(folder: &str, name: &str) -> bool {
    name == FILE || (name.strip_suffix(".json").is_some() && folder.contains(FOLDER))
}

/// Reads an archive.
pub(crate) fn read_archive(
    input: Metered<'_>,
    limits: &Limits,
    from: Position,
    out: &mut Out<'_>,
) -> Result<(), FileError> {
    let mut archive = Archive::new(input, limits)?;
    members::each(&mut archive, limits, from, out, &mut Months)
}

struct Months;

impl Export for Months {
    fn wants(&self, folder: &str, name: &str) -> bool {
        is_member(folder, name)
    }

    fn read(&mut self, _: &str, input: &mut dyn Read, limits: &Limits, out: &mut Out<'_>) -> Result<(), FileError> {
        read(input, limits, out)
    }
}

/// Reads a document.
pub(crate) fn read(input: impl Read, limits: &Limits, out: &mut Out<'_>) -> Result<(), FileError> {
    json::elements(input, limits, &mut |list, element| {
        let visit = match list {
            "semanticSegments" => element.get("visit").map(|visit| segment(&element, visit)),
            "timelineObjects" => element.get("placeVisit").map(place_visit),
            _ => return Ok(()),
        };
        match visit {
            Some(Ok(record)) => out.record(record),
            Some(Err(what)) => members::rejected(out, what),
            None => {
                out.leave_out("ways between places");
                Ok(())
            }
        }
    })
}

/// A visit of a phone's file.
fn segment(segment: &Value, visit: &Value) -> Result<Record, &'static str> {
    let (start, written) = instant(segment, "startTime").ok_or("visit: no start")?;
    let (end, _) = instant(segment, "endTime").ok_or("visit: no end")?;
    let minutes = segment.get("startTimeTimezoneUtcOffsetMinutes").and_then(Value::as_i64);
    let told = minutes.and_then(|minutes| i16::try_from(minutes).ok()).filter(|m| m.abs() <= 18 * 60).map(Offset);
    let place = visit.get("topCandidate").ok_or("visit: no place")?;
    let degrees = place.get("placeLocation").and_then(|at| json::text(at, "latLng")).and_then(lat_lng);
    let level = visit.get("hierarchyLevel").and_then(json::number).unwrap_or(0.0);
    let mut source_data = known(place, &["placeId"]);
    for (name, value) in known(visit, &["probability", "hierarchyLevel"]) {
        source_data.insert(name, value);
    }
    record((start, end, told.or(written)), level, degrees, place, source_data)
}

/// A visit of Takeout's file.
fn place_visit(visit: &Value) -> Result<Record, &'static str> {
    let duration = visit.get("duration").ok_or("visit: no start")?;
    let at = |name: &str, old: &str| {
        let ms = || Some(Time(json::id(duration, old)?.parse().ok()?));
        instant(duration, name).map(|(at, _)| at).or_else(ms)
    };
    let start = at("startTimestamp", "startTimestampMs").ok_or("visit: no start")?;
    let end = at("endTimestamp", "endTimestampMs").ok_or("visit: no end")?;
    let place = visit.get("location").ok_or("visit: no place")?;
    let e7 = |name: &str| Some(json::number(place.get(name)?)? / 1e7);
    let degrees = e7("latitudeE7").zip(e7("longitudeE7"));
    record((start, end, None), 0.0, degrees, place, known(place, &["placeId", "address"]))
}

fn record(
    (start, end, offset): (Time, Time, Option<Offset>),
    level: f64,
    degrees: Option<(f64, f64)>,
    place: &Value,
    source_data: Map<String, Value>,
) -> Result<Record, &'static str> {
    let (latitude, longitude) = degrees.ok_or("visit: no coordinates")?;
    let name = json::text(place, "name").map(str::to_owned);
    let location = Location { latitude, longitude, name, kind: json::text(place, "semanticType").and_then(kind) };
    if !location.is_valid() {
        return Err("visit: no coordinates");
    }
    Ok(Record {
        // A visit to a place within a place begins with it, perhaps.
        key: format!("visit:{}:{level}", start.0),
        device: None,
        start,
        end: Some(end),
        offset,
        day: start.civil_day(offset),
        body: Body::Location(location),
        source_data,
    })
}

/// `TYPE_HOME` and `HOME` as `home`; nothing where it is not known.
fn kind(word: &str) -> Option<String> {
    let word = word.strip_prefix("TYPE_").unwrap_or(word).to_lowercase();
    (word != "unknown").then_some(word)
}

/// A time, and the offset that it is written with: UTC says nothing about local time.
fn instant(item: &Value, name: &str) -> Option<(Time, Option<Offset>)> {
    let (at, offset) = Time::parse_rfc3339(json::text(item, name)?).ok()?;
    Some((at, Some(offset).filter(|offset| *offset != Offset(0))))
}

/// `48.1370°, 11.5750°`.
fn lat_lng(text: &str) -> Option<(f64, f64)> {
    let (latitude, longitude) = text.split_once(',')?;
    let degrees = |text: &str| text.trim().trim_end_matches('°').trim().parse::<f64>().ok().filter(|d| d.is_finite());
    Some((degrees(latitude)?, degrees(longitude)?))
}

/// Members that are kept as the source's own.
fn known(item: &Value, names: &[&str]) -> Map<String, Value> {
    let told =
        |name: &&str| Some(((*name).to_owned(), item.get(*name).filter(|v| v.is_string() || v.is_number())?.clone()));
    names.iter().filter_map(told).collect()
}

#[cfg(test)]
mod tests;

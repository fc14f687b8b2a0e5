//! The body of `POST /v1/human/ingest`: Hilum's own form in which SDKs and bridges deliver observations. `docs/INGEST.md`
//! says it for those who write such a client.
//!
//! Items are judged one by one: one that can not be understood is reported with its place and leaves the others alone.

mod straight;

use std::borrow::Cow;
use std::ops::Deref;

use hilum_model::observation::{Activity, ActivityDay, Ecg, GeneticTrait, HeartRateDay, Location, Meal, Sleep};
use hilum_model::{Batch, Body, Day, Kind, Metric, Observation, Offset, Quantity, Record, Sample, Time, Unit};
use serde::Deserialize;
use serde_json::{Map, Value};

use self::straight::Straight;
use crate::spec::read::in_range;

/// Most items of one body.
pub const MOST_ITEMS: usize = 10_000;

/// Most devices of one body that are remembered as the source's.
const MOST_DEVICES: usize = 50;

/// Longest name of a source, bytes.
const LONGEST_SOURCE: usize = 32;

/// What one body says.
#[derive(Debug)]
pub struct Ingest {
    /// Name of the source, lowercase with underscores.
    pub source: String,
    /// What was understood.
    pub batch: Batch,
    /// What was not, by place in the list.
    pub rejected: Vec<Rejected>,
}

/// An item that was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejected {
    /// Place in `observations`, from 0.
    pub index: usize,
    /// Why.
    pub why: Why,
}

/// Why an item was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// A member has a type that it must not have.
    Malformed,
    /// Neither `metric`, `type` nor `deleted` names anything known.
    UnknownKind,
    /// `start` is missing or no RFC 3339 time between 1900 and 2200.
    BadStart,
    /// `end` is no such time, or lies before `start`.
    BadEnd,
    /// `value` is missing or not finite.
    BadValue,
    /// `unit` is unknown or does not fit the metric.
    BadUnit,
    /// `id` is missing where it is needed, or longer than 200 bytes.
    BadId,
    /// The contents that `type` promises are missing.
    NoContents,
}

impl Why {
    /// A word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed_item",
            Self::UnknownKind => "unknown_kind",
            Self::BadStart => "bad_start",
            Self::BadEnd => "bad_end",
            Self::BadValue => "bad_value",
            Self::BadUnit => "bad_unit",
            Self::BadId => "bad_id",
            Self::NoContents => "no_contents",
        }
    }

    /// A sentence for people.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Malformed => "A member has another type than documented.",
            Self::UnknownKind => "Name a known metric, a known type, or what is deleted.",
            Self::BadStart => "start has to be a time of RFC 3339 between 1900 and 2200.",
            Self::BadEnd => "end has to be a time of RFC 3339 and not before start.",
            Self::BadValue => "value has to be a finite number.",
            Self::BadUnit => "unit has to be a UCUM code that fits the metric.",
            Self::BadId => "id has to be a text of 1 to 200 bytes.",
            Self::NoContents => "The contents that type names are missing.",
        }
    }
}

/// Why a whole body is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IngestError {
    /// No JSON, or not of the documented form.
    #[error("the body is no JSON object with source and observations")]
    Malformed,
    /// `source` is missing or no lowercase word.
    #[error("source has to be 1 to 32 lowercase letters, digits and underscores")]
    BadSource,
    /// Too many items.
    #[error("at most {MOST_ITEMS} observations in one body")]
    TooMany,
}

#[derive(Deserialize)]
struct Top<'a> {
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(default, borrow)]
    device: Option<Cow<'a, str>>,
    observations: Vec<Value>,
}

/// A text that is borrowed from the body unless it has escapes in it.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(default, borrow)]
    id: Option<Text<'a>>,
    #[serde(default, borrow)]
    metric: Option<Text<'a>>,
    #[serde(default, rename = "type", borrow)]
    kind: Option<Text<'a>>,
    #[serde(default, borrow)]
    deleted: Option<Text<'a>>,
    #[serde(default, borrow)]
    start: Option<Text<'a>>,
    #[serde(default, borrow)]
    end: Option<Text<'a>>,
    #[serde(default, borrow)]
    day: Option<Text<'a>>,
    #[serde(default)]
    value: Option<f64>,
    #[serde(default, borrow)]
    unit: Option<Text<'a>>,
    #[serde(default, borrow)]
    device: Option<Text<'a>>,
    #[serde(default, borrow)]
    context: Option<Text<'a>>,
    #[serde(default)]
    systolic: Option<f64>,
    #[serde(default)]
    diastolic: Option<f64>,
    #[serde(default)]
    heart_rate: Option<f64>,
    #[serde(default)]
    activity: Option<Box<Activity>>,
    #[serde(default)]
    activity_day: Option<Box<ActivityDay>>,
    #[serde(default)]
    sleep: Option<Box<Sleep>>,
    #[serde(default)]
    heart_rate_day: Option<Box<HeartRateDay>>,
    #[serde(default)]
    meal: Option<Box<Meal>>,
    #[serde(default)]
    ecg: Option<Box<Ecg>>,
    #[serde(default)]
    location: Option<Box<Location>>,
    #[serde(default)]
    genetic_trait: Option<Box<GeneticTrait>>,
    #[serde(default, rename = "sourceData")]
    source_data: Option<Map<String, Value>>,
}

/// Reads a body.
pub fn read(bytes: &[u8]) -> Result<Ingest, IngestError> {
    // At once where every item is well formed; otherwise once more, to find those that are not.
    if let Ok(Straight { source, gather }) = serde_json::from_slice(bytes) {
        return gather.finish(source);
    }
    let top: Top<'_> = serde_json::from_slice(bytes).map_err(|_| IngestError::Malformed)?;
    if top.observations.len() > MOST_ITEMS {
        return Err(if is_source(&top.source) { IngestError::TooMany } else { IngestError::BadSource });
    }
    let mut gather = Gather::default();
    for value in &top.observations {
        gather.take(Item::deserialize(value).ok().as_ref(), top.device.as_deref());
    }
    gather.finish(top.source.into_owned())
}

fn is_source(name: &str) -> bool {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    (1..=LONGEST_SOURCE).contains(&name.len()) && name.bytes().all(word)
}

/// What items become, one after the other.
#[derive(Default)]
struct Gather {
    items: usize,
    batch: Batch,
    rejected: Vec<Rejected>,
    names: Names,
}

impl Gather {
    /// The next item; `None` for one that is malformed.
    fn take(&mut self, item: Option<&Item<'_>>, device: Option<&str>) {
        match item.ok_or(Why::Malformed).and_then(|item| observation(item, device, &mut self.names)) {
            Ok(observation) => {
                self.note_device(&observation);
                self.batch.observations.push(observation);
            }
            Err(why) => self.rejected.push(Rejected { index: self.items, why }),
        }
        self.items += 1;
    }

    fn note_device(&mut self, observation: &Observation) {
        let device = match observation {
            Observation::Sample(sample) => sample.device.as_ref(),
            Observation::Record(record) => record.device.as_ref(),
            Observation::Deleted { .. } => None,
        };
        let known = &mut self.batch.facts.devices;
        if let Some(device) = device
            && known.len() < MOST_DEVICES
            && !known.contains(device)
        {
            known.push(device.clone());
        }
    }

    fn finish(self, source: String) -> Result<Ingest, IngestError> {
        if !is_source(&source) {
            return Err(IngestError::BadSource);
        }
        Ok(Ingest { source, batch: self.batch, rejected: self.rejected })
    }
}

/// Names that were understood: a body says a few of them thousands of times.
#[derive(Default)]
struct Names {
    metrics: Vec<Metric>,
    units: Vec<(Metric, Unit)>,
}

impl Names {
    fn metric(&mut self, name: &str) -> Option<Metric> {
        if let Some(known) = self.metrics.iter().find(|metric| metric.name() == name) {
            return Some(*known);
        }
        let found = Metric::ALL.into_iter().find(|metric| metric.name() == name)?;
        self.metrics.push(found);
        Some(found)
    }

    fn unit(&mut self, code: &str, metric: Metric) -> Option<Unit> {
        if let Some((_, known)) = self.units.iter().find(|(of, unit)| *of == metric && unit.ucum() == code) {
            return Some(*known);
        }
        let found = Unit::of_ucum(code, metric)?;
        self.units.push((metric, found));
        Some(found)
    }
}

fn observation(item: &Item<'_>, device: Option<&str>, names: &mut Names) -> Result<Observation, Why> {
    if let Some(deleted) = item.deleted.as_deref() {
        let kind = kind_named(deleted).ok_or(Why::UnknownKind)?;
        return Ok(Observation::Deleted { kind, key: id(item)?.ok_or(Why::BadId)? });
    }
    let (start, offset) = moment(item.start.as_deref(), Why::BadStart)?.ok_or(Why::BadStart)?;
    let end = moment(item.end.as_deref(), Why::BadEnd)?.map(|(end, _)| end);
    if end.is_some_and(|end| end < start) {
        return Err(Why::BadEnd);
    }
    let device = short(item.device.as_deref().or(device));
    if let Some(name) = item.metric.as_deref() {
        let metric = names.metric(name).ok_or(Why::UnknownKind)?;
        let unit = match item.unit.as_deref() {
            None => metric.unit(),
            Some(code) => names.unit(code, metric).ok_or(Why::BadUnit)?,
        };
        let value = item.value.filter(|v| v.is_finite()).ok_or(Why::BadValue)?;
        if Kind::of_metric(metric).is_none() {
            let context = short(item.context.as_deref());
            return Ok(Observation::Sample(Sample { metric, device, context, start, end, offset, value, unit }));
        }
        let quantity = Quantity::new(metric, value, unit).ok_or(Why::BadValue)?;
        return record(item, (start, end, offset), device, Body::Reading { metric, quantity });
    }
    let body = match item.kind.as_deref() {
        Some("blood_pressure") => Body::BloodPressure {
            systolic: item.systolic.filter(|v| *v > 0.0).ok_or(Why::BadValue)?,
            diastolic: item.diastolic.filter(|v| *v > 0.0).ok_or(Why::BadValue)?,
            heart_rate: item.heart_rate,
        },
        Some("activity") => Body::Activity(*item.activity.clone().ok_or(Why::NoContents)?),
        Some("activity_day") => Body::ActivityDay(*item.activity_day.clone().ok_or(Why::NoContents)?),
        Some("sleep") => Body::Sleep(night(*item.sleep.clone().ok_or(Why::NoContents)?, start, end)?),
        Some("heart_rate_day") => Body::HeartRateDay(*item.heart_rate_day.clone().ok_or(Why::NoContents)?),
        Some("meal") => Body::Meal(*item.meal.clone().ok_or(Why::NoContents)?),
        Some("ecg") => Body::Ecg(*item.ecg.clone().ok_or(Why::NoContents)?),
        Some("location") => Body::Location(place(*item.location.clone().ok_or(Why::NoContents)?)?),
        Some("genetic_trait") => Body::GeneticTrait(*item.genetic_trait.clone().ok_or(Why::NoContents)?),
        _ => return Err(Why::UnknownKind),
    };
    record(item, (start, end, offset), device, body)
}

/// A night has an end, and its stages lie in it, in order.
fn night(sleep: Sleep, start: Time, end: Option<Time>) -> Result<Sleep, Why> {
    let end = end.ok_or(Why::BadEnd)?;
    let inside = sleep.stages.iter().all(|s| start <= s.start && s.start < s.end && s.end <= end);
    let ordered = sleep.stages.windows(2).all(|pair| pair[0].end <= pair[1].start);
    if inside && ordered { Ok(sleep) } else { Err(Why::BadEnd) }
}

/// A place lies on earth.
fn place(location: Location) -> Result<Location, Why> {
    if location.is_valid() { Ok(location) } else { Err(Why::BadValue) }
}

fn record(
    item: &Item<'_>,
    (start, end, offset): (Time, Option<Time>, Option<Offset>),
    device: Option<String>,
    body: Body,
) -> Result<Observation, Why> {
    let kind = body.kind().ok_or(Why::UnknownKind)?;
    let told = item.day.as_deref().map(|day| Day::parse(day).map_err(|_| Why::Malformed)).transpose()?;
    let counts_at = if kind == Kind::Sleep { end.unwrap_or(start) } else { start };
    let key = match id(item)? {
        Some(id) => id,
        // Without an id of its own a record is known by its start and device.
        None => format!("{}:{}:{}", kind.number(), start.0, device.as_deref().unwrap_or_default()),
    };
    let day = told.unwrap_or_else(|| counts_at.civil_day(offset));
    let source_data = item.source_data.clone().unwrap_or_default();
    Ok(Observation::Record(Box::new(Record { key, device, start, end, offset, day, body, source_data })))
}

fn id(item: &Item<'_>) -> Result<Option<String>, Why> {
    match item.id.as_deref() {
        None => Ok(None),
        Some(id) if !id.is_empty() && id.len() <= 200 => Ok(Some(id.to_owned())),
        Some(_) => Err(Why::BadId),
    }
}

/// A time, and the offset that it is written with. `Z` says nothing about where the person is.
fn moment(text: Option<&str>, why: Why) -> Result<Option<(Time, Option<Offset>)>, Why> {
    let Some(text) = text else { return Ok(None) };
    let (time, offset) = Time::parse_rfc3339(text).map_err(|_| why)?;
    let time = in_range(time).ok_or(why)?;
    Ok(Some((time, (!text.ends_with(['Z', 'z'])).then_some(offset))))
}

fn short(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty() && text.len() <= 200).map(str::to_owned)
}

fn kind_named(name: &str) -> Option<Kind> {
    Kind::ALL
        .into_iter()
        .filter(|kind| *kind != Kind::SleepDay)
        .find(|kind| serde_json::to_value(kind).is_ok_and(|word| word == name))
}

#[cfg(test)]
mod tests;

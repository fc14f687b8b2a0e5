//! The eight measurements: latest, readings, one reading, readings of a day.
//! Source of names, units and members: human-connect contract 4.2.

use hilum_model::{Body, Day, Kind, Metric, RecordId, Time};
use hilum_store::humans::Human;
use hilum_store::records::{Filter, Page, StoredRecord};
use hilum_store::samples::{Series, StoredSample};

use super::answer::Reply;
use super::json::Json;
use super::rows::{Extra, Rows, Sources, parse_day, source_data};
use super::{Call, nothing_here};
use crate::ApiError;

/// Bytes that a reading of a series usually needs.
const SAMPLE_BYTES: usize = 320;

/// A measurement as the data API names it.
pub(super) struct Measurement {
    /// In paths.
    pub(super) name: &'static str,
    /// In the human summary.
    pub(super) summary: &'static str,
    /// Where its readings are kept.
    pub(super) kept: Kept,
}

/// The two kinds of storage.
pub(super) enum Kept {
    /// A record a reading.
    Rows(Rows),
    /// A dense series.
    Series(Metric),
}

const fn rows(kind: Kind, write: fn(&mut Json, &StoredRecord, &str)) -> Kept {
    Kept::Rows(Rows { kind, noun: "reading", write })
}

/// All of them, in the order of the human summary.
pub(super) const MEASUREMENTS: [Measurement; 8] = [
    Measurement { name: "blood_glucose", summary: "bloodGlucose", kept: rows(Kind::BloodGlucose, write_glucose) },
    Measurement { name: "blood_oxygen", summary: "bloodOxygen", kept: Kept::Series(Metric::BloodOxygen) },
    Measurement { name: "blood_pressure", summary: "bloodPressure", kept: rows(Kind::BloodPressure, write_pressure) },
    Measurement { name: "bmi", summary: "bmi", kept: rows(Kind::Bmi, write_scalar) },
    Measurement { name: "body_fat", summary: "bodyFat", kept: rows(Kind::BodyFat, write_scalar) },
    Measurement { name: "height", summary: "height", kept: rows(Kind::Height, write_scalar) },
    Measurement { name: "heart_rate", summary: "heartRate", kept: Kept::Series(Metric::HeartRate) },
    Measurement { name: "weight", summary: "weight", kept: rows(Kind::Weight, write_scalar) },
];

impl Measurement {
    /// The one with that name in paths.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        const ALL: &[Measurement] = &MEASUREMENTS;
        ALL.iter().find(|m| m.name == name)
    }
}

/// The unit as the data API writes it, which is not UCUM. Metrics that the data API does not have keep their code.
pub(super) const fn unit(metric: Metric) -> &'static str {
    match metric {
        Metric::BodyFat => "percent",
        Metric::BloodOxygen => "SpO2",
        Metric::HeartRate => "bpm",
        other => other.unit().ucum(),
    }
}

/// Everything below `/{measurement}`.
pub(super) fn read(call: &Call<'_>, measurement: &Measurement, path: &[&str]) -> Result<Reply, ApiError> {
    match (&measurement.kept, path) {
        (Kept::Rows(rows), []) => rows.latest(call),
        (Kept::Rows(rows), ["readings"]) => rows.list(call),
        (Kept::Rows(rows), ["readings", "daily", date]) => rows.daily(call, date),
        (Kept::Rows(rows), ["readings", id]) => rows.by_id(call, id),
        (Kept::Series(metric), []) => latest_sample(call, *metric),
        (Kept::Series(metric), ["readings"]) => samples(call, *metric, None),
        (Kept::Series(metric), ["readings", "daily", date]) => samples(call, *metric, Some(parse_day(date)?)),
        (Kept::Series(metric), ["readings", id]) => sample(call, *metric, id),
        _ => Err(nothing_here()),
    }
}

fn write_scalar(json: &mut Json, row: &StoredRecord, source: &str) {
    let Body::Reading { metric, quantity } = &row.record.body else { return };
    json.time("timestamp", row.record.start);
    json.offset(row.record.offset);
    json.number("value", quantity.value);
    json.text("unit", unit(*metric));
    json.text("source", source);
    received(json, row, &[]);
}

/// Glucose readings have three texts more, empty where the source does not tell them.
fn write_glucose(json: &mut Json, row: &StoredRecord, source: &str) {
    const TEXTS: [&str; 3] = ["notes", "mealTag", "medicationTag"];
    let Body::Reading { metric, quantity } = &row.record.body else { return };
    json.time("timestamp", row.record.start);
    json.offset(row.record.offset);
    json.number("value", quantity.value);
    json.text("unit", unit(*metric));
    for name in TEXTS {
        json.text(name, row.record.source_data.get(name).and_then(|v| v.as_str()).unwrap_or_default());
    }
    json.text("source", source);
    received(json, row, &TEXTS);
}

/// `sourceData` of a scalar reading, with value and unit as received where they differ from the normalised ones.
fn received(json: &mut Json, row: &StoredRecord, shown: &[&str]) {
    let Body::Reading { metric, quantity } = &row.record.body else { return };
    let differs = quantity.received_unit != metric.unit();
    source_data(
        json,
        &row.record,
        shown,
        &[
            ("receivedValue", Extra::Number(differs.then_some(quantity.received))),
            ("receivedUnit", Extra::Text(differs.then(|| quantity.received_unit.ucum()))),
        ],
    );
}

fn write_pressure(json: &mut Json, row: &StoredRecord, source: &str) {
    let Body::BloodPressure { systolic, diastolic, heart_rate } = &row.record.body else { return };
    json.time("timestamp", row.record.start);
    json.offset(row.record.offset);
    json.text("unit", "mmHg");
    json.number("systolic", *systolic);
    json.number("diastolic", *diastolic);
    json.number_if_told("heartRate", *heart_rate);
    json.text("source", source);
    source_data(json, &row.record, &[], &[]);
}

fn samples(call: &Call<'_>, metric: Metric, day: Option<Day>) -> Result<Reply, ApiError> {
    let mut filter = call.query.filter(day)?;
    let page = if call.narrow(&mut filter)? {
        call.engine.store.samples(call.human.human_id, metric, &filter)?
    } else {
        Page { rows: Vec::new(), total: 0 }
    };
    let mut writer = SampleWriter::new(call, page.rows.len())?;
    writer.json.begin_array();
    for (index, row) in page.rows.iter().enumerate() {
        if index > 0 {
            writer.json.raw(b",");
        }
        writer.write(row)?;
    }
    writer.json.end_array();
    Ok(Reply { body: writer.json.into_bytes(), list: Some(call.list_head(&filter, page.total)) })
}

fn latest_sample(call: &Call<'_>, metric: Metric) -> Result<Reply, ApiError> {
    let human = call.human.human_id;
    let mut filter = Filter { limit: 1, ..Filter::default() };
    let newest = if !call.narrow(&mut filter)? {
        None
    } else if filter.connections.is_none() {
        call.engine.store.latest_sample(human, metric)?
    } else {
        call.engine.store.samples(human, metric, &filter)?.rows.into_iter().next()
    };
    let Some(row) = newest else { return Ok(Reply::object(b"{}".to_vec())) };
    one(call, &row)
}

fn sample(call: &Call<'_>, metric: Metric, id: &str) -> Result<Reply, ApiError> {
    let row = match id.parse::<RecordId>() {
        Ok(id) => call.engine.store.sample(call.human.human_id, metric, id)?,
        Err(_) => None,
    };
    one(call, &row.ok_or_else(|| ApiError::not_found("The person has no such reading."))?)
}

fn one(call: &Call<'_>, row: &StoredSample) -> Result<Reply, ApiError> {
    let mut writer = SampleWriter::new(call, 1)?;
    writer.write(row)?;
    Ok(Reply::object(writer.json.into_bytes()))
}

/// Writes samples. What all rows of a page share is made once: the person's ids, and for each series what follows
/// the value.
struct SampleWriter {
    json: Json,
    sources: Sources,
    head: Vec<u8>,
    series: Vec<(u32, Vec<u8>)>,
    /// The end of the row before, and its times: what one sync wrote shares them.
    end: (Time, Time, Vec<u8>),
}

impl SampleWriter {
    fn new(call: &Call<'_>, rows: usize) -> Result<Self, ApiError> {
        Ok(Self {
            json: Json::with_capacity(2 + rows * SAMPLE_BYTES),
            sources: Sources::of(call)?,
            head: head(&call.human),
            series: Vec::new(),
            end: (Time::default(), Time::default(), Vec::new()),
        })
    }

    fn write(&mut self, row: &StoredSample) -> Result<(), ApiError> {
        let known = self.series.iter().position(|(number, _)| *number == row.series.number);
        let index = if let Some(index) = known {
            index
        } else {
            let tail = tail(&row.series, self.sources.name(row.series.connection_id)?);
            self.series.push((row.series.number, tail));
            self.series.len() - 1
        };
        let json = &mut self.json;
        json.raw(b"{\"id\":\"");
        json.write_hex(&row.id.0);
        json.raw(&self.head);
        json.write_time(row.start);
        json.raw(b"\"");
        json.offset(row.offset);
        json.raw(b",\"value\":");
        json.write_number(row.value);
        json.raw(&self.series[index].1);
        if row.series.unit != row.series.metric.unit() {
            json.number("receivedValue", row.received);
            json.text("receivedUnit", row.series.unit.ucum());
        }
        if let Some(end) = row.end {
            json.time("endTime", end);
        }
        let (created_at, updated_at, end) = &mut self.end;
        if end.is_empty() || (*created_at, *updated_at) != (row.created_at, row.updated_at) {
            let mut text = Json::with_capacity(96);
            text.raw(b"},\"createdAt\":\"");
            text.write_time(row.created_at);
            text.raw(b"\",\"updatedAt\":\"");
            text.write_time(row.updated_at);
            text.raw(b"\"}");
            self.end = (row.created_at, row.updated_at, text.into_bytes());
        }
        self.json.raw(&self.end.2);
        Ok(())
    }
}

/// From behind the digits of `id` to before those of `timestamp`.
fn head(human: &Human) -> Vec<u8> {
    let mut json = Json::with_capacity(128);
    json.raw(b"\",");
    let mut ids = Json::with_capacity(96);
    ids.id("userId", &human.user_id.0);
    ids.id("humanId", &human.human_id.0);
    json.raw(&ids.into_bytes());
    json.raw(b",\"timestamp\":\"");
    json.into_bytes()
}

/// From behind the value to the members of `sourceData` that differ from sample to sample.
fn tail(series: &Series, source: &str) -> Vec<u8> {
    let mut json = Json::with_capacity(128);
    json.raw(b",");
    let mut members = Json::with_capacity(128);
    members.text("unit", unit(series.metric));
    members.text("source", source);
    members.key("sourceData");
    members.begin_object();
    if let Some(context) = &series.context {
        members.text("context", context);
    }
    if let Some(device) = &series.device {
        members.text("device", device);
    }
    json.raw(&members.into_bytes());
    json.into_bytes()
}

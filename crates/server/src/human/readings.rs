//! The eight measurements: latest, readings, one reading, readings of a day.
//! Source of names, units and members: human-connect contract 4.2.

use hilum_model::{Body, Kind, Metric};
use hilum_store::records::StoredRecord;

use super::answer::Reply;
use super::json::Json;
use super::rows::{Extra, Rows, Told, parse_day, source_data};
use super::{Call, glucose, nothing_here, samples};
use crate::ApiError;

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

const fn rows(kind: Kind, write: fn(&mut Json, &StoredRecord, &Told<'_>)) -> Kept {
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
        (Kept::Series(metric), []) => samples::latest(call, *metric),
        (Kept::Series(metric), ["readings"]) => samples::list(call, *metric, None),
        (Kept::Series(metric), ["readings", "daily", date]) => samples::list(call, *metric, Some(parse_day(date)?)),
        (Kept::Series(metric), ["readings", id]) => samples::by_id(call, *metric, id),
        _ => Err(nothing_here()),
    }
}

fn write_scalar(json: &mut Json, row: &StoredRecord, told: &Told<'_>) {
    let Body::Reading { metric, quantity } = &row.record.body else { return };
    json.time("timestamp", row.record.start);
    json.offset(row.record.offset);
    json.number("value", quantity.value);
    json.text("unit", unit(*metric));
    json.text("source", told.source);
    received(json, row, &[]);
}

/// Glucose readings have three texts more, empty where the source does not tell them.
fn write_glucose(json: &mut Json, row: &StoredRecord, told: &Told<'_>) {
    const TEXTS: [&str; 3] = ["notes", "mealTag", "medicationTag"];
    let Body::Reading { metric, quantity } = &row.record.body else { return };
    json.time("timestamp", row.record.start);
    json.offset(row.record.offset);
    json.number("value", quantity.value);
    json.text("unit", unit(*metric));
    let source_data = &row.record.source_data;
    json.text("notes", glucose::text(source_data, "notes"));
    json.text("mealTag", &glucose::meal_tag(source_data));
    json.text("medicationTag", glucose::text(source_data, "medicationTag"));
    json.text("source", told.source);
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

fn write_pressure(json: &mut Json, row: &StoredRecord, told: &Told<'_>) {
    let Body::BloodPressure { systolic, diastolic, heart_rate } = &row.record.body else { return };
    json.time("timestamp", row.record.start);
    json.offset(row.record.offset);
    json.text("unit", "mmHg");
    json.number("systolic", *systolic);
    json.number("diastolic", *diastolic);
    json.number_if_told("heartRate", *heart_rate);
    json.text("source", told.source);
    source_data(json, &row.record, &[], &[]);
}

//! The eight measurements: latest, readings, one reading, readings of a day.
//! Source of names, units and members: human-connect contract 4.2.

use hilum_model::{Body, Kind, Metric};
use hilum_store::records::StoredRecord;

use super::answer::Reply;
use super::json::Json;
use super::rows::{Extra, Rows, Told, parse_day, source_data};
use super::{Call, glucose, samples};
use crate::ApiError;
use crate::api::{About, Operation, Tag};

/// A measurement as the data API names it.
pub(super) struct Measurement {
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
pub(super) static MEASUREMENTS: [Measurement; 8] = [
    Measurement { summary: "bloodGlucose", kept: rows(Kind::BloodGlucose, write_glucose) },
    Measurement { summary: "bloodOxygen", kept: Kept::Series(Metric::BloodOxygen) },
    Measurement { summary: "bloodPressure", kept: rows(Kind::BloodPressure, write_pressure) },
    Measurement { summary: "bmi", kept: rows(Kind::Bmi, write_scalar) },
    Measurement { summary: "bodyFat", kept: rows(Kind::BodyFat, write_scalar) },
    Measurement { summary: "height", kept: rows(Kind::Height, write_scalar) },
    Measurement { summary: "heartRate", kept: Kept::Series(Metric::HeartRate) },
    Measurement { summary: "weight", kept: rows(Kind::Weight, write_scalar) },
];

/// The unit as the data API writes it, which is not UCUM. Metrics that the data API does not have keep their code.
pub(super) const fn unit(metric: Metric) -> &'static str {
    match metric {
        Metric::BodyFat => "percent",
        Metric::BloodOxygen => "SpO2",
        Metric::HeartRate => "bpm",
        other => other.unit().ucum(),
    }
}

/// The four addresses of a measurement.
macro_rules! measurement {
    ($place:literal, $name:literal, $id:literal, $said:literal, $row:literal) => {
        [
            Operation::human(
                concat!("/v1/human/", $name),
                |call, _| latest(call, &MEASUREMENTS[$place]),
                || About::latest(Tag::Measurements, concat!("getLatest", $id), concat!("The newest ", $said), $row),
            ),
            Operation::human(
                concat!("/v1/human/", $name, "/readings"),
                |call, _| list(call, &MEASUREMENTS[$place]),
                || {
                    About::list(
                        Tag::Measurements,
                        concat!("list", $id, "Readings"),
                        concat!("Readings of ", $said),
                        $row,
                    )
                    .link("getReading", concat!("get", $id, "Reading"), ("id", "$response.body#/0/id"))
                },
            ),
            Operation::human(
                concat!("/v1/human/", $name, "/readings/daily/{date}"),
                |call, args| daily(call, &MEASUREMENTS[$place], args.get(0)),
                || {
                    About::daily(
                        Tag::Measurements,
                        concat!("list", $id, "ReadingsOfDay"),
                        concat!("Readings of ", $said, " of a day"),
                        $row,
                    )
                },
            ),
            Operation::human(
                concat!("/v1/human/", $name, "/readings/{id}"),
                |call, args| by_id(call, &MEASUREMENTS[$place], args.get(0)),
                || {
                    About::by_id(
                        Tag::Measurements,
                        concat!("get", $id, "Reading"),
                        concat!("A reading of ", $said),
                        $row,
                    )
                },
            ),
        ]
    };
}

/// Addresses by the place in [`MEASUREMENTS`].
const ADDRESSES: [[Operation; 4]; 8] = [
    measurement!(0, "blood_glucose", "BloodGlucose", "blood glucose, mg/dL", "BloodGlucoseReading"),
    measurement!(1, "blood_oxygen", "BloodOxygen", "blood oxygen, percent", "Reading"),
    measurement!(2, "blood_pressure", "BloodPressure", "blood pressure, mmHg", "BloodPressureReading"),
    measurement!(3, "bmi", "Bmi", "body mass index, kg/m2", "Reading"),
    measurement!(4, "body_fat", "BodyFat", "body fat, percent", "Reading"),
    measurement!(5, "height", "Height", "height, mm", "Reading"),
    measurement!(6, "heart_rate", "HeartRate", "heart rate, bpm", "Reading"),
    measurement!(7, "weight", "Weight", "weight, kg", "Reading"),
];

/// All of them.
pub(super) const OPERATIONS: &[Operation] = ADDRESSES.as_flattened();

fn latest(call: &Call<'_>, measurement: &Measurement) -> Result<Reply, ApiError> {
    match &measurement.kept {
        Kept::Rows(rows) => rows.latest(call),
        Kept::Series(metric) => samples::latest(call, *metric),
    }
}

fn list(call: &Call<'_>, measurement: &Measurement) -> Result<Reply, ApiError> {
    match &measurement.kept {
        Kept::Rows(rows) => rows.list(call),
        Kept::Series(metric) => samples::list(call, *metric, None),
    }
}

fn daily(call: &Call<'_>, measurement: &Measurement, date: &str) -> Result<Reply, ApiError> {
    match &measurement.kept {
        Kept::Rows(rows) => rows.daily(call, date),
        Kept::Series(metric) => samples::list(call, *metric, Some(parse_day(date)?)),
    }
}

fn by_id(call: &Call<'_>, measurement: &Measurement, id: &str) -> Result<Reply, ApiError> {
    match &measurement.kept {
        Kept::Rows(rows) => rows.by_id(call, id),
        Kept::Series(metric) => samples::by_id(call, *metric, id),
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

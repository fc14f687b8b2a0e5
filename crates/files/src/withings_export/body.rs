//! Scales and cuffs.

use hilum_model::{Body, Metric, Quantity, Record, Sample, Unit};
use serde_json::{Map, Value};

use super::time;
use crate::error::FileError;
use crate::members::rejected;
use crate::out::Out;
use crate::table::Row;

/// What a weighing tells: the column's name before its unit.
const COLUMNS: [(&str, Metric); 6] = [
    ("weight", Metric::Weight),
    ("bone mass", Metric::BoneMass),
    ("muscle mass", Metric::MuscleMass),
    ("hydration", Metric::BodyWater),
    ("fat free mass", Metric::LeanMass),
    ("fat ratio", Metric::BodyFat),
];

/// A weighing. `Fat mass` has no metric of its own and goes with the weight.
pub(super) fn weight(row: &Row<'_>, out: &mut Out<'_>) -> Result<(), FileError> {
    let Some(at) = row.get("date").and_then(time) else { return rejected(out, "weight: no date") };
    let mut fat = Map::new();
    if let Some((value, unit)) = cell(row, "fat mass") {
        fat.insert(format!("fat_mass_{}", unit.ucum()), Value::from(value));
    }
    for (name, metric) in COLUMNS {
        let Some((value, unit)) = cell(row, name) else { continue };
        let source_data = if metric == Metric::Weight { std::mem::take(&mut fat) } else { Map::new() };
        match Quantity::new(metric, value, unit) {
            Some(quantity) => reading(at, Body::Reading { metric, quantity }, source_data, out)?,
            None => out.reject("weight: a unit that does not fit"),
        }
    }
    Ok(())
}

/// A height.
pub(super) fn height(row: &Row<'_>, out: &mut Out<'_>) -> Result<(), FileError> {
    let Some(at) = row.get("date").and_then(time) else { return rejected(out, "height: no date") };
    let quantity = cell(row, "height").and_then(|(value, unit)| Quantity::new(Metric::Height, value, unit));
    let Some(quantity) = quantity else { return rejected(out, "height: no number in a unit of length") };
    reading(at, Body::Reading { metric: Metric::Height, quantity }, Map::new(), out)
}

/// A blood pressure with its pulse, or a pulse alone.
pub(super) fn blood_pressure(row: &Row<'_>, out: &mut Out<'_>) -> Result<(), FileError> {
    let Some(at) = row.get("date").and_then(time) else { return rejected(out, "bp: no date") };
    let number = |names: [&str; 2]| names.iter().find_map(|name| row.number(name)).filter(|v| *v > 0.0);
    let heart_rate = number(["heart rate", "heart rate (bpm)"]);
    let pressures = number(["systolic", "systolic (mmhg)"]).zip(number(["diastolic", "diastolic (mmhg)"]));
    if let Some((systolic, diastolic)) = pressures {
        return reading(at, Body::BloodPressure { systolic, diastolic, heart_rate }, Map::new(), out);
    }
    let Some(value) = heart_rate else { return rejected(out, "bp: neither pressures nor a heart rate") };
    let ((start, offset), context) = (at, Some("spot".to_owned()));
    let (metric, unit) = (Metric::HeartRate, Unit::PerMinute);
    out.sample(Sample { metric, device: None, context, start, end: None, offset, value, unit })
}

fn reading(
    (start, offset): (hilum_model::Time, Option<hilum_model::Offset>),
    body: Body,
    source_data: Map<String, Value>,
    out: &mut Out<'_>,
) -> Result<(), FileError> {
    let (key, day) = (format!("at-{}", start.unix_s()), start.civil_day(offset));
    out.record(Record { key, device: None, start, end: None, offset, day, body, source_data })
}

/// The number above zero in a column of that name, and the unit that the name tells.
fn cell(row: &Row<'_>, name: &str) -> Option<(f64, Unit)> {
    row.cells().find_map(|(column, text)| {
        let unit = column.strip_prefix(name)?.trim().strip_prefix('(')?.strip_suffix(')')?;
        let unit = match unit {
            "kg" => Unit::Kilogram,
            "lb" | "lbs" => Unit::Pound,
            "st" => Unit::Stone,
            "%" => Unit::Percent,
            "m" => Unit::Metre,
            "cm" => Unit::Centimetre,
            "in" => Unit::Inch,
            _ => return None,
        };
        let value = text.parse().ok().filter(|v: &f64| v.is_finite() && *v > 0.0)?;
        Some((value, unit))
    })
}

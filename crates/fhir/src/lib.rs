//! What Hilum holds of a person as FHIR R4 (4.0.1) resources: a `Patient`, the `Device`s that measured, and an `Observation`
//! for each record and sample. Source of shapes and bindings: <https://hl7.org/fhir/R4/observation.html> and the vital-signs
//! profiles beside it; codes are LOINC where [`Metric::loinc`] has one, units UCUM.
//!
//! Every coded thing carries Hilum's own name as a second coding, so that what LOINC has no code for is told apart as well.

mod observation;
mod people;
mod record;
mod sample;
mod units;

use hilum_model::{Metric, Offset, Time};
use serde_json::{Map, Value, json};

pub use observation::Origin;
pub use people::{Person, device, end, patient};
pub use record::record;
pub use sample::sample;

/// LOINC.
const LOINC: &str = "http://loinc.org";
/// UCUM.
const UCUM: &str = "http://unitsofmeasure.org";
/// What our own names are names in.
const OWN: &str = "https://github.com/hilum-health/hilum/fhir";

/// An `instant`: UTC with milliseconds.
fn instant(time: Time) -> Value {
    Value::from(time.to_iso())
}

/// A `dateTime`: local with its offset where that is known, else UTC.
fn date_time(time: Time, offset: Option<Offset>) -> Value {
    let Some(offset) = offset else { return instant(time) };
    let mut text = time.plus_ms(i64::from(offset.0) * 60_000).to_iso();
    text.pop();
    text.push_str(&offset.to_string());
    Value::from(text)
}

/// A decimal; whole ones without a fraction.
fn decimal(number: f64) -> Value {
    let whole = number as i64;
    if (whole as f64).to_bits() == number.to_bits() && number.abs() < 1e15 {
        Value::from(whole)
    } else {
        Value::from(number)
    }
}

/// A `Quantity` with its UCUM code.
fn quantity(number: f64, unit: &str) -> Value {
    json!({ "value": decimal(number), "unit": unit, "system": UCUM, "code": unit })
}

/// A `CodeableConcept`: LOINC codes, then our own name.
fn concept(loinc: &[&str], own: &str) -> Value {
    let mut coding: Vec<Value> = loinc.iter().map(|code| json!({ "system": LOINC, "code": code })).collect();
    coding.push(json!({ "system": format!("{OWN}/code"), "code": own }));
    json!({ "coding": coding, "text": own.replace('_', " ") })
}

/// The concept of a metric. The vital-signs profile of oxygen saturation wants the general code beside that of the pulse
/// oximeter.
fn concept_of(metric: Metric) -> Value {
    match (metric, metric.loinc()) {
        (Metric::BloodOxygen, Some(code)) => concept(&["2708-6", code], metric.name()),
        (_, Some(code)) => concept(&[code], metric.name()),
        (_, None) => concept(&[], metric.name()),
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_keep_their_offset() {
        // 2014-01-10T00:00:00Z is 1389312000 s.
        let time = Time(1_389_312_000_250);
        assert_eq!(date_time(time, None), "2014-01-10T00:00:00.250Z");
        assert_eq!(date_time(time, Some(Offset(-480))), "2014-01-09T16:00:00.250-08:00");
        assert_eq!(date_time(time, Some(Offset(0))), "2014-01-10T00:00:00.250+00:00");
        assert_eq!(date_time(time, Some(Offset(345))), "2014-01-10T05:45:00.250+05:45");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(decimal(72.0).to_string(), "72");
        assert_eq!(decimal(-0.5).to_string(), "-0.5");
        assert_eq!(decimal(0.1).to_string(), "0.1");
    }
}

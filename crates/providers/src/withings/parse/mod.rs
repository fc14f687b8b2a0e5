//! Readers of Withings' answers, one file an endpoint.

mod activity;
mod heart;
mod intraday;
mod measures;
mod sleep;
mod sleep_phases;
mod workouts;

pub(super) use activity::activity;
pub(super) use heart::{heart, signal, signals};
pub(super) use intraday::intraday;
pub(super) use measures::measures;
pub(super) use sleep::sleep;
pub(super) use sleep_phases::sleep_phases;
pub(super) use workouts::workouts;

use hilum_model::{Batch, Metric, Offset, Sample, Time, Unit};
use serde_json::Value;

use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// Members of an item that say where it comes from, not what was measured.
const TECHNICAL: [&str; 6] = ["deviceid", "hash_deviceid", "modified", "created", "model", "modelid"];

/// The `body` of an answer whose `status` is 0.
fn body(bytes: &[u8]) -> Result<Object, ParseError> {
    let mut top = read::object(bytes)?;
    match read::integer_at(&top, "status") {
        Some(0) => {}
        Some(status) => return Err(ParseError(format!("status {status}"))),
        None => return Err(ParseError("no status".to_owned())),
    }
    match top.remove("body") {
        Some(Value::Object(body)) => Ok(body),
        _ => Err(ParseError("`body` is no object".to_owned())),
    }
}

/// The members of an object that is keyed by unix second, in the order of the answer. An empty one comes as `[]`.
fn by_second(value: Option<&Value>) -> Option<Vec<(Option<Time>, &Value)>> {
    match value {
        Some(Value::Object(object)) => {
            Some(object.iter().map(|(second, v)| (read::unix(&Value::String(second.clone())), v)).collect())
        }
        Some(Value::Array(items)) if items.is_empty() => Some(Vec::new()),
        _ => None,
    }
}

/// The offset at an instant: in the item's own zone, else in the person's.
fn offset(item: &Object, context: &Context, at: Time) -> Option<Offset> {
    let zone = read::text_at(item, "timezone").or(context.time_zone.as_deref())?;
    Offset::of_zone(zone, at)
}

/// The device's name. Some lists give a number instead, which names nothing to people.
fn device(item: &Object, batch: &mut Batch) -> Option<String> {
    let name = read::text_at(item, "model")?;
    if !batch.facts.devices.iter().any(|d| d == name) {
        batch.facts.devices.push(name.to_owned());
    }
    Some(name.to_owned())
}

/// Whether a person typed it in, by Withings' `attrib`: 2 typed in, 4 typed in at sign-up; the others are devices'.
fn manual(attrib: i64) -> bool {
    matches!(attrib, 2 | 4)
}

/// Adds a reading of one instant. Zero is how devices write "no reading" for what is never zero in a living person.
fn vital(batch: &mut Batch, at: Vital<'_>, metric: Metric, value: f64, unit: Unit) {
    if value > 0.0 {
        batch.sample(Sample {
            metric,
            device: at.device.map(str::to_owned),
            context: None,
            start: at.time,
            end: None,
            offset: at.offset,
            value,
            unit,
        });
    } else {
        batch.rejected.push(format!("{}: not above zero", metric.name()));
    }
}

/// When and by what a vital sign was taken.
#[derive(Clone, Copy)]
struct Vital<'a> {
    time: Time,
    offset: Option<Offset>,
    device: Option<&'a str>,
}

/// What a stream's request asks for, by the parameter that lists it.
#[cfg(test)]
fn asked_for(stream: &str, parameter: &str) -> Vec<&'static str> {
    let stream = super::PROVIDER.stream(stream).expect("a stream");
    let (_, list) = stream.params.iter().find(|(name, _)| *name == parameter).expect("a list");
    list.split(',').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_must_have_status_zero_and_a_body() {
        for bad in [
            r#"{"status":401,"body":{},"error":"invalid_token"}"#,
            r#"{"body":{}}"#,
            r#"{"status":0}"#,
            r#"{"status":0,"body":[]}"#,
            "[]",
            "",
            "<html></html>",
        ] {
            assert!(body(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(body(br#"{"status":"0","body":{}}"#).is_ok());
    }
}

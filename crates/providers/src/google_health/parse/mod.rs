//! Readers of Google's answers. Protobuf as JSON: whole numbers of 64 bits are texts, durations are texts with an `s`,
//! and a member that has its default (0, an empty list, false) is left out.

mod daily;
mod ecg;
mod exercise;
mod food;
mod rolled_up;
mod scalar;
mod settings;
mod sleep;

pub(super) use daily::{
    DAILY_CONTEXTS, daily_heart_rate_variability, daily_oxygen_saturation, daily_respiratory_rate,
    daily_resting_heart_rate, daily_sleep_temperature_derivations, daily_vo2_max,
};
pub(super) use ecg::electrocardiogram;
pub(super) use exercise::{exercise, routes};
pub(super) use food::{hydration_log, nutrition_log};
pub(super) use rolled_up::{
    active_energy_by_day, distance_by_day, floors_by_day, heart_rate_by_day, steps_by_day, total_calories_by_day,
};
pub(super) use scalar::{
    active_energy_burned, blood_glucose, body_fat, core_body_temperature, distance, floors, heart_rate,
    heart_rate_variability, height, oxygen_saturation, steps, weight,
};
pub(super) use settings::settings;
pub(super) use sleep::sleep;

use hilum_model::{Batch, Day, Offset, Time};
use serde_json::Value;

use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// Reads every point of `list` (`dataPoints`, which is left out when it is empty); `one` returns what is missing where
/// a point can not be read.
fn points(
    bytes: &[u8],
    list: &str,
    mut one: impl FnMut(&Object, &mut Batch) -> Result<(), &'static str>,
) -> Result<Batch, ParseError> {
    let top = read::object(bytes)?;
    if top.contains_key("error") {
        return Err(ParseError("an error".to_owned()));
    }
    let mut batch = Batch::default();
    let items = match top.get(list) {
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(items)) => items,
        Some(_) => return Err(ParseError(format!("`{list}` is no list"))),
    };
    for (index, item) in items.iter().enumerate() {
        let result = item.as_object().ok_or("no object").and_then(|item| one(item, &mut batch));
        if let Err(what) = result {
            batch.rejected.push(format!("{list}[{index}]: {what}"));
        }
    }
    Ok(batch)
}

/// The own id of a point: the last step of its name (`users/1/dataTypes/weight/dataPoints/9f`).
fn own_id(point: &Object) -> Option<String> {
    let name = read::text_at(point, "name").or_else(|| read::text_at(point, "dataPointName"))?;
    name.rsplit('/').next().filter(|id| !id.is_empty()).map(str::to_owned)
}

/// The name of the device, which is noted for the account.
fn device(point: &Object, batch: &mut Batch) -> Option<String> {
    let device = read::object_at(read::object_at(point, "dataSource")?, "device")?;
    let name = read::text_at(device, "displayName").or_else(|| read::text_at(device, "formFactor"))?;
    if !batch.facts.devices.iter().any(|known| known == name) {
        batch.facts.devices.push(name.to_owned());
    }
    Some(name.to_owned())
}

/// What is left of a point's value after the members named, with how it was recorded.
fn beyond(point: &Object, value: &Object, taken: &[&str]) -> Object {
    let mut rest = read::beyond(value, taken);
    for name in ["interval", "sampleTime", "date"] {
        rest.remove(name);
    }
    if let Some(source) = read::object_at(point, "dataSource") {
        for name in ["recordingMethod", "platform"] {
            if let Some(word) = read::text_at(source, name) {
                rest.insert(name.to_owned(), Value::from(word));
            }
        }
        if let Some(method) = read::text_at(source, "recordingMethod") {
            rest.insert("manual".to_owned(), Value::Bool(method == "MANUAL"));
        }
    }
    rest
}

/// A duration (`3600s`, `-18000s`, `2401.5s`), s.
fn seconds(value: Option<&Value>) -> Option<f64> {
    let text = value?.as_str()?.strip_suffix('s')?;
    text.parse().ok().filter(|s: &f64| s.is_finite())
}

/// An offset as a duration; else that of the person's zone.
fn offset(value: Option<&Value>, at: Time, context: &Context) -> Option<Offset> {
    let told = seconds(value).filter(|s| s.abs() <= 64_800.0).and_then(|s| read::offset((s / 60.0).round() as i64));
    told.or_else(|| Offset::of_zone(context.time_zone.as_deref()?, at))
}

/// From when to when, with the offset at either end.
struct Span {
    start: Time,
    start_offset: Option<Offset>,
    end: Time,
    end_offset: Option<Offset>,
}

/// The `interval` of a value.
fn interval(value: &Object, context: &Context) -> Result<Span, &'static str> {
    let interval = read::object_at(value, "interval").ok_or("no interval")?;
    let (start, _) = read::rfc3339_at(interval, "startTime").ok_or("no startTime")?;
    let (end, _) = read::rfc3339_at(interval, "endTime").ok_or("no endTime")?;
    if end < start {
        return Err("ends before it starts");
    }
    Ok(Span {
        start,
        start_offset: offset(interval.get("startUtcOffset"), start, context),
        end,
        end_offset: offset(interval.get("endUtcOffset"), end, context),
    })
}

/// The `sampleTime` of a value.
fn moment(value: &Object, context: &Context) -> Result<(Time, Option<Offset>), &'static str> {
    let sampled = read::object_at(value, "sampleTime").ok_or("no sampleTime")?;
    let (at, _) = read::rfc3339_at(sampled, "physicalTime").ok_or("no physicalTime")?;
    Ok((at, offset(sampled.get("utcOffset"), at, context)))
}

/// A `google.type.Date` at a member.
fn date_at(object: &Object, name: &str) -> Option<Day> {
    let date = read::object_at(object, name)?;
    let part = |name, range: std::ops::RangeInclusive<i64>| read::integer_at(date, name).filter(|n| range.contains(n));
    let (year, month, day) = (part("year", 1900..=2199)?, part("month", 1..=12)?, part("day", 1..=31)?);
    Day::parse(&format!("{year:04}-{month:02}-{day:02}")).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_empty_list_is_left_out() {
        let never = |_: &Object, _: &mut Batch| Err("never asked");
        assert_eq!(points(b"{}", "dataPoints", never), Ok(Batch::default()));
        for bad in ["", "[]", "null", r#"{"dataPoints":{}}"#, r#"{"error":{"code":401}}"#, "<html></html>"] {
            assert!(points(bad.as_bytes(), "dataPoints", never).is_err(), "{bad}");
        }
    }

    #[test]
    fn durations_are_texts() {
        let read = |text: &str| seconds(Some(&json!(text)));
        assert_eq!((read("3600s"), read("-18000s"), read("2401.5s")), (Some(3600.0), Some(-18_000.0), Some(2401.5)));
        assert_eq!((read("3600"), read("s"), read("NaNs"), seconds(Some(&json!(3600)))), (None, None, None, None));
    }

    #[test]
    fn the_points_own_offset_goes_before_the_zone() {
        let berlin = Context { received: Time(0), time_zone: Some("Europe/Berlin".to_owned()) };
        let nowhere = Context { received: Time(0), time_zone: None };
        let told = json!("-18000s");
        assert_eq!(offset(Some(&told), Time(0), &berlin), Some(Offset(-300)));
        assert_eq!(offset(Some(&json!("0s")), Time(0), &berlin), Some(Offset(0)));
        assert_eq!((offset(None, Time(0), &berlin), offset(None, Time(0), &nowhere)), (Some(Offset(60)), None));
        assert_eq!(offset(Some(&json!("999999s")), Time(0), &nowhere), None);
    }

    #[test]
    fn dates_are_objects() {
        let read = |date: Value| date_at(json!({"date": date}).as_object().expect("an object"), "date");
        assert_eq!(read(json!({"year": 2026, "month": 3, "day": 4})), Day::parse("2026-03-04").ok());
        for bad in [json!({"year": 2026, "month": 2, "day": 30}), json!({"year": 2026}), json!("2026-03-04")] {
            assert_eq!(read(bad.clone()), None, "{bad}");
        }
    }
}

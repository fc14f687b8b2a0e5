//! Tolerant reading of JSON: what providers document as a number may come as text, and any member may be null.
//!
//! Nothing here trusts a size or a range: texts are limited, times lie between 1900 and 2200, numbers are finite.

use hilum_model::observation::Activity;
use hilum_model::{Day, Offset, Time, Unit};
use serde_json::{Map, Value};

use super::stream::ParseError;

/// A JSON object.
pub type Object = Map<String, Value>;

/// Longest text taken as a key, a device name or a word, bytes.
const LONGEST_TEXT: usize = 200;

/// 1900-01-01 and 2200-01-01, ms.
const TIMES: std::ops::Range<i64> = -2_208_988_800_000..7_258_118_400_000;

/// Reads an answer whose top is an object.
pub fn object(bytes: &[u8]) -> Result<Object, ParseError> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(ParseError("the top is no object".to_owned())),
        // The position only: serde's own text may quote the answer.
        Err(error) => Err(ParseError(format!("no JSON, line {} column {}", error.line(), error.column()))),
    }
}

/// Reads an answer whose top is a list.
pub fn items(bytes: &[u8]) -> Result<Vec<Value>, ParseError> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Array(items)) => Ok(items),
        Ok(_) => Err(ParseError("the top is no list".to_owned())),
        Err(error) => Err(ParseError(format!("no JSON, line {} column {}", error.line(), error.column()))),
    }
}

/// The list that must stand at a member of the answer.
pub fn list<'a>(object: &'a Object, name: &str) -> Result<&'a [Value], ParseError> {
    match object.get(name) {
        Some(Value::Array(items)) => Ok(items),
        _ => Err(ParseError(format!("`{name}` is no list"))),
    }
}

/// A finite number, also where it comes as text.
pub fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(n) => n.as_f64(),
        Value::String(s) => s.trim().parse().ok(),
        _ => None,
    };
    number.filter(|n| n.is_finite())
}

/// A whole number, also where it comes as text or as `12.0`.
pub fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(n) => n.as_i64().or_else(|| n.as_f64().and_then(whole)),
        Value::String(s) => s.trim().parse().ok(),
        _ => None,
    }
}

fn whole(number: f64) -> Option<i64> {
    // Up to 2^53 every whole f64 is exact.
    (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
}

/// A member that is a finite number.
pub fn number_at(object: &Object, name: &str) -> Option<f64> {
    object.get(name).and_then(number)
}

/// A member that is a count, duration or amount: a number that is not negative.
pub fn amount_at(object: &Object, name: &str) -> Option<f64> {
    number_at(object, name).filter(|n| *n >= 0.0)
}

/// A member that is a measured quantity for which zero means "none": a number above zero.
pub fn positive_at(object: &Object, name: &str) -> Option<f64> {
    number_at(object, name).filter(|n| *n > 0.0)
}

/// A member that is the mean cadence of an activity, of one leg in activities on foot: steps, revolutions or strokes a
/// minute. Where it had to be doubled, `source_data` keeps it as received. Zero means that there was no sensor.
pub fn cadence(object: &Object, name: &str, kind: &str, source_data: &mut Object) -> Option<f64> {
    let unit = Activity::revolutions(kind);
    let told = positive_at(object, name)?;
    if unit != Unit::PerMinute {
        source_data.insert(name.to_owned(), Value::from(told));
    }
    unit.convert(told, Unit::PerMinute)
}

/// A member that is a whole number.
pub fn integer_at(object: &Object, name: &str) -> Option<i64> {
    object.get(name).and_then(integer)
}

/// A member that is a text of sensible length, not empty.
pub fn text_at<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str).filter(|t| !t.is_empty() && t.len() <= LONGEST_TEXT)
}

/// A member that is an id: a number or a text of sensible length.
pub fn id_at(object: &Object, name: &str) -> Option<String> {
    object.get(name).and_then(super::id_text).filter(|id| id.len() <= LONGEST_TEXT)
}

/// A member that is an object.
pub fn object_at<'a>(object: &'a Object, name: &str) -> Option<&'a Object> {
    object.get(name).and_then(Value::as_object)
}

/// A civil day of the form `YYYY-MM-DD`.
pub fn day_at(object: &Object, name: &str) -> Option<Day> {
    let day = Day::parse(text_at(object, name)?).ok()?;
    TIMES.contains(&day.start_utc().0).then_some(day)
}

/// Seconds since 1970.
pub fn unix(value: &Value) -> Option<Time> {
    in_range(Time::from_unix_s(integer(value)?))
}

/// A member that is a time in seconds since 1970.
pub fn unix_at(object: &Object, name: &str) -> Option<Time> {
    object.get(name).and_then(unix)
}

/// A member that is a time of RFC 3339, and the offset written in it.
pub fn rfc3339_at(object: &Object, name: &str) -> Option<(Time, Offset)> {
    let (time, offset) = Time::parse_rfc3339(text_at(object, name)?).ok()?;
    in_range(time).map(|t| (t, offset))
}

/// A clock time without a zone, with or without seconds, `T` or a blank between date and time: the instant at which
/// UTC shows it.
pub fn bare(text: &str) -> Option<Time> {
    let text = text.trim_end_matches(['Z', 'z']).replacen(' ', "T", 1);
    let at: jiff::civil::DateTime = text.parse().ok()?;
    let at = jiff::tz::Offset::UTC.to_timestamp(at).ok()?;
    // A date alone is no time.
    text.contains('T').then_some(Time(at.as_millisecond())).and_then(in_range)
}

/// The instant at which clocks at `offset` show what `shown` shows in UTC.
pub fn at_offset(shown: Time, offset: Offset) -> Time {
    shown.plus_s(-60 * i64::from(offset.0))
}

/// The instant at which clocks in a zone show what `shown` shows in UTC, and their offset then. Where no zone is known
/// the clock is taken for UTC's, and the offset stays unknown. A clock time that comes twice (the change of clocks in
/// autumn) is the first of the two, one that a change leaves out so much later.
pub fn local(shown: Time, zone: Option<&str>) -> (Time, Option<Offset>) {
    let found = zone.and_then(|zone| {
        let zone = jiff::tz::TimeZone::get(zone).ok()?;
        let civil = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::from_millisecond(shown.0).ok()?);
        let at = zone.to_ambiguous_timestamp(civil).compatible().ok()?;
        Some((Time(at.as_millisecond()), offset(i64::from(zone.to_offset(at).seconds() / 60))?))
    });
    found.map_or((shown, None), |(time, offset)| (time, Some(offset)))
}

/// A duration of ISO 8601 in hours, minutes and seconds (`PT41M10S`), s; not negative.
pub fn duration_at(object: &Object, name: &str) -> Option<f64> {
    let duration: jiff::SignedDuration = text_at(object, name)?.parse().ok()?;
    Some(duration.as_secs_f64()).filter(|s| *s >= 0.0)
}

/// An offset of so many minutes, if there is such a place on earth.
pub fn offset(minutes: i64) -> Option<Offset> {
    i16::try_from(minutes).ok().filter(|m| m.abs() <= 1080).map(Offset)
}

/// The instant, if it lies in the years that matter.
pub fn in_range(time: Time) -> Option<Time> {
    TIMES.contains(&time.0).then_some(time)
}

/// Midnight at the start of a civil day in a zone, and the zone's offset then. Where midnight does not exist (some
/// zones change their clocks at midnight) the instant is an hour off; no reading hangs on it.
pub fn midnight(day: Day, zone: &str) -> Option<(Time, Offset)> {
    let at = |offset: Offset| day.start_utc().plus_s(-60 * i64::from(offset.0));
    let guess = Offset::of_zone(zone, day.start_utc())?;
    let offset = Offset::of_zone(zone, at(guess))?;
    Some((at(offset), offset))
}

/// Our word for a source's word or number; one that is not in the table passes as `other:<raw>`.
pub fn ours<K: PartialEq>(table: &[(K, &str)], theirs: &K, raw: impl std::fmt::Display) -> String {
    let known = table.iter().find(|(known, _)| known == theirs);
    known.map_or_else(|| format!("other:{raw}"), |(_, ours)| (*ours).to_owned())
}

/// The members that are not normalised: without those named and without nulls.
pub fn beyond(object: &Object, taken: &[&str]) -> Object {
    let mut rest = Object::new();
    for (name, value) in object {
        if !value.is_null() && !taken.contains(&name.as_str()) {
            rest.insert(name.clone(), value.clone());
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_come_in_many_forms() {
        for (value, expected) in [
            (json!(12), Some(12)),
            (json!(12.0), Some(12)),
            (json!("12"), Some(12)),
            (json!(12.5), None),
            (json!(1e300), None),
            (json!(null), None),
            (json!([12]), None),
        ] {
            assert_eq!(integer(&value), expected, "{value}");
        }
        assert_eq!(number(&json!(" 78.45 ")), Some(78.45));
        for text in ["NaN", "inf", "-inf", "", "78,45"] {
            assert_eq!(number(&json!(text)), None, "{text}");
        }
    }

    #[test]
    fn cadences_are_steps_on_foot() {
        let told = object(br#"{"run": "82.5", "none": 0}"#).expect("an object");
        let mut rest = Object::new();
        assert_eq!(cadence(&told, "run", "cycling", &mut rest), Some(82.5));
        assert_eq!((cadence(&told, "none", "running", &mut rest), rest.len()), (None, 0));
        assert_eq!(cadence(&told, "run", "trail_running", &mut rest), Some(165.0));
        assert_eq!(rest.get("run"), Some(&json!(82.5)));
    }

    #[test]
    fn clock_times_without_a_zone() {
        // 2026-03-04T17:41:00Z is 1772646060 s.
        for text in ["2026-03-04 17:41:00", "2026-03-04T17:41:00", "2026-03-04T17:41", "2026-03-04T17:41:00Z"] {
            assert_eq!(bare(text), Some(Time(1_772_646_060_000)), "{text}");
        }
        assert_eq!(at_offset(Time(1_772_646_060_000), Offset(60)), Time(1_772_642_460_000));
        for text in ["", "2026-03-04", "17:41", "2026-03-04T17:41:00+01:00x", "0004-03-04T17:41:00"] {
            assert_eq!(bare(text), None, "{text}");
        }
        assert_eq!((offset(-570), offset(1081), offset(100_000)), (Some(Offset(-570)), None, None));
        // 17:41 in Lisbon is 17:41Z in winter, 16:41Z in summer.
        let summer = Time(1_772_646_060_000).plus_s(150 * 86_400);
        assert_eq!(local(Time(1_772_646_060_000), Some("Europe/Lisbon")), (Time(1_772_646_060_000), Some(Offset(0))));
        assert_eq!(local(summer, Some("Europe/Lisbon")), (summer.plus_s(-3600), Some(Offset(60))));
        assert_eq!(local(summer, None), (summer, None));
        // 02:30 comes twice in Berlin on 2026-10-25: first at +02:00.
        let twice = bare("2026-10-25T02:30").expect("a time");
        assert_eq!(local(twice, Some("Europe/Berlin")), (twice.plus_s(-7200), Some(Offset(120))));
    }

    #[test]
    fn durations() {
        let object = object(br#"{"a": "PT41M10S", "b": "PT2H10M", "c": "-PT1S", "d": "41:10", "e": "PT4.5S"}"#);
        let object = object.expect("an object");
        let read = |name| duration_at(&object, name);
        assert_eq!((read("a"), read("b"), read("e")), (Some(2470.0), Some(7800.0), Some(4.5)));
        assert_eq!((read("c"), read("d"), read("f")), (None, None, None));
    }

    #[test]
    fn a_day_starts_at_local_midnight() {
        let day = Day::parse("2026-03-29").expect("a day");
        // Berlin changes to summer time at 01:00 UTC on that day: its midnight is still at +01:00.
        let (start, offset) = midnight(day, "Europe/Berlin").expect("a known zone");
        assert_eq!((start.to_iso().as_str(), offset), ("2026-03-28T23:00:00.000Z", Offset(60)));
        // In Auckland the day of 5 April 2026 begins in summer time, +13:00, and ends in winter time.
        let day = Day::parse("2026-04-05").expect("a day");
        let (start, offset) = midnight(day, "Pacific/Auckland").expect("a known zone");
        assert_eq!((start.to_iso().as_str(), offset), ("2026-04-04T11:00:00.000Z", Offset(780)));
        assert_eq!(midnight(day, "Nowhere/At_All"), None);
    }

    #[test]
    fn far_times_and_long_texts_are_not_taken() {
        let object = object(br#"{"far": 99999999999999, "near": 1772604600, "empty": ""}"#).expect("an object");
        assert_eq!(unix_at(&object, "far"), None);
        assert_eq!(unix_at(&object, "near"), Some(Time(1_772_604_600_000)));
        assert_eq!(text_at(&object, "empty"), None);
        let long = Object::from_iter([("id".to_owned(), json!("x".repeat(201)))]);
        assert_eq!(id_at(&long, "id"), None);
    }

    #[test]
    fn errors_quote_nothing_of_the_answer() {
        let error = super::object(b"<html>secret</html>").expect_err("no JSON");
        assert!(!error.to_string().contains("secret"));
        assert!(super::object(b"[]").is_err() && super::object(b"").is_err());
    }
}

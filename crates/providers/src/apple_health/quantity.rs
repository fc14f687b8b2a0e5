//! Times and numbers as the app writes them.

use hilum_files::health_unit;
use hilum_model::{Day, Offset, Time, Unit};
use serde_json::Value;

use crate::spec::read::{self, Object};

/// `2026-03-04 08:00:00 +0100`.
pub(super) fn time_at(object: &Object, name: &str) -> Option<(Time, Offset)> {
    time(read::text_at(object, name)?)
}

/// A time of the Health app, or of RFC 3339.
pub(super) fn time(text: &str) -> Option<(Time, Offset)> {
    hilum_files::health_time(text.trim()).or_else(|| read_rfc3339(text))
}

fn read_rfc3339(text: &str) -> Option<(Time, Offset)> {
    let (time, offset) = Time::parse_rfc3339(text).ok()?;
    read::in_range(time).map(|time| (time, offset))
}

/// `2026-03-04`, also with a time behind it.
pub(super) fn day(text: &str) -> Option<Day> {
    Day::parse(text.get(..10)?).ok()
}

/// `{"qty": 389, "units": "kcal"}` as that unit.
pub(super) fn quantity(object: &Object, name: &str, to: Unit) -> Option<f64> {
    let inner = read::object_at(object, name)?;
    let value = read::number_at(inner, "qty")?;
    health_unit(read::text_at(inner, "units")?)?.convert(value, to).filter(|v| *v >= 0.0)
}

/// A number of hours, as seconds.
pub(super) fn hours(object: &Object, name: &str) -> Option<f64> {
    // Whole seconds: the app writes hours with a rounded fraction.
    object.get(name).and_then(read::number).filter(|h| *h >= 0.0).map(|h| (h * 3600.0).round())
}

/// Percent types are written as 0 to 100 or, by some versions, as a fraction: what is at most 1 is one.
pub(super) fn percent(value: f64) -> (f64, Unit) {
    if value <= 1.0 { (value, Unit::Fraction) } else { (value, Unit::Percent) }
}

/// A member's text, if it is there.
pub(super) fn source(object: &Object) -> Option<String> {
    object.get("source").and_then(Value::as_str).filter(|s| !s.is_empty() && s.len() <= 200).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_with_their_zone() {
        // 08:00 at +01:00 is 07:00 UTC: 1,772,582,400 s is 2026-03-04T00:00Z, seven hours later 1,772,607,600 s.
        let expected = Some((Time::from_unix_s(1_772_607_600), Offset(60)));
        assert_eq!(time("2026-03-04 08:00:00 +0100"), expected);
        assert_eq!(time("2026-03-04T08:00:00+01:00"), expected);
        assert_eq!(time("2026-03-04 07:00:00 +0000").map(|t| t.0), expected.map(|t| t.0));
        for odd in [
            "",
            "2026-03-04",
            "2026-03-04 08:00:00",
            "2026-03-04 08:00:00 CET",
            "2026-02-30 08:00:00 +0100",
            "yesterday at noon",
            "é é é",
        ] {
            assert_eq!(time(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_fraction_is_no_percentage() {
        assert_eq!(percent(0.97), (0.97, Unit::Fraction));
        assert_eq!(percent(97.0), (97.0, Unit::Percent));
    }
}

//! How an export writes times, numbers and units.

use hilum_model::{Day, Metric, Offset, Time, Unit};

/// Reads a time of the Health app: `2026-03-04 08:00:00 +0100`, or `20260304080000+0100` as exports of iOS 8 wrote it.
/// Years 1900 to 2200.
pub fn time(text: &str) -> Option<(Time, Offset)> {
    let t = text.as_bytes();
    let (date, clock, zone) = match t.len() {
        25 if t[4] == b'-' && t[7] == b'-' && t[10] == b' ' && t[13] == b':' && t[16] == b':' && t[19] == b' ' => {
            ([0, 5, 8], [11, 14, 17], &t[20..])
        }
        19 => ([0, 4, 6], [8, 10, 12], &t[14..]),
        _ => return None,
    };
    let two = |at: usize| number(&t[at..at + 2]);
    let day = civil(number(&t[date[0]..date[0] + 4])?, two(date[1])?, two(date[2])?)?;
    let (hour, minute, second) = (two(clock[0])?, two(clock[1])?, two(clock[2])?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let ahead = number(&zone[1..3])? * 60 + number(&zone[3..5])?;
    let ahead = match zone[0] {
        b'+' => ahead,
        b'-' => -ahead,
        _ => return None,
    };
    if !(-1080..=1080).contains(&ahead) {
        return None;
    }
    let seconds = i64::from(day.0) * 86_400 + i64::from(hour * 3600 + minute * 60 + second - ahead * 60);
    Some((Time::from_unix_s(seconds), Offset(ahead as i16)))
}

/// Digits only.
fn number(digits: &[u8]) -> Option<i32> {
    digits.iter().try_fold(0, |n, d| d.is_ascii_digit().then(|| n * 10 + i32::from(d - b'0')))
}

/// The day of a civil date of the Gregorian calendar, years 1900 to 2200.
fn civil(year: i32, month: i32, day: i32) -> Option<Day> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1900..=2200).contains(&year) || !(1..=length).contains(&day) {
        return None;
    }
    // Years that begin in March, so that the odd day is the last one.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_year = (153 * m + 2) / 5 + day - 1;
    Some(Day(y * 365 + y / 4 - y / 100 + y / 400 + of_year - 719_468))
}

/// A finite number with a decimal point.
pub(super) fn value(text: &str) -> Option<f64> {
    text.parse().ok().filter(|v: &f64| v.is_finite())
}

/// The unit that an export means by a text, for values of that metric.
pub(super) fn unit(text: &str, metric: Metric) -> Option<Unit> {
    Some(match health_unit(text)? {
        Unit::Count if metric == Metric::Bmi => Unit::KilogramPerSquareMetre,
        // Fractions, whatever the sign says.
        Unit::Percent => Unit::Fraction,
        unit => unit,
    })
}

/// The unit that the Health app, and apps that read from it, mean by a text; which they use depends on the phone's
/// region. A body mass index has the unit `count`; whether `%` counts to 1 or to 100 is for the caller to know.
pub fn health_unit(text: &str) -> Option<Unit> {
    Some(match text {
        "count" | "floors" | "steps" => Unit::Count,
        "count/min" | "bpm" | "breaths/min" | "spm" | "rpm" => Unit::PerMinute,
        "%" => Unit::Percent,
        "kg" => Unit::Kilogram,
        "g" => Unit::Gram,
        "mg" => Unit::Milligram,
        "mcg" | "µg" => Unit::Microgram,
        "lb" | "lbs" => Unit::Pound,
        "st" => Unit::Stone,
        "oz" => Unit::Ounce,
        "km" => Unit::Kilometre,
        "m" => Unit::Metre,
        "cm" => Unit::Centimetre,
        "mm" => Unit::Millimetre,
        "mi" => Unit::Mile,
        "yd" => Unit::Yard,
        "ft" => Unit::Foot,
        "in" => Unit::Inch,
        "kcal" | "Cal" => Unit::Kilocalorie,
        "kJ" => Unit::Kilojoule,
        "J" => Unit::Joule,
        "ms" => Unit::Millisecond,
        "s" | "sec" => Unit::Second,
        "min" => Unit::Minute,
        "hr" | "h" => Unit::Hour,
        "degC" | "ºC" | "°C" => Unit::Celsius,
        "degF" | "ºF" | "°F" => Unit::Fahrenheit,
        "mmHg" => Unit::MillimetreOfMercury,
        "kPa" => Unit::Kilopascal,
        "mg/dL" => Unit::MilligramPerDecilitre,
        "mmol/L" => Unit::MillimolePerLitre,
        "mL/min·kg" | "mL/kg·min" | "ml/(kg*min)" | "mL/(kg*min)" | "mL/(kg·min)" | "ml/(kg·min)" | "ml/kg/min" => {
            Unit::MillilitrePerKilogramMinute
        }
        "m/s" => Unit::MetrePerSecond,
        "km/hr" | "km/h" => Unit::KilometrePerHour,
        "mi/hr" | "mph" => Unit::MilePerHour,
        "mL" | "ml" => Unit::Millilitre,
        "L" => Unit::Litre,
        "fl_oz_us" => Unit::FluidOunceUs,
        "IU" => Unit::InternationalUnit,
        "W" => Unit::Watt,
        "deg" => Unit::Degree,
        // With the molar mass of glucose: `mmol<180.1558800000541>/L`.
        _ if text.starts_with("mmol<180.") && text.ends_with(">/L") => Unit::MillimolePerLitre,
        _ => return None,
    })
}

/// A value of that unit in another one, by its text: for totals that records keep in fixed units.
pub(super) fn convert(text: &str, unit_text: &str, to: Unit) -> Option<f64> {
    unit(unit_text, Metric::Distance)?.convert(value(text)?, to)
}

/// A value and its unit in one text: `12345 cm`.
pub(super) fn quantity(text: &str, to: Unit) -> Option<f64> {
    let (number, unit) = text.split_once(' ')?;
    convert(number, unit, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let iso = |text| time(text).map(|(t, o)| (t.to_iso(), o.0));
        assert_eq!(iso("2026-03-04 08:00:00 +0100"), Some(("2026-03-04T07:00:00.000Z".into(), 60)));
        assert_eq!(iso("2024-02-29 23:59:59 -0330"), Some(("2024-03-01T03:29:59.000Z".into(), -210)));
        assert_eq!(iso("1999-12-31 00:00:00 +0000"), Some(("1999-12-31T00:00:00.000Z".into(), 0)));
        assert_eq!(iso("20150616071820-0700"), Some(("2015-06-16T14:18:20.000Z".into(), -420)));
        for bad in [
            "",
            "2026-03-04",
            "2026-03-04T08:00:00 +0100",
            "2026-02-29 08:00:00 +0100",
            "2026-13-01 08:00:00 +0100",
            "2026-00-01 08:00:00 +0100",
            "2026-03-04 24:00:00 +0100",
            "2026-03-04 08:60:00 +0100",
            "2026-03-04 08:00:00 *0100",
            "2026-03-04 08:00:00 +9900",
            "2026-03-0४ 08:00:00 +01",
            "0026-03-04 08:00:00 +0100",
            "20150616071820Z0700",
        ] {
            assert_eq!(iso(bad), None, "{bad}");
        }
    }

    #[test]
    fn civil_days_are_the_models() {
        for day in (-25_000..84_000).step_by(13).map(Day) {
            let text = format!("{day} 00:00:00 +0000");
            assert_eq!(time(&text).map(|(t, _)| t), Some(day.start_utc()), "{day}");
        }
    }

    #[test]
    fn units() {
        let glucose = unit("mmol<180.1558800000541>/L", Metric::BloodGlucose);
        assert_eq!(glucose, Some(Unit::MillimolePerLitre));
        assert_eq!(unit("mmol<75.5>/L", Metric::BloodGlucose), None);
        assert_eq!(unit("count", Metric::Bmi), Some(Unit::KilogramPerSquareMetre));
        assert_eq!(unit("count", Metric::Steps), Some(Unit::Count));
        assert_eq!(unit("%", Metric::BodyFat), Some(Unit::Fraction));
        assert_eq!((health_unit("%"), health_unit("furlong")), (Some(Unit::Percent), None));
        assert_eq!(quantity("12345 cm", Unit::Metre), Some(123.45));
        assert_eq!(convert("2", "mi", Unit::Metre), Some(3218.688));
        assert_eq!((value("NaN"), value("1e400"), value(""), value("-0.5")), (None, None, None, Some(-0.5)));
    }
}

//! The usual forms of RFC 3339, read at fixed places: bodies and answers hold thousands of them.

use super::{DAY_MS, Offset, Time};

/// `YYYY-MM-DDTHH:MM:SS`, up to three digits of a fraction, `Z` or `±HH:MM`, of the years 1900 to 2199. `None` for every
/// other text, be it a time or not.
pub(super) fn read(text: &[u8]) -> Option<(Time, Offset)> {
    let (head, rest) = text.split_at_checked(19)?;
    let punctuation = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if punctuation.iter().any(|(place, mark)| head[*place] != *mark) {
        return None;
    }
    let year = number(&head[..4])?;
    let (month, day) = (number(&head[5..7])?, number(&head[8..10])?);
    let (hour, minute, second) = (number(&head[11..13])?, number(&head[14..16])?, number(&head[17..])?);
    let known =
        (1900..2200).contains(&year) && (1..=12).contains(&month) && (1..=month_days(year, month)).contains(&day);
    if !known || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (fraction_ms, zone) = match rest.split_first()? {
        (b'.', behind) => {
            let digits = behind.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (fraction, zone) = behind.split_at(digits);
            // Longer ones are left to the library before they are read as a number, which they may be too long for.
            let unit_ms = [0, 100, 10, 1].get(digits)?;
            (number(fraction)? * unit_ms, zone)
        }
        _ => (0, rest),
    };
    let offset = match zone {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), hours @ .., b':', tens, ones] if hours.len() == 2 => {
            let (hours, minutes) = (number(hours)?, number(&[*tens, *ones])?);
            if hours > 14 || minutes > 59 {
                return None;
            }
            let minutes = hours * 60 + minutes;
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    let seconds = (hour * 60 + minute - offset) * 60 + second;
    let ms = days(year, month, day) * DAY_MS + seconds * 1000 + fraction_ms;
    Some((Time(ms), Offset(offset as i16)))
}

/// A number of decimal digits, at least one.
fn number(digits: &[u8]) -> Option<i64> {
    let whole = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    whole.then(|| digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
}

const fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01. Years begin in March, so that the leap day is the last of its year and the months before it
/// have 153 days in each five.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    // 1970-01-01 is 719,468 days after the first of March of the year 0.
    year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Day;

    fn by_library(text: &str) -> Option<(Time, Offset)> {
        Time::by_library(text).ok()
    }

    #[test]
    fn every_day_is_the_librarys() {
        // 1900-01-01 to 2199-12-31.
        let days = Day::parse("1900-01-01").expect("a day").0..=Day::parse("2199-12-31").expect("a day").0;
        assert_eq!(days.clone().count(), 300 * 365 + 73);
        for day in days {
            let text = format!("{}T00:00:00Z", Day(day));
            assert_eq!(read(text.as_bytes()), Some((Day(day).start_utc(), Offset(0))), "{text}");
        }
    }

    #[test]
    fn what_is_unusual_is_left_to_the_library() {
        for text in [
            "2026-02-29T00:00:00Z",
            "2100-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2026-04-00T00:00:00Z",
            "2026-03-04T24:00:00Z",
            "2026-03-04T23:60:00Z",
            "2026-03-04T23:59:60Z",
            "1899-12-31T00:00:00Z",
            "2026-03-04T00:00:00",
            "2026-03-04T00:00:00.Z",
            "2026-03-04T00:00:00.1234Z",
            "2026-03-04T12:45:00.00888888888888888888888888888888888880Z",
            "2026-03-04T00:00:00+15:00",
            "2026-03-04T00:00:00+1:00",
            "2026-03-04T00:00:00+01:0",
            "2026-03-04T00:00:00+0100",
            "2026-03-04 00:00:00Z",
            "2026-03-04t00:00:00z",
            "+026-03-04T00:00:00Z",
            "2026-03-04T00:00:00ZZ",
            "2026-03-04",
            "",
        ] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn all_that_is_read_is_read_as_the_library_does(
            text in "(19|20|21)[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{1,4})?(Z|[+-][01][0-9]:[0-6][0-9])",
        ) {
            if let Some(read) = read(text.as_bytes()) {
                prop_assert_eq!(Some(read), by_library(&text), "{}", text);
            }
        }
    }
}

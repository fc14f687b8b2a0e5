//! Whose clock cuts time into days and hours.

use hilum_model::{Day, Offset, Time};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::ApiError;
use crate::human::query::invalid;

/// The last instant of the calendar, 9999-12-30T22:00:00.999Z: so that every zone is still in the year 9999.
pub(super) const END: Time = Time(253_402_207_200_999);

/// A clock.
#[derive(Debug, Clone)]
pub(super) enum Zone {
    /// One clock for all samples.
    One {
        /// As answers name it.
        name: String,
        rules: TimeZone,
    },
    /// Each sample's own: its clock time is taken as it stands. Where a sample's offset is not known, UTC.
    Local,
}

const FORM: &str = "an IANA time zone such as Europe/Berlin, an offset such as +05:30, or local";

impl Zone {
    /// Coordinated universal time.
    pub(super) fn utc() -> Self {
        Self::One { name: "UTC".to_owned(), rules: TimeZone::UTC }
    }

    /// Reads the parameter `tz`.
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        // A plus sign that was not escaped arrives as a blank.
        let text = text.replace(' ', "+");
        if text == "local" {
            return Ok(Self::Local);
        }
        if text == "Z" || text.eq_ignore_ascii_case("utc") {
            return Ok(Self::utc());
        }
        if text.starts_with(['+', '-']) {
            let offset = offset(&text).ok_or_else(|| invalid("tz", FORM))?;
            let seconds = i32::from(offset.0) * 60;
            let rules = jiff::tz::Offset::from_seconds(seconds).map_err(|_| invalid("tz", FORM))?.to_time_zone();
            return Ok(Self::One { name: offset.to_string(), rules });
        }
        Self::named(&text).ok_or_else(|| {
            ApiError::bad_request("unknown_time_zone", "Unknown Time Zone", format!("The parameter tz must be {FORM}."))
        })
    }

    /// The zone of that name in the IANA database; `None` if there is none.
    pub(super) fn named(name: &str) -> Option<Self> {
        let rules = TimeZone::get(name).ok()?;
        let name = rules.iana_name()?.to_owned();
        Some(Self::One { name, rules })
    }

    /// As answers name it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::One { name, .. } => name,
            Self::Local => "local",
        }
    }

    /// Whether each sample's own clock counts.
    pub(super) const fn is_local(&self) -> bool {
        matches!(self, Self::Local)
    }

    /// Minutes that the clock is ahead of UTC; none for [`Zone::Local`], whose times are clock times already.
    pub(super) fn offset(&self, at: Time) -> Option<Offset> {
        let Self::One { rules, .. } = self else { return None };
        let minutes = rules.to_offset(stamp(at)).seconds() / 60;
        i16::try_from(minutes).ok().map(Offset)
    }

    /// Seconds that the clock is ahead of UTC.
    pub(super) fn ahead_s(&self, at: Time) -> i64 {
        match self {
            Self::One { rules, .. } => i64::from(rules.to_offset(stamp(at)).seconds()),
            Self::Local => 0,
        }
    }

    /// The civil day that an instant is on.
    pub(super) fn day(&self, at: Time) -> Date {
        match self {
            Self::One { rules, .. } => rules.to_datetime(stamp(at)).date(),
            Self::Local => TimeZone::UTC.to_datetime(stamp(at)).date(),
        }
    }

    /// The instant at which the clock shows a time of a day, seconds after its midnight as on a day without a change; the
    /// first of two, and where the clock skips it, when it does.
    pub(super) fn at(&self, day: Date, seconds: i64) -> Time {
        let shown = day.to_datetime(jiff::civil::Time::midnight()).saturating_add(SignedDuration::from_secs(seconds));
        let utc = |offset: jiff::tz::Offset| offset.to_timestamp(shown).map_or(Timestamp::MAX, |at| at);
        let Self::One { rules, .. } = self else { return Time(utc(jiff::tz::Offset::UTC).as_millisecond()) };
        let at = match rules.to_ambiguous_timestamp(shown).offset() {
            jiff::tz::AmbiguousOffset::Unambiguous { offset } => utc(offset),
            jiff::tz::AmbiguousOffset::Fold { before, .. } => utc(before),
            // What is skipped lies behind the change by the old clock, and before it by the new one.
            jiff::tz::AmbiguousOffset::Gap { after, .. } => {
                rules.following(utc(after)).next().map_or(utc(after), |change| change.timestamp())
            }
        };
        Time(at.as_millisecond())
    }

    /// The next change of the clock after an instant, before another one.
    pub(super) fn change(&self, after: Time, before: Time) -> Option<Time> {
        let Self::One { rules, .. } = self else { return None };
        let change = rules.following(stamp(after)).next()?;
        let at = Time(change.timestamp().as_millisecond());
        (at < before).then_some(at)
    }
}

/// The start of a civil day as a date of the calendar.
pub(super) fn date(day: Day) -> Date {
    Date::constant(1970, 1, 1).saturating_add(SignedDuration::from_hours(i64::from(day.0) * 24))
}

fn stamp(at: Time) -> Timestamp {
    let known = at.0.clamp(Timestamp::MIN.as_millisecond(), END.0);
    Timestamp::from_millisecond(known).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Reads `±hh:mm`, `±hhmm` or `±hh`, of at most 18 hours.
fn offset(text: &str) -> Option<Offset> {
    let (sign, digits) = text.split_at_checked(1)?;
    let (hours, minutes) = match digits.len() {
        2 => (digits, "00"),
        4 => digits.split_at_checked(2)?,
        5 => digits.split_once(':')?,
        _ => return None,
    };
    let number = |text: &str| {
        let plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i16>().ok().filter(|_| plain)
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let all = hours * 60 + minutes;
    (minutes < 60 && all <= 18 * 60).then_some(Offset(if sign == "-" { -all } else { all }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::human::tests::world::{at, day};

    fn zone(text: &str) -> Zone {
        Zone::parse(text).expect(text)
    }

    #[test]
    fn names() {
        for (text, name) in [
            ("Europe/Berlin", "Europe/Berlin"),
            ("europe/berlin", "Europe/Berlin"),
            ("UTC", "UTC"),
            ("+05:30", "+05:30"),
            (" 0530", "+05:30"),
            ("-08", "-08:00"),
            ("local", "local"),
        ] {
            assert_eq!(zone(text).name(), name, "{text}");
        }
        for text in ["+25:00", "+1", "+01:60", "+0١:00", "+-1:00", "1:00", "Mars/Olympus", "../etc/passwd", "LOCAL"] {
            assert!(Zone::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_end_is_the_library_s() {
        assert_eq!(END.0, Timestamp::MAX.as_millisecond());
    }

    #[test]
    fn midnights_that_the_clock_skips_or_shows_twice() {
        // Beirut's clock went from 2022-03-27T00:00+02:00 to 01:00+03:00; Havana's from 2026-11-01T01:00-04:00 back to
        // 00:00-05:00. Samoa had no 2011-12-30.
        for (name, date_text, start) in [
            ("Asia/Beirut", "2022-03-27", "2022-03-26T22:00:00Z"),
            ("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"),
            ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),
            ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"),
            ("Asia/Kolkata", "2026-01-01", "2025-12-31T18:30:00Z"),
        ] {
            assert_eq!(zone(name).at(date(day(date_text)), 0), at(start), "{name}");
        }
        // 02:00 in Berlin: skipped in spring (01:00Z), twice in autumn (the first at 00:00Z).
        let berlin = zone("Europe/Berlin");
        assert_eq!(berlin.at(date(day("2026-03-29")), 2 * 3600), at("2026-03-29T01:00:00Z"));
        assert_eq!(berlin.at(date(day("2026-03-29")), 3 * 3600), at("2026-03-29T01:00:00Z"));
        assert_eq!(berlin.at(date(day("2026-10-25")), 2 * 3600), at("2026-10-25T00:00:00Z"));
        assert_eq!(berlin.offset(at("2026-10-25T01:00:00Z")), Some(Offset(60)));
    }
}

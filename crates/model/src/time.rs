//! Instants, offsets from UTC and civil days.
//!
//! Instants are whole milliseconds since 1970-01-01T00:00:00Z, which is exactly what the wire shows
//! (`2016-03-08T14:29:34.000Z`), so that a filter by `updatedAt` and the printed `updatedAt` can never disagree.

mod usual;

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Milliseconds in a day of UTC.
pub const DAY_MS: i64 = 86_400_000;

/// A text that is not a time, offset or day of the form asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {0}")]
pub struct ParseTimeError(pub &'static str);

/// An instant: milliseconds since the Unix epoch, UTC. Values that matter lie between the years 1900 and 2200.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub i64);

impl Time {
    /// From whole seconds since the epoch; saturates.
    pub const fn from_unix_s(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }
    /// Whole seconds since the epoch, rounded down.
    pub const fn unix_s(self) -> i64 {
        self.0.div_euclid(1000)
    }
    /// This instant plus milliseconds; saturates.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
    /// This instant plus seconds; saturates.
    #[must_use]
    pub const fn plus_s(self, s: i64) -> Self {
        Self(self.0.saturating_add(s.saturating_mul(1000)))
    }
    /// Milliseconds from `earlier` to this instant.
    pub const fn since_ms(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
    /// The UTC day that holds this instant.
    pub const fn utc_day(self) -> Day {
        Day(self.0.div_euclid(DAY_MS) as i32)
    }
    /// The civil day at `offset`; where the offset is unknown, the UTC day.
    pub const fn civil_day(self, offset: Option<Offset>) -> Day {
        let shift = match offset {
            Some(o) => o.0 as i64 * 60_000,
            None => 0,
        };
        Self(self.0.saturating_add(shift)).utc_day()
    }
    /// Reads RFC 3339 with any offset and any number of fraction digits; gives the instant and the offset.
    /// `Z` gives offset zero.
    pub fn parse_rfc3339(text: &str) -> Result<(Self, Offset), ParseTimeError> {
        usual::read(text.as_bytes()).map_or_else(|| Self::by_library(text), Ok)
    }
    fn by_library(text: &str) -> Result<(Self, Offset), ParseTimeError> {
        let bad = || ParseTimeError("RFC 3339 time");
        let pieces = jiff::fmt::temporal::DateTimeParser::new().parse_pieces(text).map_err(|_| bad())?;
        let time = pieces.time().ok_or_else(bad)?;
        let offset = match pieces.offset().ok_or_else(bad)? {
            jiff::fmt::temporal::PiecesOffset::Zulu => jiff::tz::Offset::UTC,
            jiff::fmt::temporal::PiecesOffset::Numeric(n) => n.offset(),
            _ => return Err(bad()),
        };
        let instant = offset.to_timestamp(pieces.date().to_datetime(time)).map_err(|_| bad())?;
        let minutes = i16::try_from(offset.seconds() / 60).map_err(|_| bad())?;
        Ok((Self(instant.as_millisecond()), Offset(minutes)))
    }
    /// Reads what Human API's `…_since` and `…_before` filters take: `YYYYMMDDTHHmmssZ`, the same without `T`,
    /// full RFC 3339, or a bare `YYYY-MM-DD` (midnight UTC).
    /// Source: human-connect contract 4.1 and recorded clients.
    pub fn parse_filter(text: &str) -> Result<Self, ParseTimeError> {
        if let Ok((time, _)) = Self::parse_rfc3339(text) {
            return Ok(time);
        }
        if let Ok(day) = Day::parse(text) {
            return Ok(day.start_utc());
        }
        let bad = || ParseTimeError("time of the form YYYYMMDDTHHmmssZ");
        let digits: String = text.trim_end_matches(['Z', 'z']).chars().filter(|c| *c != 'T' && *c != 't').collect();
        if digits.len() != 14 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        let n = |range: std::ops::Range<usize>| digits[range].parse::<i16>().map_err(|_| bad());
        let small = |v: i16| i8::try_from(v).map_err(|_| bad());
        let at = jiff::civil::DateTime::new(
            n(0..4)?,
            small(n(4..6)?)?,
            small(n(6..8)?)?,
            small(n(8..10)?)?,
            small(n(10..12)?)?,
            small(n(12..14)?)?,
            0,
        )
        .map_err(|_| bad())?;
        let instant = jiff::tz::Offset::UTC.to_timestamp(at).map_err(|_| bad())?;
        Ok(Self(instant.as_millisecond()))
    }
    /// Writes `YYYY-MM-DDTHH:MM:SS.mmmZ` (24 bytes for years 0 to 9999) without allocating.
    pub fn write_iso(self, out: &mut Vec<u8>) {
        let day = self.utc_day();
        day.write(out);
        let ms = self.0.rem_euclid(DAY_MS);
        let two = |out: &mut Vec<u8>, v: i64| {
            out.push(b'0' + (v / 10) as u8);
            out.push(b'0' + (v % 10) as u8);
        };
        out.push(b'T');
        two(out, ms / 3_600_000);
        out.push(b':');
        two(out, ms / 60_000 % 60);
        out.push(b':');
        two(out, ms / 1000 % 60);
        out.push(b'.');
        out.push(b'0' + (ms / 100 % 10) as u8);
        two(out, ms % 100);
        out.push(b'Z');
    }
    /// The same as [`Time::write_iso`], as a string.
    pub fn to_iso(self) -> String {
        let mut out = Vec::with_capacity(24);
        self.write_iso(&mut out);
        String::from_utf8(out).unwrap_or_default()
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_iso())
    }
}

/// Minutes that local time is ahead of UTC; between -1,080 and 1,080.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Offset(pub i16);

impl Offset {
    /// The offset that an IANA zone had at an instant; `None` if the zone is not known.
    pub fn of_zone(zone: &str, at: Time) -> Option<Self> {
        let zone = jiff::tz::TimeZone::get(zone).ok()?;
        let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
        i16::try_from(zone.to_offset(at).seconds() / 60).ok().map(Self)
    }
    /// Writes `+hh:mm` or `-hh:mm`, the form of `tzOffset`.
    pub fn write(self, out: &mut Vec<u8>) {
        let minutes = self.0.unsigned_abs();
        let two = |out: &mut Vec<u8>, v: u16| {
            out.push(b'0' + (v / 10 % 10) as u8);
            out.push(b'0' + (v % 10) as u8);
        };
        out.push(if self.0 < 0 { b'-' } else { b'+' });
        two(out, minutes / 60);
        out.push(b':');
        two(out, minutes % 60);
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::with_capacity(6);
        self.write(&mut out);
        f.write_str(&String::from_utf8(out).unwrap_or_default())
    }
}

/// A civil day: days since 1970-01-01, no zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Day(pub i32);

impl Day {
    /// Reads `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Result<Self, ParseTimeError> {
        let bad = || ParseTimeError("day of the form YYYY-MM-DD");
        if text.len() != 10 {
            return Err(bad());
        }
        let date: Date = text.parse().map_err(|_| bad())?;
        Ok(Self::from_date(date))
    }
    fn from_date(date: Date) -> Self {
        let since = date.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24;
        Self(since as i32)
    }
    fn to_date(self) -> Date {
        let span = jiff::SignedDuration::from_hours(i64::from(self.0) * 24);
        Date::constant(1970, 1, 1).saturating_add(span)
    }
    /// Midnight UTC at the start of the day.
    pub const fn start_utc(self) -> Time {
        Time(self.0 as i64 * DAY_MS)
    }
    /// The day that many days later (earlier if negative); saturates.
    #[must_use]
    pub const fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }
    /// Writes `YYYY-MM-DD`.
    pub fn write(self, out: &mut Vec<u8>) {
        let date = self.to_date();
        let year = date.year().unsigned_abs();
        for v in [year / 100, year % 100] {
            out.push(b'0' + (v / 10 % 10) as u8);
            out.push(b'0' + (v % 10) as u8);
        }
        for v in [date.month().unsigned_abs(), date.day().unsigned_abs()] {
            out.push(b'-');
            out.push(b'0' + v / 10);
            out.push(b'0' + v % 10);
        }
    }
    /// 0 for Monday to 6 for Sunday.
    pub const fn weekday(self) -> i32 {
        (self.0 + 3).rem_euclid(7)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::with_capacity(10);
        self.write(&mut out);
        f.write_str(&String::from_utf8(out).unwrap_or_default())
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_form_and_filters() {
        // 2014-01-10 is day 16080; 16080 * 86400 = 1389312000.
        let t = Time::from_unix_s(1_389_312_000);
        assert_eq!(t.to_iso(), "2014-01-10T00:00:00.000Z");
        for text in [
            "20140110T000000Z",
            "20140110000000Z",
            "20140110000000",
            "2014-01-10T00:00:00Z",
            "2014-01-10",
            "2014-01-10T01:00:00.000+01:00",
        ] {
            assert_eq!(Time::parse_filter(text), Ok(t), "{text}");
        }
        for bad in ["", "yesterday", "20141310T000000Z", "2014-13-10", "२०१४०११०T००००००Z"] {
            assert!(Time::parse_filter(bad).is_err(), "{bad}");
        }
        assert_eq!(Time(-1).to_iso(), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn offsets_and_civil_days() {
        let (t, o) = Time::parse_rfc3339("2026-03-03T23:31:00.250-07:30").expect("valid");
        assert_eq!(t.to_iso(), "2026-03-04T07:01:00.250Z");
        assert_eq!((o, o.to_string()), (Offset(-450), "-07:30".to_owned()));
        assert_eq!(t.civil_day(Some(o)).to_string(), "2026-03-03");
        assert_eq!(t.civil_day(None).to_string(), "2026-03-04");
        assert_eq!(Offset(0).to_string(), "+00:00");
        assert_eq!(Offset(345).to_string(), "+05:45");
        assert_eq!(Offset::of_zone("Europe/Berlin", t), Some(Offset(60)));
        assert_eq!(Offset::of_zone("Mars/Olympus", t), None);
    }

    #[test]
    fn days() {
        for text in ["1970-01-01", "1969-12-31", "2016-02-29", "2026-11-22"] {
            assert_eq!(Day::parse(text).expect(text).to_string(), text);
        }
        assert_eq!(Day::parse("1970-01-01"), Ok(Day(0)));
        assert!(Day::parse("2015-02-29").is_err() && Day::parse("2015-2-9").is_err());
        assert_eq!(Day::parse("2026-11-22").expect("a Sunday").weekday(), 6);
    }
}

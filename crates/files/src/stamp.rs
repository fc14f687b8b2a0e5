//! Times as exports write them when they do not say where: local times, two-digit years, and the zone that a profile
//! names.

use hilum_model::{Day, Offset, Time};

/// The zone that an archive's profile tells; nothing if it tells none. A zone is never guessed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Zone(pub(crate) Option<String>);

impl Zone {
    /// The instant of a local time, given as if it were UTC, and the offset. Without a zone the local time stands as UTC
    /// with an unknown offset, so that it falls on its own civil day.
    pub(crate) fn of_local(&self, local: Time) -> (Time, Option<Offset>) {
        let back = |offset: Offset| local.plus_s(-60 * i64::from(offset.0));
        // The offset at the local time is near enough to find the instant, whose own offset counts.
        let offset = self.at(local).and_then(|near| self.at(back(near)));
        (offset.map_or(local, back), offset)
    }

    /// The offset at an instant.
    pub(crate) fn at(&self, at: Time) -> Option<Offset> {
        self.0.as_deref().and_then(|zone| Offset::of_zone(zone, at))
    }
}

/// `MM/DD/YY HH:MM:SS` or `MM/DD/YY`, as if it were UTC. Years from 70 on are of the last century.
pub(crate) fn short_year(text: &str) -> Option<Time> {
    let (date, clock) = text.split_once(' ').unwrap_or((text, "00:00:00"));
    let [month, day, year] = two_digits(date, '/')?;
    let century = if year >= 70 { 19 } else { 20 };
    let day = Day::parse(&format!("{century}{year:02}-{month:02}-{day:02}")).ok()?;
    let [hour, minute, second] = two_digits(clock, ':')?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(day.start_utc().plus_s(i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second)))
}

/// `YYYY-MM-DDTHH:MM:SS` or with a blank for the `T`, with or without a fraction, as if it were UTC.
pub(crate) fn local(text: &str) -> Option<Time> {
    let text = text.trim().replacen(' ', "T", 1);
    let seconds = text.matches(':').count();
    let whole = if seconds == 1 { format!("{text}:00Z") } else { format!("{text}Z") };
    Time::parse_rfc3339(&whole).ok().map(|(time, _)| time)
}

/// The day of a text that begins with one.
pub(crate) fn day(text: &str) -> Option<Day> {
    Day::parse(text.get(..10)?).ok()
}

fn two_digits(text: &str, between: char) -> Option<[u8; 3]> {
    let mut parts = text.split(between);
    let mut next = || {
        let part = parts.next().filter(|p| p.len() == 2 && p.bytes().all(|b| b.is_ascii_digit()))?;
        part.parse().ok()
    };
    let found = [next()?, next()?, next()?];
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let iso = |time: Option<Time>| time.map(Time::to_iso);
        let text = |t: &str| Some(t.to_owned());
        assert_eq!(iso(short_year("03/04/26 16:05:09")), text("2026-03-04T16:05:09.000Z"));
        assert_eq!(iso(short_year("12/31/99")), text("1999-12-31T00:00:00.000Z"));
        for bad in ["3/4/26 16:05:09", "13/04/26 00:00:00", "03/04/26 24:00:00", "03/04/26 1:2:3", "", "03/04/2026"] {
            assert_eq!(short_year(bad), None, "{bad}");
        }
        assert_eq!(iso(local("2026-03-04T16:05:09.500")), text("2026-03-04T16:05:09.500Z"));
        assert_eq!(iso(local("2026-03-04 16:05")), text("2026-03-04T16:05:00.000Z"));
        assert_eq!(iso(local("2026-03-04T16:05:09Z")), None);
        assert_eq!(day("2026-03-04T16").map(|d| d.to_string()).as_deref(), Some("2026-03-04"));
        assert_eq!((day("2026-03"), day("é2026-03-04")), (None, None));
    }

    #[test]
    fn zones() {
        let berlin = Zone(Some("Europe/Berlin".to_owned()));
        let noon = local("2026-07-01T12:00:00").expect("a time");
        let (at, offset) = berlin.of_local(noon);
        assert_eq!((at.to_iso().as_str(), offset), ("2026-07-01T10:00:00.000Z", Some(Offset(120))));
        // Summer time began on 2026-03-29 at 01:00Z: 03:30 local is 01:30Z.
        let (at, offset) = berlin.of_local(local("2026-03-29T03:30:00").expect("a time"));
        assert_eq!((at.to_iso().as_str(), offset), ("2026-03-29T01:30:00.000Z", Some(Offset(120))));
        assert_eq!(Zone(None).of_local(noon), (noon, None));
        assert_eq!(Zone(Some("Mars/Olympus".to_owned())).of_local(noon), (noon, None));
    }
}

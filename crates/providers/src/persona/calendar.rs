//! Where somebody is on a day, and when that day begins and ends.
//!
//! A person's day runs from midnight to midnight of the place where they are on it. So every instant belongs to
//! exactly one day, a day of daylight saving change has 23 or 25 hours, and a day of a journey more or fewer.

use hilum_model::{Day, Offset, Time};

use super::people::Persona;

impl Persona {
    /// The IANA zone in which the day is lived.
    pub fn zone(&self, day: Day) -> &'static str {
        self.trips
            .iter()
            .find(|trip| (trip.from..trip.until).contains(&day.0.rem_euclid(trip.every)))
            .map_or(self.home, |trip| trip.zone)
    }

    /// Midnight at the start of the day.
    pub fn start_of(&self, day: Day) -> Time {
        self.at(day, 0)
    }

    /// Midnight at the end of the day, which is the start of the next one.
    pub fn end_of(&self, day: Day) -> Time {
        self.start_of(day.plus(1))
    }

    /// The instant at which clocks show so many minutes past midnight of the day. A clock time that a change of
    /// clocks leaves out is taken as so much later, one that comes twice as the first.
    pub(super) fn at(&self, day: Day, minute: i64) -> Time {
        local(self.zone(day), day.plus(minute.div_euclid(1440) as i32), minute.rem_euclid(1440))
    }

    /// The day that holds an instant.
    pub fn day_of(&self, at: Time) -> Day {
        // No zone is more than 15 hours from UTC, so the day before, the same or the next one holds it.
        let mut day = at.utc_day().plus(1);
        while self.start_of(day) > at {
            day = day.plus(-1);
        }
        day
    }

    /// Local time minus UTC at an instant.
    pub fn offset_at(&self, at: Time) -> Offset {
        Offset::of_zone(self.zone(self.day_of(at)), at).unwrap_or_default()
    }
}

fn local(zone: &str, day: Day, minute: i64) -> Time {
    let naive = day.start_utc().plus_s(minute * 60);
    let seen = || {
        let zone = jiff::tz::TimeZone::get(zone).ok()?;
        let at = jiff::Timestamp::from_millisecond(naive.0).ok()?;
        let civil = jiff::tz::Offset::UTC.to_datetime(at);
        Some(Time(zone.to_ambiguous_timestamp(civil).compatible().ok()?.as_millisecond()))
    };
    // The zones are constants that the bundled database holds (a test reads them all), so UTC is never used.
    seen().unwrap_or(naive)
}

#[cfg(test)]
mod tests {
    use super::super::people::PEOPLE;
    use super::*;

    fn person(id: &str) -> &'static Persona {
        super::super::find(id).expect(id)
    }

    #[test]
    fn every_zone_is_known() {
        for person in &PEOPLE {
            for zone in person.trips.iter().map(|t| t.zone).chain([person.home]) {
                assert!(Offset::of_zone(zone, Time(0)).is_some(), "{zone}");
            }
        }
    }

    #[test]
    fn days_of_clock_changes_have_23_and_25_hours() {
        // Europe: clocks go forward on 2026-03-29 and back on 2026-10-25.
        let nora = person("runner");
        let hours = |text: &str| {
            let day = Day::parse(text).expect(text);
            nora.end_of(day).since_ms(nora.start_of(day)) / 3_600_000
        };
        assert_eq!((hours("2026-03-29"), hours("2026-03-30"), hours("2026-10-25")), (23, 24, 25));
        // 2026-03-29T00:00+01:00 is 2026-03-28T23:00Z.
        assert_eq!(nora.start_of(Day::parse("2026-03-29").expect("day")).to_iso(), "2026-03-28T23:00:00.000Z");
    }

    #[test]
    fn every_instant_belongs_to_one_day() {
        for person in &PEOPLE {
            let first = Day::parse("2025-10-01").expect("day");
            let mut at = person.start_of(first);
            for day in (0..450).map(|n| first.plus(n)) {
                assert_eq!(person.start_of(day), at, "{} {day}", person.id);
                at = person.end_of(day);
                assert_eq!(person.day_of(person.start_of(day)), day);
                assert_eq!(person.day_of(at.plus_ms(-1)), day);
                let hours = at.since_ms(person.start_of(day)) / 3_600_000;
                assert!((8..=38).contains(&hours), "{} {day}: {hours} h", person.id);
            }
        }
    }

    #[test]
    fn the_traveller_changes_offset() {
        let amara = person("traveller");
        let first = Day::parse("2026-01-01").expect("day");
        let zones: std::collections::BTreeSet<_> = (0..60).map(|n| amara.zone(first.plus(n))).collect();
        assert_eq!(zones.len(), 4);
    }
}

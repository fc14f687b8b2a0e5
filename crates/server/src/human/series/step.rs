//! How long a bucket is, and where buckets begin and end.

use hilum_model::Time;
use jiff::Span;
use jiff::civil::{Date, Weekday};

use super::zone::{END, Zone};
use crate::ApiError;
use crate::human::query::invalid;

/// Most buckets of one answer.
pub(super) const MOST: usize = 20_000;

/// Seconds of a civil day without a change of the clock.
const DAY_S: i64 = 86_400;

/// The length of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Seconds; a whole number of them makes a day.
    Seconds(i64),
    /// Civil days, counted from that of the first bucket.
    Days(i32),
    /// Weeks from Monday on.
    Week,
    /// Months; a whole number of them makes a year.
    Months(i32),
}

const FORM: &str = "a number of s, m or h that divides a day (1m, 15m, 6h), of days up to 31 (1d), 1w, \
                    a number of months that divides a year (1mo, 3mo), or 1y";

impl Step {
    /// Reads the parameter `step`.
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        Self::read(text).ok_or_else(|| invalid("step", FORM))
    }

    fn read(text: &str) -> Option<Self> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let number: i32 = number.parse().ok().filter(|n| (1..=86_400).contains(n))?;
        let seconds = |each: i64| {
            let step = i64::from(number) * each;
            (DAY_S % step == 0).then_some(Self::Seconds(step))
        };
        match unit {
            "s" => seconds(1),
            "m" => seconds(60),
            "h" => seconds(3600),
            "d" => (number <= 31).then_some(Self::Days(number)),
            "w" => (number == 1).then_some(Self::Week),
            "mo" => (12 % number == 0).then_some(Self::Months(number)),
            "y" => (number == 1).then_some(Self::Months(12)),
            _ => None,
        }
    }

    /// At least how long a bucket is, ms: what the number of buckets can be estimated with.
    const fn least_ms(self) -> i64 {
        match self {
            Self::Seconds(seconds) => seconds * 1000,
            // A day with a change of the clock has 23 hours, February 28 days.
            Self::Days(days) => days as i64 * 82_800_000,
            Self::Week => 7 * 82_800_000,
            Self::Months(months) => months as i64 * 28 * 82_800_000,
        }
    }
}

/// The edges of the buckets that hold `[from, to)`, oldest first, one more than there are buckets. The first bucket is the
/// one that `from` lies in, and the last one ends at `to` or later: buckets are never cut.
///
/// Buckets of an hour or less are of elapsed time, and one begins where the clock changes; longer ones are from one
/// time of the clock to another, and so a day with a change of the clock may have 23 or 25 hours.
pub(super) fn edges(zone: &Zone, step: Step, (from, to): (Time, Time)) -> Result<Vec<Time>, ApiError> {
    let to = to.min(END);
    // What an estimate lets pass is more than what is counted below.
    if to.since_ms(from) / step.least_ms() > 2 * MOST as i64 {
        return Err(too_many());
    }
    let mut edges = Edges { from, to, found: Vec::new() };
    let mut day = zone.day(from);
    match step {
        Step::Seconds(seconds) => {
            while !edges.done() {
                let next = after(day, Span::new().days(1));
                edges.of_day(zone, seconds, day, next);
                edges.check()?;
                day = next;
            }
        }
        Step::Days(days) => edges.count(zone, day, Span::new().days(days))?,
        Step::Week => {
            let since_monday = day.weekday().since(Weekday::Monday);
            let monday = day.saturating_sub(Span::new().days(i32::from(since_monday)));
            edges.count(zone, monday, Span::new().weeks(1))?;
        }
        Step::Months(months) => {
            let back = (i32::from(day.month()) - 1) % months;
            let first = day.first_of_month().saturating_sub(Span::new().months(back));
            edges.count(zone, first, Span::new().months(months))?;
        }
    }
    edges.check()?;
    Ok(edges.found)
}

struct Edges {
    from: Time,
    to: Time,
    found: Vec<Time>,
}

impl Edges {
    fn done(&self) -> bool {
        self.found.last().is_some_and(|last| *last >= self.to)
    }

    /// The next edge. Edges before the first bucket are forgotten; one that does not lie behind the last is none.
    fn push(&mut self, at: Time) {
        if self.done() || self.found.last().is_some_and(|last| at <= *last) {
            return;
        }
        if at <= self.from {
            self.found.clear();
        }
        self.found.push(at);
    }

    fn check(&self) -> Result<(), ApiError> {
        if self.found.len() > MOST + 1 { Err(too_many()) } else { Ok(()) }
    }

    /// Starts of days, so far apart each.
    fn count(&mut self, zone: &Zone, mut day: Date, each: Span) -> Result<(), ApiError> {
        while !self.done() {
            self.push(zone.at(day, 0));
            self.check()?;
            let next = after(day, each);
            if next == day {
                // The end of the calendar.
                self.push(END);
            }
            day = next;
        }
        Ok(())
    }

    /// The edges from the start of a day to that of the next.
    fn of_day(&mut self, zone: &Zone, seconds: i64, day: Date, next: Date) {
        let (start, end) = (zone.at(day, 0), zone.at(next, 0));
        let plain = end.since_ms(start) == DAY_S * 1000 && zone.change(start, end).is_none();
        if plain {
            // Those before `from` are passed over at once.
            let passed = (self.from.since_ms(start) / (seconds * 1000)).clamp(0, DAY_S / seconds);
            for n in passed..DAY_S / seconds {
                self.push(start.plus_s(n * seconds));
                if self.done() {
                    return;
                }
            }
        } else if seconds > 3600 {
            for n in 0..DAY_S / seconds {
                self.push(zone.at(day, n * seconds));
            }
        } else {
            let mut at = start;
            while at < end {
                self.push(at);
                let until = zone.change(at, end).unwrap_or(end);
                // The next time that the clock shows a multiple of the step.
                let shown = at.unix_s() + zone.ahead_s(at);
                at = until.min(at.plus_s(seconds - shown.rem_euclid(seconds)));
            }
        }
        self.push(end);
        if next == day {
            self.push(END);
        }
    }
}

fn after(day: Date, span: Span) -> Date {
    day.saturating_add(span)
}

fn too_many() -> ApiError {
    ApiError::bad_request(
        "too_many_buckets",
        "Too Many Buckets",
        format!("An answer has at most {MOST} buckets: ask for a longer step or a shorter time."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::human::tests::world::at;

    fn of(zone: &str, step: &str, from: &str, to: &str) -> Vec<String> {
        let (zone, step) = (Zone::parse(zone).expect(zone), Step::parse(step).expect(step));
        let edges = edges(&zone, step, (at(from), at(to))).expect("few");
        edges.iter().map(|edge| edge.to_iso().replace(":00.000Z", "")).collect()
    }

    #[test]
    fn forms() {
        for (text, step) in [
            ("1s", Step::Seconds(1)),
            ("90m", Step::Seconds(5400)),
            ("24h", Step::Seconds(86_400)),
            ("1d", Step::Days(1)),
            ("1w", Step::Week),
            ("3mo", Step::Months(3)),
            ("1y", Step::Months(12)),
        ] {
            assert_eq!(Step::read(text), Some(step), "{text}");
        }
        for text in
            ["", "1", "m", "0m", "7m", "5h", "25h", "32d", "2w", "5mo", "2y", "-1h", "1.5h", "99999999999s", "1M"]
        {
            assert_eq!(Step::read(text), None, "{text}");
        }
    }

    #[test]
    fn days_of_23_24_and_25_hours() {
        // Berlin is at +01:00 in winter, at +02:00 from 2026-03-29T01:00Z to 2026-10-25T01:00Z.
        assert_eq!(
            of("Europe/Berlin", "1d", "2026-03-28T12:00:00Z", "2026-03-30T00:00:00Z"),
            ["2026-03-27T23:00", "2026-03-28T23:00", "2026-03-29T22:00", "2026-03-30T22:00"]
        );
        assert_eq!(
            of("Europe/Berlin", "1d", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
            ["2026-10-24T22:00", "2026-10-25T23:00"]
        );
        // New York: -05:00, at -04:00 from 2026-03-08T07:00Z to 2026-11-01T06:00Z.
        assert_eq!(
            of("America/New_York", "1d", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"),
            ["2026-03-08T05:00", "2026-03-09T04:00"]
        );
        assert_eq!(
            of("Asia/Kolkata", "1d", "2026-03-08T00:00:00Z", "2026-03-08T18:30:00Z"),
            ["2026-03-07T18:30", "2026-03-08T18:30"]
        );
    }

    #[test]
    fn hours_are_elapsed_and_quarters_of_a_day_are_the_clock_s() {
        let hours = of("Europe/Berlin", "1h", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
        assert_eq!((hours.len(), hours[3].as_str(), hours[4].as_str()), (26, "2026-10-25T01:00", "2026-10-25T02:00"));
        assert_eq!(of("Europe/Berlin", "1h", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z").len(), 24);
        // 00, 06, 12, 18 o'clock: the first quarter has seven hours in autumn, five in spring.
        assert_eq!(
            of("Europe/Berlin", "6h", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
            ["2026-10-24T22:00", "2026-10-25T05:00", "2026-10-25T11:00", "2026-10-25T17:00", "2026-10-25T23:00"]
        );
        assert_eq!(
            of("Europe/Berlin", "2h", "2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z"),
            ["2026-03-28T23:00", "2026-03-29T01:00", "2026-03-29T02:00"],
            "two o'clock is three o'clock"
        );
        // Lord Howe goes from +11:00 back to +10:30 at 2026-04-04T15:00Z: the hour from 01:00 on is there for another half.
        assert_eq!(
            of("Australia/Lord_Howe", "1h", "2026-04-04T14:00:00Z", "2026-04-04T16:30:00Z"),
            ["2026-04-04T14:00", "2026-04-04T15:00", "2026-04-04T15:30", "2026-04-04T16:30"]
        );
        // A zone of +05:30: hours begin at half past.
        assert_eq!(
            of("Asia/Kolkata", "1h", "2026-03-08T00:00:00Z", "2026-03-08T01:00:00Z"),
            ["2026-03-07T23:30", "2026-03-08T00:30", "2026-03-08T01:30"]
        );
    }

    #[test]
    fn weeks_months_and_years() {
        // 2026-03-08 is a Sunday.
        assert_eq!(
            of("UTC", "1w", "2026-03-08T23:59:00Z", "2026-03-09T00:01:00Z"),
            ["2026-03-02T00:00", "2026-03-09T00:00", "2026-03-16T00:00"]
        );
        assert_eq!(
            of("UTC", "1mo", "2026-01-31T12:00:00Z", "2026-03-01T00:00:00Z"),
            ["2026-01-01T00:00", "2026-02-01T00:00", "2026-03-01T00:00"]
        );
        assert_eq!(
            of("UTC", "3mo", "2026-06-30T12:00:00Z", "2026-07-01T00:00:00Z"),
            ["2026-04-01T00:00", "2026-07-01T00:00"]
        );
        assert_eq!(
            of("UTC", "1y", "2026-06-30T12:00:00Z", "2026-07-01T00:00:00Z"),
            ["2026-01-01T00:00", "2027-01-01T00:00"]
        );
        assert_eq!(
            of("UTC", "10d", "2026-03-08T12:00:00Z", "2026-03-19T00:00:00Z"),
            ["2026-03-08T00:00", "2026-03-18T00:00", "2026-03-28T00:00"]
        );
        // A day that Samoa does not have is no bucket.
        assert_eq!(
            of("Pacific/Apia", "1d", "2011-12-29T12:00:00Z", "2011-12-31T00:00:00Z"),
            ["2011-12-29T10:00", "2011-12-30T10:00", "2011-12-31T10:00"]
        );
    }

    #[test]
    fn the_calendar_ends() {
        // The last instant that the library has is 9999-12-30T22:00:00.999Z.
        let edges = of("UTC", "1y", "9998-05-01T00:00:00Z", "9999-12-30T00:00:00Z");
        assert_eq!(edges, ["9998-01-01T00:00", "9999-01-01T00:00", "9999-12-30T22:00:00.999Z"]);
        for step in ["1h", "6h", "1d", "1w", "31d"] {
            let edges = super::edges(
                &Zone::parse("Pacific/Auckland").expect("zone"),
                Step::parse(step).expect("step"),
                (at("9999-12-29T00:00:00Z"), Time(i64::MAX)),
            );
            assert_eq!(edges.expect("few").last(), Some(&END), "{step}");
        }
    }

    #[test]
    fn not_more_than_fit() {
        let second = Step::Seconds(1);
        let zone = Zone::utc();
        let from = at("2026-03-08T23:00:00Z");
        let found = edges(&zone, second, (from, from.plus_s(MOST as i64))).expect("as many as there may be");
        assert_eq!(found.len(), MOST + 1);
        for to in [from.plus_s(MOST as i64 + 1), from.plus_s(100 * DAY_S), Time(i64::MAX)] {
            assert_eq!(edges(&zone, second, (from, to)).expect_err("too many").code, "too_many_buckets");
        }
    }
}

//! What part of time a data call asks for, checked against the description.

use hilum_model::{Day, Time};
use hilum_providers::sandbox::{Refusal, Span};
use hilum_providers::spec::{Clock, Window};

use crate::wire::first;

/// Reads the window of a request; refuses a missing, unreadable or reversed one, and one that is too long. What has no
/// end goes up to `now`.
pub(crate) fn read(window: &Window, params: &[(String, String)], now: Time) -> Result<Span, Refusal> {
    let text = |name: &'static str| first(params, name).ok_or(Refusal::BadParameter(name));
    match *window {
        Window::Whole | Window::NewestFirst | Window::Recent | Window::Pushed => Ok(Span::Whole),
        Window::OneDay { day } => one_day(text(day)?).map(|d| Span::Days(d, d)).ok_or(Refusal::BadParameter(day)),
        Window::Since { from, clock } => match moment(clock, text(from)?).ok_or(Refusal::BadParameter(from))? {
            Moment::Day(day) => Ok(Span::Days(day, now.utc_day().plus(1))),
            Moment::Instant(time) => Ok(Span::Instants(time, now.plus_s(1).max(time))),
        },
        Window::Range { from, to, clock, max_days } => {
            let read = |name: &'static str| moment(clock, text(name)?).ok_or(Refusal::BadParameter(name));
            let longest = i64::from(max_days);
            let too_long = Refusal::BadParameter(to);
            match (read(from)?, read(to)?) {
                (Moment::Day(a), Moment::Day(b)) => {
                    // Who pads asks for one day more at either end.
                    let longest = longest + if clock == Clock::DatePadded { 2 } else { 0 };
                    let days = i64::from(b.0) - i64::from(a.0) + 1;
                    if (1..=longest).contains(&days) { Ok(Span::Days(a, b)) } else { Err(too_long) }
                }
                (Moment::Instant(a), Moment::Instant(b)) => {
                    let ms = b.since_ms(a);
                    let fits = ms >= 0 && ms <= longest * hilum_model::time::DAY_MS;
                    if fits { Ok(Span::Instants(a, b)) } else { Err(too_long) }
                }
                _ => Err(too_long),
            }
        }
    }
}

enum Moment {
    Day(Day),
    Instant(Time),
}

fn one_day(text: &str) -> Option<Day> {
    Day::parse(text).ok()
}

fn moment(clock: Clock, text: &str) -> Option<Moment> {
    let zoned = |text: &str| Time::parse_rfc3339(text).ok().map(|(time, _)| Moment::Instant(time));
    match clock {
        Clock::Date | Clock::DatePadded => one_day(text).map(Moment::Day),
        Clock::UnixSeconds => text.parse().ok().map(Time::from_unix_s).map(Moment::Instant),
        Clock::UnixMillis => text.parse().ok().map(Time).map(Moment::Instant),
        Clock::Rfc3339 => zoned(text),
        Clock::Rfc3339Z => text.ends_with('Z').then(|| zoned(text)).flatten(),
        Clock::UtcBare => zoned(&format!("{text}Z")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_772_700_000_000);

    const fn window(clock: Clock, max_days: u16) -> Window {
        Window::Range { from: "a", to: "b", clock, max_days }
    }
    fn read_ab(window: &Window, a: &str, b: &str) -> Result<Span, Refusal> {
        read(window, &[("a".to_owned(), a.to_owned()), ("b".to_owned(), b.to_owned())], NOW)
    }

    #[test]
    fn days() {
        let two = window(Clock::Date, 2);
        let day = |t| Day::parse(t).expect(t);
        assert_eq!(read_ab(&two, "2026-03-04", "2026-03-05"), Ok(Span::Days(day("2026-03-04"), day("2026-03-05"))));
        assert!(read_ab(&two, "2026-03-04", "2026-03-04").is_ok());
        assert_eq!(read_ab(&two, "2026-03-04", "2026-03-06"), Err(Refusal::BadParameter("b")));
        assert!(read_ab(&window(Clock::DatePadded, 2), "2026-03-04", "2026-03-07").is_ok());
        assert!(read_ab(&window(Clock::DatePadded, 2), "2026-03-04", "2026-03-08").is_err());
        assert_eq!(read_ab(&two, "2026-03-05", "2026-03-04"), Err(Refusal::BadParameter("b")));
        assert_eq!(read_ab(&two, "today", "2026-03-04"), Err(Refusal::BadParameter("a")));
        assert_eq!(read(&two, &[], NOW), Err(Refusal::BadParameter("a")));
        assert_eq!(read(&Window::Whole, &[], NOW), Ok(Span::Whole));
    }

    #[test]
    fn instants() {
        let one = window(Clock::UnixSeconds, 1);
        let span = Span::Instants(Time::from_unix_s(1000), Time::from_unix_s(87_400));
        assert_eq!(read_ab(&one, "1000", "87400"), Ok(span));
        assert!(read_ab(&one, "1000", "87401").is_err());
        assert!(read_ab(&one, "1000", "999").is_err());
        let zoned = read_ab(&window(Clock::Rfc3339, 1), "1970-01-01T01:16:40+01:00", "1970-01-02T00:16:40+00:00");
        assert_eq!(zoned, Ok(span));
    }

    #[test]
    fn windows_without_an_end_go_to_the_present() {
        let ask = |window: Window, value: &str| read(&window, &[("a".to_owned(), value.to_owned())], NOW);
        let since = Window::Since { from: "a", clock: Clock::UnixMillis };
        assert_eq!(ask(since, "1772600000000"), Ok(Span::Instants(Time(1_772_600_000_000), NOW.plus_s(1))));
        assert_eq!(ask(since, "soon"), Err(Refusal::BadParameter("a")));
        let day = Day::parse("2026-03-04").expect("a day");
        assert_eq!(ask(Window::OneDay { day: "a" }, "2026-03-04"), Ok(Span::Days(day, day)));
        let bare = Window::Since { from: "a", clock: Clock::UtcBare };
        assert_eq!(ask(bare, "2026-03-04T00:00:00"), Ok(Span::Instants(day.start_utc(), NOW.plus_s(1))));
        assert!(ask(Window::Since { from: "a", clock: Clock::Rfc3339Z }, "2026-03-04T00:00:00+00:00").is_err());
    }
}

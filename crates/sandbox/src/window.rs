//! What part of time a data call asks for, checked against the description.

use hilum_model::{Day, Time};
use hilum_providers::sandbox::Refusal;
use hilum_providers::spec::{Clock, Window};

use crate::wire::first;

/// A window as asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    /// The stream is a state.
    Whole,
    /// Civil days, both ends included.
    Days(Day, Day),
    /// Instants, the end excluded.
    Instants(Time, Time),
}

/// Reads the window of a request; refuses a missing, unreadable or reversed one, and one that is too long.
pub(crate) fn read(window: &Window, params: &[(String, String)]) -> Result<Span, Refusal> {
    let Window::Range { from, to, clock, max_days } = *window else {
        return Ok(Span::Whole);
    };
    let text = |name: &'static str| first(params, name).ok_or(Refusal::BadParameter(name));
    let (a, b) = (text(from)?, text(to)?);
    let longest = i64::from(max_days);
    match clock {
        Clock::Date | Clock::DatePadded => {
            let day = |name, text| Day::parse(text).map_err(|_| Refusal::BadParameter(name));
            let (a, b) = (day(from, a)?, day(to, b)?);
            // Who pads asks for one day more at either end.
            let longest = longest + if clock == Clock::DatePadded { 2 } else { 0 };
            let days = i64::from(b.0) - i64::from(a.0) + 1;
            if (1..=longest).contains(&days) { Ok(Span::Days(a, b)) } else { Err(Refusal::BadParameter(to)) }
        }
        Clock::UnixSeconds | Clock::Rfc3339 => {
            let time = |name, text: &str| {
                let read = match clock {
                    Clock::UnixSeconds => text.parse().ok().map(Time::from_unix_s),
                    _ => Time::parse_rfc3339(text).ok().map(|(time, _)| time),
                };
                read.ok_or(Refusal::BadParameter(name))
            };
            let (a, b) = (time(from, a)?, time(to, b)?);
            let ms = b.since_ms(a);
            let fits = ms >= 0 && ms <= longest * hilum_model::time::DAY_MS;
            if fits { Ok(Span::Instants(a, b)) } else { Err(Refusal::BadParameter(to)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn window(clock: Clock, max_days: u16) -> Window {
        Window::Range { from: "a", to: "b", clock, max_days }
    }
    fn read_ab(window: &Window, a: &str, b: &str) -> Result<Span, Refusal> {
        read(window, &[("a".to_owned(), a.to_owned()), ("b".to_owned(), b.to_owned())])
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
        assert_eq!(read(&two, &[]), Err(Refusal::BadParameter("a")));
        assert_eq!(read(&Window::Whole, &[]), Ok(Span::Whole));
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
}

//! `Retry-After`: seconds, or an HTTP date (RFC 9110, 10.2.3).

use hilum_model::Time;

/// What the other side said about when to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// So many seconds after the answer.
    Seconds(u64),
    /// At that instant of the other side's clock.
    At(Time),
}

impl RetryAfter {
    /// Reads the header; `None` for a text of neither form.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(seconds) = text.parse::<u64>() {
            return Some(Self::Seconds(seconds));
        }
        let stamp = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
        Some(Self::At(Time(stamp.as_millisecond())))
    }

    /// How long to wait from `now`, ms; 0 if that instant has passed. At most a day: a provider that says more is
    /// asked again then.
    pub fn wait_ms(self, now: Time) -> i64 {
        const LONGEST: i64 = 86_400_000;
        match self {
            Self::Seconds(seconds) => i64::try_from(seconds).unwrap_or(LONGEST).saturating_mul(1000).min(LONGEST),
            Self::At(time) => time.since_ms(now).clamp(0, LONGEST),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        // 1994-11-06T08:49:37Z is 784111777 s after the epoch (the example of RFC 9110).
        let now = Time::from_unix_s(784_111_700);
        let wait = |text: &str| RetryAfter::parse(text).map(|after| after.wait_ms(now));
        assert_eq!(wait("120"), Some(120_000));
        assert_eq!(wait(" 0 "), Some(0));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT"), Some(77_000));
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(wait("999999999999999999"), Some(86_400_000));
        assert_eq!(wait("Tue, 01 Jan 2199 00:00:00 GMT"), Some(86_400_000));
        for bad in ["", "-1", "soon", "1.5", "06 Nov 1994"] {
            assert_eq!(wait(bad), None, "{bad:?}");
        }
    }
}

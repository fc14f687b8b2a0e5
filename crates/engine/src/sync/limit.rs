//! Rate limits, shared by all workers: requests are counted for each provider, since its limit is for the operator's
//! app and not for a person.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use hilum_model::Time;
use hilum_providers::spec::Limit;

/// Share of a window that history may use, in quarters: the rest is for news and for those who connect now.
const HISTORY_QUARTERS: u32 = 3;

#[derive(Debug, Default)]
struct Window {
    /// When the requests of the last window were sent, oldest first. Keeping them all (and not a count for each fixed
    /// window) keeps the limit however the provider's windows lie.
    sent: VecDeque<Time>,
    /// The provider said: not before.
    blocked_until: Time,
}

/// Requests of this process, by provider.
#[derive(Debug, Default)]
pub struct Limiter {
    windows: Mutex<HashMap<&'static str, Window>>,
}

impl Limiter {
    /// Takes a request, or tells when to come back.
    pub(super) fn take(&self, provider: &'static str, limit: Limit, urgent: bool, now: Time) -> Result<(), Time> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry(provider).or_default();
        if now < window.blocked_until {
            return Err(window.blocked_until);
        }
        let length = i64::from(limit.per_s.max(1)) * 1000;
        while window.sent.front().is_some_and(|oldest| now.since_ms(*oldest) >= length || now < *oldest) {
            window.sent.pop_front();
        }
        let all = limit.requests.max(1) as usize;
        let allowed = if urgent { all } else { (all * HISTORY_QUARTERS as usize / 4).max(1) };
        if window.sent.len() < allowed {
            window.sent.push_back(now);
            return Ok(());
        }
        // Room comes when enough of the oldest have left the window.
        let leaving = window.sent.len() - allowed;
        Err(window.sent.get(leaving).map_or(now.plus_ms(length), |sent| sent.plus_ms(length)))
    }

    /// The provider said that it has enough: nobody asks it before.
    pub(super) fn block(&self, provider: &'static str, until: Time) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry(provider).or_default();
        window.blocked_until = window.blocked_until.max(until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit { requests: 4, per_s: 60 };

    #[test]
    fn never_more_than_the_limit_in_any_window() {
        let limiter = Limiter::default();
        let at = |s: i64| Time::from_unix_s(1000 + s);
        for s in [0, 10, 20, 30] {
            assert_eq!(limiter.take("p", LIMIT, true, at(s)), Ok(()));
        }
        assert_eq!(limiter.take("p", LIMIT, true, at(31)), Err(at(60)));
        assert_eq!(limiter.take("q", LIMIT, true, at(31)), Ok(()), "each provider has its own");
        assert_eq!(limiter.take("p", LIMIT, true, at(59)), Err(at(60)));
        assert_eq!(limiter.take("p", LIMIT, true, at(60)), Ok(()));
        assert_eq!(limiter.take("p", LIMIT, true, at(61)), Err(at(70)), "10 s to 70 s would hold five");
    }

    #[test]
    fn history_leaves_a_quarter_for_news() {
        let limiter = Limiter::default();
        let now = Time::from_unix_s(1000);
        for _ in 0..3 {
            assert_eq!(limiter.take("p", LIMIT, false, now), Ok(()));
        }
        assert_eq!(limiter.take("p", LIMIT, false, now), Err(now.plus_s(60)));
        assert_eq!(limiter.take("p", LIMIT, true, now), Ok(()));
        assert_eq!(limiter.take("p", LIMIT, true, now), Err(now.plus_s(60)));
        let one = Limit { requests: 1, per_s: 60 };
        assert_eq!(limiter.take("one", one, false, now), Ok(()), "a limit of one still lets history through");
    }

    #[test]
    fn a_block_holds_for_all_and_never_shrinks() {
        let limiter = Limiter::default();
        let now = Time::from_unix_s(1000);
        limiter.block("p", now.plus_s(30));
        limiter.block("p", now.plus_s(10));
        assert_eq!(limiter.take("p", LIMIT, true, now.plus_s(29)), Err(now.plus_s(30)));
        assert_eq!(limiter.take("p", LIMIT, true, now.plus_s(30)), Ok(()));
    }

    #[test]
    fn a_clock_that_goes_back_does_not_lock_up() {
        let limiter = Limiter::default();
        for _ in 0..4 {
            assert_eq!(limiter.take("p", LIMIT, true, Time::from_unix_s(90_000)), Ok(()));
        }
        assert_eq!(limiter.take("p", LIMIT, true, Time::from_unix_s(1_000)), Ok(()));
    }
}

//! Rate limits, shared by all workers: requests are counted for each provider, since its limit is for the operator's
//! app and not for a person. Nobody sleeps here: whoever has to wait is told when to come back.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use hilum_model::{ConnectionId, Time};
use hilum_providers::spec::{Limit, Per};

/// Share of a window that history may use, in quarters: the rest is for news and for those who connect now.
const HISTORY_QUARTERS: usize = 3;

/// How long after its time a promised place is kept, ms.
const PROMISE_MS: i64 = 5_000;

#[derive(Debug, Default)]
struct Window {
    /// When the requests of the last window were sent, oldest first. Keeping them all (and not a count for each fixed
    /// window) keeps the limit however the provider's windows lie.
    sent: VecDeque<Time>,
    /// Times at which those who had to wait were told to come back, earliest first: each was promised another place,
    /// so that a thousand of them do not all come for the first one.
    promised: VecDeque<Time>,
}

impl Window {
    /// Forgets what is too old to count. A clock that was set back leaves nothing that lies ahead.
    fn tidy(&mut self, now: Time, length: i64) {
        while self.sent.front().is_some_and(|sent| now.since_ms(*sent) >= length) {
            self.sent.pop_front();
        }
        if self.sent.back().is_some_and(|sent| now < *sent) {
            self.sent.clear();
            self.promised.clear();
        }
        while self.promised.front().is_some_and(|promised| now.since_ms(*promised) >= PROMISE_MS) {
            self.promised.pop_front();
        }
    }

    /// Whether there is room for one more, or when to come back.
    fn room(&mut self, limit: Limit, urgent: bool, now: Time) -> Result<(), Time> {
        let length = i64::from(limit.per_s.max(1)) * 1000;
        self.tidy(now, length);
        let all = limit.requests.max(1) as usize;
        // A person's own limit is no one else's: there history has nobody to leave room for.
        let leaves = !urgent && limit.per == Per::App;
        let allowed = if leaves { (all * HISTORY_QUARTERS / 4).max(1) } else { all };
        if self.sent.len() < allowed {
            return Ok(());
        }
        if !leaves {
            // News go past the queue of history.
            return Err(self.sent.front().map_or(now, |sent| sent.plus_ms(length)));
        }
        Err(self.promise(allowed, length).unwrap_or(now.plus_ms(length)))
    }

    fn count(&mut self, now: Time) {
        self.sent.push_back(now);
        if self.promised.front().is_some_and(|promised| *promised <= now) {
            self.promised.pop_front();
        }
    }

    /// When the next place is free that nobody was promised: a promise counts as a request that is sent at its time.
    fn promise(&mut self, allowed: usize, length: i64) -> Option<Time> {
        let leaving = (self.sent.len() + self.promised.len()).checked_sub(allowed)?;
        let place = self.sent.iter().chain(&self.promised).nth(leaving)?.plus_ms(length);
        self.promised.push_back(place);
        Some(place)
    }
}

/// Who counts: the app at a provider, or one person there; and which of the provider's limits.
type Counter = (&'static str, usize, Option<ConnectionId>);

#[derive(Debug, Default)]
struct Counts {
    windows: HashMap<Counter, Window>,
    /// The provider said: not before.
    blocked: HashMap<&'static str, Time>,
    /// When windows that are empty were last dropped.
    swept: Option<Time>,
}

/// Requests of this process, by provider.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    counts: Mutex<Counts>,
}

impl Limiter {
    /// Takes a request of a connection, or tells when to come back. All limits hold at once.
    pub(super) fn take(
        &self,
        provider: &'static str,
        connection: ConnectionId,
        limits: &[Limit],
        urgent: bool,
        now: Time,
    ) -> Result<(), Time> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = counts.blocked.get(provider).filter(|until| now < **until) {
            return Err(*until);
        }
        counts.sweep(now);
        let mut wait: Option<Time> = None;
        for (index, limit) in limits.iter().enumerate() {
            let whose = (limit.per == Per::Person).then_some(connection);
            let window = counts.windows.entry((provider, index, whose)).or_default();
            if let Err(at) = window.room(*limit, urgent, now) {
                wait = wait.max(Some(at));
            }
        }
        if let Some(at) = wait {
            return Err(at);
        }
        for (index, limit) in limits.iter().enumerate() {
            let whose = (limit.per == Per::Person).then_some(connection);
            if let Some(window) = counts.windows.get_mut(&(provider, index, whose)) {
                window.count(now);
            }
        }
        Ok(())
    }

    /// The provider said that it has enough: nobody asks it before.
    pub(super) fn block(&self, provider: &'static str, until: Time) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let known = counts.blocked.entry(provider).or_default();
        *known = (*known).max(until);
    }
}

impl Counts {
    /// Once an hour: windows of people who have not been asked for a day go.
    fn sweep(&mut self, now: Time) {
        if self.swept.is_some_and(|swept| now.since_ms(swept).abs() < 3_600_000) {
            return;
        }
        self.swept = Some(now);
        self.windows.retain(|_, window| window.sent.back().is_none_or(|sent| now.since_ms(*sent) < 86_400_000));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: &[Limit] = &[Limit::app(4, 60)];

    fn one() -> ConnectionId {
        ConnectionId([1; ConnectionId::BYTES])
    }

    #[test]
    fn never_more_than_the_limit_in_any_window() {
        let limiter = Limiter::default();
        let at = |s: i64| Time::from_unix_s(1000 + s);
        for s in [0, 10, 20, 30] {
            assert_eq!(limiter.take("p", one(), LIMIT, true, at(s)), Ok(()));
        }
        assert_eq!(limiter.take("p", one(), LIMIT, true, at(31)), Err(at(60)));
        assert_eq!(limiter.take("q", one(), LIMIT, true, at(31)), Ok(()), "each provider has its own");
        assert_eq!(limiter.take("p", one(), LIMIT, true, at(59)), Err(at(60)));
        assert_eq!(limiter.take("p", one(), LIMIT, true, at(60)), Ok(()));
        assert_eq!(limiter.take("p", one(), LIMIT, true, at(61)), Err(at(70)), "10 s to 70 s would hold five");
    }

    #[test]
    fn history_leaves_a_quarter_for_news() {
        let limiter = Limiter::default();
        let now = Time::from_unix_s(1000);
        for _ in 0..3 {
            assert_eq!(limiter.take("p", one(), LIMIT, false, now), Ok(()));
        }
        assert_eq!(limiter.take("p", one(), LIMIT, false, now), Err(now.plus_s(60)));
        assert_eq!(limiter.take("p", one(), LIMIT, true, now), Ok(()));
        assert_eq!(limiter.take("p", one(), LIMIT, true, now), Err(now.plus_s(60)));
        let single = &[Limit::app(1, 60)];
        assert_eq!(limiter.take("one", one(), single, false, now), Ok(()), "a limit of one still lets history through");
    }

    #[test]
    fn those_who_wait_are_told_different_times() {
        let limiter = Limiter::default();
        let now = Time::from_unix_s(1000);
        for _ in 0..3 {
            assert_eq!(limiter.take("p", one(), LIMIT, false, now), Ok(()));
        }
        let told: Vec<i64> = (0..7)
            .map(|_| limiter.take("p", one(), LIMIT, false, now).expect_err("full").since_ms(now) / 1000)
            .collect();
        assert_eq!(told, [60, 60, 60, 120, 120, 120, 180]);
        // They come back and find their places; one who has no promise has to wait behind them.
        for _ in 0..3 {
            assert_eq!(limiter.take("p", one(), LIMIT, false, now.plus_s(60)), Ok(()));
        }
        assert_eq!(limiter.take("p", one(), LIMIT, false, now.plus_s(60)), Err(now.plus_s(180)));
        // Promises that nobody came for are forgotten: 65 s after the last ones the place is free.
        assert_eq!(limiter.take("p", one(), LIMIT, false, now.plus_s(245)), Ok(()));
        assert_eq!(limiter.take("p", one(), LIMIT, false, now.plus_s(245)), Ok(()));
    }

    #[test]
    fn a_block_holds_for_all_and_never_shrinks() {
        let limiter = Limiter::default();
        let now = Time::from_unix_s(1000);
        limiter.block("p", now.plus_s(30));
        limiter.block("p", now.plus_s(10));
        assert_eq!(limiter.take("p", one(), LIMIT, true, now.plus_s(29)), Err(now.plus_s(30)));
        assert_eq!(limiter.take("p", one(), LIMIT, true, now.plus_s(30)), Ok(()));
    }

    #[test]
    fn a_clock_that_goes_back_does_not_lock_up() {
        let limiter = Limiter::default();
        for _ in 0..4 {
            assert_eq!(limiter.take("p", one(), LIMIT, true, Time::from_unix_s(90_000)), Ok(()));
        }
        assert_eq!(limiter.take("p", one(), LIMIT, true, Time::from_unix_s(1_000)), Ok(()));
    }

    #[test]
    fn each_person_has_a_limit_of_their_own_beside_the_app() {
        let limits = &[Limit::app(3, 60), Limit::person(2, 10)];
        let limiter = Limiter::default();
        let now = Time::from_unix_s(1000);
        let other = ConnectionId([2; ConnectionId::BYTES]);
        assert_eq!(limiter.take("p", one(), limits, true, now), Ok(()));
        assert_eq!(limiter.take("p", one(), limits, true, now), Ok(()));
        assert_eq!(limiter.take("p", one(), limits, true, now), Err(now.plus_s(10)), "the person's own");
        assert_eq!(limiter.take("p", other, limits, true, now), Ok(()), "a refused request is not counted");
        assert_eq!(limiter.take("p", other, limits, true, now), Err(now.plus_s(60)), "the app's");
        assert_eq!(limiter.take("p", one(), limits, true, now.plus_s(60)), Ok(()));
    }
}

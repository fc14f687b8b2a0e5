//! Rate limits, shared by all workers: requests are counted for each provider, since most limits are for the operator's
//! app and not for a person. Nobody sleeps here: whoever has to wait is told when to come back.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use hilum_model::{ConnectionId, Time};
use hilum_providers::spec::{Limit, Per, Rate, Reset};
use hilum_store::jobs::Priority;

/// Share of a window that those of a priority may use, in eighths: history leaves room for news, and both for those who
/// connect now and for what providers give notice of.
const fn eighths(priority: Priority) -> usize {
    match priority {
        Priority::Urgent => 8,
        Priority::Normal => 7,
        Priority::Background => 6,
    }
}

/// How long after its time a promised place is kept, ms.
const PROMISE_MS: i64 = 5_000;

/// Limits of more requests than this are counted in slots of a thousandth of their window, not one by one, so that
/// memory is bounded whatever a provider allows.
const COUNTED_ONE_BY_ONE: u32 = 10_000;

/// Longest wait by the word of an answer's headers, ms: then the provider is asked again.
const LONGEST_RESET_MS: i64 = 86_400_000;

/// Requests that count as sent at one time.
#[derive(Debug)]
struct Slot {
    /// When the last of them was sent: all of them count until that is a window ago.
    at: Time,
    requests: usize,
}

#[derive(Debug, Default)]
struct Window {
    /// When the requests of the last window were sent, oldest first. Keeping them all (and not a count for each fixed
    /// window) keeps the limit however the provider's windows lie.
    sent: VecDeque<Slot>,
    /// Requests in `sent`.
    total: usize,
    /// By priority, times at which those who had to wait were told to come back, earliest first: each was promised
    /// another place, so that a thousand of them do not all come for the first one.
    promised: [VecDeque<Time>; 3],
    /// ms.
    length: i64,
}

impl Window {
    /// Forgets what is too old to count. A clock that was set back leaves nothing that lies ahead.
    fn tidy(&mut self, now: Time) {
        while let Some(slot) = self.sent.front().filter(|slot| now.since_ms(slot.at) >= self.length) {
            self.total -= slot.requests;
            self.sent.pop_front();
        }
        if self.sent.back().is_some_and(|slot| now < slot.at) {
            self.sent.clear();
            self.total = 0;
            self.promised.iter_mut().for_each(VecDeque::clear);
        }
        for promised in &mut self.promised {
            while promised.front().is_some_and(|promised| now.since_ms(*promised) >= PROMISE_MS) {
                promised.pop_front();
            }
        }
    }

    /// Whether there is room for one more, or when to come back. Those who wait do so behind others of their priority,
    /// and past those who have time.
    fn room(&mut self, limit: Limit, priority: Priority, now: Time) -> Result<(), Time> {
        self.length = i64::from(limit.per_s.max(1)) * 1000;
        self.tidy(now);
        let all = limit.requests.max(1) as usize;
        if limit.per == Per::Person {
            // A person's own limit is no one else's: there nobody has to leave room, and nobody waits beside.
            let free = self.sent.front().map_or(now, |slot| slot.at.plus_ms(self.length));
            return if self.total < all { Ok(()) } else { Err(free) };
        }
        let allowed = (all * eighths(priority) / 8).max(1);
        if self.total < allowed {
            return Ok(());
        }
        Err(self.promise(priority, allowed).unwrap_or(now.plus_ms(self.length)))
    }

    fn count(&mut self, limit: Limit, priority: Priority, now: Time) {
        let step = if limit.requests > COUNTED_ONE_BY_ONE { self.length / 1000 } else { 0 };
        match self.sent.back_mut() {
            // Slots lie on a grid of time.
            Some(slot) if step > 0 && slot.at.0.div_euclid(step) == now.0.div_euclid(step) => {
                slot.at = now;
                slot.requests += 1;
            }
            _ => self.sent.push_back(Slot { at: now, requests: 1 }),
        }
        self.total += 1;
        let promised = &mut self.promised[priority as usize];
        if promised.front().is_some_and(|promised| *promised <= now) {
            promised.pop_front();
        }
    }

    /// When the next place is free that nobody of this priority was promised: a promise counts as a request that is sent
    /// at its time.
    fn promise(&mut self, priority: Priority, allowed: usize) -> Option<Time> {
        let promised = &mut self.promised[priority as usize];
        let mut leaving = (self.total + promised.len()).checked_sub(allowed)?;
        let place = if leaving < self.total {
            let mut found = None;
            for slot in &self.sent {
                if leaving < slot.requests {
                    found = Some(slot.at);
                    break;
                }
                leaving -= slot.requests;
            }
            found?
        } else {
            *promised.get(leaving - self.total)?
        };
        let place = place.plus_ms(self.length);
        promised.push_back(place);
        Some(place)
    }
}

/// Who counts: the app at a provider, or one person there; and which of the provider's limits.
type Counter = (&'static str, usize, Option<ConnectionId>);

#[derive(Debug, Default)]
struct Counts {
    windows: HashMap<Counter, Window>,
    /// The provider said: not before. For all of it, or for one person there.
    blocked: HashMap<(&'static str, Option<ConnectionId>), Time>,
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
        priority: Priority,
        now: Time,
    ) -> Result<(), Time> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.sweep(now);
        let blocked = [None, Some(connection)].map(|whose| counts.blocked.get(&(provider, whose)).copied());
        if let Some(until) = blocked.into_iter().flatten().filter(|until| now < *until).max() {
            return Err(until);
        }
        let mut wait: Option<Time> = None;
        for (index, limit) in limits.iter().enumerate() {
            let whose = (limit.per == Per::Person).then_some(connection);
            let window = counts.windows.entry((provider, index, whose)).or_default();
            if let Err(at) = window.room(*limit, priority, now) {
                wait = wait.max(Some(at));
            }
        }
        if let Some(at) = wait {
            return Err(at);
        }
        counts.count(provider, connection, limits, priority, now);
        Ok(())
    }

    /// Counts a request that was sent before anybody could ask for it: at a login the connection is known only
    /// afterwards.
    pub(super) fn sent(&self, provider: &'static str, connection: ConnectionId, limits: &[Limit], now: Time) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.count(provider, connection, limits, Priority::Urgent, now);
    }

    /// The provider said that it has enough: nobody asks it before.
    pub(super) fn block(&self, provider: &'static str, until: Time) {
        self.block_whom(provider, None, until);
    }

    fn block_whom(&self, provider: &'static str, whose: Option<ConnectionId>, until: Time) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let known = counts.blocked.entry((provider, whose)).or_default();
        *known = (*known).max(until);
    }

    /// What an answer's headers told: where nothing is left, nobody asks before the count begins anew. Where the
    /// headers do not say when that is, the shortest window of such a limit is waited for.
    pub(super) fn told(
        &self,
        provider: &'static str,
        connection: ConnectionId,
        limits: &[Limit],
        rates: &[Rate],
        now: Time,
    ) {
        for rate in rates.iter().filter(|rate| rate.remaining == 0) {
            let shortest = limits.iter().filter(|limit| limit.per == rate.per).map(|limit| limit.per_s).min();
            let until = match rate.reset {
                Some(Reset::At(at)) => at,
                Some(Reset::After(seconds)) => now.plus_s(i64::from(seconds)),
                None => now.plus_s(i64::from(shortest.unwrap_or(60))),
            };
            let until = until.min(now.plus_ms(LONGEST_RESET_MS));
            if until > now {
                self.block_whom(provider, (rate.per == Per::Person).then_some(connection), until);
            }
        }
    }
}

impl Counts {
    fn count(
        &mut self,
        provider: &'static str,
        connection: ConnectionId,
        limits: &[Limit],
        priority: Priority,
        now: Time,
    ) {
        for (index, limit) in limits.iter().enumerate() {
            let whose = (limit.per == Per::Person).then_some(connection);
            let window = self.windows.entry((provider, index, whose)).or_default();
            window.length = i64::from(limit.per_s.max(1)) * 1000;
            window.count(*limit, priority, now);
        }
    }

    /// Once an hour: windows without a request that still counts go, and blocks that are over.
    fn sweep(&mut self, now: Time) {
        if self.swept.is_some_and(|swept| now.since_ms(swept).abs() < 3_600_000) {
            return;
        }
        self.swept = Some(now);
        self.windows.retain(|_, window| window.sent.back().is_some_and(|slot| now.since_ms(slot.at) < window.length));
        self.blocked.retain(|_, until| now < *until);
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
            assert_eq!(limiter.take("p", one(), LIMIT, Priority::Urgent, at(s)), Ok(()));
        }
        assert_eq!(limiter.take("p", one(), LIMIT, Priority::Urgent, at(31)), Err(at(60)));
        assert_eq!(limiter.take("q", one(), LIMIT, Priority::Urgent, at(31)), Ok(()), "each provider has its own");
        assert_eq!(limiter.take("p", one(), LIMIT, Priority::Urgent, at(59)), Err(at(70)), "60 s is promised");
        assert_eq!(limiter.take("p", one(), LIMIT, Priority::Urgent, at(60)), Ok(()));
        assert_eq!(
            limiter.take("p", one(), LIMIT, Priority::Urgent, at(61)),
            Err(at(80)),
            "10 s to 70 s would hold five"
        );
    }

    #[test]
    fn what_was_sent_without_asking_counts() {
        let limiter = Limiter::default();
        let now = Time::from_unix_s(1000);
        for _ in 0..5 {
            limiter.sent("p", one(), LIMIT, now);
        }
        assert_eq!(limiter.take("p", one(), LIMIT, Priority::Urgent, now.plus_s(59)), Err(now.plus_s(60)));
        assert_eq!(limiter.take("p", one(), LIMIT, Priority::Urgent, now.plus_s(60)), Ok(()));
    }

    #[test]
    fn history_leaves_a_quarter_for_news() {
        let limiter = Limiter::default();
        let now = Time::from_unix_s(1000);
        for _ in 0..3 {
            assert_eq!(limiter.take("p", one(), LIMIT, Priority::Background, now), Ok(()));
        }
        assert_eq!(limiter.take("p", one(), LIMIT, Priority::Background, now), Err(now.plus_s(60)));
        assert_eq!(limiter.take("p", one(), LIMIT, Priority::Urgent, now), Ok(()));
        assert_eq!(limiter.take("p", one(), LIMIT, Priority::Urgent, now), Err(now.plus_s(60)));
        let single = &[Limit::app(1, 60)];
        assert_eq!(
            limiter.take("one", one(), single, Priority::Background, now),
            Ok(()),
            "a limit of one still lets history through"
        );
    }

    #[test]
    fn those_who_wait_for_news_do_not_all_come_for_one_place_and_let_the_urgent_pass() {
        let limits = &[Limit::app(8, 60)];
        let limiter = Limiter::default();
        let now = Time::from_unix_s(1000);
        for n in 0..7 {
            assert_eq!(limiter.take("p", one(), limits, Priority::Normal, now.plus_s(n)), Ok(()));
        }
        let told =
            |priority| limiter.take("p", one(), limits, priority, now.plus_s(7)).expect_err("full").since_ms(now);
        assert_eq!([told(Priority::Normal), told(Priority::Normal), told(Priority::Normal)], [60_000, 61_000, 62_000]);
        assert_eq!(limiter.take("p", one(), limits, Priority::Urgent, now.plus_s(7)), Ok(()), "an eighth is theirs");
        // The first place of all, past those who were promised it and have time.
        assert_eq!(told(Priority::Urgent), 60_000);
    }

    #[test]
    fn those_who_wait_are_told_different_times() {
        let limiter = Limiter::default();
        let now = Time::from_unix_s(1000);
        for _ in 0..3 {
            assert_eq!(limiter.take("p", one(), LIMIT, Priority::Background, now), Ok(()));
        }
        let told: Vec<i64> = (0..7)
            .map(|_| limiter.take("p", one(), LIMIT, Priority::Background, now).expect_err("full").since_ms(now) / 1000)
            .collect();
        assert_eq!(told, [60, 60, 60, 120, 120, 120, 180]);
        // They come back and find their places; one who has no promise has to wait behind them.
        for _ in 0..3 {
            assert_eq!(limiter.take("p", one(), LIMIT, Priority::Background, now.plus_s(60)), Ok(()));
        }
        assert_eq!(limiter.take("p", one(), LIMIT, Priority::Background, now.plus_s(60)), Err(now.plus_s(180)));
        // Promises that nobody came for are forgotten: 65 s after the last ones the place is free.
        assert_eq!(limiter.take("p", one(), LIMIT, Priority::Background, now.plus_s(245)), Ok(()));
        assert_eq!(limiter.take("p", one(), LIMIT, Priority::Background, now.plus_s(245)), Ok(()));
    }

    #[test]
    fn a_block_holds_for_all_and_never_shrinks() {
        let limiter = Limiter::default();
        let now = Time::from_unix_s(1000);
        limiter.block("p", now.plus_s(30));
        limiter.block("p", now.plus_s(10));
        assert_eq!(limiter.take("p", one(), LIMIT, Priority::Urgent, now.plus_s(29)), Err(now.plus_s(30)));
        assert_eq!(limiter.take("p", one(), LIMIT, Priority::Urgent, now.plus_s(30)), Ok(()));
    }

    #[test]
    fn a_clock_that_goes_back_does_not_lock_up() {
        let limiter = Limiter::default();
        for _ in 0..4 {
            assert_eq!(limiter.take("p", one(), LIMIT, Priority::Urgent, Time::from_unix_s(90_000)), Ok(()));
        }
        assert_eq!(limiter.take("p", one(), LIMIT, Priority::Urgent, Time::from_unix_s(1_000)), Ok(()));
    }

    #[test]
    fn each_person_has_a_limit_of_their_own_beside_the_app() {
        let limits = &[Limit::app(3, 60), Limit::person(2, 10)];
        let limiter = Limiter::default();
        let now = Time::from_unix_s(1000);
        let other = ConnectionId([2; ConnectionId::BYTES]);
        assert_eq!(limiter.take("p", one(), limits, Priority::Urgent, now), Ok(()));
        assert_eq!(limiter.take("p", one(), limits, Priority::Urgent, now), Ok(()));
        assert_eq!(limiter.take("p", one(), limits, Priority::Urgent, now), Err(now.plus_s(10)), "the person's own");
        assert_eq!(limiter.take("p", other, limits, Priority::Urgent, now), Ok(()), "a refused request is not counted");
        assert_eq!(limiter.take("p", other, limits, Priority::Urgent, now), Err(now.plus_s(60)), "the app's");
        assert_eq!(limiter.take("p", one(), limits, Priority::Urgent, now.plus_s(60)), Ok(()));
    }

    #[test]
    fn headers_that_say_nothing_is_left_hold_back_whom_they_are_about() {
        let limits = &[Limit::app(100, 900), Limit::person(50, 3600)];
        let now = Time::from_unix_s(1000);
        let other = ConnectionId([2; ConnectionId::BYTES]);
        let rate = |per, remaining, reset| Rate { per, remaining, reset };
        let limiter = Limiter::default();
        limiter.told("p", one(), limits, &[rate(Per::Person, 0, Some(Reset::After(120)))], now);
        assert_eq!(limiter.take("p", one(), limits, Priority::Urgent, now.plus_s(119)), Err(now.plus_s(120)));
        assert_eq!(
            limiter.take("p", other, limits, Priority::Urgent, now),
            Ok(()),
            "another person has a budget of their own"
        );
        assert_eq!(limiter.take("p", one(), limits, Priority::Urgent, now.plus_s(120)), Ok(()));
        limiter.told("p", one(), limits, &[rate(Per::App, 0, Some(Reset::At(now.plus_s(500))))], now);
        assert_eq!(limiter.take("p", other, limits, Priority::Urgent, now.plus_s(499)), Err(now.plus_s(500)));
        // Nothing said about when: the window of the app's limit, 900 s.
        limiter.told("q", one(), limits, &[rate(Per::App, 0, None)], now);
        assert_eq!(limiter.take("q", one(), limits, Priority::Urgent, now), Err(now.plus_s(900)));
        // What is left, what has passed, and what is past belief.
        limiter.told("r", one(), limits, &[rate(Per::App, 1, None), rate(Per::App, 0, Some(Reset::At(now)))], now);
        assert_eq!(limiter.take("r", one(), limits, Priority::Urgent, now), Ok(()));
        limiter.told("r", one(), limits, &[rate(Per::App, 0, Some(Reset::After(u32::MAX)))], now);
        assert_eq!(limiter.take("r", one(), limits, Priority::Urgent, now), Err(now.plus_s(86_400)));
    }

    #[test]
    fn great_limits_are_counted_in_bounded_memory_and_still_kept() {
        // 50,000 in 1000 s: slots of a second.
        let limits = &[Limit::app(50_000, 1000)];
        let limiter = Limiter::default();
        let start = Time::from_unix_s(1_000_000);
        // 100 a second fill the window after 500 s.
        for n in 0..50_000_i64 {
            assert_eq!(limiter.take("p", one(), limits, Priority::Urgent, start.plus_ms(n * 10)), Ok(()), "{n}");
        }
        let slots = limiter.counts.lock().expect("not poisoned").windows.values().map(|w| w.sent.len()).sum::<usize>();
        assert_eq!(slots, 500);
        // The first slot's last request was sent at 0.99 s.
        let full = start.plus_s(500);
        assert_eq!(limiter.take("p", one(), limits, Priority::Urgent, full), Err(start.plus_ms(1_000_990)));
        assert_eq!(
            limiter.take("p", one(), limits, Priority::Urgent, start.plus_ms(1_000_989)),
            Err(start.plus_ms(1_000_990))
        );
        for n in 0..100 {
            assert_eq!(limiter.take("p", one(), limits, Priority::Urgent, start.plus_ms(1_000_990)), Ok(()), "{n}");
        }
        assert_eq!(
            limiter.take("p", one(), limits, Priority::Urgent, start.plus_ms(1_000_990)),
            Err(start.plus_ms(1_001_990))
        );
    }
}

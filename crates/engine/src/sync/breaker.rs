//! The circuit breaker: a provider that fails for one connection after the other is left alone for a while, by all
//! workers. Then one request tries whether it is back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use hilum_model::{ConnectionId, Random, Time};

use crate::backoff::below;

/// Different connections whose requests failed, one after the other and without a success in between, that open the
/// breaker. A single connection never does: its trouble may be its own, and it waits by itself.
const FAILING: usize = 5;

/// First time of rest, ms; doubled for each probe that fails.
const FIRST_REST_MS: i64 = 30_000;

/// Longest time of rest, ms.
const LONGEST_REST_MS: i64 = 900_000;

/// How long a probe may take until another one is let through, ms.
const PROBE_MS: i64 = 60_000;

/// Those who wait come back spread over this time after the rest, ms.
const SPREAD_MS: i64 = 60_000;

#[derive(Debug, Default)]
struct Circuit {
    /// Connections whose last request failed since the last success of anybody.
    failing: BTreeSet<ConnectionId>,
    rest: Option<Rest>,
}

#[derive(Debug)]
struct Rest {
    since: Time,
    /// Probes that failed.
    failed: u32,
    until: Time,
    /// Whose request tries whether the provider is back.
    probe: Option<ConnectionId>,
}

/// A breaker that is open, as operators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Provider.
    pub provider: &'static str,
    /// Since when.
    pub since: Time,
    /// When the provider is tried next.
    pub until: Time,
}

/// Breakers of this process, by provider.
#[derive(Debug, Default)]
pub(super) struct Breakers(Mutex<BTreeMap<&'static str, Circuit>>);

impl Breakers {
    /// Lets a request pass, or tells when to come back.
    pub(super) fn pass(
        &self,
        provider: &'static str,
        connection: ConnectionId,
        now: Time,
        random: &dyn Random,
    ) -> Result<(), Time> {
        let mut circuits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(rest) = circuits.get_mut(provider).and_then(|circuit| circuit.rest.as_mut()) else { return Ok(()) };
        if now < rest.until {
            return Err(rest.until.plus_ms(below(SPREAD_MS, random)));
        }
        // This one is the probe; others wait for what comes of it.
        rest.until = now.plus_ms(PROBE_MS);
        rest.probe = Some(connection);
        Ok(())
    }

    /// The request that was let through was not sent after all.
    pub(super) fn not_sent(&self, provider: &'static str, connection: ConnectionId, now: Time) {
        let mut circuits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = circuits.get_mut(provider).and_then(|circuit| circuit.rest.as_mut());
        if let Some(rest) = rest.filter(|rest| rest.probe == Some(connection)) {
            rest.probe = None;
            rest.until = now;
        }
    }

    /// The provider answered like one that is well.
    pub(super) fn well(&self, provider: &'static str) {
        let mut circuits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if circuits.remove(provider).is_some_and(|circuit| circuit.rest.is_some()) {
            tracing::info!(provider, "the provider answers again");
        }
    }

    /// The provider did not answer, or like one that is broken.
    pub(super) fn failed(&self, provider: &'static str, connection: ConnectionId, now: Time) {
        let mut circuits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let circuit = circuits.entry(provider).or_default();
        if let Some(rest) = &mut circuit.rest {
            // Requests that were under way when it opened say nothing new; only a probe does.
            if rest.probe == Some(connection) {
                rest.probe = None;
                rest.failed += 1;
                rest.until = now.plus_ms(rest_ms(rest.failed));
            }
            return;
        }
        circuit.failing.insert(connection);
        if circuit.failing.len() >= FAILING {
            tracing::warn!(provider, "the provider fails for one connection after the other: it is left alone");
            circuit.failing.clear();
            circuit.rest = Some(Rest { since: now, failed: 0, until: now.plus_ms(rest_ms(0)), probe: None });
        }
    }

    /// Those that are open.
    pub(super) fn open(&self) -> Vec<Open> {
        let circuits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        circuits
            .iter()
            .filter_map(|(provider, circuit)| {
                let rest = circuit.rest.as_ref()?;
                Some(Open { provider, since: rest.since, until: rest.until })
            })
            .collect()
    }
}

fn rest_ms(failed: u32) -> i64 {
    (FIRST_REST_MS << failed.min(16)).min(LONGEST_REST_MS)
}

#[cfg(test)]
mod tests {
    use hilum_model::world::SeededRandom;

    use super::*;

    fn id(n: u8) -> ConnectionId {
        ConnectionId([n; ConnectionId::BYTES])
    }

    #[test]
    fn many_connections_in_a_row_open_it_and_one_probe_closes_it() {
        let (breakers, random) = (Breakers::default(), SeededRandom::new(1));
        let at = |s: i64| Time::from_unix_s(1_000 + s);
        for _ in 0..50 {
            breakers.failed("p", id(1), at(0));
        }
        assert_eq!(breakers.pass("p", id(9), at(0), &random), Ok(()), "one connection's trouble is its own");
        for n in 2..5 {
            breakers.failed("p", id(n), at(0));
        }
        assert_eq!(breakers.pass("p", id(9), at(0), &random), Ok(()), "four");
        breakers.well("p");
        for n in 1..5 {
            breakers.failed("p", id(n), at(1));
        }
        assert_eq!(breakers.pass("p", id(9), at(1), &random), Ok(()), "a success in between begins the count anew");
        breakers.failed("p", id(5), at(2));
        assert_eq!(breakers.open(), [Open { provider: "p", since: at(2), until: at(32) }]);
        assert_eq!(breakers.pass("q", id(9), at(2), &random), Ok(()), "others are not concerned");
        for _ in 0..100 {
            let back = breakers.pass("p", id(9), at(31), &random).expect_err("open");
            assert!(back >= at(32) && back < at(92), "{back}");
        }
        assert_eq!(breakers.pass("p", id(9), at(32), &random), Ok(()), "the probe");
        assert!(breakers.pass("p", id(9), at(33), &random).is_err(), "only one");
        breakers.failed("p", id(3), at(33));
        assert_eq!(breakers.open()[0].until, at(92), "somebody else's, who asked before it opened");
        breakers.failed("p", id(9), at(34));
        assert_eq!(breakers.open()[0].until, at(94), "a minute, twice the first rest");
        assert_eq!(breakers.pass("p", id(9), at(94), &random), Ok(()));
        breakers.well("p");
        assert_eq!(breakers.open(), []);
        assert_eq!(breakers.pass("p", id(9), at(95), &random), Ok(()));
    }

    #[test]
    fn a_probe_that_never_ends_is_followed_by_another() {
        let (breakers, random) = (Breakers::default(), SeededRandom::new(1));
        let at = |s: i64| Time::from_unix_s(1_000 + s);
        for n in 0..5 {
            breakers.failed("p", id(n), at(0));
        }
        assert_eq!(breakers.pass("p", id(9), at(30), &random), Ok(()));
        assert!(breakers.pass("p", id(9), at(89), &random).is_err());
        assert_eq!(breakers.pass("p", id(9), at(90), &random), Ok(()));
    }

    #[test]
    fn rests_grow_to_a_quarter_of_an_hour() {
        assert_eq!((0..8).map(|n| rest_ms(n) / 1000).collect::<Vec<_>>(), [30, 60, 120, 240, 480, 900, 900, 900]);
    }
}

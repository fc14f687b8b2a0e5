//! How often one part of the network may learn that a user exists (threat T2).
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use hilum_model::{ClientId, Time};

/// Answers of the kind "user exists" that one app gives to one network prefix within [`WINDOW_MS`].
const ANSWERS: usize = 20;
/// An hour, ms.
const WINDOW_MS: i64 = 3_600_000;
/// Prefixes remembered at once; the one that was first is forgotten for the next.
const PREFIXES: usize = 20_000;

/// A client's network: /24 of IPv4, /48 of IPv6. Clients whose address nobody knows share one.
type Prefix = [u8; 7];

type Answers = VecDeque<([u8; 16], Time)>;

/// The budget. Its memory is bounded.
#[derive(Debug, Default)]
pub struct ExistsBudget(Mutex<HashMap<(ClientId, Prefix), Answers>>);

impl ExistsBudget {
    /// Whether the prefix has learned as much as it may.
    pub(super) fn exhausted(&self, app: ClientId, from: Option<IpAddr>, user: [u8; 16], now: Time) -> bool {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(answers) = map.get_mut(&(app, prefix(from))) else { return false };
        forget(answers, now);
        // Who was told about a user may be told so again: nothing new is learned.
        answers.len() >= ANSWERS && !answers.iter().any(|(known, _)| *known == user)
    }

    /// Notes that the prefix learns about a user.
    pub(super) fn spend(&self, app: ClientId, from: Option<IpAddr>, user: [u8; 16], now: Time) {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (app, prefix(from));
        if map.len() >= PREFIXES && !map.contains_key(&key) {
            map.retain(|_, answers| {
                forget(answers, now);
                !answers.is_empty()
            });
            let oldest = map.iter().min_by_key(|(_, answers)| answers.front().map(|a| a.1)).map(|(k, _)| *k);
            if let Some(oldest) = oldest.filter(|_| map.len() >= PREFIXES) {
                map.remove(&oldest);
            }
        }
        let answers = map.entry(key).or_default();
        if !answers.iter().any(|(known, _)| *known == user) {
            answers.push_back((user, now));
        }
    }
}

fn forget(answers: &mut Answers, now: Time) {
    while answers.front().is_some_and(|(_, at)| now.since_ms(*at) >= WINDOW_MS) {
        answers.pop_front();
    }
}

fn prefix(from: Option<IpAddr>) -> Prefix {
    let mut out = [0; 7];
    match from.map(|address| address.to_canonical()) {
        None => {}
        Some(IpAddr::V4(a)) => {
            out[0] = 4;
            out[1..4].copy_from_slice(&a.octets()[..3]);
        }
        Some(IpAddr::V6(a)) => {
            out[0] = 6;
            out[1..7].copy_from_slice(&a.octets()[..6]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: ClientId = ClientId([1; 20]);

    fn user(n: u8) -> [u8; 16] {
        [n; 16]
    }
    fn at(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    #[test]
    fn twenty_users_an_hour_and_prefix() {
        let budget = ExistsBudget::default();
        let now = Time(0);
        for n in 0..20 {
            assert!(!budget.exhausted(APP, at("192.0.2.7"), user(n), now), "{n}");
            budget.spend(APP, at("192.0.2.7"), user(n), now);
        }
        assert!(budget.exhausted(APP, at("192.0.2.200"), user(20), now), "same /24");
        assert!(budget.exhausted(APP, at("::ffff:192.0.2.200"), user(20), now), "the same, mapped");
        assert!(!budget.exhausted(APP, at("192.0.2.200"), user(3), now), "nothing new for it");
        assert!(!budget.exhausted(APP, at("192.0.3.7"), user(20), now), "another /24");
        assert!(!budget.exhausted(ClientId([2; 20]), at("192.0.2.7"), user(20), now), "another app");
        assert!(budget.exhausted(APP, at("192.0.2.7"), user(20), Time(3_599_999)));
        assert!(!budget.exhausted(APP, at("192.0.2.7"), user(20), Time(3_600_000)), "an hour later");
    }

    #[test]
    fn repeating_one_user_costs_nothing_and_v6_counts_by_48_bits() {
        let budget = ExistsBudget::default();
        for _ in 0..100 {
            budget.spend(APP, at("2001:db8:1::1"), user(1), Time(0));
        }
        assert!(!budget.exhausted(APP, at("2001:db8:1::1"), user(2), Time(0)));
        for n in 2..=20 {
            budget.spend(APP, at("2001:db8:1:9::1"), user(n), Time(0));
        }
        assert!(budget.exhausted(APP, at("2001:db8:1:ffff::1"), user(21), Time(0)));
        assert!(!budget.exhausted(APP, at("2001:db8:2::1"), user(21), Time(0)));
    }

    #[test]
    fn memory_is_bounded() {
        let budget = ExistsBudget::default();
        for n in 0..PREFIXES + 500 {
            let of_its_own_prefix = IpAddr::from([(n >> 16) as u8 + 1, (n >> 8) as u8, n as u8, 1]);
            budget.spend(APP, Some(of_its_own_prefix), user(1), Time(0));
        }
        assert_eq!(budget.0.lock().expect("lock").len(), PREFIXES);
    }
}

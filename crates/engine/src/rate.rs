//! How often something may be asked for: so many times within ten minutes, by whatever tells callers apart.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use hilum_model::Time;

/// The time that limits are for, ms.
const WINDOW_MS: i64 = 600_000;

/// Callers remembered at once.
const KEYS: usize = 20_000;

/// Where a caller is: an IPv4 address, or a /64 of IPv6, which one household or device has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Network {
    V4([u8; 4]),
    V6([u8; 8]),
}

impl Network {
    pub(crate) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(a) => Self::V4(a.octets()),
            IpAddr::V6(a) => {
                let mut prefix = [0; 8];
                prefix.copy_from_slice(&a.octets()[..8]);
                Self::V6(prefix)
            }
        }
    }
}

/// What was asked for lately. For each key the time until which its calls are paid for, at an even rate (GCRA): one number,
/// and it says how long to wait. Its memory is bounded.
#[derive(Debug)]
pub(crate) struct Rate<K>(Mutex<HashMap<K, Time>>);

impl<K> Default for Rate<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Copy + Eq + Hash> Rate<K> {
    /// Takes one call from every key that is named with its limit for ten minutes, or says after how many ms one will be
    /// free again; then it costs nothing.
    pub(crate) fn take(&self, wanted: impl IntoIterator<Item = (K, u32)>, now: Time) -> Result<(), i64> {
        self.ask(wanted, now, true)
    }

    /// What [`Rate::take`] would say, without taking.
    pub(crate) fn free(&self, wanted: impl IntoIterator<Item = (K, u32)>, now: Time) -> Result<(), i64> {
        self.ask(wanted, now, false)
    }

    fn ask(&self, wanted: impl IntoIterator<Item = (K, u32)>, now: Time, take: bool) -> Result<(), i64> {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut paid = Vec::with_capacity(2);
        let mut wait = 0;
        for (key, limit) in wanted {
            let each = (WINDOW_MS / i64::from(limit.max(1))).max(1);
            let until = map.get(&key).map_or(now, |until| now.max(*until)).plus_ms(each);
            wait = wait.max(until.since_ms(now) - WINDOW_MS);
            paid.push((key, until));
        }
        if wait > 0 {
            return Err(wait);
        }
        for (key, until) in paid.into_iter().filter(|_| take) {
            make_room(&mut map, key, now);
            map.insert(key, until);
        }
        Ok(())
    }
}

/// Where the map is full, those go that have nothing left to pay, and at least the one that has the least.
fn make_room<K: Copy + Eq + Hash>(map: &mut HashMap<K, Time>, key: K, now: Time) {
    if map.len() < KEYS || map.contains_key(&key) {
        return;
    }
    map.retain(|_, until| *until > now);
    let least = map.iter().min_by_key(|(_, until)| **until).map(|(key, _)| *key);
    if let Some(least) = least.filter(|_| map.len() >= KEYS) {
        map.remove(&least);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded() {
        let rate = Rate::default();
        for n in 0..KEYS + 50 {
            assert_eq!(rate.take([(n, 2)], Time(0)), Ok(()));
        }
        assert_eq!(rate.0.lock().expect("lock").len(), KEYS);
    }

    #[test]
    fn all_keys_of_a_call_have_to_have_something_left() {
        let rate = Rate::default();
        assert_eq!(rate.take([("key", 2), ("address", 3)], Time(0)), Ok(()));
        assert_eq!(rate.take([("key", 2), ("address", 3)], Time(0)), Ok(()));
        // Two in 600 s: one each 300 s. The address still has one, and keeps it.
        assert_eq!(rate.take([("key", 2), ("address", 3)], Time(0)), Err(300_000));
        assert_eq!(rate.take([("other", 2), ("address", 3)], Time(0)), Ok(()));
        assert_eq!(rate.take([("third", 2), ("address", 3)], Time(0)), Err(200_000));
    }
}

//! A bounded map that forgets what has not been used for a while.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Two generations: a hit moves an entry to the young one; when that is full, it becomes the old one, and what was
/// still in the old one is forgotten. Cheap, and near enough to least-recently-used.
pub(crate) struct Cache<K, V> {
    half: usize,
    maps: Mutex<Generations<K, V>>,
}

struct Generations<K, V> {
    young: HashMap<K, Arc<V>>,
    old: HashMap<K, Arc<V>>,
}

impl<K: Hash + Eq, V> Cache<K, V> {
    /// Holds at most `2 * half` entries.
    pub(crate) fn new(half: usize) -> Self {
        Self { half, maps: Mutex::new(Generations { young: HashMap::new(), old: HashMap::new() }) }
    }

    /// The entry, if it is remembered.
    pub(crate) fn get(&self, key: &K) -> Option<Arc<V>> {
        let mut maps = self.maps.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = maps.young.get(key) {
            return Some(value.clone());
        }
        let (key, value) = maps.old.remove_entry(key)?;
        self.add(&mut maps, key, value.clone());
        Some(value)
    }

    /// Remembers an entry.
    pub(crate) fn put(&self, key: K, value: Arc<V>) {
        let mut maps = self.maps.lock().unwrap_or_else(PoisonError::into_inner);
        maps.old.remove(&key);
        self.add(&mut maps, key, value);
    }

    /// Forgets an entry.
    pub(crate) fn forget(&self, key: &K) {
        let mut maps = self.maps.lock().unwrap_or_else(PoisonError::into_inner);
        maps.young.remove(key);
        maps.old.remove(key);
    }

    fn add(&self, maps: &mut Generations<K, V>, key: K, value: Arc<V>) {
        if maps.young.len() >= self.half {
            maps.old = std::mem::take(&mut maps.young);
        }
        maps.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_the_unused_and_stays_bounded() {
        let cache = Cache::new(2);
        for key in 0..4 {
            cache.put(key, Arc::new(key));
        }
        assert_eq!(cache.get(&0).as_deref(), Some(&0), "old generation");
        cache.put(4, Arc::new(4));
        // 2 and 3 were old when 0 came back; 1 was never asked for.
        assert_eq!(cache.get(&1), None);
        assert_eq!(cache.get(&0).as_deref(), Some(&0), "used, so kept");
        for key in 10..1000 {
            cache.put(key, Arc::new(key));
        }
        let maps = cache.maps.lock().expect("not poisoned");
        assert!(maps.young.len() + maps.old.len() <= 4);
    }

    #[test]
    fn forget_reaches_both_generations() {
        let cache = Cache::new(1);
        cache.put(1, Arc::new(1));
        cache.put(2, Arc::new(2));
        cache.forget(&1);
        cache.forget(&2);
        assert_eq!((cache.get(&1), cache.get(&2)), (None, None));
    }
}

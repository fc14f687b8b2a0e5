//! What reads found, remembered until something is written: for what every request of the data API asks anew (whose
//! token is this, which sources does the person have, where do their samples lie).
//!
//! An entry counts only while no commit has come since before it was read. The writer counts a commit before it answers
//! its callers, so once a revocation is acknowledged, nothing read before it answers any more. (Another process beside
//! the server, a command-line tool, writes apps alone, which are not remembered.)

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// Reads by key.
pub(crate) struct Remembered<K, V> {
    most: usize,
    entries: Mutex<HashMap<K, (u64, V)>>,
}

impl<K: Eq + Hash, V: Clone> Remembered<K, V> {
    /// Keeps so many entries; one more, and all go.
    pub(crate) fn at_most(most: usize) -> Self {
        Self { most, entries: Mutex::new(HashMap::new()) }
    }

    /// What was found for the key, if nothing has been committed since. `commits` is the writer's count of now.
    pub(crate) fn get(&self, commits: u64, key: &K) -> Option<V> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.get(key).filter(|(then, _)| *then == commits).map(|(_, value)| value.clone())
    }

    /// Remembers what a read found. `commits` is the writer's count from before the read.
    pub(crate) fn put(&self, commits: u64, key: K, value: V) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= self.most {
            entries.clear();
        }
        entries.insert(key, (commits, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_lives_until_the_next_commit() {
        let remembered = Remembered::at_most(8);
        remembered.put(7, "a", 1);
        assert_eq!((remembered.get(7, &"a"), remembered.get(7, &"b"), remembered.get(8, &"a")), (Some(1), None, None));
        remembered.put(8, "a", 2);
        assert_eq!((remembered.get(8, &"a"), remembered.get(7, &"a")), (Some(2), None));
    }

    #[test]
    fn it_is_bounded() {
        let remembered = Remembered::at_most(8);
        for key in 0..=8 {
            remembered.put(0, key, ());
        }
        assert_eq!((remembered.get(0, &0), remembered.get(0, &8)), (None, Some(())));
    }
}

//! Refreshes of this process: one at a time for each connection, and none before its back-off has passed. The store's
//! lease does the same between processes; this spares it, and the provider, the queue of those who all saw the same
//! token end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use hilum_model::{ConnectionId, Time};
use tokio::sync::OwnedMutexGuard;

/// What is remembered of tries that did not come through.
#[derive(Debug, Default)]
pub(super) struct Hold {
    /// The generation that it is about.
    pub(super) generation: i64,
    /// Tries in a row without new tokens.
    pub(super) failures: u32,
    /// The provider plainly refused this generation once.
    pub(super) refused: bool,
    /// Not tried again before.
    pub(super) until: Time,
}

impl Hold {
    /// Forgets what it knows about older generations.
    pub(super) fn of(&mut self, generation: i64) -> &mut Self {
        if self.generation != generation {
            *self = Self { generation, ..Self::default() };
        }
        self
    }
}

/// Refreshes under way in this process.
#[derive(Debug, Default)]
pub struct Refreshes {
    slots: Mutex<HashMap<ConnectionId, Arc<tokio::sync::Mutex<Hold>>>>,
}

impl Refreshes {
    /// Waits for this connection's turn.
    pub(super) async fn turn(&self, connection: ConnectionId) -> OwnedMutexGuard<Hold> {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(connection).or_default())
        };
        slot.lock_owned().await
    }

    /// Forgets connections that nobody waits for and that have nothing to remember.
    pub(super) fn tidy(&self) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.retain(|_, slot| Arc::strong_count(slot) > 1 || slot.try_lock().is_ok_and(|hold| hold.failures > 0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_failures_are_remembered() {
        let refreshes = Refreshes::default();
        let (good, bad) = (ConnectionId([1; 12]), ConnectionId([2; 12]));
        drop(refreshes.turn(good).await);
        refreshes.turn(bad).await.of(7).failures = 1;
        let running = refreshes.turn(ConnectionId([3; 12])).await;
        refreshes.tidy();
        assert_eq!(refreshes.slots.lock().expect("not poisoned").len(), 2);
        drop(running);
        assert_eq!(refreshes.turn(bad).await.of(7).failures, 1);
        assert_eq!(refreshes.turn(bad).await.of(8).failures, 0);
    }
}

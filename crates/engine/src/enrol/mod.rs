//! Enrolment: Connect sessions from opening to exchange.
use hilum_store::{Store, StoreError};

/// Sessions whose page is open, in memory.
#[derive(Debug, Default)]
pub struct LiveSessions;

impl LiveSessions {
    /// Loads the open sessions of the store.
    pub fn load(_store: &Store) -> Result<Self, StoreError> {
        unimplemented!()
    }
}

//! Read connections. A read is a function call: it takes an idle connection, or opens one, and gives it back.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::Conn;
use crate::StoreError;

/// Idle connections that are kept; as many reads can run at once as there are threads.
const IDLE: usize = 16;

/// The pool.
pub(crate) struct Readers {
    path: PathBuf,
    /// `None` once the store is closed.
    idle: Mutex<Option<Vec<Connection>>>,
}

impl Readers {
    /// A pool over the migrated database at `path`.
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::new(Some(Vec::new())) }
    }

    /// Runs a read.
    pub(crate) fn read<T>(&self, read: impl FnOnce(Conn<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = self.lock().as_mut().ok_or(StoreError::Closed)?.pop();
        let raw = match idle {
            Some(raw) => raw,
            None => self.open()?,
        };
        let result = read(Conn::new(&raw, false));
        // A connection that is left within a transaction (its COMMIT failed) must not be used again.
        if raw.is_autocommit()
            && let Some(idle) = self.lock().as_mut()
            && idle.len() < IDLE
        {
            idle.push(raw);
        }
        result
    }

    /// Drops the idle connections; later reads fail.
    pub(crate) fn close(&self) {
        self.lock().take();
    }

    fn open(&self) -> Result<Connection, StoreError> {
        let raw = super::open(&self.path)?;
        raw.execute_batch("PRAGMA query_only = ON;")?;
        Ok(raw)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Vec<Connection>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Opening the store.
use std::path::Path;
use std::sync::Arc;

use hilum_model::{Clock, Random};

use crate::StoreError;

/// Who opens the data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    /// The one server process: takes the single-instance lock; creates the directory, key file and schema if absent.
    Serve,
    /// A command-line tool beside a server that may be running: no lock; may create as well.
    Tool,
}

/// The store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) _inner: Arc<()>,
}

impl Store {
    /// Opens (and where needed creates and migrates) the store in `dir`: `hilum.sqlite`, `keys.json` (mode 0600),
    /// `hilum.lock`. Must be called within a tokio runtime only in the sense that write futures are awaited there.
    pub fn open(
        _dir: &Path,
        _mode: OpenMode,
        _clock: Arc<dyn Clock>,
        _random: Arc<dyn Random>,
    ) -> Result<Self, StoreError> {
        unimplemented!()
    }
    /// Keyed HMAC-SHA256 under a key of the key ring, for MACs outside the store (poll tokens): `purpose` separates uses.
    pub fn mac(&self, _purpose: &str, _message: &[u8]) -> [u8; 32] {
        unimplemented!()
    }
    /// Waits until all accepted writes are durable, checkpoints, and closes; later writes give `Closed`.
    pub async fn close(&self) -> Result<(), StoreError> {
        unimplemented!()
    }
    /// `PRAGMA integrity_check` and opening of one ciphertext of each table; for `hilum doctor`. Returns problems found.
    pub fn check(&self) -> Result<Vec<String>, StoreError> {
        unimplemented!()
    }
}

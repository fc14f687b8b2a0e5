//! Files that people bring: taken in piece by piece, read in bounded memory, applied batch by batch.
//!
//! With each batch is stored how far the file was read, in one transaction. So a reading that ended with its process
//! goes on from there, and what it reads twice changes nothing. An uploaded file lies sealed in the data directory until
//! its reading has ended; a job for its person reads it.

mod job;
mod look;
mod reading;
mod report;
mod upload;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hilum_model::ImportId;
use tokio::sync::Semaphore;

pub use hilum_files::Progress;
pub(crate) use reading::ACCOUNT;
pub use reading::{Ended, Importer, Told};
pub use report::{Failure, FileName, Report};
pub use upload::{UploadError, Whose};

/// Bounds of imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportLimits {
    /// Bytes of one uploaded file.
    pub max_bytes: u64,
    /// Uploaded files that are read at once, each of another person.
    pub at_once: usize,
}

impl Default for ImportLimits {
    fn default() -> Self {
        Self { max_bytes: 8 << 30, at_once: 2 }
    }
}

/// What memory holds for imports.
pub(crate) struct ImportState {
    /// One for each reading that may run.
    places: Semaphore,
    /// Readings are to end, to go on in the next process.
    stop: Arc<AtomicBool>,
    /// Uploads that a request brings right now.
    coming: Arc<Mutex<BTreeSet<ImportId>>>,
}

impl ImportState {
    pub(crate) fn new(limits: &ImportLimits) -> Self {
        Self { places: Semaphore::new(limits.at_once.max(1)), stop: Arc::default(), coming: Arc::default() }
    }

    /// Asks readings to end after the batch under way.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether a request brings this upload.
    fn is_held(&self, import: ImportId) -> bool {
        self.coming.lock().unwrap_or_else(PoisonError::into_inner).contains(&import)
    }

    /// The request that brings this upload is to end.
    fn let_go(&self, import: ImportId) {
        self.coming.lock().unwrap_or_else(PoisonError::into_inner).remove(&import);
    }

    /// Takes an upload for a request; `None` while another one brings it.
    fn hold(&self, import: ImportId) -> Option<Hold> {
        let new = self.coming.lock().unwrap_or_else(PoisonError::into_inner).insert(import);
        new.then(|| Hold { coming: Arc::clone(&self.coming), import })
    }
}

/// An upload held by a request.
struct Hold {
    coming: Arc<Mutex<BTreeSet<ImportId>>>,
    import: ImportId,
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.coming.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.import);
    }
}

#[cfg(test)]
mod tests;

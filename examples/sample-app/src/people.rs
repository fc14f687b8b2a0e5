//! The app's own "database": which visitor has which tokens. One JSON file, written whole and moved into place.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::client::Tokens;

/// The file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("sample app's file {path}: {reason}")]
pub struct PeopleError {
    path: String,
    reason: String,
}

/// Visitors by the app's own id of them.
pub(crate) struct People {
    path: PathBuf,
    rows: Mutex<BTreeMap<String, Tokens>>,
}

impl People {
    pub(crate) fn open(path: PathBuf) -> Result<Self, PeopleError> {
        let error = |reason: String| PeopleError { path: path.display().to_string(), reason };
        let rows = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| error(e.to_string()))?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(e) => return Err(error(e.to_string())),
        };
        Ok(Self { path, rows: Mutex::new(rows) })
    }

    pub(crate) fn get(&self, visitor: &str) -> Option<Tokens> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).get(visitor).cloned()
    }

    pub(crate) fn put(&self, visitor: &str, tokens: Tokens) -> Result<(), PeopleError> {
        let error = |reason: String| PeopleError { path: self.path.display().to_string(), reason };
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.insert(visitor.to_owned(), tokens);
        let bytes = serde_json::to_vec_pretty(&*rows).map_err(|e| error(e.to_string()))?;
        let fresh = self.path.with_extension("new");
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        options
            .open(&fresh)
            .and_then(|mut file| std::io::Write::write_all(&mut file, &bytes))
            .and_then(|()| std::fs::rename(&fresh, &self.path))
            .map_err(|e| error(e.to_string()))
    }
}

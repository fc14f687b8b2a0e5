//! What can go wrong in the store.

/// An error of the store. No variant carries a stored value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// SQLite said no.
    #[error("database: {0}")]
    Sqlite(String),
    /// A file of the data directory could not be read or written.
    #[error("{what}: {source}")]
    Io {
        /// Which file or step.
        what: String,
        /// The cause.
        source: std::io::Error,
    },
    /// Another process uses this data directory.
    #[error("data directory {0} is in use by another hilum process")]
    InUse(String),
    /// The key file is missing, malformed, readable by others, or does not fit the data.
    #[error("key file: {0}")]
    Key(String),
    /// A ciphertext did not open: altered, moved to another place, or of another key.
    #[error("stored data is damaged: {0}")]
    Damaged(&'static str),
    /// The schema is newer than this program.
    #[error("database schema {found} is newer than this program knows ({known})")]
    SchemaTooNew {
        /// In the file.
        found: u32,
        /// Of this program.
        known: u32,
    },
    /// The writer thread is gone (the store was closed, or a write failed so that durability is in doubt).
    #[error("store is closed")]
    Closed,
    /// The thing to be changed does not exist (any more).
    #[error("not found")]
    NotFound,
    /// A uniqueness rule would be broken.
    #[error("already exists")]
    Exists,
}

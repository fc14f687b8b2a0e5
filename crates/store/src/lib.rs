//! All SQL of Hilum, once: apps, people, enrolment sessions, connections, grants, jobs, records and series chunks.
//!
//! Reads are plain function calls (a point read takes microseconds); writes go through one writer thread that
//! commits groups of them together and answers when they are durable. A write that is refused leaves nothing behind; a
//! commit that fails closes the store, because then only a fresh start knows what is on the disk.
//!
//! # Keys
//! `keys.json` opens the app's key (`apps.sealed_key`), that opens the person's key (`person_keys`), and that opens what
//! belongs to the person: every `sealed_` column, each value bound to its table, column and row. Deleting a person's
//! key makes every copy of the person's rows noise. What is looked up is stored as a hash: SHA-256 for random tokens,
//! HMAC under the key file's index key for client user ids and accounts. In clear stand ids, times, days, counts,
//! states, provider names and scopes, which lists, schedules and limits need.
//!
//! # Two kinds of storage
//! Sparse records are rows (`records`); dense series are day chunks of up to 4,096 samples (`series`, `chunks`).
//!
//! # Dialect
//! SQL is written once, in what SQLite and PostgreSQL have in common: `ON CONFLICT … DO UPDATE`, `RETURNING`, `CASE`,
//! partial indexes, integer times; no triggers, no sequences, no clock of the database. Two helpers are SQLite's alone,
//! and each stands in one place: `json_each` for lists of ids (`records`) and the pragmas of `check`.

pub mod apply;
pub mod apps;
pub mod archive;
pub mod changes;
mod check;
pub mod connections;
mod crypto;
mod db;
mod dir;
mod erase;
pub mod error;
pub mod everything;
pub mod grants;
pub mod humans;
pub mod imports;
pub mod jobs;
pub mod notices;
pub mod outbox;
pub mod priorities;
pub mod push_keys;
pub mod records;
mod remember;
mod restored;
pub mod samples;
mod series;
pub mod sessions;
pub mod slices;
pub mod spool;
mod store;
pub mod tokens;
mod told_days;
pub mod webhooks;

pub use error::StoreError;
pub use store::{OpenMode, Store};

/// SHA-256 of a token, as the store keeps it for look-up.
pub type TokenHash = [u8; 32];

/// SHA-256 of a token text.
pub fn hash_token(token: &str) -> TokenHash {
    sha256(token.as_bytes())
}

/// SHA-256.
fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    let mut out = [0; 32];
    out.copy_from_slice(digest.as_ref());
    out
}

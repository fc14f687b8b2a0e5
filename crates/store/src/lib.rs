//! All SQL of Hilum, once: apps, people, enrolment sessions, connections, grants, jobs, records and series chunks.
//!
//! Reads are plain function calls (a point read takes microseconds); writes go through one writer thread that
//! commits groups of them together and answers when they are durable. Tokens, health data and personal facts are
//! encrypted before they reach SQL; what is looked up is stored as a hash.

pub mod apply;
pub mod apps;
mod check;
pub mod connections;
mod crypto;
mod db;
mod dir;
mod erase;
pub mod error;
pub mod grants;
pub mod humans;
pub mod jobs;
pub mod records;
pub mod samples;
mod series;
pub mod sessions;
mod store;

pub use error::StoreError;
pub use store::{OpenMode, Store};

/// SHA-256 of a token, as the store keeps it for look-up.
pub type TokenHash = [u8; 32];

/// SHA-256 of a token text.
pub fn hash_token(token: &str) -> TokenHash {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
    let mut out = [0; 32];
    out.copy_from_slice(digest.as_ref());
    out
}

//! Encryption at rest: key file → app's key → person's key → columns and chunks.

mod cache;
pub(crate) mod ring;
pub(crate) mod seal;
mod token;
mod vault;

pub(crate) use seal::{OVERHEAD, Place, Sealer};
#[cfg(test)]
pub(crate) use vault::ALL;
pub(crate) use vault::{Vault, delete_person};

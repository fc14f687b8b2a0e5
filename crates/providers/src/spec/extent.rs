//! What a provider says of how far its data reach.

use hilum_model::Time;
use serde_json::Value;

/// An answer of the provider's about how far the account's data reach. It is asked for when a source has been silent for
/// long: where the provider has newer data than it gives, something is broken.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// Path of a GET below `api_base`.
    pub path: &'static str,
    /// The newest moment of all data, from the answer.
    pub newest: fn(&Value) -> Option<Time>,
}

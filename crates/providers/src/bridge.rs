//! Sources without a server of their own: the data lie on the person's phone, and an app there posts them to an address
//! of ours. What such an app posts is read like an answer of a provider.

use hilum_model::Batch;

use crate::spec::{Context, ParseError};

/// A source that pushes from the person's phone.
#[derive(Debug)]
pub struct Bridge {
    /// Lowercase name: `source` on Human API's wire, the name in configuration.
    pub id: &'static str,
    /// Other names that it answers to.
    pub aliases: &'static [&'static str],
    /// Name for people ("Apple Health").
    pub name: &'static str,
    /// A few words for people, without a full stop: what it gives.
    pub summary: &'static str,
    /// Inline SVG of a neutral icon of our own, at most 4 kB, uses `currentColor`.
    pub icon: &'static str,
    /// Human API's `supportedDataTypes`.
    pub data_types: &'static [&'static str],
    /// The app on the phone that posts, for people.
    pub app: &'static str,
    /// What the person does there, step by step; one plain sentence each.
    pub steps: &'static [&'static str],
    /// Reads one post.
    pub parse: fn(&[u8], &Context) -> Result<Batch, ParseError>,
}

/// Every bridge, in the order in which the Connect page lists them, after the providers.
pub const BRIDGES: &[&Bridge] = &[&crate::apple_health::BRIDGE, &crate::health_connect::BRIDGE];

/// The bridge with that id or alias.
pub fn bridge(id: &str) -> Option<&'static Bridge> {
    BRIDGES.iter().copied().find(|b| b.id == id || b.aliases.contains(&id))
}

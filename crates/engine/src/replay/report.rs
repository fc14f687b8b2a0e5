//! What came of a replay: counts, and nothing of the data.

use std::collections::BTreeMap;

use hilum_store::apply::Applied;
use serde::Serialize;

/// What came of a replay.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Report {
    /// Connections that were replayed.
    pub connections: u64,
    /// By provider.
    pub providers: BTreeMap<String, OfProvider>,
}

impl Report {
    pub(super) fn of(&mut self, provider: &str) -> &mut OfProvider {
        self.providers.entry(provider.to_owned()).or_default()
    }
}

/// Of one provider.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct OfProvider {
    /// What was read, by stream.
    pub streams: BTreeMap<String, OfStream>,
    /// What came of it, by kind of record or metric.
    pub data: BTreeMap<&'static str, OfData>,
}

/// Of one stream: what its payloads told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct OfStream {
    /// Payloads.
    pub payloads: u64,
    /// Of these: not of the form that today's parser knows, or of a stream that is not there any more.
    pub unreadable: u64,
    /// Items that could not be understood.
    pub rejected: u64,
    /// Observations told; the same one may be told often.
    pub told: u64,
}

/// Of one kind or metric: what the outcome is beside what was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OfData {
    /// New.
    pub created: u64,
    /// Changed.
    pub updated: u64,
    /// Stored like that.
    pub unchanged: u64,
    /// Removed: the provider deleted it, or nothing tells it any more and that was to be removed.
    pub removed: u64,
    /// Stored since the archive began, and told by no payload any more.
    pub no_longer_told: u64,
}

impl OfData {
    pub(super) fn add(&mut self, applied: Applied) {
        self.created += applied.inserted;
        self.updated += applied.updated;
        self.unchanged += applied.unchanged;
        self.removed += applied.deleted;
    }

    /// Whether something is other than it was.
    pub const fn changed(&self) -> bool {
        self.created + self.updated + self.removed > 0
    }
}

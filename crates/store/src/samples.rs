//! Reading dense series.
use std::sync::Arc;

use hilum_model::{ConnectionId, HumanId, Metric, Offset, RecordId, Time, Unit};

use crate::records::{Filter, Page};
use crate::{Store, StoreError};

/// What all samples of a series share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Number within the person; part of every sample's id.
    pub number: u32,
    /// Connection.
    pub connection_id: ConnectionId,
    /// What is measured.
    pub metric: Metric,
    /// Unit as received.
    pub unit: Unit,
    /// Device.
    pub device: Option<String>,
    /// Context word.
    pub context: Option<String>,
}

/// A sample with what the store adds.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSample {
    /// Public id, computed from (series, start, length).
    pub id: RecordId,
    /// Its series.
    pub series: Arc<Series>,
    /// Start or instant.
    pub start: Time,
    /// End of an interval.
    pub end: Option<Time>,
    /// Local offset.
    pub offset: Option<Offset>,
    /// Value as received, in the series' unit.
    pub received: f64,
    /// Value in the metric's unit.
    pub value: f64,
    /// First stored.
    pub created_at: Time,
    /// Last changed.
    pub updated_at: Time,
}

impl Store {
    /// A list, newest first (then by id).
    pub fn samples(
        &self,
        _human: HumanId,
        _metric: Metric,
        _filter: &Filter,
    ) -> Result<Page<StoredSample>, StoreError> {
        unimplemented!()
    }
    /// One by id; `None` also when it is of another metric.
    pub fn sample(&self, _human: HumanId, _metric: Metric, _id: RecordId) -> Result<Option<StoredSample>, StoreError> {
        unimplemented!()
    }
    /// The newest.
    pub fn latest_sample(&self, _human: HumanId, _metric: Metric) -> Result<Option<StoredSample>, StoreError> {
        unimplemented!()
    }
}

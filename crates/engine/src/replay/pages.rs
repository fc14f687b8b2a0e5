//! Reading a store's observations page by page.

use hilum_model::metric::Storage;
use hilum_model::{ConnectionId, HumanId, Kind, Metric, Record, Sample, Time};
use hilum_store::records::{Filter, StoredRecord};
use hilum_store::samples::StoredSample;
use hilum_store::{Store, StoreError};

/// Records of a page.
pub(super) const RECORDS: u32 = 500;
/// Samples of a page.
pub(super) const SAMPLES: u32 = 5_000;

/// Kinds of records that sources tell.
pub(super) fn kinds() -> impl Iterator<Item = Kind> {
    Kind::ALL.into_iter().filter(|kind| *kind != Kind::SleepDay)
}

/// Metrics that are kept as series.
pub(super) fn series() -> impl Iterator<Item = Metric> {
    Metric::ALL.into_iter().filter(|metric| metric.storage() == Storage::Series)
}

/// What is read: one connection's observations, all or those that were created since then.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) store: &'a Store,
    pub(super) human: HumanId,
    pub(super) connection: ConnectionId,
    pub(super) created_since: Option<Time>,
}

impl Source<'_> {
    fn filter(&self, limit: u32, offset: u64) -> Filter {
        let connections = Some(vec![self.connection]);
        Filter { connections, created_since: self.created_since, limit, offset, ..Filter::default() }
    }

    /// A page of records, newest first.
    pub(super) fn records(&self, kind: Kind, offset: u64) -> Result<Vec<StoredRecord>, StoreError> {
        Ok(self.store.records(self.human, kind, &self.filter(RECORDS, offset))?.rows)
    }

    /// A page of samples, newest first.
    pub(super) fn samples(&self, metric: Metric, offset: u64) -> Result<Vec<StoredSample>, StoreError> {
        Ok(self.store.samples(self.human, metric, &self.filter(SAMPLES, offset))?.rows)
    }

    /// The record of that kind and key.
    pub(super) fn record(&self, kind: Kind, key: &str) -> Result<Option<Record>, StoreError> {
        Ok(self.store.record_by_key(self.human, self.connection, kind, key)?.map(|row| row.record))
    }
}

/// A stored sample as it was told.
pub(super) fn as_told(stored: &StoredSample) -> Sample {
    Sample {
        metric: stored.series.metric,
        device: stored.series.device.clone(),
        context: stored.series.context.clone(),
        start: stored.start,
        end: stored.end,
        offset: stored.offset,
        value: stored.received,
        unit: stored.series.unit,
    }
}

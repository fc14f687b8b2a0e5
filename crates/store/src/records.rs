//! Reading sparse records.
use hilum_model::{ConnectionId, Day, HumanId, Kind, Record, RecordId, Time};

use crate::{Store, StoreError};

/// Which rows of a list, and how many. All conditions must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Only these connections; `None` for all.
    pub connections: Option<Vec<ConnectionId>>,
    /// First civil day.
    pub start_day: Option<Day>,
    /// Last civil day.
    pub end_day: Option<Day>,
    /// `createdAt` at or after.
    pub created_since: Option<Time>,
    /// `createdAt` before.
    pub created_before: Option<Time>,
    /// `updatedAt` at or after.
    pub updated_since: Option<Time>,
    /// `updatedAt` before.
    pub updated_before: Option<Time>,
    /// At most so many rows.
    pub limit: u32,
    /// Skip so many rows.
    pub offset: u64,
}

impl Default for Filter {
    /// Everything, first 50 rows.
    fn default() -> Self {
        Self {
            connections: None,
            start_day: None,
            end_day: None,
            created_since: None,
            created_before: None,
            updated_since: None,
            updated_before: None,
            limit: 50,
            offset: 0,
        }
    }
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The rows, newest first.
    pub rows: Vec<T>,
    /// Rows that match in all.
    pub total: u64,
}

/// A record with what the store adds.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRecord {
    /// Public id.
    pub id: RecordId,
    /// Connection.
    pub connection_id: ConnectionId,
    /// The record.
    pub record: Record,
    /// First stored.
    pub created_at: Time,
    /// Last changed.
    pub updated_at: Time,
}

impl Store {
    /// A list, newest `start` first (then by id).
    pub fn records(&self, _human: HumanId, _kind: Kind, _filter: &Filter) -> Result<Page<StoredRecord>, StoreError> {
        unimplemented!()
    }
    /// One by id.
    pub fn record(&self, _human: HumanId, _kind: Kind, _id: RecordId) -> Result<Option<StoredRecord>, StoreError> {
        unimplemented!()
    }
    /// The newest.
    pub fn latest_record(&self, _human: HumanId, _kind: Kind) -> Result<Option<StoredRecord>, StoreError> {
        unimplemented!()
    }
}

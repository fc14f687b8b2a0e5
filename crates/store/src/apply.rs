//! Applying a batch: the one road by which data enter.
use hilum_model::{Batch, ConnectionId, HumanId};

use crate::connections::Cursor;
use crate::{Store, StoreError};

/// What a batch changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Applied {
    /// New records and samples.
    pub inserted: u64,
    /// Corrected ones.
    pub updated: u64,
    /// Seen before, the same.
    pub unchanged: u64,
    /// Deleted ones.
    pub deleted: u64,
}

impl Store {
    /// Applies a batch to a connection: records, samples, derived sleep days, account facts, devices and the cursor, all
    /// in one transaction. Idempotent; readers never see half a batch. Fails with `NotFound` when the connection is
    /// gone or disconnected meanwhile.
    pub async fn apply(
        &self,
        _human: HumanId,
        _connection: ConnectionId,
        _batch: Batch,
        _cursor: Option<Cursor>,
    ) -> Result<Applied, StoreError> {
        unimplemented!()
    }
}

//! The job queue: due work is rows with leases.
use hilum_model::Time;

use crate::{Store, StoreError};

/// A job.
#[derive(Debug, Clone)]
pub struct Job {
    /// Number.
    pub id: i64,
    /// What kind of work (`sync`, `revoke`).
    pub kind: String,
    /// What it is about; at most one waiting job of a kind has a key, and at most one with a key runs.
    pub key: String,
    /// JSON, encrypted at rest.
    pub payload: serde_json::Value,
    /// Tries so far, this one included.
    pub attempt: i64,
    /// Was due at.
    pub run_at: Time,
}

impl Store {
    /// Queues a job; if one of that kind and key waits already, the earlier of both times counts and the payload stays.
    pub async fn enqueue(
        &self,
        _kind: &str,
        _key: &str,
        _payload: serde_json::Value,
        _run_at: Time,
    ) -> Result<(), StoreError> {
        unimplemented!()
    }
    /// Claims up to `limit` due jobs (queued and due, or running with an ended lease) until `lease_until`.
    pub async fn claim_jobs(&self, _limit: u32, _lease_until: Time) -> Result<Vec<Job>, StoreError> {
        unimplemented!()
    }
    /// When the next queued job is due.
    pub fn next_due(&self) -> Result<Option<Time>, StoreError> {
        unimplemented!()
    }
    /// Done: the job goes.
    pub async fn finish_job(&self, _id: i64) -> Result<(), StoreError> {
        unimplemented!()
    }
    /// Not done: it waits until `run_at`. `error` is a short text without values.
    pub async fn retry_job(&self, _id: i64, _run_at: Time, _error: &str) -> Result<(), StoreError> {
        unimplemented!()
    }
    /// Extends the lease of a running job.
    pub async fn renew_job(&self, _id: i64, _lease_until: Time) -> Result<(), StoreError> {
        unimplemented!()
    }
}

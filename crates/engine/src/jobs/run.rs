//! Running one job: by kind, with its lease renewed, and with faults of ours caught.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use hilum_store::StoreError;
use hilum_store::jobs::Job;
use serde::de::DeserializeOwned;

use super::{IMPORT, LEASE_MS, NOTICE, Outcome, REFRESH, RENEW_EVERY, REVOKE, SESSION_SWEEP, SUBSCRIBE, SYNC};
use crate::Engine;
use crate::backoff::backoff_ms;

/// How often ended sessions are looked for, ms.
const SWEEP_EVERY_MS: i64 = 60_000;

/// A job of a kind that this version does not know waits so long, ms: a newer version may know it.
const UNKNOWN_MS: i64 = 3_600_000;

impl Engine {
    /// Runs a claimed job to its end, whatever that is, and says so to the queue.
    pub(super) async fn run_job(&self, job: Job) {
        let (id, lease, attempt, kind) = (job.id, job.lease(), job.attempt, job.kind.clone());
        let result = {
            let work = AssertUnwindSafe(self.dispatch(job)).catch_unwind();
            tokio::pin!(work);
            loop {
                tokio::select! {
                    result = &mut work => break result,
                    () = tokio::time::sleep(RENEW_EVERY) => {
                        let until = self.clock.now().plus_ms(LEASE_MS);
                        match self.store.renew_job(lease, until).await {
                            Ok(()) => {}
                            // Disconnected or erased meanwhile, or another worker has it.
                            Err(StoreError::NotFound) => return,
                            Err(error) => tracing::warn!(job = id, %error, "lease not renewed"),
                        }
                    }
                }
            }
        };
        let again = self.clock.now().plus_ms(backoff_ms(u32::try_from(attempt).unwrap_or(u32::MAX), &*self.random));
        let outcome = match result {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => {
                tracing::error!(job = id, kind, %error, "job failed");
                Outcome::Retry(again, "store failed")
            }
            // The panic hook has written where it happened; the payload of the panic may hold values.
            Err(_) => {
                tracing::error!(job = id, kind, "job ended by a fault of ours");
                Outcome::Retry(again, "fault")
            }
        };
        let told = match outcome {
            Outcome::Done => self.store.finish_job(lease).await,
            Outcome::Retry(at, why) => self.store.retry_job(lease, at, why).await,
        };
        match told {
            // Jobs of a connection go with it.
            Ok(()) | Err(StoreError::NotFound) => {}
            Err(error) => tracing::error!(job = id, kind, %error, "job's end not stored; it will run again"),
        }
    }

    async fn dispatch(&self, job: Job) -> Result<Outcome, StoreError> {
        match job.kind.as_str() {
            SYNC => match read(job.payload) {
                Some(target) => self.sync_job(target, job.attempt).await,
                None => Ok(unreadable(job.id, SYNC)),
            },
            REFRESH => match read(job.payload) {
                Some(target) => self.refresh_job(target).await,
                None => Ok(unreadable(job.id, REFRESH)),
            },
            REVOKE => match read(job.payload) {
                Some(order) => self.revoke_job(order, job.attempt).await,
                None => Ok(unreadable(job.id, REVOKE)),
            },
            NOTICE => match read(job.payload) {
                Some(order) => self.notice_job(order, job.attempt).await,
                None => Ok(unreadable(job.id, NOTICE)),
            },
            SUBSCRIBE => match read(job.payload) {
                Some(target) => self.subscribe_job(target, job.attempt).await,
                None => Ok(unreadable(job.id, SUBSCRIBE)),
            },
            IMPORT => match read(job.payload) {
                Some(owner) => Box::pin(self.import_job(owner)).await,
                None => Ok(unreadable(job.id, IMPORT)),
            },
            SESSION_SWEEP => {
                self.sweep_sessions().await?;
                self.sweep_imports().await?;
                self.forget_events().await?;
                self.sweep_archive().await?;
                self.queue_sweep(self.clock.now().plus_ms(SWEEP_EVERY_MS)).await?;
                Ok(Outcome::Done)
            }
            kind => {
                tracing::warn!(job = job.id, kind, "job of an unknown kind left alone");
                Ok(Outcome::Retry(self.clock.now().plus_ms(UNKNOWN_MS), "unknown kind"))
            }
        }
    }
}

fn read<T: DeserializeOwned>(payload: serde_json::Value) -> Option<T> {
    serde_json::from_value(payload).ok()
}

/// A payload that cannot be read will not become readable: the job goes, with a word about it.
fn unreadable(id: i64, kind: &'static str) -> Outcome {
    tracing::error!(job = id, kind, "job with an unreadable payload dropped");
    Outcome::Done
}

//! Jobs: due work is rows with leases; this is the loop that runs them. A job that dies with its process is run again
//! when its lease has ended, so every job may run twice and is written for it.

mod run;

use std::sync::Arc;
use std::time::Duration;

use hilum_model::{ConnectionId, HumanId, Time};
use hilum_store::StoreError;
use hilum_store::jobs::Priority;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::Engine;

/// One slice of a connection's sync.
pub const SYNC: &str = "sync";
/// Taking a grant back at the provider.
pub const REVOKE: &str = "revoke";
/// Reading a person's uploaded file.
pub const IMPORT: &str = hilum_store::jobs::IMPORT;
/// Refresh before the access token ends.
pub const REFRESH: &str = "refresh";
/// Working on a provider's notice.
pub use hilum_store::notices::NOTICE;
/// Telling a provider our address for a connection's notices.
pub const SUBSCRIBE: &str = "subscribe";
/// Cleaning up after Connect sessions that have ended.
pub const SESSION_SWEEP: &str = "session_sweep";

/// Life of a job's lease, ms; renewed while the job runs.
const LEASE_MS: i64 = 120_000;
/// How often it is renewed.
const RENEW_EVERY: Duration = Duration::from_secs(40);
/// How often the queue is looked at when nothing wakes the loop: other processes may queue work too.
const POLL: Duration = Duration::from_secs(1);

/// The connection that a job is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) human: HumanId,
    pub(crate) connection: ConnectionId,
}

impl Target {
    /// Key of the connection's jobs: one of a kind waits, one runs.
    pub(crate) fn key(self) -> String {
        self.connection.to_string()
    }
    /// Payload of the connection's jobs.
    pub(crate) fn payload(self) -> serde_json::Value {
        serde_json::json!({ "human": self.human, "connection": self.connection })
    }
}

/// What came of a job.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It goes.
    Done,
    /// It waits until then; why, without values.
    Retry(Time, &'static str),
}

impl Engine {
    /// Runs due jobs until `stop` resolves, then finishes those under way.
    pub async fn run_jobs(self: Arc<Self>, stop: impl Future<Output = ()> + Send) {
        let workers = self.config.workers.max(1);
        let mut running: JoinSet<()> = JoinSet::new();
        tokio::pin!(stop);
        if let Err(error) = self.queue_sweep(self.clock.now()).await {
            tracing::error!(%error, "session sweep not queued");
        }
        loop {
            let free = workers.saturating_sub(running.len());
            for job in self.claim(free).await {
                let engine = Arc::clone(&self);
                running.spawn(async move { engine.run_job(job).await });
            }
            let pause = self.pause(running.len() < workers);
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(_) = running.join_next(), if !running.is_empty() => {}
                () = self.wake.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        self.imports.stop();
        while running.join_next().await.is_some() {}
    }

    /// Runs jobs that are due now, and those that they queue for now, until none is due; for tests and the command line.
    /// Returns how many ran.
    pub async fn drain_jobs(&self) -> Result<usize, StoreError> {
        let mut ran = 0;
        loop {
            let jobs = self.store.claim_jobs(1, self.clock.now().plus_ms(LEASE_MS)).await?;
            if jobs.is_empty() {
                return Ok(ran);
            }
            for job in jobs {
                self.run_job(job).await;
                ran += 1;
            }
        }
    }

    /// Wakes the loop: something was queued for now.
    pub fn wake_jobs(&self) {
        self.wake.notify_one();
    }

    async fn claim(&self, free: usize) -> Vec<hilum_store::jobs::Job> {
        let limit = u32::try_from(free).unwrap_or(u32::MAX);
        if limit == 0 {
            return Vec::new();
        }
        self.store.claim_jobs(limit, self.clock.now().plus_ms(LEASE_MS)).await.unwrap_or_else(|error| {
            tracing::error!(%error, "jobs not claimed");
            Vec::new()
        })
    }

    /// How long to sleep if nothing wakes the loop.
    fn pause(&self, room: bool) -> Duration {
        if !room {
            return POLL;
        }
        match self.store.next_due() {
            Ok(Some(at)) => {
                let ms = at.since_ms(self.clock.now());
                // What is due and was not claimed waits for the running job of its key, whose end wakes the loop.
                if ms <= 0 { POLL } else { Duration::from_millis(ms.unsigned_abs()).min(POLL) }
            }
            Ok(None) => POLL,
            Err(error) => {
                tracing::error!(%error, "queue not read");
                POLL
            }
        }
    }

    pub(crate) async fn queue_sweep(&self, at: Time) -> Result<(), StoreError> {
        self.store.enqueue(SESSION_SWEEP, "", serde_json::json!({}), Priority::Normal, at).await
    }
}

#[cfg(test)]
mod tests;

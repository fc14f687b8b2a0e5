//! The job queue: due work is rows with leases.
//!
//! Payloads are sealed by the key file's own key, not by a person's, because a `revoke` job must outlive the person.
use hilum_model::{ConnectionId, HumanId, Time};
use rusqlite::params;

use crate::crypto::{Place, Vault};
use crate::db::{Conn, found, statements};
use crate::store::Context;
use crate::{Store, StoreError};

statements! {
    PUT = "INSERT INTO jobs
        (kind, key, human_id, state, priority, sealed_payload, attempt, run_at, lease_until, error, created_at)
        VALUES ($1, $2, $3, 0, $4, $5, 0, $6, NULL, NULL, $7)
        ON CONFLICT (kind, key) WHERE state = 0 DO UPDATE SET
        priority = CASE WHEN excluded.priority < jobs.priority THEN excluded.priority ELSE jobs.priority END,
        run_at = CASE WHEN excluded.run_at < jobs.run_at THEN excluded.run_at ELSE jobs.run_at END";
    CLAIM = "UPDATE jobs SET state = 1, attempt = attempt + 1, lease_until = $2
        WHERE id IN (
            SELECT j.id FROM jobs j
            WHERE (j.state = 0 AND j.run_at <= $1 AND NOT EXISTS (
                      SELECT 1 FROM jobs r WHERE r.kind = j.kind AND r.key = j.key AND r.state = 1))
               OR (j.state = 1 AND j.lease_until <= $1)
            ORDER BY j.priority, j.run_at, j.id LIMIT $3)
        RETURNING id, kind, key, sealed_payload, attempt, run_at, priority";
    WAITS = "SELECT run_at FROM jobs WHERE kind = $1 AND key = $2 AND state = 0";
    NEXT_DUE = "SELECT min(run_at) FROM jobs WHERE state = 0";
    GET = "SELECT kind, key, priority FROM jobs WHERE id = $1 AND state = 1 AND attempt = $2";
    DELETE = "DELETE FROM jobs WHERE id = $1 AND state = 1 AND attempt = $2";
    REQUEUE = "UPDATE jobs SET state = 0, run_at = $2, error = $3, lease_until = NULL WHERE id = $1";
    MERGE_INTO_WAITING = "UPDATE jobs SET run_at = CASE WHEN run_at < $3 THEN $3 ELSE run_at END,
        attempt = CASE WHEN attempt < $4 THEN $4 ELSE attempt END, error = $5,
        priority = CASE WHEN priority < $6 THEN priority ELSE $6 END
        WHERE kind = $1 AND key = $2 AND state = 0";
    RENEW = "UPDATE jobs SET lease_until = $3 WHERE id = $1 AND state = 1 AND attempt = $2";
    DELETE_OF_KEY = "DELETE FROM jobs WHERE kind = $1 AND key = $2";
    DELETE_OF_HUMAN = "DELETE FROM jobs WHERE human_id = $1 AND kind <> $2";
}

/// The kind of job that reads a connection's data. Its key is the connection's id, its payload names `human` and
/// `connection`; it goes with the connection.
pub const SYNC: &str = "sync";

/// The kind of job that revokes a grant at its provider. It carries what it needs, and outlives connection and person.
pub const REVOKE: &str = "revoke";

/// The kind of job that reads a person's uploaded files. Its key is the person's id, so that one file of a person is read
/// at a time; its payload names `human`.
pub const IMPORT: &str = "import";

/// Who goes first when more is due than there are workers for. Within a priority the job that was due earlier goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Somebody waits for it.
    Urgent,
    /// What keeps up with the present.
    Normal,
    /// Long work in many slices that would otherwise stand before everything else, such as history.
    Background,
}

/// Who holds a running job: each claim of it is another one. What a worker does with a job whose lease ended, and that
/// another worker has taken over, changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    id: i64,
    claim: i64,
}

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
    /// Priority.
    pub priority: Priority,
}

impl Job {
    /// The hold on this job that its claim gave.
    #[must_use]
    pub const fn lease(&self) -> Lease {
        Lease { id: self.id, claim: self.attempt }
    }
}

impl Priority {
    /// The stored number.
    const fn number(self) -> i64 {
        match self {
            Self::Urgent => 1,
            Self::Normal => 2,
            Self::Background => 3,
        }
    }
    fn from_number(number: i64) -> Result<Self, StoreError> {
        [Self::Urgent, Self::Normal, Self::Background]
            .into_iter()
            .find(|priority| priority.number() == number)
            .ok_or(StoreError::Damaged("jobs.priority"))
    }
}

impl Store {
    /// Queues a job; if one of that kind and key waits already, the earlier of both times and the higher of both
    /// priorities count, and the payload stays.
    /// A payload with a member `human` (an id) belongs to that person and is erased with it, except for [`REVOKE`].
    pub async fn enqueue(
        &self,
        kind: &str,
        key: &str,
        payload: serde_json::Value,
        priority: Priority,
        run_at: Time,
    ) -> Result<(), StoreError> {
        let (kind, key) = (kind.to_owned(), key.to_owned());
        self.write(move |conn, context| put(conn, context, &kind, &key, &payload, priority, run_at)).await
    }

    /// Claims up to `limit` due jobs (queued and due, or running with an ended lease) until `lease_until`, in their order.
    /// A payload that is damaged comes as `null`.
    pub async fn claim_jobs(&self, limit: u32, lease_until: Time) -> Result<Vec<Job>, StoreError> {
        self.write(move |conn, context| {
            let mut jobs = conn.all(CLAIM, params![context.now().0, lease_until.0, limit], |row| {
                let (kind, key): (String, String) = (row.get(1)?, row.get(2)?);
                let id: i64 = row.get(0)?;
                let payload = open_payload(&context.vault, &kind, &key, &row.get::<_, Vec<u8>>(3)?);
                Ok(Job {
                    id,
                    payload: payload.unwrap_or_else(|error| {
                        // One damaged row must not stop the whole queue.
                        tracing::error!(job = id, %error, "payload of a job");
                        serde_json::Value::Null
                    }),
                    kind,
                    key,
                    attempt: row.get(4)?,
                    run_at: Time(row.get(5)?),
                    priority: Priority::from_number(row.get(6)?)?,
                })
            })?;
            jobs.sort_by_key(|job| (job.priority, job.run_at, job.id));
            Ok(jobs)
        })
        .await
    }
    /// When the job of that kind and key is due that waits, if one does.
    pub fn job_at(&self, kind: &str, key: &str) -> Result<Option<Time>, StoreError> {
        self.read(|conn| conn.one(WAITS, params![kind, key], |row| Ok(Time(row.get(0)?))))
    }
    /// When the next queued job is due.
    pub fn next_due(&self) -> Result<Option<Time>, StoreError> {
        self.read(|conn| Ok(conn.one(NEXT_DUE, [], |row| Ok(row.get::<_, Option<i64>>(0)?))?.flatten().map(Time)))
    }
    /// Done: the job goes. Nothing happens when it is gone already, or somebody else's by now.
    pub async fn finish_job(&self, lease: Lease) -> Result<(), StoreError> {
        self.write(move |conn, _| {
            conn.run(DELETE, [lease.id, lease.claim])?;
            Ok(())
        })
        .await
    }
    /// Not done: it waits until `run_at`. `error` is a short text without values. If another one of its kind and key
    /// waits by now, the two become one that waits for the later time. Nothing happens when it is gone already, or
    /// somebody else's by now.
    pub async fn retry_job(&self, lease: Lease, run_at: Time, error: &str) -> Result<(), StoreError> {
        let error = error.to_owned();
        self.write(move |conn, _| {
            let running = conn.one(GET, [lease.id, lease.claim], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
            })?;
            let Some((kind, key, priority)) = running else { return Ok(()) };
            if conn.run(MERGE_INTO_WAITING, params![kind, key, run_at.0, lease.claim, error, priority])? > 0 {
                conn.run(DELETE, [lease.id, lease.claim])?;
            } else {
                conn.run(REQUEUE, params![lease.id, run_at.0, error])?;
            }
            Ok(())
        })
        .await
    }
    /// Extends the lease of a running job. `NotFound` when it is gone or somebody else's by now: its work should stop.
    pub async fn renew_job(&self, lease: Lease, lease_until: Time) -> Result<(), StoreError> {
        self.write(move |conn, _| found(conn.run(RENEW, params![lease.id, lease.claim, lease_until.0])?)).await
    }
}

/// Queues a job within a write; [`Store::enqueue`] says how.
pub(crate) fn put(
    conn: Conn<'_>,
    context: &Context,
    kind: &str,
    key: &str,
    payload: &serde_json::Value,
    priority: Priority,
    run_at: Time,
) -> Result<(), StoreError> {
    let human = payload.get("human").and_then(|h| h.as_str()).and_then(|h| h.parse::<HumanId>().ok());
    let sealed = context.vault.seal_system(&place(kind, key), payload.to_string().as_bytes())?;
    let human = human.map(|h| h.0);
    conn.run(PUT, params![kind, key, human, priority.number(), sealed, run_at.0, context.now().0])?;
    Ok(())
}

/// Queues the first reading of a connection.
pub(crate) fn enqueue_sync(
    conn: Conn<'_>,
    context: &Context,
    human: HumanId,
    connection: ConnectionId,
    run_at: Time,
) -> Result<(), StoreError> {
    let payload = serde_json::json!({"human": human, "connection": connection});
    put(conn, context, SYNC, &connection.to_string(), &payload, Priority::Urgent, run_at)
}

/// Deletes the `sync` jobs of a connection, also a running one.
pub(crate) fn delete_sync(conn: Conn<'_>, connection: ConnectionId) -> Result<(), StoreError> {
    conn.run(DELETE_OF_KEY, params![SYNC, connection.to_string()])?;
    Ok(())
}

/// Deletes the jobs that belong to a person, except for revocations.
pub(crate) fn delete_of_human(conn: Conn<'_>, human: HumanId) -> Result<(), StoreError> {
    conn.run(DELETE_OF_HUMAN, params![human.0, REVOKE])?;
    Ok(())
}

pub(crate) fn open_payload(
    vault: &Vault,
    kind: &str,
    key: &str,
    sealed: &[u8],
) -> Result<serde_json::Value, StoreError> {
    let text = vault.open_system(&place(kind, key), sealed)?;
    serde_json::from_slice(text.expose()).map_err(|_| StoreError::Damaged("jobs.sealed_payload"))
}

fn place(kind: &str, key: &str) -> Place {
    Place::new("jobs.sealed_payload").id(kind.as_bytes()).id(key.as_bytes())
}

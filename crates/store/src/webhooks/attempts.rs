//! The log of tries, for the webhook's developer. It holds no body and no address.
use hilum_model::{Time, WebhookId};
use rusqlite::params;

use crate::db::{Conn, statements};
use crate::{Store, StoreError};

/// Tries that are kept of each webhook.
pub(crate) const KEPT: i64 = 200;

statements! {
    COUNT = "UPDATE webhooks SET attempts = attempts + 1 WHERE webhook_id = $1 RETURNING attempts";
    PUT = "INSERT INTO webhook_attempts (webhook_id, number, event, type, attempt, at, duration_ms, status, outcome)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    TRIM = "DELETE FROM webhook_attempts WHERE webhook_id = $1 AND number <= $2";
    OF_WEBHOOK = "SELECT event, type, attempt, at, duration_ms, status, outcome FROM webhook_attempts
        WHERE webhook_id = $1 ORDER BY number DESC LIMIT $2";
}

/// One try to send something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Id of the message.
    pub event: String,
    /// Its type.
    pub kind: String,
    /// Which try of this message it was, from 1.
    pub attempt: i64,
    /// When it began.
    pub at: Time,
    /// How long it took, ms.
    pub duration_ms: i64,
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What came of it (a fixed word).
    pub outcome: String,
}

impl Store {
    /// The newest tries of a webhook, newest first.
    pub fn webhook_attempts(&self, id: WebhookId, limit: u32) -> Result<Vec<Attempt>, StoreError> {
        self.read(|conn| {
            conn.all(OF_WEBHOOK, params![id.0, limit], |row| {
                Ok(Attempt {
                    event: row.get(0)?,
                    kind: row.get(1)?,
                    attempt: row.get(2)?,
                    at: Time(row.get(3)?),
                    duration_ms: row.get(4)?,
                    status: row.get(5)?,
                    outcome: row.get(6)?,
                })
            })
        })
    }
    /// Notes a try outside of the feed (a test message). Fails with `NotFound` when the webhook is gone.
    pub async fn note_webhook_attempt(&self, id: WebhookId, attempt: Attempt) -> Result<(), StoreError> {
        self.write(move |conn, _| put(conn, id, &attempt)).await
    }
}

/// Notes a try; the oldest goes. Fails with `NotFound` when the webhook is gone.
pub(crate) fn put(conn: Conn<'_>, id: WebhookId, attempt: &Attempt) -> Result<(), StoreError> {
    let number: i64 = conn.one(COUNT, [id.0], |row| Ok(row.get(0)?))?.ok_or(StoreError::NotFound)?;
    conn.run(
        PUT,
        params![
            id.0,
            number,
            attempt.event,
            attempt.kind,
            attempt.attempt,
            attempt.at.0,
            attempt.duration_ms,
            attempt.status,
            attempt.outcome
        ],
    )?;
    conn.run(TRIM, params![id.0, number - KEPT])?;
    Ok(())
}

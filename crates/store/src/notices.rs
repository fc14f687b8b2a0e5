//! Notices of providers: taken in once, worked on by a job.
use hilum_model::Time;
use rusqlite::params;

use crate::db::statements;
use crate::jobs::{self, Priority};
use crate::{Store, StoreError};

/// The kind of job that works on a notice.
pub const NOTICE: &str = "notice";

statements! {
    FORGET = "DELETE FROM notices WHERE forget_at <= $1";
    NOTE = "INSERT INTO notices (hash, forget_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
}

impl Store {
    /// Takes a notice in: its job and the memory of it, durable in one transaction. `hash` tells notices apart; one
    /// that came before and is not yet forgotten is left out, and the answer is `false`.
    pub async fn take_notice(
        &self,
        hash: [u8; 32],
        payload: serde_json::Value,
        forget_at: Time,
    ) -> Result<bool, StoreError> {
        self.write(move |conn, context| {
            let now = context.now();
            conn.run(FORGET, [now.0])?;
            if conn.run(NOTE, params![hash, forget_at.0])? == 0 {
                return Ok(false);
            }
            jobs::put(conn, context, NOTICE, &hex::encode(hash), &payload, Priority::Urgent, now)?;
            Ok(true)
        })
        .await
    }
}

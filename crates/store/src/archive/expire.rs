//! Payloads that have been kept long enough go, some at a time.

use std::collections::BTreeMap;

use hilum_model::Time;
use rusqlite::params;

use crate::db::statements;
use crate::{Store, StoreError};

statements! {
    OLD = "SELECT human_id, connection_id, payload, last, stored_at FROM payloads WHERE stored_at < $1
        ORDER BY stored_at LIMIT $2";
    DELETE_ONE = "DELETE FROM payloads WHERE human_id = $1 AND connection_id = $2 AND payload = $3";
    SHORTEN_SPAN = "UPDATE archives SET first = CASE WHEN first > $3 THEN first ELSE $3 + 1 END,
        since = CASE WHEN since > $4 THEN since ELSE $4 + 1 END WHERE human_id = $1 AND connection_id = $2";
    END_EMPTY = "DELETE FROM archives WHERE human_id = $1 AND connection_id = $2
        AND NOT EXISTS (SELECT 1 FROM payloads WHERE human_id = $1 AND connection_id = $2)";
}

impl Store {
    /// Deletes up to `most` payloads that came last before that time, and says how many.
    pub async fn expire_payloads(&self, before: Time, most: u32) -> Result<usize, StoreError> {
        // Asked first, so that nothing is written every minute when there is nothing to do.
        if self.read(|conn| Ok(conn.one(OLD, params![before.0, 1], |_| Ok(()))?.is_none()))? {
            return Ok(0);
        }
        self.write(move |conn, _| {
            let gone = conn.all(OLD, params![before.0, most], |row| {
                let whose: ([u8; 16], [u8; 12]) = (row.get(0)?, row.get(1)?);
                Ok((whose, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?, row.get::<_, i64>(4)?))
            })?;
            let mut ends = BTreeMap::new();
            for (whose, payload, last, stored_at) in &gone {
                conn.run(DELETE_ONE, params![whose.0, whose.1, payload])?;
                let end = ends.entry(*whose).or_insert((*last, *stored_at));
                *end = (end.0.max(*last), end.1.max(*stored_at));
            }
            for ((human, connection), (last, stored_at)) in ends {
                conn.run(SHORTEN_SPAN, params![human, connection, last, stored_at])?;
                conn.run(END_EMPTY, params![human, connection])?;
            }
            Ok(gone.len())
        })
        .await
    }
}

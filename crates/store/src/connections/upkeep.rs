//! What is noted about a connection beside its state: faults, news of its data, what is due before its time.
use hilum_model::{ConnectionId, Day, HumanId, Time};
use rusqlite::params;

use super::{Connection, ConnectionState, SET_STATE};
use crate::db::{Conn, found, statements};
use crate::store::Context;
use crate::{Store, StoreError, jobs};

/// Gaps shorter than this say nothing about how often a source has news, ms: they are pages of one sync.
const SHORTEST_GAP_MS: i64 = 60_000;

statements! {
    SET_FAULT = "UPDATE connections SET fault = $3, fault_since = $4
        WHERE human_id = $1 AND connection_id = $2 AND (fault IS NULL OR fault <> $3)";
    CLEAR_FAULT = "UPDATE connections SET fault = NULL, fault_since = NULL
        WHERE human_id = $1 AND connection_id = $2 AND substr(fault, 1, length($3) + 1) = $3 || ':'";
    SET_DATA = "UPDATE connections SET data_until = $3, data_at = $4, data_gap = $5
        WHERE human_id = $1 AND connection_id = $2";
    MAKE_DUE = "UPDATE cursors SET synced_at = NULL,
        newest = CASE WHEN $4 IS NULL OR newest < $4 THEN newest WHEN oldest > $4 THEN oldest ELSE $4 END
        WHERE human_id = $1 AND connection_id = $2 AND stream = $3";
    ANSWER_QUESTION = "UPDATE connections SET question = 0
        WHERE human_id = $1 AND connection_id = $2 AND pending IS NOT NULL";
}

impl Store {
    /// Notes what goes wrong with a stream although the provider answers (`stream: fixed words`).
    pub async fn set_fault(&self, human: HumanId, id: ConnectionId, fault: String) -> Result<(), StoreError> {
        self.write(move |conn, context| {
            conn.run(SET_FAULT, params![human.0, id.0, fault, context.now().0])?;
            Ok(())
        })
        .await
    }
    /// A stream is well (again). Faults of others stay.
    pub async fn clear_fault(&self, human: HumanId, id: ConnectionId, stream: &str) -> Result<(), StoreError> {
        let stream = stream.to_owned();
        self.write(move |conn, _| {
            conn.run(CLEAR_FAULT, params![human.0, id.0, stream])?;
            Ok(())
        })
        .await
    }
    /// Makes streams due at once, and lets each be read again from so many days (`None`: as usual) on. Streams that
    /// were never read are left alone: they are due anyway.
    pub async fn make_due(
        &self,
        human: HumanId,
        id: ConnectionId,
        streams: Vec<(&'static str, Option<Day>)>,
    ) -> Result<(), StoreError> {
        self.write(move |conn, _| {
            for (stream, newest) in &streams {
                conn.run(MAKE_DUE, params![human.0, id.0, stream, newest.map(|day| day.0)])?;
            }
            Ok(())
        })
        .await
    }
    /// The person agrees to a pending account that is not the expected one. Fails with `NotFound` when it is not
    /// pending.
    pub async fn agree(&self, human: HumanId, id: ConnectionId) -> Result<(), StoreError> {
        self.write(move |conn, _| found(conn.run(ANSWER_QUESTION, params![human.0, id.0])?)).await
    }
    /// Pauses a real connection, or lets it go on: nothing is fetched while it is paused. Returns whether that changed
    /// something: what needs the person stays so, and what is disconnected too.
    pub async fn pause(&self, human: HumanId, id: ConnectionId, pause: bool) -> Result<bool, StoreError> {
        self.write(move |conn, context| {
            let row = super::find(conn, &context.vault, human, id)?
                .filter(|row| row.pending.is_none())
                .ok_or(StoreError::NotFound)?;
            let (state, reason) = match (pause, row.state) {
                (true, ConnectionState::Live | ConnectionState::ProviderDown) => {
                    (ConnectionState::Paused, Some("paused"))
                }
                (false, ConnectionState::Paused) => (ConnectionState::Live, None),
                _ => return Ok(false),
            };
            let now = context.now();
            conn.run(SET_STATE, params![human.0, id.0, state.number(), reason, now.0])?;
            if pause {
                jobs::delete_sync(conn, id)?;
            } else {
                jobs::enqueue_sync(conn, context, human, id, now)?;
            }
            Ok(true)
        })
        .await
    }
}

/// Notes the newest moment that a source told of, and how long it usually takes until there is a newer one.
pub(crate) fn learn_newest(
    conn: Conn<'_>,
    context: &Context,
    connection: &Connection,
    newest: Option<Time>,
) -> Result<(), StoreError> {
    let Some(newest) = newest else { return Ok(()) };
    if connection.data_until.is_some_and(|until| newest <= until) {
        return Ok(());
    }
    let now = context.now();
    let gap = usual_gap(connection.data_gap_ms, connection.data_at.map(|at| now.since_ms(at)));
    conn.run(SET_DATA, params![connection.human_id.0, connection.connection_id.0, newest.0, now.0, gap])?;
    Ok(())
}

/// The usual gap after one more was seen: three quarters of what it was, and a quarter of this one.
fn usual_gap(usual: Option<i64>, seen: Option<i64>) -> Option<i64> {
    let Some(seen) = seen.filter(|seen| *seen >= SHORTEST_GAP_MS) else { return usual };
    Some(usual.map_or(seen, |usual| usual / 4 * 3 + seen / 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_gap_follows_slowly() {
        assert_eq!(usual_gap(None, None), None, "the first data");
        assert_eq!(usual_gap(None, Some(59_999)), None, "pages of one sync");
        assert_eq!(usual_gap(None, Some(3_600_000)), Some(3_600_000));
        assert_eq!(usual_gap(Some(3_600_000), Some(5)), Some(3_600_000));
        // 3/4 of an hour and 1/4 of five: two hours.
        assert_eq!(usual_gap(Some(3_600_000), Some(18_000_000)), Some(7_200_000));
    }
}

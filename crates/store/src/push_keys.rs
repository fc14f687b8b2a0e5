//! Push keys: the secret in the address to which an app on a person's phone posts. One for each such connection.

use hilum_model::{ConnectionId, HumanId, SessionId};
use rusqlite::params;

use crate::connections::{self, ConnectionState};
use crate::db::{Conn, statements};
use crate::{Store, StoreError, TokenHash};

statements! {
    PUT = "INSERT INTO push_keys (human_id, connection_id, key_hash, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (human_id, connection_id) DO UPDATE SET key_hash = excluded.key_hash,
        created_at = excluded.created_at";
    FIND = "SELECT k.human_id, k.connection_id, c.provider, c.pending, c.synced_at FROM push_keys k
        JOIN connections c ON c.human_id = k.human_id AND c.connection_id = k.connection_id
        WHERE k.key_hash = $1 AND c.state <> $2";
    HASH = "SELECT key_hash FROM push_keys WHERE human_id = $1 AND connection_id = $2";
    DELETE = "DELETE FROM push_keys WHERE human_id = $1 AND connection_id = $2";
}

/// Where a post belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushTarget {
    /// Person.
    pub human_id: HumanId,
    /// Connection; it may still be pending in a session.
    pub connection_id: ConnectionId,
    /// Bridge id.
    pub provider: String,
    /// The session in which the connection is pending.
    pub pending: Option<SessionId>,
    /// Whether this is the first post, for which the session's page waits.
    pub first: bool,
}

impl Store {
    /// Gives a connection its push key; one that it had before ends. Fails with `NotFound` when there is no such
    /// connection.
    pub async fn set_push_key(&self, human: HumanId, id: ConnectionId, key: TokenHash) -> Result<(), StoreError> {
        self.write(move |conn, context| {
            connections::find(conn, &context.vault, human, id)?.ok_or(StoreError::NotFound)?;
            conn.run(PUT, params![human.0, id.0, key, context.now().0])?;
            Ok(())
        })
        .await
    }

    /// Where a post with that key belongs; `None` for a key that is unknown or has ended.
    pub fn push_target(&self, key: &TokenHash) -> Result<Option<PushTarget>, StoreError> {
        let gone = ConnectionState::Disconnected.number();
        self.read(|conn| {
            conn.one(FIND, params![key, gone], |row| {
                Ok(PushTarget {
                    human_id: HumanId(row.get(0)?),
                    connection_id: ConnectionId(row.get(1)?),
                    provider: row.get(2)?,
                    pending: row.get::<_, Option<[u8; SessionId::BYTES]>>(3)?.map(SessionId),
                    first: row.get::<_, Option<i64>>(4)?.is_none(),
                })
            })
        })
    }
}

/// Ends a connection's push key, if it has one.
pub(crate) fn delete(conn: Conn<'_>, human: HumanId, id: ConnectionId) -> Result<(), StoreError> {
    conn.run(DELETE, params![human.0, id.0])?;
    Ok(())
}

/// A key that was given to a pending connection goes on with the known one that takes its place.
pub(crate) fn hand_over(
    conn: Conn<'_>,
    human: HumanId,
    from: ConnectionId,
    to: ConnectionId,
    now: i64,
) -> Result<(), StoreError> {
    let key: Option<TokenHash> = conn.one(HASH, params![human.0, from.0], |row| Ok(row.get(0)?))?;
    if let Some(key) = key {
        delete(conn, human, from)?;
        conn.run(PUT, params![human.0, to.0, key, now])?;
    }
    Ok(())
}

//! Files that a Connect page brings, while its session is not finalised: they are looked through and wait. Nothing that is
//! in them is stored, so there is nothing that the app could see too early, and nothing to take back.

use hilum_model::{ConnectionId, HumanId, ImportId, Phi, SessionId};
use rusqlite::params;

use super::{Import, ImportState, id_of, list, seal, stored};
use crate::db::{Conn, found, statements};
use crate::jobs::{self, Priority};
use crate::sessions::{self, SessionState};
use crate::store::Context;
use crate::{Store, StoreError};

statements! {
    OF_SESSION = concat!(
        "SELECT ", columns!(), " FROM imports WHERE pending = $1 ORDER BY created_at DESC, import_id"
    );
    BYTES = "SELECT coalesce(sum(bytes_total), 0) FROM imports
        WHERE pending IS NOT NULL AND (state < 4 OR bytes_done > 0)";
    BEGIN_LOOK = "UPDATE imports SET state = 2, bytes_done = 0, updated_at = $4
        WHERE human_id = $1 AND import_id = $2 AND pending = $3 AND (state = 1 OR state = 2)";
    LOOK = "UPDATE imports SET sealed_report = $4, bytes_done = $5, updated_at = $6
        WHERE human_id = $1 AND import_id = $2 AND pending = $3 AND state = 2";
    LOOKED = "UPDATE imports SET state = $4, sealed_report = $5, connection_id = $6, updated_at = $7,
        bytes_done = CASE WHEN $4 = 3 THEN bytes_total ELSE bytes_done END
        WHERE human_id = $1 AND import_id = $2 AND pending = $3 AND (state = 1 OR state = 2)";
    DROP_FRUITLESS = "DELETE FROM imports WHERE pending = $1 AND state = 4 AND bytes_done = 0";
    RELEASE = "UPDATE imports SET pending = NULL, connection_id = NULL, position = NULL, bytes_done = 0, updated_at = $2,
        state = CASE WHEN state = 0 THEN 0 ELSE 1 END
        WHERE pending = $1 RETURNING state";
    DROP = "DELETE FROM imports WHERE pending = $1 RETURNING import_id";
}

impl Store {
    /// Files that the page of a session brought, newest first.
    pub fn session_imports(&self, session: SessionId) -> Result<Vec<Import>, StoreError> {
        self.read(|conn| list(conn, &self.context.vault, OF_SESSION, [session.0]))
    }

    /// Bytes of all files that wait for their sessions to be finalised, as announced.
    pub fn pending_import_bytes(&self) -> Result<u64, StoreError> {
        let bytes: Option<i64> = self.read(|conn| conn.one(BYTES, [], |row| Ok(row.get(0)?)))?;
        Ok(bytes.unwrap_or_default().unsigned_abs())
    }

    /// The looking through begins, from the start of the file. `NotFound` when the import is gone, or pending no more.
    pub async fn begin_look(&self, human: HumanId, id: ImportId, session: SessionId) -> Result<(), StoreError> {
        self.write(move |conn, context| {
            found(conn.run(BEGIN_LOOK, params![human.0, id.0, session.0, context.now().0])?)
        })
        .await
    }

    /// Notes how far it is. `NotFound` when the import is gone, ended, or pending no more.
    pub async fn note_look(
        &self,
        human: HumanId,
        id: ImportId,
        session: SessionId,
        bytes_done: u64,
        report: Phi<String>,
    ) -> Result<(), StoreError> {
        self.write(move |conn, context| {
            let sealed = seal(conn, context, human, id, &report)?;
            let (bytes, now) = (stored(bytes_done), context.now().0);
            found(conn.run(LOOK, params![human.0, id.0, session.0, sealed, bytes, now])?)
        })
        .await
    }

    /// The looking through has ended, well or with an error that the report names; `shown_as` is the pending connection
    /// that stands for the file. `NotFound` when it had ended before, is gone, or pending no more.
    pub async fn end_look(
        &self,
        human: HumanId,
        id: ImportId,
        session: SessionId,
        well: bool,
        report: Phi<String>,
        shown_as: Option<ConnectionId>,
    ) -> Result<(), StoreError> {
        self.write(move |conn, context| {
            let state = if well { ImportState::Done } else { ImportState::Failed };
            let sealed = seal(conn, context, human, id, &report)?;
            let connection = shown_as.map(|connection| connection.0);
            let now = context.now().0;
            found(conn.run(LOOKED, params![human.0, id.0, session.0, state.number(), sealed, connection, now])?)
        })
        .await
    }
}

/// Fails with `NotFound` unless the session is open and that person's.
pub(super) fn open(conn: Conn<'_>, context: &Context, human: HumanId, session: SessionId) -> Result<(), StoreError> {
    let now = context.now();
    sessions::by_id(conn, &context.vault, session)?
        .filter(|s| s.human_id == human && s.state == SessionState::Open && s.expires_at > now)
        .map(drop)
        .ok_or(StoreError::NotFound)
}

/// The session is finalised: its files are the person's, and are read. Those of which nothing could be read go.
pub(crate) fn release(conn: Conn<'_>, context: &Context, human: HumanId, session: SessionId) -> Result<(), StoreError> {
    let now = context.now();
    conn.run(DROP_FRUITLESS, [session.0])?;
    let waiting = ImportState::Waiting.number();
    let states: Vec<i64> = conn.all(RELEASE, params![session.0, now.0], |row| Ok(row.get(0)?))?;
    if states.contains(&waiting) {
        let payload = serde_json::json!({ "human": human });
        jobs::put(conn, context, jobs::IMPORT, &human.to_string(), &payload, Priority::Normal, now)?;
    }
    Ok(())
}

/// Forgets the files of a session that nobody finalised; the caller removes them.
pub(crate) fn forget(conn: Conn<'_>, session: SessionId) -> Result<Vec<ImportId>, StoreError> {
    conn.all(DROP, [session.0], id_of)
}

//! Imports of files: what is read or was read, how far, and what came of it.

use hilum_model::{Batch, ConnectionId, HumanId, ImportId, Phi, SessionId, Time};
use rusqlite::{Params, Row, params};

use crate::apply::{self, Applied};
use crate::connections::Cursor;
use crate::crypto::{Place, Vault};
use crate::db::{Conn, Sql, found, statements};
use crate::jobs::{self, Priority};
use crate::store::Context;
use crate::{Store, StoreError};

/// The columns of a row, in the order of [`read`].
macro_rules! columns {
    () => {
        "human_id, import_id, connection_id, state, position, sealed_report, bytes_total, bytes_done, inserted,
        updated, unchanged, created_at, updated_at, pending"
    };
}

// After the macro, which it uses.
pub(crate) mod pending;

statements! {
    INSERT = "INSERT INTO imports
        (human_id, import_id, connection_id, state, fingerprint, position, sealed_report, bytes_total, bytes_done,
         inserted, updated, unchanged, created_at, updated_at, pending)
        VALUES ($1, $2, NULL, $3, $4, NULL, $5, $6, 0, 0, 0, 0, $7, $7, $8)";
    GET = concat!("SELECT ", columns!(), " FROM imports WHERE human_id = $1 AND import_id = $2");
    LIST = concat!(
        "SELECT ", columns!(), " FROM imports WHERE human_id = $1 AND pending IS NULL
        ORDER BY created_at DESC, import_id"
    );
    BUSY = "SELECT 1 FROM imports
        WHERE human_id = $1 AND pending IS $2 AND fingerprint IS NULL AND (state = 1 OR state = 2) LIMIT 1";
    NEXT = concat!(
        "SELECT ", columns!(), " FROM imports
        WHERE human_id = $1 AND fingerprint IS NULL AND (state = 1 OR state = 2)
        ORDER BY created_at, import_id LIMIT 1"
    );
    UNFINISHED = concat!(
        "SELECT ", columns!(), " FROM imports WHERE human_id = $1 AND fingerprint = $2 AND state = 2"
    );
    IDS = "SELECT import_id FROM imports WHERE human_id = $1";
    SPOOLED = "SELECT 1 FROM imports WHERE import_id = $1 AND fingerprint IS NULL
        AND (state < 3 OR (pending IS NOT NULL AND (state = 3 OR bytes_done > 0)))";
    DROP_COMING_IN = "DELETE FROM imports WHERE human_id = $1 AND pending IS $2 AND state = 0 RETURNING import_id";
    DROP_OLD = "DELETE FROM imports WHERE human_id = $1 AND state > 2 AND pending IS NULL AND import_id NOT IN (
        SELECT import_id FROM imports WHERE human_id = $1 AND state > 2 AND pending IS NULL
        ORDER BY created_at DESC, import_id LIMIT $2)";
    ABANDONED = "SELECT import_id FROM imports WHERE state = 0 AND updated_at < $1";
    DROP_ABANDONED = "DELETE FROM imports WHERE import_id = $1 AND state = 0 AND updated_at < $2";
    TOUCH = "UPDATE imports SET updated_at = $3 WHERE human_id = $1 AND import_id = $2 AND state = 0";
    RECEIVED = "UPDATE imports SET state = 1, bytes_total = $3, updated_at = $4
        WHERE human_id = $1 AND import_id = $2 AND state = 0";
    START = "UPDATE imports SET state = 2, connection_id = $3, updated_at = $4
        WHERE human_id = $1 AND import_id = $2 AND pending IS NULL AND (state = 1 OR state = 2)";
    STEP = "UPDATE imports SET position = $3, sealed_report = $4, bytes_done = $5, inserted = inserted + $6,
        updated = updated + $7, unchanged = unchanged + $8, updated_at = $9
        WHERE human_id = $1 AND import_id = $2 AND state = 2";
    END = "UPDATE imports SET state = $3, sealed_report = $4, updated_at = $5,
        bytes_done = CASE WHEN $3 = 3 AND bytes_total IS NOT NULL THEN bytes_total ELSE bytes_done END
        WHERE human_id = $1 AND import_id = $2 AND pending IS NULL AND (state = 1 OR state = 2)";
    CANCEL = "UPDATE imports SET state = 4, sealed_report = $4, updated_at = $5,
        bytes_done = CASE WHEN pending IS NULL THEN bytes_done ELSE 0 END
        WHERE human_id = $1 AND import_id = $2 AND pending IS $3 AND state < 3";
}

/// Ended imports of a person that are kept to be looked at.
const KEPT: i64 = 20;
/// Name of the cursor of a connection whose data come from files.
const STREAM: &str = "file";

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportState {
    /// The file comes in.
    Receiving,
    /// The file is here and waits to be read.
    Waiting,
    /// It is being read.
    Reading,
    /// It was read to its end.
    Done,
    /// It could not be read, or not to its end; what came before is kept.
    Failed,
}

impl ImportState {
    /// The stored number.
    const fn number(self) -> i64 {
        match self {
            Self::Receiving => 0,
            Self::Waiting => 1,
            Self::Reading => 2,
            Self::Done => 3,
            Self::Failed => 4,
        }
    }
    fn from_number(number: i64) -> Result<Self, StoreError> {
        [Self::Receiving, Self::Waiting, Self::Reading, Self::Done, Self::Failed]
            .into_iter()
            .find(|state| state.number() == number)
            .ok_or(StoreError::Damaged("imports.state"))
    }
}

/// An import.
#[derive(Debug, Clone)]
pub struct Import {
    /// Person.
    pub human_id: HumanId,
    /// Id.
    pub import_id: ImportId,
    /// Where its data go; `None` until the format is known.
    pub connection_id: Option<ConnectionId>,
    /// The session whose page brought it, until that is finalised: the file is looked through, nothing is stored.
    pub pending: Option<SessionId>,
    /// State.
    pub state: ImportState,
    /// Where its reading goes on; the reader's own words.
    pub position: Option<String>,
    /// What was found; the engine's JSON.
    pub report: Phi<String>,
    /// Bytes of the file, once known.
    pub bytes_total: Option<u64>,
    /// Bytes read and applied.
    pub bytes_done: u64,
    /// What it changed so far.
    pub applied: Applied,
    /// Begun.
    pub created_at: Time,
    /// Changed.
    pub updated_at: Time,
}

/// How an import begins.
#[derive(Debug)]
pub enum Beginning {
    /// The file will be uploaded.
    Upload {
        /// Its bytes, where that is said.
        bytes: Option<u64>,
        /// The session whose page brings it.
        pending: Option<SessionId>,
    },
    /// The file is read where it lies.
    InPlace {
        /// What tells the file from others, a keyed hash.
        fingerprint: [u8; 32],
        /// Its bytes.
        bytes: u64,
    },
}

/// A batch of a file that is read.
#[derive(Debug)]
pub struct ImportStep {
    /// Import.
    pub import_id: ImportId,
    /// Where reading goes on after this batch.
    pub position: String,
    /// Bytes of the file read so far.
    pub bytes_done: u64,
    /// What was found so far.
    pub report: Phi<String>,
}

impl Store {
    /// Begins an import. An upload takes the place of one of the person's that has not come in whole, and fails with
    /// `Exists` while another one waits or is read; uploads of a session's page know of those of that session alone. Fails
    /// with `NotFound` when the session is not open (any more).
    pub async fn begin_import(
        &self,
        human: HumanId,
        id: ImportId,
        beginning: Beginning,
        report: Phi<String>,
    ) -> Result<Import, StoreError> {
        let (import, replaced) = self
            .write(move |conn, context| {
                let (state, fingerprint, bytes, pending) = match beginning {
                    Beginning::Upload { bytes, pending } => (ImportState::Receiving, None, bytes, pending),
                    Beginning::InPlace { fingerprint, bytes } => {
                        (ImportState::Reading, Some(fingerprint.to_vec()), Some(bytes), None)
                    }
                };
                if let Some(session) = pending {
                    pending::open(conn, context, human, session)?;
                }
                let pending = pending.map(|session| session.0);
                let mut replaced = Vec::new();
                if fingerprint.is_none() {
                    if conn.one(BUSY, params![human.0, pending], |_| Ok(()))?.is_some() {
                        return Err(StoreError::Exists);
                    }
                    replaced = conn.all(DROP_COMING_IN, params![human.0, pending], id_of)?;
                }
                conn.run(DROP_OLD, params![human.0, KEPT])?;
                let sealed = seal(conn, context, human, id, &report)?;
                let (bytes, now) = (bytes.map(stored), context.now().0);
                conn.run(INSERT, params![human.0, id.0, state.number(), fingerprint, sealed, bytes, now, pending])?;
                Ok((find(conn, &context.vault, human, id)?.ok_or(StoreError::NotFound)?, replaced))
            })
            .await?;
        for old in replaced {
            self.remove_spool(old)?;
        }
        Ok(import)
    }

    /// One of a person's, also one that is pending in a session.
    pub fn import(&self, human: HumanId, id: ImportId) -> Result<Option<Import>, StoreError> {
        self.read(|conn| conn.snapshot(|conn| find(conn, &self.context.vault, human, id)))
    }

    /// A person's imports, newest first; of those that have ended the last twenty. None that is pending in a session.
    pub fn imports(&self, human: HumanId) -> Result<Vec<Import>, StoreError> {
        self.read(|conn| list(conn, &self.context.vault, LIST, [human.0]))
    }

    /// The person's uploaded file whose turn it is.
    pub fn next_import(&self, human: HumanId) -> Result<Option<Import>, StoreError> {
        Ok(self.read(|conn| list(conn, &self.context.vault, NEXT, [human.0]))?.pop())
    }

    /// The import of a file that is read where it lies, if it has begun and not ended.
    pub fn unfinished_import(&self, human: HumanId, fingerprint: [u8; 32]) -> Result<Option<Import>, StoreError> {
        Ok(self.read(|conn| list(conn, &self.context.vault, UNFINISHED, params![human.0, fingerprint]))?.pop())
    }

    /// More of an upload came in. `NotFound` when another one has taken its place.
    pub async fn touch_import(&self, human: HumanId, id: ImportId) -> Result<(), StoreError> {
        self.write(move |conn, context| found(conn.run(TOUCH, params![human.0, id.0, context.now().0])?)).await
    }

    /// An upload of so many bytes has come in: it waits to be read, and the job that reads it is queued. `NotFound` when
    /// another one has taken its place.
    pub async fn import_received(&self, human: HumanId, id: ImportId, bytes: u64) -> Result<(), StoreError> {
        self.write(move |conn, context| {
            let now = context.now();
            found(conn.run(RECEIVED, params![human.0, id.0, stored(bytes), now.0])?)?;
            let payload = serde_json::json!({ "human": human });
            jobs::put(conn, context, jobs::IMPORT, &human.to_string(), &payload, Priority::Normal, now)
        })
        .await
    }

    /// Its reading begins, or goes on; its data go to that connection.
    pub async fn start_import(&self, human: HumanId, id: ImportId, to: ConnectionId) -> Result<(), StoreError> {
        self.write(move |conn, context| found(conn.run(START, params![human.0, id.0, to.0, context.now().0])?)).await
    }

    /// Applies a batch of a file and notes how far its reading is, in one transaction. `NotFound` when the import or the
    /// person is gone, or the connection is disconnected.
    pub async fn apply_import(
        &self,
        human: HumanId,
        connection: ConnectionId,
        batch: Batch,
        step: ImportStep,
    ) -> Result<Applied, StoreError> {
        // Opened here, the person's key is remembered; the writer would open it anew for each batch.
        self.read(|conn| self.context.vault.person(conn, human))?;
        self.write(move |conn, context| {
            let now = context.now();
            let today = now.utc_day();
            let cursor = Cursor {
                stream: STREAM.to_owned(),
                oldest: today,
                newest: today,
                history_done: true,
                synced_at: Some(now),
            };
            let applied = apply::run(conn, context, human, connection, batch, Some(&cursor), apply::Told::By(&[]))?;
            let id = step.import_id;
            let sealed = seal(conn, context, human, id, &step.report)?;
            let counts = [applied.inserted, applied.updated, applied.unchanged].map(stored);
            found(conn.run(
                STEP,
                params![
                    human.0,
                    id.0,
                    step.position,
                    sealed,
                    stored(step.bytes_done),
                    counts[0],
                    counts[1],
                    counts[2],
                    now.0
                ],
            )?)?;
            Ok(applied)
        })
        .await
    }

    /// Its reading has ended, well or with an error that the report names. `NotFound` when it had ended before, or is gone.
    pub async fn end_import(
        &self,
        human: HumanId,
        id: ImportId,
        well: bool,
        report: Phi<String>,
    ) -> Result<(), StoreError> {
        self.write(move |conn, context| {
            let state = if well { ImportState::Done } else { ImportState::Failed };
            let sealed = seal(conn, context, human, id, &report)?;
            found(conn.run(END, params![human.0, id.0, state.number(), sealed, context.now().0])?)
        })
        .await
    }

    /// Ends an import before its time: what was applied stays. `edit` adds to its report. Fails with `NotFound` when there
    /// is no such import of the person (and session), `Exists` when it has ended already.
    pub async fn cancel_import(
        &self,
        human: HumanId,
        id: ImportId,
        pending: Option<SessionId>,
        edit: impl FnOnce(&Phi<String>) -> Phi<String> + Send + 'static,
    ) -> Result<(), StoreError> {
        self.write(move |conn, context| {
            let import = find(conn, &context.vault, human, id)?.filter(|import| import.pending == pending);
            let import = import.ok_or(StoreError::NotFound)?;
            let sealed = seal(conn, context, human, id, &edit(&import.report))?;
            let of = pending.map(|session| session.0);
            let changed = conn.run(CANCEL, params![human.0, id.0, of, sealed, context.now().0])?;
            if changed == 1 { Ok(()) } else { Err(StoreError::Exists) }
        })
        .await
    }

    /// Uploads of which nothing has come since then.
    pub fn abandoned_imports(&self, since: Time) -> Result<Vec<ImportId>, StoreError> {
        self.read(|conn| conn.all(ABANDONED, [since.0], id_of))
    }

    /// Forgets such an upload.
    pub async fn drop_abandoned_import(&self, id: ImportId, since: Time) -> Result<(), StoreError> {
        self.write(move |conn, _| conn.run(DROP_ABANDONED, params![id.0, since.0]).map(drop)).await
    }

    /// Whether the uploaded file of that id is needed (still).
    pub fn needs_spool(&self, id: ImportId) -> Result<bool, StoreError> {
        self.read(|conn| Ok(conn.one(SPOOLED, [id.0], |_| Ok(()))?.is_some()))
    }
}

/// Ids of all imports of a person.
pub(crate) fn ids(conn: Conn<'_>, human: HumanId) -> Result<Vec<ImportId>, StoreError> {
    conn.all(IDS, [human.0], id_of)
}

/// One of a person's.
pub(crate) fn find(conn: Conn<'_>, vault: &Vault, human: HumanId, id: ImportId) -> Result<Option<Import>, StoreError> {
    Ok(list(conn, vault, GET, params![human.0, id.0])?.pop())
}

fn list(conn: Conn<'_>, vault: &Vault, sql: Sql, params: impl Params) -> Result<Vec<Import>, StoreError> {
    conn.snapshot(|conn| {
        let rows = conn.all(sql, params, |row| Ok((read(row)?, row.get::<_, Vec<u8>>(5)?)))?;
        let open = |(mut import, sealed): (Import, Vec<u8>)| {
            let key = vault.person(conn, import.human_id)?;
            import.report = Phi::new(key.open_text(&place(import.human_id, import.import_id), &sealed)?);
            Ok(import)
        };
        rows.into_iter().map(open).collect()
    })
}

fn read(row: &Row<'_>) -> Result<Import, StoreError> {
    let count = |column: usize| {
        let number: i64 = row.get(column)?;
        u64::try_from(number).map_err(|_| StoreError::Damaged("imports"))
    };
    Ok(Import {
        human_id: HumanId(row.get(0)?),
        import_id: ImportId(row.get(1)?),
        connection_id: row.get::<_, Option<[u8; 12]>>(2)?.map(ConnectionId),
        state: ImportState::from_number(row.get(3)?)?,
        position: row.get(4)?,
        report: Phi::default(),
        bytes_total: row.get::<_, Option<i64>>(6)?.map(i64::unsigned_abs),
        bytes_done: count(7)?,
        applied: Applied { inserted: count(8)?, updated: count(9)?, unchanged: count(10)?, ..Applied::default() },
        created_at: Time(row.get(11)?),
        updated_at: Time(row.get(12)?),
        pending: row.get::<_, Option<[u8; SessionId::BYTES]>>(13)?.map(SessionId),
    })
}

fn id_of(row: &Row<'_>) -> Result<ImportId, StoreError> {
    Ok(ImportId(row.get(0)?))
}

/// Counts of bytes and rows as SQL keeps them; none comes near the bound.
fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn seal(
    conn: Conn<'_>,
    context: &Context,
    human: HumanId,
    id: ImportId,
    report: &Phi<String>,
) -> Result<Vec<u8>, StoreError> {
    let key = context.vault.person(conn, human)?;
    key.seal(context.vault.random(), &place(human, id), report.expose().as_bytes())
}

fn place(human: HumanId, id: ImportId) -> Place {
    Place::new("imports.sealed_report").id(&human.0).id(&id.0)
}

//! The store's part of `hilum doctor`: is the file sound, and does what is sealed in it open?

use hilum_model::{ConnectionId, Day, HumanId, ImportId, Kind, Metric, RecordId, SessionId};
use rusqlite::Row;

use crate::db::{Conn, Sql, statements};
use crate::series::{self, Slot};
use crate::store::Context;
use crate::{Store, StoreError, archive, connections, grants, humans, imports, jobs, records, sessions};

statements! {
    INTEGRITY = "PRAGMA integrity_check(20)";
    REFERENCES = "PRAGMA foreign_key_check";
    // The newest rows: a sample that is cheap to take, and the one that a fresh fault shows in first.
    APP = "SELECT client_id FROM apps ORDER BY created_at DESC LIMIT 1";
    HUMAN = "SELECT human_id FROM humans ORDER BY created_at DESC LIMIT 1";
    SESSION = "SELECT session_id FROM sessions ORDER BY created_at DESC LIMIT 1";
    CONNECTION = "SELECT human_id, connection_id FROM connections ORDER BY connected_at DESC LIMIT 1";
    GRANT = "SELECT human_id, connection_id FROM grants ORDER BY obtained_at DESC LIMIT 1";
    IMPORT = "SELECT human_id, import_id FROM imports ORDER BY human_id DESC LIMIT 1";
    PAYLOAD = "SELECT human_id, connection_id, payload FROM payloads ORDER BY rowid DESC LIMIT 1";
    JOB = "SELECT kind, key, sealed_payload FROM jobs ORDER BY id DESC LIMIT 1";
    RECORD = "SELECT human_id, kind, record_id FROM records LIMIT 1";
    CHUNK = "SELECT human_id, metric, day, series, part FROM chunks ORDER BY rowid DESC LIMIT 1";
}

impl Store {
    /// `PRAGMA integrity_check`, references, and the opening of one ciphertext of each table; for `hilum doctor`.
    /// Returns problems found, one sentence each, without stored values.
    pub fn check(&self) -> Result<Vec<String>, StoreError> {
        self.read(|conn| conn.snapshot(|conn| check(conn, &self.context)))
    }
}

fn check(conn: Conn<'_>, context: &Context) -> Result<Vec<String>, StoreError> {
    let vault = &context.vault;
    let mut problems = conn.all(INTEGRITY, [], |row| Ok(row.get::<_, String>(0)?))?;
    problems.retain(|line| line != "ok");
    problems.extend(conn.all(REFERENCES, [], |row| {
        Ok(format!(
            "a row of {} refers to one of {} that is not there",
            row.get::<_, String>(0)?,
            row.get::<_, String>(2)?
        ))
    })?);
    let tables: [(&str, Result<(), StoreError>); 10] = [
        ("apps", opens(conn, APP, |row| vault.check_app(conn, hilum_model::ClientId(row.get(0)?)))),
        ("humans", opens(conn, HUMAN, |row| present(humans::by_id(conn, vault, HumanId(row.get(0)?))?))),
        ("sessions", opens(conn, SESSION, |row| present(sessions::by_id(conn, vault, SessionId(row.get(0)?))?))),
        (
            "connections",
            opens(conn, CONNECTION, |row| {
                present(connections::find(conn, vault, HumanId(row.get(0)?), ConnectionId(row.get(1)?))?)
            }),
        ),
        (
            "grants",
            opens(conn, GRANT, |row| {
                present(grants::find(conn, vault, HumanId(row.get(0)?), ConnectionId(row.get(1)?))?)
            }),
        ),
        (
            "imports",
            opens(conn, IMPORT, |row| {
                present(imports::find(conn, vault, HumanId(row.get(0)?), ImportId(row.get(1)?))?)
            }),
        ),
        (
            "payloads",
            opens(conn, PAYLOAD, |row| {
                let (human, connection) = (HumanId(row.get(0)?), ConnectionId(row.get(1)?));
                present(archive::find(conn, vault, human, connection, row.get(2)?)?)
            }),
        ),
        (
            "jobs",
            opens(conn, JOB, |row| {
                let (kind, key, sealed): (String, String, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
                jobs::open_payload(vault, &kind, &key, &sealed).map(drop)
            }),
        ),
        (
            "records",
            opens(conn, RECORD, |row| {
                let kind = Kind::from_number(row.get(1)?).ok_or(StoreError::Damaged("records.kind"))?;
                present(records::find(conn, vault, HumanId(row.get(0)?), kind, RecordId(row.get(2)?))?)
            }),
        ),
        (
            "chunks",
            opens(conn, CHUNK, |row| {
                let human = HumanId(row.get(0)?);
                let metric = Metric::from_number(row.get(1)?).ok_or(StoreError::Damaged("chunks.metric"))?;
                let slot = Slot { human, metric, day: Day(row.get(2)?), series: row.get(3)? };
                let body = series::read_body(conn, &*vault.person(conn, human)?, slot, row.get(4)?)?;
                hilum_model::chunk::Chunk::decode(&body.unwrap_or_default())
                    .map(drop)
                    .map_err(|_| StoreError::Damaged("chunks.sealed_body"))
            }),
        ),
    ];
    for (table, result) in tables {
        if let Err(error) = result {
            problems.push(format!("table {table}: {error}"));
        }
    }
    Ok(problems)
}

/// Runs `open` on the row that a statement picks, if the table is not empty.
fn opens(conn: Conn<'_>, pick: Sql, open: impl FnOnce(&Row<'_>) -> Result<(), StoreError>) -> Result<(), StoreError> {
    conn.one(pick, [], open).map(|_| ())
}

/// `NotFound` when a row that was just picked is not found by its key.
fn present<T>(found: Option<T>) -> Result<(), StoreError> {
    found.map(drop).ok_or(StoreError::NotFound)
}

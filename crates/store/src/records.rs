//! Sparse records: reading lists of them, and storing one.
use hilum_model::{ConnectionId, Day, HumanId, Kind, Record, RecordId, Time};
use rusqlite::{Row, params};

use crate::changes::{self, What};
use crate::crypto::{Place, Sealer, Vault};
use crate::db::{Conn, statements};
use crate::{Store, StoreError};

/// The conditions of a [`Filter`], as parameters 3 to 9. A list of connections is a JSON array of hex ids.
macro_rules! conditions {
    () => {
        "human_id = $1 AND kind = $2
        AND ($3 IS NULL OR day >= $3) AND ($4 IS NULL OR day <= $4)
        AND ($5 IS NULL OR created_at >= $5) AND ($6 IS NULL OR created_at < $6)
        AND ($7 IS NULL OR updated_at >= $7) AND ($8 IS NULL OR updated_at < $8)
        AND ($9 IS NULL OR lower(hex(connection_id)) IN (SELECT value FROM json_each($9)))"
    };
}

pub(crate) use conditions;

statements! {
    COUNT = concat!("SELECT count(*) FROM records WHERE ", conditions!());
    LIST = concat!(
        "SELECT record_id, connection_id, created_at, updated_at, sealed_body FROM records
        WHERE ", conditions!(), " ORDER BY start_at DESC, record_id LIMIT $10 OFFSET $11"
    );
    GET = "SELECT record_id, connection_id, created_at, updated_at, sealed_body FROM records
        WHERE human_id = $1 AND kind = $2 AND record_id = $3";
    BETWEEN = "SELECT record_id, connection_id, created_at, updated_at, sealed_body FROM records
        WHERE human_id = $1 AND kind = $2 AND start_at >= $3 AND start_at <= $4
        AND ($5 IS NULL OR lower(hex(connection_id)) IN (SELECT value FROM json_each($5)))
        ORDER BY start_at DESC, record_id";
    OF_DAY = "SELECT record_id, connection_id, created_at, updated_at, sealed_body FROM records
        WHERE human_id = $1 AND connection_id = $2 AND kind = $3 AND day = $4 ORDER BY start_at, record_id";
    OF_DAYS = "SELECT record_id, connection_id, created_at, updated_at, sealed_body FROM records
        WHERE human_id = $1 AND connection_id = $2 AND kind = $3 AND day >= $4 AND day <= $5";
    PUT = "INSERT INTO records
        (human_id, kind, record_id, connection_id, start_at, day, created_at, updated_at, sealed_body)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)
        ON CONFLICT (human_id, kind, record_id) DO UPDATE SET start_at = excluded.start_at, day = excluded.day,
        updated_at = excluded.updated_at, sealed_body = excluded.sealed_body";
    DELETE = "DELETE FROM records WHERE human_id = $1 AND kind = $2 AND record_id = $3";
}

/// Which rows of a list, and how many. All conditions must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Only these connections; `None` for all.
    pub connections: Option<Vec<ConnectionId>>,
    /// First civil day.
    pub start_day: Option<Day>,
    /// Last civil day.
    pub end_day: Option<Day>,
    /// `createdAt` at or after.
    pub created_since: Option<Time>,
    /// `createdAt` before.
    pub created_before: Option<Time>,
    /// `updatedAt` at or after.
    pub updated_since: Option<Time>,
    /// `updatedAt` before.
    pub updated_before: Option<Time>,
    /// At most so many rows.
    pub limit: u32,
    /// Skip so many rows.
    pub offset: u64,
}

impl Filter {
    /// Whether a record meets the conditions, as the list of the store has it.
    pub fn holds(&self, row: &StoredRecord) -> bool {
        self.connections.as_ref().is_none_or(|wanted| wanted.contains(&row.connection_id))
            && self.has_day(row.record.day)
            && self.created_since.is_none_or(|since| row.created_at >= since)
            && self.created_before.is_none_or(|before| row.created_at < before)
            && self.updated_since.is_none_or(|since| row.updated_at >= since)
            && self.updated_before.is_none_or(|before| row.updated_at < before)
    }

    /// Whether a civil day is among those asked for.
    pub fn has_day(&self, day: Day) -> bool {
        self.start_day.is_none_or(|first| first <= day) && self.end_day.is_none_or(|last| day <= last)
    }
}

impl Default for Filter {
    /// Everything, first 50 rows.
    fn default() -> Self {
        Self {
            connections: None,
            start_day: None,
            end_day: None,
            created_since: None,
            created_before: None,
            updated_since: None,
            updated_before: None,
            limit: 50,
            offset: 0,
        }
    }
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The rows, newest first.
    pub rows: Vec<T>,
    /// Rows that match in all.
    pub total: u64,
}

impl<T> Default for Page<T> {
    /// An empty list.
    fn default() -> Self {
        Self { rows: Vec::new(), total: 0 }
    }
}

/// A record with what the store adds.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRecord {
    /// Public id.
    pub id: RecordId,
    /// Connection.
    pub connection_id: ConnectionId,
    /// The record.
    pub record: Record,
    /// First stored.
    pub created_at: Time,
    /// Last changed.
    pub updated_at: Time,
}

impl Store {
    /// A list, newest `start` first (then by id).
    pub fn records(&self, human: HumanId, kind: Kind, filter: &Filter) -> Result<Page<StoredRecord>, StoreError> {
        self.read(|conn| conn.snapshot(|conn| page(conn, &self.context.vault, human, kind, filter)))
    }
    /// One by id.
    pub fn record(&self, human: HumanId, kind: Kind, id: RecordId) -> Result<Option<StoredRecord>, StoreError> {
        self.read(|conn| conn.snapshot(|conn| find(conn, &self.context.vault, human, kind, id)))
    }
    /// One by the key that its source gave it.
    pub fn record_by_key(
        &self,
        human: HumanId,
        connection: ConnectionId,
        kind: Kind,
        key: &str,
    ) -> Result<Option<StoredRecord>, StoreError> {
        self.record(human, kind, id_of(&self.context.vault, human, connection, kind, key))
    }
    /// Whether what a source tells under a key is not stored yet, or not in this form. Without a record told: whether
    /// no record of any kind is stored under that key.
    pub fn is_news(
        &self,
        human: HumanId,
        connection: ConnectionId,
        key: &str,
        told: &[&Record],
    ) -> Result<bool, StoreError> {
        let vault = &self.context.vault;
        let stored = |conn: Conn<'_>, kind| find(conn, vault, human, kind, id_of(vault, human, connection, kind, key));
        self.read(|conn| {
            conn.snapshot(|conn| {
                if told.is_empty() {
                    for kind in Kind::ALL {
                        if stored(conn, kind)?.is_some() {
                            return Ok(false);
                        }
                    }
                    return Ok(true);
                }
                for record in told {
                    let Some(kind) = record.body.kind() else { continue };
                    let same = stored(conn, kind)?.is_some_and(|old| same(&old.record, record));
                    if !same {
                        return Ok(true);
                    }
                }
                Ok(false)
            })
        })
    }
    /// All that start within a range, both ends included, of these connections; `None` for all. Newest first.
    pub fn records_between(
        &self,
        human: HumanId,
        kind: Kind,
        (from, until): (Time, Time),
        connections: Option<&[ConnectionId]>,
    ) -> Result<Vec<StoredRecord>, StoreError> {
        let connections = connections.map(hex_list);
        self.read(|conn| {
            conn.snapshot(|conn| {
                let Some(key) = self.context.vault.find_person(conn, human)? else { return Ok(Vec::new()) };
                conn.all(BETWEEN, params![human.0, kind.number(), from.0, until.0, connections], |row| {
                    read_row(row, &key, human, kind)
                })
            })
        })
    }
    /// The newest.
    pub fn latest_record(&self, human: HumanId, kind: Kind) -> Result<Option<StoredRecord>, StoreError> {
        let filter = Filter { limit: 1, ..Filter::default() };
        self.read(|conn| conn.snapshot(|conn| Ok(rows(conn, &self.context.vault, human, kind, &filter)?.pop())))
    }
}

/// See [`Store::records`].
pub(crate) fn page(
    conn: Conn<'_>,
    vault: &Vault,
    human: HumanId,
    kind: Kind,
    filter: &Filter,
) -> Result<Page<StoredRecord>, StoreError> {
    if changes::nothing_new(conn, human, What::Records(kind), filter)? {
        return Ok(Page::default());
    }
    let conditions = Conditions::new(filter);
    let count = conn.one(
        COUNT,
        params![
            human.0,
            kind.number(),
            conditions.days.0,
            conditions.days.1,
            conditions.created.0,
            conditions.created.1,
            conditions.updated.0,
            conditions.updated.1,
            conditions.connections
        ],
        |row| Ok(row.get::<_, i64>(0)?),
    )?;
    let total = count.unwrap_or(0) as u64;
    let rows = if filter.offset >= total { Vec::new() } else { rows(conn, vault, human, kind, filter)? };
    Ok(Page { rows, total })
}

/// Connections as a JSON array of hex ids.
pub(crate) fn hex_list(ids: &[ConnectionId]) -> String {
    let hex: Vec<String> = ids.iter().map(ToString::to_string).collect();
    crate::db::list_json(&hex)
}

/// A filter as SQL parameters.
pub(crate) struct Conditions {
    pub(crate) days: (Option<i32>, Option<i32>),
    pub(crate) created: (Option<i64>, Option<i64>),
    pub(crate) updated: (Option<i64>, Option<i64>),
    pub(crate) connections: Option<String>,
}

impl Conditions {
    pub(crate) fn new(filter: &Filter) -> Self {
        let at = |time: Option<Time>| time.map(|t| t.0);
        Self {
            days: (filter.start_day.map(|d| d.0), filter.end_day.map(|d| d.0)),
            created: (at(filter.created_since), at(filter.created_before)),
            updated: (at(filter.updated_since), at(filter.updated_before)),
            connections: filter.connections.as_deref().map(hex_list),
        }
    }
}

pub(crate) fn rows(
    conn: Conn<'_>,
    vault: &Vault,
    human: HumanId,
    kind: Kind,
    filter: &Filter,
) -> Result<Vec<StoredRecord>, StoreError> {
    let Some(key) = vault.find_person(conn, human)? else { return Ok(Vec::new()) };
    let conditions = Conditions::new(filter);
    conn.all(
        LIST,
        params![
            human.0,
            kind.number(),
            conditions.days.0,
            conditions.days.1,
            conditions.created.0,
            conditions.created.1,
            conditions.updated.0,
            conditions.updated.1,
            conditions.connections,
            filter.limit,
            i64::try_from(filter.offset).unwrap_or(i64::MAX)
        ],
        |row| read_row(row, &key, human, kind),
    )
}

/// One by id.
pub(crate) fn find(
    conn: Conn<'_>,
    vault: &Vault,
    human: HumanId,
    kind: Kind,
    id: RecordId,
) -> Result<Option<StoredRecord>, StoreError> {
    let Some(key) = vault.find_person(conn, human)? else { return Ok(None) };
    conn.one(GET, params![human.0, kind.number(), id.0], |row| read_row(row, &key, human, kind))
}

/// The records of one connection's civil day, oldest first.
pub(crate) fn of_day(
    conn: Conn<'_>,
    key: &Sealer,
    human: HumanId,
    connection: ConnectionId,
    kind: Kind,
    day: Day,
) -> Result<Vec<StoredRecord>, StoreError> {
    conn.all(OF_DAY, params![human.0, connection.0, kind.number(), day.0], |row| read_row(row, key, human, kind))
}

/// The records of one connection's civil days, both ends included.
pub(crate) fn of_days(
    conn: Conn<'_>,
    key: &Sealer,
    human: HumanId,
    connection: ConnectionId,
    kind: Kind,
    (first, last): (Day, Day),
) -> Result<Vec<StoredRecord>, StoreError> {
    let params = params![human.0, connection.0, kind.number(), first.0, last.0];
    conn.all(OF_DAYS, params, |row| read_row(row, key, human, kind))
}

/// The id of a record: the same for the same key of the same connection, whenever it is read again.
pub(crate) fn id_of(vault: &Vault, human: HumanId, connection: ConnectionId, kind: Kind, key: &str) -> RecordId {
    let mac = vault.mac("records.record_id", &[&human.0, &connection.0, &[kind.number()], key.as_bytes()]);
    let mut id = [0; RecordId::BYTES];
    id.copy_from_slice(&mac[..RecordId::BYTES]);
    RecordId(id)
}

/// A record that is to be stored.
pub(crate) struct Put<'a> {
    pub(crate) human: HumanId,
    pub(crate) connection: ConnectionId,
    pub(crate) kind: Kind,
    pub(crate) id: RecordId,
    pub(crate) record: &'a Record,
    /// The same as [`to_body`] writes it.
    pub(crate) body: Vec<u8>,
}

/// A record as it is sealed. `None` when it could not be read again: a number in it is not finite.
pub(crate) fn to_body(record: &Record) -> Option<Vec<u8>> {
    let body = serde_json::to_vec(record).ok()?;
    serde_json::from_slice::<Record>(&body).is_ok().then_some(body)
}

/// Whether two records are the same as stored.
fn same(old: &Record, new: &Record) -> bool {
    old == new || to_body(new).is_some_and(|body| to_body(old) == Some(body))
}

/// Stores a record, new or changed.
pub(crate) fn put(conn: Conn<'_>, vault: &Vault, key: &Sealer, put: &Put<'_>, now: Time) -> Result<(), StoreError> {
    let sealed = key.seal(vault.random(), &place(put.human, put.kind, put.id), &put.body)?;
    conn.run(
        PUT,
        params![
            put.human.0,
            put.kind.number(),
            put.id.0,
            put.connection.0,
            put.record.start.0,
            put.record.day.0,
            now.0,
            sealed
        ],
    )?;
    Ok(())
}

/// Deletes a record. `false` if there was none.
pub(crate) fn delete(conn: Conn<'_>, human: HumanId, kind: Kind, id: RecordId) -> Result<bool, StoreError> {
    Ok(conn.run(DELETE, params![human.0, kind.number(), id.0])? > 0)
}

pub(crate) fn read_row(row: &Row<'_>, key: &Sealer, human: HumanId, kind: Kind) -> Result<StoredRecord, StoreError> {
    let id = RecordId(row.get(0)?);
    let sealed = row.get_ref(4)?.as_blob().map_err(|_| StoreError::Damaged("records.sealed_body"))?;
    Ok(StoredRecord {
        id,
        connection_id: ConnectionId(row.get(1)?),
        record: key.open_json(&place(human, kind, id), sealed)?,
        created_at: Time(row.get(2)?),
        updated_at: Time(row.get(3)?),
    })
}

fn place(human: HumanId, kind: Kind, id: RecordId) -> Place {
    Place::new("records.sealed_body").id(&human.0).int(i64::from(kind.number())).id(&id.0)
}

//! The archive: answers and posts as they came, for a limited time, so that a later parser can read them again.
//!
//! A payload is written in the transaction of the batch that came of it ([`Store::apply_told`]), so neither exists without
//! the other. What comes again the same is kept once. `archives` knows since when *every* batch of a connection is in the
//! archive: a batch that comes without its payload ends that, and what is older is not read again, because it could take
//! the place of newer data.

pub(crate) mod expire;
mod payload;

use hilum_model::{ConnectionId, HumanId, Time};
use rusqlite::params;

pub use self::payload::{Door, LARGEST, Payload};
use crate::connections::Cursor;
use crate::crypto::{Place, Vault};
use crate::db::{Conn, statements};
use crate::store::Context;
use crate::{Store, StoreError, apply};

statements! {
    LIST_ALL = "SELECT human_id, connection_id, since, first FROM archives ORDER BY human_id, connection_id";
    BEGIN_SPAN = "INSERT INTO archives (human_id, connection_id, since, first) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING";
    END_SPAN = "DELETE FROM archives WHERE human_id = $1 AND connection_id = $2";
    DELETE = "DELETE FROM payloads WHERE human_id = $1 AND connection_id = $2";
    NEWEST = "SELECT coalesce(max(last), 0) FROM payloads WHERE human_id = $1 AND connection_id = $2";
    LATEST_OF_SLOT = "SELECT payload, print FROM payloads WHERE human_id = $1 AND connection_id = $2 AND slot = $3
        ORDER BY last DESC LIMIT 1";
    AGAIN = "UPDATE payloads SET last = $4, again_at = $5, stored_at = $6
        WHERE human_id = $1 AND connection_id = $2 AND payload = $3";
    INSERT = "INSERT INTO payloads
        (human_id, connection_id, payload, last, door, stream, slot, print, page, received_at, again_at, stored_at,
         sealed_body)
        VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11)";
    MARKS = "SELECT payload, last, received_at, again_at FROM payloads
        WHERE human_id = $1 AND connection_id = $2 AND last >= $3 ORDER BY last";
    GET = "SELECT door, stream, page, sealed_body FROM payloads
        WHERE human_id = $1 AND connection_id = $2 AND payload = $3";
}

/// A connection of which every batch is in the archive since a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Person.
    pub human_id: HumanId,
    /// Connection.
    pub connection_id: ConnectionId,
    /// Whatever was stored of the connection since then came of a payload in the archive.
    pub since: Time,
    /// Number of the first of these payloads.
    pub first: i64,
}

/// When a payload came, by numbers that count what came to its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Its number: when it came first.
    pub payload: i64,
    /// The number when it came last; the same if it came once.
    pub last: i64,
    /// When it came first, as its parser was told.
    pub received: Time,
    /// When it came last.
    pub again: Time,
}

/// A payload out of the archive.
#[derive(Clone, PartialEq, Eq)]
pub struct Archived {
    /// How it came.
    pub door: Door,
    /// Stream of the provider.
    pub stream: String,
    /// Of a detail: the number of the answer that its item is in.
    pub page: Option<i64>,
    /// The person's zone, as its parser was told.
    pub time_zone: Option<String>,
    /// The bytes.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Archived {
    /// Without the bytes: they are health data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Archived({}, {} bytes)", self.stream, self.body.len())
    }
}

impl Store {
    /// [`Store::apply`] for what came of these payloads; they are kept with it, in the same transaction. A detail stands
    /// after the answer that its item is in. Without payloads (there are none, or they are not to be kept) the archive of the
    /// connection has a gap.
    pub async fn apply_told(
        &self,
        human: HumanId,
        connection: ConnectionId,
        batch: hilum_model::Batch,
        cursor: Option<Cursor>,
        payloads: Vec<Payload>,
    ) -> Result<apply::Applied, StoreError> {
        // Opened here, the person's key is remembered; the writer would open it anew for each batch.
        self.read(|conn| self.context.vault.person(conn, human))?;
        self.write(move |conn, context| {
            let told = apply::Told::By(&payloads);
            apply::run(conn, context, human, connection, batch, cursor.as_ref(), told)
        })
        .await
    }

    /// Every connection that has an archive without a gap.
    pub fn archives(&self) -> Result<Vec<Span>, StoreError> {
        self.read(|conn| {
            conn.all(LIST_ALL, [], |row| {
                let (human_id, connection_id) = (HumanId(row.get(0)?), ConnectionId(row.get(1)?));
                Ok(Span { human_id, connection_id, since: Time(row.get(2)?), first: row.get(3)? })
            })
        })
    }

    /// When the payloads of a span came, in the order in which they came last. 32 bytes each; the payloads stay where they
    /// are.
    pub fn archive_marks(&self, span: &Span) -> Result<Vec<Mark>, StoreError> {
        self.read(|conn| {
            conn.all(MARKS, params![span.human_id.0, span.connection_id.0, span.first], |row| {
                let (received, again) = (Time(row.get(2)?), Time(row.get(3)?));
                Ok(Mark { payload: row.get(0)?, last: row.get(1)?, received, again })
            })
        })
    }

    /// A payload; `None` when it is not kept (any more).
    pub fn archived(
        &self,
        human: HumanId,
        connection: ConnectionId,
        payload: i64,
    ) -> Result<Option<Archived>, StoreError> {
        self.read(|conn| find(conn, &self.context.vault, human, connection, payload))
    }
}

/// One of a connection.
pub(crate) fn find(
    conn: Conn<'_>,
    vault: &Vault,
    human: HumanId,
    connection: ConnectionId,
    payload: i64,
) -> Result<Option<Archived>, StoreError> {
    let Some(key) = vault.find_person(conn, human)? else { return Ok(None) };
    conn.one(GET, params![human.0, connection.0, payload], |row| {
        let sealed = row.get_ref(3)?.as_blob().map_err(|_| DAMAGED)?;
        let plain = key.open(&place(human, connection, payload), sealed)?;
        let (head, body) = payload::unpack(&plain).ok_or(DAMAGED)?;
        let door = Door::from_number(row.get(0)?, head.item).ok_or(DAMAGED)?;
        Ok(Archived { door, stream: row.get(1)?, page: row.get(2)?, time_zone: head.time_zone, body })
    })
}

const DAMAGED: StoreError = StoreError::Damaged("payloads.sealed_body");

/// Keeps the payloads of a batch.
pub(crate) fn keep(
    conn: Conn<'_>,
    context: &Context,
    human: HumanId,
    connection: ConnectionId,
    payloads: &[Payload],
) -> Result<(), StoreError> {
    let (key, now) = (context.vault.person(conn, human)?, context.now());
    let mut page = None;
    for payload in payloads {
        let newest: i64 = conn.one(NEWEST, params![human.0, connection.0], |row| Ok(row.get(0)?))?.unwrap_or(0);
        let next = newest + 1;
        let slot = context.vault.mac("payloads.slot", &[&human.0, &connection.0, &payload.slot]);
        let print = context.vault.mac("payloads.print", &[&human.0, &connection.0, &payload.print]);
        let known = conn.one(LATEST_OF_SLOT, params![human.0, connection.0, slot], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
        })?;
        let number = match known {
            Some((number, known)) if known == print => {
                let received = payload.received.0;
                conn.run(AGAIN, params![human.0, connection.0, number, next, received, now.0])?;
                number
            }
            _ => {
                let sealed = key.seal(context.vault.random(), &place(human, connection, next), &payload.packed)?;
                let of = page.filter(|_| matches!(payload.door, Door::Detail(_)));
                conn.run(
                    INSERT,
                    params![
                        human.0,
                        connection.0,
                        next,
                        payload.door.number(),
                        payload.stream,
                        slot,
                        print,
                        of,
                        payload.received.0,
                        now.0,
                        sealed
                    ],
                )?;
                next
            }
        };
        conn.run(BEGIN_SPAN, params![human.0, connection.0, now.0, next])?;
        page = Some(number);
    }
    Ok(())
}

/// Something was stored of a connection that no payload tells.
pub(crate) fn gap(conn: Conn<'_>, human: HumanId, connection: ConnectionId) -> Result<(), StoreError> {
    conn.run(END_SPAN, params![human.0, connection.0])?;
    Ok(())
}

/// Deletes the archive of a connection.
pub(crate) fn delete(conn: Conn<'_>, human: HumanId, connection: ConnectionId) -> Result<(), StoreError> {
    for sql in [DELETE, END_SPAN] {
        conn.run(sql, params![human.0, connection.0])?;
    }
    Ok(())
}

fn place(human: HumanId, connection: ConnectionId, payload: i64) -> Place {
    Place::new("payloads.sealed_body").id(&human.0).id(&connection.0).int(payload)
}

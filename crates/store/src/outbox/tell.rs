//! The events of connections: what changes of state, enrolments and syncs tell.
use hilum_model::{ConnectionId, Day, HumanId, Kind, Metric};
use rusqlite::{Row, params};
use serde_json::{Value, json};

use super::tally::{Tally, data_type, is_told};
use super::{EventType, NewEvent, app_of, put};
use crate::StoreError;
use crate::connections::ConnectionState;
use crate::db::{Conn, statements};
use crate::store::Context;

statements! {
    STANDING = "SELECT provider, state, pending IS NOT NULL FROM connections
        WHERE human_id = $1 AND connection_id = $2";
    HISTORY_DONE = "SELECT history_done FROM cursors WHERE human_id = $1 AND connection_id = $2 AND stream = $3";
    RECORDS = "SELECT kind, count(*), min(day), max(day) FROM records
        WHERE human_id = $1 AND connection_id = $2 GROUP BY kind";
    SERIES = "SELECT s.metric, sum(c.count), min(c.civil_min), max(c.civil_max) FROM series s
        JOIN chunks c ON c.human_id = s.human_id AND c.metric = s.metric AND c.series = s.series
        WHERE s.human_id = $1 AND s.connection_id = $2 GROUP BY s.metric";
}

/// How a connection stood before a change.
pub(crate) struct Standing {
    provider: String,
    state: ConnectionState,
    pending: bool,
}

/// How a connection stands; `None` if there is none.
pub(crate) fn standing(conn: Conn<'_>, human: HumanId, id: ConnectionId) -> Result<Option<Standing>, StoreError> {
    conn.one(STANDING, params![human.0, id.0], |row| {
        Ok(Standing { provider: row.get(0)?, state: ConnectionState::from_number(row.get(1)?)?, pending: row.get(2)? })
    })
}

/// Tells of a change of state. Pauses and what mends itself are no news.
pub(crate) fn changed(
    conn: Conn<'_>,
    context: &Context,
    of: (HumanId, ConnectionId),
    before: &Standing,
    state: ConnectionState,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    if before.pending || before.state == state {
        return Ok(());
    }
    let kind = match state {
        ConnectionState::NeedsReauth => EventType::NeedsReauth,
        ConnectionState::Disconnected => EventType::Disconnected,
        ConnectionState::Live if before.state == ConnectionState::NeedsReauth => EventType::Recovered,
        ConnectionState::Live | ConnectionState::ProviderDown | ConnectionState::Paused => return Ok(()),
    };
    let mut data = json!({"connectionId": of.1, "source": before.provider});
    if let Some(reason) = reason {
        data["reason"] = Value::from(reason);
    }
    one(conn, context, of.0, kind, data)
}

/// Tells that a real connection is there: new, or (`before`) one that was known and is authorised once more.
pub(crate) fn connected(
    conn: Conn<'_>,
    context: &Context,
    human: HumanId,
    id: ConnectionId,
    before: Option<&Standing>,
) -> Result<(), StoreError> {
    let Some(now) = standing(conn, human, id)? else { return Ok(()) };
    let kind = match before {
        Some(before) if before.state == ConnectionState::NeedsReauth => EventType::Recovered,
        _ => EventType::Connected,
    };
    let mut data = json!({"connectionId": id, "source": now.provider});
    if kind == EventType::Connected {
        data["reconnected"] = Value::Bool(before.is_some());
    }
    one(conn, context, human, kind, data)
}

/// Tells of the data that a connection brought before it became real (the first posts of a phone).
pub(crate) fn brought_along(
    conn: Conn<'_>,
    context: &Context,
    human: HumanId,
    id: ConnectionId,
) -> Result<(), StoreError> {
    let (Some(app), Some(standing)) = (app_of(conn, human)?, standing(conn, human, id)?) else { return Ok(()) };
    let days = |row: &Row<'_>| {
        let count: i64 = row.get(1)?;
        Ok::<_, StoreError>((count.unsigned_abs(), Day(row.get(2)?), Day(row.get(3)?)))
    };
    let mut tally = Tally::default();
    let records = conn.all(RECORDS, params![human.0, id.0], |row| Ok((row.get::<_, u8>(0)?, days(row)?)))?;
    for (number, (count, from, to)) in records {
        let kind = Kind::from_number(number).ok_or(StoreError::Damaged("records.kind"))?;
        if is_told(kind) {
            tally.note(kind.name(), EventType::DataCreated, count, from, to);
        }
    }
    let series = conn.all(SERIES, params![human.0, id.0], |row| Ok((row.get::<_, u8>(0)?, days(row)?)))?;
    for (number, (count, from, to)) in series {
        let metric = Metric::from_number(number).ok_or(StoreError::Damaged("series.metric"))?;
        tally.note(data_type(metric), EventType::DataCreated, count, from, to);
    }
    put(conn, context, app, Some(human), &tally.events(id, &standing.provider, context.now()))
}

/// Tells that a session was exchanged.
pub(crate) fn enrolled(
    conn: Conn<'_>,
    context: &Context,
    human: HumanId,
    created: bool,
    connections: &[ConnectionId],
) -> Result<(), StoreError> {
    let mode = if created { "create" } else { "edit" };
    one(conn, context, human, EventType::Enrolled, json!({"mode": mode, "connectionIds": connections}))
}

/// Whether a stream's past has been read to its beginning.
pub(crate) fn history_done(conn: Conn<'_>, human: HumanId, id: ConnectionId, stream: &str) -> Result<bool, StoreError> {
    Ok(conn.one(HISTORY_DONE, params![human.0, id.0, stream], |row| Ok(row.get(0)?))?.unwrap_or(false))
}

fn one(conn: Conn<'_>, context: &Context, human: HumanId, kind: EventType, data: Value) -> Result<(), StoreError> {
    match app_of(conn, human)? {
        Some(app) => put(conn, context, app, Some(human), &[NewEvent::live(kind, data)]),
        None => Ok(()),
    }
}

//! From the feed to the webhooks: each has its own place in it, so that telling an event costs the same however many
//! webhooks there are, and one that is off takes up again where it stopped.
use hilum_model::{ClientId, WebhookId};
use rusqlite::{Row, params};

use crate::db::{Conn, json_list, statements};
use crate::outbox::Lane;
use crate::store::Context;
use crate::{Store, StoreError};

/// Events that are handed out to one webhook in one write.
const SLICE: i64 = 200;
/// Deliveries of the slow lane that may wait; more are handed out when these are gone.
const WAITING: i64 = 1000;

statements! {
    BEHIND = "SELECT w.webhook_id, w.client_id, w.position, f.position, w.replay_position, w.replay_until,
        w.event_types, w.data_types FROM webhooks w JOIN event_feeds f ON f.client_id = w.client_id
        WHERE w.enabled = 1 AND (w.position < f.position OR (w.replay_position IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM deliveries d WHERE d.webhook_id = w.webhook_id AND d.lane = 2 LIMIT 1 OFFSET $1)))";
    EVENTS = "SELECT position, human_id, type, data_type, lane FROM events
        WHERE client_id = $1 AND position > $2 AND position <= $3 ORDER BY position LIMIT $4";
    PUT = "INSERT INTO deliveries (webhook_id, position, lane, human_id, state, attempt, run_at)
        VALUES ($1, $2, $3, $4, CASE WHEN EXISTS (
            SELECT 1 FROM deliveries WHERE webhook_id = $1 AND lane = $3 AND human_id = $4) THEN 0 ELSE 1 END, 0, $5)
        ON CONFLICT DO NOTHING";
    ADVANCE = "UPDATE webhooks SET position = $2 WHERE webhook_id = $1";
    ADVANCE_REPLAY = "UPDATE webhooks SET replay_position = $2 WHERE webhook_id = $1";
    END_REPLAY = "UPDATE webhooks SET replay_position = NULL, replay_until = NULL WHERE webhook_id = $1";
}

/// A webhook whose place is behind.
struct Behind {
    webhook: WebhookId,
    app: ClientId,
    position: i64,
    last: i64,
    /// What is handed out once more: after, and to.
    replay: Option<(i64, i64)>,
    event_types: Vec<String>,
    data_types: Vec<String>,
}

impl Store {
    /// Hands out events to the webhooks that are behind, a slice to each, with their new places in one write. `true` when
    /// there is more. Costs a read when nothing is new.
    pub async fn hand_out_events(&self) -> Result<bool, StoreError> {
        if self.read(behind)?.is_empty() {
            return Ok(false);
        }
        self.write(|conn, context| {
            let mut more = false;
            for one in behind(conn)? {
                more |= news(conn, context, &one)?;
                more |= replay(conn, context, &one)?;
            }
            Ok(more)
        })
        .await
    }
}

fn behind(conn: Conn<'_>) -> Result<Vec<Behind>, StoreError> {
    conn.all(BEHIND, [WAITING], |row| {
        Ok(Behind {
            webhook: WebhookId(row.get(0)?),
            app: ClientId(row.get(1)?),
            position: row.get(2)?,
            last: row.get(3)?,
            replay: row.get::<_, Option<i64>>(4)?.zip(row.get(5)?),
            event_types: json_list(row.get_ref(6)?, "webhooks.event_types")?,
            data_types: json_list(row.get_ref(7)?, "webhooks.data_types")?,
        })
    })
}

fn news(conn: Conn<'_>, context: &Context, one: &Behind) -> Result<bool, StoreError> {
    if one.position >= one.last {
        return Ok(false);
    }
    let last = slice(conn, context, one, (one.position, one.last), None)?;
    conn.run(ADVANCE, params![one.webhook.0, last.unwrap_or(one.last)])?;
    Ok(last.is_some())
}

fn replay(conn: Conn<'_>, context: &Context, one: &Behind) -> Result<bool, StoreError> {
    let Some(range) = one.replay else { return Ok(false) };
    match slice(conn, context, one, range, Some(Lane::Backfill))? {
        Some(last) => conn.run(ADVANCE_REPLAY, params![one.webhook.0, last])?,
        None => conn.run(END_REPLAY, [one.webhook.0])?,
    };
    // The rest is for later: when what waits is gone, or at the next look.
    Ok(false)
}

/// Hands out a slice of what lies after one place, to another. Returns how far it came when there may be more.
fn slice(
    conn: Conn<'_>,
    context: &Context,
    one: &Behind,
    (after, to): (i64, i64),
    lane: Option<Lane>,
) -> Result<Option<i64>, StoreError> {
    let (now, mut last, mut seen) = (context.now().0, after, 0);
    let events = conn.all(EVENTS, params![one.app.0, after, to, SLICE], |row| {
        seen += 1;
        last = row.get(0)?;
        Ok((last, row.get::<_, Vec<u8>>(1)?, wanted(row, one)?, row.get::<_, i64>(4)?))
    })?;
    for (position, human, wanted, own) in events {
        if wanted {
            conn.run(PUT, params![one.webhook.0, position, lane.map_or(own, Lane::number), human, now])?;
        }
    }
    Ok((seen == SLICE).then_some(last))
}

fn wanted(row: &Row<'_>, one: &Behind) -> Result<bool, StoreError> {
    let kind = row.get_ref(2)?.as_str().map_err(|_| StoreError::Damaged("events.type"))?;
    let data = row.get_ref(3)?.as_str_or_null().map_err(|_| StoreError::Damaged("events.data_type"))?;
    let by_kind = one.event_types.is_empty() || one.event_types.iter().any(|filter| matches(filter, kind));
    let by_data = data.is_none_or(|data| one.data_types.is_empty() || one.data_types.iter().any(|of| of == data));
    Ok(by_kind && by_data)
}

/// Whether a filter (`data.created`, `data.*`) takes a type.
fn matches(filter: &str, kind: &str) -> bool {
    filter.strip_suffix('*').map_or(filter == kind, |group| kind.starts_with(group))
}

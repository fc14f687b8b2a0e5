//! What is to be sent: claimed with a lease, so that what dies with its process is sent again; in order by person and
//! lane, of which one at a time is ready or under way.
use hilum_model::{ClientId, Time, WebhookId};
use rusqlite::params;
use serde_json::json;

use super::attempts::{self, Attempt};
use super::{WebhookKind, disable};
use crate::db::{Conn, statements};
use crate::outbox::{self, Event, EventType, Lane, NewEvent, feed};
use crate::store::Context;
use crate::{Store, StoreError};

statements! {
    LOADS = "SELECT w.webhook_id, w.failures, w.rest_until,
        (SELECT min(run_at) FROM deliveries d WHERE d.webhook_id = w.webhook_id AND d.lane = 1 AND d.state = 1),
        (SELECT min(lease_until) FROM deliveries d WHERE d.webhook_id = w.webhook_id AND d.lane = 1 AND d.state = 2),
        (SELECT min(run_at) FROM deliveries d WHERE d.webhook_id = w.webhook_id AND d.lane = 2 AND d.state = 1),
        (SELECT min(lease_until) FROM deliveries d WHERE d.webhook_id = w.webhook_id AND d.lane = 2 AND d.state = 2)
        FROM webhooks w WHERE w.enabled = 1";
    TAKE_BACK = "UPDATE deliveries SET state = 1, lease_until = NULL
        WHERE webhook_id = $1 AND lane = $2 AND state = 2 AND lease_until <= $3";
    CLAIM = "UPDATE deliveries SET state = 2, attempt = attempt + 1, lease_until = $4
        WHERE webhook_id = $1 AND position IN (
            SELECT position FROM deliveries WHERE webhook_id = $1 AND lane = $2 AND state = 1 AND run_at <= $3
            ORDER BY run_at, position LIMIT $5)
        RETURNING position, attempt";
    APP_OF = "SELECT client_id FROM webhooks WHERE webhook_id = $1 AND enabled = 1";
    RELEASE = "UPDATE deliveries SET state = 1, lease_until = NULL, run_at = $4
        WHERE webhook_id = $1 AND position = $2 AND state = 2 AND attempt = $3";
    DELETE = "DELETE FROM deliveries WHERE webhook_id = $1 AND position = $2 AND state = 2 AND attempt = $3
        RETURNING lane, human_id";
    NEXT = "UPDATE deliveries SET state = 1 WHERE webhook_id = $1 AND state = 0 AND position = (
            SELECT min(position) FROM deliveries WHERE webhook_id = $1 AND lane = $2 AND human_id = $3)";
    WORKED = "UPDATE webhooks SET failures = 0, failing_since = NULL, rest_until = NULL
        WHERE webhook_id = $1 AND failures > 0";
    FAILED = "UPDATE webhooks SET failures = failures + 1, failing_since = COALESCE(failing_since, $2)
        WHERE webhook_id = $1 RETURNING failures, failing_since, client_id, kind";
    REST = "UPDATE webhooks SET rest_until = $2 WHERE webhook_id = $1";
    FORGOTTEN = "DELETE FROM deliveries WHERE position <= $2
        AND webhook_id IN (SELECT webhook_id FROM webhooks WHERE client_id = $1)";
    HEADS = "UPDATE deliveries SET state = 1 WHERE state = 0
        AND webhook_id IN (SELECT webhook_id FROM webhooks WHERE client_id = $1)
        AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.webhook_id = deliveries.webhook_id
            AND d.lane = deliveries.lane AND d.human_id = deliveries.human_id AND d.position < deliveries.position)
        AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.webhook_id = deliveries.webhook_id
            AND d.lane = deliveries.lane AND d.human_id = deliveries.human_id AND d.state > 0)";
}

/// How much an enabled webhook has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Webhook.
    pub webhook_id: WebhookId,
    /// Failed tries in a row.
    pub failures: i64,
    /// Nothing is sent before.
    pub rest_until: Option<Time>,
    /// When something is due: in the live lane, in the slow one.
    pub due: [Option<Time>; 2],
}

/// A claimed delivery.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Where to.
    pub webhook_id: WebhookId,
    /// Which try it is, from 1; also what tells who holds it.
    pub attempt: i64,
    /// Queue that it came from.
    pub lane: Lane,
    /// What.
    pub event: Event,
}

/// What becomes of a delivery after a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It arrived.
    Delivered,
    /// It is tried again then.
    Retry(Time),
    /// It is not tried again.
    GiveUp,
}

/// The end of a try.
pub struct Ended {
    /// For the log.
    pub attempt: Attempt,
    /// What becomes of the delivery.
    pub then: Then,
    /// Until when the webhook rests, by its failures in a row (this one included).
    pub rest: Box<dyn FnOnce(i64) -> Option<Time> + Send>,
    /// Switches the webhook off, for a reason (a fixed word).
    pub disable: Option<&'static str>,
    /// A webhook that has failed since before then is switched off.
    pub failing_before: Time,
}

impl std::fmt::Debug for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ended").field("attempt", &self.attempt).field("then", &self.then).finish_non_exhaustive()
    }
}

impl Store {
    /// How much each enabled webhook has to do.
    pub fn webhook_loads(&self) -> Result<Vec<Load>, StoreError> {
        self.read(|conn| {
            conn.all(LOADS, [], |row| {
                let time = |column: usize| Ok::<_, StoreError>(row.get::<_, Option<i64>>(column)?.map(Time));
                let first = |a: Option<Time>, b: Option<Time>| a.into_iter().chain(b).min();
                Ok(Load {
                    webhook_id: WebhookId(row.get(0)?),
                    failures: row.get(1)?,
                    rest_until: time(2)?,
                    due: [first(time(3)?, time(4)?), first(time(5)?, time(6)?)],
                })
            })
        })
    }

    /// Claims due deliveries until `lease_until`: of each webhook and lane so many at the most, oldest first.
    pub async fn claim_deliveries(
        &self,
        wanted: Vec<(WebhookId, Lane, u32)>,
        lease_until: Time,
    ) -> Result<Vec<Delivery>, StoreError> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        self.write(move |conn, context| {
            let mut claimed = Vec::new();
            for (webhook, lane, limit) in wanted {
                claim(conn, context, (webhook, lane, limit), lease_until, &mut claimed)?;
            }
            Ok(claimed)
        })
        .await
    }

    /// Ends a try: the delivery goes or waits, the next of its person becomes ready, the webhook's failures are counted,
    /// the try is noted, all in one write. A delivery that somebody else holds by now stays theirs. Returns the reason
    /// when this switched the webhook off. Nothing happens when the webhook is gone.
    pub async fn end_delivery(&self, delivery: &Delivery, ended: Ended) -> Result<Option<&'static str>, StoreError> {
        let (id, position, attempt) = (delivery.webhook_id, delivery.event.position, delivery.attempt);
        let done = self.write(move |conn, context| {
            attempts::put(conn, id, &ended.attempt)?;
            match ended.then {
                Then::Retry(at) => _ = conn.run(RELEASE, params![id.0, position, attempt, at.0])?,
                Then::Delivered | Then::GiveUp => {
                    let key = conn.one(DELETE, params![id.0, position, attempt], |row| {
                        Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
                    })?;
                    if let Some((lane, human)) = key {
                        conn.run(NEXT, params![id.0, lane, human])?;
                    }
                }
            }
            if ended.then == Then::Delivered {
                conn.run(WORKED, [id.0])?;
                return Ok(None);
            }
            failed(conn, context, id, ended)
        });
        match done.await {
            Err(StoreError::NotFound) => Ok(None),
            other => other,
        }
    }
}

fn claim(
    conn: Conn<'_>,
    context: &Context,
    (webhook, lane, limit): (WebhookId, Lane, u32),
    lease_until: Time,
    claimed: &mut Vec<Delivery>,
) -> Result<(), StoreError> {
    let now = context.now();
    // Switched off or deleted since it was looked at.
    let Some(app) = conn.one(APP_OF, [webhook.0], |row| Ok(ClientId(row.get(0)?)))? else { return Ok(()) };
    conn.run(TAKE_BACK, params![webhook.0, lane.number(), now.0])?;
    let mut rows: Vec<(i64, i64)> =
        conn.all(CLAIM, params![webhook.0, lane.number(), now.0, lease_until.0, limit], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    rows.sort_unstable();
    for (position, attempt) in rows {
        if let Some(event) = feed::at(conn, &context.vault, app, position)? {
            claimed.push(Delivery { webhook_id: webhook, attempt, lane, event });
        } else if let Some(human) =
            conn.one(DELETE, params![webhook.0, position, attempt], |row| Ok(row.get::<_, Vec<u8>>(1)?))?
        {
            conn.run(NEXT, params![webhook.0, lane.number(), human])?;
        }
    }
    Ok(())
}

/// Counts a failure, and switches the webhook off where that is due.
fn failed(conn: Conn<'_>, context: &Context, id: WebhookId, ended: Ended) -> Result<Option<&'static str>, StoreError> {
    let now = context.now();
    let row = conn.one(FAILED, params![id.0, now.0], |row| {
        Ok((row.get::<_, i64>(0)?, Time(row.get(1)?), ClientId(row.get(2)?), row.get::<_, i64>(3)?))
    })?;
    let (failures, since, app, kind) = row.ok_or(StoreError::NotFound)?;
    if let Some(until) = (ended.rest)(failures) {
        conn.run(REST, params![id.0, until.0])?;
    }
    let reason = ended.disable.or_else(|| (since < ended.failing_before).then_some("failing"));
    let Some(reason) = reason else { return Ok(None) };
    if !disable(conn, id, reason, now)? {
        return Ok(None);
    }
    let notifications = WebhookKind::from_number(kind)? == WebhookKind::Notifications;
    let kind = if notifications { "notifications" } else { "webhook" };
    let event = NewEvent::live(EventType::WebhookDisabled, json!({"webhookId": id, "kind": kind, "reason": reason}));
    outbox::put(conn, context, app, None, &[event])?;
    Ok(Some(reason))
}

/// The events of an app up to a place are forgotten: what waits of them goes, and what stood behind it comes forward.
pub(crate) fn forget(conn: Conn<'_>, app: ClientId, position: i64) -> Result<(), StoreError> {
    if conn.run(FORGOTTEN, params![app.0, position])? > 0 {
        conn.run(HEADS, [app.0])?;
    }
    Ok(())
}

//! Reading an app's events in their order, and forgetting old ones.
use hilum_model::{ClientId, Time};
use rusqlite::params;

use super::{Event, columns, read};
use crate::crypto::Vault;
use crate::db::{Conn, statements};
use crate::{Store, StoreError, webhooks};

/// Events that one write forgets at the most.
const SLICE: u32 = 500;
/// Bytes of the keyed hash that an id ends with.
const TAG: usize = 4;

statements! {
    AFTER = concat!(
        "SELECT ", columns!(), " FROM events WHERE client_id = $1 AND position > $2 ORDER BY position LIMIT $3"
    );
    GET = concat!("SELECT ", columns!(), " FROM events WHERE client_id = $1 AND position = $2");
    LAST = "SELECT position FROM event_feeds WHERE client_id = $1";
    LIST = "SELECT client_id FROM event_feeds ORDER BY client_id";
    OLDEST = "SELECT position, at FROM events WHERE client_id = $1 ORDER BY position LIMIT $2";
    FIRST_SINCE = "SELECT position FROM events WHERE client_id = $1 AND at >= $2 ORDER BY position LIMIT 1";
    FORGET = "DELETE FROM events WHERE client_id = $1 AND position <= $2";
}

/// A place in an app's feed, after which reading goes on. Its text is the id of the event there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventCursor {
    /// Place.
    pub position: i64,
    /// When the event there happened.
    pub at: Time,
}

impl EventCursor {
    /// `evt_`, then in hex: the time (48 bits), the position (40 bits), a keyed hash of both and the app (32 bits), so
    /// that ids of different apps differ and nobody makes one up.
    pub(crate) fn text(self, vault: &Vault, app: ClientId) -> String {
        let tag = vault.mac("events.id", &[&app.0, &self.position.to_be_bytes(), &self.at.0.to_be_bytes()]);
        format!("evt_{:012x}{:010x}{}", self.at.0, self.position, hex::encode(&tag[..TAG]))
    }

    fn parse(vault: &Vault, app: ClientId, text: &str) -> Option<Self> {
        let digits = text.strip_prefix("evt_").filter(|digits| digits.len() == 30 && digits.is_ascii())?;
        let number = |digits: &str| i64::from_str_radix(digits, 16).ok();
        let cursor = Self { at: Time(number(&digits[..12])?), position: number(&digits[12..22])? };
        (cursor.text(vault, app) == text).then_some(cursor)
    }
}

impl Store {
    /// An app's events after a place (0: from the oldest that is kept), oldest first.
    pub fn events(&self, app: ClientId, after: i64, limit: u32) -> Result<Vec<Event>, StoreError> {
        let vault = &self.context.vault;
        self.read(|conn| conn.all(AFTER, params![app.0, after, limit], |row| read(row, vault, app)))
    }

    /// The place that an event's id names; `None` if it is no id of an event of this app. The event may be forgotten.
    pub fn event_cursor(&self, app: ClientId, id: &str) -> Option<EventCursor> {
        EventCursor::parse(&self.context.vault, app, id)
    }

    /// The place of the newest event of an app; 0 before the first.
    pub fn last_event(&self, app: ClientId) -> Result<i64, StoreError> {
        self.read(|conn| last(conn, app))
    }

    /// Resolves with each write that told events, after it is durable. Events of other processes are not seen.
    pub fn events_told(&self) -> tokio::sync::watch::Receiver<()> {
        self.news.subscribe()
    }

    /// Forgets events of before then, some of each app; and what waits to be sent of them. `true` when there may be more.
    pub async fn forget_events(&self, before: Time) -> Result<bool, StoreError> {
        let feeds = self.read(|conn| conn.all(LIST, [], |row| Ok(ClientId(row.get(0)?))))?;
        let mut more = false;
        for app in feeds {
            let oldest: Vec<(i64, i64)> =
                self.read(|conn| conn.all(OLDEST, params![app.0, SLICE], |row| Ok((row.get(0)?, row.get(1)?))))?;
            let old: Vec<i64> = oldest.into_iter().take_while(|(_, at)| *at < before.0).map(|(at, _)| at).collect();
            let Some(last) = old.last().copied() else { continue };
            more |= old.len() == SLICE as usize;
            self.write(move |conn, _| {
                conn.run(FORGET, params![app.0, last])?;
                webhooks::deliveries::forget(conn, app, last)
            })
            .await?;
        }
        Ok(more)
    }
}

/// The place of the newest event of an app.
pub(crate) fn last(conn: Conn<'_>, app: ClientId) -> Result<i64, StoreError> {
    Ok(conn.one(LAST, [app.0], |row| Ok(row.get(0)?))?.unwrap_or(0))
}

/// The place of the first event of then or later.
pub(crate) fn first_since(conn: Conn<'_>, app: ClientId, since: Time) -> Result<Option<i64>, StoreError> {
    conn.one(FIRST_SINCE, params![app.0, since.0], |row| Ok(row.get(0)?))
}

/// The event at a place.
pub(crate) fn at(conn: Conn<'_>, vault: &Vault, app: ClientId, position: i64) -> Result<Option<Event>, StoreError> {
    conn.one(GET, params![app.0, position], |row| read(row, vault, app))
}

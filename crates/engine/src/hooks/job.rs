//! Working on a notice: hints make streams due, pushed data are stored, ends of authorisations are honoured.

use hilum_model::{Batch, Day, Time};
use hilum_providers::spec::{Notice, Request, Stream, Window};
use hilum_store::StoreError;
use hilum_store::archive::{Door, Payload};
use hilum_store::connections::{Connection, ConnectionState, Cursor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::archive::{Deletion, asked};
use crate::backoff::backoff_ms;
use crate::jobs::{Outcome, Target};
use crate::sync::{Expect, Fetched, below, context, ignore_gone};
use crate::{Engine, ProviderConfig};

/// How long a notice is worked on when something is in the way, ms.
const GIVE_UP_MS: i64 = 86_400_000;

/// What the archive calls a request for pushed data: there was none.
const PUSHED: &str = "pushed";

/// What the archive calls the stream of deletions.
const DELETIONS: &str = "deletions";

/// A notice as it came.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NoticeOrder {
    pub(super) provider: String,
    pub(super) body: Value,
    pub(super) received: Time,
    /// The provider signed it. Otherwise whoever knows the address said so, and nothing is taken away on its word.
    pub(super) believed: bool,
}

/// When to come back, if something is in the way.
type Later = Option<Time>;

impl Engine {
    /// The job `notice`.
    pub(crate) async fn notice_job(&self, order: NoticeOrder, attempt: i64) -> Result<Outcome, StoreError> {
        let Some(config) = self.config.provider(&order.provider) else { return Ok(Outcome::Done) };
        let Some(webhook) = config.provider.webhook else { return Ok(Outcome::Done) };
        let mut later: Later = None;
        for notice in (webhook.read)(&order.body, order.received) {
            for row in self.store.connections_of_account(config.provider.id, account(&notice))? {
                let paused = matches!(row.state, ConnectionState::Disconnected | ConnectionState::Paused);
                if row.pending.is_some() || paused {
                    continue;
                }
                later = later.max(self.heed(config, &row, &notice, order.believed).await?);
            }
        }
        let now = self.clock.now();
        match later {
            Some(_) if now.since_ms(order.received) >= GIVE_UP_MS => {
                tracing::warn!(provider = order.provider, "notice given up: its data could not be had for a day");
                Ok(Outcome::Done)
            }
            Some(at) => {
                let own = now.plus_ms(backoff_ms(u32::try_from(attempt).unwrap_or(u32::MAX), &*self.random));
                Ok(Outcome::Retry(at.max(own), "not now"))
            }
            None => Ok(Outcome::Done),
        }
    }

    async fn heed(
        &self,
        config: &ProviderConfig,
        row: &Connection,
        notice: &Notice,
        believed: bool,
    ) -> Result<Later, StoreError> {
        let provider = config.provider;
        match notice {
            Notice::Look { streams, days, .. } => self.look(config, row, streams, *days).await.map(|()| None),
            Notice::Deauthorised { .. } if believed => {
                self.forget_sync(row.connection_id);
                let (state, reason) = (ConnectionState::NeedsReauth, Some("revoked".to_owned()));
                ignore_gone(self.store.set_connection_state(row.human_id, row.connection_id, state, reason).await)?;
                Ok(None)
            }
            // Nobody signed it: the provider is asked.
            Notice::Deauthorised { .. } => self.check_grant(row).await,
            Notice::PermissionsChanged { .. } => {
                let later = self.check_grant(row).await?;
                self.look(config, row, &[], None).await?;
                Ok(later)
            }
            Notice::Data { stream, body, .. } => {
                let Some(stream) = provider.stream(stream) else { return Ok(None) };
                let Ok(bytes) = serde_json::to_vec(body) else { return Ok(None) };
                let context = context(self.clock.now(), self.zone_of(row)?.as_deref());
                let payload = self.payload(Door::Page, stream.id, PUSHED, &context, &bytes);
                if let Ok(batch) = (stream.parse)(&bytes, &context) {
                    self.store_pushed(row, stream, batch, payload).await?;
                } else {
                    tracing::warn!(provider = provider.id, stream = stream.id, "pushed data of another form");
                    // It does not come again: a later parser may know it.
                    let payloads = payload.into_iter().collect();
                    let (human, connection) = (row.human_id, row.connection_id);
                    let kept = self.store.apply_told(human, connection, Batch::default(), None, payloads);
                    gone_is_fine(kept.await)?;
                }
                Ok(None)
            }
            Notice::Ping { stream, url, .. } => {
                let Some(stream) = provider.stream(stream) else { return Ok(None) };
                self.collect(row, stream, url).await
            }
            Notice::Deleted { kind, key, .. } if believed => {
                let mut batch = Batch::default();
                batch.deleted(*kind, key.clone());
                let gone = Deletion { kind: *kind, key: key.clone() }.written();
                let context = context(self.clock.now(), None);
                let payload = self.payload(Door::Deletion, DELETIONS, key, &context, gone.as_bytes());
                let payloads = payload.into_iter().collect();
                gone_is_fine(self.store.apply_told(row.human_id, row.connection_id, batch, None, payloads).await)?;
                Ok(None)
            }
            Notice::Deleted { .. } => self.look(config, row, &[], None).await.map(|()| None),
        }
    }

    /// Makes streams due now, and the connection's sync with them.
    async fn look(
        &self,
        config: &ProviderConfig,
        row: &Connection,
        streams: &[&'static str],
        days: Option<(Day, Day)>,
    ) -> Result<(), StoreError> {
        if row.state == ConnectionState::NeedsReauth {
            return Ok(());
        }
        let asked = config.provider.streams.iter().filter(|stream| stream.window != Window::Pushed);
        let asked = asked.filter(|stream| streams.is_empty() || streams.contains(&stream.id));
        let due: Vec<_> = asked
            .map(|stream| (stream.id, days.map(|(first, _)| first.plus(i32::from(stream.overlap_days)))))
            .collect();
        if due.is_empty() {
            return Ok(());
        }
        self.sync_anew(Target { human: row.human_id, connection: row.connection_id }, due).await
    }

    /// Fetches what waits at an address of the provider.
    async fn collect(&self, row: &Connection, stream: &'static Stream, url: &str) -> Result<Later, StoreError> {
        let Some(provider) = self.config.provider_of(row) else { return Ok(None) };
        if !below(&provider.api_base, url) {
            tracing::warn!(provider = provider.provider.id, "a notice names an address that is not the provider's");
            return Ok(None);
        }
        let request = Request::get(url);
        match self.ask_once(row, &provider, Expect::Page(stream), &request).await? {
            Ok(Fetched::Page(page)) => {
                let payload = page
                    .raw
                    .as_ref()
                    .and_then(|(body, context)| self.payload(Door::Page, stream.id, &asked(&request), context, body));
                self.store_pushed(row, stream, page.batch, payload).await?;
                Ok(None)
            }
            Ok(other) => {
                let what = std::mem::discriminant(&other);
                tracing::warn!(provider = provider.provider.id, stream = stream.id, ?what, "no data at a told address");
                Ok(None)
            }
            Err(later) => Ok(later),
        }
    }

    /// Stores pushed data: they count as a sync to the present.
    async fn store_pushed(
        &self,
        row: &Connection,
        stream: &Stream,
        batch: Batch,
        payload: Option<Payload>,
    ) -> Result<(), StoreError> {
        if !batch.rejected.is_empty() {
            let (provider, items) = (&row.provider, batch.rejected.len());
            tracing::warn!(provider, stream = stream.id, items, "items that could not be understood were left out");
        }
        let now = self.clock.now();
        let today = now.utc_day();
        let cursors = self.store.cursors(row.human_id, row.connection_id)?;
        let known = cursors.into_iter().find(|cursor| cursor.stream == stream.id);
        let cursor = match known {
            Some(known) => Cursor { newest: known.newest.max(today), synced_at: Some(now), ..known },
            None => Cursor {
                stream: stream.id.to_owned(),
                // Nothing before was ordered yet: orders begin with today.
                oldest: today.plus(1),
                newest: today,
                history_done: stream.backfill.is_none(),
                synced_at: Some(now),
            },
        };
        let payloads = payload.into_iter().collect();
        gone_is_fine(self.store.apply_told(row.human_id, row.connection_id, batch, Some(cursor), payloads).await)
    }

    fn zone_of(&self, row: &Connection) -> Result<Option<String>, StoreError> {
        Ok(self.store.human(row.human_id)?.and_then(|person| person.facts.into_inner().time_zone))
    }
}

/// Whose account a notice is about.
fn account(notice: &Notice) -> &str {
    match notice {
        Notice::Look { account, .. }
        | Notice::Deauthorised { account }
        | Notice::PermissionsChanged { account }
        | Notice::Data { account, .. }
        | Notice::Ping { account, .. }
        | Notice::Deleted { account, .. } => account,
    }
}

/// A connection that went away meanwhile wants no data.
fn gone_is_fine(result: Result<hilum_store::apply::Applied, StoreError>) -> Result<(), StoreError> {
    match result {
        Ok(_) | Err(StoreError::NotFound) => Ok(()),
        Err(error) => Err(error),
    }
}

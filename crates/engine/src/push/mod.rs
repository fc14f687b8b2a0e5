//! Data that come by themselves: posts of apps on phones, and batches of SDKs. They end in the same road as what is
//! fetched: one batch, applied in one transaction.

pub(crate) mod nights;

use std::net::IpAddr;

use hilum_model::{Batch, ConnectionId, HumanId, Phi, Time};
use hilum_providers::bridge::bridge;
use hilum_providers::ingest::Ingest;
use hilum_providers::spec::Context;
use hilum_store::StoreError;
use hilum_store::apply::Applied;
use hilum_store::archive::{Door, Payload};
use hilum_store::connections::{Cursor, NewConnection};
use hilum_store::{TokenHash, hash_token};

use crate::Engine;
use crate::rate::{Network, Rate};

/// The account of a bridge's connection: a person has one phone store of each kind.
pub(crate) const ACCOUNT: &str = "phone";

/// Name of the cursor that says when the last post came.
const STREAM: &str = "push";

/// Posts within ten minutes to one address of ours: a phone that sends years of history day by day comes through.
const PER_KEY: u32 = 1200;
/// Posts within ten minutes from one network address, to whatever address of ours: a clinic's network comes through.
const PER_NETWORK: u32 = 6000;

/// What tells those apart who post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Sender {
    Key(TokenHash),
    From(Network),
}

/// What memory holds for posts.
#[derive(Debug, Default)]
pub(crate) struct PushState {
    /// Posts of late.
    limit: Rate<Sender>,
    /// Posts with sleep are applied one after the other: stretches of one night may come in two posts.
    nights: tokio::sync::Mutex<()>,
}

/// Why a post is refused.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// No connection has that key (any more).
    #[error("unknown push key")]
    UnknownKey,
    /// The body is not what the bridge's app posts.
    #[error("the body is not of the documented form")]
    Unreadable,
    /// The connection is pending, of a person whom the app has: the post is noticed and not taken.
    #[error("the enrolment is not finalised")]
    Early,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What became of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pushed {
    /// What it changed.
    pub applied: Applied,
    /// Items that could not be understood.
    pub rejected: usize,
}

impl Engine {
    /// Whether one more post may come, or after how many ms. To be asked before the body is read.
    pub fn may_push(&self, key: &str, from: Option<IpAddr>) -> Result<(), i64> {
        let senders = [
            Some((Sender::Key(hash_token(key)), PER_KEY)),
            from.map(|address| (Sender::From(Network::of(address)), PER_NETWORK)),
        ];
        self.push.limit.take(senders.into_iter().flatten(), self.clock.now())
    }

    /// Takes a post.
    pub async fn receive_push(&self, key: &str, body: &[u8]) -> Result<Pushed, PushError> {
        let target = self.store.push_target(&hash_token(key))?.ok_or(PushError::UnknownKey)?;
        let bridge = bridge(&target.provider).ok_or(PushError::UnknownKey)?;
        let now = self.clock.now();
        let time_zone = self.store.human(target.human_id)?.and_then(|human| human.facts.into_inner().time_zone);
        let context = Context { received: now, time_zone };
        let batch = (bridge.parse)(body, &context).map_err(|error| {
            tracing::warn!(provider = bridge.id, %error, "a post could not be read");
            PushError::Unreadable
        })?;
        let rejected = batch.rejected.len();
        if rejected > 0 {
            tracing::warn!(provider = bridge.id, rejected, "items that could not be understood were left out");
        }
        // A person whom the app has already sees no data of an enrolment that is not finalised.
        let early = target.pending.is_some() && self.store.human(target.human_id)?.is_some();
        let batch = if early { Batch::default() } else { batch };
        let payload = if early { None } else { self.payload(Door::Post, STREAM, "", &context, body) };
        let applied = self.apply_pushed(target.human_id, target.connection_id, batch, payload, now).await?;
        if let Some(session) = target.pending.filter(|_| target.first) {
            self.session_news(session).await?;
        }
        if early {
            return Err(PushError::Early);
        }
        Ok(Pushed { applied, rejected })
    }

    /// Takes a batch of an SDK or bridge that speaks Hilum's own form. Its source becomes a connection of the person at
    /// its first batch. `body` is the batch as it came.
    pub async fn ingest(&self, human: HumanId, ingest: Ingest, body: &[u8]) -> Result<Applied, StoreError> {
        let known = self.store.providers(human)?;
        let connection = match known.iter().find(|(_, provider)| *provider == ingest.source) {
            Some((id, _)) => *id,
            None => self.ingest_source(human, ingest.source).await?,
        };
        let now = self.clock.now();
        let context = Context { received: now, time_zone: None };
        let payload = self.payload(Door::Batch, STREAM, "", &context, body);
        match self.apply_pushed(human, connection, ingest.batch, payload, now).await {
            Err(PushError::Store(error)) => Err(error),
            Err(PushError::UnknownKey | PushError::Unreadable | PushError::Early) => Err(StoreError::NotFound),
            Ok(applied) => Ok(applied),
        }
    }

    async fn ingest_source(&self, human: HumanId, source: String) -> Result<ConnectionId, StoreError> {
        let new = NewConnection {
            human_id: human,
            connection_id: ConnectionId::random(&*self.random),
            provider: source,
            pending: None,
            account: Phi::new(ACCOUNT.to_owned()),
            scopes: Vec::new(),
            tokens: None,
        };
        self.store.add_connection(new).await
    }

    async fn apply_pushed(
        &self,
        human: HumanId,
        connection: ConnectionId,
        mut batch: Batch,
        payload: Option<Payload>,
        now: Time,
    ) -> Result<Applied, PushError> {
        let one_at_a_time = if nights::has(&batch) {
            let guard = self.push.nights.lock().await;
            nights::join_known(&self.store, human, connection, &mut batch, |_| true)?;
            Some(guard)
        } else {
            None
        };
        let today = now.utc_day();
        let cursor = Cursor {
            stream: STREAM.to_owned(),
            oldest: today,
            newest: today,
            history_done: true,
            synced_at: Some(now),
        };
        let payloads = payload.into_iter().collect();
        let applied = self.store.apply_told(human, connection, batch, Some(cursor), payloads).await;
        drop(one_at_a_time);
        match applied {
            Err(StoreError::NotFound) => Err(PushError::UnknownKey),
            other => Ok(other?),
        }
    }
}

#[cfg(test)]
mod tests;

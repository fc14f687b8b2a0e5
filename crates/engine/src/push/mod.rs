//! Data that come by themselves: posts of apps on phones, and batches of SDKs. They end in the same road as what is
//! fetched: one batch, applied in one transaction.

mod nights;

use hilum_model::{Batch, ConnectionId, HumanId, Phi, Time};
use hilum_providers::bridge::bridge;
use hilum_providers::ingest::Ingest;
use hilum_providers::spec::Context;
use hilum_store::StoreError;
use hilum_store::apply::Applied;
use hilum_store::connections::{Cursor, NewConnection};
use hilum_store::hash_token;

use crate::Engine;

/// The account of a bridge's connection: a person has one phone store of each kind.
pub(crate) const ACCOUNT: &str = "phone";

/// Name of the cursor that says when the last post came.
const STREAM: &str = "push";

/// What memory holds for posts.
#[derive(Debug, Default)]
pub(crate) struct PushState {
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
    /// Takes a post.
    pub async fn receive_push(&self, key: &str, body: &[u8]) -> Result<Pushed, PushError> {
        let target = self.store.push_target(&hash_token(key))?.ok_or(PushError::UnknownKey)?;
        let bridge = bridge(&target.provider).ok_or(PushError::UnknownKey)?;
        let now = self.clock.now();
        let time_zone = self.store.human(target.human_id)?.and_then(|human| human.facts.into_inner().time_zone);
        let batch = (bridge.parse)(body, &Context { received: now, time_zone }).map_err(|error| {
            tracing::warn!(provider = bridge.id, %error, "a post could not be read");
            PushError::Unreadable
        })?;
        let rejected = batch.rejected.len();
        if rejected > 0 {
            tracing::warn!(provider = bridge.id, rejected, "items that could not be understood were left out");
        }
        let applied = self.apply_pushed(target.human_id, target.connection_id, batch, now).await?;
        if let Some(session) = target.awaited {
            self.phone_arrived(session).await?;
        }
        Ok(Pushed { applied, rejected })
    }

    /// Takes a batch of an SDK or bridge that speaks Hilum's own form. Its source becomes a connection of the person at
    /// its first batch.
    pub async fn ingest(&self, human: HumanId, ingest: Ingest) -> Result<Applied, StoreError> {
        let known = self.store.providers(human)?;
        let connection = match known.iter().find(|(_, provider)| *provider == ingest.source) {
            Some((id, _)) => *id,
            None => self.ingest_source(human, ingest.source).await?,
        };
        match self.apply_pushed(human, connection, ingest.batch, self.clock.now()).await {
            Err(PushError::Store(error)) => Err(error),
            Err(PushError::UnknownKey | PushError::Unreadable) => Err(StoreError::NotFound),
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
        now: Time,
    ) -> Result<Applied, PushError> {
        let one_at_a_time = if nights::has(&batch) {
            let guard = self.push.nights.lock().await;
            nights::join_known(&self.store, human, connection, &mut batch)?;
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
        let applied = self.store.apply(human, connection, batch, Some(cursor)).await;
        drop(one_at_a_time);
        match applied {
            Err(StoreError::NotFound) => Err(PushError::UnknownKey),
            other => Ok(other?),
        }
    }
}

#[cfg(test)]
mod tests;

//! Sync: plan windows, fetch pages, apply batches.
//!
//! A sync job is one *slice* of a connection: a bounded number of requests, first towards the present, then into
//! history. If more is left, the next slice is queued at once, behind those of other connections that wait; one that
//! only has history to read goes behind all that keep up with the present.

mod agenda;
mod ask;
mod breaker;
mod detail;
mod fetch;
mod limit;
mod memory;
mod order;
mod plan;
pub mod rehearsal;
mod slice;
mod standing;
mod whole;

use hilum_model::{ConnectionId, HumanId, Secret, Time};
use hilum_providers::spec::{Context, Rate, Request};
use hilum_store::StoreError;
use hilum_store::connections::ConnectionState;
use hilum_store::jobs::Priority;

use crate::backoff::backoff_ms;
use crate::jobs::{Outcome, SYNC, Target};
use crate::{Engine, ProviderConfig};
use breaker::Breakers;
pub use breaker::Open;
pub(crate) use detail::with_detail;
pub(crate) use fetch::{Expect, Fetched, below, context, to_call};
use limit::Limiter;
use memory::{Hints, Memory};
use slice::{End, Slice};

/// Failures in a row after which a connection shows that its provider is down.
const DOWN_AFTER: i64 = 5;

/// Wait of a connection whose provider is not configured, ms.
const NOT_CONFIGURED_MS: i64 = 3_600_000;

/// What sync keeps in memory.
#[derive(Debug, Default)]
pub(crate) struct SyncState {
    /// Requests sent, by provider.
    limiter: Limiter,
    /// Providers that are left alone.
    breakers: Breakers,
    /// Notes on streams.
    memory: Memory,
}

impl SyncState {
    /// What an answer says about limits, and about how its provider is.
    fn learn(&self, provider: &ProviderConfig, connection: ConnectionId, fetched: &Fetched, rates: &[Rate], now: Time) {
        let name = provider.provider.id;
        self.limiter.told(name, connection, provider.provider.limits, rates, now);
        if let Fetched::Later { down: true, .. } = fetched {
            self.breakers.failed(name, connection, now);
        } else {
            self.breakers.well(name);
        }
    }
}

impl Engine {
    /// Queues a sync of a connection for now.
    pub async fn queue_sync(&self, human: HumanId, connection: ConnectionId) -> Result<(), StoreError> {
        self.queue_sync_at(Target { human, connection }, Priority::Urgent, self.clock.now()).await?;
        self.wake_jobs();
        Ok(())
    }

    /// Pauses a connection, or lets it go on. Returns whether that changed something; fails with `NotFound` when there is
    /// no such connection.
    pub async fn pause_connection(
        &self,
        human: HumanId,
        connection: ConnectionId,
        pause: bool,
    ) -> Result<bool, StoreError> {
        let changed = self.store.pause(human, connection, pause).await?;
        if changed && pause {
            self.forget_sync(connection);
        } else if changed {
            self.wake_jobs();
        }
        Ok(changed)
    }

    async fn queue_sync_at(&self, target: Target, priority: Priority, at: Time) -> Result<(), StoreError> {
        self.store.enqueue(SYNC, &target.key(), target.payload(), priority, at).await
    }

    /// Providers that fail for everybody and are left alone for now.
    pub fn open_circuits(&self) -> Vec<Open> {
        self.sync.breakers.open()
    }

    /// Counts what a login has asked the data API of its provider for: the account, and registration.
    pub(crate) fn count_login(&self, provider: &ProviderConfig, connection: ConnectionId) {
        let (provider, now) = (provider.provider, self.clock.now());
        let asked = [provider.auth.user_id_request().is_some(), provider.auth.register.is_some()];
        for _ in asked.into_iter().filter(|asked| *asked) {
            self.sync.limiter.sent(provider.id, connection, provider.limits, now);
        }
    }

    /// One request outside of a slice, within all limits; `Err`: not before that time.
    pub(crate) async fn sync_fetch(
        &self,
        connection: ConnectionId,
        provider: &ProviderConfig,
        expect: Expect<'_>,
        request: &Request,
        token: Secret<String>,
        context: &Context,
    ) -> Result<Fetched, Time> {
        let now = self.clock.now();
        let (name, limits) = (provider.provider.id, provider.provider.limits);
        self.sync.breakers.pass(name, connection, now, &*self.random)?;
        if let Err(at) = self.sync.limiter.take(name, connection, limits, Priority::Urgent, now) {
            self.sync.breakers.not_sent(name, connection, now);
            return Err(at);
        }
        let (fetched, rates) = fetch::fetch(&self.egress, provider, expect, request, token, context).await;
        self.sync.learn(provider, connection, &fetched, &rates, now);
        Ok(fetched)
    }

    /// Makes streams of a connection due now, and its sync with them: there is news. Those that were held back may be
    /// asked again.
    pub(crate) async fn sync_anew(&self, target: Target, hints: Hints) -> Result<(), StoreError> {
        let mut notes = self.sync.memory.take(target.connection);
        for (stream, _) in &hints {
            if let Some(note) = notes.get_mut(stream) {
                note.hold_until = None;
            }
        }
        self.sync.memory.put(target.connection, notes);
        self.store.make_due(target.human, target.connection, hints.clone()).await?;
        self.sync.memory.hint(target.connection, hints);
        self.queue_sync(target.human, target.connection).await
    }

    /// Drops what memory holds of a connection that is gone.
    pub(crate) fn forget_sync(&self, connection: ConnectionId) {
        drop(self.sync.memory.take(connection));
    }

    /// The job `sync`: one slice.
    pub(crate) async fn sync_job(&self, target: Target, attempt: i64) -> Result<Outcome, StoreError> {
        let Target { human, connection } = target;
        let Some(row) = self.store.connection(human, connection)? else { return Ok(Outcome::Done) };
        let live = matches!(row.state, ConnectionState::Live | ConnectionState::ProviderDown);
        if row.pending.is_some() || !live {
            return Ok(Outcome::Done);
        }
        let Some(provider) = self.config.provider_of(&row) else {
            tracing::warn!(%connection, provider = row.provider, "provider is not configured any more");
            return Ok(Outcome::Retry(self.clock.now().plus_ms(NOT_CONFIGURED_MS), "provider not configured"));
        };
        let Some(person) = self.store.human(human)? else { return Ok(Outcome::Done) };
        let was_down = row.state == ConnectionState::ProviderDown;
        drop(self.sync.memory.take_hints(connection));
        let fault = row.fault.clone();
        let mut slice = Slice::new(self, &provider, row, person.facts.into_inner().time_zone)?;
        let end = slice.run().await;
        let progressed = slice.pages > 0;
        let priority = slice.next_priority();
        let (faults, well) = (std::mem::take(&mut slice.faults), std::mem::take(&mut slice.well));
        slice.keep_notes();
        for fault in faults {
            self.store.set_fault(human, connection, fault).await?;
        }
        if let Some((fault, _)) = fault {
            for stream in well.iter().filter(|stream| fault.split(':').next() == Some(**stream)) {
                self.store.clear_fault(human, connection, stream).await?;
            }
        }
        let end = end?;
        let hints = self.sync.memory.take_hints(connection);
        if !hints.is_empty() {
            // They came while this slice was reading: what it read may be older than the news.
            self.store.make_due(human, connection, hints).await?;
            self.queue_sync(human, connection).await?;
        }
        if progressed && was_down && !matches!(end, End::Gone | End::NeedsReauth(_)) {
            self.store.set_connection_state(human, connection, ConnectionState::Live, None).await?;
        }
        if matches!(end, End::Finished(_)) {
            self.queue_subscribe(&provider, target).await?;
            self.look_for_standstill(&provider, target).await?;
            crate::grant::proactive::schedule(&self.store, human, connection).await?;
        }
        self.after_slice(target, end, priority, progressed, attempt).await
    }

    async fn after_slice(
        &self,
        target: Target,
        end: End,
        priority: Priority,
        progressed: bool,
        attempt: i64,
    ) -> Result<Outcome, StoreError> {
        let now = self.clock.now();
        match end {
            End::Gone => self.forget_sync(target.connection),
            End::NeedsReauth(reason) => {
                self.forget_sync(target.connection);
                tracing::info!(connection = %target.connection, reason, "sync stops: authorisation needed again");
                let state = ConnectionState::NeedsReauth;
                let reason = Some(reason.to_owned());
                ignore_gone(self.store.set_connection_state(target.human, target.connection, state, reason).await)?;
            }
            End::More => self.queue_sync_at(target, priority, now).await?,
            End::Wait(at) => self.queue_sync_at(target, priority, at).await?,
            End::Finished(next) => self.queue_sync_at(target, priority, next.max(now.plus_ms(1_000))).await?,
            End::Down(at) => {
                self.queue_sync_at(target, priority, at).await?;
                if !progressed {
                    self.provider_down(target).await?;
                }
            }
            End::Later(at) => {
                let at = at.max(now.plus_ms(backoff_ms(u32::try_from(attempt).unwrap_or(u32::MAX), &*self.random)));
                if progressed {
                    self.queue_sync_at(target, priority, at).await?;
                    return Ok(Outcome::Done);
                }
                if attempt >= DOWN_AFTER {
                    self.provider_down(target).await?;
                }
                return Ok(Outcome::Retry(at, "provider does not answer properly"));
            }
        }
        Ok(Outcome::Done)
    }
}

impl Engine {
    async fn provider_down(&self, target: Target) -> Result<(), StoreError> {
        let (state, reason) = (ConnectionState::ProviderDown, Some("provider_down".to_owned()));
        ignore_gone(self.store.set_connection_state(target.human, target.connection, state, reason).await)
    }
}

/// A connection that went away meanwhile needs no state.
pub(crate) fn ignore_gone(result: Result<(), StoreError>) -> Result<(), StoreError> {
    match result {
        Err(StoreError::NotFound) => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests;

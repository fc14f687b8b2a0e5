//! Telling apps what happened: webhooks by the Standard Webhooks specification
//! (<https://github.com/standard-webhooks/standard-webhooks>, version 1.0.0) and notifications of the first generation.
//!
//! The store's outbox has the events; here they are sent, at least once, in order by person. A webhook that does not answer
//! rests by itself (`policy`), holds at most `AT_ONCE` calls, and so delays no other.

mod manage;
mod message;
mod policy;
mod send;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hilum_model::{Time, WebhookId};
use hilum_store::StoreError;
use hilum_store::outbox::Lane;
use hilum_store::webhooks::{Delivery, Load};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::Engine;
use crate::egress::Networks;

pub use manage::{AddressError, check_address, check_filters, new_secret};
pub use message::SECRET_PREFIX;
pub use send::Tested;

/// Calls to one webhook at once, by lane.
const AT_ONCE: [u32; 2] = [8, 2];
/// Calls to all webhooks at once.
const ALL_AT_ONCE: usize = 512;
/// Life of a claim, ms: longer than any call.
const LEASE_MS: i64 = 60_000;
/// How often the feed is looked at when nothing wakes the loop: another process may have changed something.
const POLL: Duration = Duration::from_secs(1);
/// How long news are gathered before the next look.
const GATHER: Duration = Duration::from_millis(2);
/// Events are kept so long, ms: 30 days.
pub const KEEP_MS: i64 = 30 * 86_400_000;
/// Slices of old events that one sweep forgets at the most.
const SLICES: usize = 40;
/// Live views of all apps at once.
const STREAMS: usize = 256;

/// What the operator says about webhooks.
#[derive(Debug, Clone, Default)]
pub struct WebhookConfig {
    /// Private networks that apps may be reached in, by plain http and on any port too.
    pub networks: Networks,
}

/// What webhooks keep in memory.
#[derive(Debug)]
pub(crate) struct WebhookState {
    /// Calls under way, by webhook and lane.
    busy: Arc<Mutex<BTreeMap<(WebhookId, Lane), u32>>>,
    streams: Arc<Semaphore>,
    stopping: watch::Sender<bool>,
}

impl Default for WebhookState {
    fn default() -> Self {
        Self { busy: Arc::default(), streams: Arc::new(Semaphore::new(STREAMS)), stopping: watch::Sender::new(false) }
    }
}

/// A call under way; it counts until it is dropped.
struct Busy {
    key: (WebhookId, Lane),
    all: Arc<Mutex<BTreeMap<(WebhookId, Lane), u32>>>,
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = all.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.key);
            }
        }
    }
}

/// A live view that may be open; others may when it is dropped.
#[derive(Debug)]
pub struct EventStream {
    _permit: tokio::sync::OwnedSemaphorePermit,
    told: watch::Receiver<()>,
    stopping: watch::Receiver<bool>,
}

impl EventStream {
    /// Waits until there may be new events. `false` when the server stops.
    pub async fn wait(&mut self) -> bool {
        tokio::select! {
            told = self.told.changed() => told.is_ok(),
            _ = self.stopping.wait_for(|stopping| *stopping) => false,
        }
    }
}

impl Engine {
    /// Sends events until `stop` resolves, then finishes the calls under way.
    pub async fn run_webhooks(self: Arc<Self>, stop: impl Future<Output = ()> + Send) {
        let mut told = self.store.events_told();
        let mut running: JoinSet<()> = JoinSet::new();
        tokio::pin!(stop);
        loop {
            let more = self.hand_out().await;
            let loads = self.loads();
            for delivery in self.claim_due(&loads, ALL_AT_ONCE.saturating_sub(running.len())).await {
                let engine = Arc::clone(&self);
                let busy = self.busy(&delivery);
                running.spawn(async move {
                    engine.deliver(&delivery).await;
                    drop(busy);
                });
            }
            let pause = if more { Duration::ZERO } else { self.until_due(&loads) };
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(_) = running.join_next(), if !running.is_empty() => {}
                Ok(()) = told.changed() => {}
                () = tokio::time::sleep(pause) => {}
            }
            tokio::time::sleep(GATHER).await;
            while running.try_join_next().is_some() {}
        }
        self.webhooks.stopping.send_replace(true);
        while running.join_next().await.is_some() {}
    }

    /// Sends what is due now until nothing is; for tests. Returns how many calls were made.
    pub async fn drain_webhooks(&self) -> Result<usize, StoreError> {
        let mut calls = 0;
        loop {
            while self.store.hand_out_events().await? {}
            let claimed = self.claim_due(&self.loads(), ALL_AT_ONCE).await;
            if claimed.is_empty() {
                return Ok(calls);
            }
            calls += claimed.len();
            let send = |delivery: Delivery| async move { self.deliver(&delivery).await };
            futures_util::future::join_all(claimed.into_iter().map(send)).await;
        }
    }

    /// A live view of events; `None` when too many are open.
    pub fn event_stream(&self) -> Option<EventStream> {
        let permit = Arc::clone(&self.webhooks.streams).try_acquire_owned().ok()?;
        let stopping = self.webhooks.stopping.subscribe();
        Some(EventStream { _permit: permit, told: self.store.events_told(), stopping })
    }

    /// Forgets events whose time is over.
    pub(crate) async fn forget_events(&self) -> Result<(), StoreError> {
        let before = self.clock.now().plus_ms(-KEEP_MS);
        for _ in 0..SLICES {
            if !self.store.forget_events(before).await? {
                break;
            }
        }
        Ok(())
    }

    async fn hand_out(&self) -> bool {
        self.store.hand_out_events().await.unwrap_or_else(|error| {
            tracing::error!(%error, "events not handed out");
            false
        })
    }

    /// What waits for each webhook. When it can not be read, nothing is sent until the next look.
    fn loads(&self) -> Vec<Load> {
        self.store.webhook_loads().unwrap_or_else(|error| {
            tracing::error!(%error, "webhooks not read");
            Vec::new()
        })
    }

    /// Claims what may be sent now, `room` calls at the most.
    async fn claim_due(&self, loads: &[Load], room: usize) -> Vec<Delivery> {
        let now = self.clock.now();
        let mut wanted = Vec::new();
        let mut room = u32::try_from(room).unwrap_or(u32::MAX);
        for load in loads {
            for (lane, limit) in self.allowed(load, now) {
                let limit = limit.min(room);
                if limit > 0 {
                    room -= limit;
                    wanted.push((load.webhook_id, lane, limit));
                }
            }
        }
        self.store.claim_deliveries(wanted, now.plus_ms(LEASE_MS)).await.unwrap_or_else(|error| {
            tracing::error!(%error, "deliveries not claimed");
            Vec::new()
        })
    }

    /// How many calls to a webhook may begin now, by lane. One that fails again and again gets a single one, as a probe.
    fn allowed(&self, load: &Load, now: Time) -> Vec<(Lane, u32)> {
        if load.rest_until.is_some_and(|until| until > now) {
            return Vec::new();
        }
        let busy = {
            let all = self.webhooks.busy.lock().unwrap_or_else(PoisonError::into_inner);
            Lane::ALL.map(|lane| all.get(&(load.webhook_id, lane)).copied().unwrap_or(0))
        };
        let due = |at: Option<Time>| at.is_some_and(|at| at <= now);
        let lanes = Lane::ALL.into_iter().zip(load.due).zip(busy.into_iter().zip(AT_ONCE));
        let lanes = lanes.filter(|((_, at), _)| due(*at));
        if policy::is_failing(load.failures) {
            let free = busy.iter().all(|count| *count == 0);
            return lanes.filter(|_| free).take(1).map(|((lane, _), _)| (lane, 1)).collect();
        }
        lanes.map(|((lane, _), (busy, most))| (lane, most.saturating_sub(busy))).collect()
    }

    fn busy(&self, delivery: &Delivery) -> Busy {
        let (key, all) = ((delivery.webhook_id, delivery.lane), Arc::clone(&self.webhooks.busy));
        *all.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += 1;
        Busy { key, all }
    }

    /// How long to sleep if nothing wakes the loop.
    fn until_due(&self, loads: &[Load]) -> Duration {
        let now = self.clock.now();
        let next = |load: &Load| {
            let due = load.due.into_iter().flatten().min()?;
            Some(load.rest_until.map_or(due, |until| until.max(due)))
        };
        // What is due and was not claimed waits for a call to end, which wakes the loop.
        let ahead = loads.iter().filter_map(next).map(|at| at.since_ms(now)).filter(|ms| *ms > 0).min();
        ahead.map_or(POLL, |ms| Duration::from_millis(ms.unsigned_abs()).min(POLL))
    }
}

#[cfg(test)]
mod tests;

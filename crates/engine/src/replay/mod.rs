//! Replay: what is in the archive is read again with today's parsers, and the data become what they would be if these had
//! been there from the start of the archive.
//!
//! A connection at a time. Its payloads are read in the order in which they came and applied to an empty scratch store
//! (`fold`), by the same functions as when they came: so corrections, deletions, parts, timelines and joined nights end as
//! they have to, and of one observation only the newest telling counts. Then the outcome is applied to the real store
//! (`settle`), where what is the same stays untouched. Only payloads since the last gap of the archive are read: older
//! ones could take the place of newer data that no payload tells.
//!
//! Bounds of memory: one payload and what is parsed of it, 64 bytes for each payload of a connection, a page of
//! observations, and three days of one metric. The scratch store lies on the disk. Every batch is a transaction of its own;
//! a replay that was killed is simply run again.

mod fold;
mod pages;
mod report;
mod settle;
mod unfounded;

use std::sync::Arc;

use hilum_model::world::ManualClock;
use hilum_model::{ClientId, ConnectionId, HumanId, Phi, Random, Secret, Time};
use hilum_providers::Provider;
use hilum_store::apps::{LaunchMode, NewApp};
use hilum_store::archive::Span;
use hilum_store::connections::{Connection, NewConnection};
use hilum_store::humans::{HumanFacts, NewHuman};
use hilum_store::{Store, StoreError};

use fold::Fold;
pub use report::{OfData, OfProvider, OfStream, Report};
use settle::Settle;

/// What is replayed, and how.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only of this person.
    pub human: Option<HumanId>,
    /// Only of this provider, by its id.
    pub provider: Option<String>,
    /// Only payloads that came since then. What is no longer told is not looked for then.
    pub since: Option<Time>,
    /// Remove observations of which the archive proves that nothing tells them any more.
    pub prune: bool,
    /// Change nothing, only count.
    pub dry_run: bool,
}

/// Replays over a store that no server uses.
pub struct Replayer {
    store: Store,
    random: Arc<dyn Random>,
    find: Find,
}

/// Finds a provider's description.
type Find = fn(&str) -> Option<&'static Provider>;

impl std::fmt::Debug for Replayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replayer").finish_non_exhaustive()
    }
}

impl Replayer {
    /// Over a store of this process alone.
    pub fn new(store: Store, random: Arc<dyn Random>) -> Self {
        Self { store, random, find: hilum_providers::find }
    }

    /// Replays; `tell` hears how many connections are done, of how many.
    pub async fn run(&self, options: &Options, tell: &(dyn Fn(usize, usize) + Sync)) -> Result<Report, StoreError> {
        let mut chosen = Vec::new();
        for span in self.store.archives()? {
            if options.human.is_some_and(|human| human != span.human_id) {
                continue;
            }
            let Some(row) = self.store.connection(span.human_id, span.connection_id)? else { continue };
            let other = options.provider.as_ref().is_some_and(|provider| *provider != row.provider);
            if row.pending.is_none() && !other {
                chosen.push((span, row));
            }
        }
        let mut report = Report::default();
        let scratch = Scratch::new(&self.store, &self.random).await?;
        let all = chosen.len();
        for (done, (span, row)) in chosen.into_iter().enumerate() {
            tell(done, all);
            self.connection(&scratch, options, span, row, &mut report).await?;
        }
        tell(all, all);
        scratch.store.close().await?;
        self.store.remove_scratch()?;
        Ok(report)
    }

    async fn connection(
        &self,
        scratch: &Scratch,
        options: &Options,
        span: Span,
        row: Connection,
        report: &mut Report,
    ) -> Result<(), StoreError> {
        let place = scratch.place(&row, &self.random).await?;
        let of = report.of(&row.provider);
        let fold = Fold { store: &self.store, scratch, place, span, row: &row, find: self.find, since: options.since };
        let told = fold.run(of).await?;
        let settle = Settle { store: &self.store, scratch: &scratch.store, place, span, told, options };
        settle.run(of).await?;
        report.connections += 1;
        scratch.store.erase_human(place.human).await?;
        Ok(())
    }
}

/// A person and a connection of theirs in the scratch store.
#[derive(Debug, Clone, Copy)]
struct Place {
    human: HumanId,
    connection: ConnectionId,
}

/// The scratch store, with a clock that shows when the payload came that is read.
struct Scratch {
    store: Store,
    clock: Arc<ManualClock>,
    app: ClientId,
}

impl Scratch {
    async fn new(beside: &Store, random: &Arc<dyn Random>) -> Result<Self, StoreError> {
        let clock = Arc::new(ManualClock::new(Time(0)));
        let store = beside.scratch(clock.clone(), Arc::clone(random))?;
        let app = ClientId::random(&**random);
        // Nobody can use it: the secrets are random, and the store has no door.
        let secret = || Secret::new(ClientId::random(&**random).to_string());
        let new = NewApp {
            client_id: app,
            name: String::new(),
            mode: LaunchMode::LegacyGuarded,
            client_secret: secret(),
            app_key: secret(),
            origins: Vec::new(),
            redirects: Vec::new(),
        };
        store.create_app(new).await?;
        Ok(Self { store, clock, app })
    }

    /// An empty place for what a connection has.
    async fn place(&self, row: &Connection, random: &Arc<dyn Random>) -> Result<Place, StoreError> {
        let new = NewHuman {
            client_id: self.app,
            client_user_id: Phi::new(row.connection_id.to_string()),
            ids: None,
            facts: HumanFacts::default(),
        };
        let human = self.store.create_human(new).await?.0.human_id;
        let new = NewConnection {
            human_id: human,
            connection_id: ConnectionId::random(&**random),
            provider: row.provider.clone(),
            pending: None,
            account: Phi::default(),
            scopes: Vec::new(),
            tokens: None,
        };
        let connection = self.store.add_connection(new).await?;
        Ok(Place { human, connection })
    }
}

#[cfg(test)]
mod tests;

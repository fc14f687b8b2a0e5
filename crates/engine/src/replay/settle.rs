//! The outcome of a fold, applied to the real store.

use hilum_model::{Batch, Body, Kind, Observation, Record};
use hilum_providers::timeline::PAUSE_MS;
use hilum_store::apply::Applied;
use hilum_store::archive::Span;
use hilum_store::{Store, StoreError};

use super::fold::Told;
use super::pages::{self, Source, as_told};
use super::report::OfProvider;
use super::{Options, Place};
use crate::push::nights;

/// One connection's outcome on the way into the real store.
pub(super) struct Settle<'a> {
    pub(super) store: &'a Store,
    pub(super) scratch: &'a Store,
    pub(super) place: Place,
    pub(super) span: Span,
    pub(super) told: Told,
    pub(super) options: &'a Options,
}

impl Settle<'_> {
    pub(super) async fn run(&self, report: &mut OfProvider) -> Result<(), StoreError> {
        self.devices().await?;
        let apart = self.stretches(report).await?;
        for kind in pages::kinds().filter(|kind| *kind != Kind::SleepStage) {
            self.records(kind, apart, report).await?;
        }
        for metric in pages::series() {
            self.samples(metric, report).await?;
        }
        self.deletions(report).await?;
        if self.options.since.is_none() && !self.told.gaps {
            self.unfounded(report).await?;
        }
        Ok(())
    }

    /// What the fold came to.
    pub(super) const fn outcome(&self) -> Source<'_> {
        let Place { human, connection } = self.place;
        Source { store: self.scratch, human, connection, created_since: None }
    }

    /// What is stored of the connection.
    pub(super) const fn stored(&self) -> Source<'_> {
        let Span { human_id: human, connection_id: connection, .. } = self.span;
        Source { store: self.store, human, connection, created_since: None }
    }

    pub(super) async fn apply(&self, batch: Batch) -> Result<Applied, StoreError> {
        let Span { human_id, connection_id, .. } = self.span;
        self.store.reapply(human_id, connection_id, batch, self.options.dry_run).await
    }

    async fn devices(&self) -> Result<(), StoreError> {
        let Some(row) = self.scratch.connection(self.place.human, self.place.connection)? else { return Ok(()) };
        let mut batch = Batch::default();
        batch.facts.devices = row.devices;
        self.apply(batch).await.map(drop)
    }

    /// Stretches of nights that are told apart from them, a night's in one batch: what such a batch does not tell goes, so it
    /// must not reach over what the archive does not know. Returns whether there are any.
    async fn stretches(&self, report: &mut OfProvider) -> Result<bool, StoreError> {
        let (mut offset, mut night): (u64, Vec<Record>) = (0, Vec::new());
        let kind = Kind::SleepStage;
        loop {
            let rows = self.outcome().records(kind, offset)?;
            offset += rows.len() as u64;
            let ended = rows.is_empty();
            for row in rows {
                let end = row.record.end.unwrap_or(row.record.start);
                // Newest first: this one lies before the others.
                if night.last().is_some_and(|next| next.start.since_ms(end) > PAUSE_MS) {
                    let applied = self.apply(batch_of(std::mem::take(&mut night))).await?;
                    report.data.entry(kind.name()).or_default().add(applied);
                }
                night.push(row.record);
            }
            if ended {
                break;
            }
        }
        if !night.is_empty() {
            let applied = self.apply(batch_of(night)).await?;
            report.data.entry(kind.name()).or_default().add(applied);
        }
        Ok(offset > 0)
    }

    async fn records(&self, kind: Kind, apart: bool, report: &mut OfProvider) -> Result<(), StoreError> {
        let mut offset = 0;
        loop {
            let rows = self.outcome().records(kind, offset)?;
            if rows.is_empty() {
                return Ok(());
            }
            offset += rows.len() as u64;
            let (mut batch, mut unchanged) = (Batch::default(), 0);
            let mut parts = Batch::default();
            for row in rows {
                let mut record = row.record;
                if record.is_state() && self.stands(kind, &record)? {
                    unchanged += 1;
                    continue;
                }
                if apart && let Body::Sleep(sleep) = &mut record.body {
                    // The store joins the stretches by itself, also those that the archive does not know.
                    sleep.stages.clear();
                }
                let is_part =
                    kind == Kind::Sleep && self.told.joins_nights && self.stored().record(kind, &record.key)?.is_none();
                let to = if is_part { &mut parts } else { &mut batch };
                to.observations.push(Observation::Record(Box::new(record)));
            }
            if !parts.observations.is_empty() {
                // The first part of the night may have come before the archive began.
                let Span { human_id, connection_id, since, .. } = self.span;
                let before = |row: &hilum_store::records::StoredRecord| row.created_at < since;
                nights::join_known(self.store, human_id, connection_id, &mut parts, before)?;
                batch.observations.append(&mut parts.observations);
            }
            let applied = self.apply(batch).await?;
            let counts = report.data.entry(kind.name()).or_default();
            counts.add(applied);
            counts.unchanged += unchanged;
        }
    }

    /// Whether a state is stored like that. It may have been seen before the archive began, and stands since then.
    fn stands(&self, kind: Kind, state: &Record) -> Result<bool, StoreError> {
        Ok(self.stored().record(kind, &state.key)?.is_some_and(|known| known.body == state.body))
    }

    async fn samples(&self, metric: hilum_model::Metric, report: &mut OfProvider) -> Result<(), StoreError> {
        let mut offset = 0;
        loop {
            let rows = self.outcome().samples(metric, offset)?;
            if rows.is_empty() {
                return Ok(());
            }
            offset += rows.len() as u64;
            let observations = rows.iter().map(as_told).map(Observation::Sample).collect();
            let applied = self.apply(Batch { observations, ..Batch::default() }).await?;
            report.data.entry(metric.name()).or_default().add(applied);
        }
    }

    /// What the provider deleted, and did not tell again.
    async fn deletions(&self, report: &mut OfProvider) -> Result<(), StoreError> {
        for (kind, key) in &self.told.deleted {
            if self.outcome().record(*kind, key)?.is_some() {
                continue;
            }
            let mut batch = Batch::default();
            batch.deleted(*kind, key.clone());
            let applied = self.apply(batch).await?;
            report.data.entry(kind.name()).or_default().add(applied);
        }
        Ok(())
    }
}

fn batch_of(records: Vec<Record>) -> Batch {
    let observations = records.into_iter().map(|record| Observation::Record(Box::new(record))).collect();
    Batch { observations, ..Batch::default() }
}

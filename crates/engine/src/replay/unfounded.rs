//! Observations that nothing tells any more: an older parser made them, today's does not.
//!
//! It is proved for those that were stored since the archive of their connection is without a gap: whatever was stored since
//! then came of payloads that were all read just now, and none of them told it. If one could not be read, nothing is proved
//! of its connection. Anything older may come of something that
//! is not in the archive and is left alone, and so is a state (it stands until another takes its place).

use std::collections::{HashMap, HashSet};

use hilum_model::{Batch, Day, Kind, Metric, Time, Unit};
use hilum_store::StoreError;
use hilum_store::records::Filter;
use hilum_store::samples::{SampleKey, StoredSample};

use super::pages::{self, SAMPLES, Source};
use super::report::OfProvider;
use super::settle::Settle;

impl Settle<'_> {
    /// Counts them, and removes them where that is wanted.
    pub(super) async fn unfounded(&self, report: &mut OfProvider) -> Result<(), StoreError> {
        let fresh = Source { created_since: Some(self.span.since), ..self.stored() };
        // Samples first: a workout that goes takes its track along.
        for metric in pages::series() {
            self.unfounded_samples(fresh, metric, report).await?;
        }
        for kind in pages::kinds() {
            self.unfounded_records(fresh, kind, report).await?;
        }
        Ok(())
    }

    /// Whether a sample is of the track of a workout that the provider deleted, and so went with it.
    fn went(&self, context: Option<&str>) -> bool {
        context.is_some_and(|key| self.told.deleted.contains(&(Kind::Activity, key.to_owned())))
    }

    const fn removes(&self) -> bool {
        self.options.prune && !self.options.dry_run
    }

    async fn unfounded_records(
        &self,
        fresh: Source<'_>,
        kind: Kind,
        report: &mut OfProvider,
    ) -> Result<(), StoreError> {
        let mut offset = 0;
        loop {
            let rows = fresh.records(kind, offset)?;
            if rows.is_empty() {
                return Ok(());
            }
            offset += rows.len() as u64;
            let mut gone = Batch::default();
            for row in &rows {
                let key = &row.record.key;
                let told = row.record.is_state()
                    || self.told.deleted.contains(&(kind, key.clone()))
                    || self.outcome().record(kind, key)?.is_some();
                if !told {
                    gone.deleted(kind, key.clone());
                }
            }
            let count = gone.observations.len() as u64;
            if count == 0 {
                continue;
            }
            let counts = report.data.entry(kind.name()).or_default();
            counts.no_longer_told += count;
            if self.options.prune {
                counts.removed += count;
            }
            if self.removes() {
                self.apply(gone).await?;
                offset -= count;
            }
        }
    }

    async fn unfounded_samples(
        &self,
        fresh: Source<'_>,
        metric: Metric,
        report: &mut OfProvider,
    ) -> Result<(), StoreError> {
        let mut offset = 0;
        let mut known = DayTold::default();
        loop {
            let rows = fresh.samples(metric, offset)?;
            if rows.is_empty() {
                return Ok(());
            }
            offset += rows.len() as u64;
            let mut gone = Vec::new();
            for row in &rows {
                if !self.went(row.series.context.as_deref()) && !known.tells(self.outcome(), metric, row)? {
                    gone.push(SampleKey { series: row.series.number, start: row.start, end: row.end });
                }
            }
            let count = gone.len() as u64;
            if count == 0 {
                continue;
            }
            let counts = report.data.entry(metric.name()).or_default();
            counts.no_longer_told += count;
            if self.options.prune {
                counts.removed += count;
            }
            if self.removes() {
                self.store.remove_samples(fresh.human, fresh.connection, metric, gone).await?;
                offset -= count;
            }
        }
    }
}

/// What makes a series within a connection and a metric.
type Label = (Unit, Option<String>, Option<String>);

/// What the outcome tells of one UTC day and one metric.
#[derive(Default)]
struct DayTold {
    day: Option<Day>,
    samples: HashMap<Label, HashSet<(Time, Option<Time>)>>,
}

impl DayTold {
    fn tells(&mut self, outcome: Source<'_>, metric: Metric, sample: &StoredSample) -> Result<bool, StoreError> {
        let day = sample.start.utc_day();
        if self.day != Some(day) {
            self.samples.clear();
            self.load(outcome, metric, day)?;
            self.day = Some(day);
        }
        let told = self.samples.get(&label(sample));
        Ok(told.is_some_and(|told| told.contains(&(sample.start, sample.end))))
    }

    fn load(&mut self, outcome: Source<'_>, metric: Metric, day: Day) -> Result<(), StoreError> {
        let mut filter = Filter {
            connections: Some(vec![outcome.connection]),
            // Civil days: a UTC day lies within three of them.
            start_day: Some(day.plus(-1)),
            end_day: Some(day.plus(1)),
            limit: SAMPLES,
            ..Filter::default()
        };
        loop {
            let rows = outcome.store.samples(outcome.human, metric, &filter)?.rows;
            if rows.is_empty() {
                return Ok(());
            }
            filter.offset += rows.len() as u64;
            for row in rows.iter().filter(|row| row.start.utc_day() == day) {
                self.samples.entry(label(row)).or_default().insert((row.start, row.end));
            }
        }
    }
}

fn label(sample: &StoredSample) -> Label {
    (sample.series.unit, sample.series.device.clone(), sample.series.context.clone())
}

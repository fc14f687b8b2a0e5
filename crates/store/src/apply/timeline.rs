//! Nights whose timeline is told apart from them, in another answer and without their id: each stretch is a record of its
//! own, and each night shows the stretches of its connection that lie within it, whichever of both came first.
use std::collections::BTreeMap;

use hilum_model::{Body, Kind, Record, Stage, Time, night};

use super::{Applying, Change};
use crate::StoreError;
use crate::records::{self, StoredRecord};

/// The longest stretch, the longest night, and the longest gap within what one answer tells, ms.
const DAY_MS: i64 = 86_400_000;

impl Applying<'_> {
    /// Takes in stretches. What a source tells is complete from the first stretch to the last, unless more than a day lies
    /// between two: what is stored there and not told any more goes.
    pub(super) fn stretches(&mut self, mut told: Vec<Record>) -> Result<(), StoreError> {
        let all = told.len();
        told.retain(|one| one.end.is_some_and(|end| (1..=DAY_MS).contains(&end.since_ms(one.start))));
        self.applied.rejected += (all - told.len()) as u64;
        told.sort_by_key(|one| one.start);
        for run in told.chunk_by(|one, next| next.start.since_ms(one.start) <= DAY_MS) {
            self.run_of_stretches(run)?;
        }
        Ok(())
    }

    fn run_of_stretches(&mut self, run: &[Record]) -> Result<(), StoreError> {
        let (Some(from), Some(mut to)) = (run.first().map(|one| one.start), run.iter().filter_map(|one| one.end).max())
        else {
            return Ok(());
        };
        let mut changed = false;
        for old in self.within(Kind::SleepStage, from, to)? {
            to = to.max(old.record.end.unwrap_or(to));
            if old.record.start >= from && !run.iter().any(|one| one.key == old.record.key) {
                records::delete(self.conn, self.human, Kind::SleepStage, old.id)?;
                self.applied.deleted += 1;
                changed = true;
            }
        }
        for one in run {
            changed |= matches!(self.put(Kind::SleepStage, one)?, Change::Stored { .. });
        }
        if changed { self.rejoin(from, to) } else { Ok(()) }
    }

    /// The night with its timeline, where it does not bring one itself.
    pub(super) fn with_timeline(&self, night: &Record) -> Result<Option<Record>, StoreError> {
        let Body::Sleep(sleep) = &night.body else { return Ok(None) };
        if !sleep.stages.is_empty() {
            return Ok(None);
        }
        let stages = self.timeline_of(night)?;
        let mut night = night.clone();
        if let Body::Sleep(sleep) = &mut night.body {
            sleep.stages = stages;
        }
        Ok(Some(night))
    }

    /// Stretches between two instants have changed: the nights there show them. Not counted: the caller did not send them.
    pub(super) fn rejoin(&mut self, from: Time, to: Time) -> Result<(), StoreError> {
        let counted = self.applied;
        for row in self.within(Kind::Sleep, from, to)? {
            let mut night = row.record;
            let stages = self.timeline_of(&night)?;
            if let Body::Sleep(sleep) = &mut night.body {
                sleep.stages = stages;
            }
            self.put(Kind::Sleep, &night)?;
        }
        self.applied = counted;
        Ok(())
    }

    fn timeline_of(&self, night: &Record) -> Result<Vec<Stage>, StoreError> {
        let Some(end) = night.end else { return Ok(Vec::new()) };
        Ok(joined(night.start, end, &self.within(Kind::SleepStage, night.start, end)?))
    }

    /// This connection's records of a kind that share some time with what lies between two instants.
    fn within(&self, kind: Kind, from: Time, to: Time) -> Result<Vec<StoredRecord>, StoreError> {
        let mut found = Vec::new();
        // A record's civil day is that of its start or end, and a civil day is one day from the UTC day at the most.
        for day in from.utc_day().0 - 2..=to.utc_day().0 + 2 {
            let day = hilum_model::Day(day);
            let rows = records::of_day(self.conn, self.key, self.human, self.connection, kind, day)?;
            let shares = |row: &StoredRecord| row.record.start < to && row.record.end.is_some_and(|end| end > from);
            found.extend(rows.into_iter().filter(shares));
        }
        Ok(found)
    }
}

/// One timeline: in order, without overlaps, within the night. Of several devices the one that tells most of it counts.
fn joined(from: Time, to: Time, stretches: &[StoredRecord]) -> Vec<Stage> {
    let mut by_device: BTreeMap<&Option<String>, Vec<Stage>> = BTreeMap::new();
    for StoredRecord { record, .. } in stretches {
        if let (Body::SleepStage { stage }, Some(end)) = (&record.body, record.end) {
            let one = Stage { kind: *stage, start: record.start.max(from), end: end.min(to) };
            by_device.entry(&record.device).or_default().push(one);
        }
    }
    let timelines = by_device.into_values().map(|stretches| night::timeline(&stretches));
    let length = |stages: &Vec<Stage>| stages.iter().map(|one| one.end.since_ms(one.start)).sum::<i64>();
    timelines.max_by_key(length).unwrap_or_default()
}

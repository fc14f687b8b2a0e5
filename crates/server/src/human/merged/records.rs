//! Merged readings, workouts and sleeps.

use std::collections::HashMap;

use hilum_merge::{Entry, Merged, Subject, nature, point, session};
use hilum_model::{ConnectionId, Kind, Metric, RecordId, Time};
use hilum_store::records::{Filter, StoredRecord};

use super::{Merger, Part, Shown, around};
use crate::ApiError;

/// A kind of records that are merged one by one.
#[derive(Debug, Clone, Copy)]
pub(in crate::human) struct Single {
    kind: Kind,
    subject: Subject,
}

/// Records of a stretch of time, and what became of them.
struct Window {
    /// As lists have them.
    rows: Vec<StoredRecord>,
    merged: Vec<Merged>,
}

impl Single {
    /// `None` for days, which are merged as wholes.
    pub(in crate::human) fn of(kind: Kind) -> Option<Self> {
        let subject = match kind {
            Kind::Activity => Subject::Activities,
            Kind::Sleep => Subject::Sleeps,
            Kind::BloodPressure => Subject::BloodPressure,
            _ => Subject::Metric(Metric::ALL.into_iter().find(|m| Kind::of_metric(*m) == Some(kind))?),
        };
        Some(Self { kind, subject })
    }

    const fn lasts(self) -> bool {
        matches!(self.kind, Kind::Activity | Kind::Sleep)
    }

    /// How far in time what a row is merged with can lie, ms. Who joins whom depends on who joins another, one source
    /// after the other; so it is several times the distance of two.
    const fn reach(self) -> i64 {
        if self.lasts() { 4 * session::LONGEST } else { 8 * nature::RELAYED_WITHIN }
    }

    fn window(
        self,
        merger: &Merger<'_>,
        range: (Time, Time),
        connections: Option<&[ConnectionId]>,
    ) -> Result<Window, ApiError> {
        let store = &merger.call.engine.store;
        let rows = store.records_between(merger.call.human.human_id, self.kind, range, connections)?;
        let merged = {
            let origins = rows.iter().map(|row| merger.origin(row.connection_id, row.record.device.as_deref()));
            let origins: Vec<_> = origins.collect::<Result<_, _>>()?;
            let ranks = merger.ranking().ranks(self.subject, origins.iter().copied());
            let entries: Vec<Entry<'_>> = rows
                .iter()
                .zip(&origins)
                .map(|(row, origin)| Entry { rank: ranks.of(origin), record: &row.record })
                .collect();
            if self.lasts() { session::merge(&entries) } else { point::merge(&entries) }
        };
        Ok(Window { rows, merged })
    }

    /// The merged rows of a page: those of which the newest part that meets the conditions is on it, in its order. Days
    /// are asked of the merged row too.
    pub(in crate::human) fn page(
        self,
        merger: &Merger<'_>,
        page: &[StoredRecord],
        filter: &Filter,
    ) -> Result<Vec<Shown<StoredRecord>>, ApiError> {
        let places: HashMap<RecordId, usize> = page.iter().enumerate().map(|(n, row)| (row.id, n)).collect();
        let mut found = Vec::with_capacity(page.len());
        for range in around(page.iter().map(|row| row.record.start), self.reach()) {
            let window = self.window(merger, range, filter.connections.as_deref())?;
            for merged in &window.merged {
                let parts = merged.shares.iter().map(|share| share.entry);
                let head = parts.filter(|entry| filter.holds(&window.rows[*entry])).min();
                let place = head.and_then(|entry| places.get(&window.rows[entry].id));
                if let Some(place) = place
                    && filter.has_day(merged.record.day)
                {
                    found.push((*place, shown(merger, &window, merged)?));
                }
            }
        }
        found.sort_unstable_by_key(|(place, _)| *place);
        Ok(found.into_iter().map(|(_, shown)| shown).collect())
    }

    /// The merged row that a record is a part of.
    pub(in crate::human) fn with(
        self,
        merger: &Merger<'_>,
        row: &StoredRecord,
        connections: Option<&[ConnectionId]>,
    ) -> Result<Option<Shown<StoredRecord>>, ApiError> {
        let range = (row.record.start.plus_ms(-self.reach()), row.record.start.plus_ms(self.reach()));
        let window = self.window(merger, range, connections)?;
        let has = |merged: &&Merged| merged.shares.iter().any(|share| window.rows[share.entry].id == row.id);
        window.merged.iter().find(has).map(|merged| shown(merger, &window, merged)).transpose()
    }

    /// The merged rows that begin in a range or reach into it, with what they were merged from.
    pub(super) fn between(
        self,
        merger: &Merger<'_>,
        (from, until): (Time, Time),
        connections: Option<&[ConnectionId]>,
    ) -> Result<Vec<Shown<StoredRecord>>, ApiError> {
        let range = (from.plus_ms(-self.reach()), until.plus_ms(self.reach()));
        let window = self.window(merger, range, connections)?;
        window.merged.iter().map(|merged| shown(merger, &window, merged)).collect()
    }
}

fn shown(merger: &Merger<'_>, window: &Window, merged: &Merged) -> Result<Shown<StoredRecord>, ApiError> {
    let row = |entry: usize| &window.rows[entry];
    let lead = row(merged.shares[0].entry);
    let mut parts = Vec::with_capacity(merged.shares.len());
    let (mut created_at, mut updated_at) = (lead.created_at, lead.updated_at);
    for share in &merged.shares {
        let row = row(share.entry);
        created_at = created_at.min(row.created_at);
        updated_at = updated_at.max(row.updated_at);
        parts.push(Part::of(row, merger.sources.name(row.connection_id)?, share));
    }
    let row = StoredRecord {
        id: lead.id,
        connection_id: lead.connection_id,
        record: merged.record.clone(),
        created_at,
        updated_at,
    };
    Ok(Shown { row, parts })
}

//! Merged readings of dense series.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use hilum_merge::sampled::{Taken, stand_ins};
use hilum_merge::{Nature, Subject, Why};
use hilum_model::{ConnectionId, Metric, RecordId, Time};
use hilum_store::records::Filter;
use hilum_store::samples::{Series, StoredSample};

use super::explain::{Said, Used};
use super::{Merger, Part, Shown, around};
use crate::ApiError;

/// A metric whose samples are merged.
#[derive(Debug, Clone, Copy)]
pub(in crate::human) struct Samples {
    metric: Metric,
    gap: i64,
    margin: i64,
}

/// Samples of a stretch of time, and what became of them.
struct Window {
    rows: Vec<StoredSample>,
    taken: Vec<Taken>,
    /// The sample that stands for one that does not count.
    stand_ins: Vec<Option<usize>>,
}

/// How many rows are looked at together for the newest that counts.
const LOOK_AT: u32 = 500;

impl Samples {
    /// Of a metric that is sampled; others are taken as if each sample told of its own instant alone.
    pub(in crate::human) const fn of(metric: Metric) -> Self {
        match Nature::of(metric) {
            Nature::Sampled { gap, margin } => Self { metric, gap, margin },
            _ => Self { metric, gap: 0, margin: 0 },
        }
    }

    /// How far in time the reason lies why a sample counts or not, ms: each source may hold against the next.
    const fn reach(self) -> i64 {
        4 * (self.gap + self.margin)
    }

    fn window(
        self,
        merger: &Merger<'_>,
        range: (Time, Time),
        connections: Option<&[ConnectionId]>,
    ) -> Result<Window, ApiError> {
        let store = &merger.call.engine.store;
        let rows = store.samples_within(
            merger.call.human.human_id,
            self.metric,
            connections,
            (range.0, range.1.plus_ms(1)),
        )?;
        let mut series: BTreeMap<u32, Arc<Series>> = BTreeMap::new();
        for row in &rows {
            series.entry(row.series.number).or_insert_with(|| row.series.clone());
        }
        let mut ranks = HashMap::with_capacity(series.len());
        {
            let mut origins = Vec::with_capacity(series.len());
            for (number, series) in &series {
                origins.push((*number, merger.origin(series.connection_id, series.device.as_deref())?));
            }
            let order = merger.ranking().ranks(Subject::Metric(self.metric), origins.iter().map(|(_, origin)| *origin));
            ranks.extend(origins.iter().map(|(number, origin)| (*number, order.of(origin))));
        }
        let rank = |row: &StoredSample| ranks.get(&row.series.number).copied().unwrap_or(u32::MAX);
        let taken: Vec<Taken> =
            rows.iter().map(|row| Taken { rank: rank(row), start: row.start, end: row.end }).collect();
        let stand_ins = stand_ins(&taken, self.gap, self.margin);
        Ok(Window { rows, taken, stand_ins })
    }

    /// The samples of a page that count, in its order.
    pub(in crate::human) fn page(
        self,
        merger: &Merger<'_>,
        page: &[StoredSample],
        filter: &Filter,
    ) -> Result<Vec<Shown<StoredSample>>, ApiError> {
        let places: HashMap<RecordId, usize> = page.iter().enumerate().map(|(n, row)| (row.id, n)).collect();
        let mut found = Vec::with_capacity(page.len());
        for range in around(page.iter().map(|row| row.start), self.reach()) {
            let window = self.window(merger, range, filter.connections.as_deref())?;
            let mut stands_for: HashMap<usize, Vec<usize>> = HashMap::new();
            for (left_out, stand_in) in window.stand_ins.iter().enumerate() {
                if let Some(stand_in) = stand_in {
                    stands_for.entry(*stand_in).or_default().push(left_out);
                }
            }
            for (n, row) in window.rows.iter().enumerate() {
                let Some(place) = places.get(&row.id).filter(|_| window.stand_ins[n].is_none()) else { continue };
                let left_out = stands_for.get(&n).map_or(&[][..], Vec::as_slice);
                found.push((*place, self.shown(merger, &window, n, left_out)?));
            }
        }
        found.sort_unstable_by_key(|(place, _)| *place);
        Ok(found.into_iter().map(|(_, shown)| shown).collect())
    }

    /// The sample that counts where this one was taken: itself, or the one that stands for it.
    pub(in crate::human) fn with(
        self,
        merger: &Merger<'_>,
        row: &StoredSample,
    ) -> Result<Option<Shown<StoredSample>>, ApiError> {
        let range = (row.start.plus_ms(-self.reach()), row.start.plus_ms(self.reach()));
        let window = self.window(merger, range, None)?;
        let Some(place) = window.rows.iter().position(|other| other.id == row.id) else { return Ok(None) };
        let counts = window.stand_ins[place].unwrap_or(place);
        let left_out: Vec<usize> = (0..window.rows.len()).filter(|n| window.stand_ins[*n] == Some(counts)).collect();
        self.shown(merger, &window, counts, &left_out).map(Some)
    }

    /// The newest sample that counts, of these connections.
    pub(in crate::human) fn newest(
        self,
        merger: &Merger<'_>,
        connections: Option<Vec<ConnectionId>>,
    ) -> Result<Option<Shown<StoredSample>>, ApiError> {
        let store = &merger.call.engine.store;
        let mut filter = Filter { connections, limit: LOOK_AT, ..Filter::default() };
        loop {
            let page = store.samples(merger.call.human.human_id, self.metric, &filter)?;
            if page.rows.is_empty() {
                return Ok(None);
            }
            if let Some(newest) = self.page(merger, &page.rows, &filter)?.into_iter().next() {
                return Ok(Some(newest));
            }
            filter.offset += u64::from(LOOK_AT);
        }
    }

    fn shown(
        self,
        merger: &Merger<'_>,
        window: &Window,
        place: usize,
        left_out: &[usize],
    ) -> Result<Shown<StoredSample>, ApiError> {
        let row = &window.rows[place];
        let own = window.taken[place];
        let better =
            |other: &Taken| other.rank < own.rank && other.start.0.abs_diff(own.start.0) <= self.reach().unsigned_abs();
        let why = if window.taken.iter().any(better) { Why::FillsGap } else { Why::Leads };
        let mut parts = vec![Part {
            id: Some(row.id),
            source: merger.sources.name(row.series.connection_id)?.to_owned(),
            device: row.series.device.clone(),
            member: None,
            start: row.start,
            end: row.end,
            samples: None,
            said: Said::Value(row.value),
            used: Used::All,
            fields: Vec::new(),
            why,
        }];
        let mut by_series: BTreeMap<u32, Vec<&StoredSample>> = BTreeMap::new();
        for n in left_out {
            let row = &window.rows[*n];
            by_series.entry(row.series.number).or_default().push(row);
        }
        for rows in by_series.values() {
            let (Some(first), Some(last)) =
                (rows.iter().min_by_key(|r| r.start), rows.iter().map(|r| r.end.unwrap_or(r.start)).max())
            else {
                continue;
            };
            let one = rows.len() == 1;
            parts.push(Part {
                id: one.then_some(first.id),
                source: merger.sources.name(first.series.connection_id)?.to_owned(),
                device: first.series.device.clone(),
                member: None,
                start: first.start,
                end: if one { first.end } else { Some(last) },
                samples: (!one).then_some(rows.len()),
                said: if one { Said::Value(first.value) } else { Said::Members },
                used: Used::None,
                fields: Vec::new(),
                why: Why::Covered,
            });
        }
        Ok(Shown { row: row.clone(), parts })
    }
}

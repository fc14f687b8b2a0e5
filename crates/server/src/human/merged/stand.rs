//! What the hours of some days come to for one metric, by who told them.

use std::collections::BTreeMap;
use std::sync::Arc;

use hilum_merge::Subject;
use hilum_merge::cumulative::{Interval, shares};
use hilum_model::{ConnectionId, Day, Metric, Time};
use hilum_store::records::StoredRecord;
use hilum_store::samples::Series;

use super::Merger;
use crate::ApiError;

/// What one device of a connection told of a day.
pub(super) struct Told {
    pub(super) connection: ConnectionId,
    pub(super) device: Option<String>,
    /// For the metric; that of the best of its contexts.
    pub(super) rank: u32,
    /// In the metric's unit: what counts, and all.
    pub(super) counted: f64,
    pub(super) sum: f64,
    pub(super) samples: usize,
    /// First start and last end.
    pub(super) start: Time,
    pub(super) end: Time,
    pub(super) created_at: Time,
    pub(super) updated_at: Time,
}

/// See above.
pub(super) struct Stand {
    hours: BTreeMap<Day, Vec<Told>>,
    /// Ranks of the connections' devices that told totals.
    totals: Vec<(ConnectionId, Option<String>, u32)>,
}

impl Stand {
    /// Reads the samples of these civil days, both included. `totals` are the records that tell a total of the metric.
    pub(super) fn read<'r>(
        merger: &Merger<'_>,
        metric: Metric,
        (first, last): (Day, Day),
        connections: Option<&[ConnectionId]>,
        totals: impl Iterator<Item = &'r StoredRecord>,
    ) -> Result<Self, ApiError> {
        // Offsets are less than a day, and what began the day before may reach into the first one.
        let range = (first.plus(-2).start_utc(), last.plus(3).start_utc());
        let rows = merger.call.engine.store.samples_within(merger.call.human.human_id, metric, connections, range)?;
        let mut series: BTreeMap<u32, Arc<Series>> = BTreeMap::new();
        for row in &rows {
            series.entry(row.series.number).or_insert_with(|| row.series.clone());
        }
        let mut of_series = Vec::with_capacity(series.len());
        for (number, series) in &series {
            let mut origin = merger.origin(series.connection_id, series.device.as_deref())?;
            origin.context = series.context.as_deref();
            of_series.push((*number, origin));
        }
        let mut of_totals = Vec::new();
        for row in totals {
            of_totals.push((row, merger.origin(row.connection_id, row.record.device.as_deref())?));
        }
        let all = of_series.iter().map(|(_, origin)| *origin).chain(of_totals.iter().map(|(_, origin)| *origin));
        let ranks = merger.ranking().ranks(Subject::Metric(metric), all);
        let by_number: BTreeMap<u32, u32> =
            of_series.iter().map(|(number, origin)| (*number, ranks.of(origin))).collect();
        let rank = |number: u32| by_number.get(&number).copied().unwrap_or(u32::MAX);
        let intervals: Vec<Interval> =
            rows.iter().map(|row| Interval { rank: rank(row.series.number), start: row.start, end: row.end }).collect();
        let mut hours: BTreeMap<Day, Vec<Told>> = BTreeMap::new();
        for (row, share) in rows.iter().zip(shares(&intervals)) {
            let day = row.start.civil_day(row.offset);
            if day < first || day > last {
                continue;
            }
            let told = hours.entry(day).or_default();
            let same = |t: &&mut Told| t.connection == row.series.connection_id && t.device == row.series.device;
            let end = row.end.unwrap_or(row.start);
            if let Some(told) = told.iter_mut().find(same) {
                told.rank = told.rank.min(rank(row.series.number));
                told.counted += row.value * share;
                told.sum += row.value;
                told.samples += 1;
                told.start = told.start.min(row.start);
                told.end = told.end.max(end);
                told.created_at = told.created_at.min(row.created_at);
                told.updated_at = told.updated_at.max(row.updated_at);
            } else {
                told.push(Told {
                    connection: row.series.connection_id,
                    device: row.series.device.clone(),
                    rank: rank(row.series.number),
                    counted: row.value * share,
                    sum: row.value,
                    samples: 1,
                    start: row.start,
                    end,
                    created_at: row.created_at,
                    updated_at: row.updated_at,
                });
            }
        }
        for told in hours.values_mut() {
            told.sort_by_key(|told| told.rank);
        }
        let totals = of_totals
            .iter()
            .map(|(row, origin)| (row.connection_id, row.record.device.clone(), ranks.of(origin)))
            .collect();
        Ok(Self { hours, totals })
    }

    /// What was told of hours, by day; can be taken once.
    pub(super) fn take_hours(&mut self) -> BTreeMap<Day, Vec<Told>> {
        std::mem::take(&mut self.hours)
    }

    /// The rank of who told a total.
    pub(super) fn rank_of(&self, row: &StoredRecord) -> u32 {
        let same = |(connection, device, _): &&(ConnectionId, Option<String>, u32)| {
            *connection == row.connection_id && *device == row.record.device
        };
        self.totals.iter().find(same).map_or(u32::MAX, |(_, _, rank)| *rank)
    }
}

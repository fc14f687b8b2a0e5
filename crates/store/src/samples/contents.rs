//! What lies where in a person's samples of one metric: the series, and how many samples each day has of them.
//!
//! Remembered until the next commit, as far as pages have asked: whoever reads one page reads the next one too, and
//! without it each page would count its way from the newest day again.

use std::ops::ControlFlow;
use std::sync::Arc;

use hilum_model::{ConnectionId, Day, HumanId, Metric, Unit};
use rusqlite::params;

use super::Series;
use crate::StoreError;
use crate::crypto::Sealer;
use crate::db::{Conn, statements};
use crate::series::{self, Labels};

statements! {
    SERIES = "SELECT series, connection_id, unit, sealed_labels, count FROM series
        WHERE human_id = $1 AND metric = $2 ORDER BY series";
    /// Answered from an index alone: what a late page passes over is counted, not read, for rows are two kilobytes each.
    COUNTS = "SELECT day, series, count FROM chunks WHERE human_id = $1 AND metric = $2 AND day < $3
        ORDER BY day DESC, series DESC";
}

/// Metrics of people that are remembered at once.
pub(crate) const MOST: usize = 256;
/// Counts that are remembered of one of them, twelve bytes each: eleven years of one series.
const MOST_COUNTS: usize = 4096;

/// See above.
#[derive(Clone)]
pub(crate) struct Contents {
    /// With the number of samples, by number.
    series: Vec<(Arc<Series>, u64)>,
    /// From the newest day on, no day in parts.
    counts: Vec<Count>,
}

/// Samples of a series on a day, or of a part of them.
#[derive(Clone, Copy)]
struct Count {
    day: Day,
    series: u32,
    samples: u32,
}

impl Contents {
    /// The series; days are counted when they are asked for.
    pub(super) fn read(conn: Conn<'_>, key: &Sealer, human: HumanId, metric: Metric) -> Result<Self, StoreError> {
        let series = conn.all(SERIES, params![human.0, metric.number()], |row| {
            let (number, connection_id) = (row.get(0)?, ConnectionId(row.get(1)?));
            let unit = Unit::from_number(row.get(2)?).ok_or(StoreError::Damaged("series.unit"))?;
            let sealed = row.get_ref(3)?.as_blob().map_err(|_| StoreError::Damaged("series.sealed_labels"))?;
            let labels: Labels = key.open_json(&series::labels_place(human, number), sealed)?;
            let series = Series { number, connection_id, metric, unit, device: labels.device, context: labels.context };
            Ok((Arc::new(series), row.get::<_, i64>(4)? as u64))
        })?;
        Ok(Self { series, counts: Vec::new() })
    }

    /// Whether this is little enough to be remembered.
    pub(super) const fn is_small(&self) -> bool {
        self.counts.len() <= MOST_COUNTS
    }

    /// Counts further days, until `skip` samples more of these connections have been passed over.
    pub(super) fn count_on(
        &mut self,
        conn: Conn<'_>,
        (human, metric): (HumanId, Metric),
        connections: Option<&[ConnectionId]>,
        mut skip: u64,
    ) -> Result<(), StoreError> {
        let before = self.counts.last().map_or(Day(i32::MAX), |count| count.day);
        let (mut day, mut samples) = (before, 0);
        conn.each(COUNTS, params![human.0, metric.number(), before.0], |row| {
            let next = Count { day: Day(row.get(0)?), series: row.get(1)?, samples: row.get(2)? };
            if next.day != day {
                if samples > skip {
                    return Ok(ControlFlow::Break(()));
                }
                skip -= samples;
                (day, samples) = (next.day, 0);
            }
            if (Chosen { contents: self, connections }).get(next.series).is_some() {
                samples += u64::from(next.samples);
            }
            match self.counts.last_mut() {
                Some(last) if (last.day, last.series) == (next.day, next.series) => last.samples += next.samples,
                _ => self.counts.push(next),
            }
            Ok(ControlFlow::Continue(()))
        })
    }
}

/// The series of a metric that a list is of.
#[derive(Clone, Copy)]
pub(super) struct Chosen<'a> {
    pub(super) contents: &'a Contents,
    /// `None`: all.
    pub(super) connections: Option<&'a [ConnectionId]>,
}

impl<'a> Chosen<'a> {
    /// Those that are chosen, by number, with their samples.
    pub(super) fn all(self) -> impl Iterator<Item = &'a (Arc<Series>, u64)> {
        self.contents.series.iter().filter(move |(series, _)| self.wants(series))
    }

    fn wants(self, series: &Series) -> bool {
        self.connections.is_none_or(|wanted| wanted.contains(&series.connection_id))
    }

    /// The series of that number, if it is chosen.
    pub(super) fn get(self, number: u32) -> Option<&'a Arc<Series>> {
        let place = self.contents.series.binary_search_by_key(&number, |(series, _)| series.number).ok()?;
        Some(&self.contents.series[place].0).filter(|series| self.wants(series))
    }

    /// Whether none is chosen.
    pub(super) fn is_empty(self) -> bool {
        self.all().next().is_none()
    }

    /// Samples of all that are chosen.
    pub(super) fn total(self) -> u64 {
        self.all().map(|(_, samples)| samples).sum()
    }

    /// The day in which the sample lies that has `skip` newer ones, and how many of these lie in that day too. `Err` with
    /// what is left of `skip` when the days counted so far do not reach that far.
    pub(super) fn day_after(self, mut skip: u64) -> Result<(Day, u64), u64> {
        for day in self.contents.counts.chunk_by(|a, b| a.day == b.day) {
            let chosen = day.iter().filter(|count| self.get(count.series).is_some());
            let samples: u64 = chosen.map(|count| u64::from(count.samples)).sum();
            if samples > skip {
                return Ok((day[0].day, skip));
            }
            skip -= samples;
        }
        Err(skip)
    }
}

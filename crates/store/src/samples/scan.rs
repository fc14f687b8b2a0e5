//! Samples in the order of their days, without a row being made of each: for sums over years.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use hilum_model::chunk::{Reader, StoredPoint};
use hilum_model::{Day, HumanId, Metric, Time};
use rusqlite::params;

use super::contents::{Chosen, Contents};
use super::{DAMAGED, Series};
use crate::crypto::Sealer;
use crate::db::{Conn, statements};
use crate::series::{Slot, body_place};
use crate::{Store, StoreError};

statements! {
    CHUNKS_WITHIN = "SELECT day, series, part, sealed_body FROM chunks
        WHERE human_id = $1 AND metric = $2 AND day >= $3 AND day <= $4 AND first_at < $6 AND last_at >= $5
        ORDER BY day, series, part";
    /// Answered from an index alone.
    DAYS_OF_SERIES = "SELECT series, min(day), max(day), sum(count) FROM chunks
        WHERE human_id = $1 AND metric = $2 AND day >= $3 AND day <= $4 GROUP BY series";
    STARTS_OF_DAY = "SELECT series, first_at, last_at FROM chunks WHERE human_id = $1 AND metric = $2 AND day = $3";
}

/// One metric of a person, at one moment.
pub struct Scan<'a> {
    conn: Conn<'a>,
    key: &'a Sealer,
    human: HumanId,
    metric: Metric,
    contents: Contents,
}

/// How much there is of some series, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Start of the first sample.
    pub first: Time,
    /// Start of the last sample.
    pub last: Time,
    /// Samples.
    pub count: u64,
}

impl Store {
    /// Runs `read` on what is stored of a metric; all that it reads is of one moment. `None` when there is no such person.
    pub fn scan<T>(
        &self,
        human: HumanId,
        metric: Metric,
        read: impl FnOnce(&Scan<'_>) -> T,
    ) -> Result<Option<T>, StoreError> {
        self.read(|conn| {
            conn.snapshot(|conn| {
                let Some(key) = self.context.vault.find_person(conn, human)? else { return Ok(None) };
                let contents = Contents::read(conn, &key, human, metric)?;
                Ok(Some(read(&Scan { conn, key: &key, human, metric, contents })))
            })
        })
    }
}

impl Scan<'_> {
    /// The series of the metric, by number. Some may be without samples.
    pub fn series(&self) -> impl Iterator<Item = &Arc<Series>> {
        Chosen { contents: &self.contents, connections: None }.all().map(|(series, _)| series)
    }

    /// Series that have samples which begin on these UTC days, both included, with the first and the last such day and the
    /// number of samples. No sample is read.
    pub fn days(&self, (first, last): (Day, Day)) -> Result<Vec<(u32, Day, Day, u64)>, StoreError> {
        self.conn.all(DAYS_OF_SERIES, params![self.human.0, self.metric.number(), first.0, last.0], |row| {
            Ok((row.get(0)?, Day(row.get(1)?), Day(row.get(2)?), row.get::<_, i64>(3)? as u64))
        })
    }

    /// How much there is of the series that are wanted; `None` where there is nothing. No sample is read.
    pub fn extent(&self, wanted: impl Fn(u32) -> bool) -> Result<Option<Extent>, StoreError> {
        let mut days = self.days((Day(i32::MIN), Day(i32::MAX)))?;
        days.retain(|(series, ..)| wanted(*series));
        let (Some(first), Some(last)) = (days.iter().map(|d| d.1).min(), days.iter().map(|d| d.2).max()) else {
            return Ok(None);
        };
        let starts = |day: Day| -> Result<Vec<(Time, Time)>, StoreError> {
            let of = params![self.human.0, self.metric.number(), day.0];
            let mut all = self
                .conn
                .all(STARTS_OF_DAY, of, |row| Ok((row.get::<_, u32>(0)?, Time(row.get(1)?), Time(row.get(2)?))))?;
            all.retain(|(series, ..)| wanted(*series));
            Ok(all.into_iter().map(|(_, first, last)| (first, last)).collect())
        };
        let first = starts(first)?.into_iter().map(|(first, _)| first).min();
        let last = starts(last)?.into_iter().map(|(_, last)| last).max();
        let (Some(first), Some(last)) = (first, last) else { return Err(DAMAGED) };
        Ok(Some(Extent { first, last, count: days.iter().map(|d| d.3).sum() }))
    }

    /// Hands out samples that begin at `from` or later and before `to`, of the series that are wanted: chunk by chunk, by
    /// UTC day, then series; within a series in order of start, then end. Values are as received, in the series' unit.
    pub fn each(
        &self,
        (from, to): (Time, Time),
        wanted: impl Fn(u32) -> bool,
        mut visit: impl FnMut(Day, u32, &[StoredPoint]),
    ) -> Result<(), StoreError> {
        if from >= to {
            return Ok(());
        }
        // A chunk holds the samples that begin on its day, so no earlier day is needed.
        let days = (from.utc_day().0, to.utc_day().0);
        let mut points = Vec::new();
        self.conn.each(
            CHUNKS_WITHIN,
            params![self.human.0, self.metric.number(), days.0, days.1, from.0, to.0],
            |row| {
                let slot = Slot { human: self.human, metric: self.metric, day: Day(row.get(0)?), series: row.get(1)? };
                if !wanted(slot.series) {
                    return Ok(ControlFlow::Continue(()));
                }
                let sealed = row.get_ref(3)?.as_blob().map_err(|_| DAMAGED)?;
                let body = self.key.open(&body_place(slot, row.get(2)?), sealed)?;
                let reader = Reader::open(&body).map_err(|_| DAMAGED)?;
                points.clear();
                for block in 0..reader.blocks() {
                    let info = reader.block_info(block);
                    if info.first < to && info.last >= from {
                        reader.block(block, &mut points).map_err(|_| DAMAGED)?;
                    }
                }
                let begin = points.partition_point(|stored| stored.point.start < from);
                let end = points.partition_point(|stored| stored.point.start < to);
                if begin < end {
                    visit(slot.day, slot.series, &points[begin..end]);
                }
                Ok(ControlFlow::Continue(()))
            },
        )
    }

    /// The series that are chosen, by number.
    pub(super) fn chosen(&self, connections: Option<&[hilum_model::ConnectionId]>) -> BTreeMap<u32, Arc<Series>> {
        let chosen = Chosen { contents: &self.contents, connections };
        chosen.all().map(|(series, _)| (series.number, series.clone())).collect()
    }
}

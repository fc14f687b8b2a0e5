//! Taking samples out of their series.

use hilum_model::{ConnectionId, HumanId, Metric, Time};
use rusqlite::params;

use crate::db::statements;
use crate::series::{self, Slot, Target};
use crate::{Store, StoreError};

statements! {
    PARTS = "SELECT part FROM chunks WHERE human_id = $1 AND metric = $2 AND day = $3 AND series = $4 ORDER BY part";
    DELETE_FROM = "DELETE FROM chunks
        WHERE human_id = $1 AND metric = $2 AND day = $3 AND series = $4 AND part >= $5";
    COUNT_DOWN = "UPDATE series SET count = count - $4, updated_max = $5
        WHERE human_id = $1 AND series = $2 AND connection_id = $3";
    IS_OF = "SELECT 1 FROM series WHERE human_id = $1 AND series = $2 AND connection_id = $3 AND metric = $4";
}

/// A sample of a person, by what identifies it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SampleKey {
    /// Number of its series.
    pub series: u32,
    /// Start or instant.
    pub start: Time,
    /// End of an interval.
    pub end: Option<Time>,
}

impl Store {
    /// Removes samples of a metric from series of a connection; says how many there were. Those that are not there, or are of
    /// another connection, are left alone.
    pub async fn remove_samples(
        &self,
        human: HumanId,
        connection: ConnectionId,
        metric: Metric,
        mut samples: Vec<SampleKey>,
    ) -> Result<u64, StoreError> {
        samples.sort_unstable();
        self.write(move |conn, context| {
            let key = context.vault.person(conn, human)?;
            let target = Target { conn, vault: &context.vault, key: &key, human, connection, now: context.now() };
            let mut removed = 0;
            for run in samples.chunk_by(|a, b| (a.series, a.start.utc_day()) == (b.series, b.start.utc_day())) {
                let (series, day) = (run[0].series, run[0].start.utc_day());
                if conn.one(IS_OF, params![human.0, series, connection.0, metric.number()], |_| Ok(()))?.is_none() {
                    continue;
                }
                let gone = of_day(&target, Slot { human, metric, day, series }, run)?;
                let count = i64::try_from(gone).map_err(|_| StoreError::Damaged("series.count"))?;
                if gone > 0 {
                    conn.run(COUNT_DOWN, params![human.0, series, connection.0, count, target.now.0])?;
                }
                removed += gone;
            }
            Ok(removed)
        })
        .await
    }
}

/// Removes samples of one day of a series. The chunks that are left move up, so that parts count from 0 without a gap.
fn of_day(target: &Target<'_>, slot: Slot, samples: &[SampleKey]) -> Result<u64, StoreError> {
    let whose = (slot.human.0, slot.metric.number(), slot.day.0, slot.series);
    let parts: Vec<i64> = target.conn.all(PARTS, params![whose.0, whose.1, whose.2, whose.3], |row| Ok(row.get(0)?))?;
    let (mut removed, mut next) = (0, 0_i64);
    for part in parts {
        let mut chunk = series::read(target, slot, part)?;
        let gone = chunk.retain(|point| {
            let key = SampleKey { series: slot.series, start: point.start, end: point.end };
            samples.binary_search(&key).is_err()
        }) as u64;
        removed += gone;
        if chunk.is_empty() {
            continue;
        }
        if gone > 0 || part != next {
            series::write(target, slot, next, &chunk)?;
        }
        next += 1;
    }
    target.conn.run(DELETE_FROM, params![whose.0, whose.1, whose.2, whose.3, next])?;
    Ok(removed)
}

//! The samples of a stretch of time: what was measured during a night or a workout.

use hilum_model::chunk::Reader;
use hilum_model::{ConnectionId, Day, HumanId, Metric, Time};
use rusqlite::params;

use super::contents::{Chosen, Contents};
use super::{DAMAGED, StoredSample, shown};
use crate::db::{Conn, statements};
use crate::series::{Slot, body_place};
use crate::{Store, StoreError};

statements! {
    CHUNKS_WITHIN = "SELECT day, series, part, sealed_body FROM chunks
        WHERE human_id = $1 AND metric = $2 AND day >= $3 AND day <= $4 AND first_at < $6 AND last_at >= $5
        ORDER BY day, series, part";
}

impl Store {
    /// Samples of these connections (`None`: of all) that begin at `from` or later and before `to`, oldest first; of equal starts the series with
    /// the lower number first.
    pub fn samples_within(
        &self,
        human: HumanId,
        metric: Metric,
        connections: Option<&[ConnectionId]>,
        (from, to): (Time, Time),
    ) -> Result<Vec<StoredSample>, StoreError> {
        self.read(|conn| conn.snapshot(|conn| self.within(conn, (human, metric), connections, (from, to))))
    }

    fn within(
        &self,
        conn: Conn<'_>,
        (human, metric): (HumanId, Metric),
        connections: Option<&[ConnectionId]>,
        (from, to): (Time, Time),
    ) -> Result<Vec<StoredSample>, StoreError> {
        let Some(key) = self.context.vault.find_person(conn, human)? else { return Ok(Vec::new()) };
        let contents = Contents::read(conn, &key, human, metric)?;
        let chosen = Chosen { contents: &contents, connections };
        let mut found = Vec::new();
        if chosen.is_empty() || from >= to {
            return Ok(found);
        }
        // A chunk holds the samples that begin on its day, so no earlier day is needed.
        let days = (from.utc_day().0, to.utc_day().0);
        let mut points = Vec::new();
        conn.each(CHUNKS_WITHIN, params![human.0, metric.number(), days.0, days.1, from.0, to.0], |row| {
            let slot = Slot { human, metric, day: Day(row.get(0)?), series: row.get(1)? };
            let Some(series) = chosen.get(slot.series) else { return Ok(std::ops::ControlFlow::Continue(())) };
            let sealed = row.get_ref(3)?.as_blob().map_err(|_| DAMAGED)?;
            let body = key.open(&body_place(slot, row.get(2)?), sealed)?;
            let reader = Reader::open(&body).map_err(|_| DAMAGED)?;
            points.clear();
            for block in 0..reader.blocks() {
                let info = reader.block_info(block);
                if info.first < to && info.last >= from {
                    reader.block(block, &mut points).map_err(|_| DAMAGED)?;
                }
            }
            let inside = points.iter().filter(|stored| (from..to).contains(&stored.point.start));
            found.extend(inside.map(|stored| shown(series, stored)));
            Ok(std::ops::ControlFlow::Continue(()))
        })?;
        found.sort_by_key(|sample| (sample.start, sample.series.number));
        Ok(found)
    }
}

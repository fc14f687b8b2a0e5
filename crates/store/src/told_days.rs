//! Civil days of which anything is told.

use hilum_model::{Day, HumanId, Kind};
use rusqlite::params;

use crate::db::statements;
use crate::records::{Conditions, Filter};
use crate::{Store, StoreError};

statements! {
    OF_RECORDS = "SELECT DISTINCT day FROM records WHERE human_id = $1 AND kind = $2
        AND ($3 IS NULL OR day >= $3) AND ($4 IS NULL OR day <= $4)
        AND ($5 IS NULL OR created_at >= $5) AND ($6 IS NULL OR created_at < $6)
        AND ($7 IS NULL OR updated_at >= $7) AND ($8 IS NULL OR updated_at < $8)
        AND ($9 IS NULL OR lower(hex(connection_id)) IN (SELECT value FROM json_each($9)))";
    /// The metrics are written out: they are those of the partial index.
    OF_AMOUNTS = "SELECT DISTINCT civil_min, civil_max FROM chunks WHERE human_id = $1 AND metric IN (8, 12, 13, 18)
        AND civil_max >= $2 AND civil_min <= $3
        AND ($4 IS NULL OR created_max >= $4) AND ($5 IS NULL OR created_min < $5)
        AND ($6 IS NULL OR updated_max >= $6) AND ($7 IS NULL OR created_min < $7)
        AND ($8 IS NULL OR series IN (SELECT series FROM series WHERE human_id = $1
            AND lower(hex(connection_id)) IN (SELECT value FROM json_each($8))))";
}

impl Store {
    /// Civil days with a record of that kind that meets the conditions, newest first; `limit` and `offset` do not count.
    /// With `amounts` also the days with samples of steps, distance, active energy or floors; these meet the conditions
    /// on when they were stored as far as can be told from whole chunks, so that a day may be too many, never too few.
    pub fn told_days(
        &self,
        human: HumanId,
        kind: Kind,
        filter: &Filter,
        amounts: bool,
    ) -> Result<Vec<Day>, StoreError> {
        let c = Conditions::new(filter);
        let (created, updated) = (c.created, c.updated);
        let mut days: Vec<Day> = self.read(|conn| {
            conn.snapshot(|conn| {
                let mut days = conn.all(
                    OF_RECORDS,
                    params![
                        human.0,
                        kind.number(),
                        c.days.0,
                        c.days.1,
                        created.0,
                        created.1,
                        updated.0,
                        updated.1,
                        c.connections
                    ],
                    |row| Ok(Day(row.get(0)?)),
                )?;
                if amounts {
                    let (first, last) = (c.days.0.unwrap_or(i32::MIN), c.days.1.unwrap_or(i32::MAX));
                    let ranges: Vec<(i32, i32)> = conn.all(
                        OF_AMOUNTS,
                        params![human.0, first, last, created.0, created.1, updated.0, updated.1, c.connections],
                        |row| Ok((row.get(0)?, row.get(1)?)),
                    )?;
                    days.extend(ranges.into_iter().flat_map(|(a, b)| (a.max(first)..=b.min(last)).map(Day)));
                }
                Ok(days)
            })
        })?;
        days.sort_unstable_by(|a, b| b.cmp(a));
        days.dedup();
        Ok(days)
    }
}

#[cfg(test)]
mod tests {
    use hilum_model::{Metric, Time};

    use super::*;
    use crate::db::migrate;

    #[test]
    fn days_of_amounts_are_found_in_their_index_alone() {
        let mut raw = rusqlite::Connection::open_in_memory().expect("opens");
        migrate::migrate(&mut raw, Time(0)).expect("migrates");
        let mut explain = raw.prepare(&format!("EXPLAIN QUERY PLAN {}", OF_AMOUNTS.text)).expect("explains");
        let count = explain.parameter_count();
        let steps: Vec<String> = explain
            .query_map(rusqlite::params_from_iter(vec![rusqlite::types::Null; count]), |row| row.get(3))
            .expect("runs")
            .collect::<Result<_, _>>()
            .expect("rows");
        assert!(steps[0].starts_with("SEARCH chunks USING COVERING INDEX chunks_by_civil_day"), "{steps:?}");
    }

    #[test]
    fn the_metrics_written_out_are_those_meant() {
        let amounts = [Metric::Steps, Metric::Distance, Metric::ActiveEnergy, Metric::FloorsClimbed];
        let numbers = amounts.map(|metric| metric.number().to_string()).join(", ");
        assert!(OF_AMOUNTS.text.contains(&format!("metric IN ({numbers})")));
    }
}

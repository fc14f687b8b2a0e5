//! The samples of a stretch of time: what was measured during a night or a workout.

use hilum_model::{ConnectionId, HumanId, Metric, Time};

use super::{StoredSample, shown};
use crate::{Store, StoreError};

impl Store {
    /// Samples of these connections (`None`: of all) that begin at `from` or later and before `to`, oldest first; of equal
    /// starts the series with the lower number first.
    pub fn samples_within(
        &self,
        human: HumanId,
        metric: Metric,
        connections: Option<&[ConnectionId]>,
        range: (Time, Time),
    ) -> Result<Vec<StoredSample>, StoreError> {
        let found = self.scan(human, metric, |scan| {
            let chosen = scan.chosen(connections);
            let mut found = Vec::new();
            if chosen.is_empty() {
                return Ok(found);
            }
            scan.each(
                range,
                |number| chosen.contains_key(&number),
                |_, number, points| {
                    if let Some(series) = chosen.get(&number) {
                        found.extend(points.iter().map(|stored| shown(series, stored)));
                    }
                },
            )?;
            found.sort_by_key(|sample: &StoredSample| (sample.start, sample.series.number));
            Ok(found)
        })?;
        found.unwrap_or_else(|| Ok(Vec::new()))
    }
}

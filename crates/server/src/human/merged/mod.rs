//! `?merge=true`: what several sources tell of the same thing as one, with the parts named. `docs/MERGE.md` has the rules;
//! the rules themselves are in `hilum-merge`.
//!
//! Pages stay cheap and stable: a list is cut into pages by the rows before merging (days by days), and of a page only
//! the neighbourhood in time is read, as far as anything in it can reach. A merged row is on the page of its newest part.

mod days;
mod explain;
mod lists;
mod records;
mod samples;
mod stand;

use std::sync::Arc;

use hilum_merge::{Nature, Origin, Priorities, Ranking, Subject};
use hilum_model::{ConnectionId, DeviceKind, Metric, Time};
use hilum_store::samples::Series;

pub(super) use self::days::Days;
pub(super) use self::explain::{Part, add as add_parts, write as write_parts};
pub(super) use self::records::Single;
pub(super) use self::samples::Samples;
use super::Call;
use super::rows::Sources;
use crate::ApiError;

/// A row with the parts that it came from, the leading one first.
pub(super) struct Shown<T> {
    pub(super) row: T,
    pub(super) parts: Vec<Part>,
}

/// Whose data are merged, and who is believed.
pub(super) struct Merger<'a> {
    call: &'a Call<'a>,
    pub(super) sources: Sources,
    human: Priorities,
    app: Priorities,
}

impl<'a> Merger<'a> {
    pub(super) fn new(call: &'a Call<'_>) -> Result<Self, ApiError> {
        let store = &call.engine.store;
        // They were checked when they were set.
        let read = |lists| {
            Priorities::read(&lists, |name| Some(name.to_owned()))
                .map_err(|_| ApiError::from(hilum_store::StoreError::Damaged("priorities.lists")))
        };
        Ok(Self {
            call,
            sources: Sources::of(call)?,
            human: read(store.human_priorities(call.human.human_id)?)?,
            app: read(store.app_priorities(call.human.client_id)?)?,
        })
    }

    const fn ranking(&self) -> Ranking<'_> {
        Ranking { human: &self.human, app: &self.app }
    }

    /// Ranks of series of one metric, in their order. Amounts of one device are told apart by what they are of: a workout's
    /// own count is not added to that of the day.
    pub(super) fn ranks(&self, metric: Metric, series: &[Arc<Series>]) -> Result<Vec<u32>, ApiError> {
        let with_context = Nature::of(metric) == Nature::Cumulative;
        let mut origins = Vec::with_capacity(series.len());
        for series in series {
            let mut origin = self.origin(series.connection_id, series.device.as_deref())?;
            origin.context = series.context.as_deref().filter(|_| with_context);
            origins.push(origin);
        }
        let ranks = self.ranking().ranks(Subject::Metric(metric), origins.iter().copied());
        Ok(origins.iter().map(|origin| ranks.of(origin)).collect())
    }

    /// Who a row is of. Where the device's name says nothing, it is what the source mostly has.
    fn origin<'o>(&'o self, connection: ConnectionId, device: Option<&'o str>) -> Result<Origin<'o>, ApiError> {
        let source = ranked_as(self.sources.name(connection)?);
        let kind = match device.map_or(DeviceKind::Unknown, DeviceKind::of_name) {
            DeviceKind::Unknown => hilum_providers::find(source).map_or(DeviceKind::Unknown, |p| p.device),
            kind => kind,
        };
        Ok(Origin { connection: self.sources.rank(connection), source, kind, device, context: None })
    }
}

/// The source that another one is ranked as: the export of an account is the account's source.
pub(crate) fn ranked_as(source: &str) -> &str {
    let name = source.strip_suffix("_export").unwrap_or(source);
    let provider = hilum_providers::find(name).map(|provider| provider.id);
    provider.or_else(|| hilum_providers::bridge::bridge(name).map(|bridge| bridge.id)).unwrap_or(source)
}

/// Stretches of time around some instants, newest first; those that would meet are one.
fn around(starts: impl IntoIterator<Item = Time>, reach: i64) -> Vec<(Time, Time)> {
    let mut starts: Vec<Time> = starts.into_iter().collect();
    starts.sort_unstable_by(|a, b| b.cmp(a));
    let mut ranges: Vec<(Time, Time)> = Vec::new();
    for start in starts {
        let (from, until) = (start.plus_ms(-reach), start.plus_ms(reach));
        match ranges.last_mut() {
            Some(last) if until >= last.0 => last.0 = from,
            _ => ranges.push((from, until)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_are_ranked_as_their_accounts() {
        for (source, ranked) in [
            ("oura", "oura"),
            ("oura_export", "oura"),
            ("fitbit", "google_health"),
            ("fitbit_export", "google_health"),
            ("apple_health", "apple_health"),
            ("file", "file"),
            ("gadget_export", "gadget_export"),
        ] {
            assert_eq!(ranked_as(source), ranked);
        }
    }

    #[test]
    fn neighbourhoods_that_meet_are_one() {
        let ranges = around([10, 100, 14, 112].map(Time), 6);
        assert_eq!(ranges, [(Time(94), Time(118)), (Time(4), Time(20))]);
        assert!(around([], 5).is_empty());
    }
}

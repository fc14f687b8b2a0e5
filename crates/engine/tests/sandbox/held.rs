//! What the store holds of a person, in a form that can be compared: without ids and times of storing.

use std::collections::{BTreeMap, BTreeSet};

use hilum_model::metric::Storage;
use hilum_model::{Day, HumanId, Kind, Metric};
use hilum_store::records::{Filter, StoredRecord};
use hilum_store::samples::StoredSample;

use crate::bed::Bed;

/// Samples of one page.
const PAGE: u32 = 500;

impl Bed {
    pub(crate) fn all_records(&self, human: HumanId) -> Vec<StoredRecord> {
        Kind::ALL.into_iter().flat_map(|kind| self.records(human, kind)).collect()
    }

    pub(crate) fn all_samples(&self, human: HumanId) -> Vec<StoredSample> {
        let dense = Metric::ALL.into_iter().filter(|metric| metric.storage() == Storage::Series);
        let mut all = Vec::new();
        for metric in dense {
            let mut filter = Filter { limit: PAGE, ..Filter::default() };
            loop {
                let rows = self.engine.store.samples(human, metric, &filter).expect("read").rows;
                let full = rows.len() == PAGE as usize;
                filter.offset += rows.len() as u64;
                all.extend(rows);
                if !full {
                    break;
                }
            }
        }
        all
    }

    /// Everything of days before this one. What is of a later day depends on the moment of its reading.
    pub(crate) fn contents(&self, human: HumanId, before: Day) -> BTreeSet<String> {
        let rows = self.engine.store.connections(human).expect("read");
        let names: BTreeMap<_, _> = rows.into_iter().map(|row| (row.connection_id, row.provider)).collect();
        let records =
            self.all_records(human).into_iter().filter(|row| row.record.day < before && !row.record.is_state());
        let mut all: BTreeSet<String> =
            records.map(|row| format!("{} {:?}", names[&row.connection_id], row.record)).collect();
        let samples = self.all_samples(human).into_iter().filter(|sample| sample.start.utc_day() < before);
        all.extend(samples.map(|one| {
            let of = &one.series;
            let name = &names[&of.connection_id];
            let (metric, unit, device, context) = (of.metric, of.unit, &of.device, &of.context);
            let (start, end, offset, received) = (one.start, one.end, one.offset, one.received);
            format!("{name} {metric:?} {start} {end:?} {offset:?} {received} {unit:?} {device:?} {context:?}")
        }));
        all
    }
}

/// Fails with what one has and the other has not.
#[track_caller]
pub(crate) fn same(left: &BTreeSet<String>, right: &BTreeSet<String>, about: &str) {
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| -> (usize, Vec<String>) {
        let all: Vec<&String> = one.difference(other).collect();
        (all.len(), all.into_iter().take(3).cloned().collect())
    };
    let (lost, more) = (only(right, left), only(left, right));
    assert!(
        lost.0 == 0 && more.0 == 0,
        "{about}: {} missing: {:#?}, {} too many: {:#?}",
        lost.0,
        lost.1,
        more.0,
        more.1
    );
}

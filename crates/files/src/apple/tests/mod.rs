//! Hand-written exports in the documented shapes; what they become is worked out by hand.

mod archives;
mod damage;
mod document;

use std::io::Cursor;
use std::ops::ControlFlow;

use hilum_model::{Batch, Kind, Metric, Observation, Record, Sample};

use crate::{Delivery, Input, Limits, Outcome, Position};

pub(super) const EXPORT: &str = include_str!("../fixtures/export.xml");
pub(super) const ROUTE: &str = include_str!("../fixtures/route.gpx");
pub(super) const ECG: &str = include_str!("../fixtures/ecg.csv");

/// Everything that a reading gave.
pub(super) struct Read {
    pub outcome: Outcome,
    pub batches: Vec<(Batch, Position)>,
}

pub(super) fn read_from(input: &mut dyn Input, limits: &Limits, from: Option<Position>) -> Read {
    let mut batches = Vec::new();
    let mut read = 0;
    let outcome = crate::read(input, limits, from, &mut |delivery: Delivery| {
        assert!(delivery.progress.read <= delivery.progress.total && delivery.progress.read >= read);
        assert!(delivery.batch.rejected.is_empty() && delivery.batch.observations.len() <= limits.batch);
        read = delivery.progress.read;
        batches.push((delivery.batch, delivery.position));
        ControlFlow::Continue(())
    });
    Read { outcome, batches }
}

pub(super) fn read(bytes: &[u8]) -> Read {
    read_from(&mut Cursor::new(bytes), &Limits::default(), None)
}

impl Read {
    pub(super) fn observations(&self) -> impl Iterator<Item = &Observation> {
        self.batches.iter().flat_map(|(batch, _)| &batch.observations)
    }
    pub(super) fn samples(&self, metric: Metric) -> Vec<&Sample> {
        let samples = self.observations().filter_map(|o| if let Observation::Sample(s) = o { Some(s) } else { None });
        samples.filter(|sample| sample.metric == metric).collect()
    }
    pub(super) fn records(&self, kind: Kind) -> Vec<&Record> {
        let records =
            self.observations().filter_map(|o| if let Observation::Record(r) = o { Some(&**r) } else { None });
        records.filter(|record| record.body.kind() == Some(kind)).collect()
    }
}

//! The way out of a reader: observations are gathered and handed over in bounded batches.

use std::ops::ControlFlow;

use hilum_model::{Batch, Body, Observation, Record, Sample};

use crate::error::FileError;
use crate::input::Meter;
use crate::limits::Limits;
use crate::position::Position;
use crate::summary::Summary;

/// Bytes of a name, key or remark; longer ones are of no honest file and would make a batch of any size.
const TEXT: usize = 1024;
const TOO_LONG: &str = "a name that is too long";

/// How far a reading has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the file read so far.
    pub read: u64,
    /// Bytes of the file.
    pub total: u64,
}

/// One batch, handed over.
#[derive(Debug)]
pub struct Delivery {
    /// The observations, samples sorted by metric, device and time. `rejected` is empty: reasons are in the summary.
    pub batch: Batch,
    /// Once this batch is applied, a reading may start again from here.
    pub position: Position,
    /// How far the reading has come.
    pub progress: Progress,
    /// Everything until here, this batch included, counted from where this reading began.
    pub summary: Summary,
}

/// Gathers observations and hands them over.
pub(crate) struct Out<'a> {
    deliver: &'a mut dyn FnMut(Delivery) -> ControlFlow<()>,
    batch: Batch,
    size: usize,
    /// What the batch weighs, in observations of common size.
    weight: usize,
    position: Position,
    meter: Meter,
    summary: Summary,
}

impl<'a> Out<'a> {
    pub(crate) fn new(
        deliver: &'a mut dyn FnMut(Delivery) -> ControlFlow<()>,
        limits: &Limits,
        meter: Meter,
        position: Position,
    ) -> Self {
        let (size, summary) = (limits.batch.max(1), Summary::default());
        Self { deliver, batch: Batch::default(), size, weight: 0, position, meter, summary }
    }

    /// Adds a sample; rejects it when it breaks the rules of the model.
    pub(crate) fn sample(&mut self, sample: Sample) -> Result<(), FileError> {
        if [&sample.device, &sample.context].into_iter().flatten().any(|text| text.len() > TEXT) {
            self.summary.reject(TOO_LONG);
            return Ok(());
        }
        self.make_room(1)?;
        self.batch.sample(sample);
        Ok(())
    }

    /// Adds a record; rejects it when it breaks the rules of the model.
    pub(crate) fn record(&mut self, mut record: Record) -> Result<(), FileError> {
        let kind = if let Body::Activity(activity) = &record.body { activity.kind.len() } else { 0 };
        if record.key.len().max(record.device.as_ref().map_or(0, String::len)).max(kind) > TEXT {
            self.summary.reject(TOO_LONG);
            return Ok(());
        }
        record.source_data.retain(|name, value| name.len().max(value.as_str().map_or(0, str::len)) <= TEXT);
        self.make_room(weight(&record))?;
        self.batch.record(record);
        Ok(())
    }

    /// The facts about the person that the batch under way will carry.
    pub(crate) const fn facts(&mut self) -> &mut hilum_model::observation::AccountFacts {
        &mut self.batch.facts
    }

    /// Counts an item that is not understood. The reason names no values.
    pub(crate) fn reject(&mut self, reason: &str) {
        self.summary.reject(reason);
    }

    /// Counts an item of a type that is not known.
    pub(crate) fn unknown(&mut self, name: &str) {
        self.summary.unknown_type(name);
    }

    /// Counts an item that is known and not imported.
    pub(crate) fn leave_out(&mut self, what: &'static str) {
        self.summary.leave_out(what);
    }

    /// Says that everything before this place of a file has been added: from here a reading could start again, if it
    /// gathered anew what is held since `held`.
    pub(crate) fn reached(&mut self, member: u32, offset: u64, held: u64) {
        self.position = Position { total: self.position.total, member, offset, held };
    }

    /// Tells that bytes of the file are passed over, for the progress.
    pub(crate) fn skip(&self, bytes: u64) {
        self.meter.skip(bytes);
    }

    /// Hands over what is gathered, at the end of the file.
    pub(crate) fn end(&mut self) -> Result<(), FileError> {
        self.meter.skip(self.meter.total());
        self.flush()
    }

    /// Hands over what is gathered.
    pub(crate) fn flush(&mut self) -> Result<(), FileError> {
        let mut batch = std::mem::take(&mut self.batch);
        self.weight = 0;
        for reason in batch.rejected.drain(..) {
            self.summary.reject(&reason);
        }
        if batch == Batch::default() {
            return Ok(());
        }
        batch.observations.sort_by(order);
        for observation in &batch.observations {
            self.summary.delivered(observation);
        }
        let progress = Progress { read: self.meter.read(), total: self.meter.total() };
        let summary = self.summary.clone();
        match (self.deliver)(Delivery { batch, position: self.position, progress, summary }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(FileError::Stopped),
        }
    }

    pub(crate) fn into_summary(self) -> Summary {
        self.summary
    }

    /// Flushes before the batch would grow too large. What is delivered inside an item (a long track) is told with the
    /// position before that item.
    fn make_room(&mut self, weight: usize) -> Result<(), FileError> {
        if self.weight > 0 && self.weight + weight > self.size {
            self.flush()?;
        }
        self.weight += weight;
        Ok(())
    }
}

/// What a record weighs beside a sample: nights with many stages and electrocardiograms are long.
fn weight(record: &Record) -> usize {
    let listed: usize = record.source_data.values().filter_map(|value| value.as_array()).map(Vec::len).sum();
    let long = match &record.body {
        Body::Sleep(sleep) => sleep.stages.len() / 8,
        Body::Ecg(ecg) => ecg.microvolts.len() / 32,
        Body::Genotypes(block) => block.weight() / 128,
        _ => 0,
    };
    1 + listed + long
}

/// Samples by series and time, so that the store meets each of its chunks once a batch; then records as they came.
fn order(a: &Observation, b: &Observation) -> std::cmp::Ordering {
    match (a, b) {
        (Observation::Sample(a), Observation::Sample(b)) => {
            let key = |s: &Sample| (s.start, s.end);
            a.metric
                .cmp(&b.metric)
                .then_with(|| a.device.cmp(&b.device))
                .then_with(|| a.context.cmp(&b.context))
                .then_with(|| key(a).cmp(&key(b)))
        }
        (Observation::Sample(_), _) => std::cmp::Ordering::Less,
        (_, Observation::Sample(_)) => std::cmp::Ordering::Greater,
        _ => std::cmp::Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use hilum_model::observation::Ecg;
    use hilum_model::{Day, Time};

    use super::*;

    #[test]
    fn long_records_go_out_before_they_pile_up() {
        let record = |number: i64| Record {
            key: number.to_string(),
            device: None,
            start: Time(number),
            end: None,
            offset: None,
            day: Day(0),
            body: Body::Ecg(Ecg { microvolts: vec![0.0; 320], ..Ecg::default() }),
            source_data: serde_json::Map::new(),
        };
        let mut sizes = Vec::new();
        let mut deliver = |delivery: Delivery| {
            sizes.push(delivery.batch.observations.len());
            ControlFlow::Continue(())
        };
        let mut input = std::io::Cursor::new(Vec::new());
        let (_, meter) = crate::input::Metered::new(&mut input).expect("an input");
        // Each weighs 1 + 320 / 32 = 11: two fit into 25, three do not.
        let limits = Limits { batch: 25, ..Limits::default() };
        let mut out = Out::new(&mut deliver, &limits, meter, Position::start(0));
        for number in 0..5 {
            out.record(record(number)).expect("goes on");
        }
        out.end().expect("ends");
        assert_eq!(sizes, [2, 2, 1]);
    }
}

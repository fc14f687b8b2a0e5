//! What a source tells wholly: a stretch of time of which everything was told, so that what is known of it and was not
//! told any more is gone at the source.

use std::collections::{HashMap, HashSet};

use crate::observation::{Batch, Kind, Observation, Sample};
use crate::{Day, Metric, Time, Unit};

/// Something of which one list of a source tells all that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tells {
    /// The records of a kind.
    Records(Kind),
    /// The samples of a metric. What belongs to a workout (its context is the workout's key) is never meant: it goes with
    /// the workout.
    Samples(Metric, Contexts),
}

/// Samples of which contexts, where several lists tell of one metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contexts {
    /// Of these.
    Only(&'static [&'static str]),
    /// Of all but these, also those without a context.
    Except(&'static [&'static str]),
}

impl Contexts {
    /// Samples of any context.
    pub const ALL: Self = Self::Except(&[]);

    /// Whether samples of that context are meant.
    pub fn hold(self, context: Option<&str>) -> bool {
        let within = |list: &[&str]| context.is_some_and(|word| list.contains(&word));
        match self {
            Self::Only(list) => within(list),
            Self::Except(list) => !within(list),
        }
    }
}

/// A stretch of time as it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stretch {
    /// From an instant until before another.
    Instants(Time, Time),
    /// Civil days of the person, both included.
    Days(Day, Day),
}

impl Stretch {
    /// Whether something from `start` to `end` on the civil day `day` was surely asked for, whichever of its ends the
    /// source goes by. Where its offset is not known its civil day may be another by one.
    pub fn holds(self, start: Time, end: Option<Time>, day: Day, offset_known: bool) -> bool {
        match self {
            Self::Instants(from, until) => start >= from && start < until && end.is_none_or(|end| end < until),
            Self::Days(first, last) => {
                let slack = i32::from(!offset_known);
                day >= first.plus(slack) && day <= last.plus(-slack)
            }
        }
    }

    /// The civil and UTC days on which something of it may stand.
    pub const fn days(self) -> (Day, Day) {
        match self {
            Self::Instants(from, until) => (from.utc_day().plus(-1), until.utc_day().plus(1)),
            Self::Days(first, last) => (first.plus(-1), last.plus(1)),
        }
    }
}

/// What the samples of a series have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SeriesName {
    /// What is measured.
    pub metric: Metric,
    /// Unit as received.
    pub unit: Unit,
    /// Device.
    pub device: Option<String>,
    /// Context.
    pub context: Option<String>,
}

/// Starts and ends of samples of one series; an instant has no end.
type Places = HashSet<(Time, Option<Time>)>;

/// The names of everything that was told, over all pages of a stretch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    records: HashSet<(Kind, String)>,
    samples: HashMap<SeriesName, Places>,
    count: usize,
}

impl Told {
    /// Notes what a batch tells.
    pub fn take(&mut self, batch: &Batch) {
        self.count += batch.observations.len();
        // Most samples come in runs of one series.
        let mut run: Option<(&Sample, Places)> = None;
        for observation in &batch.observations {
            match observation {
                Observation::Record(record) => {
                    if let Some(kind) = record.body.kind() {
                        self.records.insert((kind, record.key.clone()));
                    }
                }
                Observation::Sample(sample) => {
                    let place = (sample.start, sample.end.filter(|end| *end != sample.start));
                    match &mut run {
                        Some((first, places)) if same_series(first, sample) => _ = places.insert(place),
                        _ => {
                            if let Some((first, places)) = run.replace((sample, HashSet::from([place]))) {
                                self.samples.entry(name_of(first)).or_default().extend(places);
                            }
                        }
                    }
                }
                Observation::Deleted { .. } => {}
            }
        }
        if let Some((first, places)) = run {
            self.samples.entry(name_of(first)).or_default().extend(places);
        }
    }

    /// How many things were told, those told twice counted twice.
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether nothing was told.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether a record was told.
    pub fn has_record(&self, kind: Kind, key: &str) -> bool {
        self.records.contains(&(kind, key.to_owned()))
    }

    /// The starts and ends of a series that were told; `None` if none was.
    pub fn of_series(&self, name: &SeriesName) -> Option<&HashSet<(Time, Option<Time>)>> {
        self.samples.get(name)
    }
}

fn same_series(a: &Sample, b: &Sample) -> bool {
    a.metric == b.metric && a.unit == b.unit && a.context == b.context && a.device == b.device
}

fn name_of(sample: &Sample) -> SeriesName {
    SeriesName {
        metric: sample.metric,
        unit: sample.unit,
        device: sample.device.clone(),
        context: sample.context.clone(),
    }
}

/// A stretch that was told wholly. Applying it takes away what is stored of it and was not told.
#[derive(Debug, Clone, PartialEq)]
pub struct Whole {
    /// What it is of.
    pub of: &'static [Tells],
    /// When.
    pub stretch: Stretch,
    /// What there is.
    pub told: Told,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_across_an_edge_was_not_surely_asked_for() {
        let day = Day(20_000);
        let at = |hours: i64| day.start_utc().plus_s(hours * 3600);
        let asked = Stretch::Instants(at(0), at(24));
        assert!(asked.holds(at(0), None, day, true) && asked.holds(at(1), Some(at(23)), day, true));
        for (start, end) in [(at(-1), Some(at(7))), (at(20), Some(at(24))), (at(24), None), (at(-1), None)] {
            assert!(!asked.holds(start, end, day, true), "{start:?}");
        }
        assert_eq!(asked.days(), (Day(19_999), Day(20_002)));
        // Days are those that the source counts by; without an offset ours may be the neighbour.
        let asked = Stretch::Days(day, day.plus(2));
        assert!(asked.holds(at(0), None, day, true) && asked.holds(at(0), None, day.plus(2), true));
        assert!(!asked.holds(at(0), None, day.plus(3), true) && !asked.holds(at(0), None, day.plus(-1), true));
        let unsure: Vec<bool> = (0..3).map(|n| asked.holds(at(0), None, day.plus(n), false)).collect();
        assert_eq!(unsure, [false, true, false]);
    }

    #[test]
    fn contexts() {
        let (only, except) = (Contexts::Only(&["night"]), Contexts::Except(&["night"]));
        assert_eq!([only.hold(Some("night")), only.hold(Some("x")), only.hold(None)], [true, false, false]);
        assert_eq!([except.hold(Some("night")), except.hold(Some("x")), except.hold(None)], [false, true, true]);
        assert!(Contexts::ALL.hold(None) && Contexts::ALL.hold(Some("night")));
    }

    #[test]
    fn names_are_gathered_over_pages() {
        let sample = |context: Option<&str>, start: i64, end: Option<i64>| {
            Observation::Sample(Sample {
                metric: Metric::HeartRate,
                device: None,
                context: context.map(str::to_owned),
                start: Time(start),
                end: end.map(Time),
                offset: None,
                value: 60.0,
                unit: Unit::PerMinute,
            })
        };
        let name = |context: Option<&str>| SeriesName {
            metric: Metric::HeartRate,
            unit: Unit::PerMinute,
            device: None,
            context: context.map(str::to_owned),
        };
        let mut told = Told::default();
        assert!(told.is_empty());
        let observations = vec![sample(None, 1, None), sample(Some("rest"), 2, Some(2)), sample(None, 3, Some(5))];
        told.take(&Batch { observations, ..Batch::default() });
        told.take(&Batch { observations: vec![sample(None, 9, None)], ..Batch::default() });
        assert_eq!(told.len(), 4);
        let plain = HashSet::from([(Time(1), None), (Time(3), Some(Time(5))), (Time(9), None)]);
        assert_eq!(told.of_series(&name(None)), Some(&plain));
        // What has no length is an instant.
        assert_eq!(told.of_series(&name(Some("rest"))), Some(&HashSet::from([(Time(2), None)])));
        assert_eq!(told.of_series(&name(Some("other"))), None);
        assert!(!told.has_record(Kind::Weight, "1"));
    }
}

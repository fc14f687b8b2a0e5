//! What a reading came to, in counts.

use std::collections::BTreeMap;

use hilum_model::{Kind, Metric, Observation};

/// Names that are told apart when types are unknown; further ones are counted together.
const NAMES: usize = 500;
/// Characters of a name that are kept.
const NAME: usize = 120;
/// Under which further names are counted.
const OTHERS: &str = "others";

/// Counts of a reading. No values of the file, only names of types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    samples: [u64; 256],
    records: [u64; 256],
    rejected: BTreeMap<String, u64>,
    unknown: BTreeMap<String, u64>,
    left_out: BTreeMap<&'static str, u64>,
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            samples: [0; 256],
            records: [0; 256],
            rejected: BTreeMap::new(),
            unknown: BTreeMap::new(),
            left_out: BTreeMap::new(),
        }
    }
}

impl Summary {
    /// Samples by metric, in the order of the metrics' numbers.
    pub fn samples(&self) -> impl Iterator<Item = (Metric, u64)> + '_ {
        Metric::ALL.into_iter().map(|m| (m, self.samples[usize::from(m.number())])).filter(|(_, n)| *n > 0)
    }
    /// Records by kind, in the order of the kinds' numbers.
    pub fn records(&self) -> impl Iterator<Item = (Kind, u64)> + '_ {
        Kind::ALL.into_iter().map(|k| (k, self.records[usize::from(k.number())])).filter(|(_, n)| *n > 0)
    }
    /// Items that could not be understood, by reason.
    pub const fn rejected(&self) -> &BTreeMap<String, u64> {
        &self.rejected
    }
    /// Items of types that are not known, by the file's name of the type.
    pub const fn unknown(&self) -> &BTreeMap<String, u64> {
        &self.unknown
    }
    /// Items that are known and not imported, by what they are.
    pub const fn left_out(&self) -> &BTreeMap<&'static str, u64> {
        &self.left_out
    }
    /// Observations delivered.
    pub fn observations(&self) -> u64 {
        self.samples.iter().chain(&self.records).sum()
    }

    pub(crate) fn delivered(&mut self, observation: &Observation) {
        match observation {
            Observation::Sample(sample) => self.samples[usize::from(sample.metric.number())] += 1,
            Observation::Record(record) => {
                let number = record.body.kind().map_or(0, Kind::number);
                self.records[usize::from(number)] += 1;
            }
            Observation::Deleted { kind, .. } => self.records[usize::from(kind.number())] += 1,
        }
    }
    pub(crate) fn reject(&mut self, reason: &str) {
        count(&mut self.rejected, reason);
    }
    pub(crate) fn unknown_type(&mut self, name: &str) {
        count(&mut self.unknown, name);
    }
    pub(crate) fn leave_out(&mut self, what: &'static str) {
        *self.left_out.entry(what).or_default() += 1;
    }
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    let name = name.char_indices().nth(NAME).map_or(name, |(end, _)| &name[..end]);
    if let Some(count) = counts.get_mut(name) {
        *count += 1;
    } else {
        let name = if counts.len() < NAMES { name } else { OTHERS };
        *counts.entry(name.to_owned()).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded() {
        let mut summary = Summary::default();
        for i in 0..NAMES + 10 {
            summary.unknown_type(&format!("type {i}"));
        }
        summary.unknown_type(&"é".repeat(NAME + 1));
        assert_eq!(summary.unknown().len(), NAMES + 1);
        assert_eq!(summary.unknown()[OTHERS], 11);
        let mut summary = Summary::default();
        summary.unknown_type(&"é".repeat(NAME + 1));
        assert_eq!(summary.unknown()["é".repeat(NAME).as_str()], 1);
    }
}

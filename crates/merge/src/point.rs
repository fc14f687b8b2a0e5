//! Single readings (weight, blood pressure, …): the same one, relayed by another service, is one.

use std::collections::BTreeMap;

use hilum_model::{Body, Metric, Time};

use crate::nature::RELAYED_WITHIN;
use crate::{Entry, Merged, Nature, Share, Why, by_rank};

/// Two pressures no further apart, mmHg, are the same but for rounding.
const PRESSURE_ROUNDING: f64 = 1.0;

/// Readings of one kind as one list. A reading joins the nearest one of a better source that has the same value, if
/// it is near enough in time; of one source a reading takes in one at the most, so that two that were really taken
/// stay two. The order of the result is that of the leading readings' places.
pub fn merge(entries: &[Entry<'_>]) -> Vec<Merged> {
    let mut leads: Vec<(usize, Vec<usize>)> = Vec::new();
    let mut by_start: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for i in by_rank(entries) {
        let entry = entries[i];
        let at = entry.record.start.0;
        let near = by_start.range(at.saturating_sub(RELAYED_WITHIN)..=at.saturating_add(RELAYED_WITHIN));
        let found = near
            .flat_map(|(start, leads)| leads.iter().map(move |lead| (start.abs_diff(at), *start, *lead)))
            .filter(|(_, _, lead)| {
                let (first, others) = &leads[*lead];
                let taken = std::iter::once(first).chain(others).any(|j| entries[*j].rank == entry.rank);
                !taken && same(&entries[*first].record.body, &entry.record.body)
            })
            .min();
        if let Some((_, _, lead)) = found {
            leads[lead].1.push(i);
        } else {
            by_start.entry(at).or_default().push(leads.len());
            leads.push((i, Vec::new()));
        }
    }
    leads.sort_unstable_by_key(|(first, _)| *first);
    leads.into_iter().map(|(first, others)| one(entries, first, &others)).collect()
}

/// A reading of one metric that takes part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Read {
    /// Who told it, the lower one is believed.
    pub rank: u32,
    /// When.
    pub at: Time,
    /// In the metric's unit.
    pub value: f64,
}

/// For each reading of a metric whether it counts: whether it is not one that a better source told, relayed. As with
/// [`merge`], of one source a reading takes in one at the most.
pub fn counts(metric: Metric, readings: &[Read]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..readings.len()).collect();
    order.sort_by(|a, b| (readings[*a].rank, readings[*a].at, a).cmp(&(readings[*b].rank, readings[*b].at, b)));
    let mut counts = vec![true; readings.len()];
    // Readings that count by time, with the rank that was taken in last; ranks come in order.
    let mut leads: BTreeMap<(i64, usize), u32> = BTreeMap::new();
    for i in order {
        let Read { rank, at, value } = readings[i];
        let near = (at.0.saturating_sub(RELAYED_WITHIN), 0)..=(at.0.saturating_add(RELAYED_WITHIN), usize::MAX);
        let found = leads
            .range(near)
            .filter(|((_, lead), taken)| **taken < rank && Nature::same(metric, readings[*lead].value, value))
            .map(|((start, lead), _)| (start.abs_diff(at.0), *start, *lead))
            .min();
        match found {
            Some((_, start, lead)) => {
                counts[i] = false;
                leads.insert((start, lead), rank);
            }
            None => {
                leads.insert((at.0, i), rank);
            }
        }
    }
    counts
}

fn same(a: &Body, b: &Body) -> bool {
    match (a, b) {
        (Body::Reading { metric, quantity: a }, Body::Reading { metric: other, quantity: b }) => {
            metric == other && Nature::same(*metric, a.value, b.value)
        }
        (
            Body::BloodPressure { systolic, diastolic, .. },
            Body::BloodPressure { systolic: systolic_b, diastolic: diastolic_b, .. },
        ) => (systolic - systolic_b).abs() <= PRESSURE_ROUNDING && (diastolic - diastolic_b).abs() <= PRESSURE_ROUNDING,
        _ => false,
    }
}

fn one(entries: &[Entry<'_>], first: usize, others: &[usize]) -> Merged {
    let mut record = entries[first].record.clone();
    let told =
        if matches!(record.body, Body::BloodPressure { .. }) { vec!["systolic", "diastolic"] } else { vec!["value"] };
    let mut shares = vec![Share { entry: first, fields: told, why: Why::Leads }];
    if matches!(record.body, Body::BloodPressure { heart_rate: Some(_), .. }) {
        shares[0].fields.push("heartRate");
    }
    for i in others {
        let mut fields = Vec::new();
        if let (
            Body::BloodPressure { heart_rate: pulse @ None, .. },
            Body::BloodPressure { heart_rate: told @ Some(_), .. },
        ) = (&mut record.body, &entries[*i].record.body)
        {
            *pulse = *told;
            fields.push("heartRate");
        }
        if record.offset.is_none() && entries[*i].record.offset.is_some() {
            record.offset = entries[*i].record.offset;
            fields.push("tzOffset");
        }
        let why = if fields.is_empty() { Why::SameReading } else { Why::FillsMissing };
        shares.push(Share { entry: *i, fields, why });
    }
    Merged { record, shares }
}

#[cfg(test)]
mod tests {
    use hilum_model::{Day, Metric, Offset, Quantity, Record, Time, Unit};
    use serde_json::Map;

    use super::*;

    fn record(at_s: i64, body: Body) -> Record {
        Record {
            key: at_s.to_string(),
            device: None,
            start: Time::from_unix_s(at_s),
            end: None,
            offset: None,
            day: Day(0),
            body,
            source_data: Map::new(),
        }
    }

    fn weight(at_s: i64, kg: f64) -> Record {
        let quantity = Quantity::new(Metric::Weight, kg, Unit::Kilogram).expect("fits");
        record(at_s, Body::Reading { metric: Metric::Weight, quantity })
    }

    fn parts(told: &[(u32, Record)]) -> Vec<Vec<usize>> {
        let entries: Vec<Entry<'_>> = told.iter().map(|(rank, record)| Entry { rank: *rank, record }).collect();
        merge(&entries).iter().map(|m| m.shares.iter().map(|s| s.entry).collect()).collect()
    }

    #[test]
    fn a_relayed_weight_is_one() {
        // 160.5 lb are 72.802 kg; the relay rounds and cuts the seconds.
        let told = [(1, weight(60, 72.8)), (0, weight(75, 72.802)), (2, weight(75, 72.85))];
        assert_eq!(parts(&told), [[1, 0, 2]]);
    }

    #[test]
    fn what_differs_in_value_or_time_stays() {
        let told = [(0, weight(0, 72.8)), (1, weight(0, 73.0)), (1, weight(121, 72.8)), (1, weight(120, 72.8))];
        assert_eq!(parts(&told), [vec![0, 3], vec![1], vec![2]]);
    }

    #[test]
    fn two_of_one_source_stay_two_and_pair_with_the_nearest() {
        // Twice on the scale within a minute, both relayed.
        let told = [(0, weight(0, 72.8)), (0, weight(40, 72.8)), (1, weight(41, 72.8)), (1, weight(1, 72.8))];
        assert_eq!(parts(&told), [[0, 3], [1, 2]]);
    }

    #[test]
    fn readings_alone_are_told_apart_alike() {
        // As above: relayed with its seconds cut, another value, too late; and two of one source stay two.
        let read = |rank, at_s, value| Read { rank, at: Time::from_unix_s(at_s), value };
        let told = [read(1, 60, 4.0), read(0, 75, 4.0), read(2, 75, 4.05), read(1, 70, 4.5), read(1, 196, 4.0)];
        assert_eq!(counts(Metric::InsulinDose, &told), [false, true, false, true, true]);
        let told = [read(0, 0, 4.0), read(0, 40, 4.0), read(1, 41, 4.0), read(1, 1, 4.0)];
        assert_eq!(counts(Metric::InsulinDose, &told), [true, true, false, false]);
    }

    #[test]
    fn a_pressure_is_filled_with_the_pulse() {
        let body = |systolic, heart_rate| Body::BloodPressure { systolic, diastolic: 79.0, heart_rate };
        let (mut a, b) = (record(0, body(121.0, None)), record(30, body(120.6, Some(66.0))));
        a.offset = None;
        let b = Record { offset: Some(Offset(60)), ..b };
        let found = merge(&[Entry { rank: 0, record: &a }, Entry { rank: 1, record: &b }]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].record.body, body(121.0, Some(66.0)));
        assert_eq!(found[0].record.offset, Some(Offset(60)));
        assert_eq!(found[0].shares[1].fields, ["heartRate", "tzOffset"]);
        assert_eq!(found[0].shares[1].why, Why::FillsMissing);
    }
}

//! The totals of a civil day, from what sources tell of its hours and from the totals that they tell themselves.
//!
//! Hours of several sources are made one by [`crate::cumulative`]. A source's own total of a day cannot be placed in
//! time, so it is never cut into parts and added: a source that tells its hours is taken by them, and the total of one
//! that does not stands for the whole day or not at all.

use hilum_model::{Body, Metric, Record};

use crate::fields::{fill_day, fill_heart, told_of_heart};
use crate::{Merged, Share, Why};

/// By how much the total of a lower source has to exceed what better ones saw of a day to be believed instead: less is two
/// devices that count the same day, more a device that was not worn all day.
pub const SAYS_MORE_FROM: f64 = 1.1;

/// Members of a day that have intervals, with their names in the data API.
pub const ADDED: [(Metric, &str); 4] = [
    (Metric::Steps, "steps"),
    (Metric::Distance, "distance"),
    (Metric::ActiveEnergy, "activityCalories"),
    (Metric::FloorsClimbed, "floors"),
];

/// A record of a day that takes part.
#[derive(Debug, Clone, Copy)]
pub struct DayEntry<'a> {
    /// Who told it, as a number of the connection: what a connection tells in hours and as total is the same thing.
    pub teller: usize,
    /// Its rank for the members that have no intervals, and for who leads.
    pub rank: u32,
    /// The record, with a body of a day.
    pub record: &'a Record,
}

/// A source's own total of a day for one metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Total {
    /// Its place among the records.
    pub entry: usize,
    /// Who told it, as a number of the connection.
    pub teller: usize,
    /// Its rank for the metric.
    pub rank: u32,
    /// In the metric's unit.
    pub value: f64,
}

/// What one device of a connection told of a day's hours for one metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hours {
    /// Who told it, as a number of the connection.
    pub teller: usize,
    /// Its rank for the metric.
    pub rank: u32,
    /// The sum of the shares that count, in the metric's unit.
    pub counted: f64,
    /// The sum of all that it told.
    pub told: f64,
}

/// What a metric comes to on a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Sum {
    /// In the metric's unit.
    pub value: f64,
    /// What became of the totals, in their order.
    pub totals: Vec<Why>,
    /// Whether the hours are what counts.
    pub hours: bool,
}

/// The sum of a metric on a day; `None` where nobody tells anything.
///
/// Told by one connection alone, its own total is the sum, else its hours. With several, the best decides: if it tells no
/// hours, its total stands for the day. If it does, the hours of all are the sum, but not less than the best one's own
/// total, and the total of one without hours is taken instead where it says more by a tenth ([`SAYS_MORE_FROM`]).
pub fn sum(totals: &[Total], hours: &[Hours]) -> Option<Sum> {
    let in_hours: f64 = hours.iter().map(|h| h.counted).sum();
    let best_total = totals.iter().min_by_key(|t| t.rank);
    let best =
        best_total.map(|t| (t.rank, t.teller)).into_iter().chain(hours.iter().map(|h| (h.rank, h.teller))).min()?.1;
    let tells_hours = |teller: usize| hours.iter().any(|h| h.teller == teller);
    let own = totals.iter().filter(|t| t.teller == best).min_by_key(|t| t.rank);
    let alone = totals.iter().map(|t| t.teller).chain(hours.iter().map(|h| h.teller)).all(|teller| teller == best);
    let chosen = match own {
        Some(own) if alone || !tells_hours(best) || own.value > in_hours => Some(own),
        _ => None,
    };
    let so_far = chosen.map_or(in_hours, |own| own.value);
    let more = if alone || !tells_hours(best) {
        None
    } else {
        let exceeding = |t: &&Total| !tells_hours(t.teller) && t.value > so_far * SAYS_MORE_FROM;
        totals.iter().filter(exceeding).min_by_key(|t| t.rank)
    };
    let taken = more.or(chosen);
    let why = |t: &Total| match taken {
        Some(taken) if taken.entry == t.entry => {
            if more.is_some() || (tells_hours(best) && !alone) {
                Why::SaysMore
            } else {
                Why::Leads
            }
        }
        _ if taken.is_none() && tells_hours(t.teller) => Why::ToldInDetail,
        _ => Why::Covered,
    };
    Some(Sum {
        value: taken.map_or(in_hours, |t| t.value),
        totals: totals.iter().map(why).collect(),
        hours: taken.is_none(),
    })
}

/// The members of a day's activity that have no intervals: from the best that tells them. The record is the leading one's;
/// members of [`ADDED`] are taken out, the sums are to be put in with [`set`]. `None` without records.
pub fn activity(entries: &[DayEntry<'_>]) -> Option<Merged> {
    let order = by_rank(entries);
    let mut record = entries[*order.first()?].record.clone();
    let mut shares = Vec::with_capacity(order.len());
    if let Body::ActivityDay(day) = &mut record.body {
        *day = hilum_model::observation::ActivityDay::default();
        for (n, i) in order.iter().enumerate() {
            let Body::ActivityDay(other) = &entries[*i].record.body else { continue };
            shares.push(share(*i, n == 0, fill_day(day, other)));
        }
    }
    Some(Merged { record, shares })
}

/// The heart-rate summary of a day: each member from the best that tells it. `None` without records.
pub fn heart_rate(entries: &[DayEntry<'_>]) -> Option<Merged> {
    let order = by_rank(entries);
    let first = *order.first()?;
    let mut record = entries[first].record.clone();
    let mut shares = Vec::with_capacity(order.len());
    if let Body::HeartRateDay(day) = &mut record.body {
        shares.push(share(first, true, told_of_heart(day)));
        for i in &order[1..] {
            let Body::HeartRateDay(other) = &entries[*i].record.body else { continue };
            shares.push(share(*i, false, fill_heart(day, other)));
        }
    }
    Some(Merged { record, shares })
}

fn by_rank(entries: &[DayEntry<'_>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by(|a, b| {
        let key = |i: &usize| (entries[*i].rank, entries[*i].teller, entries[*i].record.start, &entries[*i].record.key);
        key(a).cmp(&key(b))
    });
    order
}

fn share(entry: usize, first: bool, fields: Vec<&'static str>) -> Share {
    let why = match (first, fields.is_empty()) {
        (true, _) => Why::Leads,
        (false, false) => Why::FillsMissing,
        (false, true) => Why::Covered,
    };
    Share { entry, fields, why }
}

/// What a record of a day tells of a metric of [`ADDED`].
pub fn told(record: &Record, metric: Metric) -> Option<f64> {
    let Body::ActivityDay(day) = &record.body else { return None };
    match metric {
        Metric::Steps => day.steps,
        Metric::Distance => day.distance_m,
        Metric::ActiveEnergy => day.active_calories,
        Metric::FloorsClimbed => day.floors,
        _ => None,
    }
}

/// Puts a sum into a record of a day. Counts are whole.
pub fn set(record: &mut Record, metric: Metric, value: f64) {
    let Body::ActivityDay(day) = &mut record.body else { return };
    match metric {
        Metric::Steps => day.steps = Some(value.round()),
        Metric::Distance => day.distance_m = Some(value),
        Metric::ActiveEnergy => day.active_calories = Some(value),
        Metric::FloorsClimbed => day.floors = Some(value.round()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use hilum_model::observation::{ActivityDay, HeartRateDay};
    use hilum_model::{Day, Time};
    use proptest::prelude::*;
    use serde_json::Map;

    use super::*;

    fn total(entry: usize, teller: usize, value: f64) -> Total {
        Total { entry, teller, rank: teller as u32, value }
    }

    fn hours(teller: usize, counted: f64, told: f64) -> Hours {
        Hours { teller, rank: teller as u32, counted, told }
    }

    fn value(totals: &[Total], hours: &[Hours]) -> Option<f64> {
        sum(totals, hours).map(|s| s.value)
    }

    #[test]
    fn told_by_one_alone_its_own_total_counts() {
        assert_eq!(value(&[total(0, 4, 9312.0)], &[]), Some(9312.0));
        assert_eq!(value(&[], &[hours(4, 9300.0, 9800.0)]), Some(9300.0));
        let both = sum(&[total(0, 4, 9312.0)], &[hours(4, 9320.0, 9320.0)]).expect("told");
        assert_eq!((both.value, both.hours, both.totals), (9312.0, false, vec![Why::Leads]));
        assert_eq!(sum(&[], &[]), None);
    }

    #[test]
    fn hours_of_several_are_the_sum() {
        // A watch for half a day with 4,157 steps, a phone for the rest with 9,922 of its 11,000: 14,079.
        let found =
            sum(&[total(0, 0, 4157.0), total(1, 1, 11_000.0)], &[hours(0, 4157.0, 4157.0), hours(1, 9922.0, 11_000.0)]);
        let found = found.expect("told");
        assert_eq!((found.value, found.hours), (14_079.0, true));
        assert_eq!(found.totals, [Why::ToldInDetail, Why::ToldInDetail]);
    }

    #[test]
    fn the_best_sources_total_stands_for_the_day_where_it_tells_no_hours() {
        let found = sum(&[total(0, 0, 5000.0)], &[hours(1, 9000.0, 9000.0)]).expect("told");
        assert_eq!((found.value, found.hours, found.totals), (5000.0, false, vec![Why::Leads]));
        assert_eq!(value(&[total(0, 0, 5000.0), total(1, 1, 9000.0)], &[]), Some(5000.0));
    }

    #[test]
    fn a_lower_total_counts_only_if_it_says_clearly_more() {
        let watch = [hours(0, 8000.0, 8000.0)];
        // A ring says 8,700: the same day, counted otherwise. One says 8,801: more than a tenth.
        assert_eq!(value(&[total(0, 1, 8700.0)], &watch), Some(8000.0));
        let found = sum(&[total(0, 1, 8801.0)], &watch).expect("told");
        assert_eq!((found.value, found.hours, found.totals), (8801.0, false, vec![Why::SaysMore]));
        // Who tells hours is taken by them, whatever the own total says.
        assert_eq!(value(&[total(0, 1, 12_000.0)], &[watch[0], hours(1, 500.0, 12_000.0)]), Some(8500.0));
    }

    #[test]
    fn the_best_sources_own_total_is_the_least() {
        // The hours of the best have holes: 6,000 of its 9,500; another fills 1,000.
        let told = [hours(0, 6000.0, 6000.0), hours(1, 1000.0, 2000.0)];
        let found = sum(&[total(0, 0, 9500.0)], &told).expect("told");
        assert_eq!((found.value, found.totals), (9500.0, vec![Why::SaysMore]));
        assert_eq!(value(&[total(0, 0, 6900.0)], &told), Some(7000.0));
    }

    fn record(body: Body) -> Record {
        Record {
            key: "day".to_owned(),
            device: None,
            start: Time(0),
            end: None,
            offset: None,
            day: Day(0),
            body,
            source_data: Map::new(),
        }
    }

    #[test]
    fn members_without_hours_come_from_the_best_that_tells_them() {
        let best = record(Body::ActivityDay(ActivityDay {
            calories: Some(2210.0),
            steps: Some(9000.0),
            ..ActivityDay::default()
        }));
        let other = record(Body::ActivityDay(ActivityDay {
            duration_s: Some(3600.0),
            calories: Some(2500.0),
            vigorous_min: Some(10.0),
            sedentary_min: Some(700.0),
            ..ActivityDay::default()
        }));
        let third = record(Body::ActivityDay(ActivityDay { moderate_min: Some(5.0), ..ActivityDay::default() }));
        let entries = [
            DayEntry { teller: 2, rank: 2, record: &third },
            DayEntry { teller: 1, rank: 1, record: &other },
            DayEntry { teller: 0, rank: 0, record: &best },
        ];
        let mut found = activity(&entries).expect("records");
        set(&mut found.record, Metric::Steps, 8_999.6);
        let expected = ActivityDay {
            duration_s: Some(3600.0),
            calories: Some(2210.0),
            steps: Some(9000.0),
            vigorous_min: Some(10.0),
            sedentary_min: Some(700.0),
            ..ActivityDay::default()
        };
        assert_eq!(found.record.body, Body::ActivityDay(expected));
        let shares: Vec<(usize, &[&str], Why)> =
            found.shares.iter().map(|s| (s.entry, s.fields.as_slice(), s.why)).collect();
        assert_eq!(
            shares,
            [
                (2, &["calories"][..], Why::Leads),
                (1, &["duration", "vigorous", "sedentary"], Why::FillsMissing),
                (0, &[], Why::Covered)
            ]
        );
        assert_eq!(told(&best, Metric::Steps), Some(9000.0));
        assert!(activity(&[]).is_none());
    }

    #[test]
    fn heart_rates_of_a_day() {
        let told = |resting, max| record(Body::HeartRateDay(HeartRateDay { resting, max, ..HeartRateDay::default() }));
        let (a, b) = (told(Some(55.0), None), told(Some(58.0), Some(161.0)));
        let entries = [DayEntry { teller: 0, rank: 1, record: &b }, DayEntry { teller: 1, rank: 0, record: &a }];
        let found = heart_rate(&entries).expect("records");
        assert_eq!(found.record.body, told(Some(55.0), Some(161.0)).body);
        assert_eq!(found.shares[1], Share { entry: 0, fields: vec!["maxHR"], why: Why::FillsMissing });
    }

    proptest! {
        #[test]
        fn between_the_best_and_all_together(
            totals in prop::collection::vec((0_usize..5, 0_u32..20_000), 0..4),
            told in prop::collection::vec((0_usize..5, 0_u32..20_000, 0_u32..=100), 0..5),
        ) {
            let totals: Vec<Total> =
                totals.iter().enumerate().map(|(n, (teller, value))| total(n, *teller, f64::from(*value))).collect();
            let best = totals.iter().map(|t| t.teller).chain(told.iter().map(|h| h.0)).min();
            let hours: Vec<Hours> = told
                .iter()
                .map(|(teller, told, share)| {
                    let told = f64::from(*told);
                    // The best one's hours are never covered.
                    let share = if Some(*teller) == best { 1.0 } else { f64::from(*share) / 100.0 };
                    hours(*teller, told * share, told)
                })
                .collect();
            let Some(found) = sum(&totals, &hours) else {
                prop_assert!(totals.is_empty() && hours.is_empty());
                return Ok(());
            };
            let all: f64 = totals.iter().map(|t| t.value).sum::<f64>() + hours.iter().map(|h| h.told).sum::<f64>();
            prop_assert!(found.value <= all);
            let own = totals.iter().filter(|t| Some(t.teller) == best).min_by_key(|t| t.rank).map(|t| t.value);
            let of_best: f64 = hours.iter().filter(|h| Some(h.teller) == best).map(|h| h.told).sum();
            prop_assert!(found.value >= own.unwrap_or(of_best));
            prop_assert_eq!(found.hours, !found.totals.iter().any(|w| matches!(w, Why::Leads | Why::SaysMore)));
        }
    }
}

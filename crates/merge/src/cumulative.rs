//! Amounts of intervals (steps, distance, energy, floors): at each instant the amount comes from the best source whose
//! interval holds it. What only a part of an interval is left for gives that part of its amount.
//!
//! So a watch that was worn for half a day and a phone that was carried the whole day give the watch's half and the
//! phone's other half, not the sum of both and not the watch's half alone.

use hilum_model::Time;

use crate::spans::Spans;

/// When an amount was made, and who tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// Who tells it, the lower one is believed. What one rank tells is never held against itself.
    pub rank: u32,
    /// Start.
    pub start: Time,
    /// End, not before `start`; `None` for an amount of one instant.
    pub end: Option<Time>,
}

impl Interval {
    fn span(&self) -> (i64, i64) {
        // An instant is a millisecond long: the same one told twice is one.
        (self.start.0, self.end.map_or(i64::MIN, |end| end.0).max(self.start.0.saturating_add(1)))
    }
}

/// For each interval the share of its amount that counts, 0 to 1.
pub fn shares(intervals: &[Interval]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..intervals.len()).collect();
    order.sort_by_key(|i| intervals[*i].rank);
    let mut shares = vec![0.0; intervals.len()];
    let mut known = Spans::default();
    for same in order.chunk_by(|a, b| intervals[*a].rank == intervals[*b].rank) {
        for i in same {
            let (from, until) = intervals[*i].span();
            let length = until - from;
            shares[*i] = (length - known.known(from, until)) as f64 / length as f64;
        }
        known.add(same.iter().map(|i| intervals[*i].span()));
    }
    shares
}

/// The stretches of time, ms, in which intervals count, with the place of the interval; in order of place, then time. Of
/// an interval counts what its stretches have of its length, an instant being a millisecond long: what [`shares`] sums up.
pub fn stretches(intervals: &[Interval]) -> Vec<(usize, (i64, i64))> {
    let mut order: Vec<usize> = (0..intervals.len()).collect();
    order.sort_by_key(|i| intervals[*i].rank);
    let mut found = Vec::with_capacity(intervals.len());
    let mut known = Spans::default();
    for same in order.chunk_by(|a, b| intervals[*a].rank == intervals[*b].rank) {
        for i in same {
            let (from, until) = intervals[*i].span();
            found.extend(known.left(from, until).map(|stretch| (*i, stretch)));
        }
        known.add(same.iter().map(|i| intervals[*i].span()));
    }
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: i64 = 60_000;

    fn interval(rank: u32, from: i64, until: i64) -> Interval {
        Interval { rank, start: Time(from * MINUTE), end: Some(Time(until * MINUTE)) }
    }

    #[test]
    fn a_watch_for_half_a_day_and_a_phone_for_all_of_it() {
        // The watch has 0 to 60, the phone 30 to 90 in one piece: half of it is left.
        let told = [interval(1, 30, 90), interval(0, 0, 60)];
        assert_eq!(shares(&told), [0.5, 1.0]);
        // In minutes the phone's are covered, or not at all.
        let told = [interval(0, 0, 60), interval(1, 58, 59), interval(1, 59, 60), interval(1, 60, 61)];
        assert_eq!(shares(&told), [1.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn a_third_source_gives_what_two_leave() {
        // 0 to 10 by the first, 5 to 20 by the second, 0 to 40 by the third, of which 20 to 40 is left.
        let told = [interval(2, 0, 40), interval(1, 5, 20), interval(0, 0, 10)];
        let found = shares(&told);
        assert_eq!((found[0], found[2]), (0.5, 1.0));
        assert!((found[1] - 2.0 / 3.0).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn holes_within_an_interval_count() {
        // The best source knows 10 to 20 and 30 to 40 of 0 to 40.
        let told = [interval(0, 10, 20), interval(0, 30, 40), interval(1, 0, 40)];
        assert_eq!(shares(&told), [1.0, 1.0, 0.5]);
    }

    #[test]
    fn instants() {
        let instant = |rank, minute: i64| Interval { rank, start: Time(minute * MINUTE), end: None };
        let told = [instant(0, 5), instant(1, 5), instant(1, 6), interval(0, 10, 20), instant(1, 15), instant(1, 20)];
        assert_eq!(shares(&told), [1.0, 0.0, 1.0, 1.0, 0.0, 1.0]);
    }

    #[test]
    fn where_intervals_count() {
        // The best source knows 10 to 20 and 30 to 40; the other one the rest of 0 to 50.
        let told = [interval(1, 0, 50), interval(0, 10, 20), interval(0, 30, 40)];
        let minutes: Vec<_> =
            stretches(&told).into_iter().map(|(i, (from, until))| (i, from / MINUTE, until / MINUTE)).collect();
        assert_eq!(minutes, [(0, 0, 10), (0, 20, 30), (0, 40, 50), (1, 10, 20), (2, 30, 40)]);
        let instant = Interval { rank: 0, start: Time(7), end: None };
        assert_eq!(stretches(&[instant]), [(0, (7, 8))]);
    }

    fn any_interval() -> impl Strategy<Value = (Interval, f64)> {
        (0_u32..4, 0_i64..200, 0_i64..40, 0_u32..500).prop_map(|(rank, from, length, value)| {
            let end = (length > 0).then_some(Time((from + length) * 1000));
            (Interval { rank, start: Time(from * 1000), end }, f64::from(value))
        })
    }

    fn total(told: &[(Interval, f64)]) -> f64 {
        let intervals: Vec<Interval> = told.iter().map(|(i, _)| *i).collect();
        shares(&intervals).iter().zip(told).map(|(share, (_, value))| share * value).sum()
    }

    proptest! {
        #[test]
        fn one_source_stays_as_it_is(told in prop::collection::vec(any_interval(), 0..40)) {
            let told: Vec<Interval> = told.into_iter().map(|(i, _)| Interval { rank: 3, ..i }).collect();
            prop_assert_eq!(shares(&told), vec![1.0; told.len()]);
        }

        #[test]
        fn never_more_than_all_and_never_less_than_the_best(told in prop::collection::vec(any_interval(), 1..60)) {
            let best = told.iter().map(|(i, _)| i.rank).min().expect("one");
            let all: f64 = told.iter().map(|(_, value)| value).sum();
            let of_best: f64 = told.iter().filter(|(i, _)| i.rank == best).map(|(_, value)| value).sum();
            let found = total(&told);
            prop_assert!(of_best - 1e-6 <= found && found <= all + 1e-6, "{of_best} {found} {all}");
        }

        #[test]
        fn the_order_does_not_matter(
            (told, shuffled) in prop::collection::vec(any_interval(), 0..40)
                .prop_flat_map(|told| (Just(told.clone()), Just(told).prop_shuffle())),
        ) {
            prop_assert!((total(&told) - total(&shuffled)).abs() < 1e-6);
        }

        // No source of one rate can be added to itself: told by any number of sources in any pieces, a stretch that all
        // of them tell has what it has.
        #[test]
        fn the_same_thing_told_often_is_told_once(cuts in prop::collection::vec(prop::collection::btree_set(1_i64..100, 0..10), 1..5)) {
            let mut told = Vec::new();
            for (rank, cuts) in cuts.iter().enumerate() {
                let ends: Vec<i64> = [0].into_iter().chain(cuts.iter().copied()).chain([100]).collect();
                for pair in ends.windows(2) {
                    // One step a minute.
                    told.push((interval(rank as u32, pair[0], pair[1]), (pair[1] - pair[0]) as f64));
                }
            }
            prop_assert!((total(&told) - 100.0).abs() < 1e-6);
        }

        #[test]
        fn stretches_are_the_shares(told in prop::collection::vec(any_interval(), 0..40)) {
            let intervals: Vec<Interval> = told.iter().map(|(i, _)| *i).collect();
            let mut lengths = vec![0; intervals.len()];
            for (i, (from, until)) in stretches(&intervals) {
                prop_assert!(from < until);
                lengths[i] += until - from;
            }
            for ((interval, length), share) in intervals.iter().zip(lengths).zip(shares(&intervals)) {
                let (from, until) = interval.span();
                prop_assert!((length as f64 / (until - from) as f64 - share).abs() < 1e-12);
            }
        }

        // Merging what was merged changes nothing.
        #[test]
        fn idempotent(told in prop::collection::vec(any_interval(), 0..40)) {
            let intervals: Vec<Interval> = told.iter().map(|(i, _)| *i).collect();
            let kept: Vec<(Interval, f64)> = shares(&intervals)
                .into_iter()
                .zip(&told)
                .filter(|(share, _)| *share > 0.0)
                .map(|(share, (i, value))| (Interval { rank: 0, ..*i }, share * value))
                .collect();
            prop_assert!((total(&kept) - total(&told)).abs() < 1e-6);
        }
    }
}

//! Values that are sampled (heart rate, oxygen, glucose between pricks): the best source is believed as long as its
//! samples follow each other closely; where it pauses, the next one fills the gap.

use hilum_model::Time;

use crate::spans::Spans;

/// When a sample was taken, and who tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Who tells it, the lower one is believed. What one rank tells is never held against itself.
    pub rank: u32,
    /// Start, or the instant.
    pub start: Time,
    /// End of an interval, not before `start`.
    pub end: Option<Time>,
}

/// For each sample `None` if it counts, else the place of the sample that stands for it: the nearest that counts and is
/// of a better source. `gap` and `margin` in ms, as [`crate::Nature::Sampled`] has them.
///
/// A sample that does not count has one of a better source, which counts, within `gap` or `margin`, the larger.
pub fn stand_ins(taken: &[Taken], gap: i64, margin: i64) -> Vec<Option<usize>> {
    let mut order: Vec<usize> = (0..taken.len()).collect();
    order.sort_by_key(|i| (taken[*i].rank, taken[*i].start, taken[*i].end));
    let mut known = Spans::default();
    let mut counts = vec![true; taken.len()];
    for same in order.chunk_by(|a, b| taken[*a].rank == taken[*b].rank) {
        let mut told: Vec<(i64, i64)> = Vec::with_capacity(same.len());
        for i in same {
            let at = taken[*i];
            if known.holds(at.start.0) {
                counts[*i] = false;
                continue;
            }
            let end = at.end.unwrap_or(at.start);
            let (from, until) = (at.start.0.saturating_sub(margin), end.0.saturating_add(margin).saturating_add(1));
            match told.last_mut() {
                // Ends carry their margin, which the distance between two samples does not.
                Some(last) if at.start.0 - (last.1 - margin - 1) <= gap => last.1 = last.1.max(until),
                _ => told.push((from, until)),
            }
        }
        known.add(told);
    }
    let mut used: Vec<usize> = (0..taken.len()).filter(|i| counts[*i]).collect();
    used.sort_by_key(|i| (taken[*i].start, taken[*i].rank, taken[*i].end));
    (0..taken.len()).map(|i| if counts[i] { None } else { nearest(taken, &used, i) }).collect()
}

/// The nearest of `used`, which is in order of start, that is of a better source than sample `of`.
fn nearest(taken: &[Taken], used: &[usize], of: usize) -> Option<usize> {
    let (rank, at) = (taken[of].rank, taken[of].start);
    let place = used.partition_point(|i| taken[*i].start <= at);
    let better = |i: &&usize| taken[**i].rank < rank;
    let before = used[..place].iter().rev().find(better).copied();
    let after = used[place..].iter().find(better).copied();
    let far = |i: usize| taken[i].start.0.abs_diff(at.0);
    match (before, after) {
        (Some(b), Some(a)) => Some(if far(b) <= far(a) { b } else { a }),
        (b, a) => b.or(a),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: i64 = 60_000;
    const GAP: i64 = 10 * MINUTE;

    fn at(rank: u32, minute: i64) -> Taken {
        Taken { rank, start: Time(minute * MINUTE), end: None }
    }

    #[test]
    fn gaps_of_the_watch_are_filled_by_the_phone() {
        // The watch at 0, 5, 10 and from 40 on; the phone at 3, 20 and 39 (too near to 40).
        let taken = [at(0, 0), at(0, 5), at(0, 10), at(1, 3), at(1, 20), at(1, 39), at(0, 40)];
        assert_eq!(
            stand_ins(&taken, GAP, MINUTE),
            [None, None, None, Some(1), None, Some(6), None],
            "3 is nearer to 5 than to 0"
        );
    }

    #[test]
    fn the_same_reading_relayed_with_its_seconds_cut() {
        let exact = Taken { rank: 0, start: Time(7 * MINUTE + 31_400), end: None };
        assert_eq!(stand_ins(&[at(1, 7), exact], GAP, MINUTE), [Some(1), None]);
    }

    #[test]
    fn what_is_left_out_itself_covers_nothing() {
        // The best at 0 and 12 leaves a gap of more than ten minutes; the second at 1 and 11 is covered by it, so that
        // only the third tells of the time between.
        let taken = [at(0, 0), at(0, 12), at(1, 1), at(1, 11), at(2, 6)];
        assert_eq!(stand_ins(&taken, GAP, MINUTE), [None, None, Some(0), Some(1), None]);
    }

    #[test]
    fn an_interval_tells_of_all_of_it() {
        let night = Taken { rank: 0, start: Time(0), end: Some(Time(480 * MINUTE)) };
        assert_eq!(
            stand_ins(&[night, at(1, 200), at(1, 481), at(1, 483)], GAP, MINUTE),
            [None, Some(0), Some(0), None]
        );
    }

    fn any() -> impl Strategy<Value = Vec<Taken>> {
        prop::collection::vec((0_u32..4, 0_i64..300, prop::option::weighted(0.2, 0_i64..20)), 0..60).prop_map(|list| {
            let taken = |(rank, start, length): (u32, i64, Option<i64>)| Taken {
                rank,
                start: Time(start * MINUTE),
                end: length.map(|l| Time((start + l) * MINUTE)),
            };
            list.into_iter().map(taken).collect()
        })
    }

    proptest! {
        #[test]
        fn one_source_stays_as_it_is(taken in any()) {
            let taken: Vec<Taken> = taken.into_iter().map(|t| Taken { rank: 1, ..t }).collect();
            prop_assert!(stand_ins(&taken, GAP, MINUTE).iter().all(Option::is_none));
        }

        #[test]
        fn whoever_is_left_out_has_somebody_near(taken in any()) {
            let found = stand_ins(&taken, GAP, MINUTE);
            for (i, stand_in) in found.iter().enumerate() {
                let Some(other) = *stand_in else { continue };
                prop_assert!(found[other].is_none() && taken[other].rank < taken[i].rank);
                let (start, end) = (taken[other].start.0, taken[other].end.unwrap_or(taken[other].start).0);
                // Intervals reach as far as they last.
                let far = (start - taken[i].start.0).max(taken[i].start.0 - end).max(0);
                prop_assert!(far <= GAP + 20 * MINUTE, "{far}");
            }
        }

        #[test]
        fn the_best_source_is_whole_and_twice_is_once(taken in any()) {
            let found = stand_ins(&taken, GAP, MINUTE);
            let best = taken.iter().map(|t| t.rank).min();
            prop_assert!(taken.iter().zip(&found).all(|(t, f)| Some(t.rank) != best || f.is_none()));
            let kept: Vec<Taken> = taken.iter().zip(&found).filter(|(_, f)| f.is_none()).map(|(t, _)| *t).collect();
            prop_assert!(stand_ins(&kept, GAP, MINUTE).iter().all(Option::is_none));
        }

        #[test]
        fn the_order_does_not_matter((a, b) in any().prop_flat_map(|t| (Just(t.clone()), Just(t).prop_shuffle()))) {
            let kept = |taken: &[Taken]| {
                let found = stand_ins(taken, GAP, MINUTE);
                let mut kept: Vec<_> = taken
                    .iter()
                    .zip(found)
                    .filter(|(_, f)| f.is_none())
                    .map(|(t, _)| (t.start, t.end, t.rank))
                    .collect();
                kept.sort_unstable();
                kept
            };
            prop_assert_eq!(kept(&a), kept(&b));
        }
    }
}

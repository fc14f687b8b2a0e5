//! The timeline of a night from the stretches that a source tells, in whatever order and however they overlap.

use crate::observation::{Stage, StageKind};

/// Stages from the least to the most telling: where stretches overlap, being awake wins, then the more exact stage, for
/// sources write a whole night as asleep and its parts beside it.
const ORDER: [StageKind; 5] = [StageKind::Asleep, StageKind::Light, StageKind::Deep, StageKind::Rem, StageKind::Awake];

/// Stretches as one timeline: in order, without overlaps, neighbours of one kind joined. The same whatever the order of
/// the stretches.
pub fn timeline(stretches: &[Stage]) -> Vec<Stage> {
    // (time, place of the stage in `ORDER`, +1 at its start and -1 at its end)
    let mut edges = Vec::with_capacity(stretches.len() * 2);
    for one in stretches.iter().filter(|one| one.end > one.start) {
        let Some(place) = ORDER.iter().position(|kind| *kind == one.kind) else { continue };
        edges.extend([(one.start, place, 1), (one.end, place, -1)]);
    }
    edges.sort_unstable();
    let mut open = [0; ORDER.len()];
    let mut line: Vec<Stage> = Vec::new();
    for (at, &(time, place, change)) in edges.iter().enumerate() {
        open[place] += change;
        let Some(&(next, ..)) = edges.get(at + 1).filter(|next| next.0 > time) else { continue };
        let Some((kind, _)) = ORDER.iter().zip(open).rev().find(|(_, open)| *open > 0) else { continue };
        match line.last_mut() {
            Some(last) if last.kind == *kind && last.end == time => last.end = next,
            _ => line.push(Stage { kind: *kind, start: time, end: next }),
        }
    }
    line
}

/// Seconds of a timeline in stages of these kinds.
pub fn seconds(line: &[Stage], kinds: &[StageKind]) -> f64 {
    let of = line.iter().filter(|stage| kinds.contains(&stage.kind));
    of.map(|stage| stage.end.since_ms(stage.start)).sum::<i64>() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Time;

    fn stage(kind: StageKind, from: i64, to: i64) -> Stage {
        Stage { kind, start: Time(from * 60_000), end: Time(to * 60_000) }
    }

    #[test]
    fn the_more_exact_wins_and_being_awake_above_all() {
        use StageKind::{Asleep, Awake, Deep};
        // Asleep 0..60 with deep 10..20 and awake 15..25 in it.
        let told = [stage(Asleep, 0, 60), stage(Deep, 10, 20), stage(Awake, 15, 25), stage(Deep, 70, 70)];
        let line = timeline(&told);
        let expected = [stage(Asleep, 0, 10), stage(Deep, 10, 15), stage(Awake, 15, 25), stage(Asleep, 25, 60)];
        assert_eq!(line, expected);
        // 10 and 35 minutes asleep, 5 deep.
        assert_eq!((seconds(&line, &[Asleep, Deep]), seconds(&line, &[StageKind::Rem])), (3000.0, 0.0));
        // Pieces of one stage are one; a gap stays one.
        let pieces = [stage(Deep, 5, 9), stage(Deep, 0, 5), stage(Deep, 3, 7), stage(Deep, 10, 12)];
        assert_eq!(timeline(&pieces), [stage(Deep, 0, 9), stage(Deep, 10, 12)]);
    }

    proptest! {
        #[test]
        fn any_order_gives_the_same(
            told in prop::collection::vec((0..5_usize, 0..50_i64, 0..20_i64), 0..20),
            seed in any::<u64>(),
        ) {
            let told: Vec<Stage> = told.iter().map(|(kind, at, length)| stage(ORDER[*kind], *at, at + length)).collect();
            let line = timeline(&told);
            let mut other = told.clone();
            other.rotate_left(seed as usize % told.len().max(1));
            other.reverse();
            other.extend(told.first());
            prop_assert_eq!(&timeline(&other), &line);
            prop_assert_eq!(&timeline(&line), &line);
            prop_assert!(line.windows(2).all(|pair| pair[0].end <= pair[1].start));
            // Every minute is told as the most telling of what was told of it.
            for minute in 0..80 {
                let at = Time(minute * 60_000);
                let holds = |stage: &&Stage| stage.start <= at && at < stage.end;
                let place = |stage: &Stage| ORDER.iter().position(|kind| *kind == stage.kind);
                prop_assert_eq!(line.iter().find(holds).and_then(place), told.iter().filter(holds).filter_map(place).max());
            }
        }
    }
}

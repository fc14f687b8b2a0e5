//! Nights from rows: where a source tells stretches of sleep one by one, neighbouring ones are joined to a night.

use hilum_model::observation::Sleep;
use hilum_model::{Offset, Stage, StageKind, Time, night};

/// Longest pause within a night, ms; after a longer one another sleep begins.
pub const PAUSE_MS: i64 = 3_600_000;

/// A stretch as told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    /// What it was; `None` for time in bed, whatever happened in it.
    pub kind: Option<StageKind>,
    /// Start.
    pub start: Time,
    /// End, after `start`.
    pub end: Time,
    /// Local offset at the start.
    pub offset: Option<Offset>,
}

/// A night made of stretches.
#[derive(Debug, Clone, PartialEq)]
pub struct Night {
    /// First start.
    pub start: Time,
    /// Last end.
    pub end: Time,
    /// Offset at the start.
    pub offset: Option<Offset>,
    /// Offset at the end.
    pub end_offset: Option<Offset>,
    /// Durations and stages.
    pub sleep: Sleep,
}

/// Joins stretches to nights. Stretches may come in any order, more than once, and overlap ([`night::timeline`]).
pub fn nights(stretches: &[Stretch]) -> Vec<Night> {
    let mut sorted = stretches.to_vec();
    sorted.sort_by_key(|s| (s.start, s.end));
    sorted.dedup();
    let mut nights: Vec<Vec<Stretch>> = Vec::new();
    let mut reach = Time(i64::MIN);
    for stretch in sorted {
        if nights.is_empty() || stretch.start.since_ms(reach) > PAUSE_MS {
            nights.push(Vec::new());
        }
        reach = reach.max(stretch.end);
        if let Some(night) = nights.last_mut() {
            night.push(stretch);
        }
    }
    nights.iter().map(|stretches| whole(stretches)).collect()
}

fn whole(stretches: &[Stretch]) -> Night {
    let first = stretches.iter().min_by_key(|s| s.start);
    let last = stretches.iter().max_by_key(|s| s.end);
    let (start, end) = (first.map_or(Time(0), |s| s.start), last.map_or(Time(0), |s| s.end));
    let told: Vec<Stage> =
        stretches.iter().filter_map(|s| s.kind.map(|kind| Stage { kind, start: s.start, end: s.end })).collect();
    let stages = night::timeline(&told);
    let of = |kinds: &[StageKind]| night::seconds(&stages, kinds);
    let known = stages.iter().any(|s| matches!(s.kind, StageKind::Light | StageKind::Deep | StageKind::Rem));
    let depth = |kind| known.then(|| of(&[kind]));
    let any = |kinds: &[StageKind]| (!stages.is_empty()).then(|| of(kinds));
    let sleep = Sleep {
        main: true,
        asleep_s: any(&[StageKind::Asleep, StageKind::Light, StageKind::Deep, StageKind::Rem]),
        awake_s: any(&[StageKind::Awake]),
        in_bed_s: Some(end.since_ms(start) as f64 / 1000.0),
        light_s: depth(StageKind::Light),
        deep_s: depth(StageKind::Deep),
        rem_s: depth(StageKind::Rem),
        stages,
        ..Sleep::default()
    };
    Night { start, end, offset: first.and_then(|s| s.offset), end_offset: last.and_then(|s| s.offset), sleep }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Time {
        Time::from_unix_s(1_772_577_000 + 60 * minute)
    }

    fn stretch(kind: Option<StageKind>, from: i64, to: i64) -> Stretch {
        Stretch { kind, start: at(from), end: at(to), offset: Some(Offset(60)) }
    }

    #[test]
    fn neighbours_are_one_night_and_naps_another() {
        let rows = [
            stretch(Some(StageKind::Deep), 20, 50),
            stretch(Some(StageKind::Light), 0, 20),
            stretch(Some(StageKind::Awake), 50, 55),
            stretch(None, -10, 60),
            stretch(Some(StageKind::Rem), 100, 130),
            // 61 minutes later.
            stretch(Some(StageKind::Asleep), 191, 220),
            // Told twice.
            stretch(Some(StageKind::Deep), 20, 50),
        ];
        let found = nights(&rows);
        assert_eq!(found.len(), 2);
        let (night, nap) = (&found[0], &found[1]);
        assert_eq!((night.start, night.end), (at(-10), at(130)));
        // 20 + 30 + 30 minutes asleep, 5 awake, 140 in bed.
        let sleep = &night.sleep;
        assert_eq!((sleep.asleep_s, sleep.awake_s, sleep.in_bed_s), (Some(4800.0), Some(300.0), Some(8400.0)));
        assert_eq!((sleep.light_s, sleep.deep_s, sleep.rem_s), (Some(1200.0), Some(1800.0), Some(1800.0)));
        assert_eq!(sleep.stages.len(), 4);
        assert_eq!((nap.start, nap.sleep.asleep_s, nap.sleep.deep_s), (at(191), Some(1740.0), None));
    }

    #[test]
    fn what_overlaps_is_counted_once() {
        let rows = [stretch(Some(StageKind::Asleep), 0, 60), stretch(Some(StageKind::Awake), 20, 30)];
        let night = &nights(&rows)[0];
        assert_eq!((night.sleep.asleep_s, night.sleep.awake_s), (Some(3000.0), Some(600.0)));
        let kinds: Vec<_> = night.sleep.stages.iter().map(|s| s.kind).collect();
        assert_eq!(kinds, [StageKind::Asleep, StageKind::Awake, StageKind::Asleep]);
    }
}

//! Nights and naps. Stages lie on a grid of five minutes from the moment of going to bed, because that is the grid
//! of the coarsest dialect: so each dialect tells exactly the same night.

use hilum_model::{Day, Stage, StageKind, Time};

use super::dice::Dice;
use super::people::{Persona, Rhythm};

/// Length of a slot of the grid, s.
pub const SLOT_S: i64 = 300;

/// A shift of the shift worker, named by the day on which it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shift {
    /// 06:00 to 14:00.
    Early,
    /// 14:00 to 22:00.
    Late,
    /// 22:00 to 06:00 of the next day.
    Night,
}

/// A night or nap that ends on its day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slept {
    /// Going to bed; a whole minute.
    pub start: Time,
    /// Getting up.
    pub end: Time,
    /// The main sleep of the day; otherwise a nap.
    pub main: bool,
    /// What each slot of five minutes was, from `start` to `end`.
    pub slots: Vec<StageKind>,
}

impl Slept {
    /// Seconds spent in a stage.
    pub fn seconds(&self, kind: StageKind) -> i64 {
        self.slots.iter().filter(|s| **s == kind).count() as i64 * SLOT_S
    }
    /// Seconds asleep.
    pub fn asleep_s(&self) -> i64 {
        self.in_bed_s() - self.seconds(StageKind::Awake)
    }
    /// Seconds in bed.
    pub const fn in_bed_s(&self) -> i64 {
        self.end.since_ms(self.start) / 1000
    }
    /// Seconds awake before falling asleep.
    pub fn latency_s(&self) -> i64 {
        self.slots.iter().take_while(|s| **s == StageKind::Awake).count() as i64 * SLOT_S
    }
    /// Seconds awake between the last sleep and getting up.
    pub fn after_s(&self) -> i64 {
        self.slots.iter().rev().take_while(|s| **s == StageKind::Awake).count() as i64 * SLOT_S
    }
    /// How often sleep was broken.
    pub fn wakeups(&self) -> usize {
        let asleep: Vec<bool> = self.slots.iter().map(|s| *s != StageKind::Awake).collect();
        let ends = asleep.windows(2).filter(|w| w[0] && !w[1]).count();
        // The last end of sleep is getting up, unless sleep lasted to the end.
        ends.saturating_sub(usize::from(asleep.last() == Some(&false)))
    }
    /// How often a stage began.
    pub fn episodes(&self, kind: StageKind) -> usize {
        self.stages().iter().filter(|s| s.kind == kind).count()
    }
    /// The slots joined to stretches.
    pub fn stages(&self) -> Vec<Stage> {
        let mut stages: Vec<Stage> = Vec::new();
        for (i, kind) in (0..).zip(&self.slots) {
            let start = self.start.plus_s(i * SLOT_S);
            match stages.last_mut() {
                Some(last) if last.kind == *kind => last.end = start.plus_s(SLOT_S),
                _ => stages.push(Stage { kind: *kind, start, end: start.plus_s(SLOT_S) }),
            }
        }
        stages
    }
    /// The stage at an instant, if within.
    pub fn stage_at(&self, at: Time) -> Option<StageKind> {
        let slot = at.since_ms(self.start).div_euclid(SLOT_S * 1000);
        usize::try_from(slot).ok().and_then(|slot| self.slots.get(slot)).copied()
    }
    /// Turns the first three sleeping slots after the middle into waking, as a provider's later, better reading of
    /// the night does.
    pub(super) fn correct(&mut self) {
        let middle = self.slots.len() / 2;
        for slot in self.slots[middle..].iter_mut().filter(|s| **s != StageKind::Awake).take(3) {
            *slot = StageKind::Awake;
        }
    }
}

impl Persona {
    /// The night and naps that end on a day, in order, without overlap; each day has one main sleep.
    pub fn sleeps(&self, day: Day) -> Vec<Slept> {
        let dice = Dice::new(self.seed).at(TOPIC).at(i64::from(day.0));
        let jitter = |n: i64, minutes: f64| (dice.at(n).bell() * minutes) as i64;
        let late = 7 * i64::from(day.weekday() >= 5);
        let plan: Vec<(i64, i64, bool)> = match self.rhythm {
            Rhythm::Weekdays => {
                // On a journey the night begins in the aeroplane, before the midnight of the place of arrival.
                let aboard = 90 * i64::from(self.zone(day) != self.zone(day.plus(-1)));
                vec![(late * 7 - self.bed - aboard + jitter(1, 45.0), self.wake + late * 10 + jitter(2, 30.0), true)]
            }
            Rhythm::Retired => {
                let night = (jitter(1, 35.0) - self.bed, self.wake + jitter(2, 25.0), true);
                let nap = 13 * 60 + 20 + jitter(3, 25.0);
                let mut plan = vec![night];
                if dice.at(4).chance(0.3) {
                    plan.push((nap, nap + 30 + jitter(5, 15.0), false));
                }
                plan
            }
            Rhythm::Shifts => self.shift_sleeps(day, jitter),
        };
        plan.into_iter()
            .zip(0..)
            .map(|((bed, wake, main), nth)| {
                let end = self.at(day, wake);
                // Going to bed is counted in elapsed minutes from midnight, so a night over a change of clocks or
                // in an aeroplane is as long as it really was.
                let start = self.start_of(day).plus_s(bed * 60);
                let count = (end.since_ms(start) / (SLOT_S * 1000)).max(4);
                let start = end.plus_s(-count * SLOT_S);
                Slept { start, end, main, slots: self.hypnogram(dice.at(10 + nth), count as usize, main) }
            })
            .collect()
    }

    /// Minutes from midnight of the day to bed and to getting up.
    fn shift_sleeps(&self, day: Day, jitter: impl Fn(i64, f64) -> i64) -> Vec<(i64, i64, bool)> {
        let (before, today) = (self.shift(day.plus(-1)), self.shift(day));
        if before == Some(Shift::Night) {
            let bed = 7 * 60 + 35 + jitter(1, 25.0);
            return vec![(bed, bed + 6 * 60 + 20 + jitter(2, 40.0), true)];
        }
        let (bed, wake) = match today {
            Some(Shift::Early) => (-150, 4 * 60 + 40),
            Some(Shift::Late) => (25, 8 * 60 + 20),
            Some(Shift::Night) => (15, 8 * 60 + 45),
            None if before == Some(Shift::Late) => (60, 9 * 60),
            None => (-self.bed, self.wake),
        };
        let mut plan = vec![(bed + jitter(1, 20.0), wake + jitter(2, 15.0), true)];
        if today == Some(Shift::Night) {
            let nap = 17 * 60 + 30 + jitter(3, 20.0);
            plan.push((nap, nap + 95 + jitter(4, 25.0), false));
        }
        plan
    }

    pub(super) fn shift(&self, day: Day) -> Option<Shift> {
        if self.rhythm != Rhythm::Shifts {
            return None;
        }
        match day.0.rem_euclid(10) {
            0 | 1 => Some(Shift::Early),
            2 | 3 => Some(Shift::Late),
            4 | 5 => Some(Shift::Night),
            _ => None,
        }
    }

    /// Cycles of about ninety minutes: deep sleep early, REM towards the morning, short waking between.
    fn hypnogram(&self, dice: Dice, count: usize, main: bool) -> Vec<StageKind> {
        let latency = dice.at(1).whole(1, 3) as usize;
        let after = dice.at(2).whole(0, 2) as usize;
        let restless = 0.02 + f64::from(2026 - self.born) * 0.0006;
        let (deep, rem): ([usize; 6], [usize; 6]) =
            if main { ([9, 7, 4, 2, 0, 0], [2, 4, 5, 6, 7, 7]) } else { ([3, 2, 0, 0, 0, 0], [0, 3, 4, 4, 4, 4]) };
        let cycle = dice.at(3).whole(17, 20) as usize;
        (0..count)
            .map(|slot| {
                if slot < latency || slot + after >= count {
                    return StageKind::Awake;
                }
                let (nth, place) = ((slot - latency) / cycle, (slot - latency) % cycle);
                let nth = nth.min(5);
                let dice = dice.at(100 + slot as i64);
                if place > 1 && dice.at(1).chance(restless) {
                    StageKind::Awake
                } else if place >= 3 && place < 3 + deep[nth] {
                    StageKind::Deep
                } else if place >= cycle - rem[nth] && !dice.at(2).chance(0.06) {
                    StageKind::Rem
                } else {
                    StageKind::Light
                }
            })
            .collect()
    }
}

const TOPIC: i64 = 0x51_ee;

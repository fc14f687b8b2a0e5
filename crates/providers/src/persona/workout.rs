//! Sport: what somebody does when, how far and how hard.

use hilum_model::{Day, Time};

use super::dice::Dice;
use super::people::{Persona, Rhythm};

/// A sport that somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sport {
    /// Running outdoors.
    Run,
    /// A brisk walk.
    Walk,
    /// Cycling outdoors.
    Cycle,
    /// Swimming in a pool.
    Swim,
    /// Strength training.
    Weights,
    /// Yoga.
    Yoga,
    /// Rowing on a machine.
    Row,
}

impl Sport {
    /// Steps, 1/10 m and 1/10 kcal a minute (at 70 kg), and beats above the resting rate.
    pub(super) const fn effort(self) -> Effort {
        match self {
            Self::Run => Effort { steps: 166, decimetres: 1_790, tenths: 118, beats: 96 },
            Self::Walk => Effort { steps: 112, decimetres: 880, tenths: 46, beats: 42 },
            Self::Cycle => Effort { steps: 0, decimetres: 3_860, tenths: 92, beats: 74 },
            Self::Swim => Effort { steps: 0, decimetres: 410, tenths: 96, beats: 78 },
            Self::Weights => Effort { steps: 9, decimetres: 0, tenths: 58, beats: 52 },
            Self::Yoga => Effort { steps: 2, decimetres: 0, tenths: 30, beats: 22 },
            Self::Row => Effort { steps: 0, decimetres: 2_280, tenths: 104, beats: 84 },
        }
    }
}

/// What a minute of a sport takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effort {
    pub(super) steps: u16,
    pub(super) decimetres: u16,
    pub(super) tenths: u16,
    pub(super) beats: u16,
}

/// A sport that is done on certain weekdays.
#[derive(Debug, Clone, Copy)]
pub(super) struct Habit {
    /// Bit 0 is Monday.
    pub(super) days: u8,
    pub(super) sport: Sport,
    /// Minutes past midnight.
    pub(super) at: i64,
    pub(super) minutes: i64,
    /// How often it is really done.
    pub(super) kept: f64,
}

/// One session of sport, in whole minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workout {
    /// What was done.
    pub sport: Sport,
    /// Start.
    pub start: Time,
    /// End.
    pub end: Time,
}

impl Workout {
    /// Whole minutes.
    pub const fn minutes(&self) -> i64 {
        self.end.since_ms(self.start) / 60_000
    }
}

impl Persona {
    /// The sessions that begin on a day, in order. None on the day of a journey, none while asleep.
    pub fn workouts(&self, day: Day) -> Vec<Workout> {
        if self.zone(day) != self.zone(day.plus(-1)) || self.zone(day) != self.zone(day.plus(1)) {
            return Vec::new();
        }
        let mut asleep = self.sleeps(day);
        asleep.extend(self.sleeps(day.plus(1)));
        let mut done: Vec<Workout> = Vec::new();
        for (nth, habit) in (0..).zip(self.habits) {
            let dice = Dice::new(self.seed).at(TOPIC).at(i64::from(day.0)).at(nth);
            // Longer and more often in the warm half of the year; the shift worker trains only when off work.
            let season = 1.0 + 0.12 * season(day);
            let free = self.rhythm != Rhythm::Shifts || self.shift(day).is_none();
            if habit.days >> day.weekday() & 1 == 0 || !free || !dice.at(1).chance(habit.kept * season.min(1.0)) {
                continue;
            }
            let start = self.at(day, habit.at + (dice.at(2).bell() * 25.0) as i64);
            let minutes = (habit.minutes as f64 * season * (1.0 + 0.25 * dice.at(3).bell())) as i64;
            let end = start.plus_s(minutes.max(10) * 60);
            let margin = 20 * 60_000;
            let free = asleep.iter().all(|s| end.plus_ms(margin) <= s.start || start.plus_ms(-margin) >= s.end)
                && done.iter().all(|w| end.plus_ms(margin) <= w.start || start.plus_ms(-margin) >= w.end);
            if free && end <= self.end_of(day) {
                done.push(Workout { sport: habit.sport, start, end });
            }
        }
        done.sort_by_key(|w| w.start);
        done
    }
}

/// 1 in the middle of the warm half of the year, -1 in that of the cold half (northern hemisphere).
pub(super) fn season(day: Day) -> f64 {
    // 1970-07-15 was day 195.
    (f64::from(day.0 - 195) / 365.2425 * std::f64::consts::TAU).cos()
}

const TOPIC: i64 = 0x57_4f;

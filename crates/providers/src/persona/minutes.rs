//! A day minute by minute: steps, distance, energy and heart rate. All totals are sums of these minutes, so the
//! intervals, the workouts and the day never contradict each other.

use hilum_model::{Day, StageKind, Time};

use super::dice::Dice;
use super::people::{Persona, Rhythm};
use super::sleep::{Shift, Slept};
use super::workout::{Sport, Workout, season};

/// What somebody was doing in a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// In bed, in that stage.
    InBed(StageKind),
    /// Awake and out of bed.
    Up,
    /// Sport.
    Sport(Sport),
}

/// One minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Minute {
    /// What was done.
    pub doing: Doing,
    /// Steps.
    pub steps: u16,
    /// 1/10 m.
    pub decimetres: u16,
    /// Active energy, 1/100 kcal.
    pub energy: u16,
    /// Heart beats a minute.
    pub bpm: u8,
}

/// The minutes of one day, from its midnight to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minutes {
    /// Midnight.
    pub start: Time,
    /// One after the other.
    pub list: Vec<Minute>,
}

impl Minutes {
    /// Each minute with the instant at which it begins.
    pub fn iter(&self) -> impl Iterator<Item = (Time, &Minute)> {
        (0..).zip(&self.list).map(|(i, minute)| (self.start.plus_s(i * 60), minute))
    }
    /// The minutes that begin at or after `from` and end by `until`.
    pub fn within(&self, from: Time, until: Time) -> impl Iterator<Item = (Time, &Minute)> {
        self.iter().filter(move |(at, _)| *at >= from && at.plus_s(60) <= until)
    }
}

/// How lively each hour of the day is, in tenths, for people who work by day.
const LIVELY: [u8; 24] = [1, 1, 1, 1, 1, 3, 7, 9, 8, 4, 4, 5, 9, 7, 4, 4, 5, 9, 9, 7, 5, 4, 3, 2];

/// What the tracker learns of later: so many more steps in each of the first twenty waking minutes after 15:00.
const LATE_STEPS: u16 = 60;

impl Persona {
    /// The minutes of a day, given the sleeps that touch it. `late` tells it as corrected.
    pub(super) fn minutes(&self, day: Day, sleeps: &[&Slept], workouts: &[Workout], late: bool) -> Minutes {
        let start = self.start_of(day);
        let count = self.end_of(day).since_ms(start) / 60_000;
        let dice = Dice::new(self.seed).at(TOPIC).at(i64::from(day.0));
        let mut list: Vec<Minute> = (0..count)
            .map(|i| {
                let at = start.plus_s(i * 60);
                let stage = sleeps.iter().find_map(|s| s.stage_at(at));
                let sport = workouts.iter().find(|w| w.start <= at && at < w.end).map(|w| w.sport);
                let doing = match (stage, sport) {
                    (Some(stage), _) => Doing::InBed(stage),
                    (None, Some(sport)) => Doing::Sport(sport),
                    (None, None) => Doing::Up,
                };
                self.moved(doing, self.lively(day, i), dice.at(i / 10), i)
            })
            .collect();
        if late {
            for minute in list.iter_mut().skip(15 * 60).filter(|m| m.doing == Doing::Up).take(20) {
                *minute = self.walked(minute.doing, minute.steps + LATE_STEPS);
            }
        }
        self.beat(day, dice, workouts, start, &mut list);
        Minutes { start, list }
    }

    /// Chance of a walk within ten minutes.
    fn lively(&self, day: Day, minute: i64) -> f64 {
        let tenths = if self.rhythm == Rhythm::Shifts {
            let hour = minute / 60;
            let night_before = self.shift(day.plus(-1)) == Some(Shift::Night);
            let at_work = match self.shift(day) {
                Some(Shift::Early) => (6..14).contains(&hour),
                Some(Shift::Late) => (14..22).contains(&hour),
                Some(Shift::Night) => hour >= 22 || (night_before && hour < 6),
                None => night_before && hour < 6,
            };
            if at_work { 8 } else { 4 }
        } else {
            LIVELY[(minute / 60).clamp(0, 23) as usize]
        };
        let weekend = if day.weekday() == 6 { 0.8 } else { 1.0 };
        self.walks * weekend * (1.0 + 0.15 * season(day)) * f64::from(tenths) / 10.0
    }

    /// Steps, way and energy of a minute; the heart comes later.
    fn moved(&self, doing: Doing, lively: f64, block: Dice, minute: i64) -> Minute {
        let own = block.at(1000 + minute);
        match doing {
            Doing::InBed(_) => self.walked(doing, 0),
            Doing::Up => {
                let (from, long) = (block.at(2).whole(0, 4), block.at(3).whole(3, 9));
                let steps = if block.at(1).chance(lively) && (from..from + long).contains(&(minute % 10)) {
                    block.at(4).whole(58, 112) + own.whole(-8, 8)
                } else if own.at(1).chance(0.1) {
                    own.at(2).whole(4, 22)
                } else {
                    0
                };
                self.walked(doing, steps as u16)
            }
            Doing::Sport(sport) => {
                let effort = sport.effort();
                // The pace swells and ebbs over five minutes or so, and differs a little from minute to minute.
                let pace = 1.0 + 0.05 * block.at(5).bell() + 0.02 * own.bell();
                Minute {
                    doing,
                    steps: (f64::from(effort.steps) * (1.0 + 0.02 * own.at(1).bell())).round() as u16,
                    decimetres: (f64::from(effort.decimetres) * pace).round() as u16,
                    energy: (f64::from(effort.tenths) * 10.0 * pace * self.weight / 70.0).round() as u16,
                    bpm: 0,
                }
            }
        }
    }

    fn walked(&self, doing: Doing, steps: u16) -> Minute {
        let steps_f = f64::from(steps);
        // A step is about 0.414 of the height; a step of 70 kg takes about 0.045 kcal.
        let decimetres = (steps_f * f64::from(self.height_mm) * 0.414 / 100.0).round() as u16;
        Minute { doing, steps, decimetres, energy: (steps_f * 4.5 * self.weight / 70.0).round() as u16, bpm: 0 }
    }

    /// Fills in the heart rate: a target for what is done, followed with some inertia.
    fn beat(&self, day: Day, dice: Dice, workouts: &[Workout], start: Time, list: &mut [Minute]) {
        let resting = f64::from(self.resting_rate(day));
        let top = 208.0 - 0.7 * f64::from(2026 - self.born);
        let mut heart = None;
        for (i, minute) in (0..).zip(list.iter_mut()) {
            let at = start.plus_s(i * 60);
            let calm = resting + 5.0 + 3.0 * dice.at(1).wave(i as f64 / 45.0);
            let target = match minute.doing {
                Doing::InBed(StageKind::Deep) => resting - 1.0,
                Doing::InBed(StageKind::Rem) => resting + 5.0,
                Doing::InBed(StageKind::Awake) => resting + 9.0,
                Doing::InBed(_) => resting + 2.0,
                Doing::Up => calm + 9.0 + f64::from(minute.steps).min(120.0) * 0.33,
                Doing::Sport(sport) => {
                    let begun = workouts.iter().find(|w| w.start <= at && at < w.end).map_or(at, |w| w.start);
                    // Warming up takes six minutes, and the heart drifts up the longer it lasts.
                    let minutes = at.since_ms(begun) as f64 / 60_000.0;
                    let beats = f64::from(sport.effort().beats);
                    resting + beats * (0.55 + 0.45 * (minutes / 6.0).min(1.0)) + minutes.min(90.0) * 0.08
                }
            };
            let last = heart.unwrap_or(target);
            let now: f64 = last + (target - last) * 0.4;
            heart = Some(now);
            let noise = 1.6 * dice.at(2).wave(i as f64 / 3.0) + dice.at(3).at(i).bell();
            minute.bpm = (now + noise).clamp(36.0, top).round() as u8;
        }
    }

    /// Resting heart rate of a day, /min: follows fitness over months, the weather of weeks and the last days.
    pub fn resting_rate(&self, day: Day) -> u8 {
        let dice = Dice::new(self.seed).at(TOPIC + 1);
        let x = f64::from(day.0);
        let value = self.resting - 1.2 * season(day) + 2.2 * dice.at(1).wave(x / 17.0) + 1.4 * dice.at(2).wave(x / 2.0);
        value.round() as u8
    }
}

const TOPIC: i64 = 0x31_00;

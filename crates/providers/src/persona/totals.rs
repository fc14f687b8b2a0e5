//! Sums over minutes: a day as its tracker shows it, and a workout.

use hilum_model::{StageKind, Time};

use super::minutes::{Doing, Minute, Minutes};
use super::people::Persona;

/// The sums of a day, up to some moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    /// Minutes that went in.
    pub minutes: i64,
    /// Steps.
    pub steps: i64,
    /// Way on foot, 1/10 m.
    pub decimetres: i64,
    /// Active energy, 1/100 kcal.
    pub energy: i64,
    /// Minutes of light movement.
    pub soft: i64,
    /// Minutes of moderate movement.
    pub moderate: i64,
    /// Minutes of intense movement.
    pub intense: i64,
    /// Minutes up and still.
    pub still: i64,
    /// Minutes in bed.
    pub in_bed: i64,
    /// Floors climbed.
    pub floors: i64,
    /// Sum of the heart rates.
    pub beats: i64,
    /// Least heart rate; 0 for no minute.
    pub least: u8,
    /// Greatest heart rate.
    pub greatest: u8,
    /// Minutes with the heart below 50 %, 70 % and 85 % of its greatest rate, and above.
    pub zones: [i64; 4],
}

/// How hard a minute was: 0 still, 1 light, 2 moderate, 3 intense.
pub fn hardness(minute: &Minute) -> u8 {
    use super::workout::Sport;
    match minute.doing {
        Doing::InBed(_) => 0,
        Doing::Sport(Sport::Run | Sport::Cycle | Sport::Swim | Sport::Row) => 3,
        Doing::Sport(Sport::Walk | Sport::Weights) => 2,
        Doing::Sport(Sport::Yoga) => 1,
        Doing::Up => match minute.steps {
            0 => 0,
            1..=79 => 1,
            _ => 2,
        },
    }
}

impl Totals {
    /// Sums the minutes that end by `until`.
    pub fn of(persona: &Persona, minutes: &Minutes, until: Time) -> Self {
        let mut sum = Self { least: u8::MAX, ..Self::default() };
        let top = 208.0 - 0.7 * f64::from(2026 - persona.born);
        for (_, minute) in minutes.within(minutes.start, until) {
            sum.minutes += 1;
            sum.steps += i64::from(minute.steps);
            if minute.steps > 0 {
                sum.decimetres += i64::from(minute.decimetres);
            }
            sum.energy += i64::from(minute.energy);
            match (minute.doing, hardness(minute)) {
                (Doing::InBed(_), _) => sum.in_bed += 1,
                (_, 0) => sum.still += 1,
                (_, 1) => sum.soft += 1,
                (_, 2) => sum.moderate += 1,
                _ => sum.intense += 1,
            }
            sum.beats += i64::from(minute.bpm);
            sum.least = sum.least.min(minute.bpm);
            sum.greatest = sum.greatest.max(minute.bpm);
            let share = f64::from(minute.bpm) / top;
            let zone = usize::from(share >= 0.5) + usize::from(share >= 0.7) + usize::from(share >= 0.85);
            sum.zones[zone] += 1;
        }
        if sum.minutes == 0 {
            sum.least = 0;
        }
        sum.floors = sum.steps / 900;
        sum
    }

    /// Mean heart rate, rounded.
    pub fn mean_rate(&self) -> i64 {
        if self.minutes == 0 { 0 } else { (self.beats as f64 / self.minutes as f64).round() as i64 }
    }

    /// All energy, 1/100 kcal: what lying still would have taken, and the active part.
    pub fn all_energy(&self, persona: &Persona) -> i64 {
        (persona.basal() * 100.0 * self.minutes as f64 / 1440.0).round() as i64 + self.energy
    }
}

/// The sums of a stretch of time: a workout or a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Steps.
    pub steps: i64,
    /// 1/10 m.
    pub decimetres: i64,
    /// Active energy, 1/100 kcal.
    pub energy: i64,
    /// Mean heart rate, 1/10 a minute.
    pub mean_tenths: i64,
    /// Least heart rate.
    pub least: u8,
    /// Greatest heart rate.
    pub greatest: u8,
}

impl Stretch {
    /// Sums minutes; `None` if there are none.
    pub fn of<'a>(minutes: impl Iterator<Item = &'a Minute>) -> Option<Self> {
        let (mut count, mut beats) = (0, 0);
        let mut sum = Self { steps: 0, decimetres: 0, energy: 0, mean_tenths: 0, least: u8::MAX, greatest: 0 };
        for minute in minutes {
            count += 1;
            beats += i64::from(minute.bpm);
            sum.steps += i64::from(minute.steps);
            sum.decimetres += i64::from(minute.decimetres);
            sum.energy += i64::from(minute.energy);
            sum.least = sum.least.min(minute.bpm);
            sum.greatest = sum.greatest.max(minute.bpm);
        }
        sum.mean_tenths = (beats as f64 * 10.0 / f64::from(count)).round() as i64;
        (count > 0).then_some(sum)
    }
}

/// Whether a minute counts as asleep.
pub const fn asleep(minute: &Minute) -> bool {
    matches!(minute.doing, Doing::InBed(stage) if !matches!(stage, StageKind::Awake))
}

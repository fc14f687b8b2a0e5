//! Made-up series with the texture of a wearable's: pulse every minute and, in workouts, every five seconds; heart
//! rate variability every five minutes of a night with one decimal; steps a minute as intervals. Seeded, so that two
//! runs measure the same bytes.

use hilum_model::chunk::Point;
use hilum_model::time::DAY_MS;
use hilum_model::{Offset, Time};

/// SplitMix64 (Steele, Lea, Flood 2014): small, and good enough for noise.
#[derive(Debug, Clone)]
pub(crate) struct Noise(u64);

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// A whole number from 0 to below `bound`.
    pub(crate) fn below(&mut self, bound: i64) -> i64 {
        (self.next() >> 1) as i64 % bound
    }
}

/// The kinds of series that are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Series {
    /// Beats per minute each minute, all day, at whole minutes; one in 50 minutes is missing.
    MinutePulse,
    /// The same, but at seconds that wander by some, as most devices report.
    JitteredPulse,
    /// Beats per minute about every five seconds in two workouts of 45 minutes.
    WorkoutPulse,
    /// Heart rate variability in ms with one decimal, about every five minutes of eight hours, at odd milliseconds.
    NightVariability,
    /// Skin temperature in degrees with two decimals, each minute, at odd milliseconds.
    MinuteTemperature,
    /// Steps of a minute as intervals, only minutes with steps.
    MinuteSteps,
}

impl Series {
    pub(crate) const ALL: [Self; 6] = [
        Self::MinutePulse,
        Self::JitteredPulse,
        Self::WorkoutPulse,
        Self::NightVariability,
        Self::MinuteTemperature,
        Self::MinuteSteps,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::MinutePulse => "pulse, each minute",
            Self::JitteredPulse => "pulse, about each minute",
            Self::WorkoutPulse => "pulse, workouts, 5 s",
            Self::NightVariability => "HRV, 5 min, one decimal",
            Self::MinuteTemperature => "temperature, two decimals",
            Self::MinuteSteps => "steps, minute intervals",
        }
    }

    /// The samples of UTC day number `day`.
    pub(crate) fn day(self, day: i64, seed: u64) -> Vec<Point> {
        let mut noise = Noise::new(seed ^ day.cast_unsigned().wrapping_mul(0x9e37) ^ (self as u64) << 40);
        let start = day * DAY_MS;
        match self {
            Self::MinutePulse => pulse(&mut noise, start, 1440, |_, i| i * 60_000, 50),
            Self::JitteredPulse => pulse(&mut noise, start, 1440, |noise, i| i * 60_000 + noise.below(12) * 1000, 50),
            Self::WorkoutPulse => {
                let minute = 60_000;
                let mut points = Vec::new();
                for from in [7 * 60 * minute, 18 * 60 * minute] {
                    let at = |noise: &mut Noise, i: i64| i * 5000 + noise.below(3) * 1000;
                    points.extend(pulse(&mut noise, start + from, 540, at, 200));
                }
                points
            }
            Self::NightVariability => {
                let mut level = 450;
                (0..96)
                    .map(|i| {
                        level = (level + noise.below(121) - 60).clamp(150, 1200);
                        instant(start + i * 300_000 + noise.below(2000), level as f64 / 10.0)
                    })
                    .collect()
            }
            Self::MinuteTemperature => {
                let mut level = 3420;
                (0..1440)
                    .map(|i| {
                        level = (level + noise.below(9) - 4).clamp(3100, 3750);
                        instant(start + i * 60_000 + noise.below(1000), level as f64 / 100.0)
                    })
                    .collect()
            }
            Self::MinuteSteps => (0..1440)
                .filter_map(|i| {
                    let awake = (420..1380).contains(&i) && noise.below(5) < 2;
                    let steps = if noise.below(3) == 0 { 60 + noise.below(70) } else { 1 + noise.below(40) };
                    let at = start + i * 60_000;
                    awake.then(|| Point { end: Some(Time(at + 60_000)), ..instant(at, steps as f64) })
                })
                .collect(),
        }
    }
}

fn instant(at: i64, value: f64) -> Point {
    Point { start: Time(at), end: None, offset: Some(Offset(60)), value }
}

/// A pulse that wanders; one in `missing` samples is left out.
fn pulse(noise: &mut Noise, start: i64, count: i64, at: impl Fn(&mut Noise, i64) -> i64, missing: i64) -> Vec<Point> {
    let mut level = 72;
    (0..count)
        .filter_map(|i| {
            level = (level + noise.below(9) - 4).clamp(42, 185);
            let point = instant(start + at(noise, i), level as f64);
            (noise.below(missing) != 0).then_some(point)
        })
        .collect()
}

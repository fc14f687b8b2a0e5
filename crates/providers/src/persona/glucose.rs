//! Glucose as a sensor under the skin tells it: every five minutes, up after meals, down in sport.

use hilum_model::{Day, Time};

use super::dice::Dice;
use super::meals::Eaten;
use super::people::Persona;
use super::workout::Workout;

/// One value of the sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glucose {
    /// When: a whole five minutes of the clock in UTC.
    pub at: Time,
    /// mg/dL, 40 to 400 as the sensors tell it.
    pub level: i64,
    /// Change over the last quarter of an hour, 1/10 mg/dL a minute.
    pub slope: i64,
}

const STEP_S: i64 = 300;

impl Persona {
    /// Whether they wear a glucose sensor all the time. A source that is nothing but a sensor tells everybody's
    /// glucose; one that has it among other things tells it of these people.
    pub const fn wears_sensor(&self) -> bool {
        self.injects
    }

    /// The values of a day, in order. Every tenth day the sensor is changed at nine and warms up for two hours.
    pub fn glucose(&self, day: Day) -> Vec<Glucose> {
        let (start, end) = (self.start_of(day), self.end_of(day));
        let mut meals = self.meals(day.plus(-1));
        meals.extend(self.meals(day));
        let mut efforts = self.workouts(day.plus(-1));
        efforts.extend(self.workouts(day));
        let changed = day.0.rem_euclid(10) == (self.seed % 10) as i32;
        let warming = changed.then(|| (self.at(day, 9 * 60), self.at(day, 11 * 60)));
        let first = Time((start.0 + STEP_S * 1000 - 1).div_euclid(STEP_S * 1000) * STEP_S * 1000);
        let count = (end.since_ms(first) + STEP_S * 1000 - 1) / (STEP_S * 1000);
        (0..count)
            .map(|n| first.plus_s(n * STEP_S))
            .filter(|at| warming.is_none_or(|(from, until)| *at < from || *at >= until))
            .map(|at| {
                let level = |at| self.level(at, &meals, &efforts);
                let slope = (level(at) - level(at.plus_s(-900))) / 15.0;
                Glucose { at, level: level(at).round() as i64, slope: (slope * 10.0).round() as i64 }
            })
            .collect()
    }

    /// The level at an instant, given the meals and efforts of the hours before.
    fn level(&self, at: Time, meals: &[Eaten], efforts: &[Workout]) -> f64 {
        let (usual, rise, drift) = if self.injects { (128.0, 1.25, 34.0) } else { (91.0, 0.4, 6.0) };
        let minutes = |since: Time| at.since_ms(since) as f64 / 60_000.0;
        let wave = Dice::new(self.seed).at(TOPIC).wave(minutes(Time(0)) / 140.0);
        let eaten: f64 = meals
            .iter()
            .filter(|meal| (0.0..360.0).contains(&minutes(meal.at)))
            .map(|meal| {
                // Greatest 50 minutes after the first bite.
                let x = minutes(meal.at) / 50.0;
                rise * meal.carbohydrate as f64 * x * (1.0 - x).exp()
            })
            .sum();
        let used: f64 = efforts
            .iter()
            .filter(|effort| (0.0..180.0).contains(&minutes(effort.start)))
            .map(|effort| {
                let x = minutes(effort.start) / 60.0;
                drift * 0.7 * x * (1.0 - x).exp()
            })
            .sum();
        (usual + drift * wave + eaten - used).clamp(40.0, 400.0)
    }
}

const TOPIC: i64 = 0x91_0c;

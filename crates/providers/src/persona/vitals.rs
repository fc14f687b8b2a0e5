//! What is measured now and then: weight and what it is made of, height, blood pressure, oxygen, breath, heart-rate
//! variability, temperatures.

use hilum_model::{Day, Time};

use super::dice::Dice;
use super::people::Persona;
use super::workout::season;

/// A step on the scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeighIn {
    /// When.
    pub at: Time,
    /// g.
    pub grams: i64,
    /// Body fat, 1/100 %.
    pub fat: i64,
}

impl WeighIn {
    /// Mass of fat, g.
    pub const fn fat_mass(&self) -> i64 {
        self.grams * self.fat / 10_000
    }
    /// Mass without fat, g.
    pub const fn lean(&self) -> i64 {
        self.grams - self.fat_mass()
    }
    /// Mass of bone, g: about a twentieth of what is not fat.
    pub const fn bone(&self) -> i64 {
        self.lean() / 20
    }
    /// Mass of muscle, g.
    pub const fn muscle(&self) -> i64 {
        self.lean() - self.bone()
    }
    /// Mass of water, g: 73 % of what is not fat.
    pub const fn water(&self) -> i64 {
        self.lean() * 73 / 100
    }
}

/// A reading of the cuff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pressure {
    /// When.
    pub at: Time,
    /// mm\[Hg\].
    pub systolic: i64,
    /// mm\[Hg\].
    pub diastolic: i64,
    /// /min.
    pub pulse: i64,
}

impl Persona {
    fn dice(&self, topic: i64, day: Day) -> Dice {
        Dice::new(self.seed).at(0x77_00 + topic).at(i64::from(day.0))
    }

    fn trend(&self, topic: i64, day: Day, days: f64) -> f64 {
        Dice::new(self.seed).at(0x78_00 + topic).wave(f64::from(day.0) / days)
    }

    /// The weight that they typed into their profile, kg.
    pub const fn usual_weight(&self) -> f64 {
        self.weight
    }

    /// When they got up from the main sleep of the day.
    fn rose(&self, day: Day) -> Time {
        self.sleeps(day).iter().find(|s| s.main).map_or(self.at(day, self.wake), |s| s.end)
    }

    /// The weigh-in of a day, if there was one; soon after getting up.
    pub fn weigh_in(&self, day: Day) -> Option<WeighIn> {
        let dice = self.dice(1, day);
        if !dice.at(1).chance(self.weighs) {
            return None;
        }
        let kg = self.weight * (1.0 + 0.022 * self.trend(1, day, 75.0)) - 0.5 * season(day) + 0.35 * dice.at(2).bell();
        let fat = self.fat + 1.4 * self.trend(1, day, 75.0) + 0.3 * dice.at(3).bell();
        Some(WeighIn {
            at: self.rose(day).plus_s(dice.at(4).whole(6 * 60, 24 * 60)),
            // The scale shows steps of 50 g and of 0.1 %.
            grams: (kg * 20.0).round() as i64 * 50,
            fat: (fat * 10.0).round() as i64 * 10,
        })
    }

    /// Readings of the cuff on a day, in order.
    pub fn pressures(&self, day: Day) -> Vec<Pressure> {
        let reading = |nth: i64, chance: f64, at: Time, rise: f64| {
            let dice = self.dice(2, day).at(nth);
            dice.at(1).chance(chance).then(|| {
                let both = 5.0 * self.trend(2, day, 40.0) + 4.0 * dice.at(2).bell() + rise;
                Pressure {
                    at: at.plus_s(dice.at(5).whole(0, 15 * 60)),
                    systolic: (self.pressure.0 + both * 1.4 + 3.0 * dice.at(3).bell()).round() as i64,
                    diastolic: (self.pressure.1 + both * 0.8 + 2.0 * dice.at(4).bell()).round() as i64,
                    pulse: (f64::from(self.resting_rate(day)) + 8.0 + 4.0 * dice.at(6).bell()).round() as i64,
                }
            })
        };
        let morning = reading(1, self.cuff.0, self.rose(day).plus_s(25 * 60), 0.0);
        let evening = reading(2, self.cuff.1, self.at(day, 20 * 60 + 10), -2.0);
        morning.into_iter().chain(evening).collect()
    }

    /// The day on which they typed in their height comes twice a year.
    pub fn height_entered(&self, day: Day) -> Option<Time> {
        (day.0.rem_euclid(182) == (self.seed % 182) as i32).then(|| self.at(day, 9 * 60 + 30))
    }

    /// Oxygen saturation of the night, 1/10 %.
    pub fn oxygen(&self, day: Day) -> i64 {
        let percent = self.oxygen + 0.6 * self.trend(3, day, 12.0) + 0.5 * self.dice(3, day).bell();
        (percent.min(99.4) * 10.0).round() as i64
    }

    /// A spot measurement of oxygen at the wrist after getting up, if there was one: when and %.
    pub fn oxygen_spot(&self, day: Day) -> Option<(Time, i64)> {
        let dice = self.dice(4, day);
        let percent = (self.oxygen(day) as f64 / 10.0).round() as i64;
        dice.at(1).chance(0.4).then(|| (self.rose(day).plus_s(dice.at(2).whole(60, 300)), percent))
    }

    /// Breaths a minute of the night, in tenths.
    pub fn breaths(&self, day: Day) -> i64 {
        ((self.breaths + 0.5 * self.trend(5, day, 9.0) + 0.3 * self.dice(5, day).bell()) * 10.0).round() as i64
    }

    /// RMSSD of the night, ms: low when the resting rate is high.
    pub fn variability(&self, day: Day) -> i64 {
        let strain = f64::from(self.resting_rate(day)) - self.resting;
        let value = self.hrv * (1.0 + 0.1 * self.trend(6, day, 14.0) + 0.12 * self.dice(6, day).bell()) - 1.6 * strain;
        value.max(12.0).round() as i64
    }

    /// RMSSD of one slot of five minutes of a night, ms.
    pub fn variability_slot(&self, day: Day, slot: usize) -> i64 {
        let mean = self.variability(day) as f64;
        let dice = self.dice(7, day);
        (mean * (1.0 + 0.22 * dice.wave(slot as f64 / 6.0))).max(8.0).round() as i64
    }

    /// SDNN of the night, ms: of slower changes too, so it is the greater one.
    pub fn variability_sdnn(&self, day: Day) -> i64 {
        let dice = self.dice(9, day);
        (self.variability(day) as f64 * (1.18 + 0.06 * dice.bell()) + 9.0).round() as i64
    }

    /// Oxygen of one slot of five minutes of a night, 1/10 %.
    pub fn oxygen_slot(&self, day: Day, slot: usize) -> i64 {
        let dice = self.dice(10, day);
        (self.oxygen(day) + (8.0 * dice.wave(slot as f64 / 4.0)).round() as i64).min(1000)
    }

    /// Breaths a minute of one slot of five minutes of a night, in tenths.
    pub fn breaths_slot(&self, day: Day, slot: usize) -> i64 {
        let dice = self.dice(11, day);
        self.breaths(day) + (9.0 * dice.wave(slot as f64 / 5.0)).round() as i64
    }

    /// Temperature of the skin in the night, 1/100 degree Celsius.
    pub fn skin_temperature(&self, day: Day) -> i64 {
        (self.skin * 100.0).round() as i64 + self.skin_delta(day)
    }

    /// The same against what is usual for them, 1/100 K.
    pub fn skin_delta(&self, day: Day) -> i64 {
        (22.0 * self.trend(12, day, 8.0) + 14.0 * self.dice(12, day).bell()).round() as i64
    }

    /// A measurement with a thermometer in the morning, if there was one: when and 1/10 degree Celsius.
    pub fn body_temperature(&self, day: Day) -> Option<(Time, i64)> {
        let dice = self.dice(13, day);
        let tenths = (366.0 + 2.5 * dice.at(1).bell()).round() as i64;
        dice.at(2).chance(0.15).then(|| (self.rose(day).plus_s(dice.at(3).whole(300, 900)), tenths))
    }

    /// Energy at rest, kcal a day (Mifflin and St Jeor 1990).
    pub fn basal(&self) -> f64 {
        let sex = if self.gender == "female" { -161.0 } else { 5.0 };
        10.0 * self.weight + 6.25 * f64::from(self.height_mm) / 10.0 - 5.0 * f64::from(2026 - self.born) + sex
    }

    /// Maximal oxygen uptake, 1/10 mL/kg/min, which changes over months.
    pub fn uptake(&self, day: Day) -> i64 {
        // Uth and others 2004: 15.3 times the greatest over the resting heart rate; eased, since that flatters.
        let greatest = 208.0 - 0.7 * f64::from(2026 - self.born);
        let value = 0.82 * 15.3 * greatest / (self.resting + 8.0) + self.trend(8, day, 60.0) + 0.6 * season(day);
        (value * 10.0).round() as i64
    }
}

//! Made-up people, seeded, whose days every sandbox tells in its own dialect.
//!
//! Everything is a pure function of the person and the day: whoever asks, in whatever window, page or order, gets
//! the same story. There is no end to it in either direction; a teller leaves out what is still to come.

mod calendar;
mod dice;
mod glucose;
mod meals;
mod minutes;
mod people;
mod sleep;
mod story;
mod totals;
mod track;
mod vitals;
mod workout;

pub use glucose::Glucose;
pub use meals::{Course, Eaten};
pub use minutes::{Doing, Minute, Minutes};
pub use people::{PEOPLE, Persona};
pub use sleep::{SLOT_S, Slept};
pub use story::Story;
pub use totals::{Stretch, Totals, asleep, hardness};
pub use track::Point;
pub use vitals::{Pressure, WeighIn};
pub use workout::{Sport, Workout};

use dice::Dice;

/// The person of that id.
pub fn find(id: &str) -> Option<&'static Persona> {
    PEOPLE.iter().find(|p| p.id == id)
}

impl Persona {
    /// A stable number for ids that a provider makes: the same for the same parts, different between people.
    pub fn number(&self, parts: &[i64]) -> u64 {
        parts.iter().fold(Dice::new(self.seed).at(0x1d), |dice, part| dice.at(*part)).bits()
    }

    /// A stable id of the form of a UUID (version 4), from a provider's stream, a day and a place in it.
    pub fn uuid(&self, parts: &[i64]) -> String {
        let (a, b) = (self.number(parts), Dice::new(self.number(parts)).bits());
        let hex = hex::encode([a.to_be_bytes(), b.to_be_bytes()].concat());
        format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
    }
}

#[cfg(test)]
mod tests;

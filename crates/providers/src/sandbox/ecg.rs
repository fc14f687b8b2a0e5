//! What the tellers of electrocardiograms share: when the people take one, and what it shows.

use hilum_model::{Day, Time};

use super::Ask;
use crate::persona::Persona;

/// Length of a recording, s.
pub(crate) const LENGTH_S: i64 = 30;

/// About every other week, at ten past nine in the morning; `None` on other days, and before it is over.
pub(crate) fn taken(ask: &Ask<'_>, day: Day) -> Option<Time> {
    let persona = ask.story.persona;
    let start = persona.start_of(day).plus_s(9 * 3600 + 600);
    let due = persona.number(&[0x4b, i64::from(day.0)]).is_multiple_of(14);
    (due && start.plus_s(LENGTH_S) <= ask.now).then_some(start)
}

/// Beats a minute.
pub(crate) fn rate(persona: &Persona, day: Day) -> i64 {
    i64::from(persona.resting_rate(day)) + 6
}

/// The voltage, mV, `frequency` times a second.
pub(crate) fn samples(persona: &Persona, day: Day, frequency: i64) -> Vec<f64> {
    let bpm = rate(persona, day);
    (0..LENGTH_S * frequency).map(|n| wave(n * 1000 / frequency, bpm)).collect()
}

/// The voltage so many ms after the first beat: a P wave, a QRS complex and a T wave, each a bell.
pub(crate) fn wave(ms: i64, bpm: i64) -> f64 {
    let within = (ms % (60_000 / bpm)) as f64;
    let bell = |centre: f64, width: f64, millivolts: f64| millivolts * (-((within - centre) / width).powi(2)).exp();
    bell(80.0, 25.0, 0.12)
        + bell(170.0, 6.0, -0.1)
        + bell(185.0, 9.0, 1.1)
        + bell(202.0, 7.0, -0.22)
        + bell(390.0, 45.0, 0.28)
}

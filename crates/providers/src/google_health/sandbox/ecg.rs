//! An electrocardiogram now and then.

use hilum_model::Day;
use serde_json::json;

use super::{interval, point};
use crate::sandbox::{Ask, Item};

/// Samples a second.
const FREQUENCY: i64 = 250;

/// Samples of a millivolt.
const SCALE: i64 = 10_922;

/// Length of a recording, s.
const LENGTH_S: i64 = 30;

/// One about every other week, at ten past nine in the morning.
pub(super) fn recording(ask: &Ask<'_>, day: Day) -> Option<Item> {
    let persona = ask.story.persona;
    if !persona.number(&[0x4b, i64::from(day.0)]).is_multiple_of(14) {
        return None;
    }
    let start = persona.start_of(day).plus_s(9 * 3600 + 600);
    let end = start.plus_s(LENGTH_S);
    if end > ask.now {
        return None;
    }
    let bpm = i64::from(persona.resting_rate(day)) + 6;
    let samples: Vec<i64> = (0..LENGTH_S * FREQUENCY).map(|n| wave(n * 1000 / FREQUENCY, bpm)).collect();
    let value = json!({
        "interval": interval(persona, start, end),
        "beatsPerMinuteAvg": bpm.to_string(),
        "resultClassification": "NORMAL_SINUS_RHYTHM",
        "waveformSamples": samples,
        "samplingFrequencyHertz": FREQUENCY,
        "millivoltsScalingFactor": SCALE,
        "leadNumber": 1,
    });
    let json = point(ask, "electrocardiogram", &[0x4c, i64::from(day.0)], ("electrocardiogram", value));
    Some(Item { day, at: start, json })
}

/// The voltage so many ms after the first beat: a P wave, a QRS complex and a T wave, each a bell.
fn wave(ms: i64, bpm: i64) -> i64 {
    let within = (ms % (60_000 / bpm)) as f64;
    let bell = |centre: f64, width: f64, millivolts: f64| millivolts * (-((within - centre) / width).powi(2)).exp();
    let sum = bell(80.0, 25.0, 0.12)
        + bell(170.0, 6.0, -0.1)
        + bell(185.0, 9.0, 1.1)
        + bell(202.0, 7.0, -0.22)
        + bell(390.0, 45.0, 0.28);
    (sum * SCALE as f64).round() as i64
}

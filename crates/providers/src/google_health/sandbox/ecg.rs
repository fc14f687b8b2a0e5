//! An electrocardiogram now and then.

use hilum_model::Day;
use serde_json::json;

use super::{interval, point};
use crate::sandbox::ecg::{LENGTH_S, rate, samples, taken};
use crate::sandbox::{Ask, Item};

/// Samples a second.
const FREQUENCY: i64 = 250;

/// Samples of a millivolt.
const SCALE: i64 = 10_922;

pub(super) fn recording(ask: &Ask<'_>, day: Day) -> Option<Item> {
    let persona = ask.story.persona;
    let start = taken(ask, day)?;
    let samples: Vec<i64> =
        samples(persona, day, FREQUENCY).into_iter().map(|mv| (mv * SCALE as f64).round() as i64).collect();
    let value = json!({
        "interval": interval(persona, start, start.plus_s(LENGTH_S)),
        "beatsPerMinuteAvg": rate(persona, day).to_string(),
        "resultClassification": "NORMAL_SINUS_RHYTHM",
        "waveformSamples": samples,
        "samplingFrequencyHertz": FREQUENCY,
        "millivoltsScalingFactor": SCALE,
        "leadNumber": 1,
    });
    let json = point(ask, "electrocardiogram", &[0x4c, i64::from(day.0)], ("electrocardiogram", value));
    Some(Item { day, at: start, json })
}

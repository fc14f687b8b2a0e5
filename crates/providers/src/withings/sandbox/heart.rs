//! An electrocardiogram now and then: the list, and the voltage of each.

use hilum_model::Day;
use serde_json::{Value, json};

use super::{WATCH, device};
use crate::persona::Persona;
use crate::sandbox::ecg;
use crate::sandbox::{Ask, Extra, Item};

/// Samples a second.
const FREQUENCY: i64 = 500;

/// The number of a day's recording; its day is found in it again.
fn number(persona: &Persona, day: Day) -> i64 {
    (1_000 + (persona.number(&[0x78]) % 9_000) as i64) * 1_000_000 + i64::from(day.0)
}

pub(super) fn recordings(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let taken = ecg::taken(ask, day).map(|at| Item {
        day,
        at,
        json: json!({
            "deviceid": device(persona, WATCH),
            "model": WATCH.0,
            "ecg": {"signalid": number(persona, day), "afib": 0},
            "heart_rate": ecg::rate(persona, day),
            "timestamp": at.unix_s(),
            "modified": at.unix_s() + 60,
            "timezone": persona.zone(day),
        }),
    });
    taken.into_iter().collect()
}

/// `action=get`: the voltage, µV.
pub(super) fn signal(method: &str, path: &str, ask: &Ask<'_>) -> Option<Extra> {
    if (method, path, ask.param("action")) != ("POST", "/v2/heart", Some("get")) || !ask.granted("user.metrics") {
        return None;
    }
    let persona = ask.story.persona;
    let id: i64 = ask.param("signalid")?.parse().ok()?;
    let day = Day(i32::try_from(id % 1_000_000).ok()?);
    ecg::taken(ask, day).filter(|_| id == number(persona, day))?;
    let signal: Vec<Value> = ecg::samples(persona, day, FREQUENCY)
        .into_iter()
        .map(|millivolts| json!((millivolts * 1000.0).round() as i64))
        .collect();
    Some(Extra::Json(json!({"status": 0, "body": {
        "signal": signal,
        "sampling_frequency": FREQUENCY,
        "wearposition": 0,
    }})))
}

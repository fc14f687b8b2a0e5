//! The scale, the cuff, the uptake of oxygen.

use hilum_model::{Day, Time};
use serde_json::{Value, json};

use super::account;
use crate::sandbox::{Ask, Item};

fn measured(ask: &Ask<'_>, day: Day, at: Time, kind: &str, mut json: Value) -> Item {
    let persona = ask.story.persona;
    json["userId"] = json!(account(persona));
    json["summaryId"] = json!(format!("{kind}-{:x}", at.unix_s()));
    json["measurementTimeInSeconds"] = json!(at.unix_s());
    json["measurementTimeOffsetInSeconds"] = json!(i64::from(persona.offset_at(at).0) * 60);
    Item { day, at, json }
}

pub(super) fn scale(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let weighed = persona.weigh_in(day).filter(|w| w.at <= ask.now);
    let told = weighed.map(|w| {
        let metres = f64::from(persona.height_mm) / 1000.0;
        let json = json!({
            "weightInGrams": w.grams,
            "bodyFatInPercent": w.fat as f64 / 100.0,
            "bodyMassIndex": (w.grams as f64 / 100.0 / (metres * metres)).round() / 10.0,
            "bodyWaterInPercent": (w.water() as f64 * 1000.0 / w.grams as f64).round() / 10.0,
            "muscleMassInGrams": w.muscle(),
            "boneMassInGrams": w.bone(),
        });
        measured(ask, day, w.at, "b", json)
    });
    told.into_iter().collect()
}

pub(super) fn cuff(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let taken = ask.story.persona.pressures(day).into_iter().filter(|p| p.at <= ask.now);
    taken
        .map(|p| {
            let (systolic, diastolic, pulse) = (p.systolic, p.diastolic, p.pulse);
            let json = json!({"systolic": systolic, "diastolic": diastolic, "pulse": pulse, "sourceType": "DEVICE"});
            measured(ask, day, p.at, "bp", json)
        })
        .collect()
}

/// Told on Mondays.
pub(super) fn uptake(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let at = persona.start_of(day);
    if day.weekday() != 0 || at > ask.now {
        return Vec::new();
    }
    let json = json!({
        "userId": account(persona),
        "summaryId": format!("u-{}", day.0),
        "calendarDate": day.to_string(),
        "vo2Max": persona.uptake(day) as f64 / 10.0,
        "fitnessAge": 2026 - persona.born,
        "enhanced": true,
    });
    vec![Item { day, at, json }]
}

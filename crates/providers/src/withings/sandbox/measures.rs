//! Groups of measures: one measuring event each. A value is `value · 10^unit`.

use hilum_model::{Day, Time};
use serde_json::{Value, json};

use super::{CUFF, SCALE, THERMOMETER, WATCH, device, id};
use crate::sandbox::{Ask, Item};

pub(super) fn tell(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let mut groups: Vec<(Time, Value)> = Vec::new();
    let mut group = |nth: i64, at: Time, attrib: i64, model: Option<(&str, i64)>, measures: &[(i64, i64, i64)]| {
        let measures: Vec<Value> = measures
            .iter()
            .filter(|(kind, _, _)| ask.lists("meastypes", &kind.to_string()))
            .map(|(kind, value, unit)| json!({"value": value, "type": kind, "unit": unit}))
            .collect();
        if measures.is_empty() || at > ask.now {
            return;
        }
        let hash = model.map(|m| device(persona, m));
        let value = json!({
            "grpid": id(ask, 1, day, nth),
            "attrib": attrib,
            "date": at.unix_s(),
            "created": at.unix_s() + 30,
            "modified": at.unix_s() + 30,
            "category": 1,
            "deviceid": hash,
            "hash_deviceid": hash,
            "model": model.map(|m| m.0),
            "modelid": model.map(|m| m.1),
            "comment": null,
            "measures": measures,
        });
        groups.push((at, value));
    };
    if let Some(at) = persona.height_entered(day) {
        // Typed in by hand, so no device.
        group(0, at, 2, None, &[(4, i64::from(persona.height_mm), -3)]);
    }
    if let Some(weighed) = persona.weigh_in(day) {
        let fat_grams = weighed.grams * weighed.fat / 10_000;
        let measures =
            [(1, weighed.grams, -3), (6, weighed.fat, -2), (5, weighed.grams - fat_grams, -3), (8, fat_grams, -3)];
        group(1, weighed.at, 0, Some(SCALE), &measures);
    }
    if let Some((at, percent)) = persona.oxygen_spot(day) {
        group(2, at, 0, Some(WATCH), &[(54, percent, 0)]);
    }
    for (nth, reading) in (3..).zip(persona.pressures(day)) {
        let measures = [(9, reading.diastolic, 0), (10, reading.systolic, 0), (11, reading.pulse, 0)];
        group(nth, reading.at, 0, Some(CUFF), &measures);
    }
    if let Some((at, tenths)) = persona.body_temperature(day) {
        group(30, at, 0, Some(THERMOMETER), &[(71, tenths, -1)]);
    }
    if let Some(slept) = ask.story.sleeps(day).into_iter().find(|slept| slept.main) {
        group(31, slept.end, 0, Some(WATCH), &[(73, persona.skin_temperature(day), -2)]);
    }
    // Worked out anew each Sunday: day 3 of the Unix era was one.
    if day.0.rem_euclid(7) == 3 {
        group(32, persona.start_of(day).plus_s(6 * 3600), 0, Some(WATCH), &[(123, persona.uptake(day), -1)]);
    }
    groups.sort_by_key(|(at, _)| *at);
    groups.into_iter().map(|(at, json)| Item { day, at, json }).collect()
}

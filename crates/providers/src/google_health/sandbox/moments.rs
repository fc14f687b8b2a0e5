//! Lists of minutes and moments.

use hilum_model::{Day, Time};
use serde_json::{Value, json};

use super::{interval, point, sample_time};
use crate::persona::{Doing, SLOT_S};
use crate::sandbox::{Ask, Item};

/// Steps that make a floor.
const FLOOR: i64 = 900;

/// Minutes in which there was something. Whole numbers of 64 bits are texts.
pub(super) fn minutes(stream: &str, ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let minutes = ask.story.minutes(day);
    let mut walked = 0;
    minutes
        .within(minutes.start, ask.now)
        .filter_map(|(at, minute)| {
            let before = walked / FLOOR;
            walked += i64::from(minute.steps);
            let floors = walked / FLOOR - before;
            let (kind, member, amount): (&str, &str, Value) = match stream {
                "steps" if minute.steps > 0 => ("steps", "count", json!(minute.steps.to_string())),
                // The way on foot, as the day's total counts it.
                "distance" if minute.steps > 0 => {
                    ("distance", "millimeters", json!((u32::from(minute.decimetres) * 100).to_string()))
                }
                "floors" if floors > 0 => ("floors", "count", json!(floors.to_string())),
                "active_energy_burned" if minute.energy > 0 => {
                    ("activeEnergyBurned", "kcal", json!(f64::from(minute.energy) / 100.0))
                }
                _ => return None,
            };
            let mut value = json!({"interval": interval(persona, at, at.plus_s(60))});
            value[member] = amount;
            let kind_in_path = stream.replace('_', "-");
            Some(Item { day, at, json: point(ask, &kind_in_path, &[0x42, at.unix_s()], (kind, value)) })
        })
        .collect()
}

/// Every five minutes, every minute in sport.
pub(super) fn heart(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let minutes = ask.story.minutes(day);
    minutes
        .within(minutes.start, ask.now)
        .filter(|(at, minute)| at.unix_s() % SLOT_S == 0 || matches!(minute.doing, Doing::Sport(_)))
        .map(|(at, minute)| {
            let motion = if matches!(minute.doing, Doing::Sport(_)) { "ACTIVE" } else { "SEDENTARY" };
            let value = json!({
                "sampleTime": sample_time(persona, at),
                "beatsPerMinute": minute.bpm.to_string(),
                "metadata": {"motionContext": motion, "sensorLocation": "WRIST"},
            });
            Item { day, at, json: point(ask, "heart-rate", &[0x43, at.unix_s()], ("heartRate", value)) }
        })
        .collect()
}

/// The slots of the main sleep.
pub(super) fn night(stream: &str, ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let Some(slept) = ask.story.sleeps(day).into_iter().find(|s| s.main && s.end <= ask.now) else {
        return Vec::new();
    };
    (0..)
        .zip(0..slept.slots.len())
        .map(|(nth, slot): (i64, usize)| {
            let at = slept.start.plus_s(nth * SLOT_S);
            let time = sample_time(persona, at);
            let (kind, member, value) = if stream == "oxygen_saturation" {
                let value = json!({"sampleTime": time, "percentage": persona.oxygen_slot(day, slot) as f64 / 10.0});
                ("oxygen-saturation", "oxygenSaturation", value)
            } else {
                let rmssd = persona.variability_slot(day, slot) as f64;
                let share = persona.variability_sdnn(day) as f64 / persona.variability(day) as f64;
                let value = json!({
                    "sampleTime": time,
                    "rootMeanSquareOfSuccessiveDifferencesMilliseconds": rmssd,
                    "standardDeviationMilliseconds": (rmssd * share * 10.0).round() / 10.0,
                });
                ("heart-rate-variability", "heartRateVariability", value)
            };
            Item { day, at, json: point(ask, kind, &[0x44, at.unix_s()], (member, value)) }
        })
        .collect()
}

/// What is measured now and then.
pub(super) fn measured(stream: &str, ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let weighed = || persona.weigh_in(day);
    let (kind, found): (&str, Option<(Time, &str, Value)>) = match stream {
        "weight" => ("weight", weighed().map(|w| (w.at, "weightGrams", json!(w.grams as f64)))),
        "body_fat" => ("bodyFat", weighed().map(|w| (w.at, "percentage", json!(w.fat as f64 / 100.0)))),
        "height" => {
            let entered = persona.height_entered(day);
            ("height", entered.map(|at| (at, "heightMillimeters", json!(persona.height_mm.to_string()))))
        }
        _ => {
            let taken = persona.body_temperature(day);
            ("coreBodyTemperature", taken.map(|(at, t)| (at, "temperatureCelsius", json!(t as f64 / 10.0))))
        }
    };
    let item = |(at, member, amount): (Time, &str, Value)| {
        let mut value = json!({"sampleTime": sample_time(persona, at)});
        value[member] = amount;
        Item { day, at, json: point(ask, &stream.replace('_', "-"), &[0x45, at.unix_s()], (kind, value)) }
    };
    found.filter(|(at, ..)| *at <= ask.now).map(item).into_iter().collect()
}

/// The sensor's values, of people who wear one.
pub(super) fn glucose(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    if !persona.wears_sensor() {
        return Vec::new();
    }
    let told = persona.glucose(day).into_iter().filter(|value| value.at <= ask.now);
    told.map(|told| {
        let value = json!({
            "sampleTime": sample_time(persona, told.at),
            "bloodGlucoseMilligramsPerDeciliter": told.level as f64,
            "measurementSource": "CONTINUOUS_GLUCOSE_MONITOR",
            "specimen": "INTERSTITIAL_FLUID",
        });
        let json = point(ask, "blood-glucose", &[0x46, told.at.unix_s()], ("bloodGlucose", value));
        Item { day, at: told.at, json }
    })
    .collect()
}

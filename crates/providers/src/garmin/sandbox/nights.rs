//! Nights, and what was measured in them.

use hilum_model::{Day, StageKind};
use serde_json::{Map, Value, json};

use super::summary;
use crate::persona::{SLOT_S, Slept};
use crate::sandbox::{Ask, Item};

/// The main sleep of a day, once it is over. Naps are not told.
fn night(ask: &Ask<'_>, day: Day) -> Option<Slept> {
    ask.story.sleeps(day).into_iter().find(|s| s.main && s.end <= ask.now)
}

fn told(ask: &Ask<'_>, day: Day, kind: i64, json: impl FnOnce(&Slept) -> Value) -> Vec<Item> {
    let Some(slept) = night(ask, day) else { return Vec::new() };
    let mut json = json(&slept);
    json["calendarDate"] = json!(day.to_string());
    vec![Item { day, at: slept.start, json: summary(ask, kind, slept.start, json) }]
}

pub(super) fn sleeps(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    told(ask, day, 3, |slept| {
        let spans = |kind: StageKind| -> Vec<Value> {
            let of = slept.stages().into_iter().filter(move |s| s.kind == kind);
            of.map(|s| json!({"startTimeInSeconds": s.start.unix_s(), "endTimeInSeconds": s.end.unix_s()})).collect()
        };
        json!({
            "durationInSeconds": slept.asleep_s(),
            "unmeasurableSleepInSeconds": 0,
            "deepSleepDurationInSeconds": slept.seconds(StageKind::Deep),
            "lightSleepDurationInSeconds": slept.seconds(StageKind::Light),
            "remSleepInSeconds": slept.seconds(StageKind::Rem),
            "awakeDurationInSeconds": slept.seconds(StageKind::Awake),
            "sleepLevelsMap": {
                "deep": spans(StageKind::Deep),
                "light": spans(StageKind::Light),
                "rem": spans(StageKind::Rem),
                "awake": spans(StageKind::Awake),
            },
            "validation": "ENHANCED_FINAL",
            "overallSleepScore": {"value": (slept.asleep_s() / 320).clamp(20, 98), "qualifierKey": "GOOD"},
            "naps": [],
        })
    })
}

/// A map from seconds after going to bed to a value for each slot.
fn slots(slept: &Slept, value: impl Fn(usize) -> Value) -> Map<String, Value> {
    (0..slept.slots.len()).map(|slot| ((slot as i64 * SLOT_S).to_string(), value(slot))).collect()
}

pub(super) fn hrv(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    told(ask, day, 4, |slept| {
        json!({
            "durationInSeconds": slept.in_bed_s(),
            "lastNightAvg": persona.variability(day),
            "lastNight5MinHigh": persona.variability(day) * 5 / 4,
            "hrvValues": slots(slept, |slot| json!(persona.variability_slot(day, slot))),
        })
    })
}

pub(super) fn oxygen(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    told(ask, day, 5, |slept| {
        json!({
            "durationInSeconds": slept.in_bed_s(),
            "onDemand": false,
            "timeOffsetSpo2Values": slots(slept, |slot| json!((persona.oxygen_slot(day, slot) + 5) / 10)),
        })
    })
}

pub(super) fn respiration(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    told(ask, day, 6, |slept| {
        json!({
            "durationInSeconds": slept.in_bed_s(),
            "timeOffsetEpochToBreaths": slots(slept, |slot| json!(persona.breaths_slot(day, slot) as f64 / 10.0)),
        })
    })
}

pub(super) fn skin(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    told(ask, day, 7, |slept| {
        json!({
            "durationInSeconds": slept.in_bed_s(),
            "avgDeviationCelsius": persona.skin_delta(day) as f64 / 100.0,
        })
    })
}

//! Documents of sleep.

use hilum_model::{Day, StageKind};
use serde_json::{Value, json};

use super::local;
use crate::persona::{SLOT_S, Slept, Stretch};
use crate::sandbox::{Ask, Item};

pub(super) fn tell(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let sleeps = ask.story.sleeps(day).into_iter().filter(|s| s.end <= ask.now);
    (0..).zip(sleeps).filter_map(|(nth, slept)| document(ask, day, nth, &slept)).collect()
}

fn document(ask: &Ask<'_>, day: Day, nth: i64, slept: &Slept) -> Option<Item> {
    let persona = ask.story.persona;
    let minutes = ask.story.minutes_between(slept.start, slept.end);
    let heart = Stretch::of(minutes.iter().map(|(_, m)| m))?;
    let begun = local(persona, slept.start);
    // The ring measures in each slot but for the first while it finds the pulse: null, as it tells it.
    let slots = |value: &dyn Fn(usize) -> f64| -> Vec<Value> {
        (0..slept.slots.len()).map(|slot| if slot == 0 { Value::Null } else { json!(value(slot)) }).collect()
    };
    let rates = slots(&|slot| minutes.get(slot * (SLOT_S as usize / 60)).map_or(0.0, |(_, m)| f64::from(m.bpm)));
    let variability = slots(&|slot| persona.variability_slot(day, slot) as f64);
    let efficiency = (100.0 * slept.asleep_s() as f64 / slept.in_bed_s() as f64).round();
    let json = json!({
        "id": persona.uuid(&[5, i64::from(day.0), nth]),
        "day": day.to_string(),
        "bedtime_start": begun,
        "bedtime_end": local(persona, slept.end),
        "type": if slept.main { "long_sleep" } else { "late_nap" },
        "period": nth,
        "time_in_bed": slept.in_bed_s(),
        "total_sleep_duration": slept.asleep_s(),
        "deep_sleep_duration": slept.seconds(StageKind::Deep),
        "light_sleep_duration": slept.seconds(StageKind::Light),
        "rem_sleep_duration": slept.seconds(StageKind::Rem),
        "awake_time": slept.seconds(StageKind::Awake),
        "latency": slept.latency_s(),
        "efficiency": efficiency as i64,
        "restless_periods": slept.wakeups() * 12,
        "average_breath": persona.breaths(day) as f64 / 10.0,
        "average_heart_rate": heart.mean_tenths as f64 / 10.0,
        "average_hrv": persona.variability(day),
        "lowest_heart_rate": heart.least,
        "heart_rate": {"interval": SLOT_S as f64, "items": rates, "timestamp": begun},
        "hrv": {"interval": SLOT_S as f64, "items": variability, "timestamp": begun},
        "sleep_phase_5_min": slept.slots.iter().map(|s| digit(*s)).collect::<String>(),
        "movement_30_sec": movement(slept),
        "low_battery_alert": false,
        "readiness": null,
        "readiness_score_delta": null,
        "sleep_score_delta": null,
        "sleep_algorithm_version": "v2",
    });
    Some(Item { day, at: slept.start, json })
}

/// The digit of a stage: 1 deep, 2 light, 3 REM, 4 awake.
const fn digit(kind: StageKind) -> char {
    match kind {
        StageKind::Deep => '1',
        StageKind::Light | StageKind::Asleep => '2',
        StageKind::Rem => '3',
        StageKind::Awake => '4',
    }
}

/// One digit for each half minute, 1 no movement to 4 much.
fn movement(slept: &Slept) -> String {
    let digit = |kind: &StageKind| if *kind == StageKind::Awake { "1213212421" } else { "1111112111" };
    slept.slots.iter().map(digit).collect()
}

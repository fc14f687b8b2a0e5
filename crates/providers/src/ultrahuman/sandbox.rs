//! Ultrahuman's dialect of a persona's days.

use hilum_model::{Day, StageKind, Time};
use serde_json::{Value, json};

use crate::persona::{Doing, Minute, SLOT_S, Slept, Stretch};
use crate::sandbox::{Ask, Extra, Item, Teller};

/// The dialect.
pub const TELLER: Teller = Teller {
    provider: "ultrahuman",
    account: |persona| persona.uuid(&[0x50]),
    items: |_, ask, day| item(ask, day).into_iter().collect(),
    page: |_, _, items, _| {
        let list = items.into_iter().next().unwrap_or_else(|| json!([]));
        json!({"data": {"metric_data": list}})
    },
    extra: |method, path, ask| {
        let told = json!({"user_id": (TELLER.account)(ask.story.persona)});
        ((method, path) == ("GET", "/user_data/user_info")).then_some(Extra::Json(told))
    },
    ..Teller::STANDARD
};

/// All of a day so far is one item.
fn item(ask: &Ask<'_>, day: Day) -> Option<Item> {
    let start = ask.story.persona.start_of(day);
    let sum = ask.story.totals(day, ask.now).filter(|sum| sum.minutes > 0)?;
    let minutes = ask.story.minutes(day);
    let told: Vec<(Time, &Minute)> = minutes.within(start, ask.now).collect();
    let midnight = start.unix_s();
    let tagged = |kind: &str, mut object: Value| {
        object["day_start_timestamp"] = json!(midnight);
        json!({"type": kind, "object": object})
    };
    let mut list = vec![
        tagged("hr", json!({"title": "Heart Rate", "values": beats(&told), "unit": "bpm"})),
        tagged("steps", json!({"values": steps(&told), "total": sum.steps})),
        tagged("active_minutes", json!({"value": sum.soft + sum.moderate + sum.intense})),
    ];
    let persona = ask.story.persona;
    if let Some(slept) = ask.story.sleeps(day).into_iter().find(|s| s.main && s.end <= ask.now) {
        let slots = |value: &dyn Fn(usize) -> f64| -> Vec<Value> {
            let at = |slot: usize| slept.start.unix_s() + slot as i64 * SLOT_S;
            (0..slept.slots.len()).map(|slot| json!({"value": value(slot), "timestamp": at(slot)})).collect()
        };
        let warm = persona.skin_temperature(day) as f64 / 100.0;
        let variability = slots(&|slot| persona.variability_slot(day, slot) as f64);
        list.extend([
            tagged("hrv", json!({"title": "HRV", "values": variability, "avg": persona.variability(day)})),
            tagged("temp", json!({"title": "Skin Temperature", "values": slots(&|_| warm), "unit": "°C"})),
            tagged("night_rhr", json!({"title": "Resting HR", "values": [], "avg": persona.resting_rate(day)})),
            tagged("avg_sleep_hrv", json!({"value": persona.variability(day)})),
            tagged("vo2_max", json!({"value": persona.uptake(day) as f64 / 10.0})),
            tagged("recovery_index", json!({"value": (persona.variability(day) + 20).clamp(1, 99)})),
            json!({"type": "Sleep", "object": night(ask, day, &slept)}),
        ]);
    }
    if persona.wears_sensor() {
        let values: Vec<Value> = persona
            .glucose(day)
            .into_iter()
            .filter(|value| value.at <= ask.now)
            .map(|value| json!({"value": value.level, "timestamp": value.at.unix_s()}))
            .collect();
        list.push(tagged("glucose", json!({"title": "Glucose", "values": values, "unit": "mg/dL"})));
    }
    Some(Item { day, at: start, json: Value::Array(list) })
}

/// Every five minutes, every minute in sport.
fn beats(told: &[(Time, &Minute)]) -> Vec<Value> {
    told.iter()
        .filter(|(at, minute)| at.unix_s() % SLOT_S == 0 || matches!(minute.doing, Doing::Sport(_)))
        .map(|(at, minute)| json!({"value": minute.bpm, "timestamp": at.unix_s()}))
        .collect()
}

/// The steps of each quarter of an hour.
fn steps(told: &[(Time, &Minute)]) -> Vec<Value> {
    told.chunks(15)
        .map(|quarter| {
            let sum: u32 = quarter.iter().map(|(_, minute)| u32::from(minute.steps)).sum();
            json!({"value": sum, "timestamp": quarter[0].0.unix_s()})
        })
        .collect()
}

fn night(ask: &Ask<'_>, day: Day, slept: &Slept) -> Value {
    let persona = ask.story.persona;
    let minutes = ask.story.minutes_between(slept.start, slept.end);
    let rate = Stretch::of(minutes.iter().map(|(_, m)| m)).map(|sum| (sum.mean_tenths + 5) / 10);
    let stage = |kind: &str, of: StageKind| json!({"type": kind, "stage_time": slept.seconds(of)});
    json!({
        "bedtime_start": slept.start.unix_s(),
        "bedtime_end": slept.end.unix_s(),
        "quick_metrics": [
            {"title": "TIME IN BED", "value": slept.in_bed_s(), "type": "time_in_bed"},
            {"value": (100 * slept.asleep_s() + slept.in_bed_s() / 2) / slept.in_bed_s(), "type": "sleep_efic"},
            {"value": slept.asleep_s(), "type": "total_sleep"},
            {"value": rate, "type": "avg_hr"},
        ],
        "sleep_stages": [
            stage("deep_sleep", StageKind::Deep),
            stage("light_sleep", StageKind::Light),
            stage("rem_sleep", StageKind::Rem),
            stage("awake", StageKind::Awake),
        ],
        "spo2": {"title": "Average Oxygen Saturation", "value": (persona.oxygen(day) + 5) / 10},
    })
}

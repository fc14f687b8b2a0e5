//! Nights and naps: as summaries, and stage by stage.

use hilum_model::{Day, StageKind};
use serde_json::{Map, Value, json};

use super::{WATCH, asked_for, device, id, modified};
use crate::persona::{SLOT_S, Slept, Stretch};
use crate::sandbox::{Ask, Item};

/// The sleeps of a day that are over.
fn over(ask: &Ask<'_>, day: Day) -> Vec<Slept> {
    ask.story.sleeps(day).into_iter().filter(|s| s.end <= ask.now).collect()
}

pub(super) fn summaries(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    (0..)
        .zip(over(ask, day))
        .filter_map(|(nth, slept)| {
            let minutes = ask.story.minutes_between(slept.start, slept.end);
            let heart = Stretch::of(minutes.iter().map(|(_, m)| m))?;
            let mut data = summary(&slept, &heart, persona.breaths(day));
            asked_for(ask, &mut data);
            let json = json!({
                "id": id(ask, 3, day, nth),
                "timezone": persona.zone(day),
                "model": 16,
                "model_id": WATCH.1,
                "hash_deviceid": device(persona, WATCH),
                "startdate": slept.start.unix_s(),
                "enddate": slept.end.unix_s(),
                "date": day.to_string(),
                "created": slept.end.unix_s() + 180,
                "modified": modified(ask, day, slept.end.plus_s(180)),
                "data": data,
            });
            Some(Item { day, at: slept.start, json })
        })
        .collect()
}

fn summary(slept: &Slept, heart: &Stretch, breaths_tenths: i64) -> Value {
    let breaths = (breaths_tenths + 5) / 10;
    let awake = slept.seconds(StageKind::Awake);
    let efficiency = slept.asleep_s() as f64 / slept.in_bed_s() as f64;
    json!({
        "total_timeinbed": slept.in_bed_s(),
        "total_sleep_time": slept.asleep_s(),
        "lightsleepduration": slept.seconds(StageKind::Light),
        "deepsleepduration": slept.seconds(StageKind::Deep),
        "remsleepduration": slept.seconds(StageKind::Rem),
        "wakeupduration": awake,
        "wakeupcount": slept.wakeups(),
        "durationtosleep": slept.latency_s(),
        "durationtowakeup": slept.after_s(),
        "sleep_latency": slept.latency_s(),
        "wakeup_latency": slept.after_s(),
        "waso": awake - slept.latency_s() - slept.after_s(),
        "sleep_efficiency": (efficiency * 100.0).round() / 100.0,
        "nb_rem_episodes": slept.episodes(StageKind::Rem),
        "out_of_bed_count": 0,
        "hr_average": (heart.mean_tenths + 5) / 10,
        "hr_min": heart.least,
        "hr_max": heart.greatest,
        "rr_average": breaths,
        "rr_min": breaths - 3,
        "rr_max": breaths + 4,
        "breathing_disturbances_intensity": 9,
        "snoring": 0,
        "snoringepisodecount": 0,
        "apnea_hypopnea_index": 2,
        "sleep_score": score(slept),
    })
}

/// 0 to 100: eight hours with little waking is best.
fn score(slept: &Slept) -> i64 {
    let length = (slept.asleep_s() as f64 / 28_800.0).min(1.0);
    let calm = slept.asleep_s() as f64 / slept.in_bed_s() as f64;
    (100.0 * (0.6 * length + 0.4 * calm)).round() as i64
}

/// One item a stretch of one stage, with the heart, breath and variability every five minutes.
pub(super) fn phases(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let mut items = Vec::new();
    for slept in over(ask, day) {
        for stage in slept.stages() {
            let minutes = ask.story.minutes_between(stage.start, stage.end);
            let at_slot = |value: &dyn Fn(usize, u8) -> i64| {
                let told = minutes.iter().filter(|(at, _)| at.unix_s() % SLOT_S == 0);
                let slot = |at: hilum_model::Time| (at.since_ms(slept.start) / 1000 / SLOT_S) as usize;
                let map: Map<String, Value> =
                    told.map(|(at, m)| (at.unix_s().to_string(), json!(value(slot(*at), m.bpm)))).collect();
                Value::Object(map)
            };
            let mut series = json!({
                "hr": at_slot(&|_, bpm| i64::from(bpm)),
                "rr": at_slot(&|_, _| (persona.breaths(day) + 5) / 10),
                "snoring": at_slot(&|_, _| 0),
                "rmssd": at_slot(&|slot, _| persona.variability_slot(day, slot)),
                // In a calm sleeper the standard deviation is somewhat above the RMSSD.
                "sdnn_1": at_slot(&|slot, _| persona.variability_slot(day, slot) * 6 / 5),
            });
            asked_for(ask, &mut series);
            let mut json = json!({
                "startdate": stage.start.unix_s(),
                "enddate": stage.end.unix_s(),
                "state": state(stage.kind),
                "model": WATCH.0,
                "model_id": WATCH.1,
                "hash_deviceid": device(persona, WATCH),
            });
            if let (Value::Object(item), Value::Object(series)) = (&mut json, series) {
                item.extend(series);
            }
            items.push(Item { day, at: stage.start, json });
        }
    }
    items
}

/// The dialect's number of a stage.
const fn state(kind: StageKind) -> i64 {
    match kind {
        StageKind::Awake => 0,
        StageKind::Light => 1,
        StageKind::Deep => 2,
        StageKind::Rem => 3,
        StageKind::Asleep => 5,
    }
}

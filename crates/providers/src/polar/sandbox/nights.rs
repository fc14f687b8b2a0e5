//! Nights: stages, variability, breathing.

use hilum_model::{Day, StageKind};
use serde_json::{Map, Value, json};

use super::{device, shown, user};
use crate::persona::{SLOT_S, Slept};
use crate::sandbox::{Ask, Item};

/// The main sleep of a day, once it is over. Naps are not told.
fn night(ask: &Ask<'_>, day: Day) -> Option<Slept> {
    ask.story.sleeps(day).into_iter().find(|s| s.main && s.end <= ask.now)
}

/// The dialect's number of a stage.
const fn number(kind: StageKind) -> i64 {
    match kind {
        StageKind::Awake => 0,
        StageKind::Rem => 1,
        StageKind::Light => 2,
        StageKind::Deep => 4,
        StageKind::Asleep => 5,
    }
}

pub(super) fn sleep(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let Some(slept) = night(ask, day) else { return Vec::new() };
    // One clock for the night: that of going to bed, as the watch is set only when it is awake.
    let offset = persona.offset_at(slept.start);
    let local = |at: hilum_model::Time| {
        let shown = at.plus_s(i64::from(offset.0) * 60).to_iso();
        format!("{}{offset}", &shown[..19])
    };
    let hypnogram: Map<String, Value> =
        slept.stages().iter().map(|s| (local(s.start)[11..16].to_owned(), json!(number(s.kind)))).collect();
    let json = json!({
        "polar_user": user(persona),
        "date": day.to_string(),
        "sleep_start_time": local(slept.start),
        "sleep_end_time": local(slept.end),
        "device_id": device(persona),
        "continuity": 3.1,
        "continuity_class": 3,
        "light_sleep": slept.seconds(StageKind::Light),
        "deep_sleep": slept.seconds(StageKind::Deep),
        "rem_sleep": slept.seconds(StageKind::Rem),
        "unrecognized_sleep_stage": 0,
        "total_interruption_duration": slept.seconds(StageKind::Awake),
        "sleep_charge": 3,
        "sleep_goal": 28_800,
        "sleep_rating": 3,
        "sleep_score": (slept.asleep_s() / 320).clamp(20, 98),
        "sleep_cycles": slept.episodes(StageKind::Rem),
        "hypnogram": hypnogram,
    });
    vec![Item { day, at: slept.start, json }]
}

/// Values of every five minutes that the clock shows, from a minute after going to bed to four hours later.
pub(super) fn recharge(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let Some(slept) = night(ask, day) else { return Vec::new() };
    let (mut variability, mut breathing) = (Map::new(), Map::new());
    for slot in 0..slept.slots.len().min(48) {
        let at = slept.start.plus_s(slot as i64 * SLOT_S);
        let clock = shown(persona, at)[11..16].to_owned();
        variability.entry(&clock).or_insert(json!(persona.variability_slot(day, slot)));
        breathing.entry(clock).or_insert(json!(persona.breaths_slot(day, slot) as f64 / 10.0));
    }
    let json = json!({
        "polar_user": user(persona),
        "date": day.to_string(),
        "heart_rate_avg": persona.resting_rate(day),
        "beat_to_beat_avg": 60_000 / i64::from(persona.resting_rate(day)),
        "heart_rate_variability_avg": persona.variability(day),
        "breathing_rate_avg": persona.breaths(day) as f64 / 10.0,
        "nightly_recharge_status": 4,
        "ans_charge": 1.2,
        "ans_charge_status": 3,
        "hrv_samples": variability,
        "breathing_samples": breathing,
    });
    vec![Item { day, at: slept.start, json }]
}

//! Cycles, recoveries, sleeps and workouts.

use hilum_model::{Day, StageKind, Time};
use serde_json::{Value, json};

use super::account;
use crate::persona::{Persona, Slept, Sport, Stretch};
use crate::sandbox::{Ask, Item};

/// How long after waking up the strap's night is still being worked out, s.
const SCORING_S: i64 = 10 * 60;

/// kJ of one kcal.
const KILOJOULES: f64 = 4.184;

/// The main sleep of a day, if it has begun.
fn main_sleep(ask: &Ask<'_>, day: Day) -> Option<Slept> {
    ask.story.sleeps(day).into_iter().find(|s| s.main && s.start < ask.now)
}

/// The number of the cycle that begins with the night of a day.
fn cycle_id(persona: &Persona, day: Day) -> u64 {
    1_000_000 + persona.number(&[0x32]) % 1_000_000 + u64::from(day.0.unsigned_abs())
}

fn sleep_id(persona: &Persona, day: Day, nth: i64) -> String {
    persona.uuid(&[0x33, i64::from(day.0), nth])
}

/// `+01:00`, or `Z`: where the record was made, so of a night where the person woke up.
fn offset(persona: &Persona, at: Time) -> String {
    match persona.offset_at(at).to_string() {
        utc if utc == "+00:00" => "Z".to_owned(),
        offset => offset,
    }
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// What every record begins with.
fn head(ask: &Ask<'_>, day: Day, created: Time) -> Value {
    let updated = ask.story.correction(day).map_or(created, |at| at.max(created));
    json!({
        "user_id": account(ask.story.persona),
        "created_at": created.to_iso(),
        "updated_at": updated.to_iso(),
        "score_state": "SCORED",
    })
}

/// From falling asleep to falling asleep again, or to the present.
pub(super) fn cycle(ask: &Ask<'_>, day: Day) -> Option<Item> {
    let persona = ask.story.persona;
    let slept = main_sleep(ask, day)?;
    let start = slept.start;
    let end = main_sleep(ask, day.plus(1)).map(|s| s.start);
    let minutes = ask.story.minutes_between(start, end.unwrap_or(ask.now).min(ask.now));
    let sum = Stretch::of(minutes.iter().map(|(_, m)| m))?;
    let kilocalories = persona.basal() * minutes.len() as f64 / 1440.0 + sum.energy as f64 / 100.0;
    let mut json = head(ask, day, start);
    json["id"] = json!(cycle_id(persona, day));
    json["start"] = json!(start.to_iso());
    json["end"] = json!(end.map(Time::to_iso));
    json["timezone_offset"] = json!(offset(persona, slept.end));
    json["score"] = json!({
        "strain": tenth((sum.energy as f64 / 4_000.0).min(21.0)),
        "kilojoule": tenth(kilocalories * KILOJOULES),
        "average_heart_rate": (sum.mean_tenths + 5) / 10,
        "max_heart_rate": sum.greatest,
    });
    Some(Item { day, at: start, json })
}

/// The night that ended on the day, once it is worked out.
pub(super) fn recovery(ask: &Ask<'_>, day: Day) -> Option<Item> {
    let persona = ask.story.persona;
    let (nth, slept) = (0..).zip(ask.story.sleeps(day)).find(|(_, s)| s.main && s.end <= ask.now)?;
    let mut json = head(ask, day, slept.end);
    json["cycle_id"] = json!(cycle_id(persona, day));
    json["sleep_id"] = json!(sleep_id(persona, day, nth));
    if ask.now < slept.end.plus_s(SCORING_S) {
        json["score_state"] = json!("PENDING_SCORE");
    } else {
        json["score"] = json!({
            "user_calibrating": false,
            "recovery_score": (persona.variability(day) + 20).clamp(1, 99) as f64,
            "resting_heart_rate": f64::from(persona.resting_rate(day)),
            "hrv_rmssd_milli": persona.variability(day) as f64,
            "spo2_percentage": persona.oxygen(day) as f64 / 10.0,
            "skin_temp_celsius": persona.skin_temperature(day) as f64 / 100.0,
        });
    }
    Some(Item { day, at: slept.end, json })
}

/// The night and naps that end on the day.
pub(super) fn sleeps(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let sleeps = ask.story.sleeps(day).into_iter().filter(|s| s.end <= ask.now);
    (0..).zip(sleeps).map(|(nth, slept)| sleep(ask, day, nth, &slept)).collect()
}

fn sleep(ask: &Ask<'_>, day: Day, nth: i64, slept: &Slept) -> Item {
    let persona = ask.story.persona;
    let ms = |seconds: i64| seconds * 1000;
    let mut json = head(ask, day, slept.end);
    json["id"] = json!(sleep_id(persona, day, nth));
    json["cycle_id"] = json!(cycle_id(persona, day));
    json["start"] = json!(slept.start.to_iso());
    json["end"] = json!(slept.end.to_iso());
    json["timezone_offset"] = json!(offset(persona, slept.end));
    json["nap"] = json!(!slept.main);
    if ask.now < slept.end.plus_s(SCORING_S) {
        json["score_state"] = json!("PENDING_SCORE");
        return Item { day, at: slept.start, json };
    }
    json["score"] = json!({
        "stage_summary": {
            "total_in_bed_time_milli": ms(slept.in_bed_s()),
            "total_awake_time_milli": ms(slept.seconds(StageKind::Awake)),
            "total_no_data_time_milli": 0,
            "total_light_sleep_time_milli": ms(slept.seconds(StageKind::Light)),
            "total_slow_wave_sleep_time_milli": ms(slept.seconds(StageKind::Deep)),
            "total_rem_sleep_time_milli": ms(slept.seconds(StageKind::Rem)),
            "sleep_cycle_count": slept.episodes(StageKind::Rem),
            "disturbance_count": slept.wakeups(),
        },
        "sleep_needed": {
            "baseline_milli": 27_900_000,
            "need_from_sleep_debt_milli": 420_000,
            "need_from_recent_strain_milli": 300_000,
            "need_from_recent_nap_milli": 0,
        },
        "respiratory_rate": persona.breaths(day) as f64 / 10.0,
        "sleep_performance_percentage": (100 * slept.asleep_s() / 28_620).min(100) as f64,
        "sleep_consistency_percentage": 74.0,
        "sleep_efficiency_percentage": tenth(100.0 * slept.asleep_s() as f64 / slept.in_bed_s() as f64),
    });
    Item { day, at: slept.start, json }
}

/// The dialect's word for a sport and its old number.
const fn word(sport: Sport) -> (&'static str, i64) {
    match sport {
        Sport::Run => ("running", 0),
        Sport::Cycle => ("cycling", 1),
        Sport::Swim => ("swimming", 33),
        Sport::Yoga => ("yoga", 44),
        Sport::Weights => ("weightlifting", 45),
        Sport::Walk => ("walking", 63),
        Sport::Row => ("rowing", 18),
    }
}

pub(super) fn workouts(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let done = persona.workouts(day).into_iter().filter(|w| w.end <= ask.now);
    (0..)
        .zip(done)
        .filter_map(|(nth, workout)| {
            let effort = ask.story.effort(&workout)?;
            let (name, number) = word(workout.sport);
            let mut json = head(ask, day, workout.end);
            json["id"] = json!(persona.uuid(&[0x35, i64::from(day.0), nth]));
            json["start"] = json!(workout.start.to_iso());
            json["end"] = json!(workout.end.to_iso());
            json["timezone_offset"] = json!(offset(persona, workout.start));
            json["sport_name"] = json!(name);
            json["sport_id"] = json!(number);
            json["score"] = json!({
                "strain": tenth((effort.energy as f64 / 5_000.0).min(21.0)),
                "average_heart_rate": (effort.mean_tenths + 5) / 10,
                "max_heart_rate": effort.greatest,
                "kilojoule": tenth(effort.energy as f64 / 100.0 * KILOJOULES),
                "percent_recorded": 100.0,
                "distance_meter": (effort.decimetres > 0).then_some(effort.decimetres as f64 / 10.0),
                "altitude_gain_meter": null,
                "altitude_change_meter": null,
                "zone_durations": {
                    "zone_zero_milli": 0,
                    "zone_one_milli": 0,
                    "zone_two_milli": workout.end.since_ms(workout.start),
                    "zone_three_milli": 0,
                    "zone_four_milli": 0,
                    "zone_five_milli": 0,
                },
            });
            Some(Item { day, at: workout.start, json })
        })
        .collect()
}

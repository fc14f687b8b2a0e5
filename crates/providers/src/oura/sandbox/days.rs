//! Documents of a day: activity, oxygen, workouts.

use hilum_model::Day;
use serde_json::{Value, json};

use super::local;
use crate::persona::{Doing, Minute, Sport, hardness};
use crate::sandbox::{Ask, Item};

pub(super) fn activity(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let Some(sum) = ask.story.totals(day, ask.now).filter(|sum| sum.minutes > 0) else {
        return Vec::new();
    };
    let start = persona.start_of(day);
    let minutes = ask.story.minutes(day);
    let told: Vec<&Minute> = minutes.within(start, ask.now).map(|(_, m)| m).collect();
    let met: Vec<f64> = told.iter().map(|m| rate(m)).collect();
    let classes: String = told.chunks(5).map(class).collect();
    let walked = (sum.decimetres as f64 / 10.0).round() as i64;
    let target = 9_000;
    let mean_met = met.iter().sum::<f64>() / met.len() as f64;
    let json = json!({
        "id": persona.uuid(&[1, i64::from(day.0)]),
        "day": day.to_string(),
        "score": (sum.steps / 150).clamp(30, 98),
        "active_calories": (sum.energy + 50) / 100,
        "total_calories": (sum.all_energy(persona) + 50) / 100,
        "steps": sum.steps,
        "equivalent_walking_distance": walked,
        "high_activity_time": sum.intense * 60,
        "medium_activity_time": sum.moderate * 60,
        "low_activity_time": sum.soft * 60,
        "sedentary_time": sum.still * 60,
        "resting_time": sum.in_bed * 60,
        "non_wear_time": 0,
        "inactivity_alerts": 0,
        "average_met_minutes": (mean_met * 1000.0).round() / 1000.0,
        "high_activity_met_minutes": sum.intense * 7,
        "medium_activity_met_minutes": sum.moderate * 4,
        "low_activity_met_minutes": sum.soft,
        "sedentary_met_minutes": 0,
        "target_calories": 450,
        "target_meters": target,
        "meters_to_target": target - walked,
        "class_5_min": classes,
        "met": {"interval": 60.0, "items": met, "timestamp": local(persona, start)},
        "contributors": {
            "meet_daily_targets": (sum.steps / 120).clamp(1, 100),
            "move_every_hour": 80,
            "recovery_time": 90,
            "stay_active": 75,
            "training_frequency": 85,
            "training_volume": 80,
        },
        "timestamp": local(persona, start),
    });
    vec![Item { day, at: start, json }]
}

/// The metabolic rate of a minute, with one decimal.
fn rate(minute: &Minute) -> f64 {
    match minute.doing {
        Doing::InBed(_) => 0.9,
        _ => ((1.2 + f64::from(minute.energy) / 120.0) * 10.0).round() / 10.0,
    }
}

/// The digit of five minutes: 1 rest, 2 inactive, 3 low, 4 medium, 5 high.
fn class(five: &[&Minute]) -> char {
    let resting = five.iter().all(|m| matches!(m.doing, Doing::InBed(_)));
    match five.iter().map(|m| hardness(m)).max() {
        _ if resting => '1',
        Some(1) => '3',
        Some(2) => '4',
        Some(3) => '5',
        _ => '2',
    }
}

/// A document of the main night that ended on the day, once it has.
fn of_night(ask: &Ask<'_>, day: Day, json: Value) -> Vec<Item> {
    let main = ask.story.sleeps(day).into_iter().find(|s| s.main && s.end <= ask.now);
    main.map(|slept| Item { day, at: slept.end, json }).into_iter().collect()
}

/// Its oxygen.
pub(super) fn oxygen(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let json = json!({
        "id": persona.uuid(&[2, i64::from(day.0)]),
        "day": day.to_string(),
        "spo2_percentage": {"average": persona.oxygen(day) as f64 / 10.0},
        "breathing_disturbance_index": persona.number(&[3, i64::from(day.0)]) % 6,
    });
    of_night(ask, day, json)
}

/// How it went.
pub(super) fn readiness(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let json = json!({
        "id": persona.uuid(&[5, i64::from(day.0)]),
        "day": day.to_string(),
        "score": 60 + persona.number(&[6, i64::from(day.0)]) % 35,
        "temperature_deviation": persona.skin_delta(day) as f64 / 100.0,
        "temperature_trend_deviation": null,
        "timestamp": format!("{day}T00:00:00+00:00"),
        "contributors": {},
    });
    of_night(ask, day, json)
}

/// Maximal oxygen uptake, worked out anew each Sunday.
pub(super) fn uptake(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    // Day 3 of the Unix era was a Sunday.
    if day.0.rem_euclid(7) != 3 || persona.start_of(day) > ask.now {
        return Vec::new();
    }
    let json = json!({
        "id": persona.uuid(&[7, i64::from(day.0)]),
        "day": day.to_string(),
        "vo2_max": persona.uptake(day) as f64 / 10.0,
        "timestamp": format!("{day}T00:00:00+00:00"),
    });
    vec![Item { day, at: persona.start_of(day), json }]
}

/// The dialect's word for a sport.
const fn word(sport: Sport) -> &'static str {
    match sport {
        Sport::Walk => "walking",
        Sport::Run => "running",
        Sport::Cycle => "cycling",
        Sport::Swim => "swimming",
        Sport::Weights => "strength_training",
        Sport::Yoga => "yoga",
        Sport::Row => "rowing",
    }
}

pub(super) fn workouts(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let done = persona.workouts(day).into_iter().filter(|w| w.end <= ask.now);
    (0..)
        .zip(done)
        .filter_map(|(nth, workout)| {
            let effort = ask.story.effort(&workout)?;
            let distance = (effort.decimetres > 0).then_some(effort.decimetres as f64 / 10.0);
            let json = json!({
                "id": persona.uuid(&[4, i64::from(day.0), nth]),
                "activity": word(workout.sport),
                "calories": (effort.energy as f64 / 10.0).round() / 10.0,
                "day": day.to_string(),
                "distance": distance,
                "start_datetime": local(persona, workout.start),
                "end_datetime": local(persona, workout.end),
                "intensity": if matches!(workout.sport, Sport::Run | Sport::Cycle | Sport::Swim | Sport::Row) { "hard" } else { "moderate" },
                "label": null,
                "source": "confirmed",
            });
            Some(Item { day, at: workout.start, json })
        })
        .collect()
}

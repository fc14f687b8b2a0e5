//! Days, their steps and heart, and workouts.

use hilum_model::{Day, Time};
use serde_json::{Value, json};

use super::{device, shown, user};
use crate::persona::{Doing, Point, Sport};
use crate::sandbox::sport::{Done, done};
use crate::sandbox::{Ask, Item};

/// A duration of ISO 8601 in whole seconds.
fn duration(seconds: i64) -> String {
    format!("PT{}H{}M{}S", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// The minutes of a day that are over, without those that a clock shows a second time.
fn once(ask: &Ask<'_>, day: Day) -> Vec<(Time, String, u8, u16, Doing)> {
    let persona = ask.story.persona;
    let minutes = ask.story.minutes(day);
    let mut last = String::new();
    let mut told = Vec::new();
    for (at, minute) in minutes.within(minutes.start, ask.now) {
        let clock = shown(persona, at);
        if clock > last {
            told.push((at, clock.clone(), minute.bpm, minute.steps, minute.doing));
            last = clock;
        }
    }
    told
}

pub(super) fn activities(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let Some(sum) = ask.story.totals(day, ask.now).filter(|sum| sum.minutes > 0) else {
        return Vec::new();
    };
    let start = persona.start_of(day);
    let mut json = json!({
        "start_time": shown(persona, start),
        "end_time": shown(persona, persona.end_of(day).min(ask.now)),
        "active_duration": duration((sum.soft + sum.moderate + sum.intense) * 60),
        "inactive_duration": duration(sum.still * 60),
        "daily_activity": (sum.steps as f64 / 100.0).round(),
        "calories": (sum.all_energy(persona) + 50) / 100,
        "active_calories": (sum.energy + 50) / 100,
        "steps": sum.steps,
        "distance_from_steps": sum.decimetres as f64 / 10.0,
        "inactivity_alert_count": 0,
    });
    if ask.param("steps") == Some("true") {
        let mut samples: Vec<Value> = Vec::new();
        let mut last = None;
        // Equal neighbours are told once.
        for (_, clock, _, steps, _) in once(ask, day) {
            if last != Some(steps) {
                samples.push(json!({"steps": steps, "timestamp": &clock[..16]}));
            }
            last = Some(steps);
        }
        let steps = json!({"interval_ms": 60_000, "total_steps": sum.steps, "samples": samples});
        json["samples"] = json!({"date": day.to_string(), "steps": steps});
    }
    vec![Item { day, at: start, json }]
}

/// Every five minutes, not in sport.
pub(super) fn heart(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    once(ask, day)
        .into_iter()
        .filter(|(at, .., doing)| at.unix_s() % 300 == 0 && !matches!(doing, Doing::Sport(_)))
        .map(|(at, clock, bpm, ..)| Item { day, at, json: json!({"heart_rate": bpm, "sample_time": &clock[11..]}) })
        .collect()
}

/// The dialect's word for a sport, coarse and fine.
const fn words(sport: Sport) -> (&'static str, &'static str) {
    match sport {
        Sport::Run => ("RUNNING", "ROAD_RUNNING"),
        Sport::Walk => ("WALKING", "WALKING"),
        Sport::Cycle => ("CYCLING", "ROAD_BIKING"),
        Sport::Swim => ("SWIMMING", "POOL_SWIMMING"),
        Sport::Row => ("ROWING", "INDOOR_ROWING"),
        Sport::Weights => ("STRENGTH_TRAINING", "STRENGTH_TRAINING"),
        Sport::Yoga => ("OTHER", "YOGA"),
    }
}

/// Seconds from point to point.
const EVERY_S: i64 = 10;

pub(super) fn exercises(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    done(ask, day).iter().map(|done| Item { day, at: done.workout.start, json: exercise(ask, done) }).collect()
}

fn exercise(ask: &Ask<'_>, done: &Done) -> Value {
    let persona = ask.story.persona;
    let Done { id, workout, effort } = *done;
    let (sport, detailed) = words(workout.sport);
    let mut json = json!({
        "id": format!("{id:X}"),
        "upload_time": workout.end.plus_s(300).to_iso(),
        "polar_user": user(persona),
        "device": "Polar Vantage V3",
        "device_id": device(persona),
        "start_time": shown(persona, workout.start),
        "start_time_utc_offset": persona.offset_at(workout.start).0,
        "duration": duration(workout.minutes() * 60),
        "calories": (effort.energy + 50) / 100,
        "distance": effort.decimetres as f64 / 10.0,
        "heart_rate": {"average": (effort.mean_tenths + 5) / 10, "maximum": effort.greatest},
        "training_load": (workout.minutes() * i64::from(effort.greatest) / 80) as f64,
        "sport": sport,
        "detailed_sport_info": detailed,
        "has_route": false,
    });
    let points = ask.story.track(&workout, EVERY_S);
    let asked = |name| ask.param(name) == Some("true");
    if asked("samples") {
        let list = |kind: &str, value: &dyn Fn(&Point) -> Option<String>| {
            let data: Vec<String> = points.iter().map(|p| value(p).unwrap_or_else(|| "null".to_owned())).collect();
            json!({"recording-rate": EVERY_S, "sample-type": kind, "data": data.join(",")})
        };
        json["samples"] = json!([
            list("0", &|p| Some(p.bpm.to_string())),
            list("1", &|p| Some(format!("{:.2}", p.speed as f64 * 0.0036))),
            list("3", &|p| p.altitude.map(|tenths| format!("{:.1}", tenths as f64 / 10.0))),
            list("4", &|p| p.watts.map(|w| w.to_string())),
        ]);
    }
    let places: Vec<Value> = points
        .iter()
        .filter_map(|point| {
            let (latitude, longitude) = point.place?;
            let time = format!("PT{}S", point.at.since_ms(workout.start) / 1000);
            let (latitude, longitude) = (latitude as f64 / 1e6, longitude as f64 / 1e6);
            Some(json!({"latitude": latitude, "longitude": longitude, "time": time, "satellites": 9, "fix": 1}))
        })
        .collect();
    json["has_route"] = json!(!places.is_empty());
    if asked("route") && !places.is_empty() {
        json["route"] = Value::Array(places);
    }
    json
}

//! What the watch counted: days, workouts, minutes.

use hilum_model::{Day, Time};
use serde_json::{Map, Value, json};

use super::{WATCH, asked_for, device, id, modified};
use crate::persona::{Doing, SLOT_S, Sport, Stretch, asleep};
use crate::sandbox::{Ask, Item};

/// 1/10 as a number with one decimal.
pub(super) fn tenths(value: i64) -> f64 {
    value as f64 / 10.0
}

/// 1/100 as a number with one decimal.
fn tenths_of_hundredths(value: i64) -> f64 {
    (value as f64 / 10.0).round() / 10.0
}

pub(super) fn days(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let Some(sum) = ask.story.totals(day, ask.now).filter(|sum| sum.minutes > 0) else {
        return Vec::new();
    };
    let start = persona.start_of(day);
    let mut data = json!({
        "steps": sum.steps,
        "distance": tenths(sum.decimetres),
        "elevation": sum.floors,
        "soft": sum.soft * 60,
        "moderate": sum.moderate * 60,
        "intense": sum.intense * 60,
        "active": (sum.moderate + sum.intense) * 60,
        "calories": tenths_of_hundredths(sum.energy),
        "totalcalories": tenths_of_hundredths(sum.all_energy(persona)),
        "hr_average": sum.mean_rate(),
        "hr_min": sum.least,
        "hr_max": sum.greatest,
        "hr_zone_0": sum.zones[0] * 60,
        "hr_zone_1": sum.zones[1] * 60,
        "hr_zone_2": sum.zones[2] * 60,
        "hr_zone_3": sum.zones[3] * 60,
    });
    asked_for(ask, &mut data);
    let mut json = json!({
        "date": day.to_string(),
        "timezone": persona.zone(day),
        "deviceid": null,
        "hash_deviceid": null,
        "brand": 18,
        "is_tracker": true,
        "modified": modified(ask, day, start.plus_s(sum.minutes * 60)),
    });
    merge(&mut json, data);
    vec![Item { day, at: start, json }]
}

/// The dialect's number of a sport.
const fn category(sport: Sport) -> i64 {
    match sport {
        Sport::Walk => 1,
        Sport::Run => 2,
        Sport::Cycle => 6,
        Sport::Swim => 7,
        Sport::Weights => 16,
        Sport::Yoga => 28,
        Sport::Row => 187,
    }
}

pub(super) fn workouts(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let done = persona.workouts(day).into_iter().filter(|w| w.end <= ask.now);
    (0..)
        .zip(done)
        .filter_map(|(nth, workout)| {
            let effort = ask.story.effort(&workout)?;
            let mut data = workout_data(&effort, workout.minutes());
            asked_for(ask, &mut data);
            let json = json!({
                "id": id(ask, 2, day, nth),
                "category": category(workout.sport),
                "timezone": persona.zone(day),
                "model": WATCH.1,
                "attrib": 0,
                "startdate": workout.start.unix_s(),
                "enddate": workout.end.unix_s(),
                "date": day.to_string(),
                "modified": workout.end.unix_s() + 120,
                "deviceid": device(persona, WATCH),
                "data": data,
            });
            Some(Item { day, at: workout.start, json })
        })
        .collect()
}

fn workout_data(effort: &Stretch, minutes: i64) -> Value {
    json!({
        "calories": tenths_of_hundredths(effort.energy),
        "intensity": 50,
        "manual_distance": 0,
        "manual_calories": 0,
        "hr_average": (effort.mean_tenths + 5) / 10,
        "hr_min": effort.least,
        "hr_max": effort.greatest,
        "hr_zone_0": 0,
        "hr_zone_1": 0,
        "hr_zone_2": minutes * 60,
        "hr_zone_3": 0,
        "pause_duration": 0,
        "algo_pause_duration": null,
        "spo2_average": null,
        "steps": effort.steps,
        "distance": tenths(effort.decimetres),
        "elevation": 0,
    })
}

/// Steps for each minute that has some; the heart every five minutes, every minute in sport; oxygen every hour
/// asleep. One item a second that has something.
pub(super) fn intraday(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let minutes = ask.story.minutes(day);
    let until = ask.now;
    minutes
        .within(minutes.start, until)
        .filter_map(|(at, minute)| {
            let mut data = Map::new();
            if minute.steps > 0 {
                data.insert("steps".to_owned(), json!(minute.steps));
                data.insert("duration".to_owned(), json!(60));
                data.insert("distance".to_owned(), json!(tenths(i64::from(minute.decimetres))));
                data.insert("calories".to_owned(), json!(f64::from(minute.energy) / 100.0));
            }
            if beats_told(at, minute.doing) {
                data.insert("heart_rate".to_owned(), json!(minute.bpm));
            }
            if asleep(minute) && at.unix_s() % 3600 == 0 {
                data.insert("spo2_auto".to_owned(), json!((persona.oxygen(day) + 5) / 10));
            }
            let mut data = Value::Object(data);
            asked_for(ask, &mut data);
            if data.as_object().is_none_or(Map::is_empty) {
                return None;
            }
            merge(&mut data, json!({"model": WATCH.0, "model_id": WATCH.1}));
            Some(Item { day, at, json: json!({ at.unix_s().to_string(): data }) })
        })
        .collect()
}

/// Whether the watch tells the heart rate of a minute.
pub(super) fn beats_told(at: Time, doing: Doing) -> bool {
    at.unix_s() % SLOT_S == 0 || matches!(doing, Doing::Sport(_))
}

fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

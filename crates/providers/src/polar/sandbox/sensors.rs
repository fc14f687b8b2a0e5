//! What the sensors of the wrist are asked for now and then, and the profile.

use hilum_model::Day;
use serde_json::{Value, json};

use super::device;
use crate::sandbox::ecg::wave;
use crate::sandbox::{Ask, Item};

pub(super) fn oxygen(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let test = persona.oxygen_spot(day).filter(|(at, _)| *at <= ask.now);
    test.map(|(at, percent)| Item {
        day,
        at,
        json: json!({
            "source_device_id": device(persona),
            "test_time": at.unix_s(),
            "time_zone_offset": persona.offset_at(at).0,
            "test_status": "SPO2_TEST_PASSED",
            "blood_oxygen_percent": percent,
            "spo2_class": "SPO2_CLASS_NORMAL",
            "spo2_value_deviation_from_baseline": "DEVIATION_USUAL",
            "spo2_quality_average_percent": 93.0,
            "average_heart_rate_bpm": persona.resting_rate(day) + 6,
            "heart_rate_variability_ms": persona.variability(day) as f64,
        }),
    })
    .into_iter()
    .collect()
}

/// The skin in the night, and the body where it was measured.
pub(super) fn temperatures(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let period = |kind: &str, at: hilum_model::Time, celsius: f64| Item {
        day,
        at,
        json: json!({
            "source_device_id": device(persona),
            "measurement_type": kind,
            "sensor_location": "SL_DISTAL",
            "start_time": &at.to_iso()[..19],
            "end_time": &at.plus_s(60).to_iso()[..19],
            "modified_time": &at.plus_s(60).to_iso()[..19],
            "samples": [{"temperature_celsius": celsius, "recording_time_delta_milliseconds": 0}],
        }),
    };
    let night = ask.story.sleeps(day).into_iter().find(|s| s.main);
    let skin = night.map(|s| period("TM_SKIN_TEMPERATURE", s.end, persona.skin_temperature(day) as f64 / 100.0));
    let body = persona.body_temperature(day);
    let body = body.map(|(at, tenths)| period("TM_CORE_TEMPERATURE", at, tenths as f64 / 10.0));
    let mut told: Vec<Item> = skin.into_iter().chain(body).filter(|item| item.at <= ask.now).collect();
    told.sort_by_key(|item| item.at);
    told
}

pub(super) fn skin(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let night = ask.story.sleeps(day).into_iter().find(|s| s.main && s.end <= ask.now);
    night
        .map(|slept| Item {
            day,
            at: slept.end,
            json: json!({
                "sleep_time_skin_temperature_celsius": persona.skin_temperature(day) as f64 / 100.0,
                "deviation_from_baseline_celsius": persona.skin_delta(day) as f64 / 100.0,
                "sleep_date": day.to_string(),
            }),
        })
        .into_iter()
        .collect()
}

/// Points of a recording, and from one to the next in ms.
const POINTS: i64 = 250;
const STEP_MS: i64 = 8;

/// Two seconds of a calm heart, on every fourth day after getting up.
pub(super) fn ecg(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let night = ask.story.sleeps(day).into_iter().find(|s| s.main);
    let Some(at) = night.map(|s| s.end.plus_s(600)).filter(|at| day.0 % 4 == 0 && *at <= ask.now) else {
        return Vec::new();
    };
    let rate = i64::from(persona.resting_rate(day)) + 5;
    let points: Vec<Value> = (0..POINTS)
        .map(
            |n| json!({"recording_time_delta_ms": n * STEP_MS, "amplitude_mv": (wave(n * STEP_MS, rate) * 1000.0).round() / 1000.0}),
        )
        .collect();
    let json = json!({
        "source_device_id": device(persona),
        "test_time": at.unix_s(),
        "time_zone_offset": persona.offset_at(at).0,
        "average_heart_rate_bpm": rate,
        "heart_rate_variability_ms": persona.variability(day) as f64,
        "heart_rate_variability_level": "ECG_HRV_LEVEL_USUAL",
        "rri_ms": (60_000 / rate) as f64,
        "samples": points,
        "quality_measurements": [{"recording_time_delta_ms": 0, "quality_level": "ECG_QUALITY_HIGH"}],
    });
    vec![Item { day, at, json }]
}

pub(super) fn physical(ask: &Ask<'_>) -> Value {
    let persona = ask.story.persona;
    let today = ask.now.utc_day();
    json!({
        "weight": persona.usual_weight(),
        "height": f64::from(persona.height_mm) / 10.0,
        "created": "2024-06-01T12:00:00Z",
        "modified": "2024-06-10T12:00:00Z",
        "birthday": format!("{}-01-01", persona.born),
        "gender": persona.gender.to_uppercase(),
        "resting_heart_rate": persona.resting_rate(today),
        "vo2_max": (persona.uptake(today) + 5) / 10,
        "weight_source": "SOURCE_USER",
    })
}

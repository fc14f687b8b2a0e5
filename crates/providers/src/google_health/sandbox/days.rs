//! Values of a day, and roll-ups by day.

use hilum_model::Day;
use serde_json::{Value, json};

use super::point;
use crate::google_health::filter::date;
use crate::sandbox::{Ask, Item};

/// The value of a day, worked out after the night that ends on it.
pub(super) fn daily(stream: &str, ask: &Ask<'_>, day: Day) -> Option<Item> {
    let persona = ask.story.persona;
    let slept = ask.story.sleeps(day).into_iter().find(|s| s.main && s.end <= ask.now)?;
    let (kind, mut value): (&str, Value) = match stream {
        "daily_resting_heart_rate" => (
            "dailyRestingHeartRate",
            json!({
                "beatsPerMinute": persona.resting_rate(day).to_string(),
                "dailyRestingHeartRateMetadata": {"calculationMethod": "WITH_SLEEP"},
            }),
        ),
        "daily_heart_rate_variability" => (
            "dailyHeartRateVariability",
            json!({
                "averageHeartRateVariabilityMilliseconds": persona.variability(day) as f64,
                "deepSleepRootMeanSquareOfSuccessiveDifferencesMilliseconds": persona.variability(day) as f64 * 0.95,
            }),
        ),
        "daily_oxygen_saturation" => {
            let mean = persona.oxygen(day) as f64 / 10.0;
            let bounds = json!({
                "averagePercentage": mean,
                "lowerBoundPercentage": mean - 1.5,
                "upperBoundPercentage": (mean + 1.5).min(100.0),
            });
            ("dailyOxygenSaturation", bounds)
        }
        "daily_respiratory_rate" => {
            ("dailyRespiratoryRate", json!({"breathsPerMinute": persona.breaths(day) as f64 / 10.0}))
        }
        "daily_sleep_temperature_derivations" => (
            "dailySleepTemperatureDerivations",
            json!({
                "nightlyTemperatureCelsius": persona.skin_temperature(day) as f64 / 100.0,
                "baselineTemperatureCelsius": (persona.skin_temperature(day) - persona.skin_delta(day)) as f64 / 100.0,
            }),
        ),
        _ => ("dailyVo2Max", json!({"vo2Max": persona.uptake(day) as f64 / 10.0, "cardioFitnessLevel": "GOOD"})),
    };
    value["date"] = date(day);
    let json = point(ask, &stream.replace('_', "-"), &[0x47, i64::from(day.0)], (kind, value));
    Some(Item { day, at: slept.end, json })
}

/// The sums of a civil day so far.
pub(super) fn rolled_up(stream: &str, ask: &Ask<'_>, day: Day) -> Option<Item> {
    let persona = ask.story.persona;
    let sum = ask.story.totals(day, ask.now).filter(|sum| sum.minutes > 0)?;
    let kilocalories = |hundredths: i64| json!({"kcalSum": hundredths as f64 / 100.0});
    let (kind, value) = match stream {
        "steps_by_day" => ("steps", json!({"countSum": sum.steps.to_string()})),
        "distance_by_day" => ("distance", json!({"millimetersSum": (sum.decimetres * 100).to_string()})),
        "floors_by_day" => ("floors", json!({"countSum": sum.floors.to_string()})),
        "active_energy_by_day" => ("activeEnergyBurned", kilocalories(sum.energy)),
        "total_calories_by_day" => ("totalCalories", kilocalories(sum.all_energy(persona))),
        "heart_rate_by_day" => {
            let mean = (sum.beats as f64 / sum.minutes as f64 * 10.0).round() / 10.0;
            let told = json!({
                "beatsPerMinuteAvg": mean, "beatsPerMinuteMin": sum.least, "beatsPerMinuteMax": sum.greatest,
            });
            ("heartRate", told)
        }
        _ => return None,
    };
    let mut json = json!({"civilStartTime": {"date": date(day)}, "civilEndTime": {"date": date(day.plus(1))}});
    json[kind] = value;
    Some(Item { day, at: persona.start_of(day), json })
}

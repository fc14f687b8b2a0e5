//! What is told once a day.

use hilum_model::observation::ActivityDay;
use hilum_model::{Body, Metric, Quantity, Record, Sample, Unit};
use serde_json::{Map, Value};

use super::{beyond, day, time};
use crate::error::FileError;
use crate::json;
use crate::members::rejected;
use crate::out::Out;

/// A day's activity. Version 2 of the API tells seconds, version 1 minutes.
pub(super) fn activity(item: &Value, out: &mut Out<'_>) -> Result<(), FileError> {
    let Some(day) = day(item, "day").or_else(|| day(item, "summary_date")) else {
        return rejected(out, "activity: no day");
    };
    let began = time(item, "timestamp").or_else(|| time(item, "day_start"));
    let either = |new: &str, old: &str| json::amount(item, new).or_else(|| json::amount(item, old));
    let minutes = |new: &str, old: &str| json::amount(item, new).map(|s| s / 60.0).or_else(|| json::amount(item, old));
    let vigorous_min = minutes("high_activity_time", "high");
    let moderate_min = minutes("medium_activity_time", "medium");
    let light_min = minutes("low_activity_time", "low");
    let active = [vigorous_min, moderate_min, light_min];
    out.record(Record {
        key: json::id(item, "id").unwrap_or_else(|| day.to_string()),
        device: None,
        start: began.map_or_else(|| day.start_utc(), |(at, _)| at),
        end: None,
        offset: began.and_then(|(_, offset)| offset),
        day,
        body: Body::ActivityDay(ActivityDay {
            duration_s: active.iter().any(Option::is_some).then(|| active.iter().flatten().sum::<f64>() * 60.0),
            distance_m: either("equivalent_walking_distance", "daily_movement"),
            steps: json::amount(item, "steps"),
            calories: either("total_calories", "cal_total"),
            active_calories: either("active_calories", "cal_active"),
            vigorous_min,
            moderate_min,
            light_min,
            sedentary_min: minutes("sedentary_time", "inactive"),
            floors: None,
        }),
        source_data: beyond(item, &["score", "resting_time", "non_wear_time", "average_met_minutes"]),
    })
}

/// The mean oxygen saturation of a night. It stands at midnight UTC of its day without an offset, so that it falls on the
/// right day wherever it is read.
pub(super) fn spo2(item: &Value, out: &mut Out<'_>) -> Result<(), FileError> {
    let Some(day) = day(item, "day") else { return rejected(out, "spo2: no day") };
    // Nights without enough signal are told without a mean.
    let mean = item.get("spo2_percentage").and_then(|p| json::positive(p, "average").or_else(|| json::number(p)));
    let Some(value) = mean.filter(|v| *v > 0.0) else { return Ok(()) };
    out.sample(Sample {
        metric: Metric::BloodOxygen,
        device: None,
        context: Some("daily_average".to_owned()),
        start: day.start_utc(),
        end: None,
        offset: None,
        value,
        unit: Unit::Percent,
    })
}

/// An estimate of VO2max.
pub(super) fn vo2_max(item: &Value, out: &mut Out<'_>) -> Result<(), FileError> {
    let Some(day) = day(item, "day") else { return rejected(out, "vo2_max: no day") };
    let value = json::positive(item, "vo2_max");
    let quantity = value.and_then(|v| Quantity::new(Metric::Vo2Max, v, Unit::MillilitrePerKilogramMinute));
    let Some(quantity) = quantity else { return Ok(()) };
    let began = time(item, "timestamp");
    out.record(Record {
        key: json::id(item, "id").unwrap_or_else(|| day.to_string()),
        device: None,
        start: began.map_or_else(|| day.start_utc(), |(at, _)| at),
        end: None,
        offset: began.and_then(|(_, offset)| offset),
        day,
        body: Body::Reading { metric: Metric::Vo2Max, quantity },
        source_data: Map::new(),
    })
}

//! Daily heart-rate summaries. Source of the members: human-connect contract 4.3.

use hilum_model::{Body, Kind};
use hilum_store::records::StoredRecord;

use super::answer::Reply;
use super::json::Json;
use super::rows::{Rows, Told, source_data};
use super::{Call, nothing_here};
use crate::ApiError;

/// `/heart_rate/summaries`.
pub(super) const DAYS: Rows = Rows { kind: Kind::HeartRateDay, noun: "heart rate summary", write };

/// Everything below `/heart_rate/summaries`.
pub(super) fn read(call: &Call<'_>, path: &[&str]) -> Result<Reply, ApiError> {
    match path {
        [] => DAYS.list(call),
        [which] => DAYS.by_id_or_date(call, which),
        _ => Err(nothing_here()),
    }
}

fn write(json: &mut Json, row: &StoredRecord, told: &Told<'_>) {
    let Body::HeartRateDay(day) = &row.record.body else { return };
    json.day("date", row.record.day);
    json.key("zones");
    json.begin_array();
    for zone in &day.zones {
        json.begin_object();
        json.text("name", &zone.name);
        json.number_if_told("max", zone.max);
        json.number_if_told("min", zone.min);
        json.number("duration", zone.duration_s);
        json.number_if_told("caloriesBurned", zone.calories);
        json.end_object();
    }
    json.end_array();
    json.number_if_told("restingHR", day.resting);
    json.number_if_told("averageHR", day.average);
    json.number_if_told("maxHR", day.max);
    json.number_if_told("minHR", day.min);
    json.text("source", told.source);
    source_data(json, &row.record, &[], &[]);
}

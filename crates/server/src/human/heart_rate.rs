//! Daily heart-rate summaries. Source of the members: human-connect contract 4.3.

use hilum_model::{Body, Kind};
use hilum_store::records::StoredRecord;

use super::json::Json;
use super::rows::{Rows, Told, source_data};
use crate::api::{About, Operation, Tag};

/// `/heart_rate/summaries`.
pub(super) const DAYS: Rows = Rows { kind: Kind::HeartRateDay, noun: "heart rate summary", write };

/// Their addresses.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::human(
        "/v1/human/heart_rate/summaries",
        |call, _| DAYS.list(call),
        || {
            About::list(Tag::Measurements, "listHeartRateSummaries", "Daily heart-rate summaries", "HeartRateSummary")
                .link("getHeartRateSummary", "getHeartRateSummary", ("idOrDate", "$response.body#/0/id"))
        },
    ),
    Operation::human(
        "/v1/human/heart_rate/summaries/{idOrDate}",
        |call, args| DAYS.by_id_or_date(call, args.get(0)),
        || {
            About::by_id_or_date(
                Tag::Measurements,
                "getHeartRateSummary",
                "The heart rate of a day",
                "HeartRateSummary",
            )
        },
    ),
];

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

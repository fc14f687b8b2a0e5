//! Places where the person was. Source of the members: human-connect contract 4.7.

use hilum_model::{Body, Kind};
use hilum_store::records::StoredRecord;

use super::answer::Reply;
use super::json::Json;
use super::rows::{Rows, Told, source_data_if_any};
use super::{Call, nothing_here};
use crate::ApiError;

/// `/locations`.
pub(super) const LOCATIONS: Rows = Rows { kind: Kind::Location, noun: "location", write };

/// Everything below `/locations`.
pub(super) fn read(call: &Call<'_>, path: &[&str]) -> Result<Reply, ApiError> {
    match path {
        [] => LOCATIONS.list(call),
        ["daily", date] => LOCATIONS.daily(call, date),
        [id] => LOCATIONS.by_id(call, id),
        _ => Err(nothing_here()),
    }
}

fn write(json: &mut Json, row: &StoredRecord, told: &Told<'_>) {
    let Body::Location(place) = &row.record.body else { return };
    json.time("startTime", row.record.start);
    if let Some(end) = row.record.end {
        json.time("endTime", end);
    }
    json.offset(row.record.offset);
    json.text("name", place.name.as_deref().unwrap_or_default());
    json.key("location");
    json.begin_object();
    json.number("lat", place.latitude);
    json.number("lon", place.longitude);
    json.end_object();
    if let Some(kind) = &place.kind {
        json.text("type", kind);
    }
    json.text("source", told.source);
    source_data_if_any(json, &row.record, &[]);
}

//! Places where the person was. Source of the members: human-connect contract 4.7.

use hilum_model::{Body, Kind};
use hilum_store::records::StoredRecord;

use super::json::Json;
use super::rows::{Rows, Told, source_data_if_any};
use crate::api::{About, Operation, Tag};

/// `/locations`.
pub(super) const LOCATIONS: Rows = Rows { kind: Kind::Location, noun: "location", write };

/// Their addresses.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::human(
        "/v1/human/locations",
        |call, _| LOCATIONS.list(call),
        || {
            About::list(Tag::Locations, "listLocations", "Places where the person was", "Location").link(
                "getLocation",
                "getLocation",
                ("id", "$response.body#/0/id"),
            )
        },
    ),
    Operation::human(
        "/v1/human/locations/daily/{date}",
        |call, args| LOCATIONS.daily(call, args.get(0)),
        || About::daily(Tag::Locations, "listLocationsOfDay", "Places where the person was on a day", "Location"),
    ),
    Operation::human(
        "/v1/human/locations/{id}",
        |call, args| LOCATIONS.by_id(call, args.get(0)),
        || About::by_id(Tag::Locations, "getLocation", "A place where the person was", "Location"),
    ),
];

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

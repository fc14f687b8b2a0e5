//! The person: profile and summary. Source of the members: human-connect contract 4.8.

use hilum_model::{Body, RecordId, Time};
use hilum_store::records::StoredRecord;
use hilum_store::samples::StoredSample;

use super::Call;
use super::answer::Reply;
use super::json::Json;
use super::merged::{Part, write_parts};
use super::periodic::{ACTIVITY_DAYS, SLEEP_DAYS};
use super::readings::{Kept, MEASUREMENTS, unit};
use super::rows::{Rows, Sources};
use super::samples;
use crate::ApiError;
use crate::api::{About, Operation, Tag};

/// Their addresses.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::human(
        "/v1/human",
        |call, _| summary(call),
        || About::object(Tag::Person, "getHuman", "The newest of everything", "Human").merge(),
    ),
    Operation::human(
        "/v1/human/human",
        |call, _| summary(call),
        || {
            About::object(Tag::Person, "getHumanLong", "The newest of everything, by its other address", "Human")
                .deprecated()
        },
    ),
    Operation::human(
        "/v1/human/profile",
        |call, _| Ok(profile(call)),
        || About::object(Tag::Person, "getProfile", "The person", "Profile"),
    ),
];

/// `GET /profile`. The zone is `UTC` where no source tells one, as the old service did.
fn profile(call: &Call<'_>) -> Reply {
    let human = &call.human;
    let facts = human.facts.expose();
    let mut json = Json::with_capacity(320);
    json.begin_object();
    json.id("userId", &human.user_id.0);
    json.time("createdAt", human.created_at);
    if let Some(email) = &facts.email {
        json.text("email", email);
    }
    json.key("defaultTimeZone");
    json.begin_object();
    json.text("name", facts.time_zone.as_deref().unwrap_or("UTC"));
    json.end_object();
    json.id("humanId", &human.human_id.0);
    json.end_object();
    Reply::object(json.into_bytes())
}

/// The newest reading of a measurement.
enum Latest {
    None,
    Record(Box<StoredRecord>),
    Sample(StoredSample),
}

/// `GET /v1/human`: the newest of everything; `{}` for what there is none of.
fn summary(call: &Call<'_>) -> Result<Reply, ApiError> {
    let human = &call.human;
    let mut latest = Vec::with_capacity(MEASUREMENTS.len());
    for measurement in &MEASUREMENTS {
        latest.push((measurement.summary, newest(call, &measurement.kept)?));
    }
    let activity_day = newest_row(call, &ACTIVITY_DAYS)?;
    let sleep_day = newest_row(call, &SLEEP_DAYS)?;
    let sources = Sources::of(call)?;

    let facts = human.facts.expose();
    let mut json = Json::with_capacity(2048);
    json.begin_object();
    json.id("userId", &human.user_id.0);
    if let Some(email) = &facts.email {
        json.text("email", email);
    }
    if let Some(gender) = &facts.gender {
        json.text("gender", gender);
    }
    json.time("createdAt", human.created_at);
    for (name, (newest, parts)) in &latest {
        json.key(name);
        json.begin_object();
        match newest {
            Latest::None => {}
            Latest::Record(row) => write_record(&mut json, call, row, sources.name(row.connection_id)?),
            Latest::Sample(row) => {
                let source = sources.name(row.series.connection_id)?;
                write_head(&mut json, &row.id, row.start, source);
                json.number("value", row.value);
                json.text("unit", unit(row.series.metric));
            }
        }
        if let Some(parts) = parts {
            write_parts(&mut json, parts);
        }
        json.end_object();
    }
    json.key("activitySummary");
    json.begin_object();
    if let Some((row, parts)) = &activity_day {
        write_activity_day(&mut json, row, sources.name(row.connection_id)?);
        if let Some(parts) = parts {
            write_parts(&mut json, parts);
        }
    }
    json.end_object();
    json.key("sleepSummary");
    json.begin_object();
    if let Some((row, parts)) = &sleep_day {
        write_sleep_day(&mut json, call, row, sources.name(row.connection_id)?);
        if let Some(parts) = parts {
            write_parts(&mut json, parts);
        }
    }
    json.end_object();
    json.id("humanId", &human.human_id.0);
    json.end_object();
    Ok(Reply::object(json.into_bytes()))
}

/// With its parts, where they are asked for.
type Newest<T> = (T, Option<Vec<Part>>);

fn newest(call: &Call<'_>, kept: &Kept) -> Result<Newest<Latest>, ApiError> {
    Ok(match kept {
        Kept::Rows(rows) => match newest_row(call, rows)? {
            Some((row, parts)) => (Latest::Record(Box::new(row)), parts),
            None => (Latest::None, None),
        },
        Kept::Series(metric) if call.merge => match samples::merged_newest(call, *metric)? {
            Some(shown) => (Latest::Sample(shown.row), Some(shown.parts)),
            None => (Latest::None, None),
        },
        Kept::Series(metric) => {
            let newest = call.engine.store.latest_sample(call.human.human_id, *metric)?;
            (newest.map_or(Latest::None, Latest::Sample), None)
        }
    })
}

fn newest_row(call: &Call<'_>, rows: &Rows) -> Result<Option<Newest<StoredRecord>>, ApiError> {
    if call.merge {
        return Ok(rows.merged_newest(call)?.map(|shown| (shown.row, Some(shown.parts))));
    }
    Ok(call.engine.store.latest_record(call.human.human_id, rows.kind)?.map(|row| (row, None)))
}

fn write_head(json: &mut Json, id: &RecordId, timestamp: Time, source: &str) {
    json.id("id", &id.0);
    json.time("timestamp", timestamp);
    json.text("source", source);
}

fn write_record(json: &mut Json, call: &Call<'_>, row: &StoredRecord, source: &str) {
    match &row.record.body {
        Body::BloodPressure { systolic, diastolic, heart_rate } => {
            json.id("id", &row.id.0);
            json.id("userId", &call.human.user_id.0);
            json.time("timestamp", row.record.start);
            json.text("source", source);
            json.number("systolic", *systolic);
            json.number("diastolic", *diastolic);
            json.text("unit", "mmHg");
            json.number_if_told("heartRate", *heart_rate);
        }
        Body::Reading { metric, quantity } => {
            write_head(json, &row.id, row.record.start, source);
            json.number("value", quantity.value);
            // The old service writes body fat as `percent` in readings and as `%` here.
            json.text("unit", if *metric == hilum_model::Metric::BodyFat { "%" } else { unit(*metric) });
        }
        _ => {}
    }
}

/// `total` is the duration: the captures of the old service do not agree on what it is.
fn write_activity_day(json: &mut Json, row: &StoredRecord, source: &str) {
    let Body::ActivityDay(day) = &row.record.body else { return };
    json.id("id", &row.id.0);
    json.day("date", row.record.day);
    json.number_if_told("duration", day.duration_s);
    json.number_if_told("distance", day.distance_m);
    json.number_if_told("sedentary", day.sedentary_min);
    json.number_if_told("light", day.light_min);
    json.number_if_told("moderate", day.moderate_min);
    json.number_if_told("vigorous", day.vigorous_min);
    json.number_if_told("total", day.duration_s);
    json.number_if_told("steps", day.steps);
    json.number_if_told("calories", day.calories);
    json.text("source", source);
}

fn write_sleep_day(json: &mut Json, call: &Call<'_>, row: &StoredRecord, source: &str) {
    let Body::SleepDay { time_asleep, time_awake } = &row.record.body else { return };
    json.id("id", &row.id.0);
    json.id("userId", &call.human.user_id.0);
    json.day("date", row.record.day);
    json.text("source", source);
    json.number("timeAsleep", *time_asleep);
    json.number("timeAwake", *time_awake);
    json.time("updatedAt", row.updated_at);
}

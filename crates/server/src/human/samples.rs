//! Readings of dense series: lists, the newest, one by id. Most of what the data API sends is written here.

use hilum_model::{Day, Metric, Offset, RecordId, Time};
use hilum_store::humans::Human;
use hilum_store::records::{Filter, Page};
use hilum_store::samples::{Series, StoredSample};

use super::Call;
use super::answer::Reply;
use super::json::Json;
use super::readings::unit;
use super::rows::Sources;
use crate::ApiError;

/// A page of a list; `day` is the civil day of a `/daily/` path.
pub(super) fn list(call: &Call<'_>, metric: Metric, day: Option<Day>) -> Result<Reply, ApiError> {
    let mut filter = call.query.filter(day)?;
    let page = if call.narrow(&mut filter)? {
        call.engine.store.samples(call.human.human_id, metric, &filter)?
    } else {
        Page { rows: Vec::new(), total: 0 }
    };
    let mut writer = Writer::new(call)?;
    writer.json.begin_array();
    for (index, row) in page.rows.iter().enumerate() {
        if index > 0 {
            writer.json.raw(b",");
        }
        writer.write(row)?;
        if index == 0 {
            writer.json.reserve_for(page.rows.len());
        }
    }
    writer.json.end_array();
    Ok(Reply { body: writer.json.into_bytes(), list: Some(call.list_head(&filter, page.total)) })
}

/// The newest one, or `{}`.
pub(super) fn latest(call: &Call<'_>, metric: Metric) -> Result<Reply, ApiError> {
    let human = call.human.human_id;
    let mut filter = Filter { limit: 1, ..Filter::default() };
    let newest = if !call.narrow(&mut filter)? {
        None
    } else if filter.connections.is_none() {
        call.engine.store.latest_sample(human, metric)?
    } else {
        call.engine.store.samples(human, metric, &filter)?.rows.into_iter().next()
    };
    let Some(row) = newest else { return Ok(Reply::object(b"{}".to_vec())) };
    one(call, &row)
}

/// `…/{id}`.
pub(super) fn by_id(call: &Call<'_>, metric: Metric, id: &str) -> Result<Reply, ApiError> {
    let row = match id.parse::<RecordId>() {
        Ok(id) => call.engine.store.sample(call.human.human_id, metric, id)?,
        Err(_) => None,
    };
    one(call, &row.ok_or_else(|| ApiError::not_found("The person has no such reading."))?)
}

fn one(call: &Call<'_>, row: &StoredSample) -> Result<Reply, ApiError> {
    let mut writer = Writer::new(call)?;
    writer.write(row)?;
    Ok(Reply::object(writer.json.into_bytes()))
}

/// Writes readings. What many of them share is made once and copied: the text up to the value for each offset, the text
/// behind it for each series, the end for each write.
struct Writer<'a> {
    json: Json,
    human: &'a Human,
    sources: Sources,
    front: Front,
    series: Vec<(u32, Vec<u8>)>,
    /// With the times that it was made for.
    end: (Time, Time, Vec<u8>),
}

impl<'a> Writer<'a> {
    fn new(call: &'a Call<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            json: Json::with_capacity(512),
            human: &call.human,
            sources: Sources::of(call)?,
            front: Front::new(&call.human, None),
            series: Vec::new(),
            end: (Time::default(), Time::default(), Vec::new()),
        })
    }

    fn write(&mut self, row: &StoredSample) -> Result<(), ApiError> {
        let known = self.series.iter().position(|(number, _)| *number == row.series.number);
        let series = if let Some(index) = known {
            index
        } else {
            let tail = tail(&row.series, self.sources.name(row.series.connection_id)?);
            self.series.push((row.series.number, tail));
            self.series.len() - 1
        };
        if self.front.offset != row.offset {
            self.front = Front::new(self.human, row.offset);
        }
        let (created_at, updated_at, end) = &self.end;
        if end.is_empty() || (*created_at, *updated_at) != (row.created_at, row.updated_at) {
            self.end = (row.created_at, row.updated_at, end_of(row));
        }
        let json = &mut self.json;
        let start = json.len();
        json.raw(&self.front.text);
        json.set_hex(start + Front::ID, &row.id.0);
        json.set_time(start + self.front.timestamp, row.start);
        json.write_number(row.value);
        json.raw(&self.series[series].1);
        if row.series.unit != row.series.metric.unit() {
            json.number("receivedValue", row.received);
            json.text("receivedUnit", row.series.unit.ucum());
        }
        if let Some(end) = row.end {
            json.time("endTime", end);
        }
        json.raw(&self.end.2);
        Ok(())
    }
}

/// A reading up to its value, with places for the digits of `id` and `timestamp`.
struct Front {
    offset: Option<Offset>,
    text: Vec<u8>,
    /// Where the time is.
    timestamp: usize,
}

impl Front {
    /// Where the digits of `id` are.
    const ID: usize = b"{\"id\":\"".len();

    fn new(human: &Human, offset: Option<Offset>) -> Self {
        let mut json = Json::with_capacity(256);
        json.begin_object();
        json.id("id", &[0; RecordId::BYTES]);
        json.id("userId", &human.user_id.0);
        json.id("humanId", &human.human_id.0);
        json.key("timestamp");
        json.raw(b"\"");
        let timestamp = json.len();
        json.write_time(Time::default());
        json.raw(b"\"");
        json.offset(offset);
        json.key("value");
        Self { offset, text: json.into_bytes(), timestamp }
    }
}

/// From behind the value to the members of `sourceData` that differ from sample to sample.
fn tail(series: &Series, source: &str) -> Vec<u8> {
    let mut json = Json::with_capacity(128);
    json.raw(b",");
    let mut members = Json::with_capacity(128);
    members.text("unit", unit(series.metric));
    members.text("source", source);
    members.key("sourceData");
    members.begin_object();
    if let Some(context) = &series.context {
        members.text("context", context);
    }
    if let Some(device) = &series.device {
        members.text("device", device);
    }
    json.raw(&members.into_bytes());
    json.into_bytes()
}

/// From behind `sourceData` to the end.
fn end_of(row: &StoredSample) -> Vec<u8> {
    let mut json = Json::with_capacity(96);
    json.raw(b"}");
    json.time("createdAt", row.created_at);
    json.time("updatedAt", row.updated_at);
    json.end_object();
    json.into_bytes()
}

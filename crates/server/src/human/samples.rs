//! Readings of dense series: lists, the newest, one by id. Most of what the data API sends is written here.

use hilum_model::{Day, Metric, Offset, RecordId, Time};
use hilum_store::changes::What;
use hilum_store::humans::Human;
use hilum_store::records::{Filter, Page};
use hilum_store::samples::StoredSample;
use hilum_store::slices::{SamplePlace, Slice};

use super::Call;
use super::answer::{ListHead, Reply};
use super::columns::READINGS;
use super::json::Json;
use super::merged::{Merger, Samples, Shown, add_parts};
use super::readings::unit;
use super::rows::Sources;
use crate::ApiError;

/// A page of a list; `day` is the civil day of a `/daily/` path.
pub(super) fn list(call: &Call<'_>, metric: Metric, day: Option<Day>) -> Result<Reply, ApiError> {
    let (filter, rows, head) = read(call, metric, day)?;
    if call.merge {
        let shown = Samples::of(metric).page(&Merger::new(call)?, &rows, &filter)?;
        let mut writer = Writer::new(&call.human, Sources::of(call)?);
        writer.json.begin_array();
        for (index, row) in shown.iter().enumerate() {
            if index > 0 {
                writer.json.raw(b",");
            }
            writer.write_merged(row)?;
        }
        writer.json.end_array();
        return Ok(Reply::list(writer.json.into_bytes(), head, READINGS));
    }
    let mut writer = Writer::new(&call.human, Sources::of(call)?);
    writer.json.begin_array();
    writer.write_all(&rows)?;
    writer.json.end_array();
    Ok(Reply::list(writer.json.into_bytes(), head, READINGS))
}

/// A page before merging, by number or by place, with its headers.
fn read(call: &Call<'_>, metric: Metric, day: Option<Day>) -> Result<(Filter, Vec<StoredSample>, ListHead), ApiError> {
    let mut filter = call.query.filter(day)?;
    let walk = call.walk(&mut filter, &[What::Samples(metric)])?;
    let any = call.narrow(&mut filter)?;
    let (store, human) = (&call.engine.store, call.human.human_id);
    if let Some(walk) = walk {
        let slice = if any { store.samples_after(human, metric, &filter, walk.after)? } else { Slice::empty() };
        let head = call.walk_head(&walk, &filter, slice.last().map(SamplePlace::of))?;
        return Ok((filter, slice.rows, head));
    }
    let page = if any { store.samples(human, metric, &filter)? } else { Page::default() };
    let head = call.list_head(&filter, page.total);
    Ok((filter, page.rows, head))
}

/// The newest one, or `{}`.
pub(super) fn latest(call: &Call<'_>, metric: Metric) -> Result<Reply, ApiError> {
    if call.merge {
        return Ok(match merged_newest(call, metric)? {
            Some(shown) => one_merged(call, &shown)?,
            None => Reply::object(b"{}".to_vec()),
        });
    }
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
    let none_such = || ApiError::not_found("The person has no such reading.");
    let row = row.ok_or_else(none_such)?;
    if call.merge {
        let shown = Samples::of(metric).with(&Merger::new(call)?, &row)?;
        return one_merged(call, &shown.ok_or_else(none_such)?);
    }
    one(call, &row)
}

/// The newest one that counts. `source` counts here too.
pub(super) fn merged_newest(call: &Call<'_>, metric: Metric) -> Result<Option<Shown<StoredSample>>, ApiError> {
    let mut filter = Filter::default();
    if !call.narrow(&mut filter)? {
        return Ok(None);
    }
    Samples::of(metric).newest(&Merger::new(call)?, filter.connections)
}

fn one_merged(call: &Call<'_>, shown: &Shown<StoredSample>) -> Result<Reply, ApiError> {
    let mut writer = Writer::new(&call.human, Sources::of(call)?);
    writer.write_merged(shown)?;
    Ok(Reply::object(writer.json.into_bytes()))
}

fn one(call: &Call<'_>, row: &StoredSample) -> Result<Reply, ApiError> {
    let mut writer = Writer::new(&call.human, Sources::of(call)?);
    writer.write(row)?;
    Ok(Reply::object(writer.json.into_bytes()))
}

/// Rows of any person, with commas between them.
pub(super) fn rows_of(human: &Human, sources: Sources, rows: &[StoredSample]) -> Result<Vec<u8>, ApiError> {
    let mut writer = Writer::new(human, sources);
    writer.write_all(rows)?;
    Ok(writer.json.into_bytes())
}

/// Writes readings. What many of them share is made once and copied: the text up to the value for each offset, the text
/// behind it for each series and write.
struct Writer<'a> {
    json: Json,
    human: &'a Human,
    sources: Sources,
    front: Front,
    backs: Vec<Back>,
}

impl<'a> Writer<'a> {
    fn new(human: &'a Human, sources: Sources) -> Self {
        let (json, front) = (Json::with_capacity(512), Front::new(human, None));
        Self { json, human, sources, front, backs: Vec::new() }
    }

    fn write_all(&mut self, rows: &[StoredSample]) -> Result<(), ApiError> {
        for (index, row) in rows.iter().enumerate() {
            if index > 0 {
                self.json.raw(b",");
            }
            self.write(row)?;
            if index == 0 {
                self.json.reserve_for(rows.len());
            }
        }
        Ok(())
    }

    fn write_merged(&mut self, shown: &Shown<StoredSample>) -> Result<(), ApiError> {
        self.write(&shown.row)?;
        add_parts(&mut self.json, &shown.parts);
        Ok(())
    }

    fn write(&mut self, row: &StoredSample) -> Result<(), ApiError> {
        if self.front.offset != row.offset {
            self.front = Front::new(self.human, row.offset);
        }
        let known = self.backs.iter().position(|back| back.series == row.series.number);
        let index = if let Some(index) = known {
            index
        } else {
            self.backs.push(Back::new(row, self.sources.name(row.series.connection_id)?));
            self.backs.len() - 1
        };
        let back = &mut self.backs[index];
        if back.written != (row.created_at, row.updated_at) {
            back.set_written(row);
        }
        let json = &mut self.json;
        let start = json.len();
        json.raw(&self.front.text);
        json.set_hex(start + Front::ID, &row.id.0);
        json.set_time(start + self.front.timestamp, row.start);
        json.write_number(row.value);
        let converted = row.series.unit != row.series.metric.unit();
        if !converted && row.end.is_none() {
            json.raw(&back.text);
            return Ok(());
        }
        let (shared, end) = back.text.split_at(back.end);
        json.raw(shared);
        if converted {
            json.number("receivedValue", row.received);
            json.text("receivedUnit", row.series.unit.ucum());
        }
        if let Some(end) = row.end {
            json.time("endTime", end);
        }
        json.raw(end);
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

/// A reading behind its value.
struct Back {
    series: u32,
    /// When the readings were stored first and last that it was made for.
    written: (Time, Time),
    text: Vec<u8>,
    /// Where the members of `sourceData` go that differ from sample to sample.
    end: usize,
}

impl Back {
    fn new(row: &StoredSample, source: &str) -> Self {
        let mut json = Json::with_capacity(256);
        json.raw(b",");
        let mut members = Json::with_capacity(128);
        members.text("unit", unit(row.series.metric));
        members.text("source", source);
        members.key("sourceData");
        members.begin_object();
        if let Some(context) = &row.series.context {
            members.text("context", context);
        }
        if let Some(device) = &row.series.device {
            members.text("device", device);
        }
        json.raw(&members.into_bytes());
        let text = json.into_bytes();
        let mut back = Self { series: row.series.number, written: Default::default(), end: text.len(), text };
        back.set_written(row);
        back
    }

    fn set_written(&mut self, row: &StoredSample) {
        self.written = (row.created_at, row.updated_at);
        let mut json = Json::with_capacity(96);
        json.raw(b"}");
        json.time("createdAt", row.created_at);
        json.time("updatedAt", row.updated_at);
        json.end_object();
        self.text.truncate(self.end);
        self.text.extend_from_slice(&json.into_bytes());
    }
}

//! What lists and single rows of records have in common: filters, sources, paging headers, look-ups by id and day.

use std::sync::Arc;

use hilum_engine::Engine;
use hilum_model::{ConnectionId, Day, HumanId, Kind, Record, RecordId};
use hilum_store::changes::What;
use hilum_store::humans::Human;
use hilum_store::records::{Filter, Page, StoredRecord};
use hilum_store::slices::{RecordPlace, Slice};
use serde_json::Value;

use super::Call;
use super::answer::{Cursors, ListHead, Reply};
use super::json::Json;
use super::link::{self, Place};
use super::merged::{Days, Merger};
use super::query::{DEFAULT_LIMIT, MAX_LIMIT, Query};
use super::{columns, known_sources, time_series};
use crate::ApiError;

/// Bytes that a row usually needs.
pub(super) const ROW_BYTES: usize = 512;

/// A kind of record and how the data API shows it.
pub(super) struct Rows {
    /// What is read.
    pub(super) kind: Kind,
    /// What a person calls one of them, for error texts.
    pub(super) noun: &'static str,
    /// Writes the members between the common head and end. The store gives no body of
    /// another kind, so a writer leaves such a one alone.
    pub(super) write: fn(&mut Json, &StoredRecord, &Told<'_>),
}

/// What a row is written with, beside what is in it.
pub(super) struct Told<'a> {
    /// The provider's id.
    pub(super) source: &'a str,
    /// What was measured meanwhile, as a JSON object, where the request asks for it and the row may have it.
    time_series: Option<Vec<u8>>,
}

impl Told<'_> {
    /// Writes the member `timeSeries`, if there is one.
    pub(super) fn write_time_series(&self, json: &mut Json) {
        if let Some(series) = &self.time_series {
            json.key("timeSeries");
            json.raw(series);
        }
    }
}

/// What rows of one person are written with.
pub(super) struct Setting<'a> {
    pub(super) engine: &'a Engine,
    pub(super) human: &'a Human,
    pub(super) sources: Sources,
    /// Whether sleeps and activities tell what was measured meanwhile.
    pub(super) time_series: bool,
}

impl<'a> Setting<'a> {
    /// As the request says.
    pub(super) fn of(call: &'a Call<'_>) -> Result<Self, ApiError> {
        let time_series = time_series::wanted(&call.query)?;
        Ok(Self { engine: call.engine, human: &call.human, sources: Sources::of(call)?, time_series })
    }
}

/// A value that the data API has no member for; it goes into `sourceData`.
pub(super) enum Extra<'a> {
    /// A number, if the source tells it.
    Number(Option<f64>),
    /// A text, if the source tells it.
    Text(Option<&'a str>),
}

/// A person's connections with their providers, for `source`.
pub(super) struct Sources(Arc<[(ConnectionId, String)]>);

impl Sources {
    /// Reads them. To be called after the rows were read: then every row's connection is among them, unless it was
    /// erased in between.
    pub(super) fn of(call: &Call<'_>) -> Result<Self, ApiError> {
        Self::of_human(call.engine, call.human.human_id)
    }

    /// The same of any person.
    pub(super) fn of_human(engine: &Engine, human: HumanId) -> Result<Self, ApiError> {
        Ok(Self(engine.store.providers(human)?))
    }

    /// The provider id of a row's connection.
    pub(super) fn name(&self, connection: ConnectionId) -> Result<&str, ApiError> {
        self.0.iter().find(|(id, _)| *id == connection).map(|(_, provider)| provider.as_str()).ok_or_else(|| {
            ApiError::new(
                axum::http::StatusCode::SERVICE_UNAVAILABLE,
                "try_again",
                "Try Again",
                "The person's sources changed during this request. Repeat it.",
            )
        })
    }

    /// Place of a connection among the person's, oldest first.
    pub(super) fn rank(&self, connection: ConnectionId) -> usize {
        self.0.iter().position(|(id, _)| *id == connection).unwrap_or(usize::MAX)
    }

    /// Connections of the source that the parameter `source` names; `None`
    /// without that parameter. Empty when the person has no such source.
    pub(super) fn wanted(&self, call: &Call<'_>) -> Option<Vec<ConnectionId>> {
        let id = wanted_source(&call.query)?;
        Some(
            self.0
                .iter()
                .filter(|(_, name)| *name == id || known_sources::is_number(&id, name))
                .map(|(id, _)| *id)
                .collect(),
        )
    }
}

/// The id of the provider that the parameter `source` names, by its id, an alias or its 24 hex digits.
pub(super) fn wanted_source(query: &Query<'_>) -> Option<String> {
    let wanted = query.get("source")?.to_ascii_lowercase();
    let id = hilum_providers::find(&wanted).map(|p| p.id).or_else(|| known_sources::of_number(&wanted));
    Some(id.map_or(wanted, str::to_owned))
}

/// The paging headers of a list at an address below `public_url`.
pub(super) fn list_head(engine: &Engine, path: &str, query: &Query<'_>, filter: &Filter, total: u64) -> ListHead {
    let base = engine.config.public_url.as_str().trim_end_matches('/');
    let default_limit = Some(DEFAULT_LIMIT);
    let place = Place { limit: filter.limit, offset: filter.offset, total, default_limit };
    let link = link::header(&format!("{base}{path}"), query.raw(), place);
    ListHead { total: Some(total), link, cursors: Cursors::default() }
}

impl Call<'_> {
    /// Resolves `source` into a filter. `false` when the person has no such source, so that no row can match.
    pub(super) fn narrow(&self, filter: &mut Filter) -> Result<bool, ApiError> {
        if self.query.get("source").is_none() {
            return Ok(true);
        }
        filter.connections = Sources::of(self)?.wanted(self);
        Ok(filter.connections.as_ref().is_some_and(|c| !c.is_empty()))
    }

    /// The paging headers of a list.
    pub(super) fn list_head(&self, filter: &Filter, total: u64) -> ListHead {
        list_head(self.engine, self.path, &self.query, filter, total)
    }

    /// A page of a list of records, by number or by place, with its headers.
    pub(super) fn records(
        &self,
        kind: Kind,
        day: Option<Day>,
    ) -> Result<(Filter, Vec<StoredRecord>, ListHead), ApiError> {
        let mut filter = self.query.filter(day)?;
        let walk = self.walk(&mut filter, &[What::Records(kind)])?;
        let any = self.narrow(&mut filter)?;
        let (store, human) = (&self.engine.store, self.human.human_id);
        if let Some(walk) = walk {
            let slice = if any { store.records_after(human, kind, &filter, walk.after)? } else { Slice::empty() };
            let head = self.walk_head(&walk, &filter, slice.last().map(RecordPlace::of))?;
            return Ok((filter, slice.rows, head));
        }
        let page = if any { store.records(human, kind, &filter)? } else { Page::default() };
        let head = self.list_head(&filter, page.total);
        Ok((filter, page.rows, head))
    }
}

impl Rows {
    /// `…/`: a list.
    pub(super) fn list(&self, call: &Call<'_>) -> Result<Reply, ApiError> {
        self.page(call, None)
    }

    /// `…/daily/{date}`: the list of one civil day.
    pub(super) fn daily(&self, call: &Call<'_>, date: &str) -> Result<Reply, ApiError> {
        self.page(call, Some(parse_day(date)?))
    }

    fn page(&self, call: &Call<'_>, day: Option<Day>) -> Result<Reply, ApiError> {
        if self.merges(call) {
            return self.merged_page(call, day);
        }
        let (_, rows, head) = call.records(self.kind, day)?;
        let setting = Setting::of(call)?;
        let mut json = Json::with_capacity(2 + rows.len() * ROW_BYTES);
        json.begin_array();
        for row in &rows {
            self.write_row(&mut json, row, &setting)?;
        }
        json.end_array();
        Ok(Reply::list(json.into_bytes(), head, columns::of(self.kind)))
    }

    /// The newest one, or `{}`. `source` counts here too.
    pub(super) fn latest(&self, call: &Call<'_>) -> Result<Reply, ApiError> {
        if self.merges(call) {
            return Ok(match self.merged_newest(call)? {
                Some(shown) => self.merged_object(call, Some(shown))?,
                None => Reply::object(b"{}".to_vec()),
            });
        }
        let newest = self.newest(call)?;
        let mut json = Json::with_capacity(ROW_BYTES);
        match newest {
            Some(row) => self.write_row(&mut json, &row, &Setting::of(call)?)?,
            None => json.raw(b"{}"),
        }
        Ok(Reply::object(json.into_bytes()))
    }

    fn newest(&self, call: &Call<'_>) -> Result<Option<StoredRecord>, ApiError> {
        let human = call.human.human_id;
        let mut filter = Filter { limit: 1, ..Filter::default() };
        if !call.narrow(&mut filter)? {
            return Ok(None);
        }
        if filter.connections.is_none() {
            return Ok(call.engine.store.latest_record(human, self.kind)?);
        }
        Ok(call.engine.store.records(human, self.kind, &filter)?.rows.into_iter().next())
    }

    /// `…/{id}`.
    pub(super) fn by_id(&self, call: &Call<'_>, id: &str) -> Result<Reply, ApiError> {
        if self.merges(call) {
            return self.merged_by_id(call, id);
        }
        let row = match id.parse::<RecordId>() {
            Ok(id) => call.engine.store.record(call.human.human_id, self.kind, id)?,
            Err(_) => None,
        };
        self.object(call, row)
    }

    /// `…/{id or date}`, told apart by their shape: an id is 24 hex digits, a date has hyphens.
    ///
    /// Where several sources have a row of that day, the source that was connected first is taken, so that the answer
    /// does not change sides from call to call; `source` asks for another one.
    pub(super) fn by_id_or_date(&self, call: &Call<'_>, text: &str) -> Result<Reply, ApiError> {
        if !text.contains('-') {
            return self.by_id(call, text);
        }
        let day = parse_day(text)?;
        let mut filter = Filter { start_day: Some(day), end_day: Some(day), limit: MAX_LIMIT, ..Filter::default() };
        if !call.narrow(&mut filter)? {
            return self.object(call, None);
        }
        if call.merge
            && let Some(days) = Days::of(self.kind)
        {
            let merger = Merger::new(call)?;
            let shown = days.read(&merger, &[day], filter.connections.as_deref())?.pop();
            return self.merged_object(call, shown);
        }
        let rows = call.engine.store.records(call.human.human_id, self.kind, &filter)?.rows;
        let sources = Sources::of(call)?;
        self.object(call, rows.into_iter().min_by_key(|row| sources.rank(row.connection_id)))
    }

    fn object(&self, call: &Call<'_>, row: Option<StoredRecord>) -> Result<Reply, ApiError> {
        let row = row.ok_or_else(|| self.none_such())?;
        let mut json = Json::with_capacity(ROW_BYTES);
        self.write_row(&mut json, &row, &Setting::of(call)?)?;
        Ok(Reply::object(json.into_bytes()))
    }

    pub(super) fn none_such(&self) -> ApiError {
        ApiError::not_found(format!("The person has no such {}.", self.noun))
    }

    /// One row in full.
    pub(super) fn write_row(&self, json: &mut Json, row: &StoredRecord, setting: &Setting<'_>) -> Result<(), ApiError> {
        let human = setting.human;
        let time_series =
            if setting.time_series { time_series::of(setting.engine, human.human_id, row)? } else { None };
        let told = Told { source: setting.sources.name(row.connection_id)?, time_series };
        json.begin_object();
        json.id("id", &row.id.0);
        json.id("userId", &human.user_id.0);
        json.id("humanId", &human.human_id.0);
        (self.write)(json, row, &told);
        json.time("createdAt", row.created_at);
        json.time("updatedAt", row.updated_at);
        json.end_object();
        Ok(())
    }
}

/// Reads the date of a path.
pub(super) fn parse_day(text: &str) -> Result<Day, ApiError> {
    Day::parse(text).map_err(|_| {
        ApiError::bad_request("invalid_date", "Invalid Date", "The date in the path must be of the form YYYY-MM-DD.")
    })
}

/// Writes `sourceData`: what the source said beyond the members of the row (its own words first, except those in
/// `shown`, which have become members), then normalised values that the data API has no member for.
pub(super) fn source_data(json: &mut Json, record: &Record, shown: &[&str], extras: &[(&'static str, Extra<'_>)]) {
    json.key("sourceData");
    json.begin_object();
    for (name, value) in &record.source_data {
        if !shown.contains(&name.as_str()) {
            json.foreign_key(name);
            write_value(json, value);
        }
    }
    let device = ("device", Extra::Text(record.device.as_deref()));
    for (name, extra) in extras.iter().chain([&device]) {
        if record.source_data.contains_key(*name) {
            continue;
        }
        match extra {
            Extra::Number(Some(value)) => json.number(name, *value),
            Extra::Text(Some(value)) => json.text(name, value),
            Extra::Number(None) | Extra::Text(None) => {}
        }
    }
    json.end_object();
}

/// The same for rows whose documented form has no `sourceData`: written where there is something to say.
pub(super) fn source_data_if_any(json: &mut Json, record: &Record, extras: &[(&'static str, Extra<'_>)]) {
    let told = |extra: &Extra<'_>| !matches!(extra, Extra::Number(None) | Extra::Text(None));
    if !record.source_data.is_empty() || record.device.is_some() || extras.iter().any(|(_, extra)| told(extra)) {
        source_data(json, record, &[], extras);
    }
}

fn write_value(json: &mut Json, value: &Value) {
    json.raw(value.to_string().as_bytes());
}

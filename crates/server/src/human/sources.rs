//! `GET /sources`: what the person has connected, one row a connection, never cut into pages.
//! Source of the members: human-connect contract 5.1. Rows are those of the documents of version 2.1; with `version=2.2`
//! or `version=2.3` those of the second generation, which name the source by 24 hex digits and tell a state in two words.

mod second;

use hilum_engine::{Condition, Health, health};
use hilum_model::{Day, Time};
use hilum_providers::spec::Window;
use hilum_store::connections::{Connection, ConnectionState, Cursor};

use super::Call;
use super::answer::{ListHead, Reply};
use super::columns::SOURCES;
use super::json::Json;
use super::known_sources::known;
use super::query::invalid;
use crate::ApiError;
use crate::api::{About, Operation, Tag};

/// Their address.
pub(super) const OPERATIONS: &[Operation] = &[Operation::human(
    "/v1/human/sources",
    |call, _| list(call),
    || About::uncut(Tag::Person, "listSources", "What the person has connected", "Source").version(),
)];

/// The row list. Connections that the person has removed are not shown; their data stay readable.
fn list(call: &Call<'_>) -> Result<Reply, ApiError> {
    let human = call.human.human_id;
    let now = call.engine.clock.now();
    let write_row = match call.query.get("version") {
        None | Some("2.1") => write_row,
        Some("2.2" | "2.3") => second::write_row,
        Some(_) => return Err(invalid("version", "2.1, 2.2 or 2.3")),
    };
    let mut total = 0;
    let mut json = Json::with_capacity(1024);
    json.begin_array();
    for connection in call.engine.store.connections(human)? {
        if connection.state == ConnectionState::Disconnected || connection.pending.is_some() {
            continue;
        }
        let cursors = call.engine.store.cursors(human, connection.connection_id)?;
        let health = health(&connection, now);
        write_row(&mut json, &connection, &cursors, health.as_ref());
        total += 1;
    }
    json.end_array();
    Ok(Reply::list(json.into_bytes(), ListHead::whole(total), SOURCES))
}

fn write_row(json: &mut Json, connection: &Connection, cursors: &[Cursor], health: Option<&Health>) {
    json.begin_object();
    json.id("id", &connection.connection_id.0);
    json.text("source", &connection.provider);
    write_holdings(json, connection, cursors);
    json.key("syncStatus");
    json.begin_object();
    json.text("status", sync_status(connection, cursors, health));
    // What a person did not grant is no trouble of the source: its row stays as documented.
    let troubled = health.filter(|health| health.condition != Condition::Live);
    if let Some(reason) = troubled.and_then(|health| health.reason.as_deref()) {
        json.text("details", reason);
    }
    if let Some(at) = connection.synced_at {
        json.time("synchedAt", at);
        if let Some(newest) = newest_day(cursors, at) {
            json.time("newestDate", newest.start_utc());
        }
    }
    json.end_object();
    // A member of our own, and only where something is to be said: the rows of sources that are well are exactly the
    // documented ones.
    if let Some(health) = troubled {
        json.key("connectionState");
        json.begin_object();
        json.text("state", health.condition.word());
        json.time("since", health.since);
        json.end_object();
    }
    json.end_object();
}

/// The members that the rows of both generations have: what the source gives, on which devices, since when.
fn write_holdings(json: &mut Json, connection: &Connection, cursors: &[Cursor]) {
    json.key("supportedDataTypes");
    json.begin_array();
    for name in known(&connection.provider).map_or(&[][..], |source| source.data_types) {
        json.text_element(name);
    }
    json.end_array();
    json.key("devices");
    json.begin_array();
    for device in &connection.devices {
        json.text_element(device);
    }
    json.end_array();
    json.time("connectedSince", connection.connected_at);
    let history = History::of(connection, cursors);
    json.key("historySync");
    json.begin_object();
    json.text("status", history.status);
    if let Some(oldest) = history.oldest {
        json.time("oldestDate", oldest);
    }
    json.end_object();
}

/// How the connection is. `ok` and `not_started` are the words of version 2.1, `inProgress` that of 2.2; the words
/// for what needs the person or the provider are ours, since no table of the old ones is known.
fn sync_status(connection: &Connection, cursors: &[Cursor], health: Option<&Health>) -> &'static str {
    match health.map(|health| health.condition) {
        Some(Condition::NeedsReauth) => "authorization_required",
        Some(Condition::ProviderDown) => "source_unavailable",
        Some(Condition::Stale) => "stale",
        Some(Condition::Paused) => "paused",
        Some(Condition::Live | Condition::Quiet) | None => match (connection.synced_at, cursors) {
            (Some(_), _) => "ok",
            (None, []) => "not_started",
            (None, _) => "inProgress",
        },
    }
}

/// How far back data have been read.
#[derive(Debug, PartialEq, Eq)]
struct History {
    status: &'static str,
    /// Everything since then has been read; the epoch when all there is has been read.
    oldest: Option<Time>,
}

impl History {
    fn of(connection: &Connection, cursors: &[Cursor]) -> Self {
        // Streams that carry a history and that the person allowed. A provider that this build does not know, or one
        // that names no scopes, is judged by the cursors alone.
        let expected: Vec<&str> = hilum_providers::find(&connection.provider)
            .into_iter()
            .flat_map(|p| p.streams)
            .filter(|s| s.window != Window::Whole && connection.scopes.iter().any(|scope| scope == s.scope))
            .map(|s| s.id)
            .collect();
        let cursors: Vec<&Cursor> =
            cursors.iter().filter(|c| expected.is_empty() || expected.contains(&c.stream.as_str())).collect();
        if cursors.is_empty() {
            return Self { status: "not_started", oldest: None };
        }
        let all_begun = expected.iter().all(|id| cursors.iter().any(|c| c.stream == *id));
        if all_begun && cursors.iter().all(|c| c.history_done) {
            return Self { status: "completed", oldest: Some(Time(0)) };
        }
        let oldest = if all_begun { cursors.iter().map(|c| c.oldest).max() } else { None };
        Self { status: "inProgress", oldest: oldest.map(Day::start_utc) }
    }
}

/// The newest day that has been read, not after the day of the last sync: windows may reach into the future.
fn newest_day(cursors: &[Cursor], synced_at: Time) -> Option<Day> {
    cursors.iter().map(|c| c.newest).max().map(|day| day.min(synced_at.utc_day()))
}

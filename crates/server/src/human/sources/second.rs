//! Rows of the second generation, documentation versions 2.2 and 2.3.

use hilum_engine::{Condition, Health};
use hilum_store::connections::{Connection, Cursor};

use super::super::json::Json;
use super::super::known_sources::{known, number};
use super::write_holdings;

/// One row. `organization` belongs to medical sources, of which there are none; `expectedSyncDuration` is `null` where
/// nothing is known of it. No source reads its past a second time, so `resync` is never active.
pub(super) fn write_row(json: &mut Json, connection: &Connection, cursors: &[Cursor], health: Option<&Health>) {
    json.begin_object();
    json.id("id", &connection.connection_id.0);
    json.id("source", &number(&connection.provider));
    json.text("sourceName", known(&connection.provider).map_or(connection.provider.as_str(), |source| source.name));
    write_holdings(json, connection, cursors);
    json.key("resync");
    json.begin_object();
    json.boolean("active", false);
    json.end_object();
    let (status, details) = words(connection, health);
    json.key("syncStatus");
    json.begin_object();
    json.text("status", status);
    json.text("details", details);
    if let Some(at) = connection.synced_at {
        json.time("synchedAt", at);
    }
    json.end_object();
    json.key("expectedSyncDuration");
    json.raw(b"null");
    json.end_object();
}

/// `ok`, `inProgress` and `noDataAvailable` are the old words, `ok` the only known detail; the others are ours.
fn words<'a>(connection: &Connection, health: Option<&'a Health>) -> (&'static str, &'a str) {
    let reason = |instead| health.and_then(|health| health.reason.as_deref()).unwrap_or(instead);
    match health.map(|health| health.condition) {
        Some(Condition::NeedsReauth) => ("authorization_required", reason("needs_reauth")),
        Some(Condition::ProviderDown) => ("source_unavailable", reason("provider_down")),
        Some(Condition::Stale) => ("stale", reason("no_sync")),
        Some(Condition::Paused) => ("paused", reason("paused")),
        Some(Condition::Live | Condition::Quiet) | None => match (connection.synced_at, connection.data_until) {
            (None, _) => ("inProgress", "ok"),
            (Some(_), None) => ("noDataAvailable", "ok"),
            (Some(_), Some(_)) => ("ok", "ok"),
        },
    }
}

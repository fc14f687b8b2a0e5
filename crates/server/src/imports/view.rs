//! How an import is shown.

use hilum_engine::Engine;
use hilum_engine::import::Report;
use hilum_store::StoreError;
use hilum_store::imports::{Import, ImportState};
use serde_json::{Map, Value, json};

/// The JSON of an import.
pub(crate) fn json(engine: &Engine, import: &Import) -> Result<Value, StoreError> {
    let report = Report::of(&import.report);
    let mut shown = Map::new();
    let mut tell = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    tell("id", json!(import.import_id));
    tell("state", json!(word(import.state)));
    if let Some(source) = report.source {
        tell("source", json!(source));
    }
    if let Some(format) = report.format {
        tell("format", json!(format));
    }
    let mut bytes = Map::new();
    if let Some(total) = import.bytes_total {
        bytes.insert("total".to_owned(), json!(total));
    }
    let received = match import.state {
        ImportState::Receiving => engine.store.spooled_bytes(import.import_id)?,
        _ => import.bytes_total.unwrap_or_default(),
    };
    bytes.insert("received".to_owned(), json!(received));
    bytes.insert("read".to_owned(), json!(import.bytes_done));
    tell("bytes", Value::Object(bytes));
    let applied = import.applied;
    tell("stored", json!({ "inserted": applied.inserted, "updated": applied.updated, "unchanged": applied.unchanged }));
    tell("found", json!(report.found));
    tell("rejected", json!(report.rejected));
    tell("unknownTypes", json!(report.unknown));
    tell("leftOut", json!(report.left_out));
    if let Some(error) = report.error {
        tell("error", json!({ "code": error.code, "message": error.message }));
    }
    tell("createdAt", json!(import.created_at.to_iso()));
    tell("updatedAt", json!(import.updated_at.to_iso()));
    Ok(Value::Object(shown))
}

/// The state's word.
pub(crate) const fn word(state: ImportState) -> &'static str {
    match state {
        ImportState::Receiving => "receiving",
        ImportState::Waiting => "waiting",
        ImportState::Reading => "reading",
        ImportState::Done => "done",
        ImportState::Failed => "failed",
    }
}

//! Hilum's own form: lines of JSON, nothing left out. `docs/EXPORT.md` describes them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hilum_model::{Body, ConnectionId};
use hilum_store::StoreError;
use hilum_store::archive::Door;
use hilum_store::connections::{Connection, Cursor};
use hilum_store::everything::{Numbered, Stretch};
use hilum_store::imports::{Import, ImportState};
use hilum_store::records::StoredRecord;
use hilum_store::samples::Series;

use super::line::{Line, line};
use super::{Form, Sent, Whole, body};
use crate::import::Report;

/// The number of the form; a change that a reader would trip over makes it another one.
const VERSION: u64 = 1;

/// See above.
pub(super) struct Lines;

impl Form for Lines {
    fn begin(&mut self, out: &mut Vec<u8>, whole: &Whole<'_>) {
        let (human, held) = (whole.human, whole.held);
        line(out, "export", |line| {
            line.text("format", "hilum-export");
            line.count("version", VERSION);
            line.id("humanId", human.human_id.as_bytes());
            line.id("userId", human.user_id.as_bytes());
            line.text("clientUserId", human.client_user_id.expose());
            line.time("exportedAt", whole.at);
            line.object("holds", |line| {
                line.count("connections", held.connections);
                line.count("imports", held.imports);
                line.count("series", held.series);
                line.counts("records", held.records.iter().map(|(kind, count)| (kind.name(), *count)));
                line.counts("samples", held.samples.iter().map(|(metric, count)| (metric.name(), *count)));
                if whole.raw {
                    line.count("payloads", held.payloads);
                }
            });
        });
        line(out, "profile", |line| {
            let facts = human.facts.expose();
            line.text_if("email", facts.email.as_deref());
            line.text_if("gender", facts.gender.as_deref());
            line.text_if("timeZone", facts.time_zone.as_deref());
            line.time("createdAt", human.created_at);
            line.time("updatedAt", human.updated_at);
        });
        if !whole.priorities.is_empty() {
            line(out, "priorities", |line| line.value("lists", whole.priorities));
        }
    }

    fn connection(&mut self, out: &mut Vec<u8>, connection: &Connection, streams: &[Cursor]) {
        line(out, "connection", |line| {
            line.id("id", connection.connection_id.as_bytes());
            line.text("source", &connection.provider);
            line.value("state", &connection.state);
            line.text_if("reason", connection.reason.as_deref());
            line.time("stateSince", connection.state_since);
            line.text("account", connection.account.expose());
            line.value("scopes", &connection.scopes);
            line.value("devices", &connection.devices);
            line.time("connectedAt", connection.connected_at);
            line.time_if("syncedAt", connection.synced_at);
            line.text_if("region", connection.region.as_deref());
            if let Some((fault, since)) = &connection.fault {
                line.text("fault", fault);
                line.time("faultSince", *since);
            }
            line.time_if("dataUntil", connection.data_until);
            line.objects("streams", streams, |line, stream| {
                line.text("stream", &stream.stream);
                line.day("oldest", stream.oldest);
                line.day("newest", stream.newest);
                line.value("historyDone", &stream.history_done);
                line.time_if("syncedAt", stream.synced_at);
            });
        });
    }

    fn import(&mut self, out: &mut Vec<u8>, import: &Import) {
        let report = Report::of(&import.report);
        line(out, "import", |line| {
            line.id("id", import.import_id.as_bytes());
            if let Some(connection) = import.connection_id {
                line.id("connection", connection.as_bytes());
            }
            line.text("state", state(import.state));
            line.text_if("source", report.source.as_deref());
            line.text_if("format", report.format.as_deref());
            if let Some(file) = &report.file {
                line.text("file", &file.name);
            }
            if let Some(total) = import.bytes_total {
                line.count("bytes", total);
            }
            line.object("stored", |line| {
                line.count("inserted", import.applied.inserted);
                line.count("updated", import.applied.updated);
                line.count("unchanged", import.applied.unchanged);
            });
            line.value("found", &report.found);
            line.value("rejected", &report.rejected);
            line.value("unknownTypes", &report.unknown);
            line.value("leftOut", &report.left_out);
            if let Some(error) = &report.error {
                line.value("error", error);
            }
            line.time("createdAt", import.created_at);
            line.time("updatedAt", import.updated_at);
        });
    }

    fn series(&mut self, out: &mut Vec<u8>, series: &Series, source: &str) {
        line(out, "series", |line| {
            line.count("series", u64::from(series.number));
            line.id("connection", series.connection_id.as_bytes());
            line.text("source", source);
            line.text("metric", series.metric.name());
            line.text("unit", series.metric.unit().ucum());
            line.text("receivedUnit", series.unit.ucum());
            line.text_if("device", series.device.as_deref());
            line.text_if("context", series.context.as_deref());
        });
    }

    fn record(&mut self, out: &mut Vec<u8>, row: &StoredRecord, source: &str) -> Result<u64, StoreError> {
        let record = &row.record;
        let kind = record.body.kind().ok_or(StoreError::Damaged("records.sealed_body"))?;
        line(out, "record", |line| {
            line.text("kind", kind.name());
            line.id("id", row.id.as_bytes());
            line.id("connection", row.connection_id.as_bytes());
            line.text("source", source);
            line.text("key", &record.key);
            line.text_if("device", record.device.as_deref());
            line.time("start", record.start);
            line.time_if("end", record.end);
            line.offset(record.offset);
            line.day("day", record.day);
            body::write(line, &record.body);
            if !record.source_data.is_empty() {
                line.value("sourceData", &record.source_data);
            }
            line.time("createdAt", row.created_at);
            line.time("updatedAt", row.updated_at);
        });
        let Body::Genotypes(block) = &record.body else { return Ok(0) };
        let places = block.all().map_err(|_| StoreError::Damaged("records.sealed_body"))?;
        for (place, call) in &places {
            line(out, "genotype", |line| {
                line.id("record", row.id.as_bytes());
                line.text("location", &place.to_string());
                line.text("call", &call.to_string());
            });
        }
        Ok(places.len() as u64)
    }

    fn samples(&mut self, out: &mut Vec<u8>, stretch: &Stretch, _: &str) {
        let series = &stretch.series;
        let converted = series.unit != series.metric.unit();
        for sample in &stretch.samples {
            line(out, "sample", |line| {
                line.text("metric", series.metric.name());
                line.count("series", u64::from(series.number));
                line.id("id", sample.id.as_bytes());
                line.time("start", sample.start);
                line.time_if("end", sample.end);
                line.offset(sample.offset);
                line.number("value", sample.value);
                if converted {
                    line.number("receivedValue", sample.received);
                }
                line.time("createdAt", sample.created_at);
                line.time("updatedAt", sample.updated_at);
            });
        }
    }

    fn payload(&mut self, out: &mut Vec<u8>, payload: &Numbered, connection: ConnectionId, source: &str) {
        let came = &payload.payload;
        line(out, "payload", |line| {
            line.id("connection", connection.as_bytes());
            line.text("source", source);
            line.count("number", payload.number.unsigned_abs());
            door(line, &came.door);
            line.text("stream", &came.stream);
            if let Some(page) = came.page {
                line.count("page", page.unsigned_abs());
            }
            line.text_if("timeZone", came.time_zone.as_deref());
            line.time("receivedAt", payload.received_at);
            line.time("againAt", payload.again_at);
            match std::str::from_utf8(&came.body) {
                Ok(text) => line.text("text", text),
                Err(_) => line.text("base64", &BASE64.encode(&came.body)),
            }
        });
    }

    fn end(&mut self, out: &mut Vec<u8>, sent: &Sent, changed: bool) {
        line(out, "end", |line| {
            line.object("sent", |line| {
                line.count("connections", sent.connections);
                line.count("imports", sent.imports);
                line.count("series", sent.series);
                line.counts("records", sent.records.iter().map(|(kind, count)| (kind.name(), *count)));
                line.counts("samples", sent.samples.iter().map(|(metric, count)| (metric.name(), *count)));
                line.count("genotypes", sent.genotypes);
                line.count("payloads", sent.payloads);
            });
            line.value("changedMeanwhile", &changed);
        });
    }
}

fn door(line: &mut Line<'_>, door: &Door) {
    let name = match door {
        Door::Page => "page",
        Door::Detail(_) => "detail",
        Door::Post => "post",
        Door::Batch => "batch",
        Door::Deletion => "deletion",
    };
    line.text("door", name);
    if let Door::Detail(item) = door {
        line.text("item", item);
    }
}

const fn state(state: ImportState) -> &'static str {
    match state {
        ImportState::Receiving => "receiving",
        ImportState::Waiting => "waiting",
        ImportState::Reading => "reading",
        ImportState::Done => "done",
        ImportState::Failed => "failed",
    }
}

//! The form of FHIR R4: a resource a line (`hilum-fhir` makes them). What has no resource is counted and told at the end.

use std::collections::{BTreeMap, HashMap};

use hilum_fhir::{Origin, Person};
use hilum_model::{ConnectionId, HumanId, RecordId, Time};
use hilum_store::StoreError;
use hilum_store::connections::{Connection, Cursor};
use hilum_store::everything::{Numbered, Stretch};
use hilum_store::imports::Import;
use hilum_store::records::StoredRecord;
use hilum_store::samples::Series;
use serde_json::Value;

use super::{Form, Sent, Whole};

/// Devices that get a resource of their own; further ones are named alone, so that memory stays bounded.
const DEVICES: usize = 1000;

/// See above.
pub(super) struct Fhir {
    human: String,
    /// Logical ids of the devices that were told, by connection and name.
    devices: HashMap<(ConnectionId, String), String>,
    sent: BTreeMap<&'static str, u64>,
    left_out: BTreeMap<&'static str, u64>,
}

/// Where a row comes from.
struct Row<'a> {
    id: RecordId,
    connection: ConnectionId,
    source: &'a str,
    device: Option<&'a str>,
    created_at: Time,
    updated_at: Time,
}

impl Fhir {
    pub(super) fn new(human: HumanId) -> Self {
        Self { human: human.to_string(), devices: HashMap::new(), sent: BTreeMap::new(), left_out: BTreeMap::new() }
    }

    fn write(&mut self, out: &mut Vec<u8>, kind: &'static str, resource: &Value) {
        *self.sent.entry(kind).or_default() += 1;
        out.extend_from_slice(resource.to_string().as_bytes());
        out.push(b'\n');
    }

    /// The logical id of a device, which is told first.
    fn device(&mut self, out: &mut Vec<u8>, connection: ConnectionId, name: &str) -> Option<String> {
        let key = (connection, name.to_owned());
        if let Some(id) = self.devices.get(&key) {
            return Some(id.clone());
        }
        if self.devices.len() >= DEVICES {
            return None;
        }
        let id = format!("{connection}-{}", self.devices.len() + 1);
        self.write(out, "Device", &hilum_fhir::device(&id, &self.human, name));
        self.devices.insert(key, id.clone());
        Some(id)
    }

    fn with_origin<T>(&mut self, out: &mut Vec<u8>, row: &Row<'_>, make: impl FnOnce(&Origin<'_>) -> T) -> T {
        let device = row.device.filter(|name| !name.is_empty());
        let id = device.and_then(|name| self.device(out, row.connection, name));
        make(&Origin {
            id: &row.id.to_string(),
            human_id: &self.human,
            source: row.source,
            connection: &row.connection.to_string(),
            device: device.map(|name| (id.as_deref(), name)),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl Form for Fhir {
    fn begin(&mut self, out: &mut Vec<u8>, whole: &Whole<'_>) {
        let (human, facts) = (whole.human, whole.human.facts.expose());
        let patient = hilum_fhir::patient(&Person {
            human_id: &self.human,
            client_user_id: human.client_user_id.expose(),
            email: facts.email.as_deref(),
            gender: facts.gender.as_deref(),
            updated_at: human.updated_at,
        });
        self.write(out, "Patient", &patient);
    }

    fn connection(&mut self, _: &mut Vec<u8>, _: &Connection, _: &[Cursor]) {}

    fn import(&mut self, _: &mut Vec<u8>, _: &Import) {}

    fn series(&mut self, _: &mut Vec<u8>, _: &Series, _: &str) {}

    fn record(&mut self, out: &mut Vec<u8>, row: &StoredRecord, source: &str) -> Result<u64, StoreError> {
        let record = &row.record;
        let (connection, device) = (row.connection_id, record.device.as_deref());
        let (created_at, updated_at) = (row.created_at, row.updated_at);
        let of = Row { id: row.id, connection, source, device, created_at, updated_at };
        if let Some(resource) = self.with_origin(out, &of, |origin| hilum_fhir::record(origin, record)) {
            self.write(out, "Observation", &resource);
        } else {
            let kind = record.body.kind().ok_or(StoreError::Damaged("records.sealed_body"))?;
            *self.left_out.entry(kind.name()).or_default() += 1;
        }
        Ok(0)
    }

    fn samples(&mut self, out: &mut Vec<u8>, stretch: &Stretch, source: &str) {
        let series = &stretch.series;
        for sample in &stretch.samples {
            let of = Row {
                id: sample.id,
                connection: series.connection_id,
                source,
                device: series.device.as_deref(),
                created_at: sample.created_at,
                updated_at: sample.updated_at,
            };
            let times = (sample.start, sample.end, sample.offset);
            let resource =
                self.with_origin(out, &of, |origin| hilum_fhir::sample(origin, series.metric, times, sample.value));
            self.write(out, "Observation", &resource);
        }
    }

    fn payload(&mut self, _: &mut Vec<u8>, _: &Numbered, _: ConnectionId, _: &str) {}

    fn end(&mut self, out: &mut Vec<u8>, _: &Sent, changed: bool) {
        let end = hilum_fhir::end(&self.sent, &self.left_out, changed);
        out.extend_from_slice(end.to_string().as_bytes());
        out.push(b'\n');
    }
}

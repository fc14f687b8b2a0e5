//! An export is what the store holds: everything, once, exactly. Of five made-up people, each at another provider.

use std::collections::{BTreeMap, BTreeSet};

use hilum_engine::export::{Export, Format, Options};
use hilum_model::{Body, HumanId, Kind, Time};
use hilum_providers::spec::Provider;
use hilum_providers::{dexcom, google_health, polar};
use hilum_store::records::StoredRecord;
use hilum_store::samples::{Series, StoredSample};
use serde_json::{Map, Value, json};

use crate::bed::{Bed, OURA, WITHINGS};
use crate::browser::Press;

const PEOPLE: [(&Provider, &str); 5] = [
    (OURA, "runner"),
    (&google_health::PROVIDER, "shift-worker"),
    (&polar::PROVIDER, "traveller"),
    (WITHINGS, "cuff"),
    (&dexcom::PROVIDER, "cgm"),
];

async fn settled(provider: &'static Provider, persona: &str) -> (Bed, HumanId) {
    let bed = Bed::of(provider).await;
    let (_, link) = bed.enrol(provider, Press::allow(persona)).await;
    bed.settle(link).await;
    (bed, link.human)
}

fn export(bed: &Bed, human: HumanId, format: Format) -> Vec<Value> {
    let mut export = Export::new(bed.engine.store.clone(), human, bed.now(), Options { format, raw: true });
    let mut lines = Vec::new();
    while let Some(piece) = export.next_piece().expect("reads") {
        let piece = String::from_utf8(piece).expect("UTF-8");
        assert!(piece.ends_with('\n'), "a piece ends with a whole line");
        lines.extend(piece.lines().map(|line| serde_json::from_str::<Value>(line).expect(line)));
    }
    lines
}

fn of_type<'a>(lines: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    lines.iter().filter(move |line| line["type"] == kind)
}

/// By id; fails if one comes twice.
fn by_id<'a>(lines: &'a [Value], kind: &'a str) -> BTreeMap<&'a str, &'a Value> {
    let mut found = BTreeMap::new();
    for line in of_type(lines, kind) {
        assert!(found.insert(line["id"].as_str().expect("an id"), line).is_none(), "twice: {line}");
    }
    found
}

/// Numbers as doubles, so that 61 and 61.0 are the same.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64().expect("a double")),
        Value::Array(all) => all.iter().map(plain).collect(),
        Value::Object(all) => all.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        other => other.clone(),
    }
}

fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + &part[..1].to_uppercase() + &part[1..])
}

/// What the store's own form of a body is in the words of an export.
fn expected_body(body: &Body) -> Value {
    if let Body::Reading { metric, quantity } = body {
        return plain(&json!({
            "metric": metric.name(), "value": quantity.value, "unit": metric.unit().ucum(),
            "receivedValue": quantity.received, "receivedUnit": quantity.received_unit.ucum(),
        }));
    }
    let text = serde_json::to_string(body).expect("JSON");
    let Value::Object(mut all) = serde_json::from_str(&text).expect("JSON") else { panic!("an object") };
    all.remove("type");
    let renamed = |all: Map<String, Value>| -> Map<String, Value> {
        all.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (camel(&name), value)).collect()
    };
    let mut all = renamed(all);
    for (list, times) in [("stages", true), ("zones", false)] {
        let Some(Value::Array(rows)) = all.get_mut(list) else { continue };
        for row in rows {
            let Value::Object(one) = row.take() else { panic!("an object") };
            let mut one = renamed(one);
            for name in ["start", "end"].into_iter().filter(|_| times) {
                one[name] = json!(Time(one[name].as_i64().expect("ms")).to_iso());
            }
            *row = Value::Object(one);
        }
    }
    plain(&Value::Object(all))
}

fn expected_record(row: &StoredRecord, source: &str) -> Value {
    let record = &row.record;
    let mut all = json!({
        "type": "record", "kind": record.body.kind().expect("a kind").name(), "id": row.id,
        "connection": row.connection_id, "source": source, "key": record.key, "start": record.start.to_iso(),
        "day": record.day, "body": expected_body(&record.body),
        "createdAt": row.created_at.to_iso(), "updatedAt": row.updated_at.to_iso(),
    });
    for (name, value) in [
        ("device", record.device.clone().map(Value::from)),
        ("end", record.end.map(|end| json!(end.to_iso()))),
        ("tzOffset", record.offset.map(|offset| json!(offset.to_string()))),
        ("sourceData", (!record.source_data.is_empty()).then(|| plain(&json!(record.source_data)))),
    ] {
        if let Some(value) = value {
            all[name] = value;
        }
    }
    all
}

fn expected_sample(sample: &StoredSample) -> Value {
    let mut all = plain(&json!({
        "type": "sample", "metric": sample.series.metric.name(), "series": sample.series.number, "id": sample.id,
        "start": sample.start.to_iso(), "value": sample.value,
        "createdAt": sample.created_at.to_iso(), "updatedAt": sample.updated_at.to_iso(),
    }));
    if sample.series.unit == sample.series.metric.unit() {
        assert_eq!(sample.value.to_bits(), sample.received.to_bits());
    } else {
        all["receivedValue"] = json!(sample.received);
    }
    if let Some(end) = sample.end {
        all["end"] = json!(end.to_iso());
    }
    if let Some(offset) = sample.offset {
        all["tzOffset"] = json!(offset.to_string());
    }
    all
}

fn expected_series(series: &Series, source: &str) -> Value {
    let mut all = plain(&json!({
        "type": "series", "series": series.number, "connection": series.connection_id, "source": source,
        "metric": series.metric.name(), "unit": series.metric.unit().ucum(), "receivedUnit": series.unit.ucum(),
    }));
    if let Some(device) = &series.device {
        all["device"] = json!(device);
    }
    if let Some(context) = &series.context {
        all["context"] = json!(context);
    }
    all
}

fn holds_everything_once(bed: &Bed, human: HumanId, about: &str) {
    let store = &bed.engine.store;
    let lines = export(bed, human, Format::Lines);
    let (records, samples) = (bed.all_records(human), bed.all_samples(human));
    assert!(records.len() + samples.len() > 10, "{about}: nothing was told");
    let connections = store.connections(human).expect("read");
    let sources: BTreeMap<_, _> = connections.iter().map(|row| (row.connection_id, row.provider.as_str())).collect();

    let told = by_id(&lines, "record");
    assert_eq!(told.len(), records.len(), "{about}");
    for row in &records {
        let line = plain(told[row.id.to_string().as_str()]);
        assert_eq!(line, expected_record(row, sources[&row.connection_id]), "{about}");
    }
    let told = by_id(&lines, "sample");
    assert_eq!(told.len(), samples.len(), "{about}");
    let mut series = BTreeMap::new();
    for sample in &samples {
        assert_eq!(plain(told[sample.id.to_string().as_str()]), expected_sample(sample), "{about}");
        series.insert(sample.series.number, &sample.series);
    }
    let told: Vec<Value> = of_type(&lines, "series").map(plain).collect();
    let expected: Vec<Value> =
        series.values().map(|series| expected_series(series, sources[&series.connection_id])).collect();
    assert_eq!(told, expected, "{about}");
    assert_eq!(by_id(&lines, "connection").len(), connections.len(), "{about}");

    let held = store.holdings(human).expect("read").expect("the person");
    assert_eq!(held.records.values().sum::<u64>(), records.len() as u64, "{about}");
    assert_eq!(held.samples.values().sum::<u64>(), samples.len() as u64, "{about}");
    assert_eq!(of_type(&lines, "payload").count() as u64, held.payloads, "{about}");
    assert!(held.payloads > 0, "{about}: the archive is kept");
    let (first, last) = (&lines[0], &lines[lines.len() - 1]);
    for member in ["connections", "imports", "series", "records", "samples", "payloads"] {
        assert_eq!(first["holds"][member], last["sent"][member], "{about}: {member}");
    }
    for (kind, count) in &held.records {
        assert_eq!(first["holds"]["records"][kind.name()], *count, "{about}");
    }
    for (metric, count) in &held.samples {
        assert_eq!(first["holds"]["samples"][metric.name()], *count, "{about}");
    }
    assert_eq!((&last["type"], &last["changedMeanwhile"]), (&json!("end"), &json!(false)), "{about}");
}

/// Members that R4 wants, and that references lead to what came before.
fn is_fhir(bed: &Bed, human: HumanId, about: &str) {
    let lines = export(bed, human, Format::Fhir);
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut observations = 0;
    for (place, resource) in lines.iter().enumerate() {
        let (kind, id) = (resource["resourceType"].as_str().expect("a type"), resource["id"].as_str());
        match kind {
            "Patient" => assert_eq!(place, 0, "{about}"),
            "Device" => assert!(known.contains(resource["patient"]["reference"].as_str().expect("whose")), "{about}"),
            "Observation" => {
                observations += 1;
                assert_eq!(resource["status"], "final", "{about}");
                assert!(resource["code"]["coding"][0]["code"].is_string(), "{about}: {resource}");
                let members: Vec<&String> = resource.as_object().expect("an object").keys().collect();
                let some = |prefix: &str| members.iter().filter(|name| name.starts_with(prefix)).count();
                assert_eq!(some("effective"), 1, "{about}: {resource}");
                assert!(some("value") <= 1 && some("value") + some("component") > 0, "{about}: {resource}");
                for of in ["subject", "device"] {
                    if let Some(reference) = resource[of].get("reference") {
                        assert!(known.contains(reference.as_str().expect("a text")), "{about}: {reference}");
                    }
                }
            }
            "OperationOutcome" => assert_eq!(place, lines.len() - 1, "{about}"),
            other => panic!("{about}: {other}"),
        }
        if let Some(id) = id {
            assert!(id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.'), "{id}");
            assert!(known.insert(format!("{kind}/{id}")), "{about}: {kind}/{id} twice");
        }
    }
    let with = |row: &&StoredRecord| !matches!(row.record.body.kind(), Some(Kind::SleepDay | Kind::Genotypes));
    let expected = bed.all_records(human).iter().filter(with).count() + bed.all_samples(human).len();
    assert_eq!(observations, expected, "{about}");
    assert_eq!(lines[lines.len() - 1]["resourceType"], "OperationOutcome", "{about}");
}

#[tokio::test]
async fn five_people_in_both_forms() {
    for (provider, persona) in PEOPLE {
        let (bed, human) = settled(provider, persona).await;
        holds_everything_once(&bed, human, persona);
        is_fhir(&bed, human, persona);
    }
}

#[tokio::test]
async fn what_changes_meanwhile_is_said() {
    let (bed, human) = settled(OURA, "runner").await;
    let options = Options { format: Format::Lines, raw: false };
    let mut export = Export::new(bed.engine.store.clone(), human, bed.now(), options);
    let mut text = export.next_piece().expect("reads").expect("a piece");
    // A day later there is news.
    bed.run_s(86_400).await;
    while let Some(piece) = export.next_piece().expect("reads") {
        text.extend_from_slice(&piece);
    }
    let text = String::from_utf8(text).expect("UTF-8");
    let last: Value = serde_json::from_str(text.lines().last().expect("lines")).expect("JSON");
    assert_eq!((&last["type"], &last["changedMeanwhile"]), (&json!("end"), &json!(true)));
}

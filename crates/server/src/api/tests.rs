//! The table and its description: nothing is missing, nothing hangs in the air.

mod matrix;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::operation::Said;
use super::{Operation, operations};

fn document() -> Value {
    serde_json::from_str(&crate::openapi_json()).expect("JSON")
}

fn each_operation(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().expect("item").iter().map(move |(method, said)| (format!("{method} {path}"), said))
        })
        .collect()
}

#[test]
fn every_operation_is_described_or_says_why_not() {
    let document = document();
    let described: BTreeSet<String> = each_operation(&document).into_iter().map(|(name, _)| name).collect();
    let mut count = 0;
    for operation in operations() {
        let name = format!("{} {}", operation.verb.name().to_ascii_lowercase(), operation.path);
        match operation.said {
            Said::Described(_) => {
                assert!(described.contains(&name), "{name} is missing");
                count += 1;
            }
            Said::Internal(reason) => {
                assert!(!described.contains(&name), "{name}");
                assert!(reason.len() > 20, "{name} says why it is not described");
            }
        }
    }
    assert_eq!(described.len(), count);
    assert!(count > 90, "{count}");
}

/// Whatever answers is registered by the table: a route that is registered elsewhere would not be described.
#[test]
fn no_route_is_registered_elsewhere() {
    fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                sources(&path, out);
            } else if path.extension().is_some_and(|e| e == "rs") {
                out.push(path);
            }
        }
    }
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut seen = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).expect("source");
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let test = file.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs");
        for word in [".route(", ".route_service(", ".nest(", ".nest_service("] {
            let count = code.matches(word).count();
            let table = file.ends_with("api/table.rs");
            assert!(count == 0 || table || test, "{} registers with {word}", file.display());
            seen += usize::from(table && count > 0);
        }
    }
    assert_eq!(seen, 1, "the table itself is read");
}

#[test]
fn what_is_named_exists() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    let mut used = BTreeSet::new();
    refs(&document, &mut used);
    for name in &used {
        assert!(schemas.contains_key(name), "{name} is used and does not exist");
    }
    for name in schemas.keys() {
        assert!(used.contains(name), "{name} is not used");
    }
    let operations = each_operation(&document);
    let mut ids: BTreeMap<&str, &Value> = BTreeMap::new();
    for (name, said) in &operations {
        let id = said["operationId"].as_str().expect("operationId");
        assert!(ids.insert(id, said).is_none(), "{id} of {name} is there twice");
        for field in ["summary", "tags", "responses"] {
            assert!(!said[field].is_null(), "{name} has no {field}");
        }
        let statuses: Vec<&String> = said["responses"].as_object().expect("responses").keys().collect();
        assert!(statuses.iter().any(|status| status.starts_with('2')), "{name} never succeeds: {statuses:?}");
    }
    for (name, said) in &operations {
        for (status, response) in said["responses"].as_object().expect("responses") {
            for (link, to) in response["links"].as_object().into_iter().flatten() {
                let target = ids.get(to["operationId"].as_str().expect("operationId"));
                let target = target.unwrap_or_else(|| panic!("{name} {status} {link} leads nowhere"));
                for parameter in to["parameters"].as_object().expect("parameters").keys() {
                    let has = target["parameters"].as_array().into_iter().flatten().any(|p| p["name"] == **parameter);
                    assert!(has, "{name} {status} {link}: no parameter {parameter}");
                }
            }
        }
    }
}

fn refs(value: &Value, out: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            if let Some(name) = map.get("$ref").and_then(Value::as_str) {
                out.insert(name.rsplit('/').next().unwrap_or_default().to_owned());
            }
            map.values().for_each(|value| refs(value, out));
        }
        Value::Array(values) => values.iter().for_each(|value| refs(value, out)),
        _ => {}
    }
}

/// Every code that an operation may answer is in the list that callers read.
#[test]
fn codes_are_documented() {
    let list = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/API-DESIGN.md"));
    let list = list.expect("docs/API-DESIGN.md");
    for operation in operations() {
        let Operation { said: Said::Described(about), .. } = operation else { continue };
        for (status, code) in about().errors {
            let row = list.lines().find(|line| line.starts_with(&format!("| `{code}` | ")));
            let row = row.unwrap_or_else(|| panic!("{code} of {} is not listed", operation.path));
            assert!(row.split('|').nth(2).is_some_and(|cell| cell.contains(&status.to_string())), "{status} {row}");
        }
    }
}

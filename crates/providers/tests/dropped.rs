//! `docs/DROPPED.md` is what sources tell and we do not keep: this test works it out from the fixtures and compares, so
//! that a change which stops reading a field is seen in review. `UPDATE=1 cargo test -p hilum-providers --test dropped`
//! writes it.
//!
//! A field counts as read if some other value in its place, or its absence, changes what the parser makes of the answer.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use hilum_model::{Batch, Time};
use hilum_providers::REGISTRY;
use hilum_providers::bridge::BRIDGES;
use hilum_providers::spec::{Context, ParseError, Provider, Request, Stream, Wanted};
use serde_json::Value;

/// Places of one field that are tried before it counts as not read: the items of a fixture differ.
const PLACES: usize = 40;

/// What the parsers make of one answer: its contents, and what is asked for items that have a detail.
type Made = (Result<Batch, ParseError>, Vec<Request>);

fn providers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn context() -> Context {
    // 2026-11-22T12:00:00Z.
    Context { received: Time(1_795_348_800_000), time_zone: Some("Europe/Stockholm".to_owned()) }
}

/// The fixtures of a folder that are JSON, by the part of their names before the first point.
fn fixtures(folder: &Path) -> BTreeMap<String, Vec<Value>> {
    let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|end| end == "json")) {
        let name = path.file_name().and_then(|name| name.to_str()).expect("ASCII");
        let json = serde_json::from_slice(&fs::read(path).expect("a readable file")).expect("JSON");
        found.entry(name.split('.').next().unwrap_or_default().to_owned()).or_default().push(json);
    }
    found
}

/// The leaves of a tree by their field: names with points between them, `[]` for the items of a list.
fn leaves(value: &Value, field: &str, pointer: &str, found: &mut BTreeMap<String, Vec<String>>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let escaped = name.replace('~', "~0").replace('/', "~1");
                let field = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
                leaves(member, &field, &format!("{pointer}/{escaped}"), found);
            }
        }
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                leaves(item, &format!("{field}[]"), &format!("{pointer}/{n}"), found);
            }
        }
        _ => found.entry(field.to_owned()).or_default().push(pointer.to_owned()),
    }
}

/// Other values for a leaf. `null` stands for its absence.
fn others(leaf: &Value) -> Vec<Value> {
    match leaf {
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or_default();
            [number + 1.0, number * 2.0 + 7.0, -1.0].map(Value::from).into_iter().chain([Value::Null]).collect()
        }
        Value::Bool(bool) => vec![Value::Bool(!bool), Value::Null],
        Value::String(text) => {
            // A text that holds a number stays one; the last digit of a time may be below what is kept.
            let digits = |from: char, to: char| text.replacen(from, &to.to_string(), 1);
            vec![
                format!("{text}1").into(),
                format!("x{text}").into(),
                digits('0', '1').into(),
                digits('1', '2').into(),
                Value::Null,
            ]
        }
        _ => vec![Value::from(1), Value::from("x")],
    }
}

/// The fields of an answer that no other value changes anything for.
fn not_read(answer: &Value, make: &dyn Fn(&[u8]) -> Made) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut places = BTreeMap::new();
    leaves(answer, "", "", &mut places);
    let before = make(answer.to_string().as_bytes());
    let (mut dropped, mut read) = (BTreeSet::new(), BTreeSet::new());
    for (field, pointers) in places {
        let changes = pointers.iter().take(PLACES).any(|pointer| {
            let leaf = answer.pointer(pointer).expect("it was found there");
            others(leaf).into_iter().filter(|other| other != leaf).any(|other| {
                let mut changed = answer.clone();
                *changed.pointer_mut(pointer).expect("it was found there") = other;
                make(changed.to_string().as_bytes()) != before
            })
        });
        if changes {
            read.insert(field)
        } else {
            dropped.insert(field)
        };
    }
    (dropped, read)
}

/// Adds what the fixtures of one stream show: a field that one of them shows to be read is read.
fn note(lines: &mut Vec<(String, BTreeSet<String>)>, name: &str, answers: &[Value], make: &dyn Fn(&[u8]) -> Made) {
    let (mut dropped, mut read) = (BTreeSet::new(), BTreeSet::new());
    for answer in answers {
        let (one_dropped, one_read) = not_read(answer, make);
        dropped.extend(one_dropped);
        read.extend(one_read);
    }
    lines.push((name.to_owned(), dropped.difference(&read).cloned().collect()));
}

fn of_provider(provider: &'static Provider) -> Vec<(String, BTreeSet<String>)> {
    let folder = providers().join(provider.id).join("fixtures");
    let (all, details) = (fixtures(&folder), fixtures(&folder.join("detail")));
    let mut lines = Vec::new();
    for stream in provider.streams {
        let answers = all.get(stream.id).map_or(&[][..], Vec::as_slice);
        let wanted =
            |bytes: &[u8]| stream.detail.and_then(|detail| (detail.wanted)(bytes, &context()).ok()).unwrap_or_default();
        let asked = |bytes: &[u8]| wanted(bytes).into_iter().map(|one| one.request).collect();
        note(&mut lines, stream.id, answers, &|bytes| ((stream.parse)(bytes, &context()), asked(bytes)));
        // What turns pages is read by the engine, at the places that the description names.
        let turns = format!("{:?}", stream.page);
        if let Some((_, dropped)) = lines.last_mut() {
            dropped.retain(|field| !turns.contains(&format!("\"/{}\"", field.replace('.', "/"))));
        }
        let items: Vec<Wanted> = answers.iter().flat_map(|a| wanted(a.to_string().as_bytes())).collect();
        detail_of(stream, details.get(stream.id).map_or(&[][..], Vec::as_slice), &items, &mut lines);
    }
    lines
}

/// The details of a stream's items; a fixture belongs to the first item that it can be read for.
fn detail_of(stream: &Stream, answers: &[Value], items: &[Wanted], lines: &mut Vec<(String, BTreeSet<String>)>) {
    let Some(detail) = stream.detail else { return };
    for answer in answers {
        let bytes = answer.to_string();
        let item = items.iter().find(|item| (detail.parse)(bytes.as_bytes(), item, &context()).is_ok());
        let item = item.expect("an item that it can be read for");
        let name = format!("{}, of each item", stream.id);
        note(lines, &name, std::slice::from_ref(answer), &|bytes| {
            ((detail.parse)(bytes, item, &context()), Vec::new())
        });
    }
}

fn document() -> String {
    let mut out = String::from(
        "# What is told and not kept\n\nFields of the fixtures (answers in the documented shapes) whose value, or absence, changes \
         nothing in what we make of an\nanswer. Made by `UPDATE=1 cargo test -p hilum-providers --test dropped`; a test \
         fails when it is not up to date. So a\nreview of a change sees each field that it stops reading, and whoever \
         misses one finds it here.\n\nA field may be here because it says again what another one says (the end beside \
         start and duration), because it is a\nstatus that the engine judges before the parser reads, or because \
         nothing of ours has a place for it.\n",
    );
    let mut write = |name: &str, lines: Vec<(String, BTreeSet<String>)>| {
        writeln!(out, "\n## {name}\n").expect("written");
        let mut all_kept = true;
        for (stream, dropped) in lines.into_iter().filter(|(_, dropped)| !dropped.is_empty()) {
            all_kept = false;
            let fields: Vec<String> = dropped.iter().map(|field| format!("`{field}`")).collect();
            writeln!(out, "- **{stream}**: {}", fields.join(", ")).expect("written");
        }
        if all_kept {
            out.push_str("Everything is kept.\n");
        }
    };
    for provider in REGISTRY {
        write(provider.id, of_provider(provider));
    }
    for bridge in BRIDGES {
        let answers: Vec<Value> =
            fixtures(&providers().join(bridge.id).join("fixtures")).into_values().flatten().collect();
        let mut lines = Vec::new();
        note(&mut lines, "posts", &answers, &|bytes| ((bridge.parse)(bytes, &context()), Vec::new()));
        write(bridge.id, lines);
    }
    out
}

#[test]
fn what_is_read_and_what_is_not_is_told_apart() {
    let answer = serde_json::json!({"steps": [{"n": 3, "word": "a", "more": {"x": true}}, {"n": 4}]});
    let (dropped, read) = not_read(&answer, &|bytes| {
        let json: Value = serde_json::from_slice(bytes).expect("JSON");
        let sum: i64 = json["steps"].as_array().into_iter().flatten().filter_map(|step| step["n"].as_i64()).sum();
        (Err(ParseError(sum.to_string())), Vec::new())
    });
    assert_eq!(read.into_iter().collect::<Vec<_>>(), ["steps[].n"]);
    assert_eq!(dropped.into_iter().collect::<Vec<_>>(), ["steps[].more.x", "steps[].word"]);
}

#[test]
fn the_document_tells_what_is_not_kept() {
    let path = providers().join("../../../docs/DROPPED.md");
    let now = document();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &now).expect("written");
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == now,
        "docs/DROPPED.md is not up to date: UPDATE=1 cargo test -p hilum-providers --test dropped writes it"
    );
}

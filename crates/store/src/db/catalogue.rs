//! Every SQL text of the program, prepared on a freshly migrated database.

use hilum_model::Time;
use rusqlite::Connection;

use super::{Sql, migrate};

/// The lists of all table families. A family that is missing here makes `every_family_is_listed` fail.
const FAMILIES: &[(&str, &[Sql])] = &[
    ("apps", crate::apps::ALL),
    ("changes", crate::changes::ALL),
    ("archive/mod", crate::archive::ALL),
    ("archive/expire", crate::archive::expire::ALL),
    ("check", crate::check::ALL),
    ("connections", crate::connections::ALL),
    ("connections/former", crate::connections::former::ALL),
    ("connections/upkeep", crate::connections::upkeep::ALL),
    ("crypto/vault", crate::crypto::ALL),
    ("erase", crate::erase::ALL),
    ("everything", crate::everything::ALL),
    ("grants", crate::grants::ALL),
    ("humans", crate::humans::ALL),
    ("imports", crate::imports::ALL),
    ("imports/pending", crate::imports::pending::ALL),
    ("jobs", crate::jobs::ALL),
    ("notices", crate::notices::ALL),
    ("priorities", crate::priorities::ALL),
    ("outbox/feed", crate::outbox::feed::ALL),
    ("outbox/mod", crate::outbox::ALL),
    ("outbox/tell", crate::outbox::tell::ALL),
    ("push_keys", crate::push_keys::ALL),
    ("records", crate::records::ALL),
    ("restored", crate::restored::ALL),
    ("samples", crate::samples::ALL),
    ("samples/contents", crate::samples::contents::ALL),
    ("samples/scan", crate::samples::scan::ALL),
    ("samples/remove", crate::samples::remove::ALL),
    ("series", crate::series::ALL),
    ("series/withdraw", crate::series::withdraw::ALL),
    ("sessions/mod", crate::sessions::ALL),
    ("sessions/exchange", crate::sessions::exchange::ALL),
    ("sessions/flows", crate::sessions::flows::ALL),
    ("sessions/settle", crate::sessions::settle::ALL),
    ("slices", crate::slices::ALL),
    ("told_days", crate::told_days::ALL),
    ("tokens/mod", crate::tokens::ALL),
    ("tokens/launch", crate::tokens::launch::ALL),
    ("tokens/refresh", crate::tokens::refresh::ALL),
    ("webhooks/attempts", crate::webhooks::attempts::ALL),
    ("webhooks/deliveries", crate::webhooks::deliveries::ALL),
    ("webhooks/hand_out", crate::webhooks::hand_out::ALL),
    ("webhooks/mod", crate::webhooks::ALL),
];

/// Statements that may read a whole table: they want all of it, or the table is small by nature.
const MAY_SCAN: &[&str] = &["LIST_ALL", "LIST"];

fn database() -> Connection {
    let mut raw = Connection::open_in_memory().expect("opens");
    migrate::migrate(&mut raw, Time(0)).expect("migrates");
    raw
}

fn all() -> impl Iterator<Item = (&'static str, Sql)> {
    FAMILIES.iter().flat_map(|(family, list)| list.iter().map(move |sql| (*family, *sql)))
}

#[test]
fn every_statement_prepares_with_parameters_without_gaps() {
    let raw = database();
    assert!(all().count() > 100, "the lists are not empty");
    for (family, sql) in all() {
        let statement = raw.prepare(sql.text).unwrap_or_else(|error| panic!("{family} {}: {error}", sql.name));
        for number in 1..=statement.parameter_count() {
            assert!(sql.text.contains(&format!("?{number}")), "{family} {}: parameter {number} is not used", sql.name);
        }
    }
}

#[test]
fn no_statement_reads_a_whole_table_by_accident() {
    let raw = database();
    for (family, sql) in all().filter(|(family, sql)| *family != "check" && !MAY_SCAN.contains(&sql.name)) {
        let mut explain = raw.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text)).expect("explains");
        let count = explain.parameter_count();
        let steps: Vec<String> = explain
            .query_map(rusqlite::params_from_iter(vec![rusqlite::types::Null; count]), |row| row.get(3))
            .expect("runs")
            .collect::<Result<_, _>>()
            .expect("rows");
        for step in steps {
            let scans = step.starts_with("SCAN") && !step.contains("json_each") && !step.contains("USING");
            assert!(!scans, "{family} {}: {step}", sql.name);
        }
    }
}

/// Questions for news, which are asked again and again, go by the indexes of changes.
#[test]
fn what_is_new_is_found_by_its_time() {
    let raw = database();
    for (name, index) in [("PEOPLE", "last_changes_of_app"), ("CHUNKS_SINCE", "chunks_changed")] {
        let (_, sql) = all().find(|(_, sql)| sql.name == name).expect(name);
        let mut explain = raw.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text)).expect("explains");
        let count = explain.parameter_count();
        let first: String = explain
            .query_row(rusqlite::params_from_iter(vec![rusqlite::types::Null; count]), |row| row.get(3))
            .expect("a step");
        assert!(first.starts_with("SEARCH") && first.contains(index) && first.contains("updated_"), "{name}: {first}");
    }
}

#[test]
fn every_family_is_listed() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![source.clone()];
    let mut found = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("source");
            if text.contains("\nstatements! {") {
                let name = path.strip_prefix(&source).expect("below").with_extension("");
                let name = name.to_string_lossy();
                assert!(FAMILIES.iter().any(|(family, _)| *family == name), "{name} is not in the catalogue");
                found += 1;
            }
        }
    }
    assert_eq!(found, FAMILIES.len());
}

//! `docs/COVERAGE.md` is what the fixtures and the sandboxes show, no more: this test works it out and compares.
//! `UPDATE=1 cargo test -p hilum-providers --test coverage` writes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use hilum_files::{Format, Limits};
use hilum_model::{Body, Day, Observation, Time};
use hilum_providers::REGISTRY;
use hilum_providers::bridge::BRIDGES;
use hilum_providers::persona::{PEOPLE, Story};
use hilum_providers::sandbox::{Ask, Extra, teller};
use hilum_providers::spec::{Context, Method, Provider, Stream};

/// What is known of a type at a source.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    fixture: bool,
    sandbox: bool,
}

/// Types by name, with what is known of each.
type Types = BTreeMap<String, Seen>;

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("crates").to_owned()
}

fn noon() -> Time {
    Time::parse_rfc3339("2026-11-22T12:00:00Z").expect("a time").0
}

fn context() -> Context {
    Context { received: noon(), time_zone: Some("Europe/Stockholm".to_owned()) }
}

fn name(observation: &Observation) -> Option<String> {
    Some(match observation {
        Observation::Sample(sample) => format!("{}, in time", sample.metric.name()),
        Observation::Record(record) => match &record.body {
            Body::Reading { metric, .. } => metric.name().to_owned(),
            Body::BloodPressure { .. } => "blood_pressure".to_owned(),
            Body::Activity(_) => "activities".to_owned(),
            Body::ActivityDay(_) => "activities, daily totals".to_owned(),
            Body::Sleep(sleep) if sleep.stages.is_empty() => "sleeps".to_owned(),
            Body::Sleep(_) => "sleeps, with stages".to_owned(),
            Body::HeartRateDay(_) => "heart_rate, of a day".to_owned(),
            Body::Meal(_) => "meals".to_owned(),
            Body::Ecg(_) => "ecg".to_owned(),
            Body::Location(_) => "locations".to_owned(),
            Body::GeneticTrait(_) | Body::Genotypes(_) => "genetics".to_owned(),
            Body::SleepStage { .. } => "sleeps, told in parts".to_owned(),
            Body::SleepDay { .. } => return None,
        },
        Observation::Deleted { .. } => return None,
    })
}

fn note(types: &mut Types, observations: &[Observation], mark: impl Fn(&mut Seen)) {
    for name in observations.iter().filter_map(name) {
        mark(types.entry(name).or_default());
    }
}

/// Files of a folder, with their names; nothing where there is no folder.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let entries = entries.map(|entry| entry.expect("a readable folder")).filter(|entry| entry.path().is_file());
    let read = |path: PathBuf| fs::read(path).expect("a readable file");
    let mut all: Vec<_> = entries.map(|e| (e.file_name().into_string().expect("ASCII"), read(e.path()))).collect();
    all.sort();
    all
}

fn of_stream(name: &str, stream: &Stream) -> bool {
    name.split('.').next() == Some(stream.id)
}

fn provider_types(provider: &'static Provider) -> Types {
    let mut types = Types::new();
    let fixtures = crates().join("providers/src").join(provider.id).join("fixtures");
    for stream in provider.streams {
        let mut wanted = Vec::new();
        for (file, bytes) in files(&fixtures).iter().filter(|(file, _)| of_stream(file, stream)) {
            let batch = (stream.parse)(bytes, &context()).unwrap_or_else(|e| panic!("{file}: {e}"));
            note(&mut types, &batch.observations, |seen| seen.fixture = true);
            if let Some(detail) = stream.detail {
                wanted.extend((detail.wanted)(bytes, &context()).expect("the documented form"));
            }
        }
        let details = files(&fixtures.join("detail"));
        for (_, bytes) in details.iter().filter(|(file, _)| of_stream(file, stream)) {
            let detail = stream.detail.expect("has details");
            // A fixture belongs to one of the items: the first that it can be read for.
            let batch = wanted.iter().find_map(|one| (detail.parse)(bytes, one, &context()).ok());
            note(&mut types, &batch.expect("an item's detail").observations, |seen| seen.fixture = true);
        }
        told(provider, stream, &mut types);
    }
    types
}

/// What the sandbox's people tell of a stream on some days.
fn told(provider: &'static Provider, stream: &'static Stream, types: &mut Types) {
    let teller = teller(provider).expect("every provider is played");
    let scopes: Vec<String> = provider.scopes().into_iter().map(str::to_owned).collect();
    let params: Vec<(String, String)> = stream.params.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let base = "http://sandbox.invalid";
    for persona in &PEOPLE {
        let story = Story::new(persona);
        let ask = Ask { story: &story, now: noon(), params: &params, json: None, scopes: &scopes, base };
        let today = persona.day_of(noon());
        for day in (today.0 - 8..=today.0).map(Day) {
            let items: Vec<_> = (teller.items)(stream.id, &ask, day).into_iter().map(|item| item.json).collect();
            if items.is_empty() {
                continue;
            }
            let page = (teller.page)(stream.id, &ask, items, None).to_string();
            let batch = (stream.parse)(page.as_bytes(), &context()).expect("the documented form");
            note(types, &batch.observations, |seen| seen.sandbox = true);
            let Some(detail) = stream.detail else { continue };
            for one in (detail.wanted)(page.as_bytes(), &context()).expect("the documented form") {
                let path = one.request.path.strip_prefix(base).unwrap_or(&one.request.path);
                let method = if one.request.method == Method::PostForm { "POST" } else { "GET" };
                let ask = Ask { params: &one.request.params, ..ask };
                let bytes = match (teller.extra)(method, path, &ask) {
                    Some(Extra::Json(json)) => json.to_string().into_bytes(),
                    Some(Extra::File { bytes, .. }) => bytes,
                    Some(Extra::Status(_)) | None => continue,
                };
                let batch = (detail.parse)(&bytes, &one, &context()).expect("the documented form");
                note(types, &batch.observations, |seen| seen.sandbox = true);
            }
        }
    }
}

/// What a file that people bring becomes.
fn read_file(bytes: &[u8], columns: &mut BTreeMap<&'static str, Types>) {
    let mut all = Vec::new();
    let outcome = hilum_files::read(&mut Cursor::new(bytes), &Limits::default(), None, &mut |delivery| {
        all.extend(delivery.batch.observations);
        ControlFlow::Continue(())
    });
    let format = outcome.format.expect("a known format");
    assert!(outcome.error.is_none() && !all.is_empty(), "{format:?}: {:?}", outcome.error);
    note(columns.entry(format.title()).or_default(), &all, |seen| seen.fixture = true);
}

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a member");
        archive.write_all(bytes).expect("written");
    }
    archive.finish().expect("an archive").into_inner()
}

fn file_types() -> BTreeMap<&'static str, Types> {
    let mut columns = BTreeMap::new();
    let root = crates().join("files/src");
    let fixture = |path: &str| fs::read(root.join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
    for path in [
        "apple/fixtures/export.xml",
        "csv/fixtures/readings.csv",
        "fit/fixtures/run.fit",
        "gpx/fixtures/run.gpx",
        "oura_export/fixtures/version1.json",
        "tcx/fixtures/run.tcx",
    ] {
        read_file(&fixture(path), &mut columns);
    }
    let oura: [(&str, &[u8]); 2] = [
        ("oura-export/App Data/dailyreadiness.csv", b"id;day;score\n"),
        ("oura-export/App Data/SleepModel.csv", &fixture("oura_export/fixtures/sleepmodel.csv")),
    ];
    read_file(&zipped(&oura), &mut columns);
    let profile = b"id,full_name,timezone,date_of_birth\nABC,Made Up,America/Los_Angeles,1984-10-28\n";
    let fitbit: [(&str, &[u8]); 5] = [
        ("Takeout/Fitbit/Your Profile/Profile.csv", profile),
        ("Takeout/Fitbit/Global Export Data/heart_rate-2026-03-04.json", &fixture("takeout/fixtures/heart_rate.json")),
        ("Takeout/Fitbit/Global Export Data/weight-2026-03-01.json", &fixture("takeout/fixtures/weight.json")),
        ("Takeout/Fitbit/Global Export Data/sleep-2026-03-01.json", &fixture("takeout/fixtures/sleep.json")),
        ("Takeout/Fitbit/Global Export Data/exercise-0.json", &fixture("takeout/fixtures/exercise.json")),
    ];
    read_file(&zipped(&fitbit), &mut columns);
    let withings: [(&str, &[u8]); 3] = [
        ("data_MAD_1/aggregates_elevation.csv", b"date,value\n"),
        ("data_MAD_1/height.csv", b"Date,\"Height (m)\",Comments\n"),
        ("data_MAD_1/weight.csv", b"Date,\"Weight (kg)\",Comments\n\"2026-03-04 07:10:00\",78.45,\n"),
    ];
    read_file(&zipped(&withings), &mut columns);
    assert!(columns.contains_key(Format::Fit.title()));
    columns
}

/// A table: a line a type, a column a source.
fn table(out: &mut String, columns: &[(&str, Types)]) {
    let all: BTreeSet<&String> = columns.iter().flat_map(|(_, types)| types.keys()).collect();
    let heads: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    writeln!(out, "\n| type | {} |", heads.join(" | ")).expect("written");
    writeln!(out, "|---|{}", "---|".repeat(columns.len())).expect("written");
    for name in all {
        let cells: Vec<&str> = columns
            .iter()
            .map(|(_, types)| match types.get(name).copied().unwrap_or_default() {
                Seen { fixture: true, sandbox: true } => "F S",
                Seen { fixture: true, .. } => "F",
                Seen { sandbox: true, .. } => "S",
                Seen { .. } => "",
            })
            .collect();
        writeln!(out, "| {name} | {} |", cells.join(" | ")).expect("written");
    }
}

fn document() -> String {
    let mut out = String::from(
        "# Coverage\n\nWhat each source gives by each door, as far as tests show it. Made by `UPDATE=1 cargo test -p hilum-providers --test \
         coverage`\nfrom the fixtures and the sandboxes; a test fails when it is not up to date.\n\n**F**: read from answers \
         or files written by hand in the documented shape, with expectations by hand. **S**: told by\nthe sandbox's \
         made-up people in the source's dialect and read back. \"in time\": single measurements or intervals, not\nrecords.\n",
    );
    out.push_str("\n## Clouds: the person logs in there\n");
    let clouds: Vec<(&str, Types)> = REGISTRY.iter().map(|p| (p.id, provider_types(p))).collect();
    table(&mut out, &clouds);
    out.push_str("\n## Phones: an app there posts\n");
    let phones: Vec<(&str, Types)> = BRIDGES
        .iter()
        .map(|bridge| {
            let mut types = Types::new();
            for (file, bytes) in files(&crates().join("providers/src").join(bridge.id).join("fixtures")) {
                let batch = (bridge.parse)(&bytes, &context()).unwrap_or_else(|e| panic!("{file}: {e}"));
                note(&mut types, &batch.observations, |seen| seen.fixture = true);
            }
            (bridge.id, types)
        })
        .collect();
    table(&mut out, &phones);
    out.push_str("\n## Files that people bring\n");
    let files: Vec<(&str, Types)> = file_types().into_iter().collect();
    table(&mut out, &files);
    out
}

#[test]
fn the_document_tells_what_the_tests_show() {
    let path = crates().join("../docs/COVERAGE.md");
    let now = document();
    for source in REGISTRY.iter().map(|p| p.id).chain(BRIDGES.iter().map(|b| b.id)) {
        assert!(now.contains(&format!("| {source} ")), "{source}");
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &now).expect("written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == now,
        "docs/COVERAGE.md is not up to date: UPDATE=1 cargo test -p hilum-providers --test coverage writes it"
    );
}

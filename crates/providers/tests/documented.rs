//! The examples of the collected facts about providers: each is read by the stream, bridge or notice that it is of, or it is
//! said why not. The document lies beside the project and not in it; without it nothing is tried.

use std::fs;
use std::path::Path;

use hilum_model::observation::AccountFacts;
use hilum_model::{Batch, Day, Time};
use hilum_providers::bridge;
use hilum_providers::find;
use hilum_providers::spec::{Context, Notice, Provider};
use serde_json::{Value, json};

/// What an example is.
#[derive(Clone, Copy)]
enum Of {
    /// An answer of a stream.
    Stream(&'static str, &'static str),
    /// One item of an answer, without the list around it.
    Item(&'static str, &'static str),
    /// The detail of the first item of an example before it, by its place in the section.
    Detail(&'static str, &'static str, usize),
    /// What is pushed for a stream.
    Pushed(&'static str, &'static str),
    /// A notice of another kind.
    Notice(&'static str),
    /// What a provider says of how far its data reach.
    Extent(&'static str),
    /// A post of a phone's app.
    Bridge(&'static str),
    /// Not read, and why.
    Not(&'static str),
}

use Of::{Bridge, Detail, Extent, Item, Not, Notice as Told, Pushed, Stream};

const NO_CONNECTOR: &str = "there is no connector";
const DEAD: &str = "the service has ended";

/// The examples of each section in order.
const SECTIONS: &[(u32, &[Of])] = &[
    (
        2,
        &[
            Stream("google_health", "steps"),
            Item("google_health", "heart_rate"),
            Item("google_health", "daily_resting_heart_rate"),
            Item("google_health", "daily_heart_rate_variability"),
            Item("google_health", "heart_rate_variability"),
            Item("google_health", "sleep"),
            Item("google_health", "exercise"),
            Item("google_health", "weight"),
            Item("google_health", "body_fat"),
            Item("google_health", "oxygen_saturation"),
            Item("google_health", "blood_glucose"),
            Item("google_health", "nutrition_log"),
            Item("google_health", "electrocardiogram"),
            Stream("google_health", "steps_by_day"),
            Stream("google_health", "heart_rate_by_day"),
        ],
    ),
    (3, &[Not(DEAD); 11]),
    (4, &[Not(DEAD)]),
    (
        5,
        &[
            Stream("withings", "measures"),
            Stream("withings", "activity"),
            Stream("withings", "intraday"),
            Stream("withings", "workouts"),
            Stream("withings", "sleep_phases"),
            Stream("withings", "sleep"),
        ],
    ),
    (
        7,
        &[
            Stream("oura", "daily_activity"),
            Stream("oura", "sleep"),
            Stream("oura", "heartrate"),
            Stream("oura", "daily_spo2"),
            Stream("oura", "workout"),
            Stream("oura", "daily_readiness"),
            Stream("oura", "vo2_max"),
        ],
    ),
    (8, &[Stream("strava", "activities"), Detail("strava", "activities", 0)]),
    (
        9,
        &[
            Pushed("garmin", "dailies"),
            Pushed("garmin", "sleeps"),
            Pushed("garmin", "epochs"),
            Pushed("garmin", "body_comps"),
            Pushed("garmin", "blood_pressures"),
            Pushed("garmin", "hrv"),
            Pushed("garmin", "pulse_ox"),
            Pushed("garmin", "respiration"),
            Pushed("garmin", "user_metrics"),
            Pushed("garmin", "activities"),
            Pushed("garmin", "activity_details"),
            Told("garmin"),
            Told("garmin"),
            Told("garmin"),
        ],
    ),
    (
        10,
        &[
            Stream("polar", "exercises"),
            Stream("polar", "sleep"),
            Stream("polar", "nightly_recharge"),
            Stream("polar", "continuous_heart_rate"),
            Item("polar", "activities"),
        ],
    ),
    (
        11,
        &[Stream("whoop", "cycle"), Stream("whoop", "recovery"), Stream("whoop", "sleep"), Stream("whoop", "workout")],
    ),
    (12, &[Stream("dexcom", "egvs"), Stream("dexcom", "events"), Extent("dexcom")]),
    (
        13,
        &[
            Stream("suunto", "workouts"),
            Stream("suunto", "activity_samples"),
            Stream("suunto", "sleep"),
            Not("recovery is a score of the maker's own and a state of stress, for which there is no metric"),
            Stream("suunto", "daily_activity"),
            Told("suunto"),
            Told("suunto"),
        ],
    ),
    (14, &[Not(NO_CONNECTOR); 3]),
    (15, &[Stream("wahoo", "workouts"), Told("wahoo")]),
    (16, &[Stream("ultrahuman", "metrics")]),
    (17, &[Bridge("apple_health"), Not("the form of another server's own phone app; ours is in docs/INGEST.md")]),
    (18, &[Bridge("health_connect")]),
    (20, &[Not(NO_CONNECTOR); 7]),
    (21, &[Not(NO_CONNECTOR)]),
    (22, &[Not("unofficial, and wants the person's password")]),
    (24, &[Not(DEAD)]),
    (25, &[Not(DEAD)]),
    (26, &[Stream("concept2", "results"), Detail("concept2", "results", 0)]),
];

/// What is rightly rejected in an example, and why: section, place, what is said.
const ODD: &[(u32, usize, &str)] = &[
    // Shortened unevenly: two places for three times.
    (8, 1, "latlng: not as many values as times"),
];

/// The examples of a section: every JSON value of its blocks.
fn examples(document: &str, section: u32) -> Vec<Value> {
    let from = document.find(&format!("\n## {section}. ")).unwrap_or_else(|| panic!("no section {section}"));
    let rest = &document[from + 4..];
    let text = &rest[..rest.find("\n## ").unwrap_or(rest.len())];
    let mut found = Vec::new();
    for block in text.split("```json\n").skip(1) {
        // A time that the document leaves out.
        let block = block.split("```").next().unwrap_or_default().replace("\"…\"", "\"2026-03-04T12:00:00Z\"");
        let values = serde_json::Deserializer::from_str(&block).into_iter::<Value>();
        found.extend(values.map(|value| value.unwrap_or_else(|error| panic!("section {section}: {error}"))));
    }
    found
}

fn context() -> Context {
    let received = Time::parse_rfc3339("2026-03-05T12:00:00Z").expect("a time").0;
    Context { received, time_zone: Some("Europe/Berlin".to_owned()) }
}

fn provider(id: &str) -> &'static Provider {
    find(id).unwrap_or_else(|| panic!("no provider {id}"))
}

fn parse(id: &str, stream: &str, answer: &Value) -> Batch {
    let stream = provider(id).stream(stream).unwrap_or_else(|| panic!("no stream {id} {stream}"));
    (stream.parse)(answer.to_string().as_bytes(), &context()).unwrap_or_else(|e| panic!("{id} {}: {e}", stream.id))
}

/// The notices that a body holds.
fn notices(id: &str, body: &Value) -> Vec<Notice> {
    (provider(id).webhook.expect("sends notices").read)(body, context().received)
}

/// Reads an example; `None` where it holds no observations by its nature.
fn read(of: Of, example: &Value, section: &[Value]) -> Option<Batch> {
    match of {
        Stream(id, stream) => {
            let asked = provider(id).stream(stream).expect("a stream");
            let day = Day::parse("2026-03-04").expect("a day");
            let batch = parse(id, stream, example);
            // Whatever it says of further pages: a request for one is another one.
            let request = asked.request(day, day);
            assert_ne!(asked.next_page(&request, example).as_ref(), Some(&request), "{id} {stream}");
            // What belongs to an item comes with its detail.
            let wanted = asked.detail.map(|detail| (detail.wanted)(example.to_string().as_bytes(), &context()));
            assert!(wanted.is_none_or(|wanted| wanted.is_ok()), "{id} {stream}");
            Some(batch)
        }
        Item("google_health", stream) => Some(parse("google_health", stream, &json!({"dataPoints": [example]}))),
        Item(id, stream) => Some(parse(id, stream, &json!([example]))),
        Detail(id, stream, list) => {
            let detail = provider(id).stream(stream).and_then(|s| s.detail).expect("a detail");
            let list = section[list].to_string();
            let wanted = (detail.wanted)(list.as_bytes(), &context()).expect("the documented form");
            let wanted = wanted.first().unwrap_or_else(|| panic!("{id}: the item has no detail"));
            Some((detail.parse)(example.to_string().as_bytes(), wanted, &context()).expect("the documented form"))
        }
        Pushed(id, stream) => {
            let pushed = notices(id, example);
            let [Notice::Data { stream: told, body, .. }] = pushed.as_slice() else { panic!("{id}: {pushed:?}") };
            assert_eq!(*told, stream, "{id}");
            Some(parse(id, told, body))
        }
        Told(id) => {
            assert!(!notices(id, example).is_empty(), "{id}: no notice");
            None
        }
        Extent(id) => {
            let extent = provider(id).extent.expect("tells how far its data reach");
            assert!((extent.newest)(example).is_some(), "{id}");
            None
        }
        Bridge(id) => {
            let bridge = bridge::BRIDGES.iter().find(|bridge| bridge.id == id).expect("a bridge");
            Some((bridge.parse)(example.to_string().as_bytes(), &context()).expect("the documented form"))
        }
        Not(reason) => {
            assert!(!reason.is_empty());
            None
        }
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so by name")]
fn every_documented_example_is_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/spec/providers.md");
    let Ok(document) = fs::read_to_string(&path) else {
        eprintln!("SKIPPED every_documented_example_is_read: ../shared/spec/providers.md is not here");
        return;
    };
    let (mut tried, mut bad) = (0, Vec::new());
    for (number, expected) in SECTIONS {
        let examples = examples(&document, *number);
        assert_eq!(examples.len(), expected.len(), "examples of section {number}");
        for (place, (of, example)) in expected.iter().zip(&examples).enumerate() {
            tried += 1;
            let Some(batch) = read(*of, example, &examples) else { continue };
            if batch.observations.is_empty() && batch.facts == AccountFacts::default() {
                bad.push(format!("section {number}, example {place}: nothing was read"));
            }
            let odd = batch.rejected.iter().filter(|why| !ODD.contains(&(*number, place, why.as_str())));
            bad.extend(odd.map(|why| format!("section {number}, example {place}: {why}")));
        }
    }
    assert_eq!(bad, Vec::<String>::new());
    let all: usize = (1..=27).map(|number| examples(&document, number).len()).sum();
    assert_eq!(tried, all, "every example is named above");
}

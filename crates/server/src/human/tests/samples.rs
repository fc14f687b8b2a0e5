//! Our answers beside the collected samples of the contract, where those lie next to the workspace: the same members
//! in the same order, of the same types. Values are compared by the other tests.

use std::path::Path;

use hilum_model::Batch;
use serde_json::Value;

use super::world::{Answer, CORRECTED, TOKEN, World, app_key, at, day, ids};

/// Members that are free in form: each source has its own words there.
const FREE: [&str; 1] = ["sourceData"];

/// Members that may be `null`.
const NULLABLE: [&str; 1] = ["expectedSyncDuration"];

/// The first difference in members, order or type; `None` if there is none. `{}` in a summary says only that the
/// sample's person has none of it.
fn difference(at: &str, sample: &Value, ours: &Value) -> Option<String> {
    match (sample, ours) {
        (Value::Object(a), Value::Object(b)) => {
            if a.is_empty() {
                return None;
            }
            let (left, right): (Vec<_>, Vec<_>) = (a.keys().collect(), b.keys().collect());
            if left != right {
                return Some(format!("{at}: {left:?} but ours {right:?}"));
            }
            let mut inner = a.iter().filter(|(key, _)| {
                !(FREE.contains(&key.as_str()) || NULLABLE.contains(&key.as_str()) && b[*key].is_null())
            });
            inner.find_map(|(key, value)| difference(&format!("{at}.{key}"), value, &b[key]))
        }
        (Value::Array(a), Value::Array(b)) => {
            difference(&format!("{at}[0]"), a.first()?, b.first().unwrap_or(&Value::Null))
        }
        (Value::Number(_), Value::Number(_)) | (Value::Bool(_), Value::Bool(_)) => None,
        // Texts of a fixed form: an id is no time and no offset.
        (Value::String(a), Value::String(b)) => (form(a) != form(b)).then(|| format!("{at}: {a:?} but ours {b:?}")),
        _ => Some(format!("{at}: {sample} but ours {ours}")),
    }
}

fn form(text: &str) -> &'static str {
    let is_hex = |n: usize| text.len() == n && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if is_hex(24) {
        "24 hex"
    } else if is_hex(32) {
        "32 hex"
    } else if text.len() == 24 && hilum_model::Time::parse_rfc3339(text).is_ok() {
        "instant"
    } else if hilum_model::Day::parse(text).is_ok() {
        "day"
    } else if text.len() == 6 && matches!(text.as_bytes()[0], b'+' | b'-') && text.as_bytes()[3] == b':' {
        "offset"
    } else {
        "text"
    }
}

/// Every sample of the index that is of the data API, but the medical one, or that the application API gives: a new one
/// without an answer of ours fails. Look-ups by id or date are made both ways.
#[tokio::test]
async fn same_members_order_and_types_as_the_collected_samples() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/spec/samples");
    if !folder.is_dir() {
        eprintln_skipped();
        return;
    }
    let world = world().await;
    let index = std::fs::read_to_string(folder.join("INDEX.md")).expect("INDEX.md");
    let (mut compared, mut medical) = (0, 0);
    for line in index.lines().filter(|line| line.contains("| `GET /v1/")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let (file, endpoint) = (cells[1], cells[2].trim_matches('`').trim_start_matches("GET "));
        if endpoint.starts_with("/v1/human/medical") {
            medical += 1;
            continue;
        }
        let text = std::fs::read_to_string(folder.join(file)).expect(file);
        let sample: Value = serde_json::from_str(&text).expect(file);
        for path in paths(&world, endpoint).await {
            let answer = ask(&world, &path, file).await;
            assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.text());
            assert_eq!(
                difference(file, &without_organisations(&sample["responseBody"]), &answer.json()),
                None,
                "{path}"
            );
            // A list of one page has no `Link`; its form is tested by itself.
            let headers = sample["responseHeaders"].as_object().into_iter().flat_map(serde_json::Map::keys);
            for name in headers.filter(|name| *name != "Link") {
                assert!(answer.headers.contains_key(name.as_str()), "{path}: {name}");
            }
            compared += 1;
        }
    }
    // 24 of the eight measurements, then the others; heart-rate, activity and sleep summaries by id and by date.
    assert!(compared >= 24 + 22 && medical > 0, "{compared} compared, {medical} medical");
}

/// A world in which nothing is missing that a sample shows.
async fn world() -> World {
    let world = World::full().await;
    let human = ids().0;
    let cursor = hilum_store::connections::Cursor {
        stream: "measures".to_owned(),
        oldest: day("2016-03-01"),
        newest: day("2016-03-08"),
        history_done: true,
        synced_at: Some(at(CORRECTED)),
    };
    let mut devices = Batch::default();
    devices.facts.devices = vec!["Body+".to_owned()];
    let withings = "b9ccc8025e35ad09fda40e6c".parse().expect("id");
    world.engine.store.apply(human, withings, devices, Some(cursor)).await.expect("applied");
    super::genetics::bring(&world, human, "232323232323232323232323", &[("rs3094315", "AA")]).await;
    let app = hilum_model::ClientId([1; 20]);
    world.human(app, "nobody", "token-without-data").await;
    world
}

/// What to ask for an endpoint of the index.
async fn paths(world: &World, endpoint: &str) -> Vec<String> {
    let (path, note) = endpoint.split_once(" (").unwrap_or((endpoint, ""));
    let path = path
        .replace("{clientId}", &"01".repeat(20))
        .replace("{humanId}", &ids().0.to_string())
        .replace("20160308T000000Z", "20160301T000000Z");
    match (path.split_once("/{"), note) {
        (Some((list, which)), _) => {
            let id = ask(world, list, "").await.rows()[0]["id"].as_str().expect("id").to_owned();
            let mut both = vec![format!("{list}/{id}")];
            if which.contains("YYYY-MM-DD") {
                both.push(format!("{list}/2016-03-08"));
            }
            both
        }
        (None, "v2.3)") => vec![format!("{path}?version=2.3")],
        (None, _) => vec![path],
    }
}

async fn ask(world: &World, path: &str, file: &str) -> Answer {
    let authorization = if path.starts_with("/v1/apps/") {
        use base64::Engine as _;
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{}:", app_key(1))))
    } else {
        let token = if file == "human-empty.json" { "token-without-data" } else { TOKEN };
        format!("Bearer {token}")
    };
    world.send(axum::http::Method::GET, path, &[("authorization", &authorization)], "").await
}

/// Rows of sources without the member that medical ones have alone.
fn without_organisations(sample: &Value) -> Value {
    let mut sample = sample.clone();
    for row in sample.as_array_mut().into_iter().flatten() {
        if let Some(row) = row.as_object_mut() {
            row.shift_remove("organization");
        }
    }
    sample
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn eprintln_skipped() {
    eprintln!("SKIPPED same_members_order_and_types_as_the_collected_samples: ../shared/spec/samples is not here");
}

#[test]
fn differences_are_seen() {
    let sample =
        serde_json::json!({"id": "52e20cb2fff56aac62000001", "at": "2016-03-08T14:29:34.000Z", "list": [{"n": 1}]});
    let same =
        serde_json::json!({"id": "aaaaaaaaaaaaaaaaaaaaaaaa", "at": "2020-01-01T00:00:00.000Z", "list": [{"n": 2.5}]});
    assert_eq!(difference("", &sample, &same), None);
    for other in [
        serde_json::json!({"at": "2016-03-08T14:29:34.000Z", "id": "52e20cb2fff56aac62000001", "list": [{"n": 1}]}),
        serde_json::json!({"id": "52e2", "at": "2016-03-08T14:29:34.000Z", "list": [{"n": 1}]}),
        serde_json::json!({"id": "52e20cb2fff56aac62000001", "at": "2016-03-08", "list": [{"n": 1}]}),
        serde_json::json!({"id": "52e20cb2fff56aac62000001", "at": "2016-03-08T14:29:34.000Z", "list": [{"n": "1"}]}),
        serde_json::json!({"id": "52e20cb2fff56aac62000001", "at": "2016-03-08T14:29:34.000Z", "list": []}),
    ] {
        assert!(difference("", &sample, &other).is_some(), "{other}");
    }
}

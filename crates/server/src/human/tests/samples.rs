//! Our answers beside the collected samples of the contract, where those lie next to the workspace: the same members
//! in the same order, of the same types. Values are compared by the other tests.

use std::path::Path;

use serde_json::Value;

use super::world::World;

/// Members that are free in form: each source has its own words there.
const FREE: [&str; 1] = ["sourceData"];

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
            let mut inner = a.iter().filter(|(key, _)| !FREE.contains(&key.as_str()));
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

#[tokio::test]
async fn same_members_order_and_types_as_the_collected_samples() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/spec/samples");
    if !folder.is_dir() {
        eprintln_skipped();
        return;
    }
    let world = World::full().await;
    let mut compared = 0;
    for (resource, by_id, files) in [
        ("blood_glucose", "/readings", "blood_glucose"),
        ("blood_oxygen", "/readings", "blood_oxygen"),
        ("blood_pressure", "/readings", "blood_pressure"),
        ("bmi", "/readings", "bmi"),
        ("body_fat", "/readings", "body_fat"),
        ("heart_rate", "/readings", "heart_rate"),
        ("height", "/readings", "height"),
        ("weight", "/readings", "weight"),
    ] {
        for (path, file) in [
            (format!("/{resource}"), format!("{files}-latest.json")),
            (format!("/{resource}{by_id}"), format!("{files}-readings.json")),
        ] {
            compared += compare(&world, &folder, &path, &file).await;
        }
    }
    for (path, file) in [
        ("", "human.json"),
        ("/profile", "profile.json"),
        ("/activities", "activities.json"),
        ("/activities/summaries", "activities-summaries.json"),
        ("/activities/summaries/2016-03-08", "activities-summary.json"),
        ("/sleeps", "sleeps.json"),
        ("/sleeps/summaries", "sleeps-summaries.json"),
        ("/sleeps/summaries/2016-03-08", "sleeps-summary.json"),
        ("/heart_rate/summaries", "heart_rate-summaries.json"),
        ("/heart_rate/summaries/2016-03-08", "heart_rate-summary.json"),
    ] {
        compared += compare(&world, &folder, path, file).await;
    }
    assert_eq!(compared, 26);
}

async fn compare(world: &World, folder: &Path, path: &str, file: &str) -> usize {
    let text = std::fs::read_to_string(folder.join(file)).expect(file);
    let sample: Value = serde_json::from_str(&text).expect(file);
    let ours = world.get(path).await.json();
    assert_eq!(difference(file, &sample["responseBody"], &ours), None);
    1
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

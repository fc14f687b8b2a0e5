//! `hilum replay` through the real binary: data of an older parser are mended by what the archive keeps.

mod common;

use std::path::Path;
use std::sync::Arc;

use common::{Server, client, create_app, run, run_json, text};
use hilum_engine::clock::{SystemClock, SystemRandom};
use hilum_model::{Batch, Body, HumanId, Kind, Observation, Phi};
use hilum_store::humans::{HumanFacts, NewHuman};
use hilum_store::records::Filter;
use hilum_store::{OpenMode, Store, hash_token};
use serde_json::{Value, json};

const TOKEN: &str = "a token of the person";

fn open(data: &Path) -> Store {
    Store::open(data, OpenMode::Tool, Arc::new(SystemClock), Arc::new(SystemRandom)).expect("opens")
}

/// A person with an access token.
async fn person(data: &Path) -> HumanId {
    let app = create_app(data, "Replay", "https://app.example");
    let store = open(data);
    let new = NewHuman {
        client_id: app.client_id.parse().expect("an id"),
        client_user_id: Phi::new("ann".to_owned()),
        ids: None,
        facts: HumanFacts::default(),
    };
    let human = store.create_human(new).await.expect("a person").0.human_id;
    store.add_access_token(human, hash_token(TOKEN)).await.expect("a token");
    store.close().await.expect("closes");
    human
}

fn serve(data: &Path, days: Option<&str>) -> Server {
    let quiet = data.with_extension("toml");
    std::fs::write(&quiet, "demo_user = false\n").expect("write");
    Server::start_with(data, |command| {
        command.env("HILUM_CONFIG", text(&quiet));
        days.map(|days| command.args(["--archive-days", days]));
    })
}

async fn post(server: &Server, kg: [f64; 2]) {
    let item = |(n, kg): (usize, f64)| json!({"metric": "weight", "id": format!("w{n}"), "start": format!("2026-03-0{}T07:00:00Z", n + 1), "value": kg, "unit": "kg"});
    let items: Vec<Value> = kg.into_iter().enumerate().map(item).collect();
    let body = json!({"source": "scale", "observations": items});
    let url = format!("{}/v1/human/ingest", server.url);
    let answer = client().post(url).bearer_auth(TOKEN).json(&body).send().await.expect("answers");
    assert_eq!(answer.status(), 200);
}

async fn weights(data: &Path) -> Value {
    let server = serve(data, Some("30"));
    let url = format!("{}/v1/human/weight/readings", server.url);
    client().get(url).bearer_auth(TOKEN).send().await.expect("answers").json().await.expect("JSON")
}

/// As an older version could have left it: the first weight ten times too heavy.
async fn spoil(data: &Path, human: HumanId) {
    let store = open(data);
    let rows = store.records(human, Kind::Weight, &Filter::default()).expect("reads").rows;
    let mut row = rows.into_iter().find(|row| row.record.key == "w0").expect("stored");
    let Body::Reading { quantity, .. } = &mut row.record.body else { panic!("a weight") };
    (quantity.received, quantity.value) = (700.0, 700.0);
    let batch = Batch { observations: vec![Observation::Record(Box::new(row.record))], ..Batch::default() };
    store.reapply(human, row.connection_id, batch, false).await.expect("applies");
    store.close().await.expect("closes");
}

#[tokio::test]
async fn wrong_data_are_mended_and_right_ones_keep_their_times() {
    let dir = tempfile::tempdir().expect("temp dir");
    let data = dir.path().join("data");
    let human = person(&data).await;
    {
        let server = serve(&data, Some("30"));
        post(&server, [70.5, 71.5]).await;
        let refused = run(&["replay", "--data", text(&data)]);
        let complaint = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && complaint.contains("a server uses the data directory"), "{complaint}");
    }
    spoil(&data, human).await;
    let before = weights(&data).await;
    assert_eq!((&before[0]["value"], &before[1]["value"]), (&json!(71.5), &json!(700)));

    let counts = |report: &Value| report["providers"]["scale"]["data"]["weight"].clone();
    let mended = json!({"created": 0, "updated": 1, "unchanged": 1, "removed": 0, "noLongerTold": 0});
    let dry = run_json(&["replay", "--data", text(&data), "--dry-run", "--json"]);
    assert_eq!(counts(&dry), mended);
    let read = json!({"payloads": 1, "unreadable": 0, "rejected": 0, "told": 2});
    assert_eq!(dry["providers"]["scale"]["streams"]["push"], read);
    assert_eq!(weights(&data).await, before, "a dry run changes nothing");

    let human = human.to_string();
    let one = ["replay", "--data", text(&data), "--human", &human, "--provider", "scale", "--json"];
    assert_eq!(counts(&run_json(&one)), mended);
    let after = weights(&data).await;
    assert_eq!(after[0], before[0], "also its updatedAt");
    assert_eq!((&after[1]["value"], &after[1]["id"]), (&json!(70.5), &before[1]["id"]));
    assert_eq!(after[1]["createdAt"], before[1]["createdAt"]);
    assert!(after[1]["updatedAt"].as_str() > before[1]["updatedAt"].as_str());

    let again = run(&["replay", "--data", text(&data), "--prune"]);
    let said = String::from_utf8_lossy(&again.stdout);
    assert!(said.contains("-> weight: 0 created, 0 updated, 2 unchanged, 0 removed"), "{said}");
    assert!(!said.contains("70.5") && !said.contains("71.5"), "no health data: {said}");
    assert_eq!(weights(&data).await, after);
}

#[tokio::test]
async fn nothing_is_kept_unless_days_are_named() {
    let dir = tempfile::tempdir().expect("temp dir");
    let data = dir.path().join("data");
    person(&data).await;
    {
        let server = serve(&data, None);
        post(&server, [70.5, 71.5]).await;
    }
    let said = run(&["replay", "--data", text(&data)]);
    assert!(said.status.success() && String::from_utf8_lossy(&said.stdout).contains("Nothing to replay"));
    for wrong in [vec!["--since", "yesterday"], vec!["--prune", "--since", "2026-03-01"], vec!["--human", "x"]] {
        let refused = run(&[&["replay", "--data", text(&data)][..], &wrong].concat());
        assert!(!refused.status.success(), "{wrong:?}");
    }
}

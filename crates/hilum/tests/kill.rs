//! kill -9 at any instant: no acknowledged write is lost, nothing is left half done, and what each tells reaches the
//! webhook of the app.
//!
//! `make kill` runs it with 200 rounds, `make soak` with more; ROUNDS says how many.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use common::{Server, client, create_app, run, run_json, text};
use hilum_model::world::{Random, SeededRandom};
use serde_json::Value;

/// What the server acknowledged about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Exists,
    Erased,
    /// A deletion was asked for and not answered: either state is right.
    Unknown,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "minutes long; run by `make kill`"]
async fn acknowledged_writes_survive_kill_9() {
    let rounds: u32 = std::env::var("ROUNDS").ok().and_then(|r| r.parse().ok()).unwrap_or(200);
    let dir = tempfile::tempdir().expect("temp dir");
    let data = dir.path().join("data");
    let app = create_app(&data, "Kill", "https://app.example");
    let receiver = Receiver::start().await;
    let config = quiet_config(dir.path());
    let add = ["app", "webhook", "add", "--data", text(&data), "--config", text(&config), "--app", &app.client_id];
    run_json(&[&add[..], &["--url", &receiver.url, "--event", "user.erased", "--json"]].concat());
    let client = client();
    let random = SeededRandom::new(0xdead);
    let people: Arc<Mutex<BTreeMap<String, (String, Fate)>>> = Arc::default();
    let mut acknowledged = 0_u64;

    for round in 0..rounds {
        let mut server = Server::start_with(&data, |c| {
            c.env("HILUM_CONFIG", text(&config));
        });
        verify(&client, &server.url, &app, &people).await;

        let users = format!("{}/v1/apps/{}/users", server.url, app.client_id);
        let mut tasks = Vec::new();
        for worker in 0..4_u32 {
            let (client, users, app, people) = (client.clone(), users.clone(), app.clone(), people.clone());
            tasks.push(tokio::spawn(async move {
                let mut acknowledged = 0_u64;
                for n in 0_u32.. {
                    let external = format!("r{round}-w{worker}-{n}");
                    let made = client
                        .post(&users)
                        .basic_auth(&app.app_key, Some(""))
                        .json(&serde_json::json!({"externalId": external}))
                        .send()
                        .await;
                    let Ok(answer) = made else { break };
                    assert_eq!(answer.status(), 201, "creating a person");
                    let Ok(body) = answer.json::<Value>().await else { break };
                    let human = body["humanId"].as_str().expect("humanId").to_owned();
                    let set = |fate| people.lock().expect("lock").insert(external.clone(), (human.clone(), fate));
                    set(Fate::Exists);
                    acknowledged += 1;
                    if n % 3 == 2 {
                        set(Fate::Unknown);
                        let gone =
                            client.delete(format!("{users}/{human}")).basic_auth(&app.app_key, Some("")).send().await;
                        let Ok(answer) = gone else { break };
                        assert_eq!(answer.status(), 204);
                        set(Fate::Erased);
                        acknowledged += 1;
                    }
                }
                acknowledged
            }));
        }
        let mut byte = [0];
        random.fill(&mut byte);
        tokio::time::sleep(Duration::from_millis(20 + u64::from(byte[0]) / 2)).await;
        server.kill();
        for task in tasks {
            acknowledged += task.await.expect("no task saw a wrong answer");
        }
    }

    let server = Server::start_with(&data, |c| {
        c.env("HILUM_CONFIG", text(&config));
    });
    verify(&client, &server.url, &app, &people).await;
    let told = receiver.wait_for(&people).await;
    drop(server);
    let doctor = run(&["doctor", "--data", text(&data)]);
    let report = String::from_utf8_lossy(&doctor.stdout);
    assert!(doctor.status.success() && report.contains("database and keys fit together"), "{report}");
    // The guard against an empty test: enough happened for the kills to hit something.
    assert!(acknowledged >= u64::from(rounds) * 10, "only {acknowledged} acknowledged writes in {rounds} rounds");
    eprintln_line(&format!(
        "{rounds} rounds of kill -9, {acknowledged} acknowledged writes, 0 lost; {told} erasures told"
    ));
}

/// The app's server, which lives through all rounds.
struct Receiver {
    url: String,
    /// Of whom it was told that they are erased.
    erased: Arc<Mutex<BTreeSet<String>>>,
}

impl Receiver {
    async fn start() -> Self {
        let erased: Arc<Mutex<BTreeSet<String>>> = Arc::default();
        let take = |State(erased): State<Arc<Mutex<BTreeSet<String>>>>, body: Bytes| async move {
            let event: Value = serde_json::from_slice(&body).expect("JSON");
            assert_eq!(event["type"], "user.erased");
            erased.lock().expect("lock").insert(event["data"]["humanId"].as_str().expect("humanId").to_owned());
        };
        let router = axum::Router::new().route("/", post(take)).with_state(erased.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let url = format!("http://{}/", listener.local_addr().expect("bound"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, erased }
    }

    /// Waits until it was told of everybody whose erasure was acknowledged; says of how many.
    async fn wait_for(&self, people: &Mutex<BTreeMap<String, (String, Fate)>>) -> usize {
        let acknowledged: Vec<String> = {
            let people = people.lock().expect("lock");
            people.values().filter(|(_, fate)| *fate == Fate::Erased).map(|(human, _)| human.clone()).collect()
        };
        // Claims of killed processes end after a minute.
        for _ in 0..1200 {
            let missing = {
                let erased = self.erased.lock().expect("lock");
                acknowledged.iter().filter(|human| !erased.contains(*human)).count()
            };
            if missing == 0 {
                return acknowledged.len();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("not told of every erasure");
    }
}

/// No demo person: its data would only slow the rounds down.
fn quiet_config(dir: &std::path::Path) -> std::path::PathBuf {
    let path = dir.join("quiet.toml");
    std::fs::write(&path, "demo_user = false\n[webhooks]\nloopback = true\n").expect("write");
    path
}

async fn verify(
    client: &reqwest::Client,
    url: &str,
    app: &common::App,
    people: &Mutex<BTreeMap<String, (String, Fate)>>,
) {
    let users = format!("{url}/v1/apps/{}/users", app.client_id);
    let rows: Vec<Value> = client
        .get(users)
        .basic_auth(&app.app_key, Some(""))
        .send()
        .await
        .expect("answers")
        .json()
        .await
        .expect("an array");
    let there: BTreeMap<&str, &str> = rows
        .iter()
        .map(|r| (r["externalId"].as_str().expect("externalId"), r["humanId"].as_str().expect("humanId")))
        .collect();
    assert_eq!(there.len(), rows.len(), "somebody is there twice");
    for (external, (human, fate)) in people.lock().expect("lock").iter() {
        match fate {
            Fate::Exists => assert_eq!(there.get(external.as_str()), Some(&human.as_str()), "{external} is lost"),
            Fate::Erased => assert!(!there.contains_key(external.as_str()), "{external} came back"),
            Fate::Unknown => {}
        }
    }
}

#[expect(clippy::print_stderr, reason = "the figure is what this run is for")]
fn eprintln_line(text: &str) {
    eprintln!("{text}");
}

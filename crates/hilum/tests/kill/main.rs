//! kill -9 at any instant: no acknowledged write is lost, nothing is left half done, and each that changed something has its
//! event, once in the feed and at least once at the webhook of the app.
//!
//! `make kill` runs it with 200 rounds, `make soak` with more; ROUNDS says how many.

#[path = "../common/mod.rs"]
mod common;
mod feeders;
mod people;
mod receiver;

use std::sync::Arc;
use std::time::Duration;

use common::{Server, client, create_app, run, run_json, text};
use feeders::Feeder;
use hilum_model::world::{Random, SeededRandom};
use people::People;
use receiver::{Receiver, feed};

/// People of whom data come, some of them in each round: messages about one leave one after the other, and the one that a
/// killed process had claimed holds up the others for a minute.
const FEEDERS: usize = 24;
/// Who writes at the same time.
const AT_ONCE: usize = 3;

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
    run_json(&[&add[..], &["--url", &receiver.url, "--json"]].concat());
    let feeders = Feeder::make(&data, &app, FEEDERS).await;
    let client = client();
    let random = SeededRandom::new(0xdead);
    let people = People::default();
    let mut acknowledged = 0_u64;

    for round in 0..rounds {
        let mut server = Server::start_with(&data, |c| {
            c.env("HILUM_CONFIG", text(&config));
        });
        people.verify(&client, &server.url, &app).await;

        let users = format!("{}/v1/apps/{}/users", server.url, app.client_id);
        let mut tasks = Vec::new();
        for worker in 0..AT_ONCE {
            let name = format!("r{round}-w{worker}");
            tasks.push(tokio::spawn(people.clone().write(client.clone(), users.clone(), app.clone(), name)));
            let feeder = Arc::clone(&feeders[(round as usize * AT_ONCE + worker) % FEEDERS]);
            tasks.push(tokio::spawn(feeder.write(client.clone(), server.url.clone())));
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
    people.verify(&client, &server.url, &app).await;
    let feed = feed(&client, &server.url, &app).await;
    let erased = people.told_in(&feed);
    let mut changes = 0;
    for feeder in &feeders {
        changes += feeder.verify(&client, &server.url, &feed).await;
    }
    let messages = receiver.wait_for(&feed).await;
    drop(server);
    let doctor = run(&["doctor", "--data", text(&data)]);
    let report = String::from_utf8_lossy(&doctor.stdout);
    assert!(doctor.status.success() && report.contains("database and keys fit together"), "{report}");
    // The guards against an empty test: enough happened for the kills to hit something.
    assert!(acknowledged >= u64::from(rounds) * 10, "only {acknowledged} acknowledged writes in {rounds} rounds");
    assert!(changes >= rounds as usize && erased >= rounds as usize, "{changes} changes, {erased} erasures");
    eprintln_line(&format!(
        "{rounds} rounds of kill -9, {acknowledged} acknowledged writes, 0 lost; {} events ({changes} of data, {erased} of erasures) \
         each once in the feed, {messages} messages, none missing",
        feed.len()
    ));
}

/// No demo person: its data would only slow the rounds down.
fn quiet_config(dir: &std::path::Path) -> std::path::PathBuf {
    let path = dir.join("quiet.toml");
    std::fs::write(&path, "demo_user = false\n[webhooks]\nloopback = true\n").expect("write");
    path
}

#[expect(clippy::print_stderr, reason = "the figure is what this run is for")]
fn eprintln_line(text: &str) {
    eprintln!("{text}");
}

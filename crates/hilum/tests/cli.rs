//! The command line, through the real binary.

mod common;

use common::{Server, client, create_app, hilum, run, run_json, text};

#[test]
fn help_names_every_command() {
    let help = String::from_utf8(run(&["--help"]).stdout).expect("UTF-8");
    for command in ["serve", "demo", "app", "connections", "providers", "import", "replay", "sandbox", "doctor"] {
        assert!(help.contains(command), "{command} is missing:\n{help}");
    }
    for args in [["serve", "--help"], ["app", "create"], ["providers", "--help"]] {
        assert!(!run(&args).stdout.is_empty() || !run(&args).stderr.is_empty());
    }
}

#[test]
fn app_create_prints_credentials_of_the_documented_lengths_and_list_never_secrets() {
    let dir = tempfile::tempdir().expect("temp dir");
    let data = dir.path().join("data");
    let app = create_app(&data, "Fit & <Well>", "https://app.example");
    for (what, value) in [("clientId", &app.client_id), ("clientSecret", &app.client_secret), ("appKey", &app.app_key)]
    {
        assert!(value.len() == 40 && value.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase()), "{what}");
    }
    let listed = run_json(&["app", "list", "--data", text(&data), "--json"]);
    assert_eq!(listed[0]["clientId"], app.client_id.as_str());
    assert_eq!(listed[0]["name"], "Fit & <Well>");
    assert_eq!(listed[0]["origins"][0], "https://app.example");
    let all = listed.to_string();
    assert!(!all.contains(&app.client_secret) && !all.contains(&app.app_key));
}

#[tokio::test]
async fn an_app_can_be_registered_beside_a_running_server_and_a_second_server_cannot_start() {
    let dir = tempfile::tempdir().expect("temp dir");
    let data = dir.path().join("data");
    let server = Server::start(&data);
    let app = create_app(&data, "Later", "https://app.example");
    let users = format!("{}/v1/apps/{}/users", server.url, app.client_id);
    let answer = client().get(users).basic_auth(&app.app_key, Some("")).send().await.expect("answers");
    assert_eq!(answer.status(), 200);

    let second = run(&["serve", "--data", text(&data), "--listen", "127.0.0.1:0"]);
    let complaint = String::from_utf8_lossy(&second.stderr);
    assert!(!second.status.success() && complaint.contains("in use"), "{complaint}");
    assert_eq!(complaint.trim().lines().count(), 1, "one clear line: {complaint}");
}

/// A running `hilum sandbox` and what it printed first.
fn sandbox() -> (common::Running, serde_json::Value) {
    let mut command = hilum();
    command.args(["sandbox", "--listen", "127.0.0.1:0", "--client-secret", "a secret", "--print", "json"]);
    let (running, line) = common::Running::start(command);
    (running, serde_json::from_str(&line).expect("JSON"))
}

#[tokio::test]
async fn the_sandbox_runs_alone_and_a_hilum_can_be_pointed_at_it() {
    let (_sandbox, told) = sandbox();
    let base = told["sandbox"].as_str().expect("an address");
    let oura = &told["providers"]["oura"];
    assert_eq!(oura["authorizeUrl"], format!("{base}/oura/authorize"));
    assert_eq!((&oura["clientId"], &oura["clientSecret"]), (&"hilum-sandbox".into(), &"a secret".into()));
    let people = client().get(format!("{base}/_control/personas")).send().await.expect("answers");
    assert!(people.status().is_success());

    let dir = tempfile::tempdir().expect("temp dir");
    let server = Server::start_with(&dir.path().join("data"), |command| {
        command
            .env("HILUM_PROVIDERS__OURA__CLIENT_ID", "hilum-sandbox")
            .env("HILUM_PROVIDERS__OURA__CLIENT_SECRET", "a secret")
            .env("HILUM_PROVIDERS__OURA__SANDBOX", base);
    });
    let script = client().get(format!("{}/connect.js", server.url)).send().await.expect("answers");
    assert!(script.status().is_success());
}

#[test]
fn bad_input_is_refused_with_one_line() {
    let dir = tempfile::tempdir().expect("temp dir");
    let data = dir.path().join("data");
    let data = text(&data);
    let cases: [(&[&str], &str); 7] = [
        (&["app", "create", "--data", data, "--name", "A", "--origin", "https://*.example"], "wildcard"),
        (&["app", "create", "--data", data, "--name", " ", "--origin", "https://a.example"], "--name"),
        (&["app", "create", "--data", data, "--name", "A", "--origin", "http://a.example"], "https"),
        (&["serve", "--data", data, "--public-url", "http://hilum.example"], "https"),
        (&["serve", "--data", data, "--listen", "0.0.0.0:0"], "--public-url"),
        (&["sandbox", "--listen", "0.0.0.0:0"], "loopback"),
        (&["serve", "--data", data, "--config", "/nonexistent/hilum.toml"], "/nonexistent/hilum.toml"),
    ];
    for (args, needle) in cases {
        let output = run(args);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && complaint.contains(needle), "{args:?}: {complaint}");
        assert_eq!(complaint.trim().lines().count(), 1, "{complaint}");
    }
}

#[cfg(unix)]
#[test]
fn a_key_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().expect("temp dir");
    let data = dir.path().join("data");
    create_app(&data, "A", "https://app.example");
    let keys = data.join("keys.json");
    assert_eq!(std::fs::metadata(&keys).expect("made at first start").permissions().mode() & 0o777, 0o600);
    std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o644)).expect("chmod");
    let output = run(&["serve", "--data", text(&data), "--listen", "127.0.0.1:0"]);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && complaint.contains("key file"), "{complaint}");
}

#[cfg(unix)]
#[test]
fn sigterm_stops_the_server_cleanly() {
    let dir = tempfile::tempdir().expect("temp dir");
    let mut server = Server::start(&dir.path().join("data"));
    let pid = server.child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
    assert!(server.child.wait().expect("wait").success());
}

#[test]
fn doctor_says_what_is_wrong() {
    let dir = tempfile::tempdir().expect("temp dir");
    let data = dir.path().join("data");
    create_app(&data, "A", "https://app.example");
    let good = run(&["doctor", "--data", text(&data)]);
    assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stdout));
    std::fs::remove_file(data.join("keys.json")).expect("remove");
    let bad = run(&["doctor", "--data", text(&data)]);
    let report = String::from_utf8_lossy(&bad.stdout);
    assert!(!bad.status.success() && report.contains("FAIL") && report.contains("key file"), "{report}");
}

#[test]
fn a_restored_backup_is_told_until_it_is_accepted() {
    let dir = tempfile::tempdir().expect("temp dir");
    let data = dir.path().join("data");
    create_app(&data, "A", "https://app.example");
    let doctor = |more: &[&str]| {
        let output = run(&[&["doctor", "--data", text(&data)], more].concat());
        assert!(output.status.success(), "a warning is no failure");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    assert!(!doctor(&[]).contains("restored"));
    std::fs::remove_file(data.join("hilum.rotations")).expect("as in a new place");
    for _ in 0..2 {
        let report = doctor(&[]);
        assert!(report.contains("warn") && report.contains("--accept-restored"), "{report}");
    }
    assert!(doctor(&["--accept-restored"]).contains("accepted"));
    assert!(!doctor(&[]).contains("--accept-restored"));
}

#[test]
fn providers_are_listed() {
    let rows = run_json(&["providers", "list", "--json"]);
    let names: Vec<&str> = rows.as_array().expect("array").iter().filter_map(|r| r["id"].as_str()).collect();
    assert!(names.contains(&"withings") && names.contains(&"oura"), "{names:?}");
    let unknown = hilum().args(["providers", "parse", "nosuch", "sleep", "Cargo.toml"]).output().expect("runs");
    assert!(!unknown.status.success() && String::from_utf8_lossy(&unknown.stderr).contains("nosuch"));
}

#[test]
fn an_answer_of_a_provider_becomes_observations_one_json_line_each() {
    // 78450 with unit -3 is 78.45 kg: the documented form of Withings' measures.
    let answer = r#"{"status":0,"body":{"updatetime":1772610000,"timezone":"Europe/Berlin","measuregrps":[{"grpid":7,
        "attrib":0,"date":1772604600,"created":1772604660,"modified":1772604660,"category":1,"deviceid":"a","measures":[
        {"value":78450,"type":1,"unit":-3},{"value":"odd","type":6,"unit":0}]}]}}"#;
    let dir = tempfile::tempdir().expect("temp dir");
    let file = dir.path().join("answer.json");
    std::fs::write(&file, answer).expect("write");
    let output = run(&["providers", "parse", "withings", "measures", text(&file)]);
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success());
    assert_eq!(lines.lines().count(), 1, "{lines}");
    assert!(lines.contains("78.45") && lines.contains("2026-03-04T06:10:00.000Z"), "{lines}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("1 observations, 1 left out"));
}

/// A table of two weights, one of them in a unit of another kind.
const TABLE: &str = "metric,start,end,value,unit\n\
    weight,2026-03-04T07:10:00+01:00,,78.4,kg\n\
    weight,2026-03-05T07:10:00+01:00,,78.4,Cel\n";

#[tokio::test]
async fn a_file_is_imported_while_no_server_runs() {
    let dir = tempfile::tempdir().expect("temp dir");
    let data = dir.path().join("data");
    let file = dir.path().join("my table.txt");
    std::fs::write(&file, TABLE).expect("write");
    let app = create_app(&data, "A", "https://app.example");
    let server = Server::start(&data);
    let users = format!("{}/v1/apps/{}/users", server.url, app.client_id);
    let user = client().post(&users).basic_auth(&app.app_key, Some("")).json(&serde_json::json!({"externalId": "u"}));
    let user: serde_json::Value = user.send().await.expect("answers").json().await.expect("JSON");
    let human = user["humanId"].as_str().expect("an id");
    let import =
        |more: &[&str]| run(&[&["import", text(&file), "--data", text(&data), "--human", human], more].concat());
    let beside = import(&[]);
    let complaint = String::from_utf8_lossy(&beside.stderr);
    assert!(!beside.status.success() && complaint.contains("POST ADDRESS/v1/human/imports"), "{complaint}");
    drop(server);

    for (inserted, unchanged) in [(1, 0), (0, 1)] {
        let done = import(&["--json"]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let told: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
        let stored = serde_json::json!({"inserted": inserted, "updated": 0, "unchanged": unchanged});
        assert_eq!((&told["stored"], &told["found"]["weight"]), (&stored, &serde_json::json!(1)), "{told}");
        assert_eq!(told["rejected"].as_object().map(serde_json::Map::len), Some(1), "{told}");
    }
    let lines = String::from_utf8(import(&[]).stdout).expect("UTF-8");
    assert!(lines.contains("Hilum table, kept as source file") && lines.contains("1 known before"), "{lines}");

    std::fs::write(&file, "%PDF-1.7").expect("write");
    let odd = import(&[]);
    let complaint = String::from_utf8_lossy(&odd.stderr);
    assert!(!odd.status.success() && complaint.contains("file_unrecognised"), "{complaint}");
    let nobody = run(&["import", text(&file), "--data", text(&data), "--human", &"0".repeat(32)]);
    let complaint = String::from_utf8_lossy(&nobody.stderr);
    assert!(!nobody.status.success() && complaint.contains("nobody"), "{complaint}");
}

#[tokio::test]
async fn connections_are_listed_paused_and_resumed_beside_a_running_server() {
    let dir = tempfile::tempdir().expect("temp dir");
    let data = dir.path().join("data");
    let _server = Server::start(&data);
    let list = |extra: &[&str]| run_json(&[&["connections", "--data", text(&data), "--json"], extra].concat());
    // The demo person's sources appear one after the other.
    let first = loop {
        let rows = list(&[]);
        if let Some(row) = rows.get(0) {
            break row.clone();
        }
    };
    assert_eq!(first["humanId"], "5dc2527186aaf9de560e5841f1a44bd6");
    assert_eq!(first["state"], "live", "{first}");
    let id = first["id"].as_str().expect("an id");
    let set = |what: &str, id: &str| run(&["connections", what, id, "--data", text(&data)]);
    assert!(set("pause", id).status.success());
    let paused = list(&["--state", "paused"]);
    assert_eq!((paused[0]["id"].as_str(), paused[0]["reason"].as_str()), (Some(id), Some("paused")));
    let again = set("pause", id);
    assert!(!again.status.success() && String::from_utf8_lossy(&again.stderr).contains("nothing to do"));
    assert!(set("resume", id).status.success());
    assert_eq!(list(&["--state", "paused"]), serde_json::json!([]));
    assert!(!set("pause", "000000000000000000000000").status.success(), "nobody's");
}

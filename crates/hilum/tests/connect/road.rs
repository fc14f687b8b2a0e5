//! Create, edit, remove; what must not rest anywhere; logins that somebody else finishes.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::browser::{self, Browser, exchange};
use crate::common::client;
use crate::demo::Demo;

/// Asks the data API until an answer fits; the sync runs in the background.
async fn until(demo: &Demo, token: &str, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
    let mut last = Value::Null;
    for _ in 0..600 {
        let answer =
            client().get(format!("{}/v1/human{path}", demo.hilum)).bearer_auth(token).send().await.expect("answers");
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        last = answer.json().await.expect("JSON");
        if fits(&last) {
            return last;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{path} never fitted; last answer: {last}");
}

fn sources(rows: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = rows.as_array().expect("array").iter().filter_map(|r| r["source"].as_str()).collect();
    names.sort_unstable();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn create_then_edit_and_nothing_secret_rests_anywhere() {
    let dir = tempfile::tempdir().expect("temp dir");
    let mut demo = Demo::start(dir.path());
    let browser = Browser::new();
    let user = "canary-person+1@example.org";

    // Create: one source, done, exchange.
    let page = browser.open(&demo.hilum, &demo.app, user, "").await;
    assert_eq!(page.data["mode"], "create");
    browser.connect(&page, "withings", "cuff").await;
    let end = browser.end(&page).await;
    assert_eq!(end["result"], "finish");
    assert_eq!(browser.end(&page).await, end, "asking again answers the same");
    let (status, tokens) = exchange(&demo.hilum, &demo.app, &end["token"]).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    let keys: Vec<&String> = tokens.as_object().expect("object").keys().collect();
    assert_eq!(keys, ["humanId", "clientId", "clientUserId", "accessToken", "publicToken"]);
    assert_eq!(tokens["clientUserId"], user);
    let access = tokens["accessToken"].as_str().expect("token").to_owned();
    let public = tokens["publicToken"].as_str().expect("token").to_owned();

    // Data come in by themselves, weights and blood pressures of a year.
    until(&demo, &access, "/weight/readings", |rows| rows.as_array().is_some_and(|r| r.len() >= 20)).await;
    let pressure = until(&demo, &access, "/blood_pressure", |row| row["systolic"].is_number()).await;
    assert_eq!((pressure["unit"].as_str(), pressure["source"].as_str()), (Some("mmHg"), Some("withings")));

    // A known person without the public token: told so, nothing starts.
    let known = browser.open(&demo.hilum, &demo.app, user, "").await;
    assert_eq!(known.data["error"]["code"], "user_already_exists", "{}", known.data);
    assert!(known.data["secret"].as_str().unwrap_or_default().is_empty());

    // Edit: add a source, finish, exchange again; the public token is a new one and the old is dead.
    let edit = browser.open(&demo.hilum, &demo.app, user, &public).await;
    assert_eq!(edit.data["mode"], "edit");
    browser.connect(&edit, "oura", "cuff").await;
    let end = browser.end(&edit).await;
    let (status, again) = exchange(&demo.hilum, &demo.app, &end["token"]).await;
    assert_eq!((status, &again["humanId"]), (StatusCode::OK, &tokens["humanId"]));
    assert_ne!(again["publicToken"], tokens["publicToken"]);
    let access = again["accessToken"].as_str().expect("token").to_owned();
    let rows = until(&demo, &access, "/sources", |rows| sources(rows).len() == 2).await;
    assert_eq!(sources(&rows), ["oura", "withings"]);
    until(&demo, &access, "/sleeps", |rows| rows.as_array().is_some_and(|r| r.iter().any(|s| s["source"] == "oura")))
        .await;
    let stale = browser.open(&demo.hilum, &demo.app, user, &public).await;
    assert_eq!(stale.data["error"]["code"], "invalid_public_token", "{}", stale.data);

    // Edit: remove a source; that also ends in finish.
    let public = again["publicToken"].as_str().expect("token").to_owned();
    let edit = browser.open(&demo.hilum, &demo.app, user, &public).await;
    let form = browser::form_with_button(&edit.html, "Disconnect<span class=\"hidden-text\"> Withings</span>")
        .expect("a button");
    let answer =
        browser.post(&format!("{}{}", demo.hilum, form.action), &form.fields, &demo.hilum, "text/html; fragment").await;
    assert_eq!(answer.status(), StatusCode::OK);
    let end = browser.end(&edit).await;
    assert_eq!(end["result"], "finish");
    let (status, last) = exchange(&demo.hilum, &demo.app, &end["token"]).await;
    assert_eq!(status, StatusCode::OK, "{last}");
    let access_last = last["accessToken"].as_str().expect("token").to_owned();
    let rows = until(&demo, &access_last, "/sources", |rows| sources(rows).len() == 1).await;
    assert_eq!(sources(&rows), ["oura"]);

    // Nothing changed: close.
    let idle = browser.open(&demo.hilum, &demo.app, user, last["publicToken"].as_str().expect("token")).await;
    assert_eq!(browser.end(&idle).await, json!({"result": "close"}));

    // The lost public token.
    let lost =
        json!({"humanId": tokens["humanId"], "clientId": demo.app.client_id, "clientSecret": demo.app.client_secret});
    let answer =
        client().post(format!("{}/v1/connect/publictokens/", demo.hilum)).form(&lost).send().await.expect("answers");
    assert_eq!(answer.status(), StatusCode::OK);
    let found: Value = answer.json().await.expect("JSON");
    assert_eq!(found["humanId"], tokens["humanId"]);

    let weights = until(&demo, &access_last, "/weight/readings?limit=5", |_| true).await;
    demo.stop();
    canaries(&demo, &browser, user, &[&page.data, &edit.data, &tokens, &again, &last, &found, &end["token"]], &weights);
}

/// Looks for every secret and health value of the run in the database files, the log and the URLs of ours.
fn canaries(demo: &Demo, browser: &Browser, user: &str, objects: &[&Value], weights: &Value) {
    let mut secrets: Vec<String> = vec![demo.app.client_secret.clone(), demo.app.app_key.clone()];
    for object in objects {
        for name in ["secret", "poll", "sessionToken", "accessToken", "publicToken"] {
            secrets.extend(object[name].as_str().filter(|s| !s.is_empty()).map(str::to_owned));
        }
    }
    assert!(secrets.len() >= 12, "the run made secrets to look for");
    let mut needles = secrets.clone();
    needles.extend([user.to_owned(), "example.org".to_owned()]);
    for row in weights.as_array().expect("array") {
        let value = row["value"].to_string();
        if value.len() >= 5 {
            needles.push(value);
        }
    }

    let mut files = vec![demo.log.clone()];
    for entry in std::fs::read_dir(&demo.data).expect("data directory") {
        let path = entry.expect("entry").path();
        // The demo keeps its own credentials there, as an app's server does.
        let own = path.extension().is_some_and(|e| e == "json");
        if path.is_file() && !own {
            files.push(path);
        }
    }
    assert!(files.iter().any(|f| f.ends_with("hilum.sqlite")), "the database is among them");
    for file in files {
        let bytes = std::fs::read(&file).expect("readable");
        for needle in &needles {
            let is_log = file == demo.log;
            // The log names public addresses of the demo, never a person's.
            if is_log && needle == "example.org" {
                continue;
            }
            let mut forms = vec![needle.as_bytes().to_vec()];
            if let Ok(raw) = hex::decode(needle) {
                forms.push(raw);
            }
            for form in forms {
                let found = bytes.windows(form.len()).any(|w| w == form);
                assert!(!found, "{} holds a canary: {needle}", file.display());
            }
        }
    }
    // The guard: the same search finds what is not secret.
    let database = std::fs::read(demo.data.join("hilum.sqlite")).expect("readable");
    let client_id = hex::decode(&demo.app.client_id).expect("hex");
    assert!(database.windows(20).any(|w| w == client_id), "the search itself works");

    for url in browser.visited.lock().expect("lock").iter().filter(|u| u.starts_with(&demo.hilum)) {
        for secret in &secrets {
            let launch = url.contains("publicToken=");
            assert!(launch || !url.contains(secret.as_str()), "{url} holds a secret");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_browser_cannot_complete_a_login_and_deny_is_told() {
    let dir = tempfile::tempdir().expect("temp dir");
    let demo = Demo::start(dir.path());
    let (mallory, victim) = (Browser::new(), Browser::new());

    let page = mallory.open(&demo.hilum, &demo.app, "mallory", "").await;
    let callback = mallory.consent(&page, "oura", "", "Allow").await;
    // The victim is sent the link of the finished consent: no cookie, nothing stored.
    let answer = victim.get(&callback).await;
    assert_ne!(browser_location(&answer), Some("/connect/done"));
    assert_eq!(mallory.end(&page).await, json!({"result": "close"}), "nothing was connected");

    let page = victim.open(&demo.hilum, &demo.app, "victim", "").await;
    let callback = victim.consent(&page, "oura", "", "Deny").await;
    let answer = victim.get(&callback).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(victim.end(&page).await, json!({"result": "close"}));
}

fn browser_location(answer: &reqwest::Response) -> Option<&str> {
    answer.headers().get("location").and_then(|l| l.to_str().ok())
}

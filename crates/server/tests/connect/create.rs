//! Create mode, from the click to the tokens.
use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::world::{APP, HOST, PUBLIC, World, is_hex, parameter, send};

const USER: [(&str, &str); 2] = [("clientId", APP), ("clientUserId", "patient-17")];

#[tokio::test]
async fn the_whole_road() {
    let world = World::new().await;
    let mut browser = world.browser();

    let page = browser.open(&USER).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Example &#60;App&#62;"), "names the app, escaped");
    let csp = page.header("content-security-policy");
    assert!(csp.contains(&format!("frame-ancestors {HOST}")) && csp.contains("default-src 'none'"), "{csp}");
    let data = page.data();
    let keys: Vec<&String> = data.as_object().expect("object").keys().collect();
    assert_eq!(keys, ["form", "mode", "secret", "poll", "openToken", "objects", "origins", "error"]);
    assert_eq!((&data["form"], &data["mode"], &data["error"]), (&json!("frame"), &json!("create"), &json!(null)));
    assert_eq!(data["origins"], json!([HOST]));
    assert!(is_hex(page.secret(), 64) && is_hex(data["openToken"].as_str().expect("text"), 32));
    let cookie = page.header("set-cookie");
    assert!(
        cookie.starts_with("hilum_s_") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    assert_eq!(page.row("oura"), "available");
    assert_eq!(browser.poll(&page.poll()).await.body, r#"{"version":0}"#);

    let started = browser.start(page.secret(), "oura").await;
    let consent = started.location();
    assert_eq!(parameter(consent, "redirect_uri").as_deref(), Some("http://127.0.0.1:8080/connect/callback/oura"));
    assert_eq!(parameter(consent, "client_id").as_deref(), Some("oura-client"));
    assert!(is_hex(&started.state(), 64));
    assert!(!consent.contains(page.secret()), "no secret leaves by a URL");
    let cookie = started.header("set-cookie");
    assert!(cookie.starts_with("hilum_f_") && cookie.contains("HttpOnly"), "{cookie}");
    assert!(cookie.contains("SameSite=Lax") && cookie.contains("Max-Age=600"), "{cookie}");

    let back = browser.callback("oura", &[("code", "code-ring"), ("state", &started.state())]).await;
    let clean = back.location();
    assert_eq!(clean, format!("{PUBLIC}/connect/done?result=connected&source=oura&app={APP}"));
    assert!(back.header("set-cookie").contains("Max-Age=0"), "the login's cookie goes");
    let done = browser.get(clean.strip_prefix(PUBLIC).expect("ours")).await;
    assert!(done.body.contains("Oura is connected") && done.body.contains("Example &#60;App&#62;"), "{}", done.body);
    assert_eq!(done.data(), json!({ "message": false }));
    assert!(done.header("content-security-policy").contains("frame-ancestors 'none'"));

    let version = browser.poll(&page.poll()).await.json()["version"].as_i64().expect("number");
    assert!(version > 0);
    let list = browser.list(page.secret()).await;
    assert_eq!(list.header("x-hilum-version"), version.to_string());
    assert_eq!(list.row("oura"), "connected");
    assert!(is_hex(&list.connection("oura"), 24));
    assert_eq!(world.people(), 0, "nobody exists before the exchange");

    let end = browser.end(page.secret()).await;
    let finish = end.json();
    assert_eq!(finish["result"], "finish");
    let token = &finish["token"];
    let keys: Vec<&String> = token.as_object().expect("object").keys().collect();
    assert_eq!(keys, ["humanId", "clientId", "sessionToken"]);
    assert_eq!(token["clientId"], APP);
    assert!(is_hex(token["humanId"].as_str().expect("text"), 32));
    assert!(is_hex(token["sessionToken"].as_str().expect("text"), 32));
    assert_ne!(token["sessionToken"], data["openToken"]);
    assert_eq!(browser.end(page.secret()).await.json(), finish, "told twice, it answers the same");
    assert_eq!(browser.poll(&page.poll()).await.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(browser.list(page.secret()).await.status, StatusCode::GONE);

    let answer = world.exchange(token).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let tokens = answer.json();
    let keys: Vec<&String> = tokens.as_object().expect("object").keys().collect();
    assert_eq!(keys, ["humanId", "clientId", "clientUserId", "accessToken", "publicToken"]);
    assert_eq!((&tokens["humanId"], &tokens["clientId"]), (&token["humanId"], &json!(APP)));
    assert_eq!(tokens["clientUserId"], "patient-17");
    assert!(is_hex(tokens["accessToken"].as_str().expect("text"), 64));
    assert!(is_hex(tokens["publicToken"].as_str().expect("text"), 32));
    assert_eq!(world.people(), 1);

    let bearer = format!("Bearer {}", tokens["accessToken"].as_str().expect("text"));
    let sources = send(&world.router, Method::GET, "/v1/human/sources", &[("authorization", &bearer)], "").await;
    assert_eq!(sources.json()[0]["source"], "oura", "{}", sources.body);
}

#[tokio::test]
async fn closed_when_nothing_changed() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.open(&USER).await;
    for _ in 0..2 {
        assert_eq!(browser.end(page.secret()).await.body, r#"{"result":"close"}"#);
    }
    assert_eq!(browser.poll(&page.poll()).await.status, StatusCode::PRECONDITION_FAILED);
    let again = browser.open(&USER).await;
    assert_ne!(again.data()["openToken"], page.data()["openToken"], "a new session");
}

#[tokio::test]
async fn what_is_taken_back_is_revoked_and_erased() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.open(&USER).await;
    browser.login(page.secret(), "code-ring").await;
    let connection = browser.list(page.secret()).await.connection("oura");
    let list = browser.disconnect(page.secret(), &connection).await;
    assert_eq!(list.row("oura"), "available");
    assert_eq!(browser.disconnect(page.secret(), &connection).await.code(), "unknown_connection");
    assert_eq!(browser.end(page.secret()).await.json()["result"], "close");
    world.engine.drain_jobs().await.expect("jobs");
    assert_eq!(world.provider.seen(|s| s.revoked.clone()), ["at-ring"]);
}

#[tokio::test]
async fn a_user_who_exists_is_told_so() {
    let world = World::new().await;
    world.enrolled("patient-17", "ring").await;
    let mut browser = world.browser();
    let page = browser.open(&USER).await;
    // 200: it is an answer of the contract, and must not stain the host page's console.
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(
        page.data()["error"],
        json!({
            "code": "user_already_exists",
            "message": "User Already Exists",
            "detailedMessage": "The app has a user with this clientUserId already. Open Connect with that user's publicToken."
        })
    );
    assert!(page.body.contains("User Already Exists") && page.body.contains("id=\"close\""), "{}", page.body);
    assert!(page.header("content-security-policy").contains(HOST), "the app's page may show it");
    assert!(page.header("set-cookie").is_empty() && !page.body.contains("/connect/start"), "Connect does not start");
    // Another person, and the same id at another app, are not affected.
    assert_eq!(browser.open(&[("clientId", APP), ("clientUserId", "patient-18")]).await.data()["error"], json!(null));
    let elsewhere = [("clientId", crate::world::OTHER_APP), ("clientUserId", "patient-17")];
    assert_eq!(browser.open(&elsewhere).await.data()["error"], json!(null));
}

/// Threat T1: what strangers open and connect under somebody's id neither blocks nor reaches that person.
#[tokio::test]
async fn squatters_change_nothing() {
    let world = World::new().await;
    let mut squatters = Vec::new();
    for n in 0..20 {
        let mut browser = world.browser();
        let page = browser.open(&USER).await;
        assert_eq!(browser.list(page.secret()).await.row("oura"), "available", "sees nothing of the others");
        browser.login(page.secret(), &format!("code-squatter{n}")).await;
        let token = browser.end(page.secret()).await.json()["token"].clone();
        squatters.push(token);
    }
    assert_eq!(world.people(), 0);
    let real = world.enrolled("patient-17", "ring").await;
    let human = real["humanId"].as_str().expect("text").parse().expect("id");
    let accounts: Vec<String> = world
        .engine
        .store
        .connections(human)
        .expect("connections")
        .into_iter()
        .map(|c| c.account.expose().clone())
        .collect();
    assert_eq!(accounts, ["ring"]);
    for token in &squatters {
        assert_ne!(token["humanId"], real["humanId"]);
        let late = world.exchange(token).await;
        assert_eq!((late.status, late.code().as_str()), (StatusCode::CONFLICT, "user_already_exists"));
    }
    world.engine.drain_jobs().await.expect("jobs");
    let mut revoked = world.provider.seen(|s| s.revoked.clone());
    revoked.sort();
    revoked.dedup();
    assert_eq!(revoked.len(), 20, "every squatter's grant is handed back: {revoked:?}");
    assert!(!revoked.contains(&"at-ring".to_owned()));
}

#[tokio::test]
async fn what_nobody_finalises_ends_revoked_and_erased() {
    let world = World::new().await;
    let (mut open, mut finished) = (world.browser(), world.browser());
    let page = open.open(&USER).await;
    open.login(page.secret(), "code-a").await;
    let other = finished.open(&USER).await;
    finished.login(other.secret(), "code-b").await;
    let token = finished.end(other.secret()).await.json()["token"].clone();
    assert_eq!(world.engine.sweep_sessions().await.expect("sweep"), 0);

    world.clock.advance_ms(10 * 60_000);
    assert_eq!(world.exchange(&token).await.code(), "session_expired", "ten minutes after finish");
    assert_eq!(finished.end(other.secret()).await.status, StatusCode::GONE);
    assert_eq!(world.engine.sweep_sessions().await.expect("sweep"), 1);
    assert_eq!(world.exchange(&token).await.status, StatusCode::GONE, "still told so after the sweep");
    assert_eq!(finished.end(other.secret()).await.status, StatusCode::GONE);

    world.clock.advance_ms(20 * 60_000);
    assert_eq!(open.list(page.secret()).await.code(), "session_gone", "thirty minutes after opening");
    assert_eq!(open.end(page.secret()).await.status, StatusCode::GONE);
    assert_eq!(open.poll(&page.poll()).await.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(world.engine.sweep_sessions().await.expect("sweep"), 1);
    assert_eq!(world.engine.sweep_sessions().await.expect("sweep"), 0);
    world.engine.drain_jobs().await.expect("jobs");
    let mut revoked = world.provider.seen(|s| s.revoked.clone());
    revoked.sort();
    assert_eq!(revoked, ["at-a", "at-b"]);
    assert_eq!(world.people(), 0);
}

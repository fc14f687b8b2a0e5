//! Connect by a token of the second generation: what it opens, when what is connected is the person's own, and what is
//! told where it opens nothing.
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{APP, Answer, Browser, OTHER_APP, OTHER_SECRET, SECRET, World, send};

/// A token by its type.
async fn token(world: &World, kind: &str, user: &str) -> String {
    let body = json!({"client_id": APP, "client_secret": SECRET, "client_user_id": user, "type": kind,
        "client_user_email": "p17@example.org"});
    let answer = world.call("/v1/connect/token", &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()[format!("{kind}_token")].as_str().expect("token").to_owned()
}

/// As `humanapi-connect-client` writes it.
async fn open(browser: &mut Browser, token: &str) -> Answer {
    browser
        .open(&[("token", token), ("pisId", "p"), ("mode", "auth"), ("clientId", "undefined"), ("segment", "x")])
        .await
}

async fn get(world: &World, token: &str, path: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    send(&world.router, Method::GET, path, &[("authorization", &bearer)], "").await
}

#[tokio::test]
async fn a_source_is_the_persons_own_when_its_login_comes_back() {
    let world = World::new().await;
    let session = token(&world, "session", "patient-17").await;
    let mut browser = world.browser();
    let page = open(&mut browser, &session).await;
    let data = page.data();
    assert_eq!((&data["objects"], &data["mode"], &data["form"]), (&json!(true), &json!("create"), &json!("frame")));
    assert!(page.header("content-security-policy").ends_with("frame-ancestors https://app.example"));
    assert_eq!(world.people(), 0);
    browser.login(page.secret(), "code-ring").await;
    assert_eq!(world.people(), 1);
    let access = token(&world, "access", "patient-17").await;
    assert_eq!(get(&world, &access, "/v1/human/sources").await.json().as_array().expect("rows").len(), 1);
    assert_eq!(get(&world, &access, "/v1/human/profile").await.json()["email"], "p17@example.org");
    // The page goes on with the person as they are now.
    let list = browser.list(page.secret()).await;
    assert_eq!(list.row("oura"), "connected");
    assert_eq!(browser.end(page.secret()).await.json(), json!({"result": "close"}), "nothing to exchange");
    assert_eq!(browser.end(page.secret()).await.json(), json!({"result": "close"}));
    assert_eq!(world.people(), 1);
    // The widget is opened once more, by the same token.
    let again = open(&mut browser, &session).await;
    assert_eq!((&again.data()["mode"], again.row("oura").as_str()), (&json!("edit"), "connected"));
    assert_ne!(again.secret(), page.secret());
}

#[tokio::test]
async fn what_is_connected_stays_if_the_window_is_just_closed() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = open(&mut browser, &token(&world, "session", "patient-17").await).await;
    browser.login(page.secret(), "code-ring").await;
    world.clock.advance_ms(2 * 3_600_000);
    world.engine.sweep_sessions().await.expect("sweeps");
    let access = token(&world, "access", "patient-17").await;
    assert_eq!(get(&world, &access, "/v1/human/sources").await.json()[0]["source"], "oura");
    assert_eq!(world.engine.store.check().expect("checks"), Vec::<String>::new());
}

#[tokio::test]
async fn nothing_connected_makes_nobody_and_leaves_nothing() {
    let world = World::new().await;
    let session = token(&world, "session", "patient-17").await;
    let mut browser = world.browser();
    let page = open(&mut browser, &session).await;
    assert_eq!(browser.end(page.secret()).await.json(), json!({"result": "close"}));
    // Opened once more, and once more after the first session was swept.
    assert_eq!(open(&mut browser, &session).await.data()["mode"], "create");
    world.clock.advance_ms(31 * 60_000);
    world.engine.sweep_sessions().await.expect("sweeps");
    let page = open(&mut browser, &session).await;
    browser.login(page.secret(), "code-ring").await;
    assert_eq!(world.people(), 1, "the token still opens it");

    let other = token(&world, "session", "patient-18").await;
    open(&mut browser, &other).await;
    world.clock.advance_ms(3_600_000);
    world.engine.sweep_sessions().await.expect("sweeps");
    assert_eq!((world.people(), world.engine.sweep_sessions().await.expect("sweeps")), (1, 0));
}

#[tokio::test]
async fn an_id_token_opens_edit_mode() {
    let world = World::new().await;
    world.enrolled("patient-17", "ring").await;
    let mut browser = world.browser();
    let page = open(&mut browser, &token(&world, "id", "patient-17").await).await;
    assert_eq!((&page.data()["mode"], page.row("oura").as_str()), (&json!("edit"), "connected"));
    let gone = browser.disconnect(page.secret(), &page.connection("oura")).await;
    assert_eq!(gone.row("oura"), "available");
    let access = token(&world, "access", "patient-17").await;
    assert_eq!(get(&world, &access, "/v1/human/sources").await.json(), json!([]));
    browser.login(page.secret(), "code-band").await;
    assert_eq!(get(&world, &access, "/v1/human/sources").await.json().as_array().expect("rows").len(), 1);
    assert_eq!(browser.end(page.secret()).await.json(), json!({"result": "close"}));
}

/// Two tabs, or two browsers, that were given the same token.
#[tokio::test]
async fn one_token_is_one_session() {
    let world = World::new().await;
    let session = token(&world, "session", "patient-17").await;
    let (mut one, mut two) = (world.browser(), world.browser());
    let (a, b) = (open(&mut one, &session).await, open(&mut two, &session).await);
    assert_eq!(a.secret(), b.secret());
    // Another token for the same new user is another session, but the same person.
    let other = open(&mut two, &token(&world, "session", "patient-17").await).await;
    assert_ne!(a.secret(), other.secret());
    one.login(a.secret(), "code-ring").await;
    two.login(other.secret(), "code-band").await;
    assert_eq!(world.people(), 1);
    let access = token(&world, "access", "patient-17").await;
    assert_eq!(get(&world, &access, "/v1/human/sources").await.json().as_array().expect("rows").len(), 2);
}

#[tokio::test]
async fn an_enrolment_that_was_first_stands() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = open(&mut browser, &token(&world, "session", "patient-17").await).await;
    let first = world.enrolled("patient-17", "ring").await;
    browser.login(page.secret(), "code-other").await;
    let human = first["humanId"].as_str().expect("text").parse().expect("id");
    assert_eq!((world.people(), world.engine.store.connections(human).expect("reads").len()), (1, 1));
    assert_eq!(browser.list(page.secret()).await.code(), "session_gone");
}

#[tokio::test]
async fn a_token_that_opens_nothing_says_why_to_its_app() {
    let world = World::new().await;
    let good = token(&world, "session", "patient-17").await;
    let mut browser = world.browser();
    let forged = format!("{}AAAA", &good[..good.len() - 4]);
    let of = |answer: &Answer| answer.data()["error"]["code"].as_str().expect("code").to_owned();
    for (query, status, code) in [
        (vec![("token", forged.as_str())], 403, "session_token_invalid"),
        (vec![("token", "nonsense"), ("clientId", APP)], 403, "session_token_invalid"),
        (vec![("token", ""), ("clientId", APP)], 400, "missing_session_token"),
        (vec![("mode", "select"), ("clientId", APP)], 400, "missing_session_token"),
    ] {
        let answer = browser.open(&query).await;
        assert_eq!((answer.status.as_u16(), of(&answer).as_str()), (status, code), "{query:?}");
        assert_eq!(answer.data()["objects"], true);
        assert!(answer.header("content-security-policy").ends_with("frame-ancestors https://app.example"));
        assert!(answer.data()["secret"] == "" && !answer.body.contains(&good));
    }
    // Nobody's: no frame may show it.
    for query in [vec![("token", "nonsense")], vec![("token", "")], vec![("token", "x"), ("clientId", "undefined")]] {
        let answer = browser.open(&query).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.header("content-security-policy").ends_with("frame-ancestors 'none'"));
    }
    world.clock.advance_ms(3_600_000);
    let late = browser.open(&[("token", &good)]).await;
    assert_eq!((late.status, of(&late).as_str()), (StatusCode::GONE, "session_token_expired"));
    world.engine.sweep_sessions().await.expect("sweeps");
    assert_eq!(of(&browser.open(&[("token", &good)]).await), "session_token_expired", "also once it is forgotten");
}

/// A link in a mail must not make anybody connect for somebody else.
#[tokio::test]
async fn outside_of_a_frame_nothing_opens() {
    let world = World::new().await;
    let good = token(&world, "session", "patient-17").await;
    let path = format!("/?token={good}");
    let alone = send(&world.router, Method::GET, &path, &[("sec-fetch-dest", "document")], "").await;
    assert_eq!(alone.status, StatusCode::FORBIDDEN);
    assert!(alone.body.contains("Not In Its App") && alone.header("set-cookie").is_empty());
    let framed = send(&world.router, Method::GET, &path, &[("sec-fetch-dest", "iframe")], "").await;
    assert_eq!(framed.status, StatusCode::OK);
}

#[tokio::test]
async fn a_token_of_another_app_opens_that_apps_page_alone() {
    let world = World::new().await;
    let body = json!({"client_id": OTHER_APP, "client_secret": OTHER_SECRET, "client_user_id": "u", "type": "session"});
    let other: Value = world.call("/v1/connect/token", &body).await.json();
    let mut browser = world.browser();
    let page = browser.open(&[("token", other["session_token"].as_str().expect("text")), ("clientId", APP)]).await;
    assert!(page.header("content-security-policy").ends_with("frame-ancestors https://other.example"));
    assert_eq!(page.data()["origins"], json!(["https://other.example"]));
}

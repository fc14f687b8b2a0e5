//! OAuth 2: the whole flow, redirect targets (T27), codes that come twice, PKCE, and whom `user` and `human_id` open.
use axum::http::{Method, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use crate::world::{
    APP, Answer, Browser, OTHER_APP, OTHER_SECRET, PUBLIC, REGISTERED, SECRET, World, encode, is_hex, parameter, send,
};

const TOKEN: &str = "/oauth/token";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Opens the authorisation endpoint; what is named replaces the usual.
async fn authorize(browser: &mut Browser, changes: &[(&str, &str)]) -> Answer {
    let mut query =
        vec![("response_type", "code"), ("client_id", APP), ("redirect_uri", REGISTERED), ("state", "a b&c")];
    query.retain(|(name, _)| !changes.iter().any(|(n, _)| n == name));
    query.extend(changes);
    browser.get(&format!("/oauth/authorize?{}", encode(&query))).await
}

/// Connects an account and presses Done; where that leads.
async fn done(browser: &mut Browser, page: &Answer, account: &str) -> String {
    let back = browser.login(page.secret(), &format!("code-{account}")).await;
    assert!(back.location().starts_with(&format!("{PUBLIC}/connect/page?s=")), "{}", back.location());
    browser.post("/connect/end", &[("secret", page.secret())], "text/html").await.location().to_owned()
}

/// A code.
async fn code(world: &World, changes: &[(&str, &str)], account: &str) -> String {
    let mut browser = world.browser();
    let page = authorize(&mut browser, changes).await;
    assert_eq!(page.status, StatusCode::OK, "{} {}", page.body, page.header("location"));
    parameter(&done(&mut browser, &page, account).await, "code").expect("code")
}

/// Exchanges a code with a form, as the clients of the time do.
async fn exchange(world: &World, fields: &[(&str, &str)]) -> Answer {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let mut form = vec![("client_id", APP), ("client_secret", SECRET)];
    form.retain(|(name, _)| !fields.iter().any(|(n, _)| n == name));
    form.extend(fields);
    send(&world.router, Method::POST, TOKEN, &headers, encode(&form)).await
}

fn refused(answer: &Answer) -> (u16, String, String) {
    let json = answer.json();
    let keys: Vec<&String> = json.as_object().expect("object").keys().collect();
    assert_eq!(keys, ["code", "message", "detailedMessage", "error", "error_description"]);
    (answer.status.as_u16(), answer.code(), json["error"].as_str().expect("text").to_owned())
}

async fn reads(world: &World, tokens: &Value) -> u16 {
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().expect("text"));
    send(&world.router, Method::GET, "/v1/human/profile", &[("authorization", &bearer)], "").await.status.as_u16()
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", BASE64.encode(format!("{user}:{password}")))
}

#[tokio::test]
async fn from_authorize_to_the_profile() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = authorize(&mut browser, &[("scope", "read write")]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header("content-security-policy").ends_with("frame-ancestors 'none'"));
    let back = done(&mut browser, &page, "ring").await;
    // The target already has a query, and stays as it was.
    assert!(back.starts_with(&format!("{REGISTERED}&code=")), "{back}");
    assert_eq!(parameter(&back, "state").as_deref(), Some("a b&c"));
    assert_eq!(world.people(), 0, "nobody is real before the exchange");
    let code = parameter(&back, "code").expect("code");
    let answer = exchange(&world, &[("code", &code)]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), "no-store");
    let json = answer.json();
    let keys: Vec<&String> = json.as_object().expect("object").keys().collect();
    assert_eq!(keys, ["access_token", "token_type", "human_id", "client_id", "client_user_id", "public_token"]);
    assert_eq!((&json["token_type"], &json["client_id"]), (&json!("Bearer"), &json!(APP)));
    assert!(is_hex(json["client_user_id"].as_str().expect("text"), 32), "a person by a random id");
    assert_eq!(world.people(), 1);
    assert_eq!(reads(&world, &json).await, 200);
}

#[tokio::test]
async fn every_way_in_which_clients_send_a_code() {
    let world = World::new().await;
    let headers = [("content-type", "application/json")];
    let a = code(&world, &[("user", "a")], "ring-a").await;
    let body = json!({"client_id": APP, "client_secret": SECRET, "code": a}).to_string();
    let b = code(&world, &[("user", "b")], "ring-b").await;
    let by_header = [("content-type", "application/x-www-form-urlencoded"), ("authorization", &*basic(APP, SECRET))];
    let c = code(&world, &[("user", "c")], "ring-c").await;
    let redirect = format!("{REGISTERED}&more=1");
    let full = [("grant_type", "authorization_code"), ("code", &c), ("redirect_uri", &redirect), ("scope", "x")];
    let basic_form = encode(&[("grant_type", "authorization_code"), ("code", &b), ("client_id", APP)]);
    for (answer, user) in [
        (send(&world.router, Method::POST, TOKEN, &headers, body).await, "a"),
        (send(&world.router, Method::POST, TOKEN, &by_header, basic_form).await, "b"),
        (exchange(&world, &full).await, "c"),
    ] {
        assert_eq!(answer.status, StatusCode::OK, "{user}: {}", answer.body);
        assert_eq!(answer.json()["client_user_id"], user);
    }
}

/// T27: an answer goes nowhere but to what the app registered.
#[tokio::test]
async fn a_foreign_target_gets_a_page_and_no_redirect() {
    let world = World::new().await;
    let mut browser = world.browser();
    for target in [
        "",
        "https://evil.example/",
        "https://app.example/done",
        "https://app.example/",
        "https://app.example/done?tab=1#x",
        "https://app.example/done?tab=1&x=1",
        "https://app.example:443/done?tab=1",
        "https://APP.example/done?tab=1",
        "https://app.example/done?tab=1 ",
        "https://app.example/x/../done?tab=1",
        "https://app.example@evil.example/done?tab=1",
        "https://hapi-finish",
        "https://connect.humanapi.co/blank/hc-finish",
        "http://127.0.0.1:8080/blank/hc-finish",
        "javascript:alert(1)",
    ] {
        let answer = authorize(&mut browser, &[("redirect_uri", target)]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{target}");
        assert!(answer.header("location").is_empty() && answer.body.contains("Redirect Not Allowed"), "{target}");
    }
    for (name, value, status) in [("client_id", "00", 404), ("client_id", OTHER_APP, 403), ("client_id", "", 404)] {
        let answer = authorize(&mut browser, &[(name, value)]).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (status, ""), "{value}");
    }
    let twice = format!(
        "/oauth/authorize?{}",
        encode(&[
            ("response_type", "code"),
            ("client_id", APP),
            ("redirect_uri", REGISTERED),
            ("redirect_uri", "https://x.example/"),
        ])
    );
    assert_eq!(browser.get(&twice).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_else_is_wrong_is_told_at_the_target() {
    let world = World::new().await;
    let known = world.enrolled("patient-17", "ring").await;
    let public = known["publicToken"].as_str().expect("text");
    let human = known["humanId"].as_str().expect("text");
    let (long_user, long_state) = ("u".repeat(1025), "s".repeat(1025));
    let mut browser = world.browser();
    for (changes, error, words) in [
        (vec![("response_type", "token")], "unsupported_response_type", "response_type"),
        (vec![("response_type", "")], "unsupported_response_type", "response_type"),
        (vec![("mode", "edit"), ("user", "patient-17")], "invalid_request", "public_token"),
        (vec![("user", "patient-17")], "invalid_request", "already"),
        (vec![("human_id", human)], "invalid_request", "already"),
        (vec![("human_id", "00112233445566778899aabbccddeeff")], "invalid_request", "no user"),
        (vec![("human_id", "nonsense")], "invalid_request", "no user"),
        (vec![("public_token", "00112233445566778899aabbccddeeff")], "invalid_request", "publicToken"),
        (vec![("public_token", public), ("user", "patient-18")], "invalid_request", "publicToken"),
        (
            vec![("public_token", public), ("human_id", "00112233445566778899aabbccddeeff")],
            "invalid_request",
            "publicToken",
        ),
        (vec![("code_challenge", CHALLENGE)], "invalid_request", "S256"),
        (vec![("code_challenge", CHALLENGE), ("code_challenge_method", "plain")], "invalid_request", "S256"),
        (vec![("code_challenge", "short"), ("code_challenge_method", "S256")], "invalid_request", "S256"),
        (vec![("user", &*long_user)], "invalid_request", "1024"),
    ] {
        let answer = authorize(&mut browser, &changes).await;
        let target = answer.location().to_owned();
        assert!(target.starts_with(&format!("{REGISTERED}&error=")), "{changes:?}: {target}");
        assert_eq!(parameter(&target, "error").as_deref(), Some(error), "{changes:?}");
        let described = parameter(&target, "error_description").expect("description");
        assert!(described.contains(words), "{changes:?}: {described}");
        assert_eq!(parameter(&target, "state").as_deref(), Some("a b&c"));
    }
    let answer = authorize(&mut browser, &[("state", &long_state)]).await;
    assert_eq!(parameter(answer.location(), "error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn closing_without_a_source_is_a_denial() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = authorize(&mut browser, &[]).await;
    let end = browser.post("/connect/end", &[("secret", page.secret())], "text/html").await;
    assert_eq!(end.location(), format!("{REGISTERED}&error=access_denied&state=a+b%26c"));
    let page = authorize(&mut browser, &[("state", "")]).await;
    let end = browser.post("/connect/end", &[("secret", page.secret())], "text/html").await;
    assert_eq!(end.location(), format!("{REGISTERED}&error=access_denied"));
}

#[tokio::test]
async fn a_code_that_comes_twice_ends_what_it_gave() {
    let world = World::new().await;
    let a = code(&world, &[("user", "patient-17")], "ring").await;
    // Another app has no use for it, and does no harm with it.
    let foreign = [("client_id", OTHER_APP), ("client_secret", OTHER_SECRET), ("code", &*a)];
    assert_eq!(refused(&exchange(&world, &foreign).await), (400, "invalid_code".into(), "invalid_grant".into()));
    let tokens = exchange(&world, &[("code", &a)]).await.json();
    assert_eq!(reads(&world, &tokens).await, 200);
    assert_eq!(refused(&exchange(&world, &foreign).await).1, "invalid_code");
    assert_eq!(reads(&world, &tokens).await, 200, "another app's replay is none");
    let edit = async |token: &Value| {
        let mut browser = world.browser();
        authorize(&mut browser, &[("mode", "edit"), ("public_token", token.as_str().expect("text"))]).await.status
    };
    assert_eq!(edit(&tokens["public_token"]).await, StatusCode::OK);
    // At once: no minute for retries, in which a stolen code would be worth most.
    let again = exchange(&world, &[("code", &a)]).await;
    assert_eq!(refused(&again), (400, "code_reused".into(), "invalid_grant".into()));
    assert_eq!(reads(&world, &tokens).await, 401);
    assert_eq!(edit(&tokens["public_token"]).await, StatusCode::SEE_OTHER, "refused");
    assert_eq!(world.people(), 1, "the person and what is connected stay");
}

#[tokio::test]
async fn codes_end_after_ten_minutes_and_are_no_session_tokens() {
    let world = World::new().await;
    let a = code(&world, &[("user", "a")], "ring").await;
    let session = world.engine.store.session_by_token(&hilum_store::hash_token(&a)).expect("store").expect("session");
    let as_session = json!({"humanId": session.human_id.to_string(), "clientId": APP, "clientSecret": SECRET,
        "sessionToken": a});
    let answer = world.call("/v1/connect/tokens", &as_session).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "invalid_session"));
    world.clock.advance_ms(600_000);
    assert_eq!(refused(&exchange(&world, &[("code", &a)]).await).1, "invalid_code");

    let mut browser = world.browser();
    let page = browser.open(&[("clientId", APP), ("clientUserId", "b")]).await;
    browser.login(page.secret(), "code-band").await;
    let token = browser.end(page.secret()).await.json()["token"].clone();
    let as_code = exchange(&world, &[("code", token["sessionToken"].as_str().expect("text"))]).await;
    assert_eq!(refused(&as_code).1, "invalid_code");
    assert_eq!(world.exchange(&token).await.status, StatusCode::OK, "and it is not used up");
}

#[tokio::test]
async fn a_challenge_wants_its_verifier() {
    let world = World::new().await;
    let challenge = [("user", "a"), ("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let a = code(&world, &challenge, "ring").await;
    for verifier in ["", "wrong", CHALLENGE] {
        let answer = exchange(&world, &[("code", &a), ("code_verifier", verifier)]).await;
        assert_eq!(refused(&answer).1, "invalid_code", "{verifier}");
    }
    assert_eq!(exchange(&world, &[("code", &a), ("code_verifier", VERIFIER)]).await.status, StatusCode::OK);
    // Somebody took the challenge out on the way.
    let b = code(&world, &[("user", "b")], "ring-b").await;
    let answer = exchange(&world, &[("code", &b), ("code_verifier", VERIFIER)]).await;
    assert_eq!(refused(&answer), (400, "invalid_code".into(), "invalid_grant".into()));
}

/// T1, T4: `user` is what a page says.
#[tokio::test]
async fn a_user_is_nobodys_before_the_exchange_and_the_app_may_insist() {
    let world = World::new().await;
    let squatted = code(&world, &[("user", "victim")], "attackers-ring").await;
    let wrong = exchange(&world, &[("code", &squatted), ("user", "attacker")]).await;
    assert_eq!(refused(&wrong), (403, "user_mismatch".into(), "invalid_grant".into()));
    assert_eq!(world.people(), 0);
    // The victim is not kept out, and gets none of it.
    let own = code(&world, &[("user", "victim")], "ring").await;
    let tokens = exchange(&world, &[("code", &own), ("user", "victim")]).await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
    let late = exchange(&world, &[("code", &squatted)]).await;
    assert_eq!(refused(&late), (409, "user_already_exists".into(), "invalid_grant".into()));
    let human = tokens.json()["human_id"].as_str().expect("text").parse().expect("id");
    assert_eq!(world.engine.store.connections(human).expect("reads").len(), 1);
}

#[tokio::test]
async fn somebody_registered_is_enrolled_once_by_human_id() {
    let world = World::new().await;
    let key = basic(&SECRET.replace("5ec", "a99"), "");
    let headers = [("authorization", key.as_str()), ("content-type", "application/json")];
    let users = format!("/v1/apps/{APP}/users");
    let made = send(&world.router, Method::POST, &users, &headers, r#"{"externalId":"patient-17"}"#).await.json();
    let human = made["humanId"].as_str().expect("text");
    let (first, second) =
        (code(&world, &[("human_id", human)], "a").await, code(&world, &[("human_id", human)], "b").await);
    let tokens = exchange(&world, &[("code", &first)]).await.json();
    assert_eq!((&tokens["human_id"], &tokens["client_user_id"]), (&json!(human), &json!("patient-17")));
    assert_eq!(reads(&world, &tokens).await, 200);
    assert_eq!(refused(&exchange(&world, &[("code", &second)]).await).1, "user_already_exists");
    let connected = world.engine.store.connections(human.parse().expect("id")).expect("reads");
    assert_eq!(connected.len(), 1, "what came second is not theirs");
    let mut browser = world.browser();
    let again = authorize(&mut browser, &[("human_id", human)]).await;
    assert_eq!(parameter(again.location(), "error").as_deref(), Some("invalid_request"));
    // Who comes back is known by the public token.
    let public = tokens["public_token"].as_str().expect("text");
    let edit = authorize(&mut browser, &[("mode", "edit"), ("human_id", human), ("public_token", public)]).await;
    assert_eq!((edit.status, edit.row("oura").as_str()), (StatusCode::OK, "connected"));
    let elsewhere = [("client_id", OTHER_APP), ("human_id", human)];
    assert_eq!(authorize(&mut browser, &elsewhere).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_token_endpoint_names_each_refusal() {
    let world = World::new().await;
    for (fields, status, code, error) in [
        (vec![("client_secret", OTHER_SECRET), ("code", "x")], 401, "invalid_client", "invalid_client"),
        (vec![("client_id", "x"), ("code", "x")], 401, "invalid_client", "invalid_client"),
        (vec![("client_secret", ""), ("code", "x")], 400, "missing_field", "invalid_request"),
        (vec![("grant_type", "authorization_code")], 400, "missing_field", "invalid_request"),
        (vec![("grant_type", "password"), ("code", "x")], 400, "unsupported_grant_type", "unsupported_grant_type"),
        (vec![("code", "x")], 400, "invalid_code", "invalid_grant"),
    ] {
        let answer = exchange(&world, &fields).await;
        assert_eq!(refused(&answer), (status, code.to_owned(), error.to_owned()), "{fields:?}");
        assert_eq!(answer.header("www-authenticate"), if status == 401 { "Basic realm=\"Hilum\"" } else { "" });
        assert!(!answer.body.contains(SECRET));
    }
    let authorization = basic(APP, SECRET);
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("authorization", authorization.as_str())];
    let body = encode(&[("code", "x"), ("client_id", OTHER_APP)]);
    let answer = send(&world.router, Method::POST, TOKEN, &headers, body).await;
    assert_eq!(refused(&answer).1, "conflicting_credentials");
    let from_a_page = [("content-type", "application/x-www-form-urlencoded"), ("origin", "https://app.example")];
    let answer = send(&world.router, Method::POST, TOKEN, &from_a_page, "code=x").await;
    assert_eq!(refused(&answer), (403, "secret_in_browser".into(), "unauthorized_client".into()));
}

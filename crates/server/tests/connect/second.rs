//! `POST /v1/connect/token`: types, both forms of a body, refusals, refresh (RFC 9700), erasure.
use std::net::SocketAddr;

use axum::Extension;
use axum::extract::ConnectInfo;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::tokens::skipped;
use crate::world::{APP, Answer, OTHER_APP, OTHER_SECRET, SECRET, World, encode, is_hex, send};

const PATH: &str = "/v1/connect/token";
const DAY_MS: i64 = 86_400_000;

async fn ask(world: &World, kind: &str, user: &str) -> Answer {
    let body = json!({"client_id": APP, "client_secret": SECRET, "client_user_id": user, "type": kind});
    world.call(PATH, &body).await
}

async fn refresh(world: &World, token: &str) -> Answer {
    let body =
        json!({"client_id": APP, "client_secret": SECRET, "refresh_token": token, "grant_type": "refresh_token"});
    world.call(PATH, &body).await
}

/// Status of a data call with an access token.
async fn reads(world: &World, token: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    send(&world.router, Method::GET, "/v1/human/sources", &[("authorization", &bearer)], "").await.status.as_u16()
}

fn text(answer: &Answer, name: &str) -> String {
    answer.json()[name].as_str().unwrap_or_else(|| panic!("{name}: {}", answer.body)).to_owned()
}

fn keys(value: &Value) -> Vec<String> {
    value.as_object().expect("object").keys().cloned().collect()
}

fn refused(answer: &Answer) -> (u16, String, String) {
    assert_eq!(keys(&answer.json()), ["code", "message", "detailedMessage", "error", "error_description"]);
    assert!(!answer.body.contains(SECRET), "no secret comes back");
    (answer.status.as_u16(), answer.code(), text(answer, "error"))
}

#[tokio::test]
async fn every_type_in_json_and_form() {
    let world = World::new().await;
    let known = world.enrolled("patient-17", "ring").await;
    for (kind, user) in [("session", "new"), ("id", "patient-17"), ("id_token", "patient-17"), ("access", "patient-17")]
    {
        let form = [
            ("client_id", APP),
            ("client_user_id", user),
            ("client_secret", SECRET),
            ("client_user_email", "p@example.org"),
            ("type", kind),
        ];
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let by_form = send(&world.router, Method::POST, PATH, &headers, encode(&form)).await;
        let body = json!({"client_id": APP, "client_user_id": user, "client_secret": SECRET, "type": kind,
            "client_user_email": "p@example.org", "extra_scopes": ["a", "b"]});
        for answer in [by_form, world.call(PATH, &body).await] {
            assert_eq!(answer.status, StatusCode::OK, "{kind}: {}", answer.body);
            assert_eq!(answer.header("cache-control"), "no-store");
            let json = answer.json();
            assert_eq!(json["token_type"], "Bearer");
            assert!(is_hex(&text(&answer, "human_id"), 32));
            match kind {
                "session" => {
                    assert_eq!(keys(&json), ["expires_in", "human_id", "session_token", "token_type"]);
                    assert_eq!(json["expires_in"], 3600);
                }
                "access" => {
                    assert_eq!(keys(&json), ["access_token", "expires_in", "token_type", "refresh_token", "human_id"]);
                    assert_eq!(json["expires_in"], 86_400);
                    assert!(text(&answer, "refresh_token").starts_with("atrt-"));
                    assert_eq!(json["human_id"], known["humanId"]);
                    assert_eq!(reads(&world, &text(&answer, "access_token")).await, 200);
                }
                _ => {
                    let members =
                        ["id_token", "id_token_expires_in", "refresh_token", "human_id", "expires_in", "token_type"];
                    assert_eq!(keys(&json), members);
                    assert_eq!((&json["id_token_expires_in"], &json["expires_in"]), (&json!(3600), &json!(3600)));
                    assert_eq!(json["human_id"], known["humanId"]);
                    assert_eq!(reads(&world, &text(&answer, "id_token")).await, 401, "it opens Connect alone");
                }
            }
        }
    }
    assert_eq!(world.people(), 1, "a session token makes nobody");
}

#[tokio::test]
async fn each_refusal_names_itself() {
    let world = World::new().await;
    world.enrolled("patient-17", "ring").await;
    let body = |changes: &[(&str, Value)]| {
        let mut body = json!({"client_id": APP, "client_secret": SECRET, "client_user_id": "patient-17", "type": "id"});
        for (name, value) in changes {
            body[*name] = value.clone();
        }
        body
    };
    for (body, status, code, error) in [
        (body(&[("client_secret", json!(OTHER_SECRET))]), 401, "invalid_client", "invalid_client"),
        (body(&[("client_id", json!("00".repeat(20)))]), 401, "invalid_client", "invalid_client"),
        (body(&[("client_id", json!("nonsense"))]), 401, "invalid_client", "invalid_client"),
        (body(&[("client_secret", json!(null))]), 400, "missing_field", "invalid_request"),
        (body(&[("client_id", json!(""))]), 400, "missing_field", "invalid_request"),
        (body(&[("client_user_id", json!(""))]), 400, "missing_field", "invalid_request"),
        (body(&[("type", json!(null))]), 400, "missing_field", "invalid_request"),
        (body(&[("type", json!("client"))]), 400, "unknown_type", "invalid_request"),
        (body(&[("type", json!(7))]), 400, "invalid_field", "invalid_request"),
        (body(&[("type", json!("refresh"))]), 400, "missing_field", "invalid_request"),
        (body(&[("client_user_id", json!("a".repeat(1025)))]), 400, "client_user_id_too_long", "invalid_request"),
        (body(&[("client_user_email", json!("a".repeat(321)))]), 400, "email_too_long", "invalid_request"),
        (body(&[("type", json!("session"))]), 409, "user_already_exists", "user_already_exists"),
        (body(&[("client_user_id", json!("nobody"))]), 404, "unknown_user", "unknown_user"),
        (body(&[("client_user_id", json!("nobody")), ("type", json!("access"))]), 404, "unknown_user", "unknown_user"),
        (json!([]), 400, "invalid_body", "invalid_request"),
        // Another app with its own secret does not have this person, and may have one of that name itself.
        (
            body(&[("client_id", json!(OTHER_APP)), ("client_secret", json!(OTHER_SECRET))]),
            404,
            "unknown_user",
            "unknown_user",
        ),
    ] {
        let answer = world.call(PATH, &body).await;
        assert_eq!(refused(&answer), (status, code.to_owned(), error.to_owned()), "{body}");
    }
    let other =
        body(&[("client_id", json!(OTHER_APP)), ("client_secret", json!(OTHER_SECRET)), ("type", json!("session"))]);
    assert_eq!(world.call(PATH, &other).await.status, StatusCode::OK);

    // A person whom the app registered, and who has connected nothing.
    let key = format!("Basic {}", base64(SECRET.replace("5ec", "a99")));
    let headers = [("authorization", key.as_str()), ("content-type", "application/json")];
    let users = format!("/v1/apps/{APP}/users");
    let made = send(&world.router, Method::POST, &users, &headers, r#"{"externalId":"pre"}"#).await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(
        refused(&ask(&world, "access", "pre").await),
        (403, "no_source_connected".to_owned(), "no_source_connected".to_owned())
    );
    assert_eq!(ask(&world, "id", "pre").await.status, StatusCode::OK);

    for header in [("origin", "https://app.example"), ("sec-fetch-site", "cross-site")] {
        let headers = [("content-type", "application/json"), header];
        let answer = send(&world.router, Method::POST, PATH, &headers, body(&[]).to_string()).await;
        assert_eq!(refused(&answer).0, 403);
    }
}

/// HTTP Basic of a key.
fn base64(key: String) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(key + ":")
}

#[tokio::test]
async fn access_tokens_end_after_a_day_and_refreshing_helps() {
    let world = World::new().await;
    world.enrolled("patient-17", "ring").await;
    let first = ask(&world, "access", "patient-17").await;
    let token = text(&first, "access_token");
    world.clock.advance_ms(DAY_MS - 1);
    assert_eq!(reads(&world, &token).await, 200);
    world.clock.advance_ms(1);
    assert_eq!(reads(&world, &token).await, 401);
    let next = refresh(&world, &text(&first, "refresh_token")).await;
    assert_eq!(keys(&next.json()), keys(&first.json()));
    assert_eq!(next.json()["expires_in"], 86_400);
    assert_eq!(next.json()["human_id"], first.json()["human_id"]);
    assert_eq!(reads(&world, &text(&next, "access_token")).await, 200);
    // 90 days without use.
    world.clock.advance_ms(90 * DAY_MS);
    let late = refresh(&world, &text(&next, "refresh_token")).await;
    assert_eq!(refused(&late), (400, "invalid_refresh_token".to_owned(), "invalid_grant".to_owned()));
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_reuse_ends_the_family() {
    let world = World::new().await;
    world.enrolled("patient-17", "ring").await;
    let first = ask(&world, "access", "patient-17").await;
    let bystander = ask(&world, "access", "patient-17").await;
    let old = text(&first, "refresh_token");
    let next = refresh(&world, &old).await;
    assert_ne!(text(&next, "refresh_token"), old);
    assert_ne!(text(&next, "access_token"), text(&first, "access_token"));
    assert_eq!(reads(&world, &text(&first, "access_token")).await, 200, "the earlier one lives out its day");

    // The answer was lost: the same request again.
    world.clock.advance_ms(59_000);
    let retry = refresh(&world, &old).await;
    for name in ["access_token", "refresh_token"] {
        assert_eq!(text(&retry, name), text(&next, name));
    }
    assert_eq!(retry.json()["expires_in"], 86_400 - 59);
    // By another app it is no token at all, and no reuse.
    let body = json!({"client_id": OTHER_APP, "client_secret": OTHER_SECRET, "refresh_token": old, "type": "refresh"});
    assert_eq!(refused(&world.call(PATH, &body).await).1, "invalid_refresh_token");

    world.clock.advance_ms(2_000);
    let reused = refresh(&world, &old).await;
    assert_eq!(refused(&reused), (400, "refresh_token_reused".to_owned(), "invalid_grant".to_owned()));
    for token in [text(&first, "access_token"), text(&next, "access_token")] {
        assert_eq!(reads(&world, &token).await, 401, "what came of it has ended");
    }
    assert_eq!(refused(&refresh(&world, &text(&next, "refresh_token")).await).1, "invalid_refresh_token");
    assert_eq!(reads(&world, &text(&bystander, "access_token")).await, 200, "another family goes on");
    assert_eq!(refresh(&world, &text(&bystander, "refresh_token")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_id_token_is_refreshed_to_an_id_token() {
    let world = World::new().await;
    world.enrolled("patient-17", "ring").await;
    let first = ask(&world, "id", "patient-17").await;
    let next = refresh(&world, &text(&first, "refresh_token")).await;
    assert_eq!(keys(&next.json()), keys(&first.json()));
    // Its prefix does not make another kind of it.
    let forged = text(&next, "refresh_token").replace("idrt-", "atrt-");
    assert_eq!(refused(&refresh(&world, &forged).await).1, "invalid_refresh_token");
}

/// 300 wrong secrets from one address in ten minutes; then it waits two seconds for each, whatever it sends.
#[tokio::test]
async fn wrong_secrets_are_limited_by_address() {
    let world = World::new().await;
    world.enrolled("patient-17", "ring").await;
    let from = async |last: u8, secret: &str, path: &str| {
        let peer = ConnectInfo(SocketAddr::from(([192, 0, 2, last], 50_000)));
        let router = world.router.clone().layer(Extension(peer));
        let body = json!({"client_id": APP, "client_secret": secret, "client_user_id": "patient-17", "type": "id",
            "clientId": APP, "clientSecret": secret, "humanId": "x", "sessionToken": "x", "code": "x"});
        let headers = [("content-type", "application/json")];
        send(&router, Method::POST, path, &headers, body.to_string()).await
    };
    for n in 0..300 {
        let path = [PATH, "/v1/connect/tokens", "/v1/connect/publictokens", "/oauth/token"][n % 4];
        assert_eq!(from(7, OTHER_SECRET, path).await.status.as_u16(), 401, "{n}");
    }
    for path in [PATH, "/v1/connect/tokens", "/v1/connect/publictokens", "/oauth/token"] {
        for secret in [SECRET, OTHER_SECRET] {
            let answer = from(7, secret, path).await;
            assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, "2"), "{path}");
        }
    }
    assert_eq!(from(8, SECRET, PATH).await.status, StatusCode::OK, "another address");
    assert_eq!(ask(&world, "id", "patient-17").await.status, StatusCode::OK, "one that nobody knows");
    world.clock.advance_ms(2_000);
    assert_eq!(from(7, SECRET, PATH).await.status, StatusCode::OK);
}

#[tokio::test]
async fn erasure_ends_every_token() {
    let world = World::new().await;
    let known = world.enrolled("patient-17", "ring").await;
    let access = ask(&world, "access", "patient-17").await;
    ask(&world, "id", "patient-17").await;
    let human = known["humanId"].as_str().expect("text").parse().expect("id");
    assert!(world.engine.store.erase_human(human).await.expect("erases"));
    assert_eq!(reads(&world, &text(&access, "access_token")).await, 401);
    assert_eq!(refused(&refresh(&world, &text(&access, "refresh_token")).await).1, "invalid_refresh_token");
    assert_eq!(refused(&ask(&world, "id", "patient-17").await).1, "unknown_user");
}

#[tokio::test]
async fn tokens_that_ended_are_forgotten() {
    let world = World::new().await;
    let first = ask(&world, "session", "new").await;
    let second = ask(&world, "session", "new").await;
    assert_eq!(text(&first, "human_id"), text(&second, "human_id"), "one person while a token lives");
    assert_ne!(text(&first, "session_token"), text(&second, "session_token"));
    world.clock.advance_ms(3_600_000);
    world.engine.sweep_sessions().await.expect("sweeps");
    let third = ask(&world, "session", "new").await;
    assert_ne!(text(&first, "human_id"), text(&third, "human_id"), "nothing of the first is left");
    assert_eq!(world.engine.store.check().expect("checks"), Vec::<String>::new());
}

/// The documented examples, from the shared specification: their members come first, in their order.
#[tokio::test]
async fn documented_shapes() {
    let samples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/spec/samples");
    let world = World::new().await;
    world.enrolled("patient-17", "ring").await;
    for (name, user) in [("session", "patient-18"), ("id", "patient-17"), ("access", "patient-17")] {
        let Ok(sample) = std::fs::read_to_string(samples.join(format!("auth-v2-{name}.json"))) else {
            skipped("documented_shapes of the second generation");
            return;
        };
        let sample: Value = serde_json::from_str(&sample).expect("sample");
        let mut request = sample["request"].clone();
        for (member, value) in [("client_id", APP), ("client_secret", SECRET), ("client_user_id", user)] {
            request[member] = value.into();
        }
        let answer = world.call(PATH, &request).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let documented = keys(&sample["responseBody"]);
        assert_eq!(keys(&answer.json())[..documented.len()], documented);
        for (member, value) in sample["responseBody"].as_object().expect("object") {
            if !value.is_string() {
                assert_eq!(&answer.json()[member], value, "{member}");
            }
        }
    }
}

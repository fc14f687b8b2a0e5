//! The token endpoints: shapes, errors, single use (threats T4, T13, T14).
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{APP, Answer, Browser, OTHER_APP, OTHER_SECRET, SECRET, World, encode, send};

/// A finished session's token object.
async fn finished(world: &World, user: &str, account: &str) -> Value {
    let mut browser = world.browser();
    let page = browser.open(&[("clientId", APP), ("clientUserId", user)]).await;
    browser.login(page.secret(), &format!("code-{account}")).await;
    browser.end(page.secret()).await.json()["token"].clone()
}

fn with(token: &Value, changes: &[(&str, Value)]) -> Value {
    let mut body = token.clone();
    body["clientSecret"] = SECRET.into();
    for (name, value) in changes {
        body[*name] = value.clone();
    }
    body
}

async fn post(world: &World, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    send(&world.router, Method::POST, path, headers, body.to_owned()).await
}

#[tokio::test]
async fn json_and_forms_of_every_content_type() {
    let world = World::new().await;
    for (n, (content_type, as_json)) in [
        ("application/json", true),
        ("application/json; charset=utf-8", true),
        ("application/x-www-form-urlencoded", true),
        ("text/plain", true),
        ("application/x-www-form-urlencoded", false),
        ("application/x-www-form-urlencoded; charset=UTF-8", false),
        ("application/json", false),
        ("", false),
    ]
    .into_iter()
    .enumerate()
    {
        let user = format!("user {n} ü");
        let token = finished(&world, &user, &format!("account{n}")).await;
        // `userId` and other members of old session objects mean nothing.
        let body = with(&token, &[("userId", json!("52e20cb2fff56aac62000001")), ("extra", json!({"a": [1]}))]);
        let text = if as_json {
            body.to_string()
        } else {
            let fields = ["humanId", "clientId", "sessionToken", "clientSecret", "userId"];
            encode(&fields.map(|name| (name, body[name].as_str().expect("text"))))
        };
        let path = if n % 2 == 0 { "/v1/connect/tokens" } else { "/v1/connect/tokens/" };
        let headers = [("content-type", content_type), ("accept", "text/html, text/plain")];
        let answer = post(&world, path, &headers[usize::from(content_type.is_empty())..], &text).await;
        assert_eq!(answer.status.as_u16(), 200, "{content_type} {as_json}: {}", answer.body);
        assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.json()["clientUserId"], user);
    }
}

#[tokio::test]
async fn every_refusal_has_its_status_and_word() {
    let world = World::new().await;
    let token = finished(&world, "patient-17", "ring").await;
    let mut still_open: Browser = world.browser();
    let open = still_open.open(&[("clientId", APP), ("clientUserId", "patient-18")]).await;
    still_open.login(open.secret(), "code-band").await;
    let open_token = open.data()["openToken"].clone();

    for (body, status, code) in [
        (with(&token, &[("clientSecret", json!(OTHER_SECRET))]), 401, "invalid_client"),
        (with(&token, &[("clientId", json!("00".repeat(20)))]), 401, "invalid_client"),
        (with(&token, &[("clientId", json!("nonsense"))]), 401, "invalid_client"),
        (with(&token, &[("clientSecret", json!(SECRET.to_uppercase()))]), 401, "invalid_client"),
        // Another tenant with its own right secret.
        (
            with(&token, &[("clientId", json!(OTHER_APP)), ("clientSecret", json!(OTHER_SECRET))]),
            404,
            "invalid_session",
        ),
        (with(&token, &[("humanId", json!("00".repeat(16)))]), 404, "invalid_session"),
        (with(&token, &[("humanId", json!("nonsense"))]), 404, "invalid_session"),
        (with(&token, &[("sessionToken", json!("00".repeat(16)))]), 404, "invalid_session"),
        (with(&token, &[("sessionToken", json!("nonsense"))]), 404, "invalid_session"),
        (with(&token, &[("sessionToken", open_token)]), 404, "invalid_session"),
        (with(&token, &[("clientUserId", json!("patient-18"))]), 403, "user_mismatch"),
        (with(&token, &[("sessionToken", json!(7))]), 400, "invalid_field"),
        (with(&token, &[("humanId", json!(["a"]))]), 400, "invalid_field"),
        (with(&token, &[("clientSecret", json!({}))]), 400, "invalid_field"),
        (with(&token, &[("clientSecret", json!(null))]), 400, "missing_field"),
        (with(&token, &[("sessionToken", json!(""))]), 400, "missing_field"),
        (json!({}), 400, "missing_field"),
        (json!([]), 400, "invalid_body"),
    ] {
        let answer = world.call("/v1/connect/tokens", &body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{body}");
        let json = answer.json();
        let keys: Vec<&String> = json.as_object().expect("object").keys().collect();
        assert_eq!(keys, ["code", "message", "detailedMessage"]);
        assert!(!answer.body.contains(SECRET), "no secret comes back");
    }
    let big = format!("{{\"x\":\"{}\"}}", "a".repeat(64 * 1024));
    let answer = post(&world, "/v1/connect/tokens", &[("content-type", "application/json")], &big).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (413, "body_too_large"));
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let answer = send(&world.router, method, "/v1/connect/tokens", &[], "").await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (405, "method_not_allowed"));
        assert!(answer.header("access-control-allow-origin").is_empty(), "no page may call it");
    }
    // A page that is still open: the person's id is known to the app, the token is not made yet.
    let human = world_human(&world, open.secret());
    let body =
        json!({"humanId": human, "clientId": APP, "clientSecret": SECRET, "sessionToken": open.data()["openToken"]});
    let answer = world.call("/v1/connect/tokens", &body).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (409, "session_not_finished"));

    // After all this the token is as good as new.
    assert_eq!(world.exchange(&token).await.status, StatusCode::OK);
}

/// The allotted person of a page, from the store.
fn world_human(world: &World, page_secret: &str) -> String {
    let session = world.engine.store.session_by_page_secret(&hilum_store::hash_token(page_secret)).expect("store");
    session.expect("session").human_id.to_string()
}

/// T4: tokens of one person never go to another's login, whose app says whom it means.
#[tokio::test]
async fn the_apps_own_user_id_is_enforced_when_sent() {
    let world = World::new().await;
    let token = finished(&world, "patient-17", "ring").await;
    let wrong = world.call("/v1/connect/tokens", &with(&token, &[("clientUserId", json!("patient-1"))])).await;
    assert_eq!(wrong.code(), "user_mismatch");
    assert!(!wrong.body.contains("patient-17"), "it does not say whose it is");
    assert_eq!(world.people(), 0, "nothing became real");
    let right = world.call("/v1/connect/tokens", &with(&token, &[("clientUserId", json!("patient-17"))])).await;
    assert_eq!(right.status, StatusCode::OK);
}

/// T13: single use, with a minute for a lost answer.
#[tokio::test]
async fn the_replay_matrix() {
    let world = World::new().await;
    let token = finished(&world, "patient-17", "ring").await;
    let first = world.exchange(&token).await;
    assert_eq!(first.status, StatusCode::OK);
    world.clock.advance_ms(59_000);
    let retry = world.exchange(&token).await;
    assert_eq!((retry.status, &retry.body), (StatusCode::OK, &first.body), "the same again within a minute");
    for (changes, status) in [
        (vec![("clientSecret", json!(OTHER_SECRET))], 401),
        (vec![("clientId", json!(OTHER_APP)), ("clientSecret", json!(OTHER_SECRET))], 404),
        (vec![("humanId", json!("00".repeat(16)))], 404),
        (vec![("clientUserId", json!("patient-18"))], 403),
    ] {
        assert_eq!(
            world.call("/v1/connect/tokens", &with(&token, &changes)).await.status.as_u16(),
            status,
            "{changes:?}"
        );
    }
    world.clock.advance_ms(2_000);
    let late = world.exchange(&token).await;
    assert_eq!((late.status, late.code().as_str()), (StatusCode::CONFLICT, "session_used"));
    let bearer = format!("Bearer {}", first.json()["accessToken"].as_str().expect("text"));
    let data = send(&world.router, Method::GET, "/v1/human/sources", &[("authorization", &bearer)], "").await;
    assert_eq!(data.status, StatusCode::OK, "a late replay does not lock the app out");
}

#[tokio::test]
async fn fifty_exchanges_at_once_give_one_set_of_tokens() {
    let world = World::new().await;
    let token = finished(&world, "patient-17", "ring").await;
    let body = with(&token, &[]).to_string();
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let (router, body) = (world.router.clone(), body.clone());
            tokio::spawn(async move {
                let headers = [("content-type", "application/json")];
                send(&router, Method::POST, "/v1/connect/tokens", &headers, body).await
            })
        })
        .collect();
    let mut bodies = Vec::new();
    for call in calls {
        let answer = call.await.expect("ran");
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        bodies.push(answer.body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "all the same");
    assert_eq!(world.people(), 1);
}

/// T14: a browser that holds the secret is told off, whatever it sends.
#[tokio::test]
async fn browsers_may_not_hold_the_secret() {
    let world = World::new().await;
    let token = finished(&world, "patient-17", "ring").await;
    let body = with(&token, &[]).to_string();
    for header in [
        ("origin", "https://app.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "none"),
    ] {
        for path in ["/v1/connect/tokens", "/v1/connect/publictokens"] {
            let answer = post(&world, path, &[("content-type", "application/json"), header], &body).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "secret_in_browser"), "{header:?}");
        }
    }
    assert_eq!(world.exchange(&token).await.status, StatusCode::OK, "the token was not used up");
}

#[tokio::test]
async fn a_lost_public_token_is_replaced() {
    let world = World::new().await;
    let tokens = world.enrolled("patient-17", "ring").await;
    let human = tokens["humanId"].as_str().expect("text");
    let form = encode(&[("humanId", human), ("clientId", APP), ("clientSecret", SECRET)]);
    // As a recorded client sends it: a form, and the app key by Basic besides.
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("authorization", "Basic YTk5Og==")];
    let answer = post(&world, "/v1/connect/publictokens", &headers, &form).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
    let json = answer.json();
    let keys: Vec<&String> = json.as_object().expect("object").keys().collect();
    assert_eq!(keys, ["humanId", "publicToken"]);
    assert_eq!(json["humanId"], human);
    let open = |token: &Value| {
        let (mut browser, token) = (world.browser(), token.as_str().expect("text").to_owned());
        async move { browser.open(&[("clientId", APP), ("publicToken", &token)]).await.data()["error"]["code"].clone() }
    };
    assert_eq!(open(&json["publicToken"]).await, json!(null));
    assert_eq!(open(&tokens["publicToken"]).await, "invalid_public_token");

    let body = |changes: &[(&str, &str)]| {
        let mut body = json!({"humanId": human, "clientId": APP, "clientSecret": SECRET});
        for (name, value) in changes {
            body[*name] = json!(value);
        }
        body
    };
    for (body, status, code) in [
        (body(&[("clientSecret", OTHER_SECRET)]), 401, "invalid_client"),
        (body(&[("clientId", OTHER_APP), ("clientSecret", OTHER_SECRET)]), 404, "unknown_user"),
        (body(&[("humanId", "00112233445566778899aabbccddeeff")]), 404, "unknown_user"),
        (body(&[("humanId", "")]), 400, "missing_field"),
    ] {
        let answer = world.call("/v1/connect/publictokens/", &body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{body}");
    }
    assert_eq!(open(&json["publicToken"]).await, json!(null), "refusals change nothing");
}

/// The documented examples, from the shared specification: the same members, in the same order.
#[tokio::test]
async fn documented_shapes() {
    let samples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/spec/samples");
    let read = |name: &str| -> Option<Value> {
        let text = std::fs::read_to_string(samples.join(name)).ok()?;
        Some(serde_json::from_str(&text).expect("sample"))
    };
    let names = ["connect-tokens.json", "connect-publictokens.json", "connect-session-token-object.json"];
    let [Some(tokens), Some(public), Some(object)] = names.map(read) else {
        skipped("documented_shapes");
        return;
    };
    let world = World::new().await;
    let token = finished(&world, "patient-17", "ring").await;
    let keys = |value: &Value| value.as_object().expect("object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&token), keys(&object["responseBody"]));
    let body = with(&token, &[]);
    let asked = keys(&tokens["request"]["body"]);
    assert!(asked.iter().all(|name| body.get(name).is_some()), "{asked:?}");
    let exchanged = world.call("/v1/connect/tokens", &body).await.json();
    assert_eq!(keys(&exchanged), keys(&tokens["responseBody"]));
    let body = json!({"humanId": token["humanId"], "clientId": APP, "clientSecret": SECRET});
    assert_eq!(keys(&body), keys(&public["request"]["body"]));
    assert_eq!(keys(&world.call("/v1/connect/publictokens", &body).await.json()), keys(&public["responseBody"]));
}

#[expect(clippy::print_stderr, reason = "a skipped test has to say so")]
pub(crate) fn skipped(test: &str) {
    eprintln!("SKIPPED {test}: the shared specification is not beside the workspace");
}

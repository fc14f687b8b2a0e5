//! The application API through the whole router.

mod events;
mod notifications;
mod webhooks;

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hilum_store::connections::ConnectionState;
use serde_json::json;

use crate::human::tests::world::{Answer, CORRECTED, World, app_key, at, everything};

pub(crate) const CLIENT: &str = "0101010101010101010101010101010101010101";

fn basic(credentials: &str) -> String {
    format!("Basic {}", BASE64.encode(credentials))
}

/// The credentials of an app of the tests.
pub(crate) fn basic_of(app: u8) -> String {
    basic(&format!("{}:", app_key(app)))
}

pub(super) async fn send(world: &World, method: Method, path: &str, content_type: &str, body: &str) -> Answer {
    let auth = basic(&format!("{}:", app_key(1)));
    let headers = [("authorization", auth.as_str()), ("content-type", content_type)];
    world.send(method, &format!("/v1/apps/{CLIENT}{path}"), &headers, body).await
}

pub(super) async fn get(world: &World, path: &str) -> Answer {
    send(world, Method::GET, path, "", "").await
}

async fn create(world: &World, external_id: &str) -> Answer {
    let body = json!({ "externalId": external_id }).to_string();
    send(world, Method::POST, "/users", "application/json", &body).await
}

#[tokio::test]
async fn create_show_list() {
    let world = World::new();
    world.app(1).await;
    let created = create(&world, "patient-17").await;
    assert_eq!(created.status, 201);
    assert_eq!(created.header("content-type"), "application/json; charset=utf-8");
    assert_eq!(created.header("cache-control"), "private, no-store");
    let human_id = created.json()["humanId"].as_str().expect("text").to_owned();
    assert!(human_id.len() == 32 && human_id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')), "{human_id}");
    let expected = format!(
        concat!(
            r#"{{"humanId":"{}","externalId":"patient-17","appId":"{}","createdAt":"2016-03-08T21:14:05.120Z","#,
            r#""updatedAt":"2016-03-08T21:14:05.120Z"}}"#
        ),
        human_id, CLIENT
    );
    assert_eq!(created.text(), expected);

    // A known external id is answered as it is, with 201 again.
    world.clock.set(at(CORRECTED));
    let again = create(&world, "patient-17").await;
    assert_eq!((again.status.as_u16(), again.text()), (201, expected.as_str()));

    for path in [format!("/users/{human_id}"), "/users/patient-17".to_owned(), "/users/patient-17/".to_owned()] {
        let shown = get(&world, &path).await;
        assert_eq!((shown.status.as_u16(), shown.text()), (200, expected.as_str()), "{path}");
    }
    for path in ["/users", "/users/"] {
        assert_eq!(get(&world, path).await.text(), format!("[{expected}]"), "{path}");
    }
}

#[tokio::test]
async fn bodies_of_every_kind() {
    let world = World::new();
    world.app(1).await;
    for (content_type, body, id) in [
        ("application/x-www-form-urlencoded", "externalId=a%40example.org", "a@example.org"),
        ("application/json; charset=UTF-8", r#"{"externalId":"b"}"#, "b"),
        ("text/plain", r#"{"externalId":"c"}"#, "c"),
        ("", "externalId=d", "d"),
        ("application/json", r#"{"externalId":"e","extra":[1]}"#, "e"),
    ] {
        let answer = send(&world, Method::POST, "/users", content_type, body).await;
        assert_eq!(answer.status, 201, "{content_type} {body}: {}", answer.text());
        assert_eq!(answer.json()["externalId"], id);
    }
    for (body, status) in [
        ("", 400),
        ("{}", 400),
        (r#"{"externalId":""}"#, 400),
        (r#"{"externalId":17}"#, 400),
        (r#"{"externalId":["a"]}"#, 400),
        (r#"{"externalId":"a","externalId":"b"}"#, 400),
        ("{", 400),
        ("[]", 400),
    ] {
        let answer = send(&world, Method::POST, "/users", "application/json", body).await;
        assert_eq!(answer.status.as_u16(), status, "{body}");
        answer.code();
    }
    assert_eq!(get(&world, "/users").await.rows().len(), 5);
}

#[tokio::test]
async fn hostile_external_ids() {
    let world = World::new();
    world.app(1).await;
    let long = "x".repeat(1024);
    let emoji = "😀".repeat(256);
    for id in [
        "../../etc/passwd",
        "<script>alert(1)</script>",
        "\"quoted\"",
        "a/b?c=d#e%20",
        "' OR 1=1 --",
        "é😀",
        &long,
        &emoji,
    ] {
        let created = create(&world, id).await;
        assert_eq!(created.status, 201, "{id}: {}", created.text());
        assert_eq!(created.json()["externalId"], id);
        let escaped = percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC).to_string();
        let shown = get(&world, &format!("/users/{escaped}")).await;
        assert_eq!(shown.text(), created.text(), "{id}");
        let gone = send(&world, Method::DELETE, &format!("/users/{escaped}"), "", "").await;
        assert_eq!(gone.status, 204, "{id}");
    }
    assert_eq!(get(&world, "/users").await.text(), "[]");
    for (id, body) in [("1,025 bytes", "x".repeat(1025)), ("huge", "x".repeat(100_000))] {
        let answer = create(&world, &body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (413, "body_too_large"), "{id}");
    }
    assert_eq!(get(&world, "/users/%FF%FE").await.status, 404);
}

#[tokio::test]
async fn an_external_id_that_looks_like_a_human_id() {
    let world = World::new();
    world.app(1).await;
    let looks = "0123456789abcdef0123456789abcdef";
    let created = create(&world, looks).await;
    assert_eq!(get(&world, &format!("/users/{looks}")).await.text(), created.text());
}

#[tokio::test]
async fn the_list_is_whole_unless_cut_on_request() {
    let world = World::new();
    world.app(1).await;
    for i in 0..120 {
        assert_eq!(create(&world, &format!("u{i}")).await.status, 201);
        world.clock.advance_ms(1);
    }
    let names = async |query: &str| -> Vec<String> {
        let rows = get(&world, &format!("/users{query}")).await.rows();
        rows.iter().map(|row| row["externalId"].as_str().expect("text").to_owned()).collect()
    };
    let all: Vec<String> = (0..120).map(|i| format!("u{i}")).collect();
    assert_eq!(names("").await, all);
    assert_eq!(names("?limit=&offset=").await, all);
    assert_eq!(names("?limit=7").await, &all[..7]);
    assert_eq!(names("?limit=7&offset=100").await, &all[100..107]);
    assert_eq!(names("?offset=118").await, &all[118..]);
    assert_eq!(names("?offset=120").await, &all[..0]);
    assert_eq!(names("?limit=99999999999").await, all);
    for query in ["limit=0", "limit=x", "offset=-1", "limit=1&limit=2"] {
        assert_eq!(get(&world, &format!("/users?{query}")).await.status, 400, "{query}");
    }
}

#[tokio::test]
async fn deleting_erases_and_is_204() {
    let world = World::full().await;
    let other = create(&world, "other").await.json()["humanId"].as_str().expect("text").to_owned();
    assert_eq!(world.get("/weight").await.status, 200);
    let gone = send(&world, Method::DELETE, "/users/patient-17", "", "").await;
    assert_eq!((gone.status.as_u16(), gone.body.len(), gone.header("content-type")), (204, 0, ""));
    assert_eq!(world.get("/weight").await.status, 401);
    for id in ["patient-17", "6f0d96ac999b9de597c0aa26b5c1ece3", "unknown", "", "%20"] {
        let answer = send(&world, Method::DELETE, &format!("/users/{id}"), "", "").await;
        let expected = if id.is_empty() { 405 } else { 404 };
        assert_eq!(answer.status.as_u16(), expected, "{id}");
        answer.code();
    }
    assert_eq!(get(&world, &format!("/users/{other}")).await.status, 200);

    // The same external id is a new person now, without the old one's data.
    let new = create(&world, "patient-17").await;
    let human_id = new.json()["humanId"].as_str().expect("text").to_owned();
    assert_ne!(human_id, "6f0d96ac999b9de597c0aa26b5c1ece3");
    let human = human_id.parse().expect("id");
    let store = &world.engine.store;
    store.add_access_token(human, hilum_store::hash_token("new")).await.expect("token");
    assert_eq!(world.get_as("new", "/weight").await.text(), "{}");
    assert_eq!(world.get_as("new", "/heart_rate/readings").await.text(), "[]");
    let connection = world.connect(human, "oura", "dddddddddddddddddddddddd").await;
    world.apply(human, connection, everything(0.0)).await;
    assert_eq!(world.get_as("new", "/weight").await.json()["value"], 72.8);
}

#[tokio::test]
async fn a_connection_is_paused_and_goes_on() {
    let world = World::new();
    world.app(1).await;
    let user = create(&world, "patient-17").await.json()["humanId"].as_str().expect("text").to_owned();
    let human = user.parse().expect("id");
    let (id, other) = ("dddddddddddddddddddddddd", "eeeeeeeeeeeeeeeeeeeeeeee");
    let connection = world.connect(human, "oura", id).await;
    let call = async |user: &str, id: &str, what: &str| {
        let answer = send(&world, Method::POST, &format!("/users/{user}/connections/{id}/{what}"), "", "").await;
        (answer.status.as_u16(), answer.json())
    };
    world.clock.advance_ms(1_000);
    let paused =
        json!({"id": id, "source": "oura", "state": "paused", "reason": "paused", "since": "2016-03-08T21:14:06.120Z"});
    assert_eq!(call(&user, id, "pause").await, (200, paused.clone()));
    world.clock.advance_ms(1_000);
    assert_eq!(call("patient-17", id, "pause").await, (200, paused), "twice is fine");
    let state = || world.engine.store.connection(human, connection).expect("read").expect("there").state;
    assert_eq!(state(), ConnectionState::Paused);
    // The connections of this world were granted no scope, which is told beside their state.
    let live = json!({
        "id": id, "source": "oura", "state": "live", "reason": "scope_missing", "since": "2016-03-08T21:14:07.120Z",
    });
    assert_eq!(call(&user, id, "resume").await, (200, live.clone()));
    assert_eq!(call(&user, id, "resume").await, (200, live));
    assert_eq!(state(), ConnectionState::Live);
    assert!(world.engine.store.job_at("sync", id).expect("read").is_some(), "it is synced again");

    world.app(2).await;
    for (user, id) in [(&*user, other), (&*user, "x"), ("nobody", id)] {
        assert_eq!(call(user, id, "pause").await.0, 404, "{user} {id}");
    }
    let reason = Some("revoked".to_owned());
    let stands = world.engine.store.set_connection_state(human, connection, ConnectionState::NeedsReauth, reason).await;
    stands.expect("set");
    for what in ["pause", "resume"] {
        let (status, answer) = call(&user, id, what).await;
        let expected = if what == "pause" { (409, json!("connection_not_active")) } else { (200, json!(null)) };
        assert_eq!((status, answer["code"].clone()), expected, "{what}");
    }
    world.engine.store.disconnect(human, connection).await.expect("disconnected");
    assert_eq!(call(&user, id, "pause").await.0, 404, "it is not there any more");
}

#[tokio::test]
async fn who_may_call() {
    let world = World::new();
    world.app(1).await;
    world.app(2).await;
    let key = app_key(1);
    for credentials in [
        String::new(),
        basic(""),
        basic(":"),
        basic(&key),
        basic(&format!("{key}:password")),
        basic(&format!(":{key}")),
        basic(&format!("{key}::")),
        basic(&format!("{}:", app_key(2))),
        basic(&format!("{}:", key.to_uppercase())),
        "Basic ***".to_owned(),
        format!("Bearer {key}"),
    ] {
        for path in ["/users", "/users/x", "/nothing"] {
            let headers = [("authorization", credentials.as_str())];
            let answer = world.send(Method::GET, &format!("/v1/apps/{CLIENT}{path}"), &headers, "").await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "unauthorized"), "{credentials} {path}");
            assert!(answer.header("www-authenticate").starts_with("Basic "));
        }
    }
    // An app that does not exist answers like a wrong key, to the byte.
    let auth = basic(&format!("{key}:"));
    let wrong = world
        .send(Method::GET, "/v1/apps/0202020202020202020202020202020202020202/users", &[("authorization", &auth)], "")
        .await;
    for client in ["ffffffffffffffffffffffffffffffffffffffff", "short", "%00"] {
        let unknown =
            world.send(Method::GET, &format!("/v1/apps/{client}/users"), &[("authorization", &auth)], "").await;
        assert_eq!((unknown.status, unknown.text()), (wrong.status, wrong.text()), "{client}");
    }
    // The scheme's case does not matter.
    let lower = auth.replace("Basic", "basic");
    let answer = world.send(Method::GET, &format!("/v1/apps/{CLIENT}/users"), &[("authorization", &lower)], "").await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn methods_and_addresses() {
    let world = World::new();
    world.app(1).await;
    for (method, path, status, allow) in [
        (Method::PUT, "/users", 405, "GET, HEAD, POST"),
        (Method::DELETE, "/users", 405, "GET, HEAD, POST"),
        (Method::POST, "/users/x", 405, "GET, HEAD, DELETE"),
        (Method::GET, "/users/x/connections/y/pause", 405, "POST"),
        (Method::POST, "/users/x/connections/y", 404, ""),
        (Method::GET, "/users/x/y", 404, ""),
        (Method::GET, "/people", 404, ""),
        (Method::GET, "", 404, ""),
    ] {
        let answer = send(&world, method.clone(), path, "", "").await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (status, allow), "{method} {path}");
        answer.code();
    }
    let head = send(&world, Method::HEAD, "/users", "", "").await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
}

#[tokio::test]
async fn pages_of_users_tell_the_way() {
    let world = World::new();
    world.app(1).await;
    for number in 0..120 {
        assert_eq!(create(&world, &format!("user-{number:03}")).await.status, 201);
    }
    let at = |rest: &str| format!("<https://h.example/v1/apps/{CLIENT}/users?{rest}>");
    for (query, links) in [
        ("limit=50", vec![("limit=50&offset=50", "next"), ("limit=50&offset=100", "last")]),
        (
            "offset=40&limit=40",
            vec![
                ("limit=40&offset=80", "next"),
                ("limit=40&offset=0", "prev"),
                ("limit=40&offset=120", "last"),
                ("limit=40&offset=0", "first"),
            ],
        ),
        ("limit=200", vec![]),
        ("offset=3", vec![]),
    ] {
        let answer = get(&world, &format!("/users?{query}")).await;
        let expected: Vec<String> = links.iter().map(|(rest, rel)| format!("{}; rel=\"{rel}\"", at(rest))).collect();
        assert_eq!((answer.header("x-total-count"), answer.header("link")), ("120", &*expected.join(",")), "{query}");
    }
    // As recorded: the whole list has no headers.
    let all = get(&world, "/users").await;
    assert_eq!((all.rows().len(), all.header("x-total-count"), all.header("link")), (120, "", ""));
}

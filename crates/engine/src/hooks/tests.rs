//! Notices, from the call to what comes of them.

use aws_lc_rs::hmac;
use bytes::Bytes;
use hilum_model::{ConnectionId, Kind, Secret};
use hilum_providers::Provider;
use hilum_store::connections::ConnectionState;
use hilum_store::records::Filter;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::tink::tests::Signer;
use super::{Delivery, HookAnswer, HookError, HookMethod, SetUp};
use crate::testing::{Asked, Canned, KEYED, PUSHING, SIGNING, World};

const LIFE: i64 = 86_400 * 30;
const EMPTY: &str = r#"{"data":[],"next":null}"#;

/// A world with the three kinds of providers; `word` and `authorization` are configured.
async fn world() -> World {
    World::of(&[&SIGNING, &KEYED, &PUSHING], |config, base| {
        for (name, value) in
            [("word", "hello"), ("authorization", "Bearer ours"), ("keys_url", &format!("{base}/keys") as &str)]
        {
            config.settings.insert(name.to_owned(), Secret::new(value.to_owned()));
        }
    })
    .await
}

fn secret(world: &World, provider: &Provider) -> String {
    let address = world.engine.hook_address(provider.id).expect("has notices");
    let secret = address.strip_prefix(&format!("http://127.0.0.1:8080/hooks/{}/", provider.id)).expect("our address");
    assert!(secret.len() == 32 && secret.bytes().all(|b| b.is_ascii_hexdigit()), "{secret}");
    secret.to_owned()
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&str, &str)| {
        let name: reqwest::header::HeaderName = name.parse().expect("a name");
        (name, value.parse().expect("a value"))
    };
    pairs.iter().map(pair).collect()
}

async fn call(
    world: &World,
    provider: &Provider,
    method: HookMethod,
    query: &[(&str, &str)],
    sent: &[(&str, &str)],
    body: &str,
) -> Result<HookAnswer, HookError> {
    let query: Vec<_> = query.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let headers = headers(sent);
    let delivery = Delivery { method, query: &query, headers: &headers, body: Bytes::copy_from_slice(body.as_bytes()) };
    world.engine.take_hook(provider.id, &secret(world, provider), delivery).await
}

/// A notice as SIGNING sends it at a time (s after now).
async fn signed(world: &World, body: &Value, late: i64) -> Result<HookAnswer, HookError> {
    let (body, time) = (body.to_string(), (world.now().unix_s() - late).to_string());
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"secret");
    let tag = hex::encode(hmac::sign(&key, format!("{time}{body}").as_bytes()));
    let sent = [("x-signature", tag.as_str()), ("x-time", &time), ("content-type", "application/json")];
    call(world, &SIGNING, HookMethod::Post, &[], &sent, &body).await
}

async fn pushed(world: &World, body: &Value) -> Result<HookAnswer, HookError> {
    call(world, &PUSHING, HookMethod::Post, &[], &[], &body.to_string()).await
}

fn state(world: &World, connection: ConnectionId) -> (ConnectionState, Option<String>) {
    let row = world.connection(connection);
    (row.state, row.reason)
}

fn weights(world: &World) -> Vec<String> {
    let page = world.engine.store.records(world.human, Kind::Weight, &Filter::default()).expect("read");
    page.rows.into_iter().map(|row| row.record.key).collect()
}

async fn synced(world: &World, provider: &'static Provider) -> ConnectionId {
    let connection = world.connect(provider, LIFE).await;
    world.fake.script(|_| Canned::new(200, EMPTY));
    world.engine.queue_sync(world.human, connection).await.expect("queued");
    world.engine.drain_jobs().await.expect("drained");
    world.fake.asked();
    connection
}

fn data_asked(world: &World) -> Vec<Asked> {
    world.fake.asked().into_iter().filter(|asked| asked.path == "/weights").collect()
}

#[tokio::test]
async fn only_the_right_address_exists() {
    let world = world().await;
    let right = secret(&world, &SIGNING);
    for (provider, secret) in [
        ("signing", ""),
        ("signing", &right[..31]),
        ("signing", &right.to_uppercase().replace(char::is_numeric, "0")),
        ("pushing", right.as_str()),
        ("nobody", right.as_str()),
    ] {
        let headers = HeaderMap::new();
        let delivery = Delivery { method: HookMethod::Post, query: &[], headers: &headers, body: Bytes::new() };
        let said = world.engine.take_hook(provider, secret, delivery).await;
        assert!(matches!(said, Err(HookError::Unknown)), "{provider}/{secret}: {said:?}");
    }
}

#[tokio::test]
async fn right_wrong_missing_stale_and_replayed() {
    let world = world().await;
    let connection = synced(&world, &SIGNING).await;
    let body = json!([{"kind": "look", "account": "account"}]);
    let text = body.to_string();
    let post = async |sent: &[(&str, &str)]| call(&world, &SIGNING, HookMethod::Post, &[], sent, &text).await;
    let now = world.now().unix_s().to_string();
    for sent in [
        vec![],
        vec![("x-time", now.as_str())],
        vec![("x-signature", "00"), ("x-time", now.as_str())],
        vec![("x-signature", ""), ("x-time", "")],
    ] {
        let said = post(&sent).await;
        assert!(matches!(said, Err(HookError::NotVerified)), "{sent:?}: {said:?}");
    }
    for late in [301, -301, 86_400] {
        assert!(matches!(signed(&world, &body, late).await, Err(HookError::NotVerified)), "{late}");
    }
    world.engine.drain_jobs().await.expect("drained");
    assert!(data_asked(&world).is_empty(), "nothing was believed");

    let welcome = HookAnswer { status: 202, json: None };
    assert_eq!(signed(&world, &body, 0).await.expect("taken"), welcome);
    world.engine.drain_jobs().await.expect("drained");
    assert_eq!(data_asked(&world).len(), 1, "looked at once");
    // The same again, also with another time under a right signature: answered alike, and not worked on.
    for late in [0, 7] {
        assert_eq!(signed(&world, &body, late).await.expect("taken"), welcome);
    }
    world.engine.drain_jobs().await.expect("drained");
    assert!(data_asked(&world).is_empty());
    assert_eq!(state(&world, connection).0, ConnectionState::Live);
}

#[tokio::test]
async fn what_is_not_configured_is_refused() {
    let bare = World::of(&[&SIGNING, &KEYED], |_, _| {}).await;
    let query = [("token", ""), ("challenge", "c")];
    let said = call(&bare, &SIGNING, HookMethod::Get, &query, &[], "").await;
    assert!(matches!(said, Err(HookError::Unconfigured)), "{said:?}");
    for sent in [vec![], vec![("authorization", "")], vec![("authorization", "Bearer ours")]] {
        for body in [r#"{"type":"verification"}"#, "[]"] {
            let said = call(&bare, &KEYED, HookMethod::Post, &[], &sent, body).await;
            assert!(matches!(said, Err(HookError::Unconfigured)), "{sent:?} {body}: {said:?}");
        }
    }
}

#[tokio::test]
async fn greetings() {
    let world = world().await;
    let get = async |query: &[(&str, &str)]| call(&world, &SIGNING, HookMethod::Get, query, &[], "").await;
    let said = get(&[("token", "hello"), ("challenge", "c-1")]).await.expect("welcome");
    assert_eq!((said.status, said.json), (200, Some(json!({"said": "c-1"}))));
    assert!(matches!(get(&[("token", "hullo"), ("challenge", "c-1")]).await, Err(HookError::NotVerified)));
    assert!(matches!(get(&[("challenge", "c-1")]).await, Err(HookError::NotVerified)));
    for method in [HookMethod::Head, HookMethod::Get] {
        assert_eq!(call(&world, &PUSHING, method, &[], &[], "").await.expect("welcome").status, 200);
        assert!(matches!(call(&world, &KEYED, method, &[], &[], "").await, Err(HookError::Method)));
    }
    let verification = r#"{"type":"verification"}"#;
    let post = async |sent: &[(&str, &str)]| call(&world, &KEYED, HookMethod::Post, &[], sent, verification).await;
    assert_eq!(post(&[("authorization", "Bearer ours")]).await.expect("welcome").status, 200);
    assert!(matches!(post(&[]).await, Err(HookError::NotVerified)));
    assert!(matches!(post(&[("authorization", "Bearer theirs")]).await, Err(HookError::NotVerified)));
}

#[tokio::test]
async fn a_public_key_is_fetched_once() {
    let world = world().await;
    let signer = Signer::new();
    let set = signer.set().to_string();
    world.fake.script(move |_| Canned::new(200, set.clone()));
    let post = async |tag: &str, authorization: &str, body: &str| {
        let sent = [("x-signature", tag), ("authorization", authorization)];
        call(&world, &KEYED, HookMethod::Post, &[], &sent, body).await
    };
    let ours = "Bearer ours";
    assert_eq!(post(&signer.sign(b"[1]"), ours, "[1]").await.expect("taken").status, 204);
    assert_eq!(post(&signer.sign(b"[2]"), ours, "[2]").await.expect("taken").status, 204);
    assert_eq!(world.fake.asked().len(), 1, "the key set");
    for (tag, authorization, body) in [
        (signer.sign(b"[3]"), ours, "[4]"),
        (Signer::new().sign(b"[3]"), ours, "[3]"),
        (signer.sign(b"[3]"), "Bearer theirs", "[3]"),
        (String::new(), ours, "[3]"),
    ] {
        let said = post(&tag, authorization, body).await;
        assert!(matches!(said, Err(HookError::NotVerified)), "{said:?}");
    }
    assert!(world.fake.asked().is_empty());
    world.clock.advance_ms(86_400_000);
    world.fake.script(|_| Canned::new(503, ""));
    assert!(matches!(post(&signer.sign(b"[5]"), ours, "[5]").await, Err(HookError::NoKeys)), "to be sent again");
}

#[tokio::test]
async fn a_hint_reads_the_days_that_it_names() {
    let world = world().await;
    synced(&world, &SIGNING).await;
    let body = json!([{"kind": "look", "account": "account", "stream": "weights", "from": "2026-03-01"}]);
    signed(&world, &body, 0).await.expect("taken");
    world.engine.drain_jobs().await.expect("drained");
    let asked = world.fake.asked();
    let windows: Vec<_> = asked.iter().map(|a| (a.path.as_str(), a.param("start"), a.param("end"))).collect();
    assert_eq!(windows, [("/weights", Some("2026-03-01"), Some("2026-03-10"))], "only that stream");
    let stranger = json!([{"kind": "look", "account": "stranger"}]);
    signed(&world, &stranger, 0).await.expect("taken all the same");
    world.engine.drain_jobs().await.expect("drained");
    assert!(world.fake.asked().is_empty());
}

#[tokio::test]
async fn the_end_of_an_authorisation_is_believed_when_signed_and_else_asked_for() {
    let world = world().await;
    let signing = synced(&world, &SIGNING).await;
    let body = json!([{"kind": "deauthorised", "account": "account"}]);
    signed(&world, &body, 0).await.expect("taken");
    world.engine.drain_jobs().await.expect("drained");
    assert_eq!(state(&world, signing), (ConnectionState::NeedsReauth, Some("revoked".to_owned())));
    assert!(world.fake.asked().is_empty(), "nothing is asked with a grant that has ended");

    let pushing = world.connect(&PUSHING, LIFE).await;
    world.fake.script(|_| Canned::new(200, r#"{"id":"account"}"#));
    pushed(&world, &body).await.expect("taken");
    world.engine.drain_jobs().await.expect("drained");
    let asked = world.fake.asked();
    assert_eq!((asked.len(), asked[0].path.as_str()), (1, "/me"));
    assert_eq!(state(&world, pushing).0, ConnectionState::Live, "a lie");
    world.clock.advance_ms(600_000);
    world.fake.script(|asked| match asked.path.as_str() {
        "/token" => Canned::new(200, r#"{"access_token":"a2","refresh_token":"r2","expires_in":86400}"#),
        _ => Canned::new(401, ""),
    });
    pushed(&world, &body).await.expect("taken");
    world.engine.drain_jobs().await.expect("drained");
    assert_eq!(state(&world, pushing), (ConnectionState::NeedsReauth, Some("revoked".to_owned())));
}

#[tokio::test]
async fn pushed_data_are_stored_and_waiting_data_are_fetched_from_the_provider_only() {
    let world = world().await;
    let connection = world.connect(&PUSHING, LIFE).await;
    let item = |id: &str| json!({"data": [{"id": id, "time": "2026-03-09T07:00:00Z", "kg": 70}]});
    let ping = |url: String| json!([{"kind": "ping", "account": "account", "stream": "weights", "url": url}]);
    let data = json!([{"kind": "data", "account": "account", "stream": "weights", "body": item("pushed")}]);
    pushed(&world, &data).await.expect("taken");
    let base = world.fake.base.clone();
    for url in ["http://127.0.0.1:1/data".to_owned(), format!("{base}.evil.example/x"), "file:///etc/passwd".to_owned()]
    {
        pushed(&world, &ping(url)).await.expect("taken");
    }
    world.engine.drain_jobs().await.expect("drained");
    assert!(world.fake.asked().is_empty());
    assert_eq!(weights(&world), ["pushed"]);
    assert_eq!(world.connection(connection).synced_at, Some(world.now()));

    let mut down = true;
    world.fake.script(move |_| {
        if std::mem::take(&mut down) { Canned::new(503, "") } else { Canned::new(200, item("fetched").to_string()) }
    });
    pushed(&world, &ping(format!("{base}/dailies?token=XCP"))).await.expect("taken");
    world.engine.drain_jobs().await.expect("drained");
    assert_eq!(weights(&world).len(), 1, "the provider is down");
    world.run_until(world.now().plus_s(120)).await;
    let asked = world.fake.asked();
    assert_eq!((asked[1].path.as_str(), asked[1].param("token")), ("/dailies", Some("XCP")));
    assert_eq!(asked[1].authorization.as_deref(), Some("Bearer a1"));
    assert_eq!(weights(&world).len(), 2);
}

#[tokio::test]
async fn deletions_are_believed_when_signed() {
    let world = world().await;
    let connection = world.connect(&SIGNING, LIFE).await;
    world
        .fake
        .script(|_| Canned::new(200, r#"{"data":[{"id":"w1","time":"2026-03-09T07:00:00Z","kg":70}],"next":null}"#));
    world.engine.queue_sync(world.human, connection).await.expect("queued");
    world.engine.drain_jobs().await.expect("drained");
    assert_eq!(weights(&world), ["w1"]);
    let body = json!([{"kind": "deleted", "account": "account", "key": "w1"}]);
    signed(&world, &body, 0).await.expect("taken");
    world.engine.drain_jobs().await.expect("drained");
    assert!(weights(&world).is_empty());
}

#[tokio::test]
async fn our_address_is_made_known_for_the_app_or_for_each_connection() {
    let world = world().await;
    world.fake.script(|_| Canned::new(201, r#"{"id":7}"#));
    let Some(SetUp::Asked { status, answer }) = world.engine.set_up_hook("signing").await else { panic!("asked") };
    assert_eq!((status, answer.expose().as_str()), (201, r#"{"id":7}"#));
    let asked = world.fake.asked();
    let address = world.engine.hook_address("signing").expect("address");
    assert_eq!(asked[0].param("url"), Some(address.as_str()));
    assert_eq!((asked[0].param("word"), asked[0].param("client_secret")), (Some("hello"), Some("secret")));
    assert!(matches!(world.engine.set_up_hook("keyed").await, Some(SetUp::ByHand)));
    assert!(matches!(world.engine.set_up_hook("pushing").await, Some(SetUp::ByConnection)));

    let connection = world.connect(&PUSHING, LIFE).await;
    world.fake.script(|asked| Canned::new(if asked.path == "/notify" { 200 } else { 202 }, ""));
    world.engine.queue_sync(world.human, connection).await.expect("queued");
    world.run_until(world.now().plus_s(3 * 86_400)).await;
    let notified = |asked: Vec<Asked>| -> Vec<String> {
        let kinds = asked.iter().filter(|a| a.path == "/notify").filter_map(|a| a.param("kind"));
        kinds.map(str::to_owned).collect()
    };
    assert_eq!(notified(world.fake.asked()), ["1", "4"]);
    world.run_until(world.now().plus_s(5 * 86_400)).await;
    assert_eq!(notified(world.fake.asked()), ["1", "4"], "renewed after a week");
}

#[tokio::test]
async fn news_that_come_while_a_slice_reads_are_not_lost() {
    let world = world().await;
    let connection = synced(&world, &SIGNING).await;
    world.clock.advance_ms(4 * 3_600_000);
    world.fake.close();
    let engine = std::sync::Arc::clone(&world.engine);
    let slice = tokio::spawn(async move { engine.drain_jobs().await.expect("drained") });
    world.fake.was_asked().await;
    let target = crate::jobs::Target { human: world.human, connection };
    world.engine.sync_anew(target, vec![("weights", None)]).await.expect("due");
    world.fake.open();
    slice.await.expect("ends");
    world.engine.drain_jobs().await.expect("drained");
    assert_eq!(data_asked(&world).len(), 2, "asked before the news, and again after");
}

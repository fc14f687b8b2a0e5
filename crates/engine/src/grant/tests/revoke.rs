//! Grants are taken back at the provider, whatever becomes of the person's rows.

use hilum_model::{ConnectionId, Phi, SessionId};
use hilum_store::connections::{ConnectionState, NewConnection};
use hilum_store::sessions::{NewSession, SessionMode};

use crate::testing::{Canned, PLAIN, SIGNED, World, tokens};

#[tokio::test]
async fn disconnecting_revokes_and_keeps_the_row() {
    let world = World::new().await;
    let connection = world.connect(&PLAIN, 3600).await;
    world.fake.script(|_| Canned::new(200, "{}"));
    world.engine.disconnect(world.human, connection).await.expect("disconnected");
    assert_eq!(world.connection(connection).state, ConnectionState::Disconnected);
    assert!(world.engine.store.grant(world.human, connection).expect("read").is_none());
    assert!(world.fake.asked().is_empty(), "the person does not wait for the provider");
    assert_eq!(world.engine.drain_jobs().await.expect("drained"), 1);
    let asked = world.fake.asked();
    assert_eq!((asked.len(), asked[0].path.as_str(), asked[0].post), (1, "/revoke", true));
    assert_eq!(asked[0].param("access_token"), Some("a1"));
}

#[tokio::test]
async fn a_signed_revocation_needs_no_token() {
    let world = World::new().await;
    let connection = world.connect(&SIGNED, 0).await;
    world.fake.script(|asked| match asked.path.as_str() {
        "/v2/signature" => Canned::new(200, r#"{"status":0,"body":{"nonce":"n"}}"#),
        _ => Canned::new(200, r#"{"status":0,"body":{}}"#),
    });
    world.engine.disconnect(world.human, connection).await.expect("disconnected");
    world.engine.drain_jobs().await.expect("drained");
    let asked = world.fake.asked();
    let names: Vec<&str> = asked[1].params.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        (asked.len(), names.as_slice()),
        (2, ["action", "client_id", "nonce", "signature", "userid"].as_slice())
    );
    assert_eq!((asked[1].param("action"), asked[1].param("userid")), (Some("revoke"), Some("account")));
    let expected = super::super::sign::signature("secret", &["revoke", "client", "n"]);
    assert_eq!(asked[1].param("signature"), Some(expected.as_str()));
}

#[tokio::test]
async fn an_ended_access_token_is_renewed_to_revoke_with_it() {
    let world = World::new().await;
    let connection = world.connect(&PLAIN, 0).await;
    world.fake.script(|asked| match asked.path.as_str() {
        "/token" => Canned::new(200, r#"{"access_token":"a2","refresh_token":"r2"}"#),
        _ => Canned::new(200, ""),
    });
    world.engine.disconnect(world.human, connection).await.expect("disconnected");
    world.engine.drain_jobs().await.expect("drained");
    let asked = world.fake.asked();
    assert_eq!(asked.last().and_then(|asked| asked.param("access_token")), Some("a2"));
}

#[tokio::test]
async fn erasing_a_person_revokes_every_grant() {
    let world = World::new().await;
    world.connect(&PLAIN, 3600).await;
    world.connect(&SIGNED, 3600).await;
    world.fake.script(|asked| match asked.path.as_str() {
        "/v2/signature" => Canned::new(200, r#"{"status":0,"body":{"nonce":"n"}}"#),
        _ => Canned::new(200, r#"{"status":0}"#),
    });
    assert!(world.engine.erase_human(world.human).await.expect("erased"));
    assert!(world.engine.store.human(world.human).expect("read").is_none());
    world.engine.drain_jobs().await.expect("drained");
    let mut paths: Vec<String> = world.fake.asked().into_iter().map(|asked| asked.path).collect();
    paths.sort();
    assert_eq!(paths, ["/revoke", "/v2/oauth2", "/v2/signature"]);
    assert!(!world.engine.erase_human(world.human).await.expect("nobody is left"));
}

#[tokio::test]
async fn erasing_a_person_revokes_what_an_open_page_has_connected() {
    let world = World::new().await;
    let human = world.engine.store.human(world.human).expect("read").expect("there");
    let session = NewSession {
        session_id: SessionId([1; 16]),
        client_id: human.client_id,
        human_id: world.human,
        mode: SessionMode::Edit,
        client_user_id: human.client_user_id,
        settings: "{}".to_owned(),
        page_secret_hash: [2; 32],
        browser_secret_hash: [3; 32],
        expires_at: world.now().plus_s(1800),
    };
    let session = world.engine.store.create_session(session).await.expect("opens");
    let pending = NewConnection {
        human_id: world.human,
        connection_id: ConnectionId([4; 12]),
        provider: PLAIN.id.to_owned(),
        pending: Some(session.session_id),
        account: Phi::new("account".to_owned()),
        scopes: Vec::new(),
        tokens: Some(tokens("a1", world.now().plus_s(3600))),
    };
    world.engine.store.add_connection(pending).await.expect("adds");
    world.fake.script(|_| Canned::new(200, "{}"));
    assert!(world.engine.erase_human(world.human).await.expect("erased"));
    world.engine.drain_jobs().await.expect("drained");
    let paths: Vec<String> = world.fake.asked().into_iter().map(|asked| asked.path).collect();
    assert_eq!(paths, ["/revoke"]);
}

#[tokio::test]
async fn revocation_is_tried_for_a_day() {
    let world = World::new().await;
    let connection = world.connect(&PLAIN, 86_400 * 9).await;
    world.fake.script(|_| Canned::new(503, ""));
    world.engine.disconnect(world.human, connection).await.expect("disconnected");
    let began = world.now();
    let mut tries = 0;
    while let Some(due) = world.engine.store.next_due().expect("read") {
        world.clock.set(due);
        world.engine.drain_jobs().await.expect("drained");
        tries += world.fake.asked().len();
        assert!(tries < 200, "no end");
    }
    // It doubles from 15 s to an hour: about ten tries in the first two hours, then one to two an hour.
    assert!((24..60).contains(&tries), "{tries}");
    let lasted = world.now().since_ms(began);
    assert!((86_400_000..90_000_001).contains(&lasted), "{lasted}");
}

#[tokio::test]
async fn a_provider_that_does_not_know_the_token_any_more_is_done() {
    let world = World::new().await;
    for (status, account) in [(401, "one"), (404, "two"), (400, "three")] {
        let connection = world.connect_with(&PLAIN, super::ended_in(&world, 3600), account).await;
        world.fake.script(move |_| Canned::new(status, ""));
        world.engine.disconnect(world.human, connection).await.expect("disconnected");
        world.engine.drain_jobs().await.expect("drained");
        assert_eq!(world.fake.asked().len(), 1);
        assert_eq!(world.engine.store.next_due().expect("read"), None, "{status}");
    }
}

/// Answers nonces and revocations of the signed provider.
fn signed_ok(world: &World) {
    world.fake.script(|asked| match asked.path.as_str() {
        "/v2/signature" => Canned::new(200, r#"{"status":0,"body":{"nonce":"n"}}"#),
        _ => Canned::new(200, r#"{"status":0,"body":{}}"#),
    });
}

#[tokio::test]
async fn revoking_by_account_spares_an_account_that_is_connected_elsewhere() {
    let world = World::new().await;
    let ours = world.connect(&SIGNED, 3600).await;
    let tokens = crate::testing::tokens("theirs", world.now().plus_s(3600));
    let (stranger, theirs) = world.connect_stranger(&SIGNED, tokens, "account").await;
    signed_ok(&world);
    world.engine.disconnect(world.human, ours).await.expect("disconnected");
    world.engine.drain_jobs().await.expect("drained");
    assert!(world.fake.asked().is_empty(), "the other app's grant would have died");
    world.engine.disconnect(stranger, theirs).await.expect("disconnected");
    world.engine.drain_jobs().await.expect("drained");
    assert_eq!(world.fake.asked().len(), 2, "the last one is revoked");
}

#[tokio::test]
async fn a_late_revocation_spares_the_grant_of_a_person_who_came_back() {
    let world = World::new().await;
    let connection = world.connect(&SIGNED, 3600).await;
    world.fake.script(|_| Canned::new(503, ""));
    world.engine.disconnect(world.human, connection).await.expect("disconnected");
    world.engine.drain_jobs().await.expect("drained");
    world.fake.asked();
    let tokens = crate::testing::tokens("new", world.now().plus_s(86_400));
    assert_eq!(world.connect_with(&SIGNED, tokens, "account").await, connection);
    signed_ok(&world);
    world.run_until(world.now().plus_s(60)).await;
    assert!(world.fake.asked().is_empty());
    assert_eq!(world.engine.store.next_due().expect("read"), None, "and it is not tried again");
}

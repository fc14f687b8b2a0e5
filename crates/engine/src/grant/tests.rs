//! The single-use protocol against a scripted provider and a real store.

use hilum_model::{ConnectionId, Secret};
use hilum_store::connections::ConnectionState;
use hilum_store::grants::GrantState;

use super::*;
use crate::testing::{Asked, Canned, PLAIN, SIGNED, World};

/// Expires at once: every caller needs a refresh.
const ENDED: i64 = 0;

fn pair(number: u32) -> Canned {
    Canned::new(200, format!(r#"{{"access_token":"a{number}","refresh_token":"r{number}","expires_in":3600}}"#))
}

fn refused() -> Canned {
    Canned::new(400, r#"{"error":"invalid_grant"}"#)
}

async fn token(world: &World, connection: ConnectionId) -> Result<(String, i64), GrantError> {
    let (token, generation) = world.engine.access_token(world.human, connection).await?;
    Ok((token.expose().clone(), generation))
}

/// Moves the clock to where the refresh may be tried again.
fn wait(world: &World, result: Result<(String, i64), GrantError>) {
    let GrantError::NotBefore(until) = result.expect_err("put off") else { panic!("not put off") };
    assert!(until > world.now());
    world.clock.set(until);
}

#[tokio::test]
async fn a_token_with_life_left_is_used_as_it_is() {
    let world = World::new().await;
    let connection = world.connect(&PLAIN, 60).await;
    assert_eq!(token(&world, connection).await.expect("token"), ("a1".to_owned(), 1));
    assert!(world.fake.asked().is_empty());
    world.clock.advance_ms(1);
    world.fake.script(|_| pair(2));
    assert_eq!(token(&world, connection).await.expect("token"), ("a2".to_owned(), 2));
}

#[tokio::test]
async fn a_refresh_sends_what_the_provider_wants_and_keeps_the_old_token_for_a_while() {
    let world = World::new().await;
    let connection = world.connect(&PLAIN, ENDED).await;
    world.fake.script(|_| pair(2));
    assert_eq!(token(&world, connection).await.expect("token"), ("a2".to_owned(), 2));
    let pairs = [
        ("client_id", "client"),
        ("client_secret", "secret"),
        ("grant_type", "refresh_token"),
        ("refresh_token", "r1"),
    ];
    let params = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let expected = Asked { path: "/token".to_owned(), params, authorization: None, post: true };
    assert_eq!(world.fake.asked(), [expected]);
    let grant = world.grant(connection);
    assert_eq!(grant.state, GrantState::Ok);
    assert_eq!(grant.tokens.refresh, Some(Secret::new("r2".to_owned())));
    assert_eq!(grant.previous_refresh, Some(Secret::new("r1".to_owned())));
    assert_eq!(grant.tokens.expires_at, world.now().plus_s(3600));
    world.engine.store.confirm_tokens(world.human, connection, 2).await.expect("confirmed");
    assert_eq!(world.grant(connection).previous_refresh, None);
}

#[tokio::test]
async fn an_answer_without_refresh_token_keeps_the_old_one() {
    let world = World::new().await;
    let connection = world.connect(&PLAIN, ENDED).await;
    world.fake.script(|_| Canned::new(200, r#"{"access_token":"a2","expires_in":"0"}"#));
    assert_eq!(token(&world, connection).await.expect("token"), ("a2".to_owned(), 2));
    let grant = world.grant(connection);
    assert_eq!(grant.tokens.refresh, Some(Secret::new("r1".to_owned())));
    // `expires_in` of zero is no statement: the description's 3600 s count.
    assert_eq!(grant.tokens.expires_at, world.now().plus_s(3600));
}

#[tokio::test]
async fn sixty_four_callers_cause_one_refresh() {
    let world = World::new().await;
    let connection = world.connect(&PLAIN, ENDED).await;
    world.fake.script(|_| pair(2));
    let callers = (0..64).map(|n| {
        let engine = std::sync::Arc::clone(&world.engine);
        let human = world.human;
        tokio::spawn(async move {
            if n % 2 == 0 {
                engine.access_token(human, connection).await
            } else {
                engine.renew_token(human, connection, 1).await
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        let (token, generation) = caller.await.expect("no panic").expect("a token");
        assert_eq!((token.expose().as_str(), generation), ("a2", 2));
    }
    assert_eq!(world.fake.asked().len(), 1);
}

#[tokio::test]
async fn sixty_four_callers_of_a_failing_provider_cause_one_call() {
    let world = World::new().await;
    let connection = world.connect(&PLAIN, ENDED).await;
    world.fake.script(|_| Canned::new(503, ""));
    let callers = (0..64).map(|_| {
        let engine = std::sync::Arc::clone(&world.engine);
        let human = world.human;
        tokio::spawn(async move { engine.access_token(human, connection).await })
    });
    for caller in callers.collect::<Vec<_>>() {
        assert!(matches!(caller.await.expect("no panic"), Err(GrantError::NotBefore(_))));
    }
    assert_eq!(world.fake.asked().len(), 1);
}

#[tokio::test]
async fn odd_answers_never_end_a_grant() {
    let cases = [
        (Canned::new(500, ""), GrantState::Uncertain),
        (Canned::new(502, "<html>bad gateway</html>"), GrantState::Uncertain),
        (Canned::new(200, "<html>welcome</html>"), GrantState::Uncertain),
        (Canned::new(200, ""), GrantState::Uncertain),
        (Canned::new(200, "{}"), GrantState::Uncertain),
        (Canned::new(200, r#"{"access_token":"a2","#), GrantState::Uncertain),
        (Canned::broken(), GrantState::Uncertain),
        (Canned::new(302, "").with("location", "http://127.0.0.1:1/"), GrantState::Ok),
        (Canned::new(401, r#"{"error":"invalid_client"}"#), GrantState::Ok),
        (Canned::new(403, "<html>blocked</html>"), GrantState::Ok),
        (Canned::new(404, ""), GrantState::Ok),
        (Canned::new(408, ""), GrantState::Ok),
        (Canned::new(425, ""), GrantState::Ok),
        (Canned::new(429, "").with("retry-after", "90"), GrantState::Ok),
    ];
    let world = World::new().await;
    for (canned, state) in cases {
        let connection = world.connect_with(&PLAIN, ended(&world), &format!("{canned:?}")).await;
        for _ in 0..6 {
            let answer = canned.clone();
            world.fake.script(move |_| answer.clone());
            let result = token(&world, connection).await;
            assert_eq!(world.fake.asked().len(), 1);
            assert_eq!(world.grant(connection).state, state, "{canned:?}");
            assert_eq!(world.connection(connection).state, ConnectionState::Live);
            assert!(matches!(token(&world, connection).await, Err(GrantError::NotBefore(_))));
            assert!(world.fake.asked().is_empty(), "asked before its time");
            wait(&world, result);
        }
        world.fake.script(|_| pair(2));
        assert_eq!(token(&world, connection).await.expect("recovered"), ("a2".to_owned(), 2));
        world.fake.asked();
    }
}

fn ended(world: &World) -> Tokens {
    ended_in(world, 0)
}

fn ended_in(world: &World, life_s: i64) -> Tokens {
    Tokens {
        access: Secret::new("a1".to_owned()),
        refresh: Some(Secret::new("r1".to_owned())),
        expires_at: world.now().plus_s(life_s),
    }
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let world = World::new().await;
    let connection = world.connect(&PLAIN, ENDED).await;
    world.fake.script(|_| Canned::new(429, "").with("retry-after", "90"));
    let Err(GrantError::NotBefore(until)) = token(&world, connection).await else { panic!("put off") };
    assert_eq!(until, world.now().plus_s(90));
}

#[tokio::test]
async fn a_refusal_is_confirmed_before_it_counts() {
    let world = World::new().await;
    let connection = world.connect(&PLAIN, ENDED).await;
    world.fake.script(|_| refused());
    let first = token(&world, connection).await;
    assert_eq!(world.connection(connection).state, ConnectionState::Live);
    wait(&world, first);
    let second = token(&world, connection).await;
    assert!(matches!(second, Err(GrantError::NeedsReauth("revoked"))), "{second:?}");
    let row = world.connection(connection);
    assert_eq!((row.state, row.reason.as_deref()), (ConnectionState::NeedsReauth, Some("revoked")));
    assert_eq!(world.grant(connection).state, GrantState::NeedsReauth);
    world.fake.asked();
    assert!(matches!(token(&world, connection).await, Err(GrantError::NeedsReauth(_))));
    assert!(world.fake.asked().is_empty(), "a dead grant is left in peace");
}

#[tokio::test]
async fn a_refusal_that_is_not_repeated_is_forgotten() {
    let world = World::new().await;
    let connection = world.connect(&PLAIN, ENDED).await;
    world.fake.script(|_| refused());
    let first = token(&world, connection).await;
    wait(&world, first);
    world.fake.script(|_| pair(2));
    assert_eq!(token(&world, connection).await.expect("recovered").1, 2);
}

#[tokio::test]
async fn a_lost_answer_is_told_apart_from_a_revocation() {
    let world = World::new().await;
    let connection = world.connect(&PLAIN, ENDED).await;
    world.fake.script(|_| Canned::broken());
    let lost = token(&world, connection).await;
    wait(&world, lost);
    world.fake.script(|_| refused());
    let dead = token(&world, connection).await;
    assert!(matches!(dead, Err(GrantError::NeedsReauth("rotation_outcome_unknown"))), "{dead:?}");
}

/// What the store looks like after a crash between the intent and the commit.
async fn crashed(world: &World, connection: ConnectionId) {
    let until = world.now().plus_s(60);
    let begun = world.engine.store.begin_refresh(world.human, connection, 1, [9; 16], until).await;
    assert!(begun.expect("written"));
}

#[tokio::test]
async fn a_lease_of_another_process_is_waited_for() {
    let world = World::new().await;
    let connection = world.connect(&PLAIN, ENDED).await;
    crashed(&world, connection).await;
    world.fake.script(|_| pair(2));
    for _ in 0..30 {
        let result = token(&world, connection).await;
        wait(&world, result);
        if world.grant(connection).lease.is_none_or(|(_, until)| until <= world.now()) {
            break;
        }
        assert!(world.fake.asked().is_empty(), "asked under another's lease");
    }
    assert_eq!(token(&world, connection).await.expect("the lease has ended"), ("a2".to_owned(), 2));
}

#[tokio::test]
async fn the_other_process_may_win() {
    let world = World::new().await;
    let connection = world.connect(&PLAIN, ENDED).await;
    crashed(&world, connection).await;
    let tokens = Tokens {
        access: Secret::new("theirs".to_owned()),
        refresh: Some(Secret::new("r2".to_owned())),
        expires_at: world.now().plus_s(3600),
    };
    let done = world.engine.store.complete_refresh(world.human, connection, 1, [9; 16], tokens).await;
    assert!(done.expect("written"));
    assert_eq!(token(&world, connection).await.expect("theirs"), ("theirs".to_owned(), 2));
    assert!(world.fake.asked().is_empty());
}

#[tokio::test]
async fn after_a_crash_the_same_token_is_tried_once_more() {
    let world = World::new().await;
    let (kind, strict) = (world.connect(&SIGNED, ENDED).await, world.connect(&PLAIN, ENDED).await);
    crashed(&world, kind).await;
    crashed(&world, strict).await;
    world.clock.advance_ms(60_000);
    // One provider has a grace period, the other kills what it sees twice.
    world.fake.script(|asked| match asked.path.as_str() {
        "/v2/signature" => Canned::new(200, r#"{"status":0,"body":{"nonce":"n"}}"#),
        "/token" if asked.param("action").is_some() => Canned::new(
            200,
            r#"{"status":0,"body":{"userid":363,"access_token":"a3","refresh_token":"r3","expires_in":10800}}"#,
        ),
        _ => refused(),
    });
    assert_eq!(token(&world, kind).await.expect("within the grace period"), ("a3".to_owned(), 2));
    let dead = token(&world, strict).await;
    assert!(matches!(dead, Err(GrantError::NeedsReauth("rotation_outcome_unknown"))), "{dead:?}");
    let refreshes = world.fake.asked().into_iter().filter(|asked| asked.param("refresh_token") == Some("r1")).count();
    assert_eq!(refreshes, 2, "one for each");
}

#[tokio::test]
async fn a_store_that_cannot_write_stops_the_refresh_before_the_call() {
    let world = World::new().await;
    let connection = world.connect(&PLAIN, ENDED).await;
    world.fake.script(|_| pair(2));
    world.engine.store.close().await.expect("closed");
    assert!(matches!(token(&world, connection).await, Err(GrantError::Store(_))));
    assert!(world.fake.asked().is_empty(), "the provider was asked although the intent is not written");
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_stop_the_refresh() {
    let world = World::new().await;
    let connection = world.connect(&PLAIN, ENDED).await;
    world.fake.script(|_| pair(2));
    world.fake.close();
    let engine = std::sync::Arc::clone(&world.engine);
    let human = world.human;
    let caller = tokio::spawn(async move { engine.access_token(human, connection).await });
    world.fake.was_asked().await;
    caller.abort();
    assert!(caller.await.expect_err("aborted").is_cancelled());
    world.fake.open();
    // The next caller waits for the turn and finds the new pair.
    assert_eq!(token(&world, connection).await.expect("token"), ("a2".to_owned(), 2));
    assert_eq!(world.fake.asked().len(), 1);
}

#[tokio::test]
async fn without_a_refresh_token_the_end_is_the_end() {
    let world = World::new().await;
    let tokens = Tokens { refresh: None, ..ended(&world) };
    let connection = world.connect_with(&PLAIN, tokens, "account").await;
    let result = token(&world, connection).await;
    assert!(matches!(result, Err(GrantError::NeedsReauth("expired"))), "{result:?}");
    assert_eq!(world.connection(connection).reason.as_deref(), Some("expired"));
}

#[tokio::test]
async fn no_grant_is_no_grant() {
    let world = World::new().await;
    assert!(matches!(token(&world, ConnectionId([1; 12])).await, Err(GrantError::Gone)));
    let connection = world.connect(&PLAIN, 3600).await;
    world.engine.store.disconnect(world.human, connection).await.expect("disconnected");
    assert!(matches!(token(&world, connection).await, Err(GrantError::Gone)));
}

#[tokio::test]
async fn tokens_are_refreshed_before_their_end() {
    let world = World::new().await;
    let connection = world.connect(&PLAIN, 3600).await;
    proactive::schedule(&world.engine.store, world.human, connection).await.expect("queued");
    world.fake.script(|_| pair(2));
    world.clock.advance_ms(2_339_000); // 65 % of 3600 s is 2340 s.
    assert_eq!(world.engine.drain_jobs().await.expect("drained"), 0);
    world.clock.advance_ms(361_000); // 75 % is 2700 s.
    assert_eq!(world.engine.drain_jobs().await.expect("drained"), 1);
    assert_eq!(world.grant(connection).generation, 2);
    let next = world.engine.store.next_due().expect("read").expect("the next one is queued");
    let wait = next.since_ms(world.now());
    assert!((2_340_000..=2_700_000).contains(&wait), "{wait}");
}

mod canary;
mod exchange;
mod regional;
mod restored;
mod revoke;

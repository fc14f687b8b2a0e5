//! The refresh protocol's rows.
mod common;

use std::sync::Arc;

use common::{HOUR, MINUTE, World, tokens};
use hilum_model::{ConnectionId, HumanId, Secret};
use hilum_store::connections::ConnectionState;
use hilum_store::grants::{Grant, GrantState, Tokens};

async fn granted(w: &World) -> (HumanId, ConnectionId) {
    let human = w.human("ann").await.human_id;
    let id = w.connect(human, None, "account", Some(tokens("1", w.now().plus_ms(HOUR)))).await.expect("connected");
    (human, id)
}

fn grant(w: &World, (human, id): (HumanId, ConnectionId)) -> Grant {
    w.store.grant(human, id).expect("reads").expect("granted")
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_callers_one_refreshes() {
    let w = Arc::new(World::new().await);
    let p = granted(&w).await;
    let until = w.now().plus_ms(MINUTE);
    let tasks: Vec<_> = (0..64_u8)
        .map(|n| {
            let w = w.clone();
            tokio::spawn(async move { w.store.begin_refresh(p.0, p.1, 1, [n; 16], until).await.expect("runs") })
        })
        .collect();
    let mut winners = Vec::new();
    for (n, task) in (0..64_u8).zip(tasks) {
        if task.await.expect("no panic") {
            winners.push(n);
        }
    }
    assert_eq!(winners.len(), 1);
    let now = grant(&w, p);
    assert_eq!((now.state, now.lease), (GrantState::Refreshing, Some(([winners[0]; 16], until))));
    let other = [winners[0].wrapping_add(1); 16];
    let foreign = w.store.complete_refresh(p.0, p.1, 1, other, tokens("x", until)).await.expect("runs");
    assert!(!foreign, "the lease is not its");
    assert!(w.store.complete_refresh(p.0, p.1, 1, [winners[0]; 16], tokens("2", until)).await.expect("runs"));
    let late = w.store.begin_refresh(p.0, p.1, 1, other, until).await.expect("runs");
    assert!(!late, "the generation moved");
}

#[tokio::test]
async fn the_previous_refresh_token_is_kept_until_the_new_access_token_worked() {
    let w = World::new().await;
    let p = granted(&w).await;
    let until = w.now().plus_ms(MINUTE);
    assert!(w.store.begin_refresh(p.0, p.1, 1, [1; 16], until).await.expect("runs"));
    w.clock.advance_ms(1000);
    assert!(w.store.complete_refresh(p.0, p.1, 1, [1; 16], tokens("2", until)).await.expect("runs"));
    let now = grant(&w, p);
    let text = |token: &Option<Secret<String>>| token.as_ref().map(|t| t.expose().clone());
    assert_eq!((now.generation, now.state, now.lease, now.obtained_at), (2, GrantState::Ok, None, w.now()));
    assert_eq!(now.tokens.access.expose(), "access-2");
    assert_eq!(text(&now.tokens.refresh).as_deref(), Some("refresh-2"));
    assert_eq!(text(&now.previous_refresh).as_deref(), Some("refresh-1"));
    w.store.confirm_tokens(p.0, p.1, 1).await.expect("runs");
    assert!(grant(&w, p).previous_refresh.is_some(), "of an older generation");
    w.store.confirm_tokens(p.0, p.1, 2).await.expect("runs");
    assert!(grant(&w, p).previous_refresh.is_none());
    // An answer without a refresh token keeps the old one.
    assert!(w.store.begin_refresh(p.0, p.1, 2, [2; 16], until).await.expect("runs"));
    let bare = Tokens { refresh: None, ..tokens("3", until) };
    assert!(w.store.complete_refresh(p.0, p.1, 2, [2; 16], bare).await.expect("runs"));
    let now = grant(&w, p);
    assert_eq!(now.tokens.access.expose(), "access-3");
    assert_eq!(text(&now.tokens.refresh).as_deref(), Some("refresh-2"));
}

#[tokio::test]
async fn a_lease_that_ended_can_be_taken_over() {
    let w = World::new().await;
    let p = granted(&w).await;
    let until = w.now().plus_ms(MINUTE);
    assert!(w.store.begin_refresh(p.0, p.1, 1, [1; 16], until).await.expect("runs"));
    w.clock.advance_ms(MINUTE - 1);
    let later = w.now().plus_ms(MINUTE);
    assert!(!w.store.begin_refresh(p.0, p.1, 1, [2; 16], later).await.expect("runs"));
    w.clock.advance_ms(1);
    assert!(w.store.begin_refresh(p.0, p.1, 1, [2; 16], later).await.expect("runs"));
    assert!(!w.store.complete_refresh(p.0, p.1, 1, [1; 16], tokens("x", later)).await.expect("runs"), "too late");
    assert!(!w.store.abandon_refresh(p.0, p.1, 1, [1; 16], GrantState::Ok).await.expect("runs"), "not its lease");
    assert!(w.store.abandon_refresh(p.0, p.1, 1, [2; 16], GrantState::Uncertain).await.expect("runs"));
    let now = grant(&w, p);
    assert_eq!((now.state, now.attempts, now.lease, now.generation), (GrantState::Uncertain, 1, None, 1));
    assert!(w.store.begin_refresh(p.0, p.1, 1, [3; 16], later).await.expect("runs"), "once more");
    assert!(w.store.abandon_refresh(p.0, p.1, 1, [3; 16], GrantState::NeedsReauth).await.expect("runs"));
    let now = grant(&w, p);
    assert_eq!((now.state, now.attempts), (GrantState::NeedsReauth, 1));
    assert!(!w.store.begin_refresh(p.0, p.1, 1, [4; 16], later).await.expect("runs"), "dead");
    assert_eq!(now.tokens.access.expose(), "access-1", "kept all the same");
}

#[tokio::test]
async fn disconnecting_drops_the_grant_and_connecting_again_brings_a_new_one() {
    let w = World::new().await;
    let p = granted(&w).await;
    w.clock.advance_ms(HOUR);
    w.store.disconnect(p.0, p.1).await.expect("disconnects");
    assert!(w.store.grant(p.0, p.1).expect("reads").is_none());
    let row = w.store.connection(p.0, p.1).expect("reads").expect("stays");
    assert_eq!((row.state, row.state_since), (ConnectionState::Disconnected, w.now()));
    let again = w.connect(p.0, None, "account", Some(tokens("2", w.now()))).await.expect("connected");
    assert_eq!(again, p.1);
    assert_eq!(grant(&w, p).tokens.access.expose(), "access-2");
    assert_eq!(w.store.connection(p.0, p.1).expect("reads").expect("it").state, ConnectionState::Live);
}

#[tokio::test]
async fn state_since_moves_with_the_state_only() {
    let w = World::new().await;
    let p = granted(&w).await;
    let set = |state, reason: &str| w.store.set_connection_state(p.0, p.1, state, Some(reason.to_owned()));
    w.clock.advance_ms(HOUR);
    set(ConnectionState::ProviderDown, "a").await.expect("sets");
    let since = w.now();
    w.clock.advance_ms(HOUR);
    set(ConnectionState::ProviderDown, "b").await.expect("sets");
    let row = w.store.connection(p.0, p.1).expect("reads").expect("there");
    assert_eq!((row.state_since, row.reason.as_deref()), (since, Some("b")));
}

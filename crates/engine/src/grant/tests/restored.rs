//! After a backup was restored: no refresh token is used that may have been used up.

use hilum_store::connections::ConnectionState;

use super::{pair, token};
use crate::grant::GrantError;
use crate::testing::{Canned, KEEPING, PLAIN, SIGNED, World};

#[tokio::test]
async fn access_tokens_are_used_as_long_as_they_live_and_then_nothing_is_asked() {
    for provider in [&PLAIN, &SIGNED] {
        let mut world = World::new().await;
        let connection = world.connect(provider, 120).await;
        world.restore_backup().await;
        assert_eq!(token(&world, connection).await.expect("lives"), ("a1".to_owned(), 1));
        world.clock.advance_ms(61_000);
        let held = token(&world, connection).await;
        assert!(matches!(held, Err(GrantError::Restored(at)) if at > world.now()), "{held:?}");
        assert!(world.fake.asked().is_empty(), "{}", provider.id);
    }
}

#[tokio::test]
async fn the_operator_accepts_it() {
    let mut world = World::new().await;
    let connection = world.connect(&PLAIN, 0).await;
    world.restore_backup().await;
    world.fake.script(|_| pair(2));
    assert!(matches!(token(&world, connection).await, Err(GrantError::Restored(_))));
    assert!(world.engine.store.accept_restored().await.expect("accepted"));
    assert_eq!(token(&world, connection).await.expect("refreshed"), ("a2".to_owned(), 2));
}

#[tokio::test]
async fn who_authorises_again_is_not_held() {
    let mut world = World::new().await;
    let connection = world.connect(&PLAIN, 0).await;
    world.restore_backup().await;
    world.clock.advance_ms(1);
    assert_eq!(world.connect(&PLAIN, 0).await, connection);
    world.fake.script(|_| pair(3));
    assert_eq!(token(&world, connection).await.expect("refreshed"), ("a3".to_owned(), 3));
}

#[tokio::test]
async fn a_refresh_token_that_stays_is_as_good_as_ever() {
    let mut world = World::new().await;
    let connection = world.connect(&KEEPING, 0).await;
    world.restore_backup().await;
    world.fake.script(|_| pair(2));
    assert_eq!(token(&world, connection).await.expect("refreshed"), ("a2".to_owned(), 2));
}

#[tokio::test]
async fn sync_waits_and_does_not_blame_the_provider() {
    let mut world = World::new().await;
    let connection = world.connect(&PLAIN, 0).await;
    world.restore_backup().await;
    world.fake.script(|_| Canned::new(500, ""));
    world.engine.queue_sync(world.human, connection).await.expect("queued");
    world.run_until(world.now().plus_s(6 * 3600)).await;
    assert!(world.fake.asked().is_empty());
    assert_eq!(world.connection(connection).state, ConnectionState::Live);
    assert!(world.engine.store.next_due().expect("read").is_some(), "it goes on once that is accepted");
}

//! What goes wrong at providers, and that it changes nothing it should not.

use hilum_store::connections::ConnectionState;

use super::{cursor, records, start, told};
use crate::testing::{Canned, PLAIN, World};

#[tokio::test]
async fn garbage_changes_nothing_and_is_tried_again() {
    for canned in [
        Canned::new(200, "<html>maintenance</html>").with("content-type", "text/html"),
        Canned::new(200, r#"{"data":[{"id":"w-1","time":"2026-03-0"#),
        Canned::new(200, "\u{0}\u{1}garbage"),
        Canned::new(200, ""),
        Canned::new(500, ""),
        Canned::new(503, r#"{"error":"down"}"#),
        Canned::broken(),
    ] {
        let world = World::new().await;
        let connection = start(&world).await;
        let answer = canned.clone();
        world.fake.script(move |_| answer.clone());
        world.engine.drain_jobs().await.expect("drained");
        assert_eq!(world.fake.asked().len(), 1, "{canned:?}: one try, then back-off");
        assert_eq!(world.connection(connection).state, ConnectionState::Live);
        world.run_until(world.now().plus_s(3 * 3600)).await;
        assert!(records(&world).is_empty() && cursor(&world, connection, "weights").is_none(), "{canned:?}");
        let row = world.connection(connection);
        assert_eq!(
            (row.state, row.reason.as_deref()),
            (ConnectionState::ProviderDown, Some("provider_down")),
            "{canned:?}"
        );
        // 15 s, 30 s, … an hour: about a dozen tries in three hours, not thousands.
        assert!((6..20).contains(&world.fake.asked().len()), "{canned:?}");
        world.fake.script(|asked| told(asked, 70.0));
        world.run_until(world.now().plus_s(3600)).await;
        assert_eq!(world.connection(connection).state, ConnectionState::Live, "back by itself");
        assert_eq!(records(&world).len(), 182);
    }
}

#[tokio::test]
async fn a_limit_of_the_provider_holds_everybody_back() {
    let world = World::new().await;
    let (one, two) = (start(&world).await, {
        let tokens = crate::testing::tokens("b1", world.now().plus_s(86_400));
        world.connect_with(&PLAIN, tokens, "two").await
    });
    world.engine.queue_sync(world.human, two).await.expect("queued");
    world.fake.script(|_| Canned::new(429, "").with("retry-after", "300"));
    world.engine.drain_jobs().await.expect("drained");
    assert_eq!(world.fake.asked().len(), 1, "the other one does not even ask");
    world.run_until(world.now().plus_s(299)).await;
    assert!(world.fake.asked().is_empty());
    world.fake.script(|asked| told(asked, 70.0));
    world.run_until(world.now().plus_s(60)).await;
    for connection in [one, two] {
        assert!(cursor(&world, connection, "weights").is_some());
        assert_eq!(world.connection(connection).state, ConnectionState::Live);
    }
}

#[tokio::test]
async fn one_stream_without_its_scope_is_left_out_for_a_day() {
    let world = World::new().await;
    start(&world).await;
    world.fake.script(|asked| if asked.path == "/weights" { Canned::new(403, "") } else { told(asked, 70.0) });
    let began = world.now();
    world.engine.drain_jobs().await.expect("drained");
    assert_eq!(records(&world).len(), 91, "the other stream");
    world.fake.asked();
    world.run_until(began.plus_s(20 * 3600)).await;
    let asked = world.fake.asked();
    assert!(asked.len() >= 8 && asked.iter().all(|asked| asked.path == "/extras"), "{asked:?}");
    world.fake.script(|asked| told(asked, 70.0));
    world.run_until(began.plus_s(27 * 3600)).await;
    assert!(world.fake.asked().iter().any(|asked| asked.path == "/weights"), "granted later, found later");
}

#[tokio::test]
async fn one_stream_that_is_refused_does_not_stop_the_other() {
    let odd = r#"{"something":"else"}"#;
    for (status, body) in [(400, "{}"), (422, r#"{"detail":[]}"#), (200, odd)] {
        let world = World::new().await;
        let connection = start(&world).await;
        world
            .fake
            .script(move |asked| if asked.path == "/weights" { Canned::new(status, body) } else { told(asked, 70.0) });
        world.engine.drain_jobs().await.expect("drained");
        assert_eq!(records(&world).len(), 91);
        assert!(cursor(&world, connection, "weights").is_none(), "no cursor over a failed window");
        world.fake.asked();
        world.run_until(world.now().plus_s(3500)).await;
        assert!(world.fake.asked().is_empty(), "an hour of rest");
        world.fake.script(|asked| told(asked, 70.0));
        world.run_until(world.now().plus_s(3600)).await;
        assert_eq!(records(&world).len(), 182);
    }
}

#[tokio::test]
async fn what_is_not_ready_yet_is_no_failure() {
    let world = World::new().await;
    let connection = start(&world).await;
    world.fake.script(|asked| if asked.path == "/weights" { Canned::new(418, "") } else { told(asked, 70.0) });
    world.run_until(world.now().plus_s(3500)).await;
    let asks = world.fake.asked().iter().filter(|asked| asked.path == "/weights").count();
    // Every ten minutes, and a tenth of that is jitter.
    assert!((5..=7).contains(&asks), "{asks}");
    assert_eq!(world.connection(connection).state, ConnectionState::Live);
    world.fake.script(|asked| told(asked, 70.0));
    world.run_until(world.now().plus_s(700)).await;
    assert_eq!(records(&world).len(), 182);
}

#[tokio::test]
async fn what_does_not_exist_has_no_data() {
    let world = World::new().await;
    let connection = start(&world).await;
    world.fake.script(|_| Canned::new(404, ""));
    world.engine.drain_jobs().await.expect("drained");
    assert!(cursor(&world, connection, "weights").is_some_and(|cursor| cursor.history_done));
    assert!(records(&world).is_empty());
}

#[tokio::test]
async fn pages_that_never_end_are_left() {
    let world = World::new().await;
    let connection = start(&world).await;
    let mut turn = 0;
    world.fake.script(move |asked| {
        turn += 1;
        if asked.path == "/extras" {
            return told(asked, 70.0);
        }
        // Two tokens that lead to each other.
        Canned::new(200, format!(r#"{{"data":[],"next":"{}"}}"#, turn % 2))
    });
    world.engine.drain_jobs().await.expect("drained");
    let asked = world.fake.asked();
    assert!(asked.iter().filter(|asked| asked.path == "/weights").count() < 10, "{}", asked.len());
    assert!(cursor(&world, connection, "weights").is_none());
    assert_eq!(records(&world).len(), 91, "the other stream goes on");
}

#[tokio::test]
async fn pages_with_ever_new_tokens_are_left_too() {
    let world = World::new().await;
    let connection = start(&world).await;
    let mut turn = 0;
    world.fake.script(move |asked| {
        turn += 1;
        if asked.path == "/extras" {
            told(asked, 70.0)
        } else {
            Canned::new(200, format!(r#"{{"data":[],"next":"{turn}"}}"#))
        }
    });
    world.engine.drain_jobs().await.expect("drained");
    assert_eq!(world.fake.asked().iter().filter(|asked| asked.path == "/weights").count(), 500);
    assert!(cursor(&world, connection, "weights").is_none());
    assert_eq!(records(&world).len(), 91);
}

#[tokio::test]
async fn an_odd_item_is_left_out_alone() {
    let world = World::new().await;
    start(&world).await;
    world.fake.script(|asked| {
        if asked.path == "/extras" {
            return Canned::new(200, r#"{"data":[]}"#);
        }
        let good = r#"{"id":"w-1","time":"2026-03-09T07:00:00+01:00","kg":70.1}"#;
        Canned::new(200, format!(r#"{{"data":[{{"id":7}},{good},{{"id":"x","time":"soon","kg":1}}],"next":null}}"#))
    });
    world.engine.drain_jobs().await.expect("drained");
    assert_eq!(records(&world).len(), 1);
}

#[tokio::test]
async fn a_dead_grant_stops_the_sync() {
    let world = World::new().await;
    let connection = world.connect(&PLAIN, 0).await;
    world.engine.queue_sync(world.human, connection).await.expect("queued");
    world.fake.script(|_| Canned::new(400, r#"{"error":"invalid_grant"}"#));
    world.run_until(world.now().plus_s(600)).await;
    let row = world.connection(connection);
    assert_eq!((row.state, row.reason.as_deref()), (ConnectionState::NeedsReauth, Some("revoked")));
    assert_eq!(world.fake.asked().len(), 2, "refused and confirmed");
    assert_eq!(world.engine.store.next_due().expect("read"), None, "nothing is queued any more");
}

#[tokio::test]
async fn a_disconnected_source_is_not_asked() {
    let world = World::new().await;
    let connection = start(&world).await;
    world.fake.script(|_| Canned::new(200, "{}"));
    world.engine.disconnect(world.human, connection).await.expect("disconnected");
    world.engine.queue_sync(world.human, connection).await.expect("queued by somebody who came too late");
    world.engine.drain_jobs().await.expect("drained");
    assert!(world.fake.asked().iter().all(|asked| asked.path == "/revoke"));
    assert_eq!(world.engine.store.next_due().expect("read"), None);
}

#[tokio::test]
async fn disconnecting_in_the_middle_of_a_page_stores_nothing_of_it() {
    let world = World::new().await;
    let connection = start(&world).await;
    world.fake.script(|asked| if asked.path == "/revoke" { Canned::new(200, "") } else { told(asked, 70.0) });
    world.fake.close();
    let engine = std::sync::Arc::clone(&world.engine);
    let draining = tokio::spawn(async move { engine.drain_jobs().await });
    world.fake.was_asked().await;
    world.engine.disconnect(world.human, connection).await.expect("disconnected");
    world.fake.open();
    draining.await.expect("no panic").expect("drained");
    assert!(records(&world).is_empty());
    assert_eq!(world.connection(connection).state, ConnectionState::Disconnected);
    let asked = world.fake.asked();
    let paths: Vec<&str> = asked.iter().map(|asked| asked.path.as_str()).collect();
    assert_eq!(paths, ["/weights", "/revoke"], "the page under way, then the revocation");
}

#[tokio::test]
async fn a_person_who_comes_back_is_synced_again() {
    let world = World::new().await;
    let connection = world.connect(&PLAIN, 0).await;
    world.engine.queue_sync(world.human, connection).await.expect("queued");
    world.fake.script(|_| Canned::new(400, r#"{"error":"invalid_grant"}"#));
    world.run_until(world.now().plus_s(600)).await;
    assert_eq!(world.connection(connection).state, ConnectionState::NeedsReauth);
    // The same account again: the store keeps the connection and replaces the grant.
    let tokens = crate::testing::tokens("b1", world.now().plus_s(86_400));
    let again = world.connect_with(&PLAIN, tokens, "account").await;
    assert_eq!(again, connection);
    world.engine.queue_sync(world.human, again).await.expect("queued");
    world.fake.script(|asked| told(asked, 70.0));
    world.engine.drain_jobs().await.expect("drained");
    assert_eq!(world.connection(again).state, ConnectionState::Live);
    assert_eq!(records(&world).len(), 182);
}

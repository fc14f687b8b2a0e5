//! The sandbox's failure modes.

use hilum_model::Kind;
use hilum_store::connections::ConnectionState;

use crate::bed::{Bed, OURA, WITHINGS};

#[tokio::test]
async fn bad_answers_change_nothing_and_the_connection_recovers() {
    for provider in [WITHINGS, OURA] {
        let bed = Bed::start().await;
        let connection = bed.connect(provider, "runner").await;
        bed.settle(provider, connection).await;
        for failure in ["garbage", "html", "truncated", "empty_204", "server_error", "rate_limited"] {
            let days = bed.records(Kind::ActivityDay);
            let cursors = bed.engine.store.cursors(bed.human, connection).expect("read");
            bed.fail("runner", &[failure]).await;
            let now = bed.now();
            bed.run_until(now.plus_s(3600)).await;
            assert_eq!(bed.records(Kind::ActivityDay), days, "{} {failure}", provider.id);
            let now_cursors = bed.engine.store.cursors(bed.human, connection).expect("read");
            assert_eq!(now_cursors, cursors, "{} {failure}: a cursor moved over nothing", provider.id);
            let state = bed.connection(connection).state;
            assert_ne!(state, ConnectionState::NeedsReauth, "{} {failure}", provider.id);
            bed.fail("runner", &[]).await;
            // The longest back-off is an hour.
            let now = bed.now();
            bed.run_until(now.plus_s(4300)).await;
            assert_eq!(bed.connection(connection).state, ConnectionState::Live, "{} {failure}", provider.id);
            assert!(bed.records(Kind::ActivityDay) != days, "{} {failure}: today goes on", provider.id);
        }
    }
}

#[tokio::test]
async fn endless_pages_end() {
    for provider in [WITHINGS, OURA] {
        let bed = Bed::start().await;
        let connection = bed.connect(provider, "runner").await;
        bed.fail("runner", &["endless_pages"]).await;
        let before = bed.now();
        bed.run_until(before.plus_s(600)).await;
        let stats = bed.stats().await;
        let requests: u64 =
            stats["requests"].as_object().expect("counts").values().filter_map(serde_json::Value::as_u64).sum();
        assert!(requests < 1500, "{}: {requests} requests in ten minutes", provider.id);
        assert_ne!(bed.connection(connection).state, ConnectionState::NeedsReauth);
    }
}

#[tokio::test]
async fn a_grant_that_the_person_revoked_there_is_shown_here() {
    for provider in [WITHINGS, OURA] {
        let bed = Bed::start().await;
        let connection = bed.connect(provider, "runner").await;
        bed.settle(provider, connection).await;
        let days = bed.records(Kind::ActivityDay);
        bed.fail("runner", &["revoked"]).await;
        let now = bed.now();
        bed.run_until(now.plus_s(2 * 3600)).await;
        let row = bed.connection(connection);
        assert_eq!(
            (row.state, row.reason.as_deref()),
            (ConnectionState::NeedsReauth, Some("revoked")),
            "{}",
            provider.id
        );
        assert_eq!(bed.records(Kind::ActivityDay), days, "data stay");
    }
}

#[tokio::test]
async fn access_tokens_that_end_early_are_renewed() {
    for provider in [WITHINGS, OURA] {
        let bed = Bed::start().await;
        let connection = bed.connect(provider, "runner").await;
        bed.settle(provider, connection).await;
        bed.fail("runner", &["expired_access"]).await;
        bed.fail("runner", &[]).await;
        let now = bed.now();
        bed.run_until(now.plus_s(2 * 3600)).await;
        assert_eq!(bed.connection(connection).state, ConnectionState::Live, "{}", provider.id);
        assert!(bed.connection(connection).synced_at.is_some_and(|at| at > now));
        let stats = bed.stats().await;
        assert_eq!(stats["refresh_reuses"], 0, "{}", provider.id);
    }
}

#[tokio::test]
async fn disconnecting_revokes_at_the_provider() {
    for provider in [WITHINGS, OURA] {
        let bed = Bed::start().await;
        let connection = bed.connect(provider, "runner").await;
        bed.engine.disconnect(bed.human, connection).await.expect("disconnected");
        bed.engine.drain_jobs().await.expect("drained");
        let stats = bed.stats().await;
        assert_eq!(stats["families"][0]["revoked"], true, "{}: {stats}", provider.id);
        assert_eq!(bed.engine.store.next_due().expect("read"), None, "{}", provider.id);
    }
}

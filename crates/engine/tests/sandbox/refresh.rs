//! Refresh against a provider that ends the whole grant when it sees a refresh token twice.

use std::sync::Arc;

use hilum_engine::Engine;
use hilum_engine::grant::GrantError;
use hilum_model::{ConnectionId, HumanId};
use hilum_store::connections::ConnectionState;
use hilum_store::grants::GrantState;

use crate::bed::{Bed, OURA, WITHINGS};

/// Callers of each of two processes.
const CALLERS: usize = 32;
const ROUNDS: usize = 50;

/// A caller that comes back when it is told to; the clock stands still, so it comes back at once.
async fn caller(engine: Arc<Engine>, human: HumanId, connection: ConnectionId) -> (String, i64) {
    loop {
        match engine.access_token(human, connection).await {
            Ok((token, generation)) => return (token.expose().clone(), generation),
            Err(GrantError::NotBefore(_)) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_callers_in_two_processes_use_each_refresh_token_once() {
    for provider in [OURA, WITHINGS] {
        let bed = Bed::start().await;
        let connection = bed.connect(provider, "runner").await;
        let engines = [Arc::clone(&bed.engine), bed.second_process()];
        for round in 1..=ROUNDS {
            bed.clock.advance_ms(i64::from(provider.auth.access_ttl_s) * 1000);
            let callers: Vec<_> = (0..2 * CALLERS)
                .map(|n| tokio::spawn(caller(Arc::clone(&engines[n % 2]), bed.human, connection)))
                .collect();
            let mut tokens = Vec::new();
            for caller in callers {
                tokens.push(caller.await.expect("a token"));
            }
            tokens.dedup();
            assert_eq!(tokens.len(), 1, "round {round}: all get the same");
            assert_eq!(tokens[0].1, round as i64 + 1, "one generation a round");
        }
        let stats = bed.stats().await;
        assert_eq!(stats["refresh_reuses"], 0);
        let calls = stats["families"][0]["refresh_calls"].as_array().expect("calls").clone();
        assert_eq!(calls.len(), ROUNDS + 1);
        assert!(calls[..ROUNDS].iter().all(|count| count == 1), "{}: {calls:?}", provider.id);
        assert_eq!((&calls[ROUNDS], &stats["families"][0]["revoked"]), (&0.into(), &false.into()));
    }
}

#[tokio::test]
async fn a_crash_before_the_call_costs_nothing() {
    for provider in [OURA, WITHINGS] {
        let bed = Bed::start().await;
        let connection = bed.connect(provider, "runner").await;
        bed.clock.advance_ms(i64::from(provider.auth.access_ttl_s) * 1000);
        // The intent is written, then the process dies.
        let until = bed.now().plus_s(60);
        assert!(bed.engine.store.begin_refresh(bed.human, connection, 1, [7; 16], until).await.expect("written"));
        assert!(matches!(bed.engine.access_token(bed.human, connection).await, Err(GrantError::NotBefore(_))));
        bed.clock.set(until);
        let (_, generation) = bed.engine.access_token(bed.human, connection).await.expect("recovered");
        assert_eq!(generation, 2, "{}", provider.id);
    }
}

#[tokio::test]
async fn a_crash_between_the_call_and_the_commit() {
    for (provider, recovers) in [(WITHINGS, true), (OURA, false)] {
        let bed = Bed::start().await;
        let connection = bed.connect(provider, "runner").await;
        bed.clock.advance_ms(i64::from(provider.auth.access_ttl_s) * 1000);
        // The provider has rotated, and its answer never came: for the grant the same as a crash after the call.
        bed.fail("runner", &["refresh_lost"]).await;
        let lost = bed.engine.access_token(bed.human, connection).await;
        let Err(GrantError::NotBefore(until)) = lost else { panic!("{lost:?}") };
        let grant = bed.engine.store.grant(bed.human, connection).expect("read").expect("a grant");
        assert_eq!((grant.state, grant.generation), (GrantState::Uncertain, 1));
        bed.fail("runner", &[]).await;
        bed.clock.set(until);
        let again = bed.engine.access_token(bed.human, connection).await;
        let row = bed.connection(connection);
        if recovers {
            assert_eq!(again.expect("within the grace period").1, 2);
            assert_eq!(row.state, ConnectionState::Live);
        } else {
            assert!(matches!(again, Err(GrantError::NeedsReauth("rotation_outcome_unknown"))), "{again:?}");
            assert_eq!(row.state, ConnectionState::NeedsReauth);
            assert_eq!(row.reason.as_deref(), Some("rotation_outcome_unknown"));
        }
    }
}

#[tokio::test]
async fn a_token_endpoint_in_trouble_loses_nothing() {
    for provider in [OURA, WITHINGS] {
        for failure in ["token_500", "token_html", "token_garbage", "token_rate_limited"] {
            let bed = Bed::start().await;
            let connection = bed.connect(provider, "runner").await;
            bed.clock.advance_ms(i64::from(provider.auth.access_ttl_s) * 1000);
            bed.fail("runner", &[failure]).await;
            for _ in 0..5 {
                let result = bed.engine.access_token(bed.human, connection).await;
                let Err(GrantError::NotBefore(until)) = result else { panic!("{failure}: {result:?}") };
                assert_eq!(bed.connection(connection).state, ConnectionState::Live, "{failure}");
                bed.clock.set(until);
            }
            bed.fail("runner", &[]).await;
            let (_, generation) = bed.engine.access_token(bed.human, connection).await.expect("recovered");
            assert_eq!(generation, 2, "{} {failure}", provider.id);
        }
    }
}

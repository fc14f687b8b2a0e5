//! Refresh against a provider that ends the whole grant when it sees a refresh token twice.

use std::sync::Arc;

use hilum_engine::Engine;
use hilum_engine::grant::GrantError;
use hilum_model::{ConnectionId, HumanId};

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
        let bed = Bed::of(provider).await;
        let link = bed.connect(provider, "runner").await;
        let engines = [Arc::clone(&bed.engine), bed.second_process()];
        for round in 1..=ROUNDS {
            bed.clock.advance_ms(i64::from(provider.auth.access_ttl_s) * 1000);
            let callers: Vec<_> = (0..2 * CALLERS)
                .map(|n| tokio::spawn(caller(Arc::clone(&engines[n % 2]), link.human, link.id)))
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

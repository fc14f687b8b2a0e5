//! Polls (threat T15).
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hilum_model::Random;
use hilum_model::world::SeededRandom;

use crate::world::{APP, World};

#[tokio::test]
async fn one_answer_for_everything_that_is_not_open() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.open(&[("clientId", APP), ("clientUserId", "u")]).await;
    let poll = page.poll();
    assert_eq!(browser.poll(&poll).await.body, r#"{"version":0}"#);
    let over = browser.poll("").await;
    assert_eq!((over.status, over.code().as_str()), (StatusCode::PRECONDITION_FAILED, "session_over"));
    assert_eq!(over.header("cache-control"), "no-store");

    let bytes = BASE64.decode(&poll).expect("base64url");
    let mut altered: Vec<String> = (0..bytes.len())
        .map(|n| {
            let mut copy = bytes.clone();
            copy[n] ^= 1;
            BASE64.encode(copy)
        })
        .collect();
    altered.extend([
        poll.to_uppercase(),
        format!("{poll}="),
        format!("{poll}A"),
        poll[1..].to_owned(),
        "x".repeat(60_000),
    ]);
    let random = SeededRandom::new(9);
    for _ in 0..2_000 {
        let mut made_up = vec![0; bytes.len()];
        random.fill(&mut made_up);
        altered.push(BASE64.encode(made_up));
    }
    for token in &altered {
        let answer = browser.poll(token).await;
        assert_eq!((answer.status, &answer.body), (over.status, &over.body), "{}", token.len());
    }
    browser.end(page.secret()).await;
    let closed = browser.poll(&poll).await;
    assert_eq!((closed.status, closed.body), (over.status, over.body));
}

/// No poll reads the store: they are answered even when it is closed.
#[tokio::test]
async fn polls_do_not_touch_the_store() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.open(&[("clientId", APP), ("clientUserId", "u")]).await;
    let ended = browser.open(&[("clientId", APP), ("clientUserId", "v")]).await;
    browser.end(ended.secret()).await;
    world.engine.store.close().await.expect("closes");
    assert_eq!(browser.list(page.secret()).await.status, StatusCode::SERVICE_UNAVAILABLE, "the store is closed");
    assert_eq!(browser.poll(&page.poll()).await.body, r#"{"version":0}"#);
    assert_eq!(browser.poll(&ended.poll()).await.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(browser.poll("made-up").await.status, StatusCode::PRECONDITION_FAILED);
    world.clock.advance_ms(30 * 60_000);
    assert_eq!(browser.poll(&page.poll()).await.status, StatusCode::PRECONDITION_FAILED, "expired");
}

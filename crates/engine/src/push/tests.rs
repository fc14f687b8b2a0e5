use hilum_model::{Body, ConnectionId, Kind, Metric, Phi};
use hilum_providers::ingest;
use hilum_store::connections::{ConnectionState, NewConnection};
use hilum_store::records::Filter;

use super::*;
use crate::testing::World;

const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// A person's phone with the push key [`KEY`].
async fn phone(w: &World, bridge: &str) -> ConnectionId {
    let new = NewConnection {
        human_id: w.human,
        connection_id: ConnectionId::random(&*w.engine.random),
        provider: bridge.to_owned(),
        pending: None,
        account: Phi::new(ACCOUNT.to_owned()),
        scopes: Vec::new(),
        tokens: None,
    };
    let id = w.engine.store.add_connection(new).await.expect("a connection");
    w.engine.store.set_push_key(w.human, id, hash_token(KEY)).await.expect("a key");
    id
}

fn stretch(from: &str, to: &str, value: &str) -> String {
    format!(
        r#"{{"startDate":"2026-03-0{from}:00 +0100","endDate":"2026-03-0{to}:00 +0100","value":"{value}","source":"Watch"}}"#
    )
}

fn nights_post(stretches: &[String]) -> String {
    format!(r#"{{"data":{{"metrics":[{{"name":"sleep_analysis","units":"hr","data":[{}]}}]}}}}"#, stretches.join(","))
}

#[tokio::test]
async fn a_night_that_comes_in_parts_is_one_night() {
    let w = World::new().await;
    phone(&w, "apple_health").await;
    let all = [
        stretch("3 23:00", "4 01:00", "Core"),
        stretch("4 01:00", "4 02:00", "Deep"),
        stretch("4 02:00", "4 02:30", "Awake"),
        stretch("4 02:30", "4 06:00", "REM"),
    ];
    // The end first, then the beginning, then everything, then a part again.
    for part in [&all[2..], &all[..2], &all[..], &all[1..3]] {
        w.engine.receive_push(KEY, nights_post(part).as_bytes()).await.expect("taken");
        w.clock.advance_ms(60_000);
    }
    let nights = w.engine.store.records(w.human, Kind::Sleep, &Filter::default()).expect("read").rows;
    assert_eq!(nights.len(), 1);
    let Body::Sleep(sleep) = &nights[0].record.body else { panic!("a sleep") };
    // 2 h + 1 h + 3.5 h asleep, half an hour awake, 7 h in bed.
    assert_eq!((sleep.asleep_s, sleep.awake_s, sleep.in_bed_s), (Some(23_400.0), Some(1800.0), Some(25_200.0)));
    assert_eq!(sleep.stages.len(), 4);
    let days = w.engine.store.records(w.human, Kind::SleepDay, &Filter::default()).expect("read").rows;
    assert_eq!(days.len(), 1);
    assert_eq!(days[0].record.body, Body::SleepDay { time_asleep: 390.0, time_awake: 30.0 });
}

#[tokio::test]
async fn posts_repeat_without_doubling_and_tell_the_last_sync() {
    let w = World::new().await;
    let id = phone(&w, "health_connect").await;
    let post = r#"{"timestamp":"2026-03-04T18:00:00Z","heart_rate":[{"bpm":71,"time":"2026-03-04T07:00:05Z"}],
        "weight":[{"kilograms":78.4,"time":"2026-03-04T06:10:00Z"},{"kilograms":"?"}]}"#;
    let first = w.engine.receive_push(KEY, post.as_bytes()).await.expect("taken");
    assert_eq!((first.applied.inserted, first.rejected), (2, 1));
    w.clock.advance_ms(1_000);
    let again = w.engine.receive_push(KEY, post.as_bytes()).await.expect("taken");
    assert_eq!((again.applied.inserted, again.applied.updated, again.applied.unchanged), (0, 0, 2));
    let row = w.engine.store.connection(w.human, id).expect("read").expect("there");
    assert_eq!(row.synced_at, Some(w.engine.clock.now()));
    let beats = w.engine.store.samples(w.human, Metric::HeartRate, &Filter::default()).expect("read");
    assert_eq!(beats.rows.len(), 1);
}

#[tokio::test]
async fn an_address_ends_with_its_connection() {
    let w = World::new().await;
    let id = phone(&w, "health_connect").await;
    let post = br#"{"timestamp":"x","heart_rate":[{"bpm":71,"time":"2026-03-04T07:00:05Z"}]}"#;
    for unknown in ["", "0", &KEY.to_uppercase()] {
        assert!(matches!(w.engine.receive_push(unknown, post).await, Err(PushError::UnknownKey)), "{unknown}");
    }
    assert!(matches!(w.engine.receive_push(KEY, b"<html>").await, Err(PushError::Unreadable)));
    w.engine.receive_push(KEY, post).await.expect("taken");
    w.engine.disconnect(w.human, id).await.expect("disconnected");
    assert!(matches!(w.engine.receive_push(KEY, post).await, Err(PushError::UnknownKey)));
    assert_eq!(
        w.engine.store.connection(w.human, id).expect("read").expect("there").state,
        ConnectionState::Disconnected
    );
}

#[tokio::test]
async fn a_batch_makes_its_source_once() {
    let w = World::new().await;
    let body = br#"{"source":"gadgetbridge","observations":[
        {"metric":"steps","start":"2026-03-04T07:00:00Z","end":"2026-03-04T07:01:00Z","value":64}]}"#;
    let read = || ingest::read(body).expect("a batch");
    assert_eq!(w.engine.ingest(w.human, read(), body).await.expect("taken").inserted, 1);
    assert_eq!(w.engine.ingest(w.human, read(), body).await.expect("taken").unchanged, 1);
    let sources = w.engine.store.providers(w.human).expect("read");
    assert_eq!(sources.len(), 1);
    assert_eq!(sources[0].1, "gadgetbridge");
    w.engine.disconnect(w.human, sources[0].0).await.expect("disconnected");
    assert!(matches!(w.engine.ingest(w.human, read(), body).await, Err(StoreError::NotFound)));
}

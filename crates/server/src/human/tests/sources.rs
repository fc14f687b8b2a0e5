//! The list of sources: one row a connection, with an honest state.

use hilum_model::{Batch, ConnectionId, HumanId, Phi, SessionId};
use hilum_store::connections::{ConnectionState, Cursor, NewConnection};
use hilum_store::sessions::{NewSession, SessionMode};

use super::world::{CORRECTED, World, at, day};

const TOKEN: &str = "sources";

async fn cursor(world: &World, human: HumanId, id: ConnectionId, stream: &str, oldest: &str, done: bool, synced: bool) {
    let cursor = Cursor {
        stream: stream.to_owned(),
        oldest: day(oldest),
        newest: day("2016-03-10"),
        history_done: done,
        synced_at: synced.then(|| at(CORRECTED)),
    };
    world.engine.store.apply(human, id, Batch::default(), Some(cursor)).await.expect("applied");
}

/// A connection with the scopes of Oura's profile, daily summaries and workouts: three streams with a history.
async fn oura(world: &World, human_id: HumanId, id: &str) -> ConnectionId {
    let new = NewConnection {
        human_id,
        connection_id: id.parse().expect("id"),
        provider: "oura".to_owned(),
        pending: None,
        account: Phi::new(id.to_owned()),
        scopes: vec!["personal".to_owned(), "daily".to_owned(), "workout".to_owned()],
        tokens: None,
    };
    world.engine.store.add_connection(new).await.expect("connection")
}

#[tokio::test]
async fn a_row_in_each_state() {
    let world = World::new();
    let app = world.app(1).await;
    let human = world.human(app, "s", TOKEN).await.human_id;
    let id = oura(&world, human, "aaaaaaaaaaaaaaaaaaaaaaaa").await;
    let row_with = |history: &str, sync: &str, extra: &str| {
        format!(
            concat!(
                r#"[{{"id":"aaaaaaaaaaaaaaaaaaaaaaaa","source":"oura","supportedDataTypes":["activities","blood_oxygen","#,
                r#""heart_rate","height","sleeps","weight"],"devices":[],"connectedSince":"2016-03-08T21:14:05.120Z","#,
                r#""historySync":{{{}}},"syncStatus":{{{}}}{}}}]"#
            ),
            history, sync, extra
        )
    };
    let row = |history: &str, sync: &str| row_with(history, sync, "");
    let check = async |expected: String| {
        let answer = world.get_as(TOKEN, "/sources").await;
        assert_eq!(answer.text(), expected);
        assert_eq!((answer.header("x-total-count"), answer.header("link")), ("1", ""));
    };
    check(row(r#""status":"not_started""#, r#""status":"not_started""#)).await;

    // The profile is a state without a history: it says nothing about how far back data go.
    cursor(&world, human, id, "personal_info", "2016-03-10", true, false).await;
    check(row(r#""status":"not_started""#, r#""status":"inProgress""#)).await;

    cursor(&world, human, id, "daily_activity", "2016-03-01", false, false).await;
    check(row(r#""status":"inProgress""#, r#""status":"inProgress""#)).await;

    // The other streams began: what all of them have is the youngest of the oldest days.
    cursor(&world, human, id, "sleep", "2016-02-20", true, true).await;
    cursor(&world, human, id, "workout", "2016-02-25", true, true).await;
    cursor(&world, human, id, "daily_readiness", "2016-02-27", true, true).await;
    world.clock.set(at(CORRECTED));
    let ok = r#""status":"ok","synchedAt":"2016-03-09T06:02:44.731Z","newestDate":"2016-03-09T00:00:00.000Z""#;
    check(row(r#""status":"inProgress","oldestDate":"2016-03-01T00:00:00.000Z""#, ok)).await;

    cursor(&world, human, id, "daily_activity", "2015-01-01", true, true).await;
    let completed = r#""status":"completed","oldestDate":"1970-01-01T00:00:00.000Z""#;
    check(row(completed, ok)).await;

    let store = &world.engine.store;
    for (state, word, own) in [
        (ConnectionState::NeedsReauth, "authorization_required", "needs_reauth"),
        (ConnectionState::ProviderDown, "source_unavailable", "provider_down"),
        (ConnectionState::Paused, "paused", "paused"),
    ] {
        store.set_connection_state(human, id, state, Some("revoked".to_owned())).await.expect("state");
        let sync = ok.replace("\"ok\"", &format!("\"{word}\",\"details\":\"revoked\""));
        let extra = format!(r#","connectionState":{{"state":"{own}","since":"2016-03-09T06:02:44.731Z"}}"#);
        check(row_with(completed, &sync, &extra)).await;
    }
    store.set_connection_state(human, id, ConnectionState::Live, None).await.expect("state");
    check(row(completed, ok)).await;

    // Two days later nothing has synced; the row says so, and since when.
    world.clock.set(at("2016-03-11T06:02:44.731Z"));
    let stale = ok.replace("\"ok\"", "\"stale\",\"details\":\"no_sync\"");
    let extra = r#","connectionState":{"state":"stale","since":"2016-03-09T06:02:44.731Z"}"#;
    check(row_with(completed, &stale, extra)).await;
}

#[tokio::test]
async fn removed_and_pending_connections_are_not_shown() {
    let world = World::new();
    let app = world.app(1).await;
    let human = world.human(app, "s", TOKEN).await.human_id;
    let kept = oura(&world, human, "aaaaaaaaaaaaaaaaaaaaaaaa").await;
    let removed = oura(&world, human, "bbbbbbbbbbbbbbbbbbbbbbbb").await;
    world.apply(human, removed, super::world::everything(0.0)).await;
    world.engine.store.disconnect(human, removed).await.expect("disconnected");
    let session = NewSession {
        session_id: SessionId([5; 16]),
        client_id: app,
        human_id: human,
        mode: SessionMode::Edit,
        client_user_id: Phi::new("s".to_owned()),
        settings: "{}".to_owned(),
        page_secret_hash: [1; 32],
        browser_secret_hash: [2; 32],
        expires_at: at(CORRECTED),
    };
    let session = world.engine.store.create_session(session).await.expect("session").session_id;
    let pending = NewConnection {
        human_id: human,
        connection_id: "cccccccccccccccccccccccc".parse().expect("id"),
        provider: "withings".to_owned(),
        pending: Some(session),
        account: Phi::new("c".to_owned()),
        scopes: Vec::new(),
        tokens: None,
    };
    world.engine.store.add_connection(pending).await.expect("pending");

    let rows = world.get_as(TOKEN, "/sources").await.rows();
    let shown: Vec<&str> = rows.iter().filter_map(|row| row["id"].as_str()).collect();
    assert_eq!(shown, [kept.to_string()]);
    // What the removed one brought stays readable, with its source.
    assert_eq!(world.get_as(TOKEN, "/weight").await.json()["source"], "oura");
}

#[tokio::test]
async fn sixty_rows_are_not_cut() {
    let world = World::new();
    let app = world.app(1).await;
    let human = world.human(app, "s", TOKEN).await.human_id;
    for i in 0..60 {
        oura(&world, human, &format!("{i:024x}")).await;
        world.clock.advance_ms(1);
    }
    let answer = world.get_as(TOKEN, "/sources?limit=10").await;
    let rows = answer.rows();
    let ids: Vec<String> = rows.iter().filter_map(|row| row["id"].as_str().map(str::to_owned)).collect();
    assert_eq!(ids, (0..60).map(|i| format!("{i:024x}")).collect::<Vec<_>>());
    assert_eq!(answer.header("x-total-count"), "60");
}

#[tokio::test]
async fn rows_of_the_second_generation() {
    let world = World::new();
    let app = world.app(1).await;
    let human = world.human(app, "s", TOKEN).await.human_id;
    let id = oura(&world, human, "aaaaaaaaaaaaaaaaaaaaaaaa").await;
    let first = world.get_as(TOKEN, "/sources?version=2.1").await;
    assert_eq!(first.text(), world.get_as(TOKEN, "/sources").await.text());
    let number = world.get_as(TOKEN, "/sources?version=2.3").await.rows()[0]["source"].as_str().expect("id").to_owned();
    assert!(number.len() == 24 && number.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')), "{number}");
    let row = |history: &str, sync: &str| {
        format!(
            concat!(
                r#"[{{"id":"aaaaaaaaaaaaaaaaaaaaaaaa","source":"{}","sourceName":"Oura","supportedDataTypes":["activities","#,
                r#""blood_oxygen","heart_rate","height","sleeps","weight"],"devices":[],"#,
                r#""connectedSince":"2016-03-08T21:14:05.120Z","historySync":{{{}}},"resync":{{"active":false}},"#,
                r#""syncStatus":{{{}}},"expectedSyncDuration":null}}]"#
            ),
            number, history, sync
        )
    };
    let check = async |expected: String| {
        for version in ["2.2", "2.3"] {
            assert_eq!(world.get_as(TOKEN, &format!("/sources?version={version}")).await.text(), expected);
        }
    };
    let (waits, runs) = (r#""status":"not_started""#, r#""status":"inProgress","details":"ok""#);
    check(row(waits, runs)).await;
    cursor(&world, human, id, "daily_activity", "2016-03-01", false, true).await;
    world.clock.set(at(CORRECTED));
    let synced = r#","synchedAt":"2016-03-09T06:02:44.731Z""#;
    check(row(r#""status":"inProgress""#, &format!(r#""status":"noDataAvailable","details":"ok"{synced}"#))).await;
    let mut batch = Batch::default();
    batch.sample(super::world::sample(hilum_model::Metric::HeartRate, 60.0, hilum_model::Unit::PerMinute));
    world.apply(human, id, batch).await;
    check(row(r#""status":"inProgress""#, &format!(r#""status":"ok","details":"ok"{synced}"#))).await;
    let paused =
        world.engine.store.set_connection_state(human, id, ConnectionState::NeedsReauth, Some("revoked".to_owned()));
    paused.await.expect("state");
    let refused = format!(r#""status":"authorization_required","details":"revoked"{synced}"#);
    check(row(r#""status":"inProgress""#, &refused)).await;

    // The id names the source in filters, as its word does.
    for source in ["oura", &number, &number.to_uppercase()] {
        assert_eq!(
            world.get_as(TOKEN, &format!("/heart_rate/readings?source={source}")).await.rows().len(),
            1,
            "{source}"
        );
    }
    let wrong = world.get_as(TOKEN, "/sources?version=3").await;
    assert_eq!((wrong.status.as_u16(), wrong.code().as_str()), (400, "invalid_parameter"));
}

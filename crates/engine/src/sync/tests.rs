//! Slices against a scripted provider and a real store.

use hilum_model::{ConnectionId, Day, Kind};
use hilum_store::connections::{ConnectionState, Cursor};
use hilum_store::records::{Filter, StoredRecord};

use crate::testing::{Asked, Canned, LIMITED, PLAIN, World};

const LIFE: i64 = 86_400 * 30;

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

/// One weight a day, ten on a page; the morning's value is `kg`.
fn told(asked: &Asked, kg: f64) -> Canned {
    if asked.path == "/token" {
        return Canned::new(200, r#"{"access_token":"a2","refresh_token":"r2","expires_in":86400}"#);
    }
    let bound = |name| day(asked.param(name).expect("a window"));
    let (from, to) = (bound("start"), bound("end"));
    let skip: i32 = asked.param("next").map_or(0, |next| next.parse().expect("our token"));
    let size = if asked.path == "/weights" { 10 } else { 1000 };
    let days: Vec<Day> = (from.0 + skip..=to.0).take(size as usize).map(Day).collect();
    let items: Vec<String> = days
        .iter()
        .map(|day| format!(r#"{{"id":"{}-{day}","time":"{day}T07:00:00+01:00","kg":{kg}}}"#, &asked.path[1..2]))
        .collect();
    let more = days.last().is_some_and(|last| *last < to);
    let next = if more { format!("\"{}\"", skip + size) } else { "null".to_owned() };
    Canned::new(200, format!(r#"{{"data":[{}],"next":{next}}}"#, items.join(",")))
}

fn records(world: &World) -> Vec<StoredRecord> {
    let filter = Filter { limit: 1000, ..Filter::default() };
    let page = world.engine.store.records(world.human, Kind::Weight, &filter).expect("read");
    assert_eq!(page.total, page.rows.len() as u64);
    page.rows
}

fn cursor(world: &World, connection: ConnectionId, stream: &str) -> Option<Cursor> {
    let cursors = world.engine.store.cursors(world.human, connection).expect("read");
    cursors.into_iter().find(|cursor| cursor.stream == stream)
}

/// Stream and window of every data request.
fn windows(asked: &[Asked]) -> Vec<String> {
    let data = asked.iter().filter(|asked| asked.param("next").is_none() && asked.param("start").is_some());
    data.map(|asked| {
        format!("{} {}..{}", asked.path, asked.param("start").unwrap_or("-"), asked.param("end").unwrap_or("-"))
    })
    .collect()
}

async fn start(world: &World) -> ConnectionId {
    let connection = world.connect(&PLAIN, LIFE).await;
    world.engine.queue_sync(world.human, connection).await.expect("queued");
    connection
}

#[tokio::test]
async fn news_first_then_history_to_its_limit() {
    let world = World::new().await;
    let connection = start(&world).await;
    world.fake.script(|asked| told(asked, 78.4));
    world.engine.drain_jobs().await.expect("drained");
    let asked = world.fake.asked();
    // It is 2026-03-10; 90 days before lies 2025-12-10. Of history the stream with fewer windows left comes first.
    assert_eq!(
        windows(&asked),
        [
            "/weights 2026-02-09..2026-03-10",
            "/extras 2025-12-11..2026-03-10",
            "/extras 2025-12-10..2025-12-10",
            "/weights 2026-01-10..2026-02-08",
            "/weights 2025-12-11..2026-01-09",
            "/weights 2025-12-10..2025-12-10",
        ]
    );
    // 3 windows of 30 days in pages of 10, and one day: 10 requests; and 2 of the other stream.
    assert_eq!(asked.len(), 12);
    assert!(asked.iter().all(|asked| asked.authorization.as_deref() == Some("Bearer a1")));
    assert!(asked.iter().filter(|asked| asked.path == "/extras").all(|asked| asked.param("kind") == Some("all")));
    // 22 days of December, 31, 28 and 10: 91 days, told by both streams.
    assert_eq!(records(&world).len(), 182);
    let weights = cursor(&world, connection, "weights").expect("a cursor");
    assert_eq!((weights.oldest, weights.newest), (day("2025-12-10"), day("2026-03-10")));
    assert!(weights.history_done && weights.synced_at == Some(world.now()));
    assert!(world.connection(connection).synced_at.is_some());
}

#[tokio::test]
async fn the_next_sync_reads_the_overlap_and_changes_nothing_or_what_was_corrected() {
    let world = World::new().await;
    start(&world).await;
    world.fake.script(|asked| told(asked, 78.4));
    world.engine.drain_jobs().await.expect("drained");
    let before = records(&world);
    let first = world.now();
    world.fake.asked();
    // `weights` is due after an hour, and a tenth of it at most is jitter; `extras` not before two.
    world.run_until(first.plus_s(3600 + 361)).await;
    assert_eq!(windows(&world.fake.asked()), ["/weights 2026-03-08..2026-03-10"]);
    assert_eq!(records(&world), before, "nothing is touched");
    world.fake.script(|asked| told(asked, 78.5));
    world.run_until(first.plus_s(3 * 3600)).await;
    let after = records(&world);
    assert_eq!(after.len(), before.len());
    let mut changed: Vec<String> = after
        .iter()
        .filter(|row| !before.contains(row))
        .map(|row| {
            assert!(row.updated_at > first && row.created_at == first, "{row:?}");
            row.record.key.clone()
        })
        .collect();
    changed.sort();
    let days = ["2026-03-08", "2026-03-09", "2026-03-10"];
    assert_eq!(
        changed,
        days.map(|day| format!("e-{day}")).into_iter().chain(days.map(|day| format!("w-{day}"))).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn only_granted_streams_are_asked() {
    let world = World::new().await;
    let connection = world.connect_scopes(&PLAIN, &["personal", "extra"]).await;
    world.engine.queue_sync(world.human, connection).await.expect("queued");
    world.fake.script(|asked| told(asked, 70.0));
    world.engine.drain_jobs().await.expect("drained");
    assert!(world.fake.asked().iter().all(|asked| asked.path == "/extras"));
    assert_eq!(records(&world).len(), 91);
}

#[tokio::test]
async fn a_window_that_breaks_off_goes_on_at_its_page() {
    let world = World::new().await;
    let connection = start(&world).await;
    world.fake.script(|asked| if asked.param("next") == Some("20") { Canned::new(503, "") } else { told(asked, 70.0) });
    world.engine.drain_jobs().await.expect("drained");
    assert_eq!(cursor(&world, connection, "weights"), None, "no cursor before the last page");
    assert_eq!(records(&world).len(), 20, "pages that came are there");
    assert_eq!(world.fake.asked().len(), 3);
    world.fake.script(|asked| told(asked, 70.0));
    world.run_until(world.now().plus_s(60)).await;
    let asked = world.fake.asked();
    assert_eq!(asked[0].param("next"), Some("20"), "the page that failed comes next");
    assert_eq!(records(&world).len(), 182);
}

#[tokio::test]
async fn after_a_crash_the_window_is_read_again_and_nothing_is_skipped() {
    let mut world = World::new().await;
    start(&world).await;
    world.fake.script(|asked| if asked.param("next") == Some("20") { Canned::new(503, "") } else { told(asked, 70.0) });
    world.engine.drain_jobs().await.expect("drained");
    world.fake.asked();
    world.restart();
    world.fake.script(|asked| told(asked, 70.0));
    world.run_until(world.now().plus_s(60)).await;
    let asked = world.fake.asked();
    assert_eq!(asked[0].param("next"), None, "from the beginning");
    assert_eq!(records(&world).len(), 182, "and nothing twice");
}

#[tokio::test]
async fn a_page_token_that_has_ended_begins_the_window_anew() {
    let world = World::new().await;
    start(&world).await;
    world.fake.script(|asked| if asked.param("next") == Some("20") { Canned::new(503, "") } else { told(asked, 70.0) });
    world.engine.drain_jobs().await.expect("drained");
    world.fake.asked();
    let mut first = true;
    world.fake.script(move |asked| {
        if asked.param("next") == Some("20") && std::mem::take(&mut first) {
            return Canned::new(400, r#"{"error":"next token has expired"}"#);
        }
        told(asked, 70.0)
    });
    world.run_until(world.now().plus_s(60)).await;
    assert_eq!(records(&world).len(), 182);
}

#[tokio::test]
async fn an_unaccepted_token_is_renewed_once() {
    let world = World::new().await;
    let connection = start(&world).await;
    world.fake.script(|asked| {
        if asked.authorization.as_deref() == Some("Bearer a1") { Canned::new(401, "") } else { told(asked, 70.0) }
    });
    world.engine.drain_jobs().await.expect("drained");
    let asked = world.fake.asked();
    assert_eq!(asked.iter().filter(|asked| asked.path == "/token").count(), 1);
    assert_eq!(records(&world).len(), 182);
    let grant = world.grant(connection);
    assert_eq!(grant.generation, 2);
    assert_eq!(grant.previous_refresh, None, "let go after the new token worked");
}

#[tokio::test]
async fn a_new_token_that_is_not_accepted_either_needs_the_person() {
    let world = World::new().await;
    let connection = start(&world).await;
    world.fake.script(|asked| if asked.path == "/token" { told(asked, 0.0) } else { Canned::new(401, "") });
    world.engine.drain_jobs().await.expect("drained");
    let row = world.connection(connection);
    assert_eq!((row.state, row.reason.as_deref()), (ConnectionState::NeedsReauth, Some("access_refused")));
    assert_eq!(world.fake.asked().len(), 3, "data, token, data");
    world.fake.script(|asked| told(asked, 70.0));
    world.run_until(world.now().plus_s(7 * 3600)).await;
    assert!(world.fake.asked().is_empty(), "left in peace until the person comes back");
}

#[tokio::test]
async fn the_rate_limit_holds_and_the_work_is_done_all_the_same() {
    let world = World::new().await;
    let one = world.connect_with(&LIMITED, crate::testing::tokens("a1", world.now().plus_s(LIFE)), "one").await;
    let two = world.connect_with(&LIMITED, crate::testing::tokens("b1", world.now().plus_s(LIFE)), "two").await;
    let times = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let (log, clock) = (times.clone(), world.clock.clone());
    world.fake.script(move |asked| {
        log.lock().expect("alone").push(hilum_model::Clock::now(&*clock));
        told(asked, 70.0)
    });
    for connection in [one, two] {
        world.engine.queue_sync(world.human, connection).await.expect("queued");
    }
    world.run_until(world.now().plus_s(1800)).await;
    let times = times.lock().expect("alone").clone();
    assert_eq!(times.len(), 24, "12 for each");
    for (n, time) in times.iter().enumerate().skip(5) {
        assert!(time.since_ms(times[n - 5]) >= 60_000, "six within a minute");
    }
    for connection in [one, two] {
        assert!(cursor(&world, connection, "weights").is_some_and(|cursor| cursor.history_done));
    }
    assert_eq!(records(&world).len(), 364);
}

#[tokio::test]
async fn slices_of_two_people_take_turns() {
    let world = World::new().await;
    let now = world.now();
    for (token, account) in [("a1", "one"), ("b1", "two")] {
        let tokens = crate::testing::tokens(token, now.plus_s(LIFE));
        let connection = world.connect_with(&PLAIN, tokens, account).await;
        world.engine.queue_sync(world.human, connection).await.expect("queued");
    }
    // One item a page: far more requests than one slice may send.
    world.fake.script(|asked| {
        let mut small = asked.clone();
        small.path = "/weights".to_owned();
        let skip: i32 = asked.param("next").map_or(0, |next| next.parse().expect("our token"));
        let date = day(asked.param("start").expect("a window")).plus(skip);
        let last = date.to_string() == asked.param("end").unwrap_or_default();
        let next = if last || asked.path == "/extras" { "null".to_owned() } else { format!("\"{}\"", skip + 1) };
        let item = format!(r#"{{"id":"{date}","time":"{date}T07:00:00Z","kg":70}}"#);
        Canned::new(200, format!(r#"{{"data":[{item}],"next":{next}}}"#))
    });
    world.engine.drain_jobs().await.expect("drained");
    let tokens: Vec<String> = world.fake.asked().into_iter().filter_map(|asked| asked.authorization).collect();
    let runs = tokens.chunk_by(|a, b| a == b).map(<[String]>::len).collect::<Vec<_>>();
    // 91 days and 2 windows of the other stream are 93 requests for each: slices of 24, 24, 24 and 21, in turns.
    assert_eq!(runs, [24, 24, 24, 24, 24, 24, 21, 21]);
}

mod faults;

mod whole;

mod wider;

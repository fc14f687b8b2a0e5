//! What an older parser made is mended by a later one, and nothing else is touched. The older parsers are versions of the
//! test providers with faults.

use hilum_model::{Batch, Body, ConnectionId, Kind, Metric, Observation, Phi, Record, Sample, Time};
use hilum_providers::ingest;
use hilum_providers::spec::{Context, Detail, ParseError, Stream, Wanted, Window};
use hilum_store::hash_token;
use hilum_store::records::{Filter, StoredRecord};
use hilum_store::samples::StoredSample;

use super::*;
use crate::testing::{Asked, Canned, DETAILED, PLAIN_DATA, TELLING, World};

/// One stream, read as it should be.
static NEW: Provider = Provider { streams: &[Stream { ..PLAIN_DATA.streams[0] }], ..PLAIN_DATA };
/// The same, read with faults: `w2` ten times as heavy, `w3` overlooked, a `ghost` made of nothing.
static OLD: Provider = Provider { streams: &[Stream { parse: old_weights, ..PLAIN_DATA.streams[0] }], ..PLAIN_DATA };
/// Does not know any form but that of empty pages.
static STRICT: Provider = Provider { streams: &[Stream { parse: strict, ..PLAIN_DATA.streams[0] }], ..PLAIN_DATA };
/// Tells a weight that holds, not since when.
static PROFILE: Provider = Provider {
    streams: &[Stream { id: "profile", window: Window::Whole, parse: profile, ..PLAIN_DATA.streams[0] }],
    ..PLAIN_DATA
};
/// Details read with faults: `w2` twice as fast, and a beat more a second later.
static OLD_DETAILED: Provider = Provider {
    id: "detailed",
    streams: &[Stream {
        detail: Some(Detail {
            wanted: |bytes, context| (details().wanted)(bytes, context),
            parse: old_heart,
            file: false,
            scope: "",
        }),
        ..DETAILED_STREAM
    }],
    ..PLAIN_DATA
};
const DETAILED_STREAM: Stream = Stream { ..crate::testing::DETAILED_DATA.streams[0] };

fn details() -> Detail {
    DETAILED_STREAM.detail.expect("has details")
}

fn records_of(batch: &mut Batch) -> impl Iterator<Item = &mut Record> {
    batch.observations.iter_mut().filter_map(|observation| match observation {
        Observation::Record(record) => Some(&mut **record),
        _ => None,
    })
}

fn kilograms(body: &mut Body) -> &mut hilum_model::Quantity {
    let Body::Reading { quantity, .. } = body else { panic!("a weight") };
    quantity
}

fn old_weights(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let mut batch = (NEW.streams[0].parse)(bytes, context)?;
    let mut ghost = None;
    for record in records_of(&mut batch) {
        if record.key == "w2" {
            ghost = Some(Record { key: "ghost".to_owned(), ..record.clone() });
            let quantity = kilograms(&mut record.body);
            (quantity.received, quantity.value) = (quantity.received * 10.0, quantity.value * 10.0);
        }
    }
    batch.observations.retain(|one| !matches!(one, Observation::Record(record) if record.key == "w3"));
    if let Some(ghost) = ghost {
        batch.record(ghost);
    }
    Ok(batch)
}

fn strict(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let batch = (NEW.streams[0].parse)(bytes, context)?;
    if batch.observations.is_empty() { Ok(batch) } else { Err(ParseError("not any more".to_owned())) }
}

fn profile(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let mut batch = (NEW.streams[0].parse)(bytes, context)?;
    for record in records_of(&mut batch) {
        let kg = kilograms(&mut record.body).received;
        *record = Record::state(kg, record.body.clone(), context.received, serde_json::Map::new());
    }
    Ok(batch)
}

fn old_heart(bytes: &[u8], wanted: &Wanted, context: &Context) -> Result<Batch, ParseError> {
    let mut batch = (details().parse)(bytes, wanted, context)?;
    if let (Some(Observation::Sample(sample)), "w2") = (batch.observations.first_mut(), wanted.key.as_str()) {
        let ghost = Sample { start: sample.start.plus_ms(1000), ..sample.clone() };
        sample.value *= 2.0;
        batch.sample(ghost);
    }
    Ok(batch)
}

/// A world that keeps payloads, with a connection of that provider.
async fn world(provider: &'static Provider) -> (World, ConnectionId) {
    let mut world = World::of(&[provider], |_, _| {}).await;
    world.archive(Some(30));
    let connection = world.connect(provider, 86_400 * 90).await;
    world.engine.queue_sync(world.human, connection).await.expect("queued");
    (world, connection)
}

/// Weights of those days of March 2026, each where the window that is asked for has its day.
fn told(asked: &Asked, days: &[(u32, f64)]) -> Canned {
    let day = |n: u32| format!("2026-03-{n:02}");
    let within = |n: u32| {
        let bound = |name: &str| asked.param(name).map(str::to_owned);
        bound("start").is_none_or(|from| from <= day(n)) && bound("end").is_none_or(|to| day(n) <= to)
    };
    let items: Vec<String> = days
        .iter()
        .filter(|(n, _)| within(*n))
        .map(|(n, kg)| format!(r#"{{"id":"w{n}","time":"{}T07:00:00Z","kg":{kg}}}"#, day(*n)))
        .collect();
    Canned::new(200, format!(r#"{{"data":[{}]}}"#, items.join(",")))
}

const FIVE: &[(u32, f64)] = &[(1, 70.0), (2, 70.0), (3, 70.0), (4, 70.0), (5, 70.0)];

fn weights(world: &World) -> Vec<StoredRecord> {
    let mut rows = world.engine.store.records(world.human, Kind::Weight, &Filter::default()).expect("read").rows;
    rows.sort_by(|a, b| a.record.key.cmp(&b.record.key));
    rows
}

fn beats(world: &World) -> Vec<StoredSample> {
    world.engine.store.samples(world.human, Metric::HeartRate, &Filter::default()).expect("read").rows
}

fn row<'a>(rows: &'a [StoredRecord], key: &str) -> &'a StoredRecord {
    rows.iter().find(|row| row.record.key == key).unwrap_or_else(|| panic!("no {key}"))
}

fn kg(row: &StoredRecord) -> f64 {
    kilograms(&mut row.record.body.clone()).value
}

async fn replay(world: &World, find: Find, options: Options) -> Report {
    let replayer = Replayer { find, ..Replayer::new(world.engine.store.clone(), Arc::clone(&world.engine.random)) };
    let report = replayer.run(&options, &|_, _| {}).await.expect("replays");
    assert!(!world.data().join("scratch").exists(), "nothing is left of it");
    report
}

fn new(id: &str) -> Option<&'static Provider> {
    (id == NEW.id).then_some(&NEW)
}

fn data(created: u64, updated: u64, unchanged: u64, removed: u64, no_longer_told: u64) -> OfData {
    OfData { created, updated, unchanged, removed, no_longer_told }
}

#[tokio::test]
async fn what_an_older_parser_got_wrong_is_mended_and_nothing_else_is_touched() {
    let (world, _) = world(&OLD).await;
    world.fake.script(|asked| told(asked, FIVE));
    world.engine.drain_jobs().await.expect("drained");
    let before = weights(&world);
    assert_eq!(before.iter().map(|row| row.record.key.as_str()).collect::<Vec<_>>(), ["ghost", "w1", "w2", "w4", "w5"]);
    assert!((kg(row(&before, "w2")) - 700.0).abs() < 1e-9);
    world.clock.advance_ms(86_400_000);

    let dry = Options { dry_run: true, ..Options::default() };
    let counted = replay(&world, new, dry.clone()).await;
    assert_eq!(weights(&world), before, "a dry run changes nothing");
    let of = &counted.providers["plain"];
    assert_eq!(of.data["weight"], data(1, 1, 3, 0, 1));
    // One window of 30 days with all of it, and three of the past without anything.
    assert_eq!(of.streams["weights"], OfStream { payloads: 4, unreadable: 0, rejected: 0, told: 5 });

    assert_eq!(replay(&world, new, Options::default()).await, counted, "the same, done");
    let after = weights(&world);
    for same in ["ghost", "w1", "w4", "w5"] {
        assert_eq!(row(&after, same), row(&before, same), "untouched, also its updatedAt");
    }
    let (mended, found) = (row(&after, "w2"), row(&after, "w3"));
    assert!((kg(mended) - 70.0).abs() < 1e-9);
    assert_eq!((mended.created_at, mended.updated_at), (row(&before, "w2").created_at, world.now()));
    assert_eq!((mended.id, found.updated_at), (row(&before, "w2").id, world.now()));

    let again = replay(&world, new, Options::default()).await;
    assert_eq!(again.providers["plain"].data["weight"], data(0, 0, 5, 0, 1), "twice is once");
    assert_eq!(weights(&world), after);

    let prune = Options { prune: true, ..Options::default() };
    let counted = replay(&world, new, Options { dry_run: true, ..prune.clone() }).await;
    assert_eq!(weights(&world), after);
    assert_eq!(replay(&world, new, prune.clone()).await, counted);
    assert_eq!(counted.providers["plain"].data["weight"], data(0, 0, 5, 1, 1));
    let left = weights(&world);
    assert_eq!(left, after.into_iter().filter(|row| row.record.key != "ghost").collect::<Vec<_>>());
    let again = replay(&world, new, prune).await;
    assert_eq!(again.providers["plain"].data["weight"], data(0, 0, 5, 0, 0));
}

#[tokio::test]
async fn only_the_newest_telling_counts_and_times_do_not_move() {
    let (world, _) = world(&NEW).await;
    let began = world.now();
    // 70, then 71, then 70 again, and once more the same.
    for (hours, told_kg) in [(0, 70.0), (2, 71.0), (4, 70.0), (6, 70.0)] {
        world.fake.script(move |asked| told(asked, &[(9, told_kg)]));
        world.run_until(began.plus_s(hours * 3600)).await;
    }
    let before = weights(&world);
    let row = &before[0];
    assert!(kg(row).total_cmp(&70.0).is_eq() && row.updated_at > began.plus_s(2 * 3600) && row.created_at == began);
    world.clock.advance_ms(1000);
    let report = replay(&world, new, Options { prune: true, ..Options::default() }).await;
    assert_eq!(report.providers["plain"].data["weight"], data(0, 0, 1, 0, 0));
    assert_eq!(weights(&world), before);
    // What came before is left out, and what is left tells the same.
    let since = Some(began.plus_s(3 * 3600));
    let late = replay(&world, new, Options { since, ..Options::default() }).await;
    assert_eq!(late.providers["plain"].data["weight"], data(0, 0, 1, 0, 0));
    assert!(
        late.providers["plain"].streams["weights"].payloads < report.providers["plain"].streams["weights"].payloads
    );
}

#[tokio::test]
async fn details_are_read_with_their_items() {
    let (world, _) = world(&OLD_DETAILED).await;
    world.fake.script(|asked| {
        if asked.path.starts_with("/heart/") { Canned::new(200, r#"{"bpm":60}"#) } else { told(asked, &FIVE[..1]) }
    });
    world.engine.drain_jobs().await.expect("drained");
    // The second weight comes later.
    world.fake.script(|asked| {
        if asked.path.starts_with("/heart/") { Canned::new(200, r#"{"bpm":60}"#) } else { told(asked, &FIVE[..2]) }
    });
    world.run_until(world.now().plus_s(2 * 3600)).await;
    let (before, rows) = (beats(&world), weights(&world));
    let values: Vec<f64> = before.iter().map(|beat| beat.value).collect();
    assert_eq!(values, [60.0, 120.0, 60.0], "newest first: the ghost, w2, w1");
    world.clock.advance_ms(1000);
    let prune = Options { prune: true, ..Options::default() };
    let counted = replay(&world, |_| Some(&DETAILED), Options { dry_run: true, ..prune.clone() }).await;
    assert_eq!(beats(&world), before);
    assert_eq!(replay(&world, |_| Some(&DETAILED), prune).await, counted);
    assert_eq!(counted.providers["detailed"].data["heart_rate"], data(0, 1, 1, 1, 1));
    let after = beats(&world);
    assert_eq!(after.iter().map(|beat| beat.value).collect::<Vec<_>>(), [60.0, 60.0]);
    assert_eq!(after[0].updated_at, world.now());
    assert_eq!(after[1], before[2], "w1's stays as it is");
    assert_eq!(weights(&world), rows);
}

#[tokio::test]
async fn states_stand_since_they_were_first_seen() {
    let (world, _) = world(&PROFILE).await;
    let began = world.now();
    for (hours, told_kg) in [(0, 80.0), (2, 80.0), (4, 82.0), (6, 82.0), (8, 80.0), (10, 80.0)] {
        world.fake.script(move |asked| told(asked, &[(9, told_kg)]));
        world.run_until(began.plus_s(hours * 3600)).await;
    }
    let before = weights(&world);
    assert_eq!(before.len(), 2);
    world.clock.advance_ms(1000);
    let report = replay(&world, |_| Some(&PROFILE), Options { prune: true, ..Options::default() }).await;
    assert_eq!(report.providers["plain"].data["weight"], data(0, 0, 2, 0, 0));
    assert_eq!(weights(&world), before);
    // The archive begins in the middle of a state.
    let since = Some(began.plus_s(5 * 3600));
    replay(&world, |_| Some(&PROFILE), Options { since, ..Options::default() }).await;
    assert_eq!(weights(&world), before);
}

#[tokio::test]
async fn a_payload_that_no_longer_parses_is_told_and_nothing_is_removed_then() {
    let (world, _) = world(&OLD).await;
    world.fake.script(|asked| told(asked, FIVE));
    world.engine.drain_jobs().await.expect("drained");
    let before = weights(&world);
    let report = replay(&world, |_| Some(&STRICT), Options { prune: true, ..Options::default() }).await;
    let of = &report.providers["plain"];
    assert_eq!(of.streams["weights"], OfStream { payloads: 4, unreadable: 1, rejected: 0, told: 0 });
    assert!(of.data.is_empty(), "{of:?}");
    assert_eq!(weights(&world), before);
    // Neither is anything of a provider that is not there any more.
    let report = replay(&world, |_| None, Options { prune: true, ..Options::default() }).await;
    assert_eq!(report.providers["plain"].streams["weights"].unreadable, 4);
    assert_eq!(weights(&world), before);
}

#[tokio::test]
async fn what_is_older_than_a_gap_does_not_take_the_place_of_what_came_in_it() {
    let (world, connection) = world(&NEW).await;
    world.fake.script(|asked| told(asked, &[(8, 70.0), (9, 70.0)]));
    world.engine.drain_jobs().await.expect("drained");
    // Both weigh more now, which no payload tells.
    let mut batch = Batch::default();
    for row in weights(&world) {
        let mut record = row.record;
        kilograms(&mut record.body).value = 71.0;
        batch.record(record);
    }
    world.clock.advance_ms(1000);
    world.engine.store.apply(world.human, connection, batch, None).await.expect("applied");
    let before = weights(&world);
    let prune = Options { prune: true, ..Options::default() };
    assert_eq!(replay(&world, new, prune.clone()).await.connections, 0);
    assert_eq!(weights(&world), before);
    // The archive begins anew with the next answer, and tells nothing of the first weight.
    world.fake.script(|asked| told(asked, &[(9, 72.0)]));
    world.run_until(world.now().plus_s(2 * 3600)).await;
    let before = weights(&world);
    assert_eq!(before.iter().map(kg).collect::<Vec<_>>(), [71.0, 72.0]);
    let report = replay(&world, new, prune).await;
    assert_eq!(report.providers["plain"].data["weight"], data(0, 0, 1, 0, 0));
    assert_eq!(weights(&world), before);
}

#[tokio::test]
async fn without_the_archive_nothing_is_kept_and_switching_it_off_empties_it() {
    let mut world = World::of(&[&NEW], |_, _| {}).await;
    let connection = world.connect(&NEW, 86_400 * 90).await;
    world.fake.script(|asked| told(asked, FIVE));
    world.engine.queue_sync(world.human, connection).await.expect("queued");
    world.engine.drain_jobs().await.expect("drained");
    let spans = |world: &World| world.engine.store.archives().expect("read");
    assert_eq!(spans(&world), []);
    let kept = |world: &World| world.engine.store.archived(world.human, connection, 1).expect("read").is_some();
    assert!(!kept(&world));

    world.archive(Some(2));
    world.engine.queue_sync(world.human, connection).await.expect("queued");
    world.run_until(world.now().plus_s(7200)).await;
    assert!(spans(&world).len() == 1 && kept(&world));
    world.clock.advance_ms(2 * 86_400_000 + 1);
    world.engine.sweep_archive().await.expect("swept");
    assert!(!kept(&world), "two days are over");

    world.engine.queue_sync(world.human, connection).await.expect("queued");
    world.run_until(world.now().plus_s(7200)).await;
    assert!(kept(&world));
    world.archive(None);
    world.engine.sweep_archive().await.expect("swept");
    assert!(spans(&world).is_empty() && !kept(&world), "it was switched off");
}

const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn stretch(from: &str, to: &str, value: &str) -> String {
    format!(
        r#"{{"startDate":"2026-03-0{from}:00 +0100","endDate":"2026-03-0{to}:00 +0100","value":"{value}","source":"Watch"}}"#
    )
}

fn nights_post(stretches: &[String]) -> String {
    format!(r#"{{"data":{{"metrics":[{{"name":"sleep_analysis","units":"hr","data":[{}]}}]}}}}"#, stretches.join(","))
}

#[tokio::test]
async fn nights_that_came_in_parts_are_joined_again_also_with_parts_from_before() {
    let mut world = World::new().await;
    let account = Phi::new(crate::push::ACCOUNT.to_owned());
    let new = NewConnection {
        human_id: world.human,
        connection_id: ConnectionId::random(&*world.engine.random),
        provider: "apple_health".to_owned(),
        pending: None,
        account,
        scopes: Vec::new(),
        tokens: None,
    };
    let id = world.engine.store.add_connection(new).await.expect("a connection");
    world.engine.store.set_push_key(world.human, id, hash_token(KEY)).await.expect("a key");
    let all = [
        stretch("3 23:00", "4 01:00", "Core"),
        stretch("4 01:00", "4 02:00", "Deep"),
        stretch("4 02:00", "4 02:30", "Awake"),
        stretch("4 02:30", "4 06:00", "REM"),
    ];
    // The first part comes before the archive begins.
    for (at, part) in [&all[..1], &all[2..], &all[1..2], &all[1..3]].into_iter().enumerate() {
        if at == 1 {
            world.archive(Some(30));
        }
        world.clock.advance_ms(60_000);
        world.engine.receive_push(KEY, nights_post(part).as_bytes()).await.expect("taken");
    }
    let nights = |world: &World| {
        let read = |kind| world.engine.store.records(world.human, kind, &Filter::default()).expect("read").rows;
        (read(Kind::Sleep), read(Kind::SleepDay))
    };
    let before = nights(&world);
    assert_eq!((before.0.len(), before.1.len()), (1, 1));
    world.clock.advance_ms(60_000);
    let report = replay(&world, hilum_providers::find, Options { prune: true, ..Options::default() }).await;
    let of = &report.providers["apple_health"];
    assert_eq!((of.streams["push"].payloads, of.data["sleep"]), (3, data(0, 0, 1, 0, 0)));
    assert_eq!(nights(&world), before);
}

#[tokio::test]
async fn deletions_are_heeded_in_their_order() {
    let mut world = World::new().await;
    world.archive(Some(30));
    let item = |id: &str, value: f64| {
        format!(r#"{{"metric":"weight","id":"{id}","start":"2026-03-04T07:00:00Z","value":{value},"unit":"kg"}}"#)
    };
    let gone = |id: &str| format!(r#"{{"deleted":"weight","id":"{id}"}}"#);
    // `a` is told, deleted and told again; `b` is told and deleted.
    for items in [item("a", 70.0) + "," + &item("b", 71.0), gone("a"), item("a", 72.0), gone("b")] {
        world.clock.advance_ms(60_000);
        let body = format!(r#"{{"source":"scale","observations":[{items}]}}"#);
        let read = ingest::read(body.as_bytes()).expect("a batch");
        assert!(read.rejected.is_empty(), "{:?}", read.rejected);
        world.engine.ingest(world.human, read, body.as_bytes()).await.expect("taken");
    }
    let before = weights(&world);
    assert_eq!(before.iter().map(|row| row.record.key.as_str()).collect::<Vec<_>>(), ["a"]);
    world.clock.advance_ms(60_000);
    let report = replay(&world, hilum_providers::find, Options { prune: true, ..Options::default() }).await;
    assert_eq!(report.providers["scale"].data["weight"], data(0, 0, 1, 0, 0));
    assert_eq!(weights(&world), before);
    // A deletion that an older parser did not understand takes effect.
    let (human, connection) = (world.human, before[0].connection_id);
    let mut batch = Batch::default();
    batch.record(Record { key: "b".to_owned(), ..before[0].record.clone() });
    world.engine.store.reapply(human, connection, batch, false).await.expect("applied");
    let report = replay(&world, hilum_providers::find, Options::default()).await;
    assert_eq!(report.providers["scale"].data["weight"], data(0, 0, 1, 1, 0));
    assert_eq!(weights(&world), before);
}

#[tokio::test]
async fn what_a_source_deleted_without_naming_it_does_not_come_back() {
    let (world, _) = world(&TELLING).await;
    for (hours, days) in [(0, &[(8, 70.0), (9, 70.0)][..]), (2, &[(9, 70.0)]), (4, &[(9, 70.0)])] {
        world.fake.script(move |asked| told(asked, days));
        world.run_until(world.now().plus_s(hours * 3600)).await;
    }
    let before = weights(&world);
    assert_eq!(before.iter().map(|row| row.record.key.as_str()).collect::<Vec<_>>(), ["w9"]);
    world.clock.advance_ms(1000);
    let report = replay(&world, |_| Some(&TELLING), Options { prune: true, ..Options::default() }).await;
    assert_eq!(report.providers["telling"].data["weight"], data(0, 0, 1, 0, 0));
    assert_eq!(weights(&world), before);
}

#[tokio::test]
async fn only_what_was_asked_for_is_replayed() {
    let (world, _) = world(&OLD).await;
    world.fake.script(|asked| told(asked, FIVE));
    world.engine.drain_jobs().await.expect("drained");
    let before = weights(&world);
    let somebody = HumanId([9; 16]);
    for other in [
        Options { human: Some(somebody), ..Options::default() },
        Options { provider: Some("oura".to_owned()), ..Options::default() },
    ] {
        let report = replay(&world, new, other).await;
        assert_eq!(report, Report::default());
    }
    let late = Options { since: Some(Time(i64::MAX)), ..Options::default() };
    assert!(replay(&world, new, late).await.providers["plain"].data.is_empty());
    assert_eq!(weights(&world), before);
    let right = Options { human: Some(world.human), provider: Some("plain".to_owned()), ..Options::default() };
    assert_eq!(replay(&world, new, right).await.connections, 1);
}

//! Durable ingest: every call of `Store::apply` brings one person's day and returns when it is on the disk. Beside it
//! bare SQLite, with the store's own settings for durability, inserting blobs of the same size.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::ensure;
use hilum_model::chunk::{Chunk, Point};
use hilum_model::{Batch, Observation, Time};
use rusqlite::Connection;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::measure::{Stopwatch, line, median, rate, table};
use crate::wearable::Series;
use crate::world::{World, batch, first_day};

/// What a person's devices send in a day.
const SENT: [Series; 4] = [Series::JitteredPulse, Series::WorkoutPulse, Series::NightVariability, Series::MinuteSteps];

#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Options {
    /// People
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    people: u16,
    /// Days of each
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=400))]
    days: u16,
    /// Calls of `apply` under way at once, as of so many sync workers
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1000))]
    at_once: u16,
    /// Turns of each
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=20))]
    turns: u8,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let days = i64::from(options.days);
    let first = first_day(days);
    let mut samples = 0;
    // Day by day over all people, as syncs come in.
    let mut batches: Vec<(usize, Batch)> = Vec::new();
    let mut blobs = Vec::new();
    for day in first..first + days {
        for person in 0..usize::from(options.people) {
            let batch = batch(&SENT, day, person as u64);
            samples += batch.observations.len();
            blobs.extend(day_blobs(&batch));
            batches.push((person, batch));
        }
    }
    let blob_bytes: usize = blobs.iter().map(Vec::len).sum();
    let samples = samples as f64;

    let (mut fresh, mut again, mut alone, mut grouped) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut disk = 0.0;
    for _ in 0..options.turns {
        let world = World::new("http://127.0.0.1:9000").await?;
        let mut people = Vec::new();
        for number in 0..usize::from(options.people) {
            people.push(world.person(number).await?);
        }
        let people: Vec<_> = people.into_iter().map(|p| (p.human, p.connection)).collect();
        for times in [&mut fresh, &mut again] {
            let work: Vec<_> = batches.iter().map(|(person, batch)| (people[*person], batch.clone())).collect();
            let limit = Arc::new(Semaphore::new(usize::from(options.at_once)));
            let mut tasks = JoinSet::new();
            let watch = Stopwatch::start();
            for ((human, connection), batch) in work {
                let permit = Arc::clone(&limit).acquire_owned().await?;
                let store = world.store.clone();
                tasks.spawn(async move {
                    let _permit = permit;
                    store.apply(human, connection, batch, None).await
                });
            }
            let mut stored = 0;
            while let Some(done) = tasks.join_next().await {
                let applied = done??;
                stored += applied.inserted + applied.unchanged;
            }
            times.push(samples / watch.seconds());
            ensure!(stored as f64 >= samples, "{stored} of {samples} samples were stored");
        }
        world.store.close().await?;
        disk = world.bytes()? as f64;
        alone.push(samples / bare(&blobs, SENT.len())?);
        grouped.push(samples / bare(&blobs, SENT.len() * usize::from(options.at_once))?);
    }

    line(&format!(
        "{} people, {} days, {samples} samples, {:.2} bytes a sample encoded, {:.2} on disk (all files)",
        options.people,
        options.days,
        blob_bytes as f64 / samples,
        disk / samples
    ));
    let rates = [
        ("hilum, new", median(&mut fresh)),
        ("hilum, the same again", median(&mut again)),
        ("bare SQLite, a commit each person-day", median(&mut alone)),
        (&format!("bare SQLite, a commit each {} person-days", options.at_once), median(&mut grouped)),
    ];
    let rows: Vec<_> = rates.map(|(name, samples)| vec![name.to_owned(), rate(samples)]).into();
    table(&["durable", "samples"], &rows);
    line(&format!("ratio to the latter {:.0} %", rates[0].1 / rates[3].1 * 100.0));
    Ok(())
}

/// The chunks that a batch of one day becomes.
fn day_blobs(batch: &Batch) -> Vec<Vec<u8>> {
    let mut series: BTreeMap<_, Vec<Point>> = BTreeMap::new();
    for observation in &batch.observations {
        if let Observation::Sample(s) = observation {
            let point = Point { start: s.start, end: s.end, offset: s.offset, value: s.value };
            series.entry((s.metric, s.device.clone())).or_default().push(point);
        }
    }
    let chunk = |mut points: Vec<Point>| {
        let mut chunk = Chunk::new();
        chunk.merge(&mut points, Time(1_790_000_000_000));
        chunk.encode()
    };
    series.into_values().map(chunk).collect()
}

/// Seconds that SQLite alone takes for the blobs, with a durable commit after each `group` of them.
fn bare(blobs: &[Vec<u8>], group: usize) -> anyhow::Result<f64> {
    let directory = tempfile::tempdir()?;
    let mut db = Connection::open(directory.path().join("bare.sqlite"))?;
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE chunk (series INTEGER, day INTEGER, data BLOB, PRIMARY KEY (series, day)) WITHOUT ROWID;",
    )?;
    let watch = Stopwatch::start();
    let mut key = 0i64;
    for blobs in blobs.chunks(group) {
        let transaction = db.transaction()?;
        {
            let mut insert = transaction.prepare_cached("INSERT INTO chunk VALUES (?1, ?2, ?3)")?;
            for blob in blobs {
                insert.execute((key % 80, key / 80, blob))?;
                key += 1;
            }
        }
        transaction.commit()?;
    }
    Ok(watch.seconds())
}

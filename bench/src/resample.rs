//! A year of minutes by days, through the whole server; beside decoding the same chunks from memory alone, and beside rows in
//! SQLite with an index that are grouped by SQL.

use std::hint::black_box;

use anyhow::{Context as _, ensure};
use hilum_model::Time;
use hilum_model::chunk::{Chunk, Point, Reader};
use hilum_model::time::DAY_MS;
use http::{Request, StatusCode, header};
use http_body_util::Full;
use serde_json::Value;

use crate::client::{Call, Client};
use crate::measure::{Stopwatch, line, quantile, rate, table};
use crate::serve::Server;
use crate::wearable::Series;
use crate::world::{World, batch, engine, first_day};

/// How often.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Options {
    /// Days that are stored
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(i64).range(1..=4000))]
    days: i64,
    /// Times that each thing is measured
    #[arg(long, default_value_t = 31, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: u32,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let world = World::new("http://127.0.0.1:9000").await?;
    let (alone, several) = (world.person(0).await?, world.person(1).await?);
    let first = first_day(options.days);
    let days: Vec<Vec<Point>> = (first..first + options.days).map(|day| Series::MinutePulse.day(day, 1)).collect();
    let samples: usize = days.iter().map(Vec::len).sum();
    for day in first..first + options.days {
        for (person, series) in [
            (&alone, &[Series::MinutePulse, Series::MinuteSteps][..]),
            (&several, &[Series::MinutePulse, Series::JitteredPulse][..]),
        ] {
            world.store.apply(person.human, person.connection, batch(series, day, 1), None).await?;
        }
    }
    let store = world.store.clone();
    let real = Server::start("hilum", move |at| Ok(hilum_server::router(engine(store, at)?)))?;
    let mut client = Client::connect(real.at).await?;
    line(&format!("{samples} samples of {} days", options.days));

    let mut rows = Vec::new();
    for (what, person, query) in [
        ("to days", &alone, "heart_rate?step=1d"),
        ("to days of Berlin", &alone, "heart_rate?step=1d&tz=Europe/Berlin"),
        ("to hours", &alone, "heart_rate?step=1h"),
        ("to days, mean over time", &alone, "heart_rate?step=1d&agg=time_avg"),
        ("steps to days", &alone, "steps?step=1d"),
        ("two sources to days", &several, "heart_rate?step=1d"),
    ] {
        let call = || -> anyhow::Result<Call> {
            Ok(Request::get(format!("/v1/human/series/{query}"))
                .header(header::HOST, "127.0.0.1")
                .header(header::AUTHORIZATION, format!("Bearer {}", person.access_token))
                .body(Full::default())?)
        };
        let mut times = Vec::new();
        let mut bytes = 0;
        for _ in 0..options.rounds {
            let watch = Stopwatch::start();
            let answer = client.send(call()?).await?;
            times.push(watch.seconds());
            ensure!(answer.status == StatusCode::OK, "{query} answered {}", answer.status);
            bytes = answer.body.len();
            if query == "heart_rate?step=1d" {
                let told: Value = serde_json::from_slice(&answer.body)?;
                let buckets = told["buckets"].as_array().context("buckets")?;
                let count: u64 = buckets.iter().filter_map(|bucket| bucket["count"].as_u64()).sum();
                // Of two sources some samples are left out.
                let right = if person.human == alone.human { count == samples as u64 } else { count > 0 };
                ensure!(right && buckets.len() as i64 == options.days, "{count} samples in {} buckets", buckets.len());
            }
        }
        rows.push(row(&format!("hilum, {what}"), samples, &mut times, &format!("{bytes} bytes of JSON")));
    }

    let encoded: Vec<Vec<u8>> = days.iter().map(|day| chunk(day).encode()).collect();
    let mut times = Vec::new();
    for _ in 0..options.rounds {
        let watch = Stopwatch::start();
        black_box(decode(&encoded)?);
        times.push(watch.seconds());
    }
    rows.push(row("limit: the chunks decoded from memory, summed up", samples, &mut times, ""));
    let mut times = grouped(&world, &days, options.rounds)?;
    rows.push(row("rows in SQLite, GROUP BY day", samples, &mut times, "plain, not encrypted"));
    table(&["a year of minutes", "median", "p99", "samples", ""], &rows);
    Ok(())
}

fn row(what: &str, samples: usize, times: &mut [f64], note: &str) -> Vec<String> {
    let (median, p99) = (quantile(times, 0.5), quantile(times, 0.99));
    let ms = |seconds: f64| format!("{:.1} ms", seconds * 1e3);
    vec![what.to_owned(), ms(median), ms(p99), rate(samples as f64 / median), note.to_owned()]
}

fn chunk(day: &[Point]) -> Chunk {
    let mut chunk = Chunk::new();
    chunk.merge(&mut day.to_vec(), Time(1_790_000_000_000));
    chunk
}

/// Sum, least, greatest and count of each chunk.
fn decode(encoded: &[Vec<u8>]) -> anyhow::Result<Vec<(f64, f64, f64, usize)>> {
    let mut points = Vec::new();
    let mut found = Vec::with_capacity(encoded.len());
    for bytes in encoded {
        let reader = Reader::open(bytes)?;
        points.clear();
        for block in 0..reader.blocks() {
            reader.block(block, &mut points)?;
        }
        let none = (0.0, f64::INFINITY, f64::NEG_INFINITY, 0);
        found.push(
            points
                .iter()
                .map(|stored| stored.point.value)
                .fold(none, |(sum, min, max, count), value| (sum + value, value.min(min), value.max(max), count + 1)),
        );
    }
    Ok(found)
}

/// The same samples as rows by person and time.
fn grouped(world: &World, days: &[Vec<Point>], rounds: u32) -> anyhow::Result<Vec<f64>> {
    let mut raw = rusqlite::Connection::open(world.directory.path().join("rows.sqlite"))?;
    raw.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA mmap_size = 268435456;
         CREATE TABLE samples (person INTEGER, metric INTEGER, at INTEGER, value REAL, PRIMARY KEY (person, metric, at))
         STRICT, WITHOUT ROWID;",
    )?;
    let write = raw.transaction()?;
    {
        let mut insert = write.prepare("INSERT INTO samples VALUES (1, 6, ?1, ?2)")?;
        for point in days.iter().flatten() {
            insert.execute(rusqlite::params![point.start.0, point.value])?;
        }
    }
    write.commit()?;
    let mut group = raw.prepare(
        "SELECT at / ?1, avg(value), min(value), max(value), count(*) FROM samples
         WHERE person = 1 AND metric = 6 AND at >= ?2 AND at < ?3 GROUP BY at / ?1",
    )?;
    let mut times = Vec::new();
    for _ in 0..rounds {
        let watch = Stopwatch::start();
        let mut found = 0;
        let mut rows = group.query(rusqlite::params![DAY_MS, 0, i64::MAX])?;
        while let Some(row) = rows.next()? {
            black_box((row.get::<_, f64>(1)?, row.get::<_, f64>(2)?, row.get::<_, f64>(3)?, row.get::<_, i64>(4)?));
            found += 1;
        }
        ensure!(found == days.len(), "{found} days");
        times.push(watch.seconds());
    }
    Ok(times)
}

//! Posts of 5,000 samples to the running program, each answered when it is on the disk. Beside it what nobody can do
//! without: a server that reads the same bodies, merges their samples into chunks and writes these to a file.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hilum_model::chunk::{Chunk, Point};
use hilum_model::{Day, Offset, Time};
use http::{Request, header};
use serde::Deserialize;
use serde_json::json;

use crate::client::Client;
use crate::measure::{Stopwatch, cpu_seconds, line, median, quantile, rate, table, ticks};
use crate::serve::Server;
use crate::startup::Running;
use crate::wearable::Series;
use crate::world::{Person, World, first_day, stored_as};

/// Samples of a body.
const SAMPLES: usize = 5_000;

/// Address of both.
const PATH: &str = "/v1/human/ingest";

/// What one device of a person posts, series after series, day after day.
const SENT: [Series; 3] = [Series::JitteredPulse, Series::NightVariability, Series::MinuteSteps];

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// The program
    #[arg(long, default_value = "target/release/hilum")]
    program: PathBuf,
    /// People who post at once, each over a connection of their own
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1000))]
    people: u16,
    /// Bodies of each
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=1000))]
    bodies: u16,
    /// Turns of each server
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=50))]
    turns: u8,
}

/// What one server came to, one figure a turn.
#[derive(Default)]
struct Side {
    rates: Vec<f64>,
    p50: Vec<f64>,
    cpu_us: Vec<f64>,
}

impl Side {
    fn row(&mut self, name: &str) -> Vec<String> {
        vec![
            name.to_owned(),
            rate(median(&mut self.rates)),
            format!("{:.1} ms", median(&mut self.p50)),
            format!("{:.2} µs", median(&mut self.cpu_us)),
        ]
    }
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let bodies: Vec<Bytes> = bodies(usize::from(options.bodies))?;
    let bytes = bodies.iter().map(Bytes::len).sum::<usize>() / bodies.len();
    let world = World::new("http://127.0.0.1:9000").await?;
    // Others in each turn, so that all that is posted is new; the first turn does not count.
    let mut crowds = Vec::new();
    for turn in 0..=usize::from(options.turns) {
        let mut crowd = Vec::new();
        for number in 0..usize::from(options.people) {
            crowd.push(world.person(turn * 1000 + number).await?);
        }
        crowds.push(crowd);
    }
    world.store.close().await?;
    let (running, at) = Running::start(&options.program, world.directory.path()).await?;
    let directory = tempfile::tempdir()?;

    let (mut fresh, mut again, mut limit) = (Side::default(), Side::default(), Side::default());
    for (turn, crowd) in crowds.iter().enumerate() {
        let server = bare(directory.path().join(turn.to_string()))?;
        for (to, side) in [(at, &mut fresh), (at, &mut again), (server.at, &mut limit)] {
            let used =
                || if to == at { ticks(running.pid()).map(|t| t as f64 / 100.0) } else { Ok(cpu_seconds("bare")) };
            let before = used()?;
            let (seconds, p50) = load(to, crowd, &bodies).await?;
            let samples = (crowd.len() * bodies.len() * SAMPLES) as f64;
            if turn > 0 {
                side.rates.push(samples / seconds);
                side.p50.push(p50);
                side.cpu_us.push((used()? - before) / samples * 1e6);
            }
        }
    }
    let ratio = median(&mut fresh.rates) / median(&mut limit.rates);
    line(&format!("bodies of {SAMPLES} samples, {bytes} bytes; {} connections", options.people));
    let rows = [fresh.row("hilum, new"), again.row("hilum, the same again"), limit.row("bare path")];
    table(&["", "samples", "a body, p50", "CPU/sample"], &rows);
    line(&format!("ratio {:.0} %", ratio * 100.0));
    Ok(())
}

/// Bodies as a bridge would write them; one after the other they tell a device's history.
fn bodies(count: usize) -> anyhow::Result<Vec<Bytes>> {
    let mut items = Vec::new();
    let mut day = first_day(360);
    while items.len() < count * SAMPLES {
        for series in SENT {
            let (metric, unit, _) = stored_as(series).context("a series that is stored")?;
            for point in series.day(day, 1) {
                let mut item = json!({
                    "metric": metric.name(),
                    "start": written(&point, point.start),
                    "value": point.value,
                    "unit": unit.ucum(),
                });
                if let Some(end) = point.end {
                    item["end"] = written(&point, end).into();
                }
                items.push(item);
            }
        }
        day += 1;
    }
    let body = |items: &[serde_json::Value]| json!({"source": "bench", "device": "Ring", "observations": items});
    items.chunks_exact(SAMPLES).take(count).map(|items| Ok(serde_json::to_vec(&body(items))?.into())).collect()
}

/// A time as a phone writes it, with the local offset.
fn written(point: &Point, time: Time) -> String {
    let offset = point.offset.unwrap_or(Offset(0));
    let mut text = time.plus_s(i64::from(offset.0) * 60).to_iso().into_bytes();
    text.pop();
    offset.write(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Each person posts all bodies, one after the other; seconds for all, and ms that half of the posts stayed below.
async fn load(to: SocketAddr, people: &[Person], bodies: &[Bytes]) -> anyhow::Result<(f64, f64)> {
    let mut clients = Vec::new();
    for _ in people {
        clients.push(Client::connect(to).await?);
    }
    let whole = Stopwatch::start();
    let mut tasks = tokio::task::JoinSet::new();
    for (mut client, person) in clients.into_iter().zip(people) {
        let (bodies, token) = (bodies.to_vec(), format!("Bearer {}", person.access_token));
        tasks.spawn(async move {
            let mut latencies = Vec::new();
            for body in bodies {
                let call = Request::post(PATH)
                    .header(header::HOST, to.to_string())
                    .header(header::AUTHORIZATION, &token)
                    .header(header::CONTENT_TYPE, "application/json")
                    .body(body.into())?;
                let one = Stopwatch::start();
                let answer = client.send(call).await?;
                latencies.push(one.seconds() * 1e3);
                ensure!(answer.status == StatusCode::OK, "answer {}", answer.status);
                let told: Told = serde_json::from_slice(&answer.body)?;
                ensure!(told.inserted + told.unchanged == SAMPLES as u64, "not all samples were taken: {told:?}");
            }
            anyhow::Ok(latencies)
        });
    }
    let mut latencies = Vec::new();
    while let Some(done) = tasks.join_next().await {
        latencies.extend(done??);
    }
    Ok((whole.seconds(), quantile(&mut latencies, 0.5)))
}

/// What an answer says of the samples.
#[derive(Debug, Deserialize)]
struct Told {
    inserted: u64,
    unchanged: u64,
}

/// Chunks of a person, by metric and day.
type Chunks = BTreeMap<(String, Day), Chunk>;

/// Chunks by person, and the file that they are written to.
struct Bare {
    chunks: Mutex<HashMap<String, Chunks>>,
    file: Mutex<File>,
}

#[derive(Deserialize)]
struct Post<'a> {
    #[serde(borrow)]
    observations: Vec<Item<'a>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    metric: &'a str,
    start: &'a str,
    end: Option<&'a str>,
    value: f64,
}

/// The bare server.
fn bare(file: PathBuf) -> anyhow::Result<Server> {
    let state = Arc::new(Bare { chunks: Mutex::default(), file: Mutex::new(File::create(file)?) });
    Server::start("bare", move |_| {
        Ok(Router::new().route(PATH, post(take)).layer(DefaultBodyLimit::disable()).with_state(state))
    })
}

async fn take(State(state): State<Arc<Bare>>, headers: HeaderMap, body: Bytes) -> Result<String, StatusCode> {
    let refused = |_| StatusCode::BAD_REQUEST;
    let person = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let told: Post<'_> = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let mut days: BTreeMap<(&str, Day), Vec<Point>> = BTreeMap::new();
    for item in told.observations {
        let (start, offset) = Time::parse_rfc3339(item.start).map_err(refused)?;
        let end = item.end.map(|end| Time::parse_rfc3339(end).map(|(end, _)| end)).transpose().map_err(refused)?;
        let point = Point { start, end, offset: Some(offset), value: item.value };
        days.entry((item.metric, start.utc_day())).or_default().push(point);
    }
    // One person posts over one connection, so nobody else needs the person's chunks meanwhile.
    let lock = || state.chunks.lock().unwrap_or_else(PoisonError::into_inner);
    let mut chunks = lock().remove(person).unwrap_or_default();
    let (mut inserted, mut unchanged, mut bytes) = (0, 0, Vec::new());
    for ((metric, day), mut points) in days {
        let chunk = chunks.entry((metric.to_owned(), day)).or_default();
        let merged = chunk.merge(&mut points, Time(1_790_000_000_000));
        inserted += merged.inserted;
        unchanged += merged.unchanged;
        bytes.extend(chunk.encode());
    }
    lock().insert(person.to_owned(), chunks);
    let mut file = state.file.lock().unwrap_or_else(PoisonError::into_inner);
    let written = file.write_all(&bytes).and_then(|()| file.sync_data());
    written.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(json!({"inserted": inserted, "unchanged": unchanged}).to_string())
}

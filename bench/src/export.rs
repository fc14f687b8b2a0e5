//! A whole export through the server, read as fast as it comes; beside decoding the same chunks from memory, and beside a
//! bare server that streams as many bytes.

use std::hint::black_box;

use anyhow::{Context as _, ensure};
use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use hilum_model::Time;
use hilum_model::chunk::{Chunk, Reader};
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::measure::{Stopwatch, line, peak_mb, rate, reset_peak, table};
use crate::serve::Server;
use crate::wearable::Series;
use crate::world::{World, batch, engine, first_day};

/// What a day has.
const DAY: [Series; 2] = [Series::MinutePulse, Series::MinuteSteps];
/// Bytes of a piece of the bare server.
const PIECE: usize = 256 * 1024;

/// How much.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Options {
    /// Samples that are stored, at least
    #[arg(long, default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    samples: u64,
}

/// What came of a stream.
struct Read {
    seconds: f64,
    bytes: u64,
    lines: u64,
    peak_mb: f64,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let world = World::new("http://127.0.0.1:9000").await?;
    let person = world.person(0).await?;
    let (mut samples, mut chunks) = (0, Vec::new());
    let mut day = first_day(0);
    while samples < options.samples {
        day -= 1;
        let batch = batch(&DAY, day, 1);
        samples += batch.observations.len() as u64;
        world.store.apply(person.human, person.connection, batch, None).await?;
        for series in DAY {
            let mut chunk = Chunk::new();
            chunk.merge(&mut series.day(day, 1), Time(0));
            chunks.push(chunk.encode());
        }
    }
    line(&format!("{samples} samples of {} chunks", chunks.len()));
    let watch = Stopwatch::start();
    let mut points = Vec::new();
    for chunk in &chunks {
        let reader = Reader::open(chunk).context("a chunk")?;
        points.clear();
        for block in 0..reader.blocks() {
            reader.block(block, &mut points).context("a block")?;
        }
        black_box(&points);
    }
    let decoding = watch.seconds();
    drop(chunks);

    let store = world.store.clone();
    let real = Server::start("hilum", move |at| Ok(hilum_server::router(engine(store, at)?)))?;
    let mut rows = Vec::new();
    let mut bytes = 0;
    for (what, query) in [("lines of JSON", "ndjson"), ("FHIR", "fhir")] {
        let read = stream(&real, &format!("/v1/human/export?format={query}"), &person.access_token).await?;
        ensure!(read.lines > samples, "{what}: {} lines for {samples} samples", read.lines);
        bytes = read.bytes.max(bytes);
        rows.push(row(what, &read, samples));
    }
    let pieces = bytes.div_ceil(PIECE as u64);
    let piece = Bytes::from(vec![b'\n'; PIECE]);
    let bare = Server::start("bare", move |_| {
        Ok(Router::new().route("/", get(move || async move { Body::from_stream(repeated(piece, pieces)) })))
    })?;
    let read = stream(&bare, "/", "none").await?;
    rows.push(row("bare server, the bytes of FHIR", &read, samples));
    table(&["", "s", "MB", "samples", "peak MB"], &rows);
    line(&format!("decoding the same chunks from memory: {} samples", rate(samples as f64 / decoding)));
    Ok(())
}

fn repeated(piece: Bytes, times: u64) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> {
    futures_util::stream::iter((0..times).map(move |_| Ok(piece.clone())))
}

fn row(what: &str, read: &Read, samples: u64) -> Vec<String> {
    vec![
        what.to_owned(),
        format!("{:.2}", read.seconds),
        format!("{:.0}", read.bytes as f64 / 1e6),
        rate(samples as f64 / read.seconds),
        format!("{:.0}", read.peak_mb),
    ]
}

/// Reads a stream to its end and keeps nothing of it.
async fn stream(from: &Server, path: &str, token: &str) -> anyhow::Result<Read> {
    let connection = TcpStream::connect(from.at).await?;
    let (mut sender, connection) = handshake::<_, Full<Bytes>>(TokioIo::new(connection)).await?;
    tokio::spawn(connection);
    let call = Request::get(path)
        .header(header::HOST, "127.0.0.1")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(Full::default())?;
    reset_peak()?;
    let watch = Stopwatch::start();
    let answer = sender.send_request(call).await?;
    ensure!(answer.status() == StatusCode::OK, "{path} answered {}", answer.status());
    let mut body = answer.into_body();
    let (mut bytes, mut lines) = (0, 0);
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame?.into_data() else { continue };
        bytes += piece.len() as u64;
        lines += piece.split(|byte| *byte == b'\n').count() as u64 - 1;
    }
    Ok(Read { seconds: watch.seconds(), bytes, lines, peak_mb: peak_mb()? })
}

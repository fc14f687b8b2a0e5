//! The chunk codec alone: bytes a sample, and samples a second on one core.

use std::hint::black_box;

use anyhow::Context as _;
use hilum_model::Time;
use hilum_model::chunk::{Chunk, Point, Reader};

use crate::measure::{Stopwatch, median, rate, table};
use crate::wearable::Series;

/// Days of each series; a year or so.
const DAYS: i64 = 360;
const NOW: Time = Time(1_790_000_000_000);

/// Measures every series; `rounds` times each, of which the median counts.
pub(crate) fn run(rounds: u32) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for series in Series::ALL {
        rows.push(measure(series, rounds)?);
    }
    table(
        &["series", "bytes/sample", "encode", "", "decode", "last block", "merge new", "merge same", "append one"],
        &rows,
    );
    Ok(())
}

fn measure(series: Series, rounds: u32) -> anyhow::Result<Vec<String>> {
    let days: Vec<Vec<Point>> = (20_000..20_000 + DAYS).map(|day| series.day(day, 1)).collect();
    let samples = days.iter().map(Vec::len).sum::<usize>() as f64;
    let mut chunks: Vec<Chunk> = Vec::new();
    for day in &days {
        let mut chunk = Chunk::new();
        chunk.merge(&mut day.clone(), NOW);
        chunks.push(chunk);
    }
    let encoded: Vec<Vec<u8>> = chunks.iter().map(Chunk::encode).collect();
    let bytes = encoded.iter().map(Vec::len).sum::<usize>() as f64;

    let encode = typical(rounds, || {
        for chunk in &chunks {
            black_box(chunk.encode());
        }
        Ok(())
    })?;
    let decode = typical(rounds, || {
        for bytes in &encoded {
            black_box(Chunk::decode(bytes)?);
        }
        Ok(())
    })?;
    let mut out = Vec::new();
    let block = typical(rounds, || {
        for bytes in &encoded {
            let reader = Reader::open(bytes)?;
            out.clear();
            reader.block(reader.blocks().checked_sub(1).context("a day has samples")?, &mut out)?;
            black_box(&out);
        }
        Ok(())
    })?;
    let mut incoming = Vec::new();
    let fresh = typical(rounds, || {
        for day in &days {
            incoming.extend_from_slice(day);
            let mut chunk = Chunk::new();
            chunk.merge(&mut incoming, NOW);
            black_box(chunk);
        }
        Ok(())
    })?;
    let same = typical(rounds, || {
        for (chunk, day) in chunks.iter_mut().zip(&days) {
            incoming.extend_from_slice(day);
            black_box(chunk.merge(&mut incoming, NOW));
        }
        Ok(())
    })?;
    // What a live update costs: decode the day, add its next sample, encode.
    let append = typical(rounds, || {
        for bytes in &encoded {
            let mut chunk = Chunk::decode(bytes)?;
            let last = *chunk.points().last().context("a day has samples")?;
            incoming.push(Point { start: last.point.start.plus_s(60), end: None, ..last.point });
            chunk.merge(&mut incoming, NOW);
            black_box(chunk.encode());
        }
        Ok(())
    })?;

    let each = |seconds: f64| format!("{:.1} µs", seconds / DAYS as f64 * 1e6);
    Ok(vec![
        series.name().to_owned(),
        format!("{:.2}", bytes / samples),
        rate(samples / encode),
        format!("{:.0} MB/s", bytes / encode / 1e6),
        rate(samples / decode),
        each(block),
        rate(samples / fresh),
        rate(samples / same),
        each(append),
    ])
}

/// Seconds that one go takes: the median of all.
fn typical(rounds: u32, mut go: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let mut all = Vec::new();
    for _ in 0..rounds {
        let watch = Stopwatch::start();
        go()?;
        all.push(watch.seconds());
    }
    Ok(median(&mut all))
}

//! A server and its limit, measured in turns in one run, so that whatever else the machine does meets both.

use bytes::Bytes;
use http::StatusCode;

use crate::client::{Call, Load, load};
use crate::measure::{cpu_seconds, line, median, rate, table};
use crate::serve::Server;

/// How long and how hard.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Effort {
    /// Kept-alive connections
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: u16,
    /// Seconds of each turn
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=60))]
    seconds: u8,
    /// Turns of each server
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=50))]
    turns: u8,
}

/// Rates, latencies and processor time of one server.
#[derive(Default)]
struct Side {
    rates: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
    cpu_us: Vec<f64>,
}

impl Side {
    fn add(&mut self, load: &Load, cpu: f64) {
        self.rates.push(load.rate());
        self.p50.push(load.p50);
        self.p99.push(load.p99);
        self.cpu_us.push(cpu / load.requests * 1e6);
    }
    fn row(&mut self, name: &str) -> Vec<String> {
        vec![
            name.to_owned(),
            rate(median(&mut self.rates)),
            format!("{:.2} ms", median(&mut self.p50)),
            format!("{:.2} ms", median(&mut self.p99)),
            format!("{:.0} µs", median(&mut self.cpu_us)),
        ]
    }
}

/// Sends the same calls to both in turns, prints the medians, and returns the ratio of the rates.
pub(crate) async fn compare(
    what: &str,
    real: &Server,
    bare: &Server,
    effort: Effort,
    status: StatusCode,
    calls: &[Call],
) -> anyhow::Result<f64> {
    let (mut ours, mut limit) = (Side::default(), Side::default());
    // One turn that does not count, for caches and the allocator.
    for turn in 0..=effort.turns {
        for (server, side) in [(real, &mut ours), (bare, &mut limit)] {
            let before = cpu_seconds(server.name);
            let done =
                load(server.at, usize::from(effort.connections), f64::from(effort.seconds), status, calls).await?;
            if turn > 0 {
                side.add(&done, cpu_seconds(server.name) - before);
            }
        }
    }
    let ratio = median(&mut ours.rates) / median(&mut limit.rates);
    line(&format!("{what}, {} connections:", effort.connections));
    table(&["", "requests", "p50", "p99", "CPU/request"], &[ours.row("hilum"), limit.row("bare server, same bytes")]);
    line(&format!("ratio {:.0} %\n", ratio * 100.0));
    Ok(ratio)
}

/// A server that answers every request with the same bytes.
pub(crate) fn bare(status: StatusCode, content_type: &'static str, body: Bytes) -> anyhow::Result<Server> {
    Server::start("bare", move |_| {
        let answer = move || {
            let body = body.clone();
            std::future::ready((status, [(http::header::CONTENT_TYPE, content_type)], body))
        };
        Ok(axum::Router::new().fallback(answer))
    })
}

//! A small HTTP/1.1 client over one kept-alive connection, and many of them as a load.

use std::net::SocketAddr;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::measure::{Stopwatch, quantile};

/// A request that can be sent again and again.
pub(crate) type Call = Request<Full<Bytes>>;

/// An answer, read whole.
pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// One connection.
pub(crate) struct Client {
    sender: SendRequest<Full<Bytes>>,
}

impl Client {
    pub(crate) async fn connect(to: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(to).await.with_context(|| format!("connect to {to}"))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // A broken connection shows at the next request.
        tokio::spawn(connection);
        Ok(Self { sender })
    }

    pub(crate) async fn send(&mut self, call: Call) -> anyhow::Result<Answer> {
        self.sender.ready().await?;
        let (head, body) = self.sender.send_request(call).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer { status: head.status, headers: head.headers, body })
    }
}

/// What a load came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub requests: f64,
    pub seconds: f64,
    /// Latency in ms that half, and that 99 of 100 stayed below.
    pub p50: f64,
    pub p99: f64,
}

impl Load {
    pub(crate) fn rate(&self) -> f64 {
        self.requests / self.seconds
    }
}

/// Sends the calls in turn over `connections` kept-alive connections for `seconds`; every answer must have `status`.
pub(crate) async fn load(
    to: SocketAddr,
    connections: usize,
    seconds: f64,
    status: StatusCode,
    calls: &[Call],
) -> anyhow::Result<Load> {
    ensure!(!calls.is_empty(), "nothing to send");
    let mut tasks = tokio::task::JoinSet::new();
    let calls: std::sync::Arc<[Call]> = calls.into();
    for number in 0..connections {
        let mut client = Client::connect(to).await?;
        let calls = std::sync::Arc::clone(&calls);
        tasks.spawn(async move {
            let mut latencies = Vec::new();
            let whole = Stopwatch::start();
            let mut turn = number * 7;
            while whole.seconds() < seconds {
                let one = Stopwatch::start();
                let answer = client.send(calls[turn % calls.len()].clone()).await?;
                ensure!(answer.status == status, "answer {} instead of {status}", answer.status);
                latencies.push(one.seconds() * 1e3);
                turn += 1;
            }
            Ok(latencies)
        });
    }
    let whole = Stopwatch::start();
    let mut latencies = Vec::new();
    while let Some(done) = tasks.join_next().await {
        latencies.extend(done??);
    }
    let seconds = whole.seconds();
    let requests = latencies.len() as f64;
    let p50 = quantile(&mut latencies, 0.5);
    Ok(Load { requests, seconds, p50, p99: quantile(&mut latencies, 0.99) })
}

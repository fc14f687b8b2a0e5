//! The program itself: how long from start to the first answer, and how much memory it holds when idle.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use http::{Request, header};
use http_body_util::Full;

use crate::client::Client;
use crate::measure::{Stopwatch, line, median, resident_mb, table, ticks};

/// Longest that a start, and then the way to rest, may take.
const PATIENCE_S: f64 = 60.0;
/// It rests when it has used next to no processor time for so many seconds: longer than the ten that the runtime keeps a
/// thread which has nothing to do.
const RESTING_S: u32 = 12;

/// The program, serving; ends when dropped.
pub(crate) struct Running(Child);

impl Running {
    /// Starts it over a data directory and waits for its first answer; where it listens comes along.
    pub(crate) async fn start(program: &Path, data: &Path) -> anyhow::Result<(Self, SocketAddr)> {
        // A port that was free a moment ago.
        let at: SocketAddr = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let watch = Stopwatch::start();
        let child = Command::new(program)
            .args(["serve", "--listen", &at.to_string(), "--data"])
            .arg(data)
            .env_remove("HILUM_CONFIG")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("start {}", program.display()))?;
        let mut running = Self(child);
        loop {
            if let Some(status) = running.0.try_wait()? {
                bail!("{} ended with {status}; try `{0} serve --data DIR` by hand", program.display());
            }
            if answers(at).await {
                return Ok((running, at));
            }
            if watch.seconds() > PATIENCE_S {
                bail!("no answer within {PATIENCE_S} s");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; either way there is nothing left to wait for after these.
        let _gone = self.0.kill();
        let _waited = self.0.wait();
    }
}

pub(crate) async fn run(program: &Path, rounds: u32) -> anyhow::Result<()> {
    let (mut first, mut later, mut fresh_mb, mut idle_mb) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let directory = tempfile::tempdir()?;
        for (times, memory) in [(&mut first, &mut fresh_mb), (&mut later, &mut idle_mb)] {
            let (ms, mb) = start(program, directory.path()).await?;
            times.push(ms);
            memory.push(mb);
        }
    }
    line(&format!("{}, {rounds} rounds, medians:", program.display()));
    let row = |name: &str, ms: &mut [f64], mb: &mut [f64]| {
        vec![name.to_owned(), format!("{:.0} ms", median(ms)), format!("{:.1} MB", median(mb))]
    };
    table(
        &["", "first answer", "resident when idle"],
        &[
            row("new data directory", &mut first, &mut fresh_mb),
            row("existing data directory", &mut later, &mut idle_mb),
        ],
    );
    Ok(())
}

/// Starts the program once: milliseconds to its first answer, and resident MB once it rests (at a new data directory it
/// makes the demo person first).
async fn start(program: &Path, data: &Path) -> anyhow::Result<(f64, f64)> {
    let watch = Stopwatch::start();
    let (running, _) = Running::start(program, data).await?;
    let ms = watch.seconds() * 1e3;
    let mut used = ticks(running.pid())?;
    let mut quiet = 0;
    while quiet < RESTING_S && watch.seconds() < PATIENCE_S {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = ticks(running.pid())?;
        quiet = if now <= used + 1 { quiet + 1 } else { 0 };
        used = now;
    }
    Ok((ms, resident_mb(running.pid()).context("memory of the program")?))
}

/// Whether a request is answered at all.
async fn answers(at: SocketAddr) -> bool {
    let call = Request::get("/connect.js").header(header::HOST, at.to_string()).body(Full::default());
    let (Ok(mut client), Ok(call)) = (Client::connect(at).await, call) else { return false };
    client.send(call).await.is_ok_and(|answer| answer.status.is_success())
}

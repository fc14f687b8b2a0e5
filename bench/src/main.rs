//! Measures Hilum beside its limits. Every figure of docs/PERFORMANCE.md comes from here; the commands stand there.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

mod apple;
mod beside;
mod browser;
mod chunk;
mod client;
mod export;
mod fleet;
mod ingest;
mod measure;
mod news;
mod page;
mod poll;
mod push;
mod resample;
mod serve;
mod session;
mod startup;
mod wearable;
mod webhooks;
mod world;

/// The allocator of the `hilum` program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures Hilum beside its limits. Build with --release, or the figures mean nothing.
#[derive(Debug, Parser)]
#[command(name = "hilum-bench")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Reading an Apple Health export, beside a bare pass over its XML and beside healthkit-to-sqlite
    Apple(apple::Options),
    /// The chunk codec alone, on made-up wearable series
    Chunk {
        /// Times that each thing is measured
        #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..=1000))]
        rounds: u32,
    },
    /// A whole export by HTTP, beside decoding the same chunks and beside a bare server streaming as many bytes
    Export(export::Options),
    /// A day of 100,000 connections at a simulated clock: budgets of providers, and how fresh the data are
    Fleet(fleet::Options),
    /// Durable writes of person-days into the store, beside bare SQLite writing the same bytes
    Ingest(ingest::Options),
    /// Questions for news where there are none, of one person and of all people of an app, beside a bare server
    News(news::Options),
    /// Page reads of heart-rate readings by HTTP, beside a bare server answering the same bytes
    Page(beside::Effort),
    /// Polls of a closed Connect session (412), beside a bare server answering the same bytes
    Poll(beside::Effort),
    /// Posts of 5,000 samples to the `hilum` program, beside a bare server that parses, merges and writes the same
    Push(push::Options),
    /// A year of minutes by days, beside decoding the same chunks from memory and beside rows that SQL groups
    Resample(resample::Options),
    /// Connect sessions from opening to exchange, against the sandbox
    Session(session::Options),
    /// Start to first answer, and memory when idle, of the `hilum` program
    Startup {
        /// The program
        #[arg(long, default_value = "target/release/hilum")]
        program: PathBuf,
        /// Times that it is started
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
        rounds: u32,
    },
    /// From the commit of an event to 199 endpoints, while one more is well, refuses, or never answers
    Webhooks(webhooks::Options),
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    // The load comes from one thread, so that it takes at most one core from the server.
    let load = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    load.block_on(async {
        match arguments.command {
            Command::Apple(options) => apple::run(options).await,
            Command::Chunk { rounds } => chunk::run(rounds),
            Command::Export(options) => export::run(options).await,
            Command::Fleet(options) => fleet::run(options),
            Command::Ingest(options) => ingest::run(options).await,
            Command::News(options) => news::run(options).await,
            Command::Page(effort) => page::run(effort).await,
            Command::Poll(effort) => poll::run(effort).await,
            Command::Push(options) => push::run(options).await,
            Command::Resample(options) => resample::run(options).await,
            Command::Session(options) => session::run(options).await,
            Command::Startup { program, rounds } => startup::run(&program, rounds).await,
            Command::Webhooks(options) => webhooks::run(options).await,
        }
    })
}

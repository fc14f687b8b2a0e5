//! The command line. One file a command.

mod app;
mod connections;
mod demo;
mod demo_user;
mod doctor;
mod export;
mod import;
mod providers;
mod replay;
mod sandbox;
mod serve;
mod webhook;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use hilum_engine::clock::{SystemClock, SystemRandom};
use hilum_store::{OpenMode, Store};

use crate::config::Flags;
use crate::out;

/// Self-hosted Human Connect.
///
/// An app developer adds one script and a button; people connect wearables and health apps in a popup; Hilum holds the
/// grants, fetches and normalises the data, and serves it by an API that published Human API clients understand.
///
/// Try it: `hilum demo`, then open the printed address.
#[derive(Debug, Parser)]
#[command(name = "hilum", version, max_term_width = 110)]
pub(crate) struct Args {
    /// Log format on standard error
    #[arg(long, env = "HILUM_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true)]
    log_format: LogFormat,
    /// What is logged, e.g. `info`, `warn`, `hilum_engine=debug`
    #[arg(long, env = "HILUM_LOG", default_value = "info", global = true, value_name = "FILTER")]
    log: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    ///
    /// Starts on a laptop as it is: an embedded SQLite store in the data directory, on loopback. For the internet put a
    /// TLS proxy in front, and say the https address with --public-url. Providers are offered once their client id and
    /// secret are configured (file: [providers.oura] client_id, client_secret; or environment:
    /// HILUM_PROVIDERS__OURA__CLIENT_ID and …__CLIENT_SECRET).
    Serve(Flags),
    /// Run everything for a first look: server, sandbox providers with made-up people, and a sample app
    ///
    /// All on loopback. May be started again over an existing data directory.
    Demo(demo::DemoFlags),
    /// Apps that may use this server
    #[command(subcommand)]
    App(app::AppCommand),
    /// Connections: how each is, since when and why; pausing and resuming one
    Connections(connections::ConnectionsCommand),
    /// Sources of health data
    #[command(subcommand)]
    Providers(providers::ProvidersCommand),
    /// Run the providers' stand-ins alone, for Hilum or any other product to be tested against
    ///
    /// OAuth with a consent page, data of made-up people in each provider's dialect, failures and notices on demand.
    Sandbox(sandbox::SandboxFlags),
    /// Read a file that a person brings (an Apple Health export, FIT, GPX, TCX, …) into their data
    ///
    /// Works while no server uses the data directory; a running one takes files by HTTP (POST /v1/human/imports, see
    /// docs/IMPORT.md). What was interrupted goes on where it was when the command is run again.
    Import(import::ImportFlags),
    /// Write everything of a person to a file or standard output, as lines of JSON
    ///
    /// Works beside a running server, which gives the same by HTTP (GET /v1/human/export, see docs/EXPORT.md).
    Export(export::ExportFlags),
    /// Read what the archive keeps again, with the parsers of this version, and mend the data by it
    ///
    /// Works while no server uses the data directory, and only on what `--archive-days` of `hilum serve` has kept. Running it
    /// twice changes nothing; one that was stopped is simply run again.
    Replay(replay::ReplayFlags),
    /// Print the OpenAPI 3.1 description of the HTTP interfaces
    Openapi,
    /// Check a data directory and configuration, and say what is wrong and how to mend it
    Doctor(doctor::DoctorFlags),
}

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let quiet_tool = !matches!(args.command, Command::Serve(_) | Command::Demo(_) | Command::Sandbox(_));
    start_logging(args.log_format, if quiet_tool { "warn" } else { &args.log })?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")?;
    runtime.block_on(async {
        match args.command {
            Command::Serve(flags) => serve::run(&flags).await,
            Command::Demo(flags) => demo::run(&flags).await,
            Command::App(command) => app::run(command).await,
            Command::Connections(command) => connections::run(command).await,
            Command::Providers(command) => providers::run(command).await,
            Command::Sandbox(flags) => sandbox::run(&flags).await,
            Command::Import(flags) => import::run(&flags).await,
            Command::Export(flags) => export::run(&flags).await,
            Command::Replay(flags) => replay::run(flags).await,
            Command::Openapi => {
                out::line(&hilum_server::openapi_json());
                Ok(ExitCode::SUCCESS)
            }
            Command::Doctor(flags) => doctor::run(&flags).await,
        }
    })
}

fn start_logging(format: LogFormat, filter: &str) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(filter).context("--log / HILUM_LOG")?;
    let colours = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.with_target(false).init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}

/// What an operator is told after restoring a backup.
const RESTORED: &str = "this database is older than the last refresh of its grants (a restored backup): those that could \
    break are not refreshed until `hilum doctor --accept-restored`, or until the person connects the source again";

/// Opens the store with the real clock and random source.
fn open_store(dir: &Path, mode: OpenMode) -> anyhow::Result<Store> {
    Store::open(dir, mode, Arc::new(SystemClock), Arc::new(SystemRandom))
        .with_context(|| format!("data directory {}", dir.display()))
}

/// `--data` of tools that need nothing else.
#[derive(Debug, Clone, clap::Args)]
struct DataFlag {
    /// Data directory
    #[arg(long, env = "HILUM_DATA", value_name = "DIR", default_value = "hilum-data")]
    data: PathBuf,
}

//! `hilum providers list`, `hilum providers parse` and `hilum providers webhook`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Subcommand;
use hilum_engine::clock::{SystemClock, SystemRandom};
use hilum_engine::hooks::SetUp;
use hilum_engine::{Config, Egress, Engine};
use hilum_model::Clock as _;
use hilum_providers::REGISTRY;
use hilum_providers::spec::Context;
use hilum_providers::view::{observation_json, parse_file};
use hilum_store::OpenMode;
use serde_json::{Value, json};

use crate::config::{Flags, Settings};
use crate::out;

#[derive(Debug, Subcommand)]
pub(crate) enum ProvidersCommand {
    /// List the sources that this program knows, with their streams
    List {
        /// Print one JSON array
        #[arg(long)]
        json: bool,
    },
    /// Print what a real answer of a provider becomes: one JSON line an observation
    Parse {
        /// Provider, e.g. oura
        name: String,
        /// Stream, e.g. sleep (see `hilum providers list`)
        stream: String,
        /// File that holds one answer as received; `-` reads standard input
        file: PathBuf,
        /// IANA zone to assume where the answer names none, e.g. Europe/Berlin
        #[arg(long, value_name = "ZONE")]
        time_zone: Option<String>,
    },
    /// Let a provider send its notices here: asks it to, or says what to enter on its site
    Webhook {
        /// Provider, e.g. oura
        name: String,
        #[command(flatten)]
        flags: Flags,
    },
}

pub(crate) async fn run(command: ProvidersCommand) -> anyhow::Result<ExitCode> {
    match command {
        ProvidersCommand::Webhook { name, flags } => return webhook(&name, &flags).await,
        ProvidersCommand::List { json } => list(json),
        ProvidersCommand::Parse { name, stream, file, time_zone } => {
            let bytes = if file.as_os_str() == "-" {
                let mut bytes = Vec::new();
                std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes)?;
                bytes
            } else {
                std::fs::read(&file).with_context(|| file.display().to_string())?
            };
            let context = Context { received: SystemClock.now(), time_zone };
            let batch = parse_file(&name, &stream, &bytes, &context)?;
            for observation in &batch.observations {
                out::line(&observation_json(observation)?.to_string());
            }
            for reason in &batch.rejected {
                out::error(&format!("left out: {reason}"));
            }
            out::error(&format!("{} observations, {} left out", batch.observations.len(), batch.rejected.len()));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn webhook(name: &str, flags: &Flags) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(flags, std::env::vars())?;
    let provider = hilum_providers::find(name).with_context(|| format!("{name}: no such provider"))?;
    let public_url =
        settings.public_url.clone().context("notices need --public-url: the address that providers reach")?;
    let store = super::open_store(&settings.data, OpenMode::Tool)?;
    let Settings { providers, workers, open_limits, imports, webhooks, archive_days, .. } = settings;
    let bridges = settings.bridges;
    let config = Config { public_url, providers, bridges, workers, open_limits, imports, webhooks, archive_days };
    let egress = Egress::new().context("starting the HTTP client")?;
    let engine = Engine::new(store, Arc::new(SystemClock), Arc::new(SystemRandom), config, egress)?;
    let address = engine.hook_address(provider.id).with_context(|| {
        format!("{}: sends no notices, or has no client_id and client_secret configured", provider.id)
    })?;
    out::line(&format!("Address for notices of {} (the last part is a secret): {address}", provider.name));
    let done = match engine.set_up_hook(provider.id).await {
        Some(SetUp::ByHand) => {
            out::line(&format!(
                "Enter it on the provider's site, as crates/providers/src/{}/README.md says under \"Webhooks\".",
                provider.id
            ));
            true
        }
        Some(SetUp::ByConnection) => {
            out::line(
                "Nothing to do: each connection subscribes by itself after its first sync, and again every week.",
            );
            true
        }
        Some(SetUp::Asked { status, answer }) => {
            out::line(&format!("The provider was asked and answered {status}: {}", answer.expose()));
            out::line("If the answer holds a key for signatures, put it into the configuration: it is told only once.");
            (200..300).contains(&status)
        }
        Some(SetUp::NoAnswer) => {
            out::error("The provider did not answer. The server has to be running and reachable; then try again.");
            false
        }
        None => false,
    };
    engine.store.close().await?;
    Ok(if done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn list(as_json: bool) {
    if as_json {
        let rows: Vec<Value> = REGISTRY
            .iter()
            .map(|p| {
                json!({
                    "id": p.id, "name": p.name, "aliases": p.aliases, "dataTypes": p.data_types, "scopes": p.scopes(),
                    "streams": p.streams.iter().map(|s| json!({"id": s.id, "scope": s.scope, "historyDays": s.history_days,
                        "everySeconds": s.every_s})).collect::<Vec<_>>(),
                })
            })
            .collect();
        out::line(&Value::from(rows).to_string());
        return;
    }
    for provider in REGISTRY {
        out::line(&format!("{:<12} {}", provider.id, provider.summary));
        let streams: Vec<&str> = provider.streams.iter().map(|s| s.id).collect();
        out::line(&format!("{:<12} streams: {}", "", streams.join(", ")));
    }
}

//! `hilum providers list` and `hilum providers parse`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use hilum_engine::clock::SystemClock;
use hilum_model::Clock as _;
use hilum_providers::REGISTRY;
use hilum_providers::spec::Context;
use hilum_providers::view::{observation_json, parse_file};
use serde_json::{Value, json};

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
}

pub(crate) fn run(command: &ProvidersCommand) -> anyhow::Result<ExitCode> {
    match command {
        ProvidersCommand::List { json } => list(*json),
        ProvidersCommand::Parse { name, stream, file, time_zone } => {
            let bytes = if file.as_os_str() == "-" {
                let mut bytes = Vec::new();
                std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes)?;
                bytes
            } else {
                std::fs::read(file).with_context(|| file.display().to_string())?
            };
            let context = Context { received: SystemClock.now(), time_zone: time_zone.clone() };
            let batch = parse_file(name, stream, &bytes, &context)?;
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

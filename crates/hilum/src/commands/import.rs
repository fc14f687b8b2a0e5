//! `hilum import`: reads a file into a person's data, where no server runs.

use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use anyhow::{Context as _, bail, ensure};
use hilum_engine::clock::SystemRandom;
use hilum_engine::import::{Ended, Importer, Report};
use hilum_model::HumanId;
use hilum_store::imports::Import;
use hilum_store::{OpenMode, Store, StoreError};
use serde_json::json;

use super::{DataFlag, open_store, serve};
use crate::out;

#[derive(Debug, clap::Args)]
pub(crate) struct ImportFlags {
    /// The file: an Apple Health export, a FIT, GPX or TCX file, an account export, a table (docs/IMPORT.md)
    file: PathBuf,
    /// The person, as the application API names it (humanId: 32 hex characters)
    #[arg(long, value_name = "HUMAN_ID")]
    human: String,
    #[command(flatten)]
    data: DataFlag,
    /// Print what came of it as one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(flags: &ImportFlags) -> anyhow::Result<ExitCode> {
    let human: HumanId = flags.human.parse().ok().context("--human is 32 hex characters")?;
    let shown = flags.file.display();
    let file = File::open(&flags.file).with_context(|| shown.to_string())?;
    ensure!(file.metadata().with_context(|| shown.to_string())?.is_file(), "{shown} is not a file");
    let data = &flags.data.data;
    ensure!(data.is_dir(), "data directory {} does not exist", data.display());
    let store = open(flags)?;
    let stop = Arc::new(AtomicBool::new(false));
    let importer = Importer::new(store.clone(), Arc::new(SystemRandom), Arc::clone(&stop));
    let told = AtomicU64::new(0);
    let tell = |progress: hilum_engine::import::Progress| {
        let percent = progress.read.saturating_mul(100).checked_div(progress.total).unwrap_or(100);
        if told.swap(percent + 1, Ordering::Relaxed) != percent + 1 {
            out::progress(&format!("{shown}: {percent} %"));
        }
    };
    let reading = importer.import(human, file, &tell);
    tokio::pin!(reading);
    let read = tokio::select! {
        read = &mut reading => read,
        () = serve::stop_signal() => {
            stop.store(true, Ordering::Relaxed);
            reading.await
        }
    };
    out::end_progress();
    let read = match read {
        Err(StoreError::NotFound) => {
            bail!("nobody has the humanId {human}; `GET /v1/apps/{{clientId}}/users` lists it")
        }
        read => read.with_context(|| shown.to_string())?,
    };
    store.close().await?;
    let (import, ended) = read;
    if ended == Ended::Stopped {
        bail!("stopped; run the same command again to go on where it was");
    }
    let report = Report::of(&import.report);
    print(&import, &report, flags.json);
    Ok(if report.error.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The store for this process alone: a server would not learn that its data change.
fn open(flags: &ImportFlags) -> anyhow::Result<Store> {
    let store = open_store(&flags.data.data, OpenMode::Serve);
    store.map_err(|error| match error.downcast_ref::<StoreError>() {
        Some(StoreError::InUse(_)) => anyhow::anyhow!(
            "a server uses the data directory {}; give the file to it: curl -H \"Authorization: Bearer ACCESS_TOKEN\" \
             -T {} -X POST ADDRESS/v1/human/imports",
            flags.data.data.display(),
            flags.file.display()
        ),
        _ => error,
    })
}

fn print(import: &Import, report: &Report, as_json: bool) {
    let applied = import.applied;
    if as_json {
        let error = report.error.as_ref().map(|error| json!({ "code": error.code, "message": error.message }));
        let whole = json!({
            "id": import.import_id, "source": report.source, "format": report.format,
            "stored": { "inserted": applied.inserted, "updated": applied.updated, "unchanged": applied.unchanged },
            "found": report.found, "rejected": report.rejected, "unknownTypes": report.unknown,
            "leftOut": report.left_out, "error": error,
        });
        return out::line(&whole.to_string());
    }
    if let (Some(format), Some(source)) = (&report.format, &report.source) {
        out::line(&format!("{format}, kept as source {source}"));
    }
    let counts = [("new", applied.inserted), ("changed", applied.updated), ("known before", applied.unchanged)];
    out::line(&counts.map(|(what, count)| format!("{count} {what}")).join(", "));
    for (title, counts) in [
        ("found", &report.found),
        ("not understood", &report.rejected),
        ("of an unknown type", &report.unknown),
        ("left out", &report.left_out),
    ] {
        if !counts.is_empty() {
            out::line(&format!("{title}:"));
        }
        for (name, count) in counts {
            out::line(&format!("  {count:>10}  {name}"));
        }
    }
    if let Some(error) = &report.error {
        out::error(&format!("hilum: {} ({}); what came before is kept", error.message, error.code));
    }
}

//! `hilum replay`: reads what the archive keeps with the parsers of this version, where no server runs.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use hilum_engine::clock::SystemRandom;
use hilum_engine::replay::{OfProvider, Options, Replayer, Report};
use hilum_model::{HumanId, Time};
use hilum_store::{OpenMode, Store, StoreError};

use super::{DataFlag, open_store, serve};
use crate::out;

#[derive(Debug, clap::Args)]
pub(crate) struct ReplayFlags {
    #[command(flatten)]
    data: DataFlag,
    /// Only of this person
    #[arg(long, value_name = "HUMAN_ID")]
    human: Option<HumanId>,
    /// Only of this provider
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// Only what came since then, e.g. 2026-11-01 or 2026-11-01T12:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Change nothing, and print what would change
    #[arg(long)]
    dry_run: bool,
    /// Remove observations that an earlier version made out of what the archive keeps and this one does not make any more;
    /// only those of which the archive proves that nothing else told them
    #[arg(long, conflicts_with = "since")]
    prune: bool,
    /// Print what came of it as one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(flags: ReplayFlags) -> anyhow::Result<ExitCode> {
    let data = &flags.data.data;
    ensure!(data.is_dir(), "data directory {} does not exist", data.display());
    let since = flags.since.as_deref().map(Time::parse_filter).transpose().context("--since")?;
    let provider = flags.provider.as_deref().map(|name| {
        // A source of an SDK is not in any list.
        let known = hilum_providers::find(name).map(|known| known.id);
        let known = known.or_else(|| hilum_providers::bridge::bridge(name).map(|known| known.id));
        known.unwrap_or(name).to_owned()
    });
    let options = Options { human: flags.human, provider, since, prune: flags.prune, dry_run: flags.dry_run };
    let store = open(&flags)?;
    let replayer = Replayer::new(store.clone(), Arc::new(SystemRandom));
    let tell = |done: usize, all: usize| out::progress(&format!("{done} of {all} connections"));
    let replayed = {
        let replaying = replayer.run(&options, &tell);
        tokio::pin!(replaying);
        tokio::select! {
            replayed = &mut replaying => Some(replayed),
            () = serve::stop_signal() => None,
        }
    };
    out::end_progress();
    let Some(replayed) = replayed else {
        store.close().await?;
        store.remove_scratch()?;
        bail!("stopped; run the same command again");
    };
    let report = replayed.context("replay")?;
    store.close().await?;
    if flags.json {
        out::line(&serde_json::to_string(&report)?);
    } else {
        print(&report, &flags);
    }
    Ok(ExitCode::SUCCESS)
}

/// The store for this process alone: a server would not learn that its data change.
fn open(flags: &ReplayFlags) -> anyhow::Result<Store> {
    let data = &flags.data.data;
    open_store(data, OpenMode::Serve).map_err(|error| match error.downcast_ref::<StoreError>() {
        Some(StoreError::InUse(_)) => {
            anyhow::anyhow!("a server uses the data directory {}; stop it for the replay", data.display())
        }
        _ => error,
    })
}

fn print(report: &Report, flags: &ReplayFlags) {
    if report.connections == 0 {
        out::line("Nothing to replay: the archive keeps nothing of what was asked for (hilum serve --archive-days).");
        return;
    }
    for (name, of) in &report.providers {
        out::line(name);
        for line in lines(of, flags.prune) {
            out::line(&format!("  {line}"));
        }
    }
    let would = if flags.dry_run { "; nothing was changed (--dry-run)" } else { "" };
    out::line(&format!("{} connection(s) replayed{would}", report.connections));
}

fn lines(of: &OfProvider, prune: bool) -> Vec<String> {
    let some = |count: u64, what: &str| if count > 0 { format!(", {count} {what}") } else { String::new() };
    let read = of.streams.iter().map(|(stream, read)| {
        format!(
            "{stream}: {} payload(s), {} observation(s){}{}",
            read.payloads,
            read.told,
            some(read.rejected, "item(s) not understood"),
            some(read.unreadable, "payload(s) of an unknown form")
        )
    });
    let came = of.data.iter().map(|(data, came)| {
        let left = if prune { 0 } else { came.no_longer_told };
        format!(
            "-> {data}: {} created, {} updated, {} unchanged, {} removed{}",
            came.created,
            came.updated,
            came.unchanged,
            came.removed,
            some(left, "no longer told (--prune removes them)")
        )
    });
    read.chain(came).collect()
}

//! `hilum connections`: how every connection is, and pausing one. Works beside a running server and without one.

use std::collections::HashMap;
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use clap::Subcommand;
use hilum_engine::clock::SystemClock;
use hilum_engine::{Health, health, jobs};
use hilum_model::{ClientId, Clock as _, ConnectionId, HumanId, Time};
use hilum_store::connections::Connection;
use hilum_store::{OpenMode, Store};
use serde_json::{Value, json};

use super::{DataFlag, open_store};
use crate::out;

/// Without a subcommand: the list.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct ConnectionsCommand {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    list: ListFlags,
}

#[derive(Debug, clap::Args)]
struct ListFlags {
    #[command(flatten)]
    data: DataFlag,
    /// Only those of an app
    #[arg(long, value_name = "CLIENT_ID")]
    app: Option<ClientId>,
    /// Only those of a person
    #[arg(long, value_name = "HUMAN_ID")]
    human: Option<HumanId>,
    /// Only those of a provider
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// Only those in a state: live, quiet, stale, needs_reauth, provider_down, paused
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// Print one JSON array
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Fetch nothing for a connection until it is resumed; its data stay readable
    Pause {
        #[command(flatten)]
        data: DataFlag,
        /// Connection, as the list shows it
        id: ConnectionId,
    },
    /// Let a paused connection go on
    Resume {
        #[command(flatten)]
        data: DataFlag,
        /// Connection, as the list shows it
        id: ConnectionId,
    },
}

pub(crate) async fn run(command: ConnectionsCommand) -> anyhow::Result<ExitCode> {
    match command.action {
        None => list(&command.list).await?,
        Some(Action::Pause { data, id }) => set_paused(&data, id, true).await?,
        Some(Action::Resume { data, id }) => set_paused(&data, id, false).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(flags: &ListFlags) -> anyhow::Result<()> {
    let store = open(&flags.data)?;
    let keep = |line: &Line| {
        flags.app.is_none_or(|app| line.app == Some(app))
            && flags.human.is_none_or(|human| line.row.human_id == human)
            && flags.provider.as_deref().is_none_or(|provider| line.row.provider == provider)
            && flags.state.as_deref().is_none_or(|state| line.health.condition.word() == state)
    };
    let lines: Vec<Line> = lines(&store, SystemClock.now())?.into_iter().filter(keep).collect();
    store.close().await?;
    if flags.json {
        out::line(&Value::from(lines.iter().map(Line::json).collect::<Vec<_>>()).to_string());
    } else if lines.is_empty() {
        out::line("No connections.");
    } else {
        for line in &lines {
            out::line(&line.text());
        }
    }
    Ok(())
}

fn open(data: &DataFlag) -> anyhow::Result<Store> {
    ensure!(data.data.is_dir(), "data directory {} does not exist", data.data.display());
    open_store(&data.data, OpenMode::Tool)
}

async fn set_paused(data: &DataFlag, id: ConnectionId, pause: bool) -> anyhow::Result<()> {
    let store = open(data)?;
    let row = store.all_connections()?.into_iter().find(|row| row.connection_id == id);
    let row = row.with_context(|| format!("there is no connection {id}"))?;
    let changed = store.pause(row.human_id, id, pause).await?;
    store.close().await?;
    ensure!(
        changed,
        "nothing to do: only a connection that is being synced can be paused, and only a paused one resumed"
    );
    out::line(&format!("Connection {id} is {}.", if pause { "paused" } else { "resumed" }));
    Ok(())
}

/// One connection.
struct Line {
    row: Connection,
    app: Option<ClientId>,
    health: Health,
    next: Option<Time>,
}

/// Every connection that is not disconnected.
fn lines(store: &Store, now: Time) -> anyhow::Result<Vec<Line>> {
    let mut apps: HashMap<HumanId, Option<ClientId>> = HashMap::new();
    let mut lines = Vec::new();
    for row in store.all_connections()? {
        let Some(health) = health(&row, now) else { continue };
        let app = if let Some(app) = apps.get(&row.human_id) {
            *app
        } else {
            let app = store.human(row.human_id)?.map(|human| human.client_id);
            apps.insert(row.human_id, app);
            app
        };
        let next = store.job_at(jobs::SYNC, &row.connection_id.to_string())?;
        lines.push(Line { row, app, health, next });
    }
    Ok(lines)
}

impl Line {
    fn json(&self) -> Value {
        let iso = |at: Option<Time>| at.map(Time::to_iso);
        json!({
            "id": self.row.connection_id, "clientId": self.app, "humanId": self.row.human_id,
            "provider": self.row.provider, "state": self.health.condition.word(), "reason": self.health.reason,
            "since": self.health.since.to_iso(), "lastSync": iso(self.row.synced_at),
            "lastNewData": iso(self.row.data_at), "nextSync": iso(self.next),
        })
    }

    fn text(&self) -> String {
        let at = |at: Option<Time>| at.map_or_else(|| "-".to_owned(), |at| at.to_iso()[..16].to_owned());
        let why = self.health.reason.as_deref().map_or_else(String::new, |reason| format!(" ({reason})"));
        format!(
            "{}  {:<14} {}{why} since {}  last sync {}  next {}  human {}",
            self.row.connection_id,
            self.row.provider,
            self.health.condition.word(),
            at(Some(self.health.since)),
            at(self.row.synced_at),
            at(self.next),
            self.row.human_id,
        )
    }
}

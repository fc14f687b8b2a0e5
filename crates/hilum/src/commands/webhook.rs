//! `hilum app webhook …`: an app's webhooks, beside a running server and without one. The same by HTTP:
//! `docs/WEBHOOKS.md`.

use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use clap::Subcommand;
use hilum_engine::clock::{SystemClock, SystemRandom};
use hilum_engine::webhooks::{check_address, check_filters, new_secret};
use hilum_model::{ClientId, Clock as _, Secret, Time, WebhookId};
use hilum_store::outbox::data_types;
use hilum_store::webhooks::{Webhook, WebhookKind, WebhookSettings};
use hilum_store::{OpenMode, Store, StoreError};
use serde_json::json;

use super::open_store;
use crate::config::{Flags, Settings};
use crate::out;

/// How long an old secret signs beside a new one if nothing is said, hours.
const OVERLAP_HOURS: u16 = 24;

#[derive(Debug, Subcommand)]
pub(crate) enum WebhookCommand {
    /// Send an app's events to an address; prints the secret that they are signed with (once)
    Add {
        #[command(flatten)]
        flags: Flags,
        /// clientId of the app
        #[arg(long, value_name = "ID")]
        app: ClientId,
        /// https address; http too within what [webhooks] of the configuration opens (loopback, networks)
        #[arg(long)]
        url: String,
        /// Only this type of event, e.g. data.created or connection.*; repeat for several
        #[arg(long, value_name = "TYPE")]
        event: Vec<String>,
        /// Of events about data only this type, e.g. heart_rate; repeat for several (`types` lists them)
        #[arg(long, value_name = "TYPE")]
        data_type: Vec<String>,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// List an app's webhooks and how each is
    List {
        #[command(flatten)]
        flags: Flags,
        /// clientId of the app
        #[arg(long, value_name = "ID")]
        app: ClientId,
        /// Print one JSON array
        #[arg(long)]
        json: bool,
    },
    /// Print the types of data that events tell of
    Types,
    /// Stop sending until `enable`
    Disable(One),
    /// Send again, from where it stopped
    Enable(One),
    /// Delete a webhook
    Remove(One),
    /// Make a new secret and print it (once); the old one signs beside it for a time
    Rotate {
        #[command(flatten)]
        one: One,
        /// Hours for which the old secret signs too; 0 if others know it
        #[arg(long, default_value_t = OVERLAP_HOURS, value_parser = clap::value_parser!(u16).range(0..=168))]
        overlap_hours: u16,
    },
    /// Send the events since a time once more
    Replay {
        #[command(flatten)]
        one: One,
        /// Instant, e.g. 2026-03-01T00:00:00Z
        #[arg(long)]
        since: String,
    },
    /// Show the newest tries
    Log {
        #[command(flatten)]
        one: One,
        /// How many
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
    },
}

/// One webhook.
#[derive(Debug, clap::Args)]
pub(crate) struct One {
    #[command(flatten)]
    flags: Flags,
    /// Id of the webhook, as `list` shows it
    id: WebhookId,
}

pub(crate) async fn run(command: WebhookCommand) -> anyhow::Result<ExitCode> {
    match command {
        WebhookCommand::Types => out::line(&data_types().into_iter().collect::<Vec<_>>().join("\n")),
        WebhookCommand::Add { flags, app, url, event, data_type, json } => {
            let (settings, store) = open(&flags)?;
            check_address(&url, &settings.webhooks.networks).map_err(|why| anyhow::anyhow!("--url {why}"))?;
            check_filters(&event, &data_type).map_err(anyhow::Error::msg)?;
            ensure!(store.app(app)?.is_some(), "there is no app {app}: see hilum app list");
            let (id, secret) = (WebhookId::random(&SystemRandom), new_secret(&SystemRandom));
            let new = WebhookSettings {
                url: Secret::new(url),
                description: String::new(),
                event_types: event,
                data_types: data_type,
            };
            let made = store.create_webhook(id, app, WebhookKind::Standard, new, Some(secret.clone())).await;
            match made {
                Err(StoreError::Exists) => bail!("the app has as many webhooks as it may have"),
                other => other?,
            };
            store.close().await?;
            if json {
                out::line(&json!({"id": id, "secret": secret.expose()}).to_string());
            } else {
                out::line(&format!("Webhook {id} gets the events from now on."));
                out::line(&format!("  secret  {}   (shown once; keep it on your server)", secret.expose()));
            }
        }
        WebhookCommand::List { flags, app, json } => {
            let (_, store) = open(&flags)?;
            let webhooks = store.webhooks(app, WebhookKind::Standard)?;
            store.close().await?;
            if json {
                out::line(&serde_json::Value::from(webhooks.iter().map(row).collect::<Vec<_>>()).to_string());
            } else if webhooks.is_empty() {
                out::line("No webhooks. Add one: hilum app webhook add --app ID --url URL");
            } else {
                for webhook in &webhooks {
                    out::line(&format!("{}  {}  {}", webhook.webhook_id, state(webhook), webhook.url.expose()));
                }
            }
        }
        WebhookCommand::Disable(one) => {
            let (_, store) = open(&one.flags)?;
            known(store.enable_webhook(one.id, Some("by_operator")).await)?;
            store.close().await?;
        }
        WebhookCommand::Enable(one) => {
            let (_, store) = open(&one.flags)?;
            known(store.enable_webhook(one.id, None).await)?;
            store.close().await?;
        }
        WebhookCommand::Remove(one) => {
            let (_, store) = open(&one.flags)?;
            known(store.delete_webhook(one.id).await)?;
            store.close().await?;
        }
        WebhookCommand::Rotate { one, overlap_hours } => {
            let (_, store) = open(&one.flags)?;
            let until = SystemClock.now().plus_ms(i64::from(overlap_hours) * 3_600_000);
            let secret = new_secret(&SystemRandom);
            known(store.rotate_webhook(one.id, secret.clone(), until).await)?;
            store.close().await?;
            out::line(&format!("secret  {}   (shown once; keep it on your server)", secret.expose()));
            out::line(&format!("The old one signs beside it until {}.", until.to_iso()));
        }
        WebhookCommand::Replay { one, since } => {
            let (_, store) = open(&one.flags)?;
            let since = Time::parse_filter(&since).ok().context("--since must be an instant")?;
            let any = known(store.replay_webhook(one.id, since).await)?;
            store.close().await?;
            out::line(if any { "They will be sent once more." } else { "There are no events since then." });
        }
        WebhookCommand::Log { one, limit } => {
            let (_, store) = open(&one.flags)?;
            for tried in store.webhook_attempts(one.id, limit)? {
                let status = tried.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
                out::line(&format!(
                    "{}  {:>3}  {:<19}  {:>6} ms  try {:<2}  {}  {}",
                    tried.at.to_iso(),
                    status,
                    tried.outcome,
                    tried.duration_ms,
                    tried.attempt,
                    tried.kind,
                    tried.event
                ));
            }
            store.close().await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn open(flags: &Flags) -> anyhow::Result<(Settings, Store)> {
    let settings = Settings::load(flags, std::env::vars())?;
    ensure!(settings.data.is_dir(), "data directory {} does not exist", settings.data.display());
    let store = open_store(&settings.data, OpenMode::Tool)?;
    Ok((settings, store))
}

fn known<T>(result: Result<T, StoreError>) -> anyhow::Result<T> {
    match result {
        Err(StoreError::NotFound) => bail!("there is no such webhook: see hilum app webhook list"),
        other => Ok(other?),
    }
}

fn state(webhook: &Webhook) -> String {
    match (&webhook.reason, webhook.failures) {
        (Some(reason), _) => format!("off ({reason})"),
        (None, 0) => "on".to_owned(),
        (None, failures) => format!("on, {failures} failures in a row"),
    }
}

fn row(webhook: &Webhook) -> serde_json::Value {
    json!({"id": webhook.webhook_id, "url": webhook.url.expose(), "eventTypes": webhook.event_types,
        "dataTypes": webhook.data_types, "enabled": webhook.enabled, "reason": webhook.reason,
        "failures": webhook.failures})
}

//! `hilum app create` and `hilum app list` (`webhook.rs` has `hilum app webhook`): work beside a running server and without one.

use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use clap::Subcommand;
use hilum_engine::clock::SystemRandom;
use hilum_model::world::random_bytes;
use hilum_model::{ClientId, Secret};
use hilum_store::apps::{App, LaunchMode, NewApp};
use hilum_store::{OpenMode, Store};
use serde_json::json;
use url::Url;

use super::webhook::{self, WebhookCommand};
use super::{DataFlag, open_store};
use crate::out;

#[derive(Debug, Subcommand)]
pub(crate) enum AppCommand {
    /// Register an app and print its credentials (once: only hashes of the secrets are kept)
    Create {
        #[command(flatten)]
        data: DataFlag,
        /// Name that people see in Connect
        #[arg(long)]
        name: String,
        /// Origin of the pages that open Connect, e.g. https://app.example.org; repeat for several
        #[arg(long, required = true, value_name = "URL")]
        origin: Vec<String>,
        /// Address to which Connect may return in redirect form (finish_url, close_url); repeat for several
        #[arg(long, value_name = "URL")]
        redirect: Vec<String>,
        /// How pages may open Connect. legacy-guarded: as published Human API clients do, from registered origins only
        #[arg(long, value_enum, default_value_t = Mode::LegacyGuarded)]
        mode: Mode,
        /// Print one JSON object: clientId, clientSecret, appKey
        #[arg(long)]
        json: bool,
    },
    /// Webhooks of an app: where it wants its events sent
    #[command(subcommand)]
    Webhook(WebhookCommand),
    /// List the apps
    List {
        #[command(flatten)]
        data: DataFlag,
        /// Print one JSON array
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Mode {
    LegacyGuarded,
}

pub(crate) async fn run(command: AppCommand) -> anyhow::Result<ExitCode> {
    match command {
        AppCommand::Create { data, name, origin, redirect, mode: Mode::LegacyGuarded, json } => {
            let store = open_store(&data.data, OpenMode::Tool)?;
            let made = create(&store, &name, &origin, &redirect).await?;
            store.close().await?;
            if json {
                out::line(
                    &json!({
                        "clientId": made.app.client_id,
                        "clientSecret": made.client_secret.expose(),
                        "appKey": made.app_key.expose(),
                        "name": made.app.name,
                        "origins": made.app.origins,
                        "mode": mode_name(made.app.mode),
                    })
                    .to_string(),
                );
            } else {
                out::line(&format!("App \"{}\" is registered.", made.app.name));
                out::line(&format!("  clientId      {}", made.app.client_id));
                out::line(&format!(
                    "  clientSecret  {}   (shown once; keep it on your server)",
                    made.client_secret.expose()
                ));
                out::line(&format!("  appKey        {}   (shown once; keep it on your server)", made.app_key.expose()));
                out::line(&format!("  origins       {}", made.app.origins.join(", ")));
            }
        }
        AppCommand::Webhook(command) => return webhook::run(command).await,
        AppCommand::List { data, json } => {
            ensure!(data.data.is_dir(), "data directory {} does not exist", data.data.display());
            let store = open_store(&data.data, OpenMode::Tool)?;
            let apps = store.apps()?;
            if json {
                let rows: Vec<_> = apps
                    .iter()
                    .map(|a| {
                        json!({"clientId": a.client_id, "name": a.name, "mode": mode_name(a.mode), "origins": a.origins,
                            "redirects": a.redirects, "createdAt": a.created_at.to_iso()})
                    })
                    .collect();
                out::line(&serde_json::Value::from(rows).to_string());
            } else if apps.is_empty() {
                out::line("No apps yet. Register one: hilum app create --name NAME --origin URL");
            } else {
                for app in apps {
                    out::line(&format!("{}  {}  {}", app.client_id, app.name, app.origins.join(", ")));
                }
            }
            store.close().await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// An app with the secrets that only its creator ever sees.
pub(crate) struct Made {
    pub app: App,
    pub client_secret: Secret<String>,
    pub app_key: Secret<String>,
}

/// Registers an app with fresh credentials of the lengths that Human API's clients expect (40 hex each).
pub(crate) async fn create(
    store: &Store,
    name: &str,
    origins: &[String],
    redirects: &[String],
) -> anyhow::Result<Made> {
    let name = name.trim();
    ensure!(!name.is_empty() && name.chars().count() <= 80, "--name must have 1 to 80 characters");
    ensure!(!name.chars().any(char::is_control), "--name must not hold control characters");
    let origins = origins.iter().map(|o| check_origin(o)).collect::<anyhow::Result<Vec<_>>>()?;
    for redirect in redirects {
        check_redirect(redirect)?;
    }
    let secret = || Secret::new(hex::encode(random_bytes::<20>(&SystemRandom)));
    let (client_secret, app_key) = (secret(), secret());
    let app = store
        .create_app(NewApp {
            client_id: ClientId::random(&SystemRandom),
            name: name.to_owned(),
            mode: LaunchMode::LegacyGuarded,
            client_secret: client_secret.clone(),
            app_key: app_key.clone(),
            origins,
            redirects: redirects.to_vec(),
        })
        .await?;
    Ok(Made { app, client_secret, app_key })
}

/// An origin is scheme, host and port, nothing else: https, or http on loopback; no wildcard.
fn check_origin(text: &str) -> anyhow::Result<String> {
    ensure!(!text.contains('*'), "--origin {text}: wildcards are not accepted; repeat --origin instead");
    let url: Url = text.parse().with_context(|| format!("--origin {text}"))?;
    crate::config::check_public_url(&url).with_context(|| format!("--origin {text}"))?;
    Ok(url.origin().ascii_serialization())
}

/// A redirect target: https, http on loopback, or an app's own scheme; never a scheme that runs script.
fn check_redirect(text: &str) -> anyhow::Result<()> {
    let url: Url = text.parse().with_context(|| format!("--redirect {text}"))?;
    if matches!(url.scheme(), "javascript" | "data" | "blob" | "file" | "vbscript" | "about") {
        bail!("--redirect {text}: scheme {} is not accepted", url.scheme());
    }
    ensure!(url.fragment().is_none(), "--redirect {text}: must have no fragment");
    if url.scheme() == "http" {
        let host = url.host_str().unwrap_or_default();
        ensure!(
            host == "localhost" || host == "[::1]" || host.starts_with("127."),
            "--redirect {text}: http is accepted on loopback only"
        );
    }
    Ok(())
}

fn mode_name(mode: LaunchMode) -> &'static str {
    match mode {
        LaunchMode::LegacyGuarded => "legacy-guarded",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_exact_and_safe() {
        assert_eq!(check_origin("https://App.Example.org/").expect("ok"), "https://app.example.org");
        assert_eq!(check_origin("https://app.example.org:443").expect("ok"), "https://app.example.org");
        assert_eq!(check_origin("http://127.0.0.1:9000").expect("ok"), "http://127.0.0.1:9000");
        for bad in [
            "https://*.example.org",
            "*",
            "http://app.example.org",
            "https://a.example/path",
            "ftp://a",
            "null",
            "javascript:1",
            "",
        ] {
            assert!(check_origin(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn redirects_never_run_script() {
        for good in ["https://a.example/cb", "myapp://done", "http://127.0.0.1:1/cb"] {
            assert!(check_redirect(good).is_ok(), "{good}");
        }
        for bad in
            ["javascript:alert(1)", "data:text/html,x", "http://a.example/cb", "https://a.example/#x", "nonsense"]
        {
            assert!(check_redirect(bad).is_err(), "{bad}");
        }
    }
}

//! `hilum demo`: the server, the sandboxes of its providers, and the sample app, in one process on loopback.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use hilum_engine::ProviderConfig;
use hilum_engine::clock::{SystemClock, SystemRandom};
use hilum_engine::hooks::KEYS_URL;
use hilum_model::Secret;
use hilum_model::world::random_bytes;
use hilum_providers::REGISTRY;
use hilum_sandbox::{Client, Redirects, Sandbox, SandboxConfig, endpoints};
use hilum_store::Store;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::app;
use super::serve::{public_url, start, stop_signal, until};
use crate::config::{Flags, Settings};
use crate::{http, out};

/// Where the demo keeps its data when nothing is said.
const DATA: &str = "hilum-demo";

#[derive(Debug, clap::Args)]
pub(crate) struct DemoFlags {
    #[command(flatten)]
    flags: Flags,
    /// When ready, print one JSON line with the addresses and the sample app's credentials
    #[arg(long)]
    json: bool,
}

/// What the demo remembers from one start to the next, beside the store: what an operator and an app developer would
/// keep for themselves.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Notes {
    client_id: String,
    client_secret: String,
    app_key: String,
    /// Client secrets at the sandboxes, by provider.
    sandbox_secrets: BTreeMap<String, String>,
    /// Settings at the sandboxes, by provider.
    sandbox_settings: BTreeMap<String, BTreeMap<String, String>>,
}

pub(crate) async fn run(demo: &DemoFlags) -> anyhow::Result<ExitCode> {
    let mut flags = demo.flags.clone();
    let data = flags.data.get_or_insert_with(|| PathBuf::from(DATA)).clone();
    let mut settings = Settings::load(&flags, std::env::vars())?;
    // Who tries it out has a receiver on the same machine.
    settings.webhooks.networks = hilum_engine::egress::Networks::this_machine();
    ensure!(
        settings.listen.ip().is_loopback(),
        "the demo listens on loopback only (its sandboxes have no passwords), not on {}",
        settings.listen
    );
    let main = bind(settings.listen).await?;
    let sandbox = bind(beside(settings.listen, 1)).await?;
    let sample = bind(beside(settings.listen, 2)).await?;
    let public = public_url(&settings, &main)?;
    let sandbox_url = format!("http://{}", sandbox.local_addr()?);
    let sample_url = format!("http://{}", sample.local_addr()?);

    let notes_file = data.join("demo.json");
    let mut notes = Notes::read(&notes_file)?;
    let mut providers = settings.providers.clone();
    let mut clients = Vec::new();
    for provider in REGISTRY {
        if providers.contains_key(provider.id) {
            continue; // The operator has a registration at the real one.
        }
        let secret = notes
            .sandbox_secrets
            .entry(provider.id.to_owned())
            .or_insert_with(|| hex::encode(random_bytes::<20>(&SystemRandom)))
            .clone();
        let known = notes.sandbox_settings.entry(provider.id.to_owned()).or_default();
        for setting in provider.settings {
            known.entry(setting.name.to_owned()).or_insert_with(|| hex::encode(random_bytes::<20>(&SystemRandom)));
        }
        let mut settings: BTreeMap<String, Secret<String>> =
            known.iter().map(|(name, value)| (name.clone(), Secret::new(value.clone()))).collect();
        let client_id = format!("hilum-demo-{}", provider.id);
        clients.push(Client {
            provider: provider.id.to_owned(),
            client_id: client_id.clone(),
            client_secret: Secret::new(secret.clone()),
            redirects: Redirects::AnyLoopback,
            settings: settings.clone(),
            callback: None,
        });
        let at = endpoints(provider.id, &sandbox_url);
        settings.insert(KEYS_URL.to_owned(), Secret::new(at.keys_url));
        providers.insert(
            provider.id.to_owned(),
            ProviderConfig {
                authorize_url: at.authorize_url,
                token_url: at.token_url,
                api_base: at.api_base,
                settings,
                sandbox: true,
                ..ProviderConfig::live(provider, client_id, Secret::new(secret))
            },
        );
    }

    let server = start(&settings, main, public, providers)?;
    let hilum_url = server.engine.config.origin();
    notes.ensure_app(&server.engine.store, &sample_url).await?;
    notes.write(&notes_file)?;

    for client in &mut clients {
        client.callback = server.engine.hook_address(&client.provider);
    }

    let (stop, stopped) = watch::channel(false);
    let config = SandboxConfig {
        // The store outlives the sandboxes, so what is connected stays connected over a restart.
        adopt: true,
        ..SandboxConfig::new(clients, Arc::new(SystemClock), Arc::new(SystemRandom))
    };
    let sandbox_app = Sandbox::new(config).router();
    let credentials = hilum_sample_app::Credentials {
        hilum: hilum_url.clone(),
        client_id: notes.client_id.clone(),
        client_secret: notes.client_secret.clone(),
    };
    let fresh_id = || hex::encode(random_bytes::<4>(&SystemRandom));
    let sample_app = hilum_sample_app::app(credentials, data.join("sample-app.json"), fresh_id)?;
    let beside = [
        tokio::spawn(http::serve(sandbox, sandbox_app, until(stopped.clone()))),
        tokio::spawn(http::serve(sample, sample_app, until(stopped))),
    ];

    let asked_to_stop = stop_signal();
    if demo.json {
        let ready = json!({"hilum": hilum_url, "sandbox": sandbox_url, "sample": sample_url, "clientId": notes.client_id,
            "clientSecret": notes.client_secret, "appKey": notes.app_key});
        out::line(&ready.to_string());
    } else {
        for line in [
            String::new(),
            format!("  Sample app:  {sample_url}    <- open this and press Connect Health Data"),
            format!("  Hilum:       {hilum_url}"),
            format!("  Sandboxes:   {sandbox_url}    made-up people, no account needed"),
            format!("  Data:        {}", data.display()),
            format!("  API:         curl -H 'Authorization: Bearer demo' {hilum_url}/v1/human"),
            String::new(),
            "  Ctrl-C stops everything; started again, it goes on where it was.".to_owned(),
            String::new(),
        ] {
            out::line(&line);
        }
    }
    asked_to_stop.await;
    stop.send_replace(true);
    for task in beside {
        task.await.context("a task ended badly")?;
    }
    server.stop().await?;
    Ok(ExitCode::SUCCESS)
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("listening on {address} (is another demo running?)"))
}

/// The next ports; with port 0 any free one.
fn beside(mut address: SocketAddr, step: u16) -> SocketAddr {
    if address.port() != 0 {
        address.set_port(address.port().checked_add(step).unwrap_or(0));
    }
    address
}

impl Notes {
    fn read(path: &Path) -> anyhow::Result<Self> {
        match std::fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).with_context(|| path.display().to_string()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| path.display().to_string()),
        }
    }

    /// Written whole and moved into place; holds secrets, so nobody else may read it.
    fn write(&self, path: &Path) -> anyhow::Result<()> {
        let fresh = path.with_extension("new");
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let mut file = options.open(&fresh).with_context(|| fresh.display().to_string())?;
        std::io::Write::write_all(&mut file, &serde_json::to_vec_pretty(self)?)?;
        std::fs::rename(&fresh, path).with_context(|| path.display().to_string())
    }

    /// The sample app, registered once; its origin follows the port of this start.
    async fn ensure_app(&mut self, store: &Store, sample_url: &str) -> anyhow::Result<()> {
        if let Ok(id) = self.client_id.parse()
            && store.app(id)?.is_some()
        {
            store.set_app_origins(id, vec![sample_url.to_owned()]).await?;
            return Ok(());
        }
        let made = app::create(store, "Sample app", &[sample_url.to_owned()], &[]).await?;
        self.client_id = made.app.client_id.to_string();
        self.client_secret.clone_from(made.client_secret.expose());
        self.app_key.clone_from(made.app_key.expose());
        Ok(())
    }
}

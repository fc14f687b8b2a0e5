//! `hilum sandbox`: the stand-ins of all providers alone, for Hilum or any other product to be tested against.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use hilum_engine::clock::{SystemClock, SystemRandom};
use hilum_model::Secret;
use hilum_model::world::random_bytes;
use hilum_providers::{Provider, REGISTRY};
use hilum_sandbox::{Client, Rate, Redirects, Sandbox, SandboxConfig, endpoints};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::serve::stop_signal;
use crate::{http, out};

#[derive(Debug, clap::Args)]
pub(crate) struct SandboxFlags {
    /// Address and port to listen on; loopback only, since the made-up people have no passwords. Port 0 takes any free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8790")]
    listen: SocketAddr,
    /// Client id that is registered at every provider
    #[arg(long, value_name = "TEXT", default_value = "hilum-sandbox")]
    client_id: String,
    /// Client secret at every provider; settings are made of it, too, so that the next start has the same ones
    /// [default: a new one at each start]
    #[arg(long, value_name = "TEXT", env = "HILUM_SANDBOX_SECRET", hide_env_values = true)]
    client_secret: Option<String>,
    /// Days of history that everybody has
    #[arg(long, value_name = "DAYS", default_value_t = 420)]
    history_days: u16,
    /// Allow so many times what the providers allow; 0: as many requests as come
    #[arg(long, value_name = "TIMES", default_value_t = 100)]
    rate: u32,
    /// How the addresses and credentials are printed
    #[arg(long, value_enum, default_value_t = Form::Text)]
    print: Form,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Form {
    /// For people
    Text,
    /// The part of a hilum.toml that points a Hilum here
    Toml,
    /// One line of JSON
    Json,
}

pub(crate) async fn run(flags: &SandboxFlags) -> anyhow::Result<ExitCode> {
    ensure!(flags.listen.ip().is_loopback(), "the sandbox listens on loopback only, not on {}", flags.listen);
    let listener = TcpListener::bind(flags.listen).await.with_context(|| format!("listening on {}", flags.listen))?;
    let base = format!("http://{}", listener.local_addr()?);
    let secret = flags.client_secret.clone().unwrap_or_else(|| hex::encode(random_bytes::<20>(&SystemRandom)));
    let clients: Vec<Client> = REGISTRY.iter().map(|p| client(p, &flags.client_id, &secret)).collect();
    let stop = stop_signal();
    match flags.print {
        Form::Text => text(&base, &clients).iter().for_each(|line| out::line(line)),
        Form::Toml => toml(&base, &clients).iter().for_each(|line| out::line(line)),
        Form::Json => out::line(&json_of(&base, &clients).to_string()),
    }
    let config = SandboxConfig {
        history_days: flags.history_days,
        rate: if flags.rate == 0 { Rate::Unlimited } else { Rate::Times(flags.rate) },
        adopt: flags.client_secret.is_some(),
        ..SandboxConfig::new(clients, Arc::new(SystemClock), Arc::new(SystemRandom))
    };
    http::serve(listener, Sandbox::new(config).router(), stop).await;
    Ok(ExitCode::SUCCESS)
}

/// A registration: one secret everywhere, and settings that are made of it.
fn client(provider: &Provider, id: &str, secret: &str) -> Client {
    let redirects = Redirects::AnyLoopback;
    let setting = |name: &str| Secret::new(format!("{name}-{secret}"));
    Client {
        settings: provider.settings.iter().map(|s| (s.name.to_owned(), setting(s.name))).collect(),
        ..Client::new(provider.id, id, Secret::new(secret.to_owned()), redirects)
    }
}

fn text(base: &str, clients: &[Client]) -> Vec<String> {
    let mut lines =
        vec![format!("Stand-ins of {} providers, with made-up people: {base}", clients.len()), String::new()];
    for client in clients {
        let (at, stands_for) = (endpoints(&client.provider, base), hilum_providers::find(&client.provider));
        lines.push(client.provider.clone());
        for (name, value) in [
            ("authorize", at.authorize_url.as_str()),
            ("token", &at.token_url),
            ("data", &at.api_base),
            ("stands for", stands_for.map_or("", |p| p.api_base)),
            ("client id", &client.client_id),
            ("client secret", client.client_secret.expose()),
        ] {
            lines.push(format!("  {name:<14} {value}"));
        }
        for (name, value) in &client.settings {
            lines.push(format!("  {name:<14} {}", value.expose()));
        }
        lines.push(String::new());
    }
    lines.extend(
        [
            "Any product is pointed here by its own base URLs; redirect URIs may be any http address on this machine.",
            "A Hilum is pointed here by what `hilum sandbox --print toml` prints, in its hilum.toml.",
            "Failures, notices and counters: see crates/sandbox/README.md. Ctrl-C stops it; grants live in memory.",
        ]
        .map(str::to_owned),
    );
    lines
}

fn toml(base: &str, clients: &[Client]) -> Vec<String> {
    let mut lines = Vec::new();
    // A JSON text of plain letters is a TOML text, too.
    let quoted = |text: &str| Value::from(text).to_string();
    for client in clients {
        lines.push(format!("[providers.{}]", client.provider));
        lines.push(format!("client_id = {}", quoted(&client.client_id)));
        lines.push(format!("client_secret = {}", quoted(client.client_secret.expose())));
        lines.push(format!("sandbox = {}", quoted(base)));
        for (name, value) in &client.settings {
            lines.push(format!("settings.{name} = {}", quoted(value.expose())));
        }
        lines.push(String::new());
    }
    lines
}

fn json_of(base: &str, clients: &[Client]) -> Value {
    let told = |client: &Client| {
        let at = endpoints(&client.provider, base);
        let settings: BTreeMap<&String, &String> =
            client.settings.iter().map(|(name, value)| (name, value.expose())).collect();
        let value = json!({
            "authorizeUrl": at.authorize_url,
            "tokenUrl": at.token_url,
            "apiBase": at.api_base,
            "keysUrl": at.keys_url,
            "clientId": client.client_id,
            "clientSecret": client.client_secret.expose(),
            "settings": settings,
        });
        (client.provider.clone(), value)
    };
    let providers: serde_json::Map<String, Value> = clients.iter().map(told).collect();
    json!({"sandbox": base, "providers": providers})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_for_a_hilum_is_toml_with_everything_that_each_provider_needs() {
        let clients: Vec<Client> = REGISTRY.iter().map(|p| client(p, "id", "a \"secret\"")).collect();
        let text = toml("http://127.0.0.1:1", &clients).join("\n");
        let read: ::toml::Table = ::toml::from_str(&text).expect("TOML");
        for provider in REGISTRY {
            let told = &read["providers"][provider.id];
            assert_eq!(told["client_secret"].as_str(), Some("a \"secret\""));
            assert_eq!(told["sandbox"].as_str(), Some("http://127.0.0.1:1"));
            for setting in provider.settings {
                let expected = format!("{}-a \"secret\"", setting.name);
                assert_eq!(told["settings"][setting.name].as_str(), Some(expected.as_str()), "{}", provider.id);
            }
        }
    }
}

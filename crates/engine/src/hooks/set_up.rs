//! Making our address known to a provider: by hand, by one call for the app, or by a call for each connection.

use hilum_model::{Secret, Time};
use hilum_providers::spec::{Method, Request, Setup};
use hilum_store::StoreError;
use hilum_store::connections::ConnectionState;
use hilum_store::jobs::Priority;
use serde_json::Value;

use crate::backoff::backoff_ms;
use crate::egress::Authorization;
use crate::jobs::{Outcome, SUBSCRIBE, Target};
use crate::sync::{Expect, Fetched, to_call};
use crate::{Engine, ProviderConfig};

/// How often a connection's subscriptions are made anew, ms: providers let them end, or forget them.
const RENEW_MS: i64 = 7 * 86_400_000;

/// What came of setting a provider's notices up.
#[derive(Debug)]
pub enum SetUp {
    /// The operator enters the address on the provider's site.
    ByHand,
    /// Each connection subscribes by itself after its first sync.
    ByConnection,
    /// The provider was asked.
    Asked {
        /// HTTP status; 2xx is yes.
        status: u16,
        /// Its answer. It may hold a secret that is told only once.
        answer: Secret<String>,
    },
    /// The provider did not answer.
    NoAnswer,
}

impl Engine {
    /// Sets the notices of a provider up, as its description says. `None` for one without notices.
    pub async fn set_up_hook(&self, provider: &str) -> Option<SetUp> {
        let config = self.config.provider(provider)?;
        let address = self.hook_address(provider)?;
        Some(match config.provider.webhook?.setup {
            Setup::Portal => SetUp::ByHand,
            Setup::PerConnection(_) => SetUp::ByConnection,
            Setup::Call(request) => self.call_app(config, request(&address)).await,
        })
    }

    /// A call in the name of the app: its credentials stand as HTTP Basic, in a form beside its fields, and wherever
    /// the request names `{client_id}`, `{client_secret}` or a setting.
    async fn call_app(&self, config: &ProviderConfig, mut request: Request) -> SetUp {
        if request.method == Method::PostForm {
            for (name, value) in [("client_id", "{client_id}"), ("client_secret", "{client_secret}")] {
                request = request.set(name, value);
            }
        }
        for (_, value) in &mut request.params {
            *value = fill(config, value);
        }
        if let Some(json) = &mut request.json {
            fill_json(config, json);
        }
        let mut call = to_call(config, &request, Secret::new(String::new()));
        call.authorization = Some(Authorization::Basic(config.client_id.clone(), config.client_secret.clone()));
        match self.egress.send(call).await {
            Ok(reply) => SetUp::Asked {
                status: reply.status,
                answer: Secret::new(String::from_utf8_lossy(&reply.body).into_owned()),
            },
            Err(_) => SetUp::NoAnswer,
        }
    }

    /// Queues a connection's subscriptions, unless they are queued. To be called after a sync came through.
    pub(crate) async fn queue_subscribe(&self, config: &ProviderConfig, target: Target) -> Result<(), StoreError> {
        let by_connection = matches!(config.provider.webhook.map(|w| w.setup), Some(Setup::PerConnection(_)));
        // Providers take public addresses only; a sandbox takes ours on this machine.
        let reachable = config.sandbox || self.config.public_url.scheme() == "https";
        if !by_connection || !reachable || self.store.job_at(SUBSCRIBE, &target.key())?.is_some() {
            return Ok(());
        }
        self.store.enqueue(SUBSCRIBE, &target.key(), target.payload(), Priority::Background, self.clock.now()).await
    }

    /// The job `subscribe`: tells the provider our address for one connection, and again in a week.
    pub(crate) async fn subscribe_job(&self, target: Target, attempt: i64) -> Result<Outcome, StoreError> {
        let Some(row) = self.store.connection(target.human, target.connection)? else { return Ok(Outcome::Done) };
        if row.pending.is_some() || !matches!(row.state, ConnectionState::Live | ConnectionState::ProviderDown) {
            // The sync after the next authorisation queues it again.
            return Ok(Outcome::Done);
        }
        let Some(config) = self.config.provider_of(&row) else { return Ok(Outcome::Done) };
        let (Some(webhook), Some(address)) = (config.provider.webhook, self.hook_address(&row.provider)) else {
            return Ok(Outcome::Done);
        };
        let Setup::PerConnection(requests) = webhook.setup else { return Ok(Outcome::Done) };
        let now = self.clock.now();
        for request in requests(&address) {
            match self.ask_once(&row, &config, Expect::Nothing, &request).await? {
                Ok(Fetched::Page(_)) => {}
                // Of the kinds of data that were not granted there are no notices; polling goes on for all.
                Ok(other) => {
                    let what = std::mem::discriminant(&other);
                    tracing::debug!(connection = %row.connection_id, ?what, "subscription refused");
                }
                Err(Some(at)) => {
                    let own = now.plus_ms(backoff_ms(u32::try_from(attempt).unwrap_or(u32::MAX), &*self.random));
                    return Ok(Outcome::Retry(at.max(own), "not now"));
                }
                Err(None) => return Ok(Outcome::Done),
            }
        }
        self.subscribe_again(target, now.plus_ms(RENEW_MS)).await?;
        Ok(Outcome::Done)
    }

    async fn subscribe_again(&self, target: Target, at: Time) -> Result<(), StoreError> {
        self.store.enqueue(SUBSCRIBE, &target.key(), target.payload(), Priority::Background, at).await
    }
}

/// Puts credentials and settings in the places that name them.
fn fill(config: &ProviderConfig, text: &str) -> String {
    let mut filled = text.replace("{client_id}", &config.client_id);
    filled = filled.replace("{client_secret}", config.client_secret.expose());
    for (name, value) in &config.settings {
        filled = filled.replace(&format!("{{{name}}}"), value.expose());
    }
    filled
}

fn fill_json(config: &ProviderConfig, value: &mut Value) {
    match value {
        Value::String(text) => *text = fill(config, text),
        Value::Array(items) => items.iter_mut().for_each(|item| fill_json(config, item)),
        Value::Object(members) => members.values_mut().for_each(|member| fill_json(config, member)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

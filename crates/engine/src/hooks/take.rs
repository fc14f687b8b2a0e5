//! Taking a notice in: whose address, greeting, verification, durable, answered.

use bytes::Bytes;
use hilum_model::Time;
use hilum_providers::spec::{Handshake, Verify, Webhook};
use hilum_store::StoreError;
use reqwest::header::HeaderMap;
use serde_json::{Map, Value, json};

use super::tink::{Said, Signature};
use super::verify::{Refusal, body_token, equals_setting, header, hmac};
use super::{NoticeOrder, fingerprint};
use crate::egress::Call;
use crate::{Engine, ProviderConfig};

/// How long a notice is remembered so that its repetition is left out, ms. Where signatures carry a time, they are
/// remembered for as long as they would be accepted.
const REMEMBER_MS: i64 = 600_000;

/// Setting of a sandboxed provider that signs notices by a public key: where the sandbox's own keys are.
pub const KEYS_URL: &str = "keys_url";

/// How a provider calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookMethod {
    /// GET.
    Get,
    /// HEAD.
    Head,
    /// POST.
    Post,
}

/// A call of a provider.
#[derive(Debug)]
pub struct Delivery<'a> {
    /// Method.
    pub method: HookMethod,
    /// Parameters of the address.
    pub query: &'a [(String, String)],
    /// Headers.
    pub headers: &'a HeaderMap,
    /// Body as it came.
    pub body: Bytes,
}

/// What the provider is answered.
#[derive(Debug, Clone, PartialEq)]
pub struct HookAnswer {
    /// Status.
    pub status: u16,
    /// Body.
    pub json: Option<Value>,
}

/// Why a call is refused.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// Nobody's address.
    #[error("unknown address")]
    Unknown,
    /// The address does not answer to this method.
    #[error("method not allowed")]
    Method,
    /// It is not from the provider.
    #[error("not verified")]
    NotVerified,
    /// The operator has not configured what it is verified with.
    #[error("verification not configured")]
    Unconfigured,
    /// The keys that it is verified with could not be fetched.
    #[error("keys not available")]
    NoKeys,
    /// The body is neither JSON nor a form.
    #[error("body not readable")]
    Unreadable,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for HookError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unconfigured => Self::Unconfigured,
            Refusal::Wrong => Self::NotVerified,
        }
    }
}

/// How far a verified notice is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Belief {
    /// The provider said so.
    Signed,
    /// Whoever knows the address said so: a hint.
    Hint,
}

impl Engine {
    /// Takes a call in at a provider's address. A notice is durable when this returns, and worked on by a job.
    pub async fn take_hook(
        &self,
        provider: &str,
        secret: &str,
        delivery: Delivery<'_>,
    ) -> Result<HookAnswer, HookError> {
        let config = self.hook_provider(provider, secret).ok_or(HookError::Unknown)?;
        let webhook = config.provider.webhook.ok_or(HookError::Unknown)?;
        if delivery.method != HookMethod::Post {
            return greet(&webhook, config, &delivery);
        }
        let body = read_body(&delivery);
        if let Some(answer) = greet_by_post(&webhook, config, delivery.headers, body.as_ref()) {
            return answer;
        }
        let belief = self.verify_hook(&webhook, config, &delivery, body.as_ref()).await;
        let belief = belief.inspect_err(|error| {
            tracing::warn!(provider = config.provider.id, %error, "notice refused");
        })?;
        let body = body.ok_or(HookError::Unreadable)?;
        let now = self.clock.now();
        let order = NoticeOrder {
            provider: config.provider.id.to_owned(),
            body,
            received: now,
            believed: belief == Belief::Signed,
        };
        let payload = serde_json::to_value(order).map_err(|_| HookError::Unreadable)?;
        let hash = fingerprint(&[config.provider.id.as_bytes(), &delivery.body]);
        let forget_at = now.plus_ms(REMEMBER_MS.max(2 * tolerance_ms(&webhook)));
        if self.store.take_notice(hash, payload, forget_at).await? {
            self.wake_jobs();
        }
        Ok(HookAnswer { status: webhook.ack, json: None })
    }

    async fn verify_hook(
        &self,
        webhook: &Webhook,
        config: &ProviderConfig,
        delivery: &Delivery<'_>,
        body: Option<&Value>,
    ) -> Result<Belief, HookError> {
        let now = self.clock.now();
        match &webhook.verify {
            Verify::Hmac(recipe) => hmac(recipe, config, delivery.headers, &delivery.body, now)?,
            Verify::HmacIfSent(recipe) => {
                if !delivery.headers.contains_key(recipe.header) {
                    return Ok(Belief::Hint);
                }
                hmac(recipe, config, delivery.headers, &delivery.body, now)?;
            }
            Verify::BodyToken { pointer, setting } => body_token(config, pointer, setting, body)?,
            Verify::GoogleTink { header: name, keys_url, setting } => {
                equals_setting(config, setting, header(delivery.headers, "authorization"))?;
                let signature = header(delivery.headers, name).and_then(Signature::read);
                let signature = signature.ok_or(HookError::NotVerified)?;
                self.verify_by_key(config, keys_url, &signature, &delivery.body, now).await?;
            }
            Verify::SecretPath => return Ok(Belief::Hint),
        }
        Ok(Belief::Signed)
    }

    async fn verify_by_key(
        &self,
        config: &ProviderConfig,
        keys_url: &str,
        signature: &Signature,
        body: &[u8],
        now: Time,
    ) -> Result<(), HookError> {
        // A sandbox signs with keys of its own.
        let own = config.settings.get(KEYS_URL).filter(|_| config.sandbox);
        let url = own.map_or(keys_url, |own| own.expose().as_str());
        let said = match self.hooks.keys.verify(url, signature, body, now) {
            Said::Fetch => {
                let call = Call::get(url.to_owned(), config.sandbox);
                let reply = self.egress.send(call).await.map_err(|_| HookError::NoKeys)?;
                let set: Value = serde_json::from_slice(&reply.body).map_err(|_| HookError::NoKeys)?;
                if reply.status != 200 {
                    return Err(HookError::NoKeys);
                }
                self.hooks.keys.keep(url, &set, now);
                self.hooks.keys.verify(url, signature, body, now)
            }
            said => said,
        };
        if said == Said::Right { Ok(()) } else { Err(HookError::NotVerified) }
    }
}

/// Greetings by GET and HEAD.
fn greet(webhook: &Webhook, config: &ProviderConfig, delivery: &Delivery<'_>) -> Result<HookAnswer, HookError> {
    match webhook.handshake {
        Handshake::Head => Ok(HookAnswer { status: 200, json: None }),
        Handshake::EchoJson { challenge, token, setting, member } => {
            let sent = |name: &str| delivery.query.iter().find(|(known, _)| known == name).map(|(_, v)| v.as_str());
            equals_setting(config, setting, sent(token))?;
            let challenge = sent(challenge).ok_or(HookError::Unreadable)?;
            let body = Map::from_iter([(member.to_owned(), json!(challenge))]);
            Ok(HookAnswer { status: 200, json: Some(Value::Object(body)) })
        }
        Handshake::None | Handshake::Ping { .. } | Handshake::GoogleTwoStep => Err(HookError::Method),
    }
}

/// Greetings by POST; `None` for what is no greeting.
fn greet_by_post(
    webhook: &Webhook,
    config: &ProviderConfig,
    headers: &HeaderMap,
    body: Option<&Value>,
) -> Option<Result<HookAnswer, HookError>> {
    let body = body?;
    let welcome = Ok(HookAnswer { status: 200, json: None });
    match webhook.handshake {
        Handshake::Ping { pointer, value } if body.pointer(pointer).and_then(Value::as_str) == Some(value) => {
            Some(welcome)
        }
        Handshake::GoogleTwoStep if body.get("type").and_then(Value::as_str) == Some("verification") => {
            let Verify::GoogleTink { setting, .. } = webhook.verify else { return Some(Err(HookError::NotVerified)) };
            let sent = header(headers, "authorization");
            Some(equals_setting(config, setting, sent).map_err(HookError::from).and(welcome))
        }
        Handshake::None
        | Handshake::Head
        | Handshake::EchoJson { .. }
        | Handshake::Ping { .. }
        | Handshake::GoogleTwoStep => None,
    }
}

/// A JSON body, or a form as an object of texts.
fn read_body(delivery: &Delivery<'_>) -> Option<Value> {
    let kind = header(delivery.headers, "content-type").unwrap_or_default().to_ascii_lowercase();
    if kind.starts_with("application/x-www-form-urlencoded") {
        let pairs = url::form_urlencoded::parse(&delivery.body).into_owned();
        return Some(Value::Object(pairs.map(|(name, value)| (name, Value::String(value))).collect()));
    }
    serde_json::from_slice(&delivery.body).ok()
}

fn tolerance_ms(webhook: &Webhook) -> i64 {
    match &webhook.verify {
        Verify::Hmac(recipe) | Verify::HmacIfSent(recipe) => i64::from(recipe.tolerance_s) * 1000,
        Verify::BodyToken { .. } | Verify::GoogleTink { .. } | Verify::SecretPath => 0,
    }
}

//! Taking grants back at the provider: a durable job that holds what it needs, so that the person's own rows can go
//! at once.

use std::borrow::Cow;

use hilum_model::{ConnectionId, HumanId, Phi, Secret, Time, world::random_bytes};
use hilum_providers::spec::{Answer, Revoke, RevokeStyle, Verdict};
use hilum_store::StoreError;
use hilum_store::connections::ConnectionState;
use hilum_store::grants::Tokens;
use hilum_store::jobs::Priority;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::sign::signed_fields;
use super::token_call::{TokenOutcome, call_token};
use crate::backoff::backoff_ms;
use crate::egress::{Authorization, Call, Payload};
use crate::jobs::{Outcome, REVOKE};
use crate::{Engine, ProviderConfig};

/// How long revocation is tried, ms.
const GIVE_UP_MS: i64 = 86_400_000;

/// What is to be revoked. Lives only in a job's payload, which the store seals.
#[derive(Serialize, Deserialize)]
pub(crate) struct RevokeOrder {
    human: HumanId,
    connection: ConnectionId,
    provider: String,
    #[serde(default)]
    region: Option<String>,
    account: String,
    access: String,
    refresh: Option<String>,
    expires_at: Time,
    since: Time,
}

impl Engine {
    /// Queues the revocation of a connection's grant at the provider (a durable job with the tokens sealed in it). To be
    /// called before the grant is removed. Never fails because of the provider.
    pub async fn queue_revoke(&self, human: HumanId, connection: ConnectionId) -> Result<(), StoreError> {
        let (Some(grant), Some(row)) =
            (self.store.grant(human, connection)?, self.store.connection(human, connection)?)
        else {
            return Ok(());
        };
        self.queue_revoke_of(human, connection, row.provider, row.region, row.account, grant.tokens).await
    }

    /// The same for tokens that never became a connection's.
    pub(crate) async fn queue_revoke_of(
        &self,
        human: HumanId,
        connection: ConnectionId,
        provider: String,
        region: Option<String>,
        account: Phi<String>,
        tokens: Tokens,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let order = RevokeOrder {
            human,
            connection,
            provider,
            region,
            account: account.into_inner(),
            access: tokens.access.expose().clone(),
            refresh: tokens.refresh.map(|token| token.expose().clone()),
            expires_at: tokens.expires_at,
            since: now,
        };
        let payload = serde_json::to_value(order).map_err(|_| StoreError::Damaged("revoke order"))?;
        // A key of its own: the job outlives the connection, and the person may connect and disconnect again.
        let key = hex::encode(random_bytes::<16>(&*self.random));
        self.store.enqueue(REVOKE, &key, payload, Priority::Normal, now).await?;
        self.wake_jobs();
        Ok(())
    }

    /// The job `revoke`.
    pub(crate) async fn revoke_job(&self, order: RevokeOrder, attempt: i64) -> Result<Outcome, StoreError> {
        let Some((provider, revoke)) = self.revocation(&order) else { return Ok(Outcome::Done) };
        if revoke.style == RevokeStyle::WithingsSigned && self.account_in_use(&order)? {
            tracing::info!(provider = order.provider, "account is connected elsewhere; its grants stay");
            return Ok(Outcome::Done);
        }
        let now = self.clock.now();
        let said = match self.revoke_once(&provider, revoke, &order).await {
            Said::Done => return Ok(Outcome::Done),
            Said::Never => "refused",
            Said::Later => "no clear answer",
        };
        if matches!(said, "refused") || now.since_ms(order.since) >= GIVE_UP_MS {
            tracing::warn!(provider = order.provider, said, "grant not revoked at the provider; given up");
            return Ok(Outcome::Done);
        }
        let wait = backoff_ms(u32::try_from(attempt).unwrap_or(u32::MAX), &*self.random);
        Ok(Outcome::Retry(now.plus_ms(wait), said))
    }

    /// Whether the account is connected by another grant: of another person or app, or a newer one of the same
    /// connection. Where a provider revokes by account and not by token, that grant would die too.
    fn account_in_use(&self, order: &RevokeOrder) -> Result<bool, StoreError> {
        for row in self.store.connections_of_account(&order.provider, &order.account)? {
            if matches!(row.state, ConnectionState::Disconnected | ConnectionState::NeedsReauth) {
                continue;
            }
            if row.connection_id != order.connection {
                return Ok(true);
            }
            let grant = self.store.grant(order.human, order.connection)?;
            if grant.is_some_and(|grant| !grant.tokens.access.matches(&order.access)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn revocation(&self, order: &RevokeOrder) -> Option<(Cow<'_, ProviderConfig>, Revoke)> {
        let config = self.config.provider(&order.provider)?.at(order.region.as_deref())?;
        let revoke = config.provider.auth.revoke?;
        Some((config, revoke))
    }

    async fn revoke_once(&self, provider: &ProviderConfig, revoke: Revoke, order: &RevokeOrder) -> Said {
        // A sandbox stands in for every host of a provider, below its one address.
        let (base, path) = match revoke.url.split_once("://") {
            Some((_, rest)) if provider.sandbox => (provider.api_base.as_str(), &rest[rest.find('/').unwrap_or(0)..]),
            Some(_) => ("", revoke.url),
            None => (provider.api_base.as_str(), revoke.url),
        };
        let account: String = url::form_urlencoded::byte_serialize(order.account.as_bytes()).collect();
        let mut call = Call::get(format!("{base}{}", path.replace("{account}", &account)), provider.sandbox);
        call.headers = provider.headers();
        match revoke.style {
            RevokeStyle::Rfc7009 => {
                let token = order.refresh.as_ref().unwrap_or(&order.access);
                let mut form = vec![("token".to_owned(), token.clone())];
                form.push(("client_id".to_owned(), provider.client_id.clone()));
                form.push(("client_secret".to_owned(), provider.client_secret.expose().clone()));
                call.payload = Payload::Form(form);
            }
            RevokeStyle::TokenOnly => {
                let token = order.refresh.as_ref().unwrap_or(&order.access);
                call.payload = Payload::Form(vec![("token".to_owned(), token.clone())]);
            }
            RevokeStyle::BearerDelete | RevokeStyle::BearerPost | RevokeStyle::BearerGet => {
                let access = match self.live_access(provider, order).await {
                    Ok(access) => access,
                    Err(said) => return said,
                };
                call.authorization = Some(Authorization::Bearer(access));
                match revoke.style {
                    RevokeStyle::BearerDelete => call.payload = Payload::Delete,
                    RevokeStyle::BearerPost => call.payload = Payload::Form(Vec::new()),
                    _ => {
                        let id: String = url::form_urlencoded::byte_serialize(provider.client_id.as_bytes()).collect();
                        call.url = format!("{}?client_id={id}", call.url);
                    }
                }
            }
            RevokeStyle::AccessTokenInQuery => {
                let access = match self.live_access(provider, order).await {
                    Ok(access) => access,
                    Err(said) => return said,
                };
                let query = url::form_urlencoded::Serializer::new(String::new())
                    .append_pair("access_token", access.expose())
                    .finish();
                call.url = format!("{}?{query}", call.url);
                call.payload = Payload::Form(Vec::new());
                call.authorization = Some(Authorization::Bearer(access));
            }
            RevokeStyle::WithingsSigned => {
                let Ok(signed) = signed_fields(&self.egress, provider, self.clock.now(), "revoke").await else {
                    return Said::Later;
                };
                let mut form = vec![("action".to_owned(), "revoke".to_owned())];
                form.extend(signed);
                form.push(("userid".to_owned(), order.account.clone()));
                call.payload = Payload::Form(form);
            }
        }
        let Ok(reply) = self.egress.send(call).await else { return Said::Later };
        let json: Option<Value> = serde_json::from_slice(&reply.body).ok();
        match provider.provider.judge(&Answer { status: reply.status, json: json.as_ref() }) {
            // Refusing a token that is to die is as good as killing it.
            Verdict::Ok | Verdict::Refresh | Verdict::Reauthorise | Verdict::Gone => Said::Done,
            Verdict::Retry | Verdict::NotYet => Said::Later,
            Verdict::ScopeMissing | Verdict::Fatal => Said::Never,
        }
    }

    /// The access token, or where it has ended a fresh one: only a live one is good for revoking the whole grant.
    async fn live_access(&self, provider: &ProviderConfig, order: &RevokeOrder) -> Result<Secret<String>, Said> {
        let now = self.clock.now();
        let refresh = match &order.refresh {
            Some(refresh) if order.expires_at.since_ms(now) < 60_000 => refresh.clone(),
            _ => return Ok(Secret::new(order.access.clone())),
        };
        let fields = vec![("grant_type", "refresh_token".to_owned()), ("refresh_token", refresh)];
        match call_token(&self.egress, provider, now, fields).await {
            TokenOutcome::Granted(granted) => Ok(granted.access),
            TokenOutcome::Refused(_) => Err(Said::Done),
            TokenOutcome::NotNow(..) | TokenOutcome::Unclear(_) => Err(Said::Later),
        }
    }

    /// The person (or the app, by the application API) ends a connection: at once here, at the provider as soon as it
    /// answers. Data stay.
    pub async fn disconnect(&self, human: HumanId, connection: ConnectionId) -> Result<(), StoreError> {
        self.queue_revoke(human, connection).await?;
        self.store.disconnect(human, connection).await?;
        self.forget_sync(connection);
        Ok(())
    }

    /// Erases a person with everything, and takes the grants back at the providers, also those of sessions that are
    /// still open. `false` if there was none.
    pub async fn erase_human(&self, human: HumanId) -> Result<bool, StoreError> {
        for row in self.store.connections_and_pending(human)? {
            self.queue_revoke(human, row.connection_id).await?;
            self.forget_sync(row.connection_id);
        }
        self.store.erase_human(human).await
    }
}

/// What came of one try.
enum Said {
    /// The grant is dead at the provider.
    Done,
    /// Try again.
    Later,
    /// Trying again does not help.
    Never,
}

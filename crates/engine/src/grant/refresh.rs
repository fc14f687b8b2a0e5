//! Refresh by the single-use protocol. Many providers kill a grant whose refresh token they see twice, so:
//!
//! 1. one refresh at a time: a turn within the process, a lease in the store between processes;
//! 2. the lease, which is also the intent, is durable before the provider is called, and longer than the call can last;
//! 3. the new pair is durable before its access token is used anywhere;
//! 4. a try without a clear answer leaves the grant *uncertain*: the same token is tried again later, which a provider
//!    with a grace period accepts;
//! 5. only a plain refusal, confirmed, ends a grant; busy, broken or odd answers never do;
//! 6. what comes from a restored backup is not refreshed until the operator accepts it: its token may have been used.
//!    Access tokens that still live are used meanwhile.

use std::sync::Arc;

use hilum_model::{Clock, ConnectionId, HumanId, Random, Secret, Time, world::random_bytes};
use hilum_providers::spec::Rotation;
use hilum_store::Store;
use hilum_store::connections::ConnectionState;
use hilum_store::grants::{Grant, GrantState, Tokens};
use tokio::sync::OwnedMutexGuard;

use super::flight::Hold;
use super::token_call::{Granted, TokenOutcome, call_token};
use super::{GrantError, proactive};
use crate::backoff::backoff_ms;
use crate::egress::{CALL_DEADLINE, Egress, RetryAfter};
use crate::{Engine, ProviderConfig};

/// Life of the lease, ms.
const LEASE_MS: i64 = 60_000;
/// A call is a nonce and the token call at the most; the rest is for the two writes around them.
const _: () = assert!(LEASE_MS as u128 > 2 * CALL_DEADLINE.as_millis() + 10_000, "the lease outlives the call");

/// An access token is refreshed when it has less life left than this, ms.
const MARGIN_MS: i64 = 60_000;

/// A plain refusal is confirmed by a second one after this time, ms.
const CONFIRM_MS: i64 = 60_000;

/// After a backup was restored, the operator's word is looked for so often, ms.
const RESTORED_MS: i64 = 600_000;

/// What the caller needs.
#[derive(Debug, Clone, Copy)]
enum Need {
    /// A token with some life left.
    Usable,
    /// A token of a later generation than this.
    After(i64),
}

impl Need {
    fn met_by(self, grant: &Grant, now: Time) -> bool {
        let alive = grant.state != GrantState::NeedsReauth && grant.tokens.expires_at.since_ms(now) >= MARGIN_MS;
        match self {
            Self::Usable => alive,
            Self::After(generation) => alive && grant.generation > generation,
        }
    }
}

impl Engine {
    /// An access token that is good for at least a minute, refreshed if needed; many callers at once cause one refresh.
    /// Returns the generation with it.
    pub async fn access_token(
        &self,
        human: HumanId,
        connection: ConnectionId,
    ) -> Result<(Secret<String>, i64), GrantError> {
        self.token(human, connection, Need::Usable).await
    }

    /// The provider did not accept the access token of `generation`: refresh unless somebody has already.
    pub async fn renew_token(
        &self,
        human: HumanId,
        connection: ConnectionId,
        generation: i64,
    ) -> Result<(Secret<String>, i64), GrantError> {
        self.token(human, connection, Need::After(generation)).await
    }

    async fn token(
        &self,
        human: HumanId,
        connection: ConnectionId,
        need: Need,
    ) -> Result<(Secret<String>, i64), GrantError> {
        let grant = self.store.grant(human, connection)?.ok_or(GrantError::Gone)?;
        if need.met_by(&grant, self.clock.now()) {
            return Ok((grant.tokens.access, grant.generation));
        }
        let row = self.store.connection(human, connection)?.ok_or(GrantError::Gone)?;
        let Some(provider) = self.config.provider_of(&row) else {
            tracing::warn!(%connection, provider = row.provider, "provider is not configured any more");
            return Err(GrantError::NotBefore(self.clock.now().plus_ms(3_600_000)));
        };
        let refresher = Refresher {
            store: self.store.clone(),
            egress: self.egress.clone(),
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
            provider: provider.into_owned(),
            human,
            connection,
        };
        let turn = self.refreshes.turn(connection).await;
        // A task of its own: a caller that goes away must not stop a refresh between the call and the commit.
        let done = tokio::spawn(refresher.run(turn, need)).await;
        self.refreshes.tidy();
        done.unwrap_or_else(|panic| {
            tracing::error!(%connection, %panic, "a refresh ended by a fault of ours");
            Err(GrantError::NotBefore(self.clock.now().plus_ms(LEASE_MS)))
        })
    }
}

/// One refresh, with everything it needs.
struct Refresher {
    store: Store,
    egress: Egress,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    provider: ProviderConfig,
    human: HumanId,
    connection: ConnectionId,
}

impl Refresher {
    async fn run(self, mut hold: OwnedMutexGuard<Hold>, need: Need) -> Result<(Secret<String>, i64), GrantError> {
        let now = self.clock.now();
        let grant = self.read()?;
        // Whoever had the turn before may have done the work.
        if need.met_by(&grant, now) {
            return Ok((grant.tokens.access, grant.generation));
        }
        if grant.state == GrantState::NeedsReauth {
            return Err(GrantError::NeedsReauth("authorisation_ended"));
        }
        let rotates = self.provider.provider.auth.rotation != Rotation::Keep;
        if rotates && self.store.restored_at()?.is_some_and(|at| grant.obtained_at <= at) {
            tracing::debug!(connection = %self.connection, "not refreshed: restored from a backup");
            return Err(GrantError::Restored(now.plus_ms(RESTORED_MS)));
        }
        if let Some((_, until)) = grant.lease.filter(|(_, until)| *until > now) {
            return Err(GrantError::NotBefore(until.min(now.plus_ms(2_000))));
        }
        let hold = hold.of(grant.generation);
        if now < hold.until {
            return Err(GrantError::NotBefore(hold.until));
        }
        let Some(refresh) = grant.tokens.refresh.clone() else {
            return self.give_up_without_refresh_token(&grant, now).await;
        };
        let lease = random_bytes::<16>(&*self.random);
        let generation = grant.generation;
        if !self.store.begin_refresh(self.human, self.connection, generation, lease, now.plus_ms(LEASE_MS)).await? {
            return self.sibling(need, now);
        }
        // A lease that ended without a word is a process that died in the middle.
        let uncertain = matches!(grant.state, GrantState::Uncertain | GrantState::Refreshing);
        let fields = vec![("grant_type", "refresh_token".to_owned()), ("refresh_token", refresh.expose().clone())];
        match call_token(&self.egress, &self.provider, now, fields).await {
            TokenOutcome::Granted(granted) => {
                *hold = Hold::default();
                self.commit(generation, lease, granted, need).await
            }
            TokenOutcome::Refused(word @ ("invalid_grant" | "invalid_token" | "expired_token" | "access_denied")) => {
                self.refused(hold, generation, lease, uncertain, word, need).await
            }
            TokenOutcome::Refused(word)
            | TokenOutcome::NotNow(_, word @ ("invalid_client" | "unauthorized_client")) => {
                tracing::error!(
                    provider = self.provider.provider.id,
                    word,
                    "the token endpoint refuses our registration"
                );
                self.put_off(hold, generation, lease, uncertain, None).await
            }
            TokenOutcome::NotNow(after, word) => {
                tracing::info!(connection = %self.connection, word, "refresh put off");
                self.put_off(hold, generation, lease, uncertain, after).await
            }
            TokenOutcome::Unclear(after) => {
                tracing::warn!(connection = %self.connection, "refresh without a clear answer");
                self.put_off(hold, generation, lease, true, after).await
            }
        }
    }

    fn read(&self) -> Result<Grant, GrantError> {
        self.store.grant(self.human, self.connection)?.ok_or(GrantError::Gone)
    }

    /// Somebody else got there first: their token, if it is there by now.
    fn sibling(&self, need: Need, now: Time) -> Result<(Secret<String>, i64), GrantError> {
        let grant = self.read()?;
        if need.met_by(&grant, now) {
            return Ok((grant.tokens.access, grant.generation));
        }
        Err(GrantError::NotBefore(now.plus_ms(2_000)))
    }

    async fn commit(
        &self,
        generation: i64,
        lease: [u8; 16],
        granted: Granted,
        need: Need,
    ) -> Result<(Secret<String>, i64), GrantError> {
        let access = granted.access.clone();
        let tokens = Tokens { access: granted.access, refresh: granted.refresh, expires_at: granted.expires_at };
        if !self.store.complete_refresh(self.human, self.connection, generation, lease, tokens).await? {
            // Disconnected meanwhile, or the lease was lost although it is longer than the call.
            tracing::warn!(connection = %self.connection, "new tokens came too late");
            return self.sibling(need, self.clock.now());
        }
        if let Err(error) = proactive::schedule(&self.store, self.human, self.connection).await {
            // The next sync schedules it again.
            tracing::warn!(connection = %self.connection, %error, "next refresh not queued");
        }
        Ok((access, generation + 1))
    }

    async fn refused(
        &self,
        hold: &mut Hold,
        generation: i64,
        lease: [u8; 16],
        uncertain: bool,
        word: &'static str,
        need: Need,
    ) -> Result<(Secret<String>, i64), GrantError> {
        let now = self.clock.now();
        let current = self.read()?;
        if current.generation != generation {
            return self.sibling(need, now);
        }
        // Where tokens rotate, a refusal after a try of unknown outcome means that the rotation happened and its
        // answer was lost. Otherwise the first refusal is confirmed by a second one.
        let lost = uncertain && self.provider.provider.auth.rotation != Rotation::Keep;
        if !hold.refused && !lost {
            hold.refused = true;
            hold.failures += 1;
            hold.until = now.plus_ms(CONFIRM_MS);
            let until = hold.until;
            tracing::warn!(connection = %self.connection, word, "refresh refused; to be confirmed");
            self.abandon(generation, lease, GrantState::Uncertain).await?;
            return Err(GrantError::NotBefore(until));
        }
        let reason = if hold.refused { "revoked" } else { "rotation_outcome_unknown" };
        tracing::warn!(connection = %self.connection, word, reason, "authorisation needed again");
        *hold = Hold::default();
        self.abandon(generation, lease, GrantState::NeedsReauth).await?;
        self.needs_reauth(reason).await
    }

    async fn put_off(
        &self,
        hold: &mut Hold,
        generation: i64,
        lease: [u8; 16],
        uncertain: bool,
        after: Option<RetryAfter>,
    ) -> Result<(Secret<String>, i64), GrantError> {
        let now = self.clock.now();
        hold.failures += 1;
        let own = backoff_ms(hold.failures, &*self.random);
        hold.until = now.plus_ms(after.map_or(own, |after| after.wait_ms(now).max(1_000)));
        let until = hold.until;
        let state = if uncertain { GrantState::Uncertain } else { GrantState::Ok };
        self.abandon(generation, lease, state).await?;
        Err(GrantError::NotBefore(until))
    }

    async fn abandon(&self, generation: i64, lease: [u8; 16], state: GrantState) -> Result<(), GrantError> {
        if !self.store.abandon_refresh(self.human, self.connection, generation, lease, state).await? {
            tracing::debug!(connection = %self.connection, "the lease was not ours any more");
        }
        Ok(())
    }

    /// The access token ended and there is nothing to refresh it with.
    async fn give_up_without_refresh_token(
        &self,
        grant: &Grant,
        now: Time,
    ) -> Result<(Secret<String>, i64), GrantError> {
        let lease = random_bytes::<16>(&*self.random);
        let generation = grant.generation;
        if !self.store.begin_refresh(self.human, self.connection, generation, lease, now.plus_ms(LEASE_MS)).await? {
            return Err(GrantError::NotBefore(now.plus_ms(2_000)));
        }
        self.abandon(generation, lease, GrantState::NeedsReauth).await?;
        self.needs_reauth("expired").await
    }

    async fn needs_reauth(&self, reason: &'static str) -> Result<(Secret<String>, i64), GrantError> {
        let state = ConnectionState::NeedsReauth;
        self.store.set_connection_state(self.human, self.connection, state, Some(reason.to_owned())).await?;
        Err(GrantError::NeedsReauth(reason))
    }
}

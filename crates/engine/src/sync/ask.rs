//! One request of a slice with everything around it: breaker, token, limits, what its failure means.

use hilum_model::Time;
use hilum_providers::spec::Request;
use hilum_store::StoreError;
use hilum_store::jobs::Priority;

use super::fetch::{Expect, Fetched, context, fetch};
use super::slice::{End, Slice};
use crate::backoff::backoff_ms;
use crate::grant::GrantError;

impl Slice<'_> {
    /// Sends a request. What stops the whole slice comes as `Err`; of the answers a page, a missing scope, "not yet"
    /// and "never" are left for the caller.
    pub(super) async fn ask(
        &mut self,
        expect: Expect<'_>,
        request: &Request,
        priority: Priority,
    ) -> Result<Result<Fetched, End>, StoreError> {
        let (engine, id) = (self.engine, self.row.connection_id);
        let (name, limits) = (self.provider.provider.id, self.provider.provider.limits);
        let sync = &engine.sync;
        loop {
            let now = engine.clock.now();
            if self.requests_left == 0 {
                return Ok(Err(End::More));
            }
            if let Err(at) = sync.breakers.pass(name, id, now, &*engine.random) {
                return Ok(Err(End::Down(at)));
            }
            let (token, generation) = match engine.access_token(self.row.human_id, id).await {
                Ok(token) => token,
                Err(error) => {
                    sync.breakers.not_sent(name, id, now);
                    return end_of(error, now).map(Err);
                }
            };
            if let Err(at) = sync.limiter.take(name, id, limits, priority, now) {
                sync.breakers.not_sent(name, id, now);
                return Ok(Err(End::Wait(at)));
            }
            self.requests_left -= 1;
            let context = context(now, self.zone.as_deref());
            let (fetched, rates) = fetch(&engine.egress, self.provider, expect, request, token, &context).await;
            sync.learn(self.provider, id, &fetched, &rates, now);
            match fetched {
                Fetched::TokenRefused => {
                    if let Some(end) = self.renew(generation, now).await? {
                        return Ok(Err(end));
                    }
                }
                Fetched::Dead => return Ok(Err(End::NeedsReauth("access_refused"))),
                Fetched::Later { after, everybody, .. } => {
                    let at = now.plus_ms(after.map_or(0, |after| after.wait_ms(now)));
                    if everybody {
                        let own = now.plus_ms(backoff_ms(1, &*engine.random));
                        sync.limiter.block(name, if after.is_some() { at } else { own });
                    }
                    return Ok(Err(End::Later(at)));
                }
                Fetched::Page(page) => {
                    self.confirm(generation).await?;
                    return Ok(Ok(Fetched::Page(page)));
                }
                other @ (Fetched::ScopeMissing | Fetched::NotYet | Fetched::Never(_)) => return Ok(Ok(other)),
            }
        }
    }

    /// The access token was refused: another one, once.
    async fn renew(&mut self, generation: i64, now: Time) -> Result<Option<End>, StoreError> {
        if self.renewed {
            return Ok(Some(End::NeedsReauth("access_refused")));
        }
        self.renewed = true;
        match self.engine.renew_token(self.row.human_id, self.row.connection_id, generation).await {
            Ok(_) => Ok(None),
            Err(error) => end_of(error, now).map(Some),
        }
    }

    /// The first answer that the provider gave to a new token lets the old refresh token go.
    async fn confirm(&mut self, generation: i64) -> Result<(), StoreError> {
        if self.confirmed {
            return Ok(());
        }
        self.confirmed = true;
        let grant = self.engine.store.grant(self.row.human_id, self.row.connection_id)?;
        if grant.is_some_and(|grant| grant.previous_refresh.is_some()) {
            self.engine.store.confirm_tokens(self.row.human_id, self.row.connection_id, generation).await?;
        }
        Ok(())
    }
}

/// What a missing token means for the slice.
fn end_of(error: GrantError, now: Time) -> Result<End, StoreError> {
    match error {
        GrantError::NotBefore(at) => Ok(End::Later(at)),
        GrantError::Restored(at) => Ok(End::Wait(at)),
        GrantError::NeedsReauth(reason) => Ok(End::NeedsReauth(reason)),
        GrantError::Gone => Ok(End::Gone),
        GrantError::Refused(_) | GrantError::Unclear => Ok(End::Later(now)),
        GrantError::Store(error) => Err(error),
    }
}

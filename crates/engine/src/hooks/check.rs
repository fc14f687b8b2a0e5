//! One request outside of a sync: for a connection whose provider has told us something.

use hilum_model::Time;
use hilum_providers::spec::{Request, Window};
use hilum_store::StoreError;
use hilum_store::connections::{Connection, ConnectionState};

use crate::grant::GrantError;
use crate::jobs::Target;
use crate::sync::{Expect, Fetched, context, ignore_gone};
use crate::{Engine, ProviderConfig};

/// How long to wait when a token is to be had only later, ms.
const LATER_MS: i64 = 60_000;

impl Engine {
    /// Asks the provider whether an authorisation still holds; where it does not, the connection needs the person.
    /// `Some`: nobody can tell before that time.
    pub(super) async fn check_grant(&self, row: &Connection) -> Result<Option<Time>, StoreError> {
        if row.state == ConnectionState::NeedsReauth {
            return Ok(None);
        }
        let Some(provider) = self.config.provider_of(row) else { return Ok(None) };
        let Some(request) = provider.provider.auth.user_id_request() else {
            // A sync finds out, with something to ask for.
            let asked = provider.provider.streams.iter().find(|stream| {
                let granted = stream.scope.is_empty() || row.scopes.iter().any(|scope| scope == stream.scope);
                granted && stream.window != Window::Pushed
            });
            if let Some(stream) = asked {
                let target = Target { human: row.human_id, connection: row.connection_id };
                self.sync_anew(target, vec![(stream.id, None)]).await?;
            }
            return Ok(None);
        };
        match self.ask_once(row, &provider, Expect::Nothing, &request).await? {
            Ok(Fetched::Dead | Fetched::TokenRefused | Fetched::ScopeMissing) => {
                self.needs_person(row, "revoked").await?;
                Ok(None)
            }
            Ok(_) => Ok(None),
            Err(later) => Ok(later),
        }
    }

    /// Sends one request for a connection, by its token and within all limits, with a second token if the first is not
    /// accepted. `Err(Some)`: not before that time. `Err(None)`: the connection has no authorisation any more.
    pub(crate) async fn ask_once(
        &self,
        row: &Connection,
        provider: &ProviderConfig,
        expect: Expect<'_>,
        request: &Request,
    ) -> Result<Result<Fetched, Option<Time>>, StoreError> {
        let mut refused: Option<i64> = None;
        loop {
            let now = self.clock.now();
            let token = match refused {
                None => self.access_token(row.human_id, row.connection_id).await,
                Some(generation) => self.renew_token(row.human_id, row.connection_id, generation).await,
            };
            let (token, generation) = match token {
                Ok(token) => token,
                Err(GrantError::Store(error)) => return Err(error),
                Err(GrantError::NeedsReauth(_) | GrantError::Gone) => return Ok(Err(None)),
                Err(GrantError::NotBefore(at) | GrantError::Restored(at)) => return Ok(Err(Some(at))),
                Err(GrantError::Refused(_) | GrantError::Unclear) => return Ok(Err(Some(now.plus_ms(LATER_MS)))),
            };
            let zone = self.store.human(row.human_id)?.and_then(|person| person.facts.into_inner().time_zone);
            let context = context(now, zone.as_deref());
            let fetched = match self.sync_fetch(row.connection_id, provider, expect, request, token, &context).await {
                Ok(fetched) => fetched,
                Err(at) => return Ok(Err(Some(at))),
            };
            match fetched {
                Fetched::TokenRefused if refused.is_none() => refused = Some(generation),
                Fetched::Later { after, .. } => {
                    return Ok(Err(Some(now.plus_ms(after.map_or(LATER_MS, |after| after.wait_ms(now))))));
                }
                fetched => return Ok(Ok(fetched)),
            }
        }
    }

    async fn needs_person(&self, row: &Connection, reason: &'static str) -> Result<(), StoreError> {
        self.forget_sync(row.connection_id);
        let state = ConnectionState::NeedsReauth;
        let reason = Some(reason.to_owned());
        ignore_gone(self.store.set_connection_state(row.human_id, row.connection_id, state, reason).await)
    }
}

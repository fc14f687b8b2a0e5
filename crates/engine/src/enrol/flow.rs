//! A login at a provider: from the click to the callback.
//!
//! Three things tie the callback to the click (threats T5 to T8): `state`, 256 random bits that work once; a cookie of
//! the window in which the login began, so that nobody can hand a login to somebody else; and the provider's own
//! callback address. PKCE ties the code to us.
use hilum_model::{ConnectionId, FlowId, Phi, Secret};
use hilum_store::apps::App;
use hilum_store::connections::{Connection, Extras, NewConnection};
use hilum_store::hash_token;
use hilum_store::sessions::{Flow, Session, SessionState};
use subtle::ConstantTimeEq;

use super::secrets::random_hex;
use super::{EnrolError, FLOW_MS, Failure, Settings};
use crate::grant::{GrantError, NewGrant, authorize_url, pkce_challenge};
use crate::{Engine, ProviderConfig};

/// A login that has begun.
#[derive(Debug)]
pub struct Started {
    /// Where the window goes.
    pub authorize_url: String,
    /// Names the cookie.
    pub flow_id: FlowId,
    /// The cookie's value, 64 hex.
    pub cookie: Secret<String>,
}

/// What a provider's redirect said. Every value is kept as often as it came: more than once is refused.
#[derive(Debug, Default)]
pub struct CallbackAnswer {
    /// `state`.
    pub state: Vec<Secret<String>>,
    /// `code`.
    pub code: Vec<Secret<String>>,
    /// `error`.
    pub error: Vec<String>,
    /// `scope`.
    pub scope: Vec<String>,
    /// Something else in it is not readable.
    pub garbled: bool,
}

/// What came of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginResult {
    /// A connection is pending in the session.
    Connected,
    /// Nothing is connected.
    Failed(Failure),
}

/// A login that came back to the browser that began it.
#[derive(Debug)]
pub struct Landing {
    /// The app.
    pub app: App,
    /// Settings of the session: they say where to go on.
    pub settings: Settings,
    /// The flow, whose cookie may go.
    pub flow_id: FlowId,
    /// What came of it.
    pub result: LoginResult,
}

impl Engine {
    /// Begins a login at a provider. `region` is the id of one of its regions, if it has any; `renews` a connection
    /// that is to be authorised again.
    pub async fn start_login(
        &self,
        page_secret: &str,
        provider: &str,
        region: Option<&str>,
        renews: Option<&str>,
    ) -> Result<Started, EnrolError> {
        let session = self.session_of_page(page_secret)?;
        let provider = self.config.provider(provider).ok_or(EnrolError::UnknownSource)?;
        let id = provider.provider.id;
        let provider = provider.at(region).ok_or(EnrolError::RegionNeeded)?;
        let renews = match renews {
            Some(id) => {
                let id = id.parse().map_err(|_| EnrolError::UnknownConnection)?;
                let shown = self.shown_connections(&session)?;
                let known = shown.iter().find(|c| c.connection_id == id && c.provider == provider.provider.id);
                Some(known.ok_or(EnrolError::UnknownConnection)?.connection_id)
            }
            None => None,
        };
        let region = region.filter(|_| !provider.provider.regions.is_empty()).map(str::to_owned);
        let (state, cookie) = (random_hex::<32>(&*self.random), random_hex::<32>(&*self.random));
        let verifier = random_hex::<32>(&*self.random);
        let flow_id = FlowId::random(&*self.random);
        let authorize_url =
            authorize_url(&provider, &self.config.redirect_uri(id), state.expose(), &pkce_challenge(verifier.expose()));
        self.store
            .create_flow(Flow {
                flow_id,
                session_id: session.session_id,
                provider: id.to_owned(),
                state_hash: hash_token(state.expose()),
                cookie_hash: hash_token(cookie.expose()),
                verifier,
                region,
                renews,
                expires_at: self.clock.now().plus_ms(FLOW_MS),
            })
            .await?;
        Ok(Started { authorize_url, flow_id, cookie })
    }

    /// Takes a provider's redirect. `cookie` gives the value of a flow's cookie, if the browser has it.
    ///
    /// `iss` (RFC 9207) is not looked at: no provider here announces it, and each has a callback address of its own.
    pub async fn finish_login(
        &self,
        provider: &str,
        answer: CallbackAnswer,
        cookie: impl Fn(FlowId) -> Option<String> + Send,
    ) -> Result<Landing, EnrolError> {
        // Before anything is judged, every state that was named is used up.
        let mut taken = Vec::new();
        for state in answer.state.iter().take(4) {
            taken.extend(self.store.take_flow(hash_token(state.expose())).await?);
        }
        if answer.state.len() != 1 {
            return Err(EnrolError::BadCallback);
        }
        let flow = taken.pop().ok_or(EnrolError::LoginExpired)?;
        if flow.expires_at <= self.clock.now() {
            return Err(EnrolError::LoginExpired);
        }
        let session = self.store.session(flow.session_id)?.ok_or(EnrolError::LoginExpired)?;
        let bound = cookie(flow.flow_id).is_some_and(|c| hash_token(&c).ct_eq(&flow.cookie_hash).into());
        if !bound {
            self.login_failed(&session, &flow.provider, Failure::OtherBrowser).await?;
            return Err(EnrolError::OtherBrowser);
        }
        let contradictory = answer.garbled
            || answer.code.len() > 1
            || answer.error.len() > 1
            || answer.scope.len() > 1
            || answer.code.len() == answer.error.len();
        if flow.provider != provider || contradictory {
            self.login_failed(&session, &flow.provider, Failure::Refused).await?;
            return Err(EnrolError::BadCallback);
        }
        let app = self.store.app(session.client_id)?.ok_or(EnrolError::SessionGone)?;
        let settings = Settings::read(&session.settings)?;
        let failed = match self.config.provider(provider) {
            None => Some(Failure::Refused),
            Some(_) if !self.is_open(&session) => Some(Failure::SessionEnded),
            Some(provider) => self.connect(&session, &flow, provider, &answer).await?,
        };
        let result = match failed {
            None => {
                self.live.succeeded(session.session_id, provider);
                self.bump(session.session_id, false).await?;
                LoginResult::Connected
            }
            Some(failure) => {
                self.login_failed(&session, provider, failure).await?;
                LoginResult::Failed(failure)
            }
        };
        Ok(Landing { app, settings, flow_id: flow.flow_id, result })
    }

    /// Exchanges the code and puts the connection into the session; `Some` says why nothing came of it.
    async fn connect(
        &self,
        session: &Session,
        flow: &Flow,
        provider: &ProviderConfig,
        answer: &CallbackAnswer,
    ) -> Result<Option<Failure>, EnrolError> {
        let code = match (answer.code.first(), answer.error.first().map(String::as_str)) {
            (Some(code), None) if !code.expose().is_empty() => code,
            // RFC 6749 4.1.2.1.
            (None, Some("access_denied")) => return Ok(Some(Failure::Denied)),
            _ => return Ok(Some(Failure::Refused)),
        };
        let scope = answer.scope.first().map(String::as_str);
        let Some(provider) = provider.at(flow.region.as_deref()) else { return Ok(Some(Failure::Refused)) };
        let grant = match self.exchange_code(&provider, code, &flow.verifier, scope).await {
            Ok(grant) => grant,
            Err(error) => return not_connected(&provider, error).map(Some),
        };
        // Some providers know no scopes: whoever comes back from them has granted what there is.
        let nothing_granted = grant.scopes.is_empty() && !provider.provider.scopes().is_empty();
        let connection_id = ConnectionId::random(&*self.random);
        if !nothing_granted && let Err(error) = self.register(&provider, &grant.tokens.access, connection_id).await {
            let (id, region) = (flow.provider.clone(), flow.region.clone());
            self.queue_revoke_of(session.human_id, connection_id, id, region, grant.account, grant.tokens).await?;
            return not_connected(&provider, error).map(Some);
        }
        let former = former_accounts(&provider, &grant);
        let question = self.is_another(session, flow, &grant, &former)?;
        let extras = Extras { region: flow.region.clone(), question, former };
        let new = NewConnection {
            human_id: session.human_id,
            connection_id,
            provider: flow.provider.clone(),
            pending: Some(session.session_id),
            account: grant.account,
            scopes: grant.scopes,
            tokens: Some(grant.tokens),
        };
        let connection = self.store.add_connection_with(new, extras).await?;
        self.count_login(&provider, connection);
        if nothing_granted {
            self.drop_pending(session, connection).await?;
            return Ok(Some(Failure::NothingGranted));
        }
        // The session may have ended while the provider answered. Then nobody will finalise this connection any more,
        // unless it came in time to be part of a finished session.
        let state = self.store.session(session.session_id)?.map(|s| s.state);
        match state {
            Some(SessionState::Open) if Settings::read(&session.settings)?.by_token && !question => {
                match self.settle(session, Some(connection)).await {
                    Ok(()) => return Ok(None),
                    Err(EnrolError::SessionGone | EnrolError::UserAlreadyExists) => {}
                    Err(error) => return Err(error),
                }
            }
            Some(SessionState::Open | SessionState::Finished) => return Ok(None),
            _ => {}
        }
        self.drop_pending(session, connection).await?;
        Ok(Some(Failure::SessionEnded))
    }

    /// Whether a login that was to renew a connection came back with an account that the person has not connected.
    fn is_another(
        &self,
        session: &Session,
        flow: &Flow,
        grant: &NewGrant,
        former: &[(String, Phi<String>)],
    ) -> Result<bool, EnrolError> {
        if flow.renews.is_none() {
            return Ok(false);
        }
        let is_this = |known: &Connection| {
            (known.provider == flow.provider && known.account == grant.account)
                || former.iter().any(|(provider, account)| known.provider == *provider && known.account == *account)
        };
        Ok(!self.shown_connections(session)?.iter().any(is_this))
    }

    /// The person agrees to an account that is another one than was to be renewed: it becomes a source of its own.
    pub async fn agree_to_account(&self, page_secret: &str, connection: &str) -> Result<(), EnrolError> {
        let session = self.session_of_page(page_secret)?;
        let id: ConnectionId = connection.parse().map_err(|_| EnrolError::UnknownConnection)?;
        let pending = self.store.pending_connections(session.session_id)?;
        if !pending.iter().any(|c| c.connection_id == id && c.question) {
            return Err(EnrolError::UnknownConnection);
        }
        self.store.agree(session.human_id, id).await?;
        if Settings::read(&session.settings)?.by_token {
            self.settle(&session, Some(id)).await?;
        }
        self.bump(session.session_id, false).await
    }

    /// Revokes and erases a connection, if it is (still) pending.
    pub(super) async fn drop_pending(&self, session: &Session, id: ConnectionId) -> Result<(), EnrolError> {
        let pending = self.store.connection(session.human_id, id)?.is_some_and(|c| c.pending.is_some());
        if pending {
            self.queue_revoke(session.human_id, id).await?;
            self.store.erase_pending(session.human_id, id).await?;
            self.wake_jobs();
        }
        Ok(())
    }

    /// Shows the failure on the page, if it is still open.
    async fn login_failed(&self, session: &Session, provider: &str, failure: Failure) -> Result<(), EnrolError> {
        if self.is_open(session) {
            self.live.failed(session.session_id, provider, failure);
            self.bump(session.session_id, false).await?;
        }
        Ok(())
    }
}

/// What the page shows of an exchange or registration that failed.
fn not_connected(provider: &ProviderConfig, error: GrantError) -> Result<Failure, EnrolError> {
    match error {
        GrantError::Store(error) => Err(error.into()),
        GrantError::Unclear => Ok(Failure::NoAnswer),
        error => {
            tracing::warn!(provider = provider.provider.id, %error, "login came to nothing");
            let regions = !provider.provider.regions.is_empty();
            Ok(if regions { Failure::RefusedInRegion } else { Failure::Refused })
        }
    }
}

/// The accounts at predecessors whose connection this one takes over.
fn former_accounts(provider: &ProviderConfig, grant: &NewGrant) -> Vec<(String, Phi<String>)> {
    let Some(former) = &grant.former else { return Vec::new() };
    let names = std::iter::once(&provider.provider.id).chain(provider.provider.aliases);
    names.map(|name| ((*name).to_owned(), former.clone())).collect()
}

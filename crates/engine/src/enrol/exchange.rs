//! The app's server comes for its tokens.
use std::net::IpAddr;

use hilum_model::{ClientId, HumanId, Phi, Secret};
use hilum_store::apps::App;
use hilum_store::hash_token;
use hilum_store::sessions::{Exchange, ExchangeOutcome, Session, SessionState};

use super::secrets::random_hex;
use super::{EnrolError, OLD_ACCESS_MS, RETRY_MS, Settings};
use crate::Engine;

/// What an app's server sends.
#[derive(Debug)]
pub struct TokenRequest {
    /// `humanId` of the session token object.
    pub human_id: String,
    /// `clientId`.
    pub client_id: String,
    /// `clientSecret`.
    pub client_secret: Secret<String>,
    /// `sessionToken`.
    pub session_token: Secret<String>,
    /// The login for which the app's server asks, if it says so: the tokens have to be that person's (threat T4).
    pub client_user_id: Option<Phi<String>>,
}

/// What it gets.
#[derive(Debug)]
pub struct Exchanged {
    /// Person.
    pub human_id: HumanId,
    /// App.
    pub client_id: ClientId,
    /// The app's own id of the person, decoded.
    pub client_user_id: Phi<String>,
    /// 64 hex.
    pub access_token: Secret<String>,
    /// 32 hex.
    pub public_token: Secret<String>,
}

impl Engine {
    /// Exchanges a session token for the person's tokens: makes the person and what was connected real, starts the
    /// first sync. The same request again within a minute is answered the same.
    pub async fn exchange_session(&self, request: TokenRequest, from: Option<IpAddr>) -> Result<Exchanged, EnrolError> {
        let app = self.authenticated_app(&request.client_id, &request.client_secret, from)?;
        let human_id: HumanId = request.human_id.parse().map_err(|_| EnrolError::InvalidSession)?;
        let session = self.store.session_by_token(&hash_token(request.session_token.expose()))?;
        // The token of a session that OAuth opened is a code, and comes with proofs that are not looked at here.
        let session = session.filter(|s| s.client_id == app.client_id && s.human_id == human_id);
        if let Some(session) = &session
            && Settings::read(&session.settings)?.oauth.is_some()
        {
            return Err(EnrolError::InvalidSession);
        }
        let asked = request.client_user_id.as_ref();
        self.finalise(&app, session.as_ref(), human_id, &request.session_token, asked, false).await
    }

    /// Makes a finished session real, with new tokens. `session` is the one of the token, if it is this app's and
    /// person's; `once`: a retry gets nothing and ends what the first got.
    pub(super) async fn finalise(
        &self,
        app: &App,
        session: Option<&Session>,
        human_id: HumanId,
        token: &Secret<String>,
        asked: Option<&Phi<String>>,
        once: bool,
    ) -> Result<Exchanged, EnrolError> {
        // An expired session has forgotten whose it was; the store says that it is over.
        let says = session.filter(|s| s.state != SessionState::Expired).map(|s| &s.client_user_id);
        if let (Some(asked), Some(says)) = (asked, says)
            && asked != says
        {
            tracing::warn!(client_id = %app.client_id, "session token offered for another user: nothing given out");
            return Err(EnrolError::UserMismatch);
        }
        let outcome = self
            .store
            .exchange(Exchange {
                token_hash: hash_token(token.expose()),
                client_id: app.client_id,
                human_id,
                access_token: random_hex::<32>(&*self.random),
                public_token: random_hex::<16>(&*self.random),
                once,
                old_access_until: self.clock.now().plus_ms(OLD_ACCESS_MS),
                retry_window_ms: RETRY_MS,
            })
            .await?;
        match outcome {
            ExchangeOutcome::Done { human, access_token, public_token, activated, .. } => {
                if !activated.is_empty() {
                    self.wake_jobs();
                }
                Ok(Exchanged {
                    human_id: human.human_id,
                    client_id: human.client_id,
                    client_user_id: human.client_user_id,
                    access_token,
                    public_token,
                })
            }
            ExchangeOutcome::Unknown => Err(EnrolError::InvalidSession),
            ExchangeOutcome::Used => {
                tracing::warn!(client_id = %app.client_id, "used session token offered again");
                Err(EnrolError::SessionUsed)
            }
            ExchangeOutcome::Expired => Err(EnrolError::SessionExpired),
            ExchangeOutcome::NotFinished => Err(EnrolError::SessionNotFinished),
            ExchangeOutcome::AlreadyEnrolled => {
                if let Some(session) = session {
                    self.discard(session).await?;
                }
                Err(EnrolError::UserAlreadyExists)
            }
        }
    }

    /// Gives out a new public token of a person; the one before dies at once. (Only its hash is stored, so the current
    /// one cannot be told again.)
    pub async fn recover_public_token(
        &self,
        client_id: &str,
        client_secret: &Secret<String>,
        human_id: &str,
        from: Option<IpAddr>,
    ) -> Result<(HumanId, Secret<String>), EnrolError> {
        let app = self.authenticated_app(client_id, client_secret, from)?;
        let human = human_id.parse().ok().map(|id| self.store.human(id)).transpose()?.flatten();
        let human = human.filter(|h| h.client_id == app.client_id).ok_or(EnrolError::UnknownUser)?;
        let token = random_hex::<16>(&*self.random);
        self.store.set_public_token(human.human_id, hash_token(token.expose())).await?;
        Ok((human.human_id, token))
    }
}

//! Tokens of the second generation, which an app's server asks for with its secret (`POST /v1/connect/token`).
//!
//! The secret comes before Connect opens instead of after it closed: the app says itself for whom Connect is to open, so
//! what that person connects does not have to wait for a second word of the app.

use std::net::IpAddr;

use hilum_model::world::random_bytes;
use hilum_model::{ClientId, HumanId, Phi, Secret, Time};
use hilum_store::apps::App;
use hilum_store::hash_token;
use hilum_store::tokens::{Issue, Launched, NewLaunch, Rotation, RotationOutcome, TokenKind, Whom};
use subtle::ConstantTimeEq;

use super::secrets::{launch_token, random_hex};
use super::{CLIENT_USER_ID_MAX, EnrolError, RETRY_MS};
use crate::Engine;
use crate::rate::{Network, Rate};

/// Life of a token that opens Connect, ms.
const LAUNCH_MS: i64 = 3_600_000;
/// Life of an access token of the second generation, ms.
const ACCESS_MS: i64 = 86_400_000;
/// Life of a refresh token that is not used, ms: 90 days.
const REFRESH_MS: i64 = 90 * 86_400_000;
/// What the refresh token of an access token begins with, as it always did.
const ACCESS_REFRESH: &str = "atrt-";
/// What the refresh token of an id token begins with.
const ID_REFRESH: &str = "idrt-";
/// Longest e-mail address, bytes.
const EMAIL_MAX: usize = 320;
/// Wrong secrets from one address within ten minutes.
const WRONG_SECRETS: u32 = 300;
/// Tokens for one person within ten minutes.
const PER_PERSON: u32 = 600;

/// For whom an app's server wants a token.
#[derive(Debug)]
pub struct Wanted {
    /// The app's own id of the person.
    pub client_user_id: Phi<String>,
    /// The person's e-mail address, if the app says it.
    pub email: Option<Phi<String>>,
}

/// A token that was given out.
#[derive(Debug)]
pub struct Issued {
    /// The person.
    pub human_id: HumanId,
    /// What it is; `None`: a session token.
    pub kind: Option<TokenKind>,
    /// The token.
    pub token: Secret<String>,
    /// How long it lives, s.
    pub expires_in_s: i64,
    /// What it is refreshed with; a session token is not.
    pub refresh: Option<Secret<String>>,
}

/// Who may not call more often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Wrong(Network),
    Person(HumanId),
}

/// Calls with a secret of late.
#[derive(Debug, Default)]
pub(crate) struct SecretLimit(Rate<Key>);

impl Engine {
    /// The app whose id and secret these are. An unknown id and a wrong secret are the same answer, after the same work.
    /// An address that sent too many wrong ones has to wait, whatever it sends.
    pub fn authenticated_app(
        &self,
        client_id: &str,
        client_secret: &Secret<String>,
        from: Option<IpAddr>,
    ) -> Result<App, EnrolError> {
        let now = self.clock.now();
        let network = from.map(|address| (Key::Wrong(Network::of(address)), WRONG_SECRETS));
        self.secret_limit.0.free(network, now).map_err(EnrolError::TooOften)?;
        let app = client_id.parse().ok().map(|id| self.store.app(id)).transpose()?.flatten();
        let expected = app.as_ref().map_or([0; 32], |a| a.secret_hash);
        let right: bool = hash_token(client_secret.expose()).ct_eq(&expected).into();
        if let Some(app) = app.filter(|_| right) {
            return Ok(app);
        }
        self.secret_limit.0.take(network, now).map_err(EnrolError::TooOften)?;
        Err(EnrolError::InvalidClient)
    }

    /// A session token: opens Connect for somebody whom the app does not have yet.
    pub async fn session_token(&self, app: &App, wanted: Wanted) -> Result<Issued, EnrolError> {
        let (client_user_id, email) = checked(wanted)?;
        let now = self.clock.now();
        self.open_limit.take(self.config.open_limits, app.client_id, None, now).map_err(EnrolError::OpenedTooOften)?;
        let until = now.plus_ms(LAUNCH_MS);
        let token = launch_token(&*self.random, app.client_id, until);
        let new = NewLaunch {
            token_hash: hash_token(token.expose()),
            client_id: app.client_id,
            client_user_id,
            email,
            whom: Whom::New,
            human_id: HumanId::random(&*self.random),
            expires_at: until,
        };
        match self.store.create_launch(new).await? {
            Launched::For(human_id) => {
                Ok(Issued { human_id, kind: None, token, expires_in_s: LAUNCH_MS / 1000, refresh: None })
            }
            Launched::Exists => Err(EnrolError::UserAlreadyExists),
            Launched::Unknown => Err(EnrolError::UnknownUser),
        }
    }

    /// An id token, which opens Connect for a person of the app, or an access token to the person's data: for that the
    /// person must have connected something once. Each comes with a refresh token.
    pub async fn person_token(&self, app: &App, wanted: Wanted, kind: TokenKind) -> Result<Issued, EnrolError> {
        let (client_user_id, _) = checked(wanted)?;
        let human = self.store.human_by_client_user_id(app.client_id, client_user_id.expose())?;
        let human_id = human.ok_or(EnrolError::UnknownUser)?.human_id;
        if kind == TokenKind::Access && self.store.providers(human_id)?.is_empty() {
            return Err(EnrolError::NoSource);
        }
        let now = self.clock.now();
        self.secret_limit.0.take([(Key::Person(human_id), PER_PERSON)], now).map_err(EnrolError::TooOften)?;
        let issue = self.next_tokens(app.client_id, kind, now);
        let (token, refresh) = (issue.token.clone(), issue.refresh.clone());
        let family = random_bytes::<16>(&*self.random);
        if !self.store.issue_tokens(app.client_id, human_id, family, issue).await? {
            return Err(EnrolError::UnknownUser);
        }
        Ok(Issued { human_id, kind: Some(kind), token, expires_in_s: life(kind) / 1000, refresh: Some(refresh) })
    }

    /// The next token for a refresh token, which works once: a retry within a minute gets the same again, and later both
    /// holders lose everything that came of it.
    pub async fn refreshed_token(&self, app: &App, refresh_token: &Secret<String>) -> Result<Issued, EnrolError> {
        let refresh_token = refresh_token.expose().trim();
        let kind = if refresh_token.starts_with(ID_REFRESH) { TokenKind::Id } else { TokenKind::Access };
        let now = self.clock.now();
        let rotation = Rotation {
            client_id: app.client_id,
            refresh_hash: hash_token(refresh_token),
            next: self.next_tokens(app.client_id, kind, now),
            retry_window_ms: RETRY_MS,
        };
        match self.store.rotate(rotation).await? {
            RotationOutcome::Done(rotated) => Ok(Issued {
                human_id: rotated.human_id,
                kind: Some(kind),
                token: rotated.token,
                expires_in_s: rotated.until.since_ms(now) / 1000,
                refresh: Some(rotated.refresh),
            }),
            RotationOutcome::Unknown | RotationOutcome::Expired => Err(EnrolError::InvalidRefreshToken),
            RotationOutcome::Reused => {
                tracing::warn!(client_id = %app.client_id, "used refresh token offered again: its tokens have ended");
                Err(EnrolError::RefreshTokenReused)
            }
        }
    }

    fn next_tokens(&self, app: ClientId, kind: TokenKind, now: Time) -> Issue {
        let until = now.plus_ms(life(kind));
        let (token, prefix) = match kind {
            TokenKind::Access => (random_hex::<32>(&*self.random), ACCESS_REFRESH),
            TokenKind::Id => (launch_token(&*self.random, app, until), ID_REFRESH),
        };
        let refresh = Secret::new(format!("{prefix}{}", random_hex::<32>(&*self.random).expose()));
        Issue { kind, token, until, refresh, refresh_until: now.plus_ms(REFRESH_MS) }
    }
}

/// Life of a token, ms.
const fn life(kind: TokenKind) -> i64 {
    match kind {
        TokenKind::Access => ACCESS_MS,
        TokenKind::Id => LAUNCH_MS,
    }
}

fn checked(wanted: Wanted) -> Result<(Phi<String>, Option<Phi<String>>), EnrolError> {
    if wanted.client_user_id.expose().len() > CLIENT_USER_ID_MAX {
        return Err(EnrolError::ClientUserIdTooLong);
    }
    if wanted.email.as_ref().is_some_and(|email| email.expose().len() > EMAIL_MAX) {
        return Err(EnrolError::EmailTooLong);
    }
    Ok((wanted.client_user_id, wanted.email))
}

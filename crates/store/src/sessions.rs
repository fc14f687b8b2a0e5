//! Enrolment: Connect sessions, OAuth flows, and the exchange of a session token.
use hilum_model::{ClientId, ConnectionId, FlowId, HumanId, Phi, Secret, SessionId, Time};

use crate::humans::Human;
use crate::{Store, StoreError, TokenHash};

/// What a session may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionState {
    /// The page is open.
    Open,
    /// The person is done; the session token may be exchanged.
    Finished,
    /// Exchanged by the app's server.
    Exchanged,
    /// Closed without a change.
    Closed,
    /// Timed out; what it connected is revoked and erased.
    Expired,
}

/// Create or edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionMode {
    /// For a person that the app does not have yet. `human_id` is allotted but not real before the exchange.
    Create,
    /// For an existing person.
    Edit,
}

/// A Connect session.
#[derive(Debug, Clone)]
pub struct Session {
    /// Id.
    pub session_id: SessionId,
    /// App.
    pub client_id: ClientId,
    /// Person: allotted (create) or existing (edit).
    pub human_id: HumanId,
    /// Mode.
    pub mode: SessionMode,
    /// The app's own id of the person.
    pub client_user_id: Phi<String>,
    /// State.
    pub state: SessionState,
    /// Free-form settings of the page (finish URL, language, origin), as JSON text that the engine owns.
    pub settings: String,
    /// Hash of the secret that the page holds.
    pub page_secret_hash: TokenHash,
    /// Hash of the secret in the browser's resume cookie.
    pub browser_secret_hash: TokenHash,
    /// A source was added or removed.
    pub changed: bool,
    /// Grows with each change that the page should show.
    pub version: i64,
    /// Opened.
    pub created_at: Time,
    /// Ends by itself then, whatever its state.
    pub expires_at: Time,
}

/// A new session.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Id.
    pub session_id: SessionId,
    /// App.
    pub client_id: ClientId,
    /// Person.
    pub human_id: HumanId,
    /// Mode.
    pub mode: SessionMode,
    /// The app's own id of the person.
    pub client_user_id: Phi<String>,
    /// Settings.
    pub settings: String,
    /// Hash.
    pub page_secret_hash: TokenHash,
    /// Hash.
    pub browser_secret_hash: TokenHash,
    /// End.
    pub expires_at: Time,
}

/// An authorisation under way. Single use.
#[derive(Debug, Clone)]
pub struct Flow {
    /// Id; names the cookie.
    pub flow_id: FlowId,
    /// Session.
    pub session_id: SessionId,
    /// Provider id.
    pub provider: String,
    /// Hash of the `state` parameter.
    pub state_hash: TokenHash,
    /// Hash of the browser-binding cookie.
    pub cookie_hash: TokenHash,
    /// PKCE verifier (kept encrypted).
    pub verifier: Secret<String>,
    /// End of its life.
    pub expires_at: Time,
}

/// What the exchange of a session token needs.
#[derive(Debug)]
pub struct Exchange {
    /// Hash of the session token.
    pub token_hash: TokenHash,
    /// The authenticated app.
    pub client_id: ClientId,
    /// `humanId` as sent.
    pub human_id: HumanId,
    /// New access token, if this is the first exchange.
    pub access_token: Secret<String>,
    /// New public token, if this is the first exchange.
    pub public_token: Secret<String>,
    /// Older access tokens of the person end then.
    pub old_access_until: Time,
    /// How long an identical retry gets the same answer, ms.
    pub retry_window_ms: i64,
}

/// What came of an exchange.
#[derive(Debug)]
pub enum ExchangeOutcome {
    /// The person, with the tokens that are now valid (the same again for a retry within the window).
    Done {
        /// The person.
        human: Human,
        /// Access token.
        access_token: Secret<String>,
        /// Public token.
        public_token: Secret<String>,
        /// Connections that became real by this exchange; empty for a retry.
        activated: Vec<ConnectionId>,
        /// An identical retry.
        retry: bool,
    },
    /// No finished session of this app and person has that token.
    Unknown,
    /// It was used, longer ago than the retry window.
    Used,
    /// It ended unused.
    Expired,
    /// The page is still open: the person has not finished.
    NotFinished,
    /// Another session enrolled the same client user id first; what this one connected is to be revoked.
    AlreadyEnrolled,
}

impl Store {
    /// Opens a session. For create mode also makes the key under which its connections are encrypted.
    pub async fn create_session(&self, _new: NewSession) -> Result<Session, StoreError> {
        unimplemented!()
    }
    /// By id.
    pub fn session(&self, _id: SessionId) -> Result<Option<Session>, StoreError> {
        unimplemented!()
    }
    /// By the hash of the page's secret.
    pub fn session_by_page_secret(&self, _hash: &TokenHash) -> Result<Option<Session>, StoreError> {
        unimplemented!()
    }
    /// By the hash of the browser's resume secret.
    pub fn session_by_browser_secret(&self, _hash: &TokenHash) -> Result<Option<Session>, StoreError> {
        unimplemented!()
    }
    /// By the hash of its session token, in whatever state it is: what the exchange of that token would be about.
    pub fn session_by_token(&self, _hash: &TokenHash) -> Result<Option<Session>, StoreError> {
        unimplemented!()
    }
    /// Gives the session a new page secret (a reload of the page).
    pub async fn renew_page_secret(&self, _id: SessionId, _hash: TokenHash) -> Result<(), StoreError> {
        unimplemented!()
    }
    /// Sessions in state `Open` whose end lies in the future.
    pub fn open_sessions(&self) -> Result<Vec<Session>, StoreError> {
        unimplemented!()
    }
    /// `Open` → `Finished` with the hash of its session token and a new end. `false` if it was not open.
    pub async fn finish_session(
        &self,
        _id: SessionId,
        _token_hash: TokenHash,
        _expires_at: Time,
    ) -> Result<bool, StoreError> {
        unimplemented!()
    }
    /// `Open` → `Closed`. `false` if it was not open.
    pub async fn close_session(&self, _id: SessionId) -> Result<bool, StoreError> {
        unimplemented!()
    }
    /// Marks that a source was added or removed and that the page should show it.
    pub async fn touch_session(&self, _id: SessionId, _changed: bool) -> Result<i64, StoreError> {
        unimplemented!()
    }
    /// Open or finished sessions that have ended, and closed ones that still have pending connections: to be cleaned.
    pub fn ended_sessions(&self, _limit: u32) -> Result<Vec<Session>, StoreError> {
        unimplemented!()
    }
    /// Erases what a session connected but nobody finalised, and marks it `Expired`; its grants must have been handed
    /// to revocation before. In create mode the allotted person's key goes too.
    pub async fn expire_session(&self, _id: SessionId) -> Result<(), StoreError> {
        unimplemented!()
    }
    /// Starts a flow.
    pub async fn create_flow(&self, _flow: Flow) -> Result<(), StoreError> {
        unimplemented!()
    }
    /// Takes a flow by the hash of its state: it is gone afterwards, whatever comes of it. Expired ones are `None`.
    pub async fn take_flow(&self, _state_hash: TokenHash) -> Result<Option<Flow>, StoreError> {
        unimplemented!()
    }
    /// Exchanges a session token, all in one transaction: the person becomes real, its pending connections too (one
    /// that re-authorises a known account keeps the known connection's id), a `sync` job for each is queued, tokens
    /// are recorded.
    pub async fn exchange(&self, _exchange: Exchange) -> Result<ExchangeOutcome, StoreError> {
        unimplemented!()
    }
}

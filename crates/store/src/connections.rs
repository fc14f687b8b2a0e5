//! Connections: a person's links to accounts at providers.
use hilum_model::{ConnectionId, Day, HumanId, Phi, SessionId, Time};

use crate::grants::Tokens;
use crate::{Store, StoreError};

/// How a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// Data flows, or is about to.
    Live,
    /// Only the person can mend it, by authorising again.
    NeedsReauth,
    /// The provider does not answer properly; tried again by itself.
    ProviderDown,
    /// The person disconnected it; data stay, nothing is fetched.
    Disconnected,
}

/// A connection.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Person.
    pub human_id: HumanId,
    /// Id.
    pub connection_id: ConnectionId,
    /// Provider id.
    pub provider: String,
    /// The session it still belongs to; `None` once it is real.
    pub pending: Option<SessionId>,
    /// State.
    pub state: ConnectionState,
    /// Why (a fixed word such as `revoked`), and since when.
    pub reason: Option<String>,
    /// Since when it is in this state.
    pub state_since: Time,
    /// The provider's id of the account.
    pub account: Phi<String>,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// Device names seen.
    pub devices: Vec<String>,
    /// Connected.
    pub connected_at: Time,
    /// Last sync that came through.
    pub synced_at: Option<Time>,
}

/// A new connection, pending in a session (or real at once, for the demo user).
#[derive(Debug)]
pub struct NewConnection {
    /// Person.
    pub human_id: HumanId,
    /// Id; ignored when the person has a connection to the same account that is pending in the same session.
    pub connection_id: ConnectionId,
    /// Provider id.
    pub provider: String,
    /// Session.
    pub pending: Option<SessionId>,
    /// The provider's id of the account.
    pub account: Phi<String>,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// First tokens; `None` for a source without a grant.
    pub tokens: Option<Tokens>,
}

/// How far a stream has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Stream id.
    pub stream: String,
    /// Everything from this day …
    pub oldest: Day,
    /// … to this day has been read at least once.
    pub newest: Day,
    /// The history limit is reached.
    pub history_done: bool,
    /// Last time that it was read to the present.
    pub synced_at: Option<Time>,
}

impl Store {
    /// Adds a connection with its first grant, in one transaction. Returns its id.
    pub async fn add_connection(&self, _new: NewConnection) -> Result<ConnectionId, StoreError> {
        unimplemented!()
    }
    /// A person's real connections (also disconnected ones), oldest first.
    pub fn connections(&self, _human: HumanId) -> Result<Vec<Connection>, StoreError> {
        unimplemented!()
    }
    /// Connections pending in a session, oldest first.
    pub fn pending_connections(&self, _session: SessionId) -> Result<Vec<Connection>, StoreError> {
        unimplemented!()
    }
    /// One, pending or real.
    pub fn connection(&self, _human: HumanId, _id: ConnectionId) -> Result<Option<Connection>, StoreError> {
        unimplemented!()
    }
    /// All real connections of all people, for schedules and `doctor`.
    pub fn all_connections(&self) -> Result<Vec<Connection>, StoreError> {
        unimplemented!()
    }
    /// Sets the state; `state_since` moves only when the state changes.
    pub async fn set_connection_state(
        &self,
        _human: HumanId,
        _id: ConnectionId,
        _state: ConnectionState,
        _reason: Option<String>,
    ) -> Result<(), StoreError> {
        unimplemented!()
    }
    /// The person disconnects a real connection: state `Disconnected`, its grant goes, its jobs go. Data stay.
    pub async fn disconnect(&self, _human: HumanId, _id: ConnectionId) -> Result<(), StoreError> {
        unimplemented!()
    }
    /// Erases a pending connection with everything of it.
    pub async fn erase_pending(&self, _human: HumanId, _id: ConnectionId) -> Result<(), StoreError> {
        unimplemented!()
    }
    /// Cursors of a connection.
    pub fn cursors(&self, _human: HumanId, _id: ConnectionId) -> Result<Vec<Cursor>, StoreError> {
        unimplemented!()
    }
}

//! Grants: the tokens of a connection, and the refresh protocol's rows. See `docs/decisions` on refresh.
use hilum_model::{ConnectionId, HumanId, Secret, Time};

use crate::{Store, StoreError};

/// Tokens as a provider gave them.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// Access token.
    pub access: Secret<String>,
    /// Refresh token; `None` keeps the old one at a refresh, and means that there is none at a first grant.
    pub refresh: Option<Secret<String>>,
    /// End of the access token.
    pub expires_at: Time,
}

/// How a grant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantState {
    /// Fine.
    Ok,
    /// A refresh is under way (or its process died): see the lease.
    Refreshing,
    /// A refresh got no clear answer: the refresh token may or may not be used up.
    Uncertain,
    /// Dead; only the person can mend it.
    NeedsReauth,
}

/// A grant.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Person.
    pub human_id: HumanId,
    /// Connection.
    pub connection_id: ConnectionId,
    /// Grows by one with each new pair.
    pub generation: i64,
    /// State.
    pub state: GrantState,
    /// Tokens of this generation.
    pub tokens: Tokens,
    /// The refresh token of the generation before, until the new access token has worked once.
    pub previous_refresh: Option<Secret<String>>,
    /// Who refreshes, until when.
    pub lease: Option<([u8; 16], Time)>,
    /// Times that an unclear refresh was tried with this generation.
    pub attempts: i64,
    /// When this generation was obtained.
    pub obtained_at: Time,
}

impl Store {
    /// The grant of a connection.
    pub fn grant(&self, _human: HumanId, _id: ConnectionId) -> Result<Option<Grant>, StoreError> {
        unimplemented!()
    }
    /// Takes the lease and writes the intent, if the grant is still of `generation`, not dead, and nobody holds a lease
    /// that has not ended. Durable when it returns `true`; only then may the provider be called.
    pub async fn begin_refresh(
        &self,
        _human: HumanId,
        _id: ConnectionId,
        _generation: i64,
        _lease: [u8; 16],
        _until: Time,
    ) -> Result<bool, StoreError> {
        unimplemented!()
    }
    /// Stores the new pair as `generation + 1`, if the lease is still ours. Durable when it returns `true`; only then
    /// may the new access token be used.
    pub async fn complete_refresh(
        &self,
        _human: HumanId,
        _id: ConnectionId,
        _generation: i64,
        _lease: [u8; 16],
        _tokens: Tokens,
    ) -> Result<bool, StoreError> {
        unimplemented!()
    }
    /// Gives the lease back without new tokens, in the given state; counts an attempt when the state is `Uncertain`.
    pub async fn abandon_refresh(
        &self,
        _human: HumanId,
        _id: ConnectionId,
        _generation: i64,
        _lease: [u8; 16],
        _state: GrantState,
    ) -> Result<bool, StoreError> {
        unimplemented!()
    }
    /// The access token of this generation worked: the previous refresh token may go.
    pub async fn confirm_tokens(&self, _human: HumanId, _id: ConnectionId, _generation: i64) -> Result<(), StoreError> {
        unimplemented!()
    }
    /// Grants of real connections whose access token ends before `before`: for proactive refresh.
    pub fn grants_ending(&self, _before: Time, _limit: u32) -> Result<Vec<(HumanId, ConnectionId)>, StoreError> {
        unimplemented!()
    }
}

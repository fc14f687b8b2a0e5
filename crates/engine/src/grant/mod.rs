//! Grants: the authorise URL, the code exchange, refresh by the single-use protocol, revocation.
use hilum_model::{ConnectionId, HumanId, Phi, Secret};
use hilum_store::grants::Tokens;

use crate::{Engine, ProviderConfig};

/// Refreshes under way in this process.
#[derive(Debug, Default)]
pub struct Refreshes;

/// A fresh grant.
#[derive(Debug)]
pub struct NewGrant {
    /// Tokens.
    pub tokens: Tokens,
    /// The provider's id of the account.
    pub account: Phi<String>,
    /// Scopes that the person granted.
    pub scopes: Vec<String>,
}

/// Why there is no usable token.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// The provider refused (an OAuth error word of a known list, or `unknown_error`).
    #[error("provider refused: {0}")]
    Refused(&'static str),
    /// No clear answer; try again later.
    #[error("provider did not answer clearly")]
    Unclear,
    /// Only the person can mend it.
    #[error("authorisation needed again: {0}")]
    NeedsReauth(&'static str),
    /// The connection or grant is gone.
    #[error("no such grant")]
    Gone,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] hilum_store::StoreError),
}

/// Builds the URL of the consent page.
pub fn authorize_url(_provider: &ProviderConfig, _redirect_uri: &str, _state: &str, _challenge: &str) -> String {
    unimplemented!()
}

/// S256 challenge of a PKCE verifier (RFC 7636).
pub fn pkce_challenge(_verifier: &str) -> String {
    unimplemented!()
}

impl Engine {
    /// Exchanges a code. `redirect_scope` is the `scope` parameter of the redirect, if any.
    pub async fn exchange_code(
        &self,
        _provider: &ProviderConfig,
        _code: &Secret<String>,
        _verifier: &Secret<String>,
        _redirect_scope: Option<&str>,
    ) -> Result<NewGrant, GrantError> {
        unimplemented!()
    }
    /// An access token that is good for at least a minute, refreshed if needed; many callers at once cause one refresh.
    /// Returns the generation with it.
    pub async fn access_token(
        &self,
        _human: HumanId,
        _connection: ConnectionId,
    ) -> Result<(Secret<String>, i64), GrantError> {
        unimplemented!()
    }
    /// The provider did not accept the access token of `generation`: refresh unless somebody has already.
    pub async fn renew_token(
        &self,
        _human: HumanId,
        _connection: ConnectionId,
        _generation: i64,
    ) -> Result<(Secret<String>, i64), GrantError> {
        unimplemented!()
    }
    /// Queues the revocation of a connection's grant at the provider (a durable job with the tokens sealed in it). To be
    /// called before the grant is removed. Never fails because of the provider.
    pub async fn queue_revoke(
        &self,
        _human: HumanId,
        _connection: ConnectionId,
    ) -> Result<(), hilum_store::StoreError> {
        unimplemented!()
    }
}

//! Grants: the authorise URL, the code exchange, refresh by the single-use protocol, revocation.

mod authorize;
mod exchange;
mod flight;
pub(crate) mod proactive;
mod refresh;
mod register;
mod revoke;
mod sign;
mod token_call;

use hilum_model::{Phi, Time};
use hilum_store::grants::Tokens;

pub use authorize::{authorize_url, pkce_challenge};
pub use flight::Refreshes;

/// A fresh grant.
#[derive(Debug)]
pub struct NewGrant {
    /// Tokens.
    pub tokens: Tokens,
    /// The provider's id of the account.
    pub account: Phi<String>,
    /// The id that the account had with a predecessor of the provider.
    pub former: Option<Phi<String>>,
    /// Scopes that the person granted.
    pub scopes: Vec<String>,
}

/// Why there is no usable token.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// The provider refused (an OAuth error word of a known list).
    #[error("provider refused: {0}")]
    Refused(&'static str),
    /// A code exchange without a clear answer; the person has to start again.
    #[error("provider did not answer clearly")]
    Unclear,
    /// A refresh without new tokens, which says nothing bad about the grant: to be tried again, not before that time.
    #[error("no new token before {0}")]
    NotBefore(Time),
    /// The database was restored from a backup, and the refresh token may have been used up since. To be asked again at
    /// that time; until then the operator may have accepted it.
    #[error("restored from a backup: no refresh before the operator accepts it")]
    Restored(Time),
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

#[cfg(test)]
mod tests;

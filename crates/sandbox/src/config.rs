//! What a sandbox is told when it is built.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hilum_model::{Clock, Random, Secret};

use crate::failure::Failure;

/// A client that is registered at a provider's sandbox.
#[derive(Debug, Clone)]
pub struct Client {
    /// Id of the provider.
    pub provider: String,
    /// OAuth client id.
    pub client_id: String,
    /// OAuth client secret.
    pub client_secret: Secret<String>,
    /// Where it may be sent back to.
    pub redirects: Redirects,
    /// What else it was given or has chosen at registration, by the names of the description's settings.
    pub settings: BTreeMap<String, Secret<String>>,
    /// Where notices are sent until it makes another address known.
    pub callback: Option<String>,
}

impl Client {
    /// A client without settings and callback address.
    pub fn new(provider: &str, client_id: &str, client_secret: Secret<String>, redirects: Redirects) -> Self {
        Self {
            provider: provider.to_owned(),
            client_id: client_id.to_owned(),
            client_secret,
            redirects,
            settings: BTreeMap::new(),
            callback: None,
        }
    }
}

/// Where a client may be sent back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redirects {
    /// One of these URIs, letter by letter.
    Exact(Vec<String>),
    /// Any `http` URI on this machine, for demonstrations whose port is not known before.
    AnyLoopback,
}

impl Redirects {
    pub(crate) fn allow(&self, uri: &str) -> bool {
        match self {
            Self::Exact(uris) => uris.iter().any(|u| u == uri),
            Self::AnyLoopback => url::Url::parse(uri).is_ok_and(|u| u.scheme() == "http" && is_loopback(&u)),
        }
    }
}

/// Whether a URL leads to this machine.
pub(crate) fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// How many requests a client may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// So many times what the provider's description allows; at least 1.
    Times(u32),
    /// As many as it likes.
    Unlimited,
}

/// What a sandbox is told when it is built.
#[derive(Clone)]
pub struct SandboxConfig {
    /// Registered clients.
    pub clients: Vec<Client>,
    /// The time: days after it are not told.
    pub clock: Arc<dyn Clock>,
    /// Where codes and tokens come from.
    pub random: Arc<dyn Random>,
    /// Days of history that everybody has, counted from the start of the sandbox.
    pub history_days: u16,
    /// Items in one page; `None` is each provider's own size.
    pub page_items: Option<usize>,
    /// How many requests a client may send.
    pub rate: Rate,
    /// Failures that hold for everybody at every provider from the start.
    pub failures: BTreeSet<Failure>,
    /// Takes up refresh tokens that an earlier sandbox with the same client secret made, so that a demonstration whose
    /// data outlive it goes on after a restart. What the earlier one knew of rotation and revocation is forgotten.
    pub adopt: bool,
    /// How long an answer is held back by [`Failure::Slow`].
    pub slow: Duration,
    /// How long an answer is held back by [`Failure::RefreshTimeout`]: longer than anybody should wait.
    pub hold: Duration,
}

impl SandboxConfig {
    /// A sandbox without failures that knows 420 days and allows a hundred times as many requests as the providers.
    pub fn new(clients: Vec<Client>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self {
            clients,
            clock,
            random,
            history_days: 420,
            page_items: None,
            rate: Rate::Times(100),
            failures: BTreeSet::new(),
            adopt: false,
            slow: Duration::from_secs(3),
            hold: Duration::from_mins(2),
        }
    }
}

impl fmt::Debug for SandboxConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxConfig").field("clients", &self.clients).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects() {
        let exact = Redirects::Exact(vec!["https://a.example/cb".to_owned()]);
        assert!(exact.allow("https://a.example/cb"));
        for other in ["https://a.example/cb/", "https://a.example/cb?x=1", "http://a.example/cb", ""] {
            assert!(!exact.allow(other), "{other}");
        }
        for ours in ["http://127.0.0.1:8080/cb", "http://localhost/cb", "http://[::1]:1/", "http://a.localhost/"] {
            assert!(Redirects::AnyLoopback.allow(ours), "{ours}");
        }
        for foreign in ["https://127.0.0.1/", "http://127.0.0.1.example/", "http://10.0.0.1/", "javascript:1", "//x"] {
            assert!(!Redirects::AnyLoopback.allow(foreign), "{foreign}");
        }
    }
}

//! The description of a provider: everything about it that is data. What each field means is said once, here.
//! The set of fields is what seventeen health APIs need; see `docs/ARCHITECTURE.md`, "A provider".

mod auth;
mod errors;
pub mod read;
mod request;
mod stream;

pub use auth::{ClientAuth, OAuth2, Pkce, Revoke, RevokeStyle, Rotation, ScopeFrom, TokenAnswer, UserId, id_text};
pub use errors::{Answer, ErrorRule, Verdict, When};
pub use request::{Method, Request};
pub use stream::{Clock, Context, Page, ParseError, Stream, Window};

/// A source of health data.
#[derive(Debug)]
pub struct Provider {
    /// Lowercase name without spaces: `source` on Human API's wire, the name in configuration and URLs.
    pub id: &'static str,
    /// Other names that it answers to in imports and source filters.
    pub aliases: &'static [&'static str],
    /// Name for people ("Oura").
    pub name: &'static str,
    /// A few words for people, without a full stop: what it gives.
    pub summary: &'static str,
    /// Inline SVG of a neutral icon of our own (no vendor logo), at most 4 kB, uses `currentColor`.
    pub icon: &'static str,
    /// Human API's `supportedDataTypes`: `activities`, `blood_pressure`, `body_fat`, `heart_rate`, `sleeps`, …
    pub data_types: &'static [&'static str],
    /// How a person authorises.
    pub auth: OAuth2,
    /// Base of the data API, without a trailing slash. Overridable by configuration (the sandbox stands in there).
    pub api_base: &'static str,
    /// What can be fetched.
    pub streams: &'static [Stream],
    /// How an answer is judged, first match wins; see [`Provider::judge`].
    pub errors: &'static [ErrorRule],
    /// Requests that one client (app of the operator) may send.
    pub limit: Limit,
}

/// A fixed-window rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Requests in one window; at least 1.
    pub requests: u32,
    /// Length of the window, s.
    pub per_s: u32,
}

impl Provider {
    /// What an answer means for the engine. Rules of the description come first; then what HTTP says:
    /// 2xx ok, 401 refresh, 403 scope missing, 404 and 410 gone, 408, 425, 429 and 5xx retry, other 4xx fatal.
    pub fn judge(&self, answer: &Answer<'_>) -> Verdict {
        errors::judge(self.errors, answer)
    }

    /// The stream of that id.
    pub fn stream(&self, id: &str) -> Option<&'static Stream> {
        self.streams.iter().find(|s| s.id == id)
    }

    /// Every scope that some stream needs, plus those for the account, in the order of the description.
    pub fn scopes(&self) -> Vec<&'static str> {
        let mut all: Vec<&'static str> = self.auth.scopes.to_vec();
        for stream in self.streams {
            if !all.contains(&stream.scope) {
                all.push(stream.scope);
            }
        }
        all
    }
}

//! What can go wrong at a provider, switchable for a person while the sandbox runs.

use serde::{Deserialize, Serialize};

/// A way to fail. In JSON the names are snake case: `token_500`, `refresh_timeout`, …
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The token endpoint answers HTTP 500 and changes nothing.
    #[serde(rename = "token_500")]
    Token500,
    /// The token endpoint answers an HTML page with status 200 and changes nothing.
    TokenHtml,
    /// The token endpoint answers bytes that are no JSON and changes nothing.
    TokenGarbage,
    /// The token endpoint says that there were too many requests and changes nothing.
    TokenRateLimited,
    /// A refresh is done, but its answer comes later than anybody waits.
    RefreshTimeout,
    /// A refresh is done, but the connection breaks in the middle of the answer.
    RefreshLost,
    /// Every data call says that there were too many requests, in the provider's way.
    RateLimited,
    /// The same, with the time to come back as an HTTP date instead of seconds, where HTTP says so.
    RateLimitedUntil,
    /// Data calls answer bytes that are no JSON.
    Garbage,
    /// Data calls answer an HTML page with status 200.
    Html,
    /// Data calls answer only the first half of the JSON.
    Truncated,
    /// Data calls answer 204 with nothing.
    #[serde(rename = "empty_204")]
    Empty204,
    /// Data calls say that the provider is broken, in the provider's way.
    ServerError,
    /// Data and token calls answer late (three seconds, if the configuration says nothing else).
    Slow,
    /// At the moment of switching on: every grant of the person dies, access and refresh tokens alike. A new consent
    /// makes a grant that works.
    Revoked,
    /// At the moment of switching on: every access token of the person expires. Refreshing works.
    ExpiredAccess,
    /// The day before the switching on, and its night, are told with other values and a later `modified`.
    LateCorrection,
    /// Data calls say that the scope was not granted.
    WrongScope,
    /// Every page says that there is one more, which is the same one again.
    EndlessPages,
    /// Lists are empty, and everything else goes on: the account says itself that it has newer data.
    StandsStill,
    /// The consent page sends the browser back with `error=temporarily_unavailable`.
    ConsentUnavailable,
    /// The person's account lives in another region: the login is refused, and nobody is sent back. Means nothing at
    /// providers without regions.
    WrongRegion,
    /// The consent page carries `Cross-Origin-Opener-Policy: same-origin`, so that the window that opened it loses
    /// sight of it. The page is shown before a person is chosen: it counts when it is set for everybody or for the
    /// preselected person.
    CoopSameOrigin,
}

impl Failure {
    /// Every failure.
    pub const ALL: [Self; 23] = [
        Self::Token500,
        Self::TokenHtml,
        Self::TokenGarbage,
        Self::TokenRateLimited,
        Self::RefreshTimeout,
        Self::RefreshLost,
        Self::RateLimited,
        Self::RateLimitedUntil,
        Self::Garbage,
        Self::Html,
        Self::Truncated,
        Self::Empty204,
        Self::ServerError,
        Self::Slow,
        Self::Revoked,
        Self::ExpiredAccess,
        Self::LateCorrection,
        Self::WrongScope,
        Self::EndlessPages,
        Self::StandsStill,
        Self::ConsentUnavailable,
        Self::WrongRegion,
        Self::CoopSameOrigin,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let name = |f: Failure| serde_json::to_value(f).expect("a name");
        assert_eq!(name(Failure::Token500), "token_500");
        assert_eq!(name(Failure::Empty204), "empty_204");
        assert_eq!(name(Failure::CoopSameOrigin), "coop_same_origin");
        for (i, a) in Failure::ALL.into_iter().enumerate() {
            assert!(Failure::ALL[i + 1..].iter().all(|b| *b != a));
            assert_eq!(serde_json::from_value::<Failure>(name(a)).expect("read back"), a);
        }
    }
}

//! How much may be asked.

use hilum_model::Time;

/// Whose requests a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Per {
    /// All of the operator's app at the provider.
    App,
    /// Those of one person.
    Person,
}

/// A limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Requests in one window; at least 1.
    pub requests: u32,
    /// Length of the window, s; at least 1.
    pub per_s: u32,
    /// Whose.
    pub per: Per,
}

impl Limit {
    /// A limit for all requests of the app.
    pub const fn app(requests: u32, per_s: u32) -> Self {
        Self { requests, per_s, per: Per::App }
    }
    /// A limit for the requests of each person.
    pub const fn person(requests: u32, per_s: u32) -> Self {
        Self { requests, per_s, per: Per::Person }
    }
}

/// What an answer's headers say about one limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Whose.
    pub per: Per,
    /// Requests that are left.
    pub remaining: u32,
    /// When the count begins anew, if told: a moment, or seconds from the answer.
    pub reset: Option<Reset>,
}

/// When a count begins anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    /// Then.
    At(Time),
    /// So many seconds after the answer.
    After(u32),
}

//! What happened, counted, so that a test can say "exactly once".

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

/// How many of the last `Referer` headers are kept.
const KEPT: usize = 1000;

/// A `Referer` header that came.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Referer {
    path: String,
    referer: String,
}

/// Counters since the start or the last reset.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Stats {
    /// Requests by what they were for, such as `oura authorize` or `withings data sleep`.
    pub(crate) requests: BTreeMap<String, u64>,
    /// Requests that asked for too much at once.
    pub(crate) rate_limited: u64,
    /// The last thousand `Referer` headers.
    pub(crate) referers: VecDeque<Referer>,
}

impl Stats {
    pub(crate) fn count(&mut self, provider: &str, what: &str) {
        *self.requests.entry(format!("{provider} {what}")).or_default() += 1;
    }

    pub(crate) fn referer(&mut self, path: &str, referer: &str) {
        if self.referers.len() == KEPT {
            self.referers.pop_front();
        }
        self.referers.push_back(Referer { path: path.to_owned(), referer: referer.to_owned() });
    }
}

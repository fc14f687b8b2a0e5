//! The only HTTP client.
use std::time::Duration;

use bytes::Bytes;

/// Time that a whole call to a provider may take. The refresh lease is longer than this by construction.
pub const CALL_DEADLINE: Duration = Duration::from_secs(20);

/// Why a call had no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EgressError {
    /// The address is not allowed (scheme, port, private network).
    #[error("address not allowed: {0}")]
    Refused(&'static str),
    /// No connection, broken connection or name not found: the request did not reach the other side, or nobody knows.
    #[error("no answer")]
    NoAnswer,
    /// The deadline passed.
    #[error("deadline passed")]
    TimedOut,
    /// The answer is larger than allowed.
    #[error("answer too large")]
    TooLarge,
}

/// A call.
#[derive(Debug, Clone)]
pub struct Call {
    /// `GET` or `POST`.
    pub post: bool,
    /// Absolute URL, parameters included.
    pub url: String,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// Form body of a POST.
    pub form: Option<Vec<(String, String)>>,
    /// Plain http to loopback is allowed (a sandbox stands in).
    pub loopback: bool,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// `Retry-After` in seconds, if told.
    pub retry_after_s: Option<u64>,
    /// Body, at most 16 MiB.
    pub body: Bytes,
}

/// The client.
#[derive(Debug, Clone)]
pub struct Egress;

impl Egress {
    /// Builds the client.
    pub fn new() -> Result<Self, EgressError> {
        unimplemented!()
    }
    /// Sends a call. Redirects are never followed.
    pub async fn send(&self, _call: Call) -> Result<Reply, EgressError> {
        unimplemented!()
    }
}

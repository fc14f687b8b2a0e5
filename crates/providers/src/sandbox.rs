//! What a sandbox teller is: the pure half of a provider's stand-in. It tells a persona's days in exactly the
//! provider's wire dialect. What can be derived from the description (OAuth, windows, pages, limits) is not here; the
//! crate `hilum-sandbox` plays that for every provider alike.

pub(crate) mod ecg;
pub(crate) mod sport;

use hilum_model::{Day, Time};
use serde_json::Value;

use crate::persona::{Persona, Story};
use crate::spec::{Per, Provider};

/// A question to a teller.
#[derive(Debug)]
pub struct Ask<'a> {
    /// Whose days.
    pub story: &'a Story<'a>,
    /// The present: what ends later has not happened yet.
    pub now: Time,
    /// The parameters of the request, in order.
    pub params: &'a [(String, String)],
    /// The JSON body of the request, if it has one.
    pub json: Option<&'a Value>,
    /// What the person granted.
    pub scopes: &'a [String],
    /// The sandbox's own address of the provider's `api_base`, for links in answers; without a trailing slash.
    pub base: &'a str,
}

/// A window as asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// The stream is a state, or tells all that it has.
    Whole,
    /// Civil days, both ends included.
    Days(Day, Day),
    /// Instants, the end excluded.
    Instants(Time, Time),
}

/// An answer beside the streams' lists: the detail of an item, a file, the account.
#[derive(Debug, Clone, PartialEq)]
pub enum Extra {
    /// JSON.
    Json(Value),
    /// A file.
    File {
        /// Media type.
        kind: &'static str,
        /// Contents.
        bytes: Vec<u8>,
    },
    /// Nothing, with that status.
    Status(u16),
}

/// Something that happened of which the provider sends notices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event<'a> {
    /// A stream has something new or changed on that day.
    Changed {
        /// Stream.
        stream: &'a str,
        /// Day.
        day: Day,
    },
    /// A pushed stream has something new on that day, which waits at an address below [`Ask::base`] to be fetched.
    Waiting {
        /// Stream.
        stream: &'a str,
        /// Day.
        day: Day,
    },
    /// The person deleted what a stream has of that day.
    Deleted {
        /// Stream.
        stream: &'a str,
        /// Day.
        day: Day,
    },
    /// The person ended the authorisation at the provider.
    Deauthorised,
    /// The person changed what is shared.
    PermissionsChanged,
}

/// What is left of one of the description's limits after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Whose.
    pub per: Per,
    /// Length of its window, s.
    pub per_s: u32,
    /// Requests of a whole window.
    pub most: u32,
    /// Requests that are left.
    pub left: u32,
    /// Seconds until the count begins anew; at least 1.
    pub reset_s: u32,
}

impl Ask<'_> {
    /// The first value of a parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
    /// Whether a scope was granted.
    pub fn granted(&self, scope: &str) -> bool {
        self.scopes.iter().any(|s| s == scope)
    }
    /// Whether a comma-separated list in a parameter names `word`; a missing list names everything.
    pub fn lists(&self, param: &str, word: &str) -> bool {
        self.param(param).is_none_or(|list| list.split(',').any(|w| w.trim() == word))
    }
}

/// One item of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The civil day by which windows of days find it.
    pub day: Day,
    /// The instant by which windows of instants find it.
    pub at: Time,
    /// As the provider writes it.
    pub json: Value,
}

/// What a token answer has to say.
#[derive(Debug, Clone, Copy)]
pub struct Granted<'a> {
    /// The access token.
    pub access_token: &'a str,
    /// The refresh token; `None` if the old one stays.
    pub refresh_token: Option<&'a str>,
    /// s.
    pub expires_in: u32,
    /// Joined with the provider's separator.
    pub scope: &'a str,
    /// The account's id.
    pub account: &'a str,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Unknown client, or wrong secret or signature.
    InvalidClient,
    /// A code that is unknown, used or expired, or a redirect URI or verifier that does not fit it.
    InvalidCode,
    /// A refresh token that is unknown, superseded or revoked.
    InvalidRefresh,
    /// A token call without a needed parameter.
    InvalidRequest,
    /// A grant type other than `authorization_code` and `refresh_token`.
    UnsupportedGrantType,
    /// The access token is unknown, expired or revoked.
    InvalidToken,
    /// The person did not grant the scope.
    ScopeMissing,
    /// This parameter is missing, wrong or asks for too much.
    BadParameter(&'static str),
    /// No such path.
    NotFound,
    /// Too many requests.
    RateLimited,
    /// The provider is broken at the moment.
    ServerError,
}

/// An answer that refuses.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// HTTP status.
    pub status: u16,
    /// The body; `None` is an empty one.
    pub json: Option<Value>,
}

/// Reads the window that a request for a stream asks for.
pub type ReadSpan = fn(stream: &str, ask: &Ask<'_>) -> Result<Span, Refusal>;

/// Writes headers by lowercase name.
pub type WriteRate = fn(left: &[Left], now: Time) -> Vec<(&'static str, String)>;

/// The dialect of one provider.
#[derive(Debug, Clone, Copy)]
pub struct Teller {
    /// The id of the provider's description.
    pub provider: &'static str,
    /// Life of an authorisation code, s.
    pub code_ttl_s: i64,
    /// Items of one page of a stream: few enough that an ordinary window has several pages.
    pub page_items: fn(stream: &str) -> usize,
    /// The account's id at the provider.
    pub account: fn(&Persona) -> String,
    /// All items of a stream that belong to one civil day, in the provider's order, none later than now.
    pub items: fn(stream: &str, ask: &Ask<'_>, day: Day) -> Vec<Item>,
    /// Items of one page as the provider wraps them; `next` carries on, if there is more.
    pub page: fn(stream: &str, ask: &Ask<'_>, items: Vec<Value>, next: Option<&str>) -> Value,
    /// Whether a window of days of this stream holds its last day.
    pub last_day_in: fn(stream: &str) -> bool,
    /// A token answer.
    pub token: fn(&Granted<'_>) -> Value,
    /// The answer to a successful call that has nothing to say (revocation).
    pub done: fn() -> Value,
    /// How it refuses.
    pub refuse: fn(Refusal) -> Refused,
    /// The window that a request asks for, where it is not written as the description's parameters.
    pub span: Option<ReadSpan>,
    /// What is answered at another path below `api_base`; `None` where there is nothing. `method` is uppercase.
    pub extra: fn(method: &str, path: &str, ask: &Ask<'_>) -> Option<Extra>,
    /// Whether an empty list of this stream is told by 204 without a body.
    pub empty_is_204: fn(stream: &str) -> bool,
    /// The bodies of the notices about an event, as the provider posts them.
    pub notices: fn(event: Event<'_>, ask: &Ask<'_>) -> Vec<Value>,
    /// The access token, where it is not any text (a JWT): made from a random text and the account's id.
    pub access_token: Option<fn(random: &str, account: &str) -> String>,
    /// The headers that tell what is left of the limits, in the order of the description; lowercase names.
    pub rate: WriteRate,
}

impl Teller {
    /// What most tellers have; the rest is said by each.
    pub const STANDARD: Self = Self {
        provider: "",
        code_ttl_s: 600,
        page_items: |_| 20,
        account: |persona| persona.id.to_owned(),
        items: |_, _, _| Vec::new(),
        page: |_, _, items, _| Value::Array(items),
        last_day_in: |_| true,
        token: standard_token,
        done: || Value::Object(serde_json::Map::new()),
        refuse: standard_refusal,
        span: None,
        extra: |_, _, _| None,
        empty_is_204: |_| false,
        notices: |_, _| Vec::new(),
        access_token: None,
        rate: |_, _| Vec::new(),
    };
}

/// A token answer as RFC 6749 has it.
fn standard_token(granted: &Granted<'_>) -> Value {
    let mut json = serde_json::json!({
        "token_type": "Bearer",
        "access_token": granted.access_token,
        "expires_in": granted.expires_in,
    });
    if let Some(refresh) = granted.refresh_token {
        json["refresh_token"] = Value::from(refresh);
    }
    if !granted.scope.is_empty() {
        json["scope"] = Value::from(granted.scope);
    }
    json
}

/// Refusals as RFC 6749 and HTTP have them.
fn standard_refusal(refusal: Refusal) -> Refused {
    let (status, word) = match refusal {
        Refusal::InvalidClient => (401, "invalid_client"),
        Refusal::InvalidCode | Refusal::InvalidRefresh => (400, "invalid_grant"),
        Refusal::InvalidRequest => (400, "invalid_request"),
        Refusal::UnsupportedGrantType => (400, "unsupported_grant_type"),
        Refusal::InvalidToken => (401, "invalid_token"),
        Refusal::ScopeMissing => (403, "insufficient_scope"),
        Refusal::BadParameter(_) => (400, "bad_parameter"),
        Refusal::NotFound => (404, "not_found"),
        Refusal::RateLimited => (429, "too_many_requests"),
        Refusal::ServerError => (500, "server_error"),
    };
    Refused { status, json: Some(serde_json::json!({"error": word})) }
}

/// The teller of a provider.
pub fn teller(provider: &Provider) -> Option<&'static Teller> {
    crate::TELLERS.iter().copied().find(|t| t.provider == provider.id)
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod same_day;

#[cfg(test)]
mod truth;

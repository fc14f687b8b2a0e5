//! The description of a provider: everything about it that is data. What each field means is said once, here.
//! The set of fields is what seventeen health APIs need; see `docs/ARCHITECTURE.md`, "A provider".

mod auth;
mod detail;
mod errors;
mod extent;
mod rate;
pub mod read;
mod request;
mod stream;
mod webhook;

pub use auth::{
    ClientAuth, OAuth2, Pkce, Register, Revoke, RevokeStyle, Rotation, ScopeFrom, TokenAnswer, UserId, id_text,
};
pub use detail::{Detail, Wanted};
pub(crate) use detail::{fit, tcx};
pub use errors::{Answer, ErrorRule, Verdict, When};
pub use extent::Extent;
use hilum_model::DeviceKind;
pub use rate::{Limit, Per, Rate, Reset};
pub use request::{Method, Request};
pub use stream::{Backfill, Clock, Context, Page, ParseError, Stream, Window};
pub use webhook::{Encoding, Handshake, Hash, Hmac, Key, Notice, Setup, Signed, Verify, Webhook};

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
    /// What its people mostly wear or use, for devices that its data do not name; decides between sources that tell the
    /// same (`docs/MERGE.md`).
    pub device: DeviceKind,
    /// How a person authorises.
    pub auth: OAuth2,
    /// Base of the data API, without a trailing slash. Overridable by configuration (the sandbox stands in there).
    pub api_base: &'static str,
    /// What can be fetched.
    pub streams: &'static [Stream],
    /// How an answer is judged, first match wins; see [`Provider::judge`].
    pub errors: &'static [ErrorRule],
    /// Requests that may be sent; at least one limit. All hold at once.
    pub limits: &'static [Limit],
    /// Reads what an answer's headers tell about the limits.
    pub rate: Option<ReadRate>,
    /// Headers that every data call carries besides `Authorization`.
    pub headers: &'static [Header],
    /// What the operator has to configure besides client id and secret.
    pub settings: &'static [Setting],
    /// Hosts of which the person's account lives on one; asked for before the redirect. `{region}` in
    /// `authorize_url`, `token_url` and `api_base` stands for the host. Empty where there is one for all.
    pub regions: &'static [Region],
    /// What the provider says of how far its data reach, if it does.
    pub extent: Option<Extent>,
    /// Notices, if the provider sends any.
    pub webhook: Option<Webhook>,
}

/// Reads what an answer's headers tell about the limits, by a look-up of headers by lowercase name.
pub type ReadRate = fn(&dyn Fn(&str) -> Option<String>) -> Vec<Rate>;

/// A header of every data call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Name, lowercase.
    pub name: &'static str,
    /// Value.
    pub value: HeaderValue,
}

/// Where a header's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderValue {
    /// Always this.
    Fixed(&'static str),
    /// A setting of the operator.
    Setting(&'static str),
}

/// Something that the operator configures for this provider besides client id and secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Name in the configuration, lowercase with underscores.
    pub name: &'static str,
    /// What it is and where it is found, for the operator.
    pub about: &'static str,
    /// Without it the provider is not offered; otherwise only what needs it is refused.
    pub required: bool,
}

/// A host for accounts of a part of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Lowercase id, part of configuration and URLs.
    pub id: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// Host.
    pub host: &'static str,
}

impl Provider {
    /// What most providers have; the rest is said by each.
    pub const STANDARD: Self = Self {
        id: "",
        aliases: &[],
        name: "",
        summary: "",
        icon: "",
        data_types: &[],
        device: DeviceKind::Unknown,
        auth: OAuth2::STANDARD,
        api_base: "",
        streams: &[],
        errors: &[],
        limits: &[],
        rate: None,
        headers: &[],
        settings: &[],
        regions: &[],
        extent: None,
        webhook: None,
    };

    /// What an answer means for the engine. Rules of the description come first; then what HTTP says:
    /// 2xx ok, 401 refresh, 403 scope missing, 404 and 410 gone, 408, 425, 429 and 5xx retry, other 4xx fatal.
    pub fn judge(&self, answer: &Answer<'_>) -> Verdict {
        errors::judge(self.errors, answer)
    }

    /// The stream of that id.
    pub fn stream(&self, id: &str) -> Option<&'static Stream> {
        self.streams.iter().find(|s| s.id == id)
    }

    /// Every scope that some stream or its details need, plus those for the account, in the order of the description.
    pub fn scopes(&self) -> Vec<&'static str> {
        let mut all: Vec<&'static str> = self.auth.scopes.to_vec();
        for stream in self.streams {
            for scope in [stream.scope, stream.detail.map_or("", |detail| detail.scope)] {
                if !scope.is_empty() && !all.contains(&scope) {
                    all.push(scope);
                }
            }
        }
        all
    }
}

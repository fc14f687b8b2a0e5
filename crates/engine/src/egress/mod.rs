//! The only HTTP client. Https to public addresses for providers, plain http to this machine for sandboxes, to apps also
//! what the operator opened; no redirects, no proxies, no retries of its own, bounded in time and size. Nothing of a call is ever logged here.

pub mod address;
mod networks;
mod resolver;
mod retry_after;

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Once};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hilum_model::Secret;
use url::Url;

pub use networks::{NetworkError, Networks};
pub use retry_after::RetryAfter;

use resolver::{CheckedResolver, Lookup, NoAllowedAddress, Rule, SystemLookup};

/// Time that a whole call to a provider may take. The refresh lease is longer than this by construction.
pub const CALL_DEADLINE: Duration = Duration::from_secs(20);

/// Time to connect, TLS included.
const CONNECT_DEADLINE: Duration = Duration::from_secs(8);

/// Most bytes of a body, counted after decompression.
pub const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// Bytes of an answer to a message that are read and thrown away.
const DRAINED: usize = 16 * 1024;

/// Ports that every provider may use.
const PORTS: [u16; 2] = [443, 8443];

/// Why a call had no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EgressError {
    /// The address is not allowed (scheme, port, private network). Nothing was sent.
    #[error("address not allowed: {0}")]
    Refused(&'static str),
    /// No connection could be made. Nothing was sent.
    #[error("no connection")]
    Unreachable,
    /// The connection broke: nobody knows whether the request reached the other side.
    #[error("no answer")]
    NoAnswer,
    /// The deadline passed: nobody knows whether the request reached the other side.
    #[error("deadline passed")]
    TimedOut,
    /// The answer is larger than allowed.
    #[error("answer too large")]
    TooLarge,
}

impl EgressError {
    /// Whether it is certain that the other side did not act on the request.
    pub const fn nothing_sent(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Unreachable)
    }
}

/// Who asks.
#[derive(Debug, Clone)]
pub enum Authorization {
    /// `Authorization: Bearer …`.
    Bearer(Secret<String>),
    /// `Authorization: Basic …` of a client id and secret.
    Basic(String, Secret<String>),
}

/// Method and body of a call.
#[derive(Clone)]
pub enum Payload {
    /// GET.
    Get,
    /// DELETE.
    Delete,
    /// POST of a form.
    Form(Vec<(String, String)>),
    /// POST of JSON.
    Json(serde_json::Value),
}

/// A call. It carries no other headers than those that its fields stand for.
#[derive(Clone)]
pub struct Call {
    /// Absolute URL, parameters included.
    pub url: String,
    /// Method and body.
    pub payload: Payload,
    /// `Authorization`.
    pub authorization: Option<Authorization>,
    /// Headers of the provider's own: name in lowercase, value. `accept` replaces ours.
    pub headers: Vec<(&'static str, Secret<String>)>,
    /// Plain http to this machine is allowed, and nothing else (a sandbox stands in).
    pub loopback: bool,
}

impl Call {
    /// A GET without anything.
    pub fn get(url: String, loopback: bool) -> Self {
        Self { url, payload: Payload::Get, authorization: None, headers: Vec::new(), loopback }
    }
    /// A POST of a form without anything else.
    pub fn form(url: String, form: Vec<(String, String)>, loopback: bool) -> Self {
        Self { payload: Payload::Form(form), ..Self::get(url, loopback) }
    }
}

impl fmt::Debug for Call {
    /// Only what kind of call it is: URL and form may hold tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.payload {
            Payload::Get => "Call(GET)",
            Payload::Delete => "Call(DELETE)",
            Payload::Form(_) | Payload::Json(_) => "Call(POST)",
        })
    }
}

/// A message to an address of somebody else's choosing (a webhook): what comes back is a status, and nothing of the body.
#[derive(Clone)]
pub struct Post {
    /// Absolute URL.
    pub url: Secret<String>,
    /// Headers besides `content-type`: name in lowercase, value.
    pub headers: Vec<(&'static str, String)>,
    /// JSON, as it was signed.
    pub body: Vec<u8>,
    /// Time that the whole call may take.
    pub deadline: Duration,
}

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Post")
    }
}

/// The answer to a [`Post`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// HTTP status.
    pub status: u16,
    /// `Retry-After`, if told in one of its forms.
    pub retry_after: Option<RetryAfter>,
}

/// An answer.
#[derive(Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// `Retry-After`, if told in one of its forms.
    pub retry_after: Option<RetryAfter>,
    /// All headers; names are found in any case.
    pub headers: reqwest::header::HeaderMap,
    /// Body, at most [`BODY_LIMIT`] bytes.
    pub body: Bytes,
}

impl fmt::Debug for Reply {
    /// Without the body: it may hold tokens or health data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({}, {} bytes)", self.status, self.body.len())
    }
}

/// The client. Cheap to clone.
#[derive(Clone)]
pub struct Egress {
    /// `None` when the machine has no certificate authorities, so that no provider can be trusted.
    public: Option<reqwest::Client>,
    loopback: reqwest::Client,
    ports: Arc<BTreeSet<u16>>,
    opened: Option<Opened>,
    lookup: Arc<dyn Lookup>,
}

/// What the operator opened to messages.
#[derive(Clone)]
struct Opened {
    networks: Networks,
    /// To these networks alone.
    inside: Option<reqwest::Client>,
    /// To public addresses as well, by https.
    either: Option<reqwest::Client>,
}

impl fmt::Debug for Egress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Egress")
    }
}

impl Egress {
    /// Builds the client. On a machine without certificate authorities, calls to providers are refused with a word
    /// about it, and sandboxes still work.
    pub fn new() -> Result<Self, EgressError> {
        Self::with_lookup(&(Arc::new(SystemLookup) as Arc<dyn Lookup>))
    }

    fn with_lookup(lookup: &Arc<dyn Lookup>) -> Result<Self, EgressError> {
        install_crypto();
        let public = builder(lookup, Arc::new(address::is_public)).https_only(true).build();
        if public.is_err() {
            tracing::warn!("no certificate authorities found on this machine: providers cannot be reached");
        }
        // Loopback speaks plain http only, so it needs no certificate authorities.
        let loopback = builder(lookup, Arc::new(address::is_loopback))
            .tls_certs_only([])
            .build()
            .map_err(|_| EgressError::Refused("the client could not be built"))?;
        let (ports, lookup) = (Arc::new(BTreeSet::from(PORTS)), Arc::clone(lookup));
        Ok(Self { public: public.ok(), loopback, ports, opened: None, lookup })
    }

    /// Lets messages ([`Egress::post`]) go to these networks too. Calls to providers never do.
    #[must_use]
    pub fn opened_to(mut self, networks: &Networks) -> Self {
        let within = networks.clone();
        let inside: Rule = Arc::new(move |ip| within.contains(ip));
        let within = networks.clone();
        let either: Rule = Arc::new(move |ip| address::is_public(ip) || within.contains(ip));
        self.opened = (!networks.is_empty()).then(|| Opened {
            networks: networks.clone(),
            either: builder(&self.lookup, either).https_only(true).build().ok(),
            // Without certificate authorities plain http still works.
            inside: builder(&self.lookup, Arc::clone(&inside))
                .build()
                .or_else(|_| builder(&self.lookup, inside).tls_certs_only([]).build())
                .ok(),
        });
        self
    }

    /// Also allows the port that a configured base URL names.
    pub fn allow_port_of(&mut self, base: &str) {
        if let Some(port) = Url::parse(base).ok().as_ref().and_then(Url::port_or_known_default) {
            Arc::make_mut(&mut self.ports).insert(port);
        }
    }

    /// Sends a call once. Redirects are never followed: they are answers like others.
    pub async fn send(&self, call: Call) -> Result<Reply, EgressError> {
        let (client, url) = self.check(&call)?;
        let mut request = match call.payload {
            Payload::Form(form) => client.post(url).form(&form),
            Payload::Json(json) => client.post(url).json(&json),
            Payload::Get => client.get(url),
            Payload::Delete => client.delete(url),
        };
        if !call.headers.iter().any(|(name, _)| *name == "accept") {
            request = request.header(reqwest::header::ACCEPT, "application/json");
        }
        for (name, value) in &call.headers {
            let mut value = reqwest::header::HeaderValue::from_str(value.expose())
                .map_err(|_| EgressError::Refused("a header of the configuration"))?;
            value.set_sensitive(true);
            request = request.header(*name, value);
        }
        request = match &call.authorization {
            Some(Authorization::Bearer(token)) => request.bearer_auth(token.expose()),
            Some(Authorization::Basic(id, secret)) => request.basic_auth(id, Some(secret.expose())),
            None => request,
        };
        match tokio::time::timeout(CALL_DEADLINE, receive(request)).await {
            Ok(reply) => reply,
            Err(_) => Err(EgressError::TimedOut),
        }
    }

    /// Posts a message once. Of the answer's body a little is read, so that the connection can be used again, and thrown
    /// away: who chose the address learns nothing of what answers there.
    pub async fn post(&self, post: Post) -> Result<Told, EgressError> {
        let (client, url) = self.receiver(post.url.expose())?;
        let mut request = client.post(url).timeout(post.deadline).body(post.body);
        request = request.header(reqwest::header::CONTENT_TYPE, "application/json");
        for (name, value) in &post.headers {
            request = request.header(*name, value);
        }
        let told = async {
            let mut answer = request.send().await.map_err(|e| classify(&e))?;
            let told = Told { status: answer.status().as_u16(), retry_after: retry_after(&answer) };
            let mut read = 0;
            // What breaks here breaks after the answer was given.
            while let Ok(Some(chunk)) = answer.chunk().await {
                read += chunk.len();
                if read > DRAINED {
                    break;
                }
            }
            Ok(told)
        };
        match tokio::time::timeout(post.deadline, told).await {
            Ok(told) => told,
            Err(_) => Err(EgressError::TimedOut),
        }
    }

    /// The client that may send this call, and the parsed URL.
    fn check(&self, call: &Call) -> Result<(&reqwest::Client, Url), EgressError> {
        let url = checked(&call.url, call.loopback, |port| self.ports.contains(&port))?;
        Ok((self.client(call.loopback)?, url))
    }

    /// The client that may send a message there, and the parsed URL.
    fn receiver(&self, url: &str) -> Result<(&reqwest::Client, Url), EgressError> {
        let Some(opened) = &self.opened else {
            return Ok((self.client(false)?, check_address(url, &Networks::default())?));
        };
        let url = check_address(url, &opened.networks)?;
        let client = if is_for_the_public(&url) { &opened.either } else { &opened.inside };
        Ok((client.as_ref().ok_or(NO_AUTHORITIES)?, url))
    }

    fn client(&self, loopback: bool) -> Result<&reqwest::Client, EgressError> {
        if loopback { Ok(&self.loopback) } else { self.public.as_ref().ok_or(NO_AUTHORITIES) }
    }
}

const NO_AUTHORITIES: EgressError = EgressError::Refused("no certificate authorities on this machine");

/// Whether an address has the scheme and port that messages to public hosts must have.
pub(crate) fn is_for_the_public(url: &Url) -> bool {
    url.scheme() == "https" && url.port_or_known_default().is_some_and(|port| PORTS.contains(&port))
}

/// Checks an address of somebody else's choosing as far as that goes without looking its host up: https to a public host
/// on port 443 or 8443, or http or https to a host within `opened`.
pub fn check_address(url: &str, opened: &Networks) -> Result<Url, EgressError> {
    let (url, literal) = parsed(url)?;
    let public = is_for_the_public(&url);
    if !public && (opened.is_empty() || !matches!(url.scheme(), "http" | "https")) {
        return Err(EgressError::Refused("https only, on port 443 or 8443"));
    }
    if literal.is_some_and(|ip| !(opened.contains(ip) || (public && address::is_public(ip)))) {
        return Err(EgressError::Refused("host"));
    }
    Ok(url)
}

/// A URL without credentials, and the address that stands in it: the resolver never sees that.
fn parsed(url: &str) -> Result<(Url, Option<IpAddr>), EgressError> {
    let url = Url::parse(url).map_err(|_| EgressError::Refused("not a URL"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(EgressError::Refused("credentials in the URL"));
    }
    let literal: Option<IpAddr> = match url.host() {
        Some(url::Host::Ipv4(ip)) => Some(ip.into()),
        Some(url::Host::Ipv6(ip)) => Some(ip.into()),
        Some(url::Host::Domain(_)) => None,
        None => return Err(EgressError::Refused("no host")),
    };
    Ok((url, literal))
}

fn checked(url: &str, loopback: bool, may_use: impl Fn(u16) -> bool) -> Result<Url, EgressError> {
    let (url, literal) = parsed(url)?;
    let allowed = |ip| if loopback { address::is_loopback(ip) } else { address::is_public(ip) };
    if literal.is_some_and(|ip| !allowed(ip)) {
        return Err(EgressError::Refused("host"));
    }
    if loopback {
        return if url.scheme() == "http" {
            Ok(url)
        } else {
            Err(EgressError::Refused("what stands in on this machine speaks plain http"))
        };
    }
    if url.scheme() != "https" {
        return Err(EgressError::Refused("https only"));
    }
    if !url.port_or_known_default().is_some_and(may_use) {
        return Err(EgressError::Refused("port"));
    }
    Ok(url)
}

/// Makes aws-lc-rs the process's one TLS crypto provider.
fn install_crypto() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error means that somebody installed one before, which is as good: the workspace knows only aws-lc-rs.
        if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
            tracing::debug!("a TLS crypto provider was installed before");
        }
    });
}

#[expect(clippy::disallowed_methods, reason = "the one place that builds an HTTP client")]
fn builder(lookup: &Arc<dyn Lookup>, rule: Rule) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("Hilum/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        // A proxy of the environment would look names up itself and so go round the address rules.
        .no_proxy()
        // A refresh token must not be sent twice behind our back.
        .retry(reqwest::retry::never())
        .referer(false)
        .timeout(CALL_DEADLINE)
        .connect_timeout(CONNECT_DEADLINE)
        .dns_resolver(CheckedResolver { lookup: Arc::clone(lookup), rule })
}

async fn receive(request: reqwest::RequestBuilder) -> Result<Reply, EgressError> {
    let mut answer = request.send().await.map_err(|e| classify(&e))?;
    let status = answer.status().as_u16();
    let retry_after = retry_after(&answer);
    let headers = answer.headers().clone();
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(|e| classify(&e))? {
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(EgressError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { status, retry_after, headers, body: body.freeze() })
}

fn retry_after(answer: &reqwest::Response) -> Option<RetryAfter> {
    answer.headers().get(reqwest::header::RETRY_AFTER)?.to_str().ok().and_then(RetryAfter::parse)
}

fn classify(error: &reqwest::Error) -> EgressError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(inner) = cause {
        if inner.is::<NoAllowedAddress>() {
            return EgressError::Refused("host");
        }
        cause = inner.source();
    }
    if error.is_connect() {
        EgressError::Unreachable
    } else if error.is_timeout() {
        EgressError::TimedOut
    } else {
        EgressError::NoAnswer
    }
}

#[cfg(test)]
mod tests;

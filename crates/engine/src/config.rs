//! What the engine is told by the operator.
use std::borrow::Cow;
use std::collections::BTreeMap;

use hilum_model::Secret;
use hilum_providers::Provider;
use hilum_providers::spec::{Header, HeaderValue};
use url::Url;

use crate::enrol::OpenLimits;
use crate::import::ImportLimits;
use crate::webhooks::WebhookConfig;

/// Configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where browsers and providers reach this server, without a trailing slash: every URL that Hilum emits begins
    /// with it. Never taken from a request.
    pub public_url: Url,
    /// Providers on offer, by id. A provider that is not here is not offered.
    pub providers: BTreeMap<String, ProviderConfig>,
    /// Whether sources that push from the person's phone are on offer.
    pub bridges: bool,
    /// Jobs that run at once.
    pub workers: usize,
    /// How often Connect may be opened.
    pub open_limits: OpenLimits,
    /// Bounds of files that people bring.
    pub imports: ImportLimits,
    /// Where events may be sent.
    pub webhooks: WebhookConfig,
    /// How long answers and posts are kept as they came, days; `None`: not at all.
    pub archive_days: Option<u16>,
}

/// The operator's registration at one provider.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// The description.
    pub provider: &'static Provider,
    /// OAuth client id.
    pub client_id: String,
    /// OAuth client secret.
    pub client_secret: Secret<String>,
    /// Consent page; the description's unless a sandbox stands in. Like the other addresses it may hold `{region}`.
    pub authorize_url: String,
    /// Token endpoint.
    pub token_url: String,
    /// Base of the data API, without a trailing slash.
    pub api_base: String,
    /// What this provider needs besides, by the names of its description.
    pub settings: BTreeMap<String, Secret<String>>,
    /// A sandbox stands in for the provider: plain http on loopback is allowed, and pages say so.
    pub sandbox: bool,
}

impl ProviderConfig {
    /// The registration at the real provider.
    pub fn live(provider: &'static Provider, client_id: String, client_secret: Secret<String>) -> Self {
        Self {
            provider,
            client_id,
            client_secret,
            authorize_url: provider.auth.authorize_url.to_owned(),
            token_url: provider.auth.token_url.to_owned(),
            api_base: provider.api_base.to_owned(),
            settings: BTreeMap::new(),
            sandbox: false,
        }
    }

    /// The registration as it is for accounts of a region: the addresses name its host. `None` where the provider has
    /// regions and this is none of them.
    pub fn at(&self, region: Option<&str>) -> Option<Cow<'_, Self>> {
        if self.provider.regions.is_empty() {
            return Some(Cow::Borrowed(self));
        }
        let region = self.provider.regions.iter().find(|known| Some(known.id) == region)?;
        let here = |url: &String| url.replace("{region}", region.host);
        Some(Cow::Owned(Self {
            authorize_url: here(&self.authorize_url),
            token_url: here(&self.token_url),
            api_base: here(&self.api_base),
            ..self.clone()
        }))
    }

    /// The headers that every data call carries. A setting that is not configured leaves its header out.
    pub fn headers(&self) -> Vec<(&'static str, Secret<String>)> {
        let value = |header: &Header| match header.value {
            HeaderValue::Fixed(value) => Some(Secret::new(value.to_owned())),
            HeaderValue::Setting(name) => self.settings.get(name).cloned(),
        };
        self.provider.headers.iter().filter_map(|header| Some((header.name, value(header)?))).collect()
    }
}

impl Config {
    /// A provider on offer.
    pub fn provider(&self, id: &str) -> Option<&ProviderConfig> {
        self.providers.get(id)
    }
    /// The registration that a connection was made with.
    pub fn provider_of(&self, row: &hilum_store::connections::Connection) -> Option<Cow<'_, ProviderConfig>> {
        self.provider(&row.provider)?.at(row.region.as_deref())
    }
    /// The redirect URI that is registered at a provider: one for each provider, so that answers of different
    /// providers cannot be mixed up.
    pub fn redirect_uri(&self, provider: &str) -> String {
        format!("{}/connect/callback/{provider}", self.public_url.as_str().trim_end_matches('/'))
    }
    /// Origin of `public_url` (`https://connect.example`).
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }
    /// Plain http on loopback: only then may cookies go without `Secure` and the `__Host-` prefix.
    pub fn plain_loopback(&self) -> bool {
        self.public_url.scheme() == "http"
            && self.public_url.host().is_some_and(|h| match h {
                url::Host::Domain(d) => d == "localhost" || d.ends_with(".localhost"),
                url::Host::Ipv4(a) => a.is_loopback(),
                url::Host::Ipv6(a) => a.is_loopback(),
            })
    }
}

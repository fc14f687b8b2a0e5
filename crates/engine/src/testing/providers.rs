//! Two small providers for tests of this crate: one plain, one with Withings' envelope and signature.

use hilum_model::{Batch, Body, Day, Metric, Offset, Quantity, Record, Secret, Time, Unit};
use hilum_providers::Provider;
use hilum_providers::spec::ClientAuth;
use hilum_providers::spec::{
    Clock, Context, ErrorRule, Limit, Method, OAuth2, Page, ParseError, Pkce, Revoke, RevokeStyle, Rotation, ScopeFrom,
    Stream, UserId, Verdict, When, Window,
};
use serde_json::Value;

use crate::ProviderConfig;

/// PKCE, secret in the body, id by a GET, tokens rotate at once, revocation with the token in the query.
pub(crate) static PLAIN: Provider = PLAIN_DATA;

/// The same with a limit of five requests a minute.
pub(crate) static LIMITED: Provider = Provider { id: "limited", limits: &[Limit::app(5, 60)], ..PLAIN_DATA };

/// The same with a refresh token that stays.
pub(crate) static KEEPING: Provider =
    Provider { id: "keeping", auth: OAuth2 { rotation: Rotation::Keep, ..PLAIN_DATA.auth }, ..PLAIN_DATA };

/// The same with a parser that has a fault.
pub(crate) static FAULTY: Provider =
    Provider { id: "faulty", streams: &[Stream { parse: |_, _| panic!("a fault of ours"), ..WEIGHTS }], ..PLAIN_DATA };

pub(super) const WEIGHTS: Stream = Stream {
    id: "weights",
    scope: "daily",
    method: Method::Get,
    path: "/weights",
    params: &[],
    window: Window::Range { from: "start", to: "end", clock: Clock::Date, max_days: 30 },
    page: Page::Token { send: "next", read: "/next" },
    every_s: 3600,
    overlap_days: 2,
    history_days: 90,
    parse: parse_weights,
    ..Stream::STANDARD
};

pub(crate) const PLAIN_DATA: Provider = Provider {
    id: "plain",
    aliases: &[],
    name: "Plain",
    summary: "For tests.",
    icon: "",
    data_types: &["weight"],
    auth: OAuth2 {
        authorize_url: "https://plain.example/authorize",
        token_url: "https://plain.example/token",
        token_params: &[],
        authorize_params: &[("prompt", "consent")],
        scopes: &["personal"],
        scope_separator: " ",
        client_auth: ClientAuth::Body,
        pkce: Pkce::S256,
        envelope: "",
        rotation: Rotation::Immediate,
        access_ttl_s: 3600,
        user_id: UserId::Get { path: "/me", pointer: "/id", former: None },
        scope_from: ScopeFrom::Redirect,
        revoke: Some(Revoke { url: "/revoke", style: RevokeStyle::AccessTokenInQuery }),
        ..OAuth2::STANDARD
    },
    api_base: "https://plain.example",
    streams: &[
        WEIGHTS,
        Stream {
            id: "extras",
            scope: "extra",
            method: Method::Get,
            path: "/extras",
            params: &[("kind", "all")],
            window: Window::Range { from: "start", to: "end", clock: Clock::Date, max_days: 90 },
            page: Page::Single,
            every_s: 7200,
            overlap_days: 2,
            history_days: 90,
            parse: parse_weights,
            ..Stream::STANDARD
        },
    ],
    errors: &[ErrorRule { when: When::Http(&[418]), verdict: Verdict::NotYet }],
    limits: &[Limit::app(1000, 60)],
    ..Provider::STANDARD
};

/// Signed calls, an envelope, errors inside HTTP 200, a grace period for the old refresh token.
pub(crate) static SIGNED: Provider = Provider {
    id: "signed",
    name: "Signed",
    auth: OAuth2 {
        authorize_url: "https://signed.example/authorize",
        token_url: "https://signed.example/v2/oauth2",
        token_params: &[("action", "requesttoken")],
        authorize_params: &[],
        scopes: &["user.info", "user.metrics"],
        scope_separator: ",",
        client_auth: ClientAuth::WithingsSigned,
        pkce: Pkce::None,
        envelope: "/body",
        rotation: Rotation::Grace { seconds: 28_800 },
        access_ttl_s: 10_800,
        user_id: UserId::Token("/userid"),
        scope_from: ScopeFrom::Token,
        revoke: Some(Revoke { url: "/v2/oauth2", style: RevokeStyle::WithingsSigned }),
        ..OAuth2::STANDARD
    },
    streams: &[],
    errors: &[
        ErrorRule { when: When::JsonIn("/status", &[401]), verdict: Verdict::Refresh },
        ErrorRule { when: When::JsonIn("/status", &[601]), verdict: Verdict::Retry },
        ErrorRule { when: When::JsonNotIn("/status", &[0]), verdict: Verdict::Fatal },
    ],
    ..BASE
};

/// What a description needs besides.
const BASE: Provider = Provider {
    summary: "For tests.",
    data_types: &["weight"],
    api_base: "https://signed.example",
    limits: &[Limit::app(1000, 60)],
    ..Provider::STANDARD
};

/// A registration whose URLs all lie below `base`, as a sandbox's do.
pub(crate) fn provider_config(provider: &'static Provider, base: &str) -> ProviderConfig {
    ProviderConfig {
        provider,
        client_id: "client".to_owned(),
        client_secret: Secret::new("secret".to_owned()),
        authorize_url: format!("{base}/authorize"),
        token_url: format!("{base}/token"),
        api_base: base.to_owned(),
        settings: std::collections::BTreeMap::new(),
        sandbox: true,
    }
}

/// `{"data":[{"id":"w1","time":"2026-03-10T07:00:00+01:00","kg":78.4}],"next":null}`
pub(super) fn parse_weights(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    let answer: Value = serde_json::from_slice(bytes).map_err(|_| ParseError("JSON".to_owned()))?;
    let items = answer.get("data").and_then(Value::as_array).ok_or_else(|| ParseError("data".to_owned()))?;
    let mut batch = Batch::default();
    for item in items {
        match weight(item) {
            Some(record) => batch.record(record),
            None => batch.rejected.push("weight: no time or value".to_owned()),
        }
    }
    Ok(batch)
}

fn weight(item: &Value) -> Option<Record> {
    let (start, offset): (Time, Offset) = Time::parse_rfc3339(item.get("time")?.as_str()?).ok()?;
    let quantity = Quantity::new(Metric::Weight, item.get("kg")?.as_f64()?, Unit::Kilogram)?;
    let day: Day = start.civil_day(Some(offset));
    Some(Record {
        key: item.get("id")?.as_str()?.to_owned(),
        device: None,
        start,
        end: None,
        offset: Some(offset),
        day,
        body: Body::Reading { metric: Metric::Weight, quantity },
        source_data: serde_json::Map::new(),
    })
}

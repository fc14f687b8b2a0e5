//! Concept2: rowing machines, ski machines and bicycles. The Logbook, <https://log.concept2.com/developers/documentation/>.
//!
//! Quirks: times count tenths of seconds; notices carry the result and are not signed; see `README.md`.

mod notices;
mod parse;
pub mod sandbox;

use crate::spec::{
    Clock, Detail, ErrorRule, Handshake, Header, HeaderValue, Limit, OAuth2, Page, Provider, Setup, Stream, UserId,
    Verdict, Verify, Webhook, When, Window,
};

/// The description.
pub const PROVIDER: Provider = Provider {
    id: "concept2",
    name: "Concept2",
    summary: "Rowing, skiing and cycling on the machine",
    icon: include_str!("icon.svg"),
    data_types: &["activities", "heart_rate", "weight"],
    device: hilum_model::DeviceKind::Machine,
    auth: OAuth2 {
        authorize_url: "https://log.concept2.com/oauth/authorize",
        token_url: "https://log.concept2.com/oauth/access_token",
        // The token call wants the scopes once more.
        token_params: &[("scope", "user:read,results:read")],
        scopes: &["user:read"],
        scope_separator: ",",
        access_ttl_s: 604_800,
        user_id: UserId::Get { path: "/api/users/me", pointer: "/data/id", former: None },
        ..OAuth2::STANDARD
    },
    api_base: "https://log.concept2.com",
    streams: &[
        Stream {
            id: "results",
            scope: "results:read",
            path: "/api/users/me/results",
            window: Window::Range { from: "from", to: "to", clock: Clock::DatePadded, max_days: 364 },
            page: Page::Number { send: "page", size_param: "number", size: 250, items: "/data" },
            detail: Some(Detail { wanted: parse::wanted, parse: parse::strokes, file: false, scope: "" }),
            every_s: 6 * 3600,
            overlap_days: 14,
            history_days: 10 * 364,
            parse: parse::results,
            ..Stream::STANDARD
        },
        Stream {
            id: "profile",
            scope: "user:read",
            path: "/api/users/me",
            every_s: 86_400,
            parse: parse::profile,
            ..Stream::STANDARD
        },
    ],
    errors: ERRORS,
    // Concept2 sets no limit; this one is our own, out of courtesy.
    limits: &[Limit::app(600, 300)],
    headers: &[Header { name: "accept", value: HeaderValue::Fixed("application/vnd.c2logbook.v1+json") }],
    webhook: Some(Webhook {
        verify: Verify::SecretPath,
        handshake: Handshake::None,
        setup: Setup::Portal,
        ack: 200,
        read: notices::read,
    }),
    ..Provider::STANDARD
};

/// Source: <https://log.concept2.com/developers/documentation/>.
const ERRORS: &[ErrorRule] = &[
    ErrorRule { when: When::Http(&[401]), verdict: Verdict::Refresh },
    ErrorRule { when: When::NotJson, verdict: Verdict::Retry },
];

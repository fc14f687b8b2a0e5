//! Suunto: watches. Cloud API, <https://apizone.suunto.com>.
//!
//! Quirks: a second key in a header; three envelopes in one API; energy in joules here and kilocalories there; see
//! `README.md`.

mod notices;
mod parse;
pub mod sandbox;

use crate::spec::{
    ClientAuth, Clock, Detail, Encoding, ErrorRule, Handshake, Hash, Header, HeaderValue, Hmac, Key, Limit, OAuth2,
    Page, Provider, Revoke, RevokeStyle, Setting, Setup, Signed, Stream, UserId, Verdict, Verify, Webhook, When,
    Window,
};

/// The one scope there is.
const WORKOUT: &str = "workout";

/// The key of the operator's subscription to the API.
const SUBSCRIPTION_KEY: &str = "subscription_key";

/// What notices are signed with.
const NOTIFICATION_SECRET: &str = "notification_secret";

/// Windows of what the watch measures day and night; 28 days are the most.
const SAMPLES: Window = Window::Range { from: "from", to: "to", clock: Clock::UnixMillis, max_days: 28 };

/// About a year, in windows of 28 days.
const YEAR: u16 = 13 * 28;

/// The description.
pub const PROVIDER: Provider = Provider {
    id: "suunto",
    name: "Suunto",
    summary: "Workouts, sleep, steps, heart rate",
    icon: include_str!("icon.svg"),
    data_types: &["activities", "blood_oxygen", "heart_rate", "sleeps"],
    device: hilum_model::DeviceKind::Watch,
    auth: OAuth2 {
        authorize_url: "https://cloudapi-oauth.suunto.com/oauth/authorize",
        token_url: "https://cloudapi-oauth.suunto.com/oauth/token",
        client_auth: ClientAuth::Basic,
        access_ttl_s: 86_400,
        // The name of the user, which notices carry too.
        user_id: UserId::Jwt("user"),
        revoke: Some(Revoke {
            url: "https://cloudapi-oauth.suunto.com/oauth/deauthorize",
            style: RevokeStyle::BearerGet,
        }),
        ..OAuth2::STANDARD
    },
    api_base: "https://cloudapi.suunto.com",
    streams: &[
        Stream {
            id: "workouts",
            scope: WORKOUT,
            path: "/v3/workouts",
            window: Window::Since { from: "since", clock: Clock::UnixMillis },
            page: Page::Offset { send: "offset", size_param: "limit", size: 100, items: "/payload" },
            detail: Some(Detail { wanted: parse::wanted, parse: crate::spec::fit, file: true, scope: "" }),
            every_s: 3 * 3600,
            overlap_days: 7,
            history_days: 10 * 366,
            parse: parse::workouts,
            ..Stream::STANDARD
        },
        Stream {
            id: "daily_activity",
            scope: WORKOUT,
            path: "/247/daily-activity-statistics",
            window: Window::Range { from: "startdate", to: "enddate", clock: Clock::UtcBare, max_days: 28 },
            every_s: 3 * 3600,
            overlap_days: 3,
            history_days: YEAR,
            parse: parse::daily_activity,
            ..Stream::STANDARD
        },
        Stream {
            id: "activity_samples",
            scope: WORKOUT,
            path: "/247samples/activity",
            window: SAMPLES,
            every_s: 3 * 3600,
            overlap_days: 2,
            history_days: YEAR,
            parse: parse::activity_samples,
            ..Stream::STANDARD
        },
        Stream {
            id: "sleep",
            scope: WORKOUT,
            path: "/247samples/sleep",
            window: SAMPLES,
            every_s: 3 * 3600,
            overlap_days: 7,
            history_days: YEAR,
            parse: parse::sleep,
            ..Stream::STANDARD
        },
    ],
    errors: ERRORS,
    // What a subscription allows differs; this is the least that is known of.
    limits: &[Limit::app(60, 60)],
    headers: &[Header { name: "ocp-apim-subscription-key", value: HeaderValue::Setting(SUBSCRIPTION_KEY) }],
    settings: &[
        Setting {
            name: SUBSCRIPTION_KEY,
            about: "The key of the subscription, from the profile page of the API zone",
            required: true,
        },
        Setting {
            name: NOTIFICATION_SECRET,
            about: "The secret that notices are signed with, from the app's settings in the API zone",
            required: false,
        },
    ],
    webhook: Some(Webhook {
        verify: Verify::Hmac(Hmac {
            hash: Hash::Sha256,
            key: Key::Setting(NOTIFICATION_SECRET),
            signed: Signed::Body,
            encoding: Encoding::Hex,
            header: "x-hmac-sha256-signature",
            timestamp: None,
            tolerance_s: 300,
        }),
        handshake: Handshake::None,
        setup: Setup::Portal,
        ack: 200,
        read: notices::read,
    }),
    ..Provider::STANDARD
};

/// Source: <https://apizone.suunto.com>.
const ERRORS: &[ErrorRule] = &[
    // What a call without an answer says, like the one that takes the grant back.
    ErrorRule { when: When::Http(&[204]), verdict: Verdict::Ok },
    ErrorRule { when: When::Http(&[401]), verdict: Verdict::Refresh },
    // The subscription's key is refused or its quota used up: the operator's matter.
    ErrorRule { when: When::Http(&[403, 429]), verdict: Verdict::Retry },
    ErrorRule { when: When::NotJson, verdict: Verdict::Retry },
];

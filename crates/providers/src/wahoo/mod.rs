//! Wahoo: bicycle computers, watches and trainers. Cloud API, <https://cloud-api.wahooligan.com>.
//!
//! Quirks: numbers come as texts; workouts have no window, the newest come first; points are only in the FIT file; see
//! `README.md`.

mod notices;
mod parse;
pub mod sandbox;

use crate::spec::{
    Detail, ErrorRule, Handshake, Limit, OAuth2, Page, Provider, Revoke, RevokeStyle, Setting, Setup, Stream, UserId,
    Verdict, Verify, Webhook, When, Window,
};

/// What notices carry to show that Wahoo sent them.
const WEBHOOK_TOKEN: &str = "webhook_token";

/// The description.
pub const PROVIDER: Provider = Provider {
    id: "wahoo",
    name: "Wahoo",
    summary: "Workouts with their tracks and heart rate",
    icon: include_str!("icon.svg"),
    data_types: &["activities", "heart_rate", "height", "weight"],
    device: hilum_model::DeviceKind::Machine,
    auth: OAuth2 {
        authorize_url: "https://api.wahooligan.com/oauth/authorize",
        token_url: "https://api.wahooligan.com/oauth/token",
        // `user_read` tells the account's id; without `offline_data` there are no notices.
        scopes: &["user_read", "offline_data"],
        access_ttl_s: 7200,
        user_id: UserId::Get { path: "/v1/user", pointer: "/id", former: None },
        revoke: Some(Revoke { url: "/v1/permissions", style: RevokeStyle::BearerDelete }),
        ..OAuth2::STANDARD
    },
    api_base: "https://api.wahooligan.com",
    streams: &[
        Stream {
            id: "workouts",
            scope: "workouts_read",
            path: "/v1/workouts",
            window: Window::NewestFirst,
            page: Page::Number { send: "page", size_param: "per_page", size: 100, items: "/workouts" },
            detail: Some(Detail { wanted: parse::wanted, parse: crate::spec::fit, file: true, scope: "" }),
            // Notices tell of news at once; this finds what they missed.
            every_s: 6 * 3600,
            overlap_days: 7,
            history_days: 10 * 366,
            parse: parse::workouts,
            ..Stream::STANDARD
        },
        Stream {
            id: "user",
            scope: "user_read",
            path: "/v1/user",
            every_s: 86_400,
            parse: parse::user,
            ..Stream::STANDARD
        },
    ],
    errors: ERRORS,
    limits: &[Limit::app(200, 300), Limit::app(1000, 3600), Limit::app(5000, 86_400)],
    settings: &[Setting {
        name: WEBHOOK_TOKEN,
        about: "The webhook token that Wahoo's developer portal shows for the app",
        required: false,
    }],
    webhook: Some(Webhook {
        verify: Verify::BodyToken { pointer: "/webhook_token", setting: WEBHOOK_TOKEN },
        handshake: Handshake::None,
        setup: Setup::Portal,
        ack: 200,
        read: notices::read,
    }),
    ..Provider::STANDARD
};

/// Source: <https://cloud-api.wahooligan.com/#errors>.
const ERRORS: &[ErrorRule] = &[
    // What a call without an answer says, like the one that takes the grant back.
    ErrorRule { when: When::Http(&[204]), verdict: Verdict::Ok },
    ErrorRule { when: When::Http(&[401]), verdict: Verdict::Refresh },
    ErrorRule { when: When::Http(&[429]), verdict: Verdict::Retry },
    ErrorRule { when: When::NotJson, verdict: Verdict::Retry },
];

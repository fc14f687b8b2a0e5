//! Oura: a ring. API v2, <https://cloud.ouraring.com/v2/docs>.
//!
//! Quirks: error answers without a body; arrays with nulls; sleeps of type `rest` and `deleted`; see `README.md`.

mod parse;
pub mod sandbox;

use crate::spec::{
    ClientAuth, Clock, ErrorRule, Limit, Method, OAuth2, Page, Pkce, Provider, Revoke, RevokeStyle, Rotation,
    ScopeFrom, Stream, UserId, Verdict, When, Window,
};

/// Every list pages in this way.
const NEXT_TOKEN: Page = Page::Token { send: "next_token", read: "/next_token" };

/// Windows by civil day. Oura compares a document's own local time with these days and its lists differ in whether an
/// end belongs to the window, so both are put one day further out (28 + 2 days are a month's answer).
const DAYS: Window = Window::Range { from: "start_date", to: "end_date", clock: Clock::DatePadded, max_days: 28 };

/// Three years, in days.
const THREE_YEARS: u16 = 3 * 365;

/// Documents of a day that change little once they are there.
const OF_DAYS: Stream = Stream {
    window: DAYS,
    page: NEXT_TOKEN,
    every_s: 6 * 3600,
    overlap_days: 3,
    history_days: THREE_YEARS,
    ..Stream::STANDARD
};

/// The description.
pub const PROVIDER: Provider = Provider {
    id: "oura",
    aliases: &[],
    name: "Oura",
    summary: "Sleep, activity, heart rate, blood oxygen",
    icon: include_str!("icon.svg"),
    data_types: &["activities", "blood_oxygen", "heart_rate", "height", "sleeps", "weight"],
    device: hilum_model::DeviceKind::Ring,
    auth: OAuth2 {
        authorize_url: "https://cloud.ouraring.com/oauth/authorize",
        token_url: "https://api.ouraring.com/oauth/token",
        token_params: &[],
        authorize_params: &[],
        // `personal` tells the account's id, so it is needed whatever else the person grants.
        scopes: &["personal", "email"],
        scope_separator: " ",
        client_auth: ClientAuth::Body,
        pkce: Pkce::None,
        envelope: "",
        rotation: Rotation::Immediate,
        access_ttl_s: 86_400,
        user_id: UserId::Get { path: "/v2/usercollection/personal_info", pointer: "/id", former: None },
        scope_from: ScopeFrom::Redirect,
        revoke: Some(Revoke { url: "/oauth/revoke", style: RevokeStyle::AccessTokenInQuery }),
        ..OAuth2::STANDARD
    },
    api_base: "https://api.ouraring.com",
    streams: &[
        Stream {
            id: "daily_activity",
            scope: "daily",
            method: Method::Get,
            path: "/v2/usercollection/daily_activity",
            params: &[],
            window: DAYS,
            page: NEXT_TOKEN,
            every_s: 3600,
            overlap_days: 3,
            history_days: THREE_YEARS,
            parse: parse::daily_activity,
            ..Stream::STANDARD
        },
        Stream {
            id: "sleep",
            scope: "daily",
            method: Method::Get,
            path: "/v2/usercollection/sleep",
            params: &[],
            window: DAYS,
            page: NEXT_TOKEN,
            every_s: 3600,
            // Nights are recomputed and naps confirmed or rejected days later.
            overlap_days: 7,
            history_days: THREE_YEARS,
            parse: parse::sleep,
            ..Stream::STANDARD
        },
        Stream {
            id: "workout",
            scope: "workout",
            method: Method::Get,
            path: "/v2/usercollection/workout",
            params: &[],
            window: DAYS,
            page: NEXT_TOKEN,
            every_s: 3600,
            overlap_days: 7,
            history_days: THREE_YEARS,
            parse: parse::workout,
            ..Stream::STANDARD
        },
        Stream {
            id: "heartrate",
            scope: "heartrate",
            method: Method::Get,
            path: "/v2/usercollection/heartrate",
            params: &[],
            // The API allows 30 days.
            window: Window::Range { from: "start_datetime", to: "end_datetime", clock: Clock::Rfc3339, max_days: 28 },
            page: NEXT_TOKEN,
            every_s: 3600,
            overlap_days: 2,
            history_days: 365,
            parse: parse::heartrate,
            ..Stream::STANDARD
        },
        Stream {
            id: "daily_spo2",
            scope: "spo2",
            path: "/v2/usercollection/daily_spo2",
            parse: parse::daily_spo2,
            ..OF_DAYS
        },
        Stream {
            id: "daily_readiness",
            scope: "daily",
            path: "/v2/usercollection/daily_readiness",
            parse: parse::daily_readiness,
            ..OF_DAYS
        },
        Stream {
            id: "vo2_max",
            scope: "heart_health",
            // Spelled so.
            path: "/v2/usercollection/vO2_max",
            parse: parse::vo2_max,
            ..OF_DAYS
        },
        Stream {
            id: "personal_info",
            scope: "personal",
            method: Method::Get,
            path: "/v2/usercollection/personal_info",
            params: &[],
            window: Window::Whole,
            page: Page::Single,
            every_s: 86_400,
            overlap_days: 0,
            history_days: 0,
            parse: parse::personal_info,
            ..Stream::STANDARD
        },
    ],
    errors: ERRORS,
    limits: &[Limit::app(5000, 300)],
    ..Provider::STANDARD
};

/// Most error answers have no body, so the HTTP status must do.
/// Source: <https://cloud.ouraring.com/v2/docs#section/Errors>.
const ERRORS: &[ErrorRule] = &[
    ErrorRule { when: When::Http(&[401]), verdict: Verdict::Refresh },
    // The membership has lapsed. Scopes that were not granted are not asked for, so this is not about one stream;
    // only the person can mend it.
    ErrorRule { when: When::Http(&[403]), verdict: Verdict::Reauthorise },
    ErrorRule { when: When::Http(&[429]), verdict: Verdict::Retry },
    ErrorRule { when: When::Http(&[400, 422]), verdict: Verdict::Fatal },
    ErrorRule { when: When::NotJson, verdict: Verdict::Retry },
];

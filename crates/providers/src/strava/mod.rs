//! Strava: workouts of every maker's watches. API v3, <https://developers.strava.com/docs/reference/>.
//!
//! Quirks: the granted scopes are told in the redirect only; a dead token and a missing scope are both 401; see
//! `README.md`.

mod notices;
mod parse;
mod rate;
pub mod sandbox;

use crate::spec::{
    Clock, Detail, Encoding, ErrorRule, Handshake, Hash, Hmac, Key, Limit, OAuth2, Page, Provider, Request, Revoke,
    RevokeStyle, ScopeFrom, Setting, Setup, Signed, Stream, UserId, Verdict, Verify, Webhook, When, Window,
};

/// What the webhook's handshake has to echo.
const VERIFY_TOKEN: &str = "webhook_verify_token";

/// The description.
pub const PROVIDER: Provider = Provider {
    id: "strava",
    name: "Strava",
    summary: "Workouts with their tracks and heart rate",
    icon: include_str!("icon.svg"),
    data_types: &["activities", "heart_rate", "weight"],
    auth: OAuth2 {
        authorize_url: "https://www.strava.com/oauth/authorize",
        token_url: "https://www.strava.com/api/v3/oauth/token",
        authorize_params: &[("approval_prompt", "auto")],
        // `read` is the least that Strava gives; without `activity:read_all` private workouts stay away.
        scopes: &["read", "activity:read_all"],
        scope_separator: ",",
        access_ttl_s: 21_600,
        user_id: UserId::Token("/athlete/id"),
        scope_from: ScopeFrom::Redirect,
        revoke: Some(Revoke { url: "/oauth/deauthorize", style: RevokeStyle::BearerPost }),
        ..OAuth2::STANDARD
    },
    api_base: "https://www.strava.com",
    streams: &[
        Stream {
            id: "activities",
            scope: "activity:read",
            path: "/api/v3/athlete/activities",
            window: Window::Range { from: "after", to: "before", clock: Clock::UnixSeconds, max_days: 366 },
            page: Page::Number { send: "page", size_param: "per_page", size: 200, items: "" },
            detail: Some(Detail { wanted: parse::wanted, parse: parse::track, file: false, scope: "" }),
            // Notices tell of news at once; this finds what they missed.
            every_s: 4 * 3600,
            overlap_days: 7,
            history_days: 10 * 366,
            parse: parse::activities,
            ..Stream::STANDARD
        },
        Stream {
            id: "athlete",
            scope: "profile:read_all",
            path: "/api/v3/athlete",
            every_s: 86_400,
            parse: parse::athlete,
            ..Stream::STANDARD
        },
    ],
    errors: ERRORS,
    // Of the two pairs that Strava has, the one for reading.
    limits: &[Limit::app(100, 900), Limit::app(1000, 86_400)],
    rate: Some(rate::read),
    settings: &[Setting {
        name: VERIFY_TOKEN,
        about: "Any text of your own: Strava repeats it when it checks the address for notices",
        required: false,
    }],
    webhook: Some(Webhook {
        verify: Verify::HmacIfSent(Hmac {
            hash: Hash::Sha256,
            key: Key::ClientSecret,
            signed: Signed::TDotBody,
            encoding: Encoding::Hex,
            header: "x-strava-signature",
            timestamp: None,
            tolerance_s: 300,
        }),
        handshake: Handshake::EchoJson {
            challenge: "hub.challenge",
            token: "hub.verify_token",
            setting: VERIFY_TOKEN,
            member: "hub.challenge",
        },
        setup: Setup::Call(|callback| {
            Request::post_form("/api/v3/push_subscriptions")
                .with("callback_url", callback)
                .with("verify_token", format!("{{{VERIFY_TOKEN}}}"))
        }),
        ack: 200,
        read: notices::read,
    }),
    ..Provider::STANDARD
};

/// Source: <https://developers.strava.com/docs/reference/#api-models-Fault> and the errors that users quote.
const ERRORS: &[ErrorRule] = &[
    // Refreshing would not help, and would be tried for ever.
    ErrorRule { when: When::HttpText(&[401], "/errors/*/code", &["missing"]), verdict: Verdict::ScopeMissing },
    ErrorRule { when: When::Http(&[401]), verdict: Verdict::Refresh },
    // The token endpoint's words for a dead code or refresh token.
    ErrorRule {
        when: When::HttpText(&[400], "/errors/*/resource", &["RefreshToken", "AuthorizationCode"]),
        verdict: Verdict::Reauthorise,
    },
    // The app itself is switched off or over its number of athletes: the operator's matter, no person can mend it.
    ErrorRule { when: When::HttpText(&[403], "/errors/*/resource", &["Application"]), verdict: Verdict::Retry },
    ErrorRule { when: When::NotJson, verdict: Verdict::Retry },
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spec::Answer;

    #[test]
    fn two_kinds_of_401_and_of_403() {
        let judged = |status, resource: &str, field: &str, code: &str| {
            let body = json!({"message": "x", "errors": [{"resource": resource, "field": field, "code": code}]});
            PROVIDER.judge(&Answer { status, json: Some(&body) })
        };
        assert_eq!(judged(401, "Athlete", "access_token", "invalid"), Verdict::Refresh);
        assert_eq!(judged(401, "AccessToken", "activity:read_permission", "missing"), Verdict::ScopeMissing);
        assert_eq!(judged(403, "Application", "Status", "Inactive"), Verdict::Retry);
        assert_eq!(judged(403, "Activity", "id", "forbidden"), Verdict::ScopeMissing);
        assert_eq!(judged(400, "RefreshToken", "refresh_token", "invalid"), Verdict::Reauthorise);
        assert_eq!(judged(400, "Activity", "after", "invalid"), Verdict::Fatal);
        assert_eq!(PROVIDER.judge(&Answer { status: 200, json: None }), Verdict::Retry);
    }
}

//! WHOOP: a strap. API v2, <https://developer.whoop.com/api>.
//!
//! Quirks: a page is asked for with `nextToken` and answered with `next_token`; a record comes first without its score;
//! recovery has no time of its own; see `README.md`.

mod notices;
mod parse;
pub mod sandbox;

use crate::spec::{
    Clock, Encoding, ErrorRule, Handshake, Hash, Hmac, Key, Limit, OAuth2, Page, Per, Provider, Rate, Reset, Revoke,
    RevokeStyle, Setup, Signed, Stream, UserId, Verdict, Verify, Webhook, When, Window,
};

/// Every list pages in this way; the names of request and answer differ.
const NEXT_TOKEN: Page = Page::Token { send: "nextToken", read: "/next_token" };

/// WHOOP names no longest range. At 25 records a page this is three pages of a list with one record a day.
const WINDOW: Window = Window::Range { from: "start", to: "end", clock: Clock::Rfc3339Z, max_days: 60 };

/// The greatest page.
const LIMIT: &[(&str, &str)] = &[("limit", "25")];

/// Three years, in days.
const THREE_YEARS: u16 = 3 * 365;

/// A list of records in windows.
const LIST: Stream =
    Stream { params: LIMIT, window: WINDOW, page: NEXT_TOKEN, history_days: THREE_YEARS, ..Stream::STANDARD };

/// The description.
pub const PROVIDER: Provider = Provider {
    id: "whoop",
    name: "WHOOP",
    summary: "Recovery, sleep, energy, workouts",
    icon: include_str!("icon.svg"),
    data_types: &["activities", "blood_oxygen", "heart_rate", "height", "sleeps", "weight"],
    device: hilum_model::DeviceKind::Band,
    auth: OAuth2 {
        authorize_url: "https://api.prod.whoop.com/oauth/oauth2/auth",
        token_url: "https://api.prod.whoop.com/oauth/oauth2/token",
        // Without this a refresh answers no new refresh token.
        refresh_params: &[("scope", "offline")],
        // `offline` brings the refresh token, `read:profile` the account's id.
        scopes: &["offline", "read:profile"],
        user_id: UserId::Get { path: "/v2/user/profile/basic", pointer: "/user_id", former: None },
        revoke: Some(Revoke { url: "/v2/user/access", style: RevokeStyle::BearerDelete }),
        ..OAuth2::STANDARD
    },
    api_base: "https://api.prod.whoop.com/developer",
    streams: &[
        Stream { id: "cycle", scope: "read:cycles", path: "/v2/cycle", overlap_days: 3, parse: parse::cycle, ..LIST },
        Stream {
            id: "recovery",
            scope: "read:recovery",
            path: "/v2/recovery",
            overlap_days: 7,
            parse: parse::recovery,
            ..LIST
        },
        Stream {
            id: "sleep",
            scope: "read:sleep",
            path: "/v2/activity/sleep",
            // People correct their nights in the app, days later.
            overlap_days: 7,
            parse: parse::sleep,
            ..LIST
        },
        Stream {
            id: "workout",
            scope: "read:workout",
            path: "/v2/activity/workout",
            overlap_days: 7,
            parse: parse::workout,
            ..LIST
        },
        Stream {
            id: "body",
            scope: "read:body_measurement",
            path: "/v2/user/measurement/body",
            every_s: 86_400,
            parse: parse::body,
            ..Stream::STANDARD
        },
        Stream {
            id: "profile",
            scope: "read:profile",
            path: "/v2/user/profile/basic",
            every_s: 7 * 86_400,
            parse: parse::profile,
            ..Stream::STANDARD
        },
    ],
    errors: &[
        ErrorRule { when: When::Http(&[400]), verdict: Verdict::Fatal },
        ErrorRule { when: When::NotJson, verdict: Verdict::Retry },
    ],
    limits: &[Limit::app(100, 60), Limit::app(10_000, 86_400)],
    rate: Some(rate),
    webhook: Some(Webhook {
        verify: Verify::Hmac(Hmac {
            hash: Hash::Sha256,
            key: Key::ClientSecret,
            signed: Signed::TimestampBody,
            encoding: Encoding::Base64,
            header: "x-whoop-signature",
            timestamp: Some(("x-whoop-signature-timestamp", 1)),
            tolerance_s: 300,
        }),
        handshake: Handshake::None,
        setup: Setup::Portal,
        ack: 204,
        read: notices::read,
    }),
    ..Provider::STANDARD
};

/// `X-RateLimit-Remaining` and `X-RateLimit-Reset` (s), of whichever of the two limits is nearer to its end.
fn rate(header: &dyn Fn(&str) -> Option<String>) -> Vec<Rate> {
    let number = |name: &str| header(name)?.trim().parse::<u32>().ok();
    let Some(remaining) = number("x-ratelimit-remaining") else { return Vec::new() };
    vec![Rate { per: Per::App, remaining, reset: number("x-ratelimit-reset").map(Reset::After) }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Answer;

    #[test]
    fn headers_tell_what_is_left() {
        let told = |remaining: &'static str, reset: &'static str| {
            rate(&move |name: &str| {
                let value = match name {
                    "x-ratelimit-remaining" => remaining,
                    "x-ratelimit-reset" => reset,
                    _ => return None,
                };
                Some(value.to_owned()).filter(|v| !v.is_empty())
            })
        };
        let left = |reset| vec![Rate { per: Per::App, remaining: 98, reset }];
        assert_eq!(told("98", "3"), left(Some(Reset::After(3))));
        assert_eq!(told(" 98 ", "soon"), left(None));
        assert_eq!(told("", "3"), []);
        assert_eq!(told("-1", "3"), []);
    }

    #[test]
    fn status_tells_the_verdict() {
        let judged = |status| PROVIDER.judge(&Answer { status, json: Some(&serde_json::json!({})) });
        assert_eq!(judged(200), Verdict::Ok);
        assert_eq!(judged(401), Verdict::Refresh);
        assert_eq!(judged(403), Verdict::ScopeMissing);
        assert_eq!(judged(404), Verdict::Gone);
        assert_eq!(judged(429), Verdict::Retry);
        assert_eq!(judged(503), Verdict::Retry);
        assert_eq!(judged(400), Verdict::Fatal);
        assert_eq!(PROVIDER.judge(&Answer { status: 200, json: None }), Verdict::Retry);
    }
}

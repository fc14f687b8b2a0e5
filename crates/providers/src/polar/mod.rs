//! Polar: watches, straps and rings. AccessLink v3, <https://www.polar.com/accesslink-api/>.
//!
//! Quirks: nothing is collected before the account is registered with a call of its own; no refresh tokens; most times
//! are clock times without a zone; see `README.md`.

mod notices;
mod parse;
mod rate;
pub mod sandbox;

use serde_json::json;

use crate::spec::{
    ClientAuth, Clock, Encoding, ErrorRule, Handshake, Hash, Hmac, Key, Limit, OAuth2, Provider, Register, Request,
    Revoke, RevokeStyle, Rotation, Setting, Setup, Signed, Stream, UserId, Verdict, Verify, Webhook, When, Window,
};

/// The one scope there is.
const READ: &str = "accesslink.read_all";

/// Windows by civil day; 28 days are the most that one call may ask for.
const DAYS: Window = Window::Range { from: "from", to: "to", clock: Clock::Date, max_days: 28 };

/// AccessLink looks back 365 days: thirteen windows fit.
const YEAR: u16 = 13 * 28;

/// What the webhook's signatures are made with.
const WEBHOOK_SECRET: &str = "webhook_secret";

/// The description.
pub const PROVIDER: Provider = Provider {
    id: "polar",
    name: "Polar",
    summary: "Workouts, sleep, activity, heart rate",
    icon: include_str!("icon.svg"),
    data_types: &["activities", "blood_oxygen", "heart_rate", "height", "sleeps", "weight"],
    device: hilum_model::DeviceKind::Watch,
    auth: OAuth2 {
        authorize_url: "https://flow.polar.com/oauth2/authorization",
        token_url: "https://polarremote.com/v2/oauth2/token",
        client_auth: ClientAuth::Basic,
        rotation: Rotation::Keep,
        // The answer says ten years.
        access_ttl_s: 31_536_000,
        user_id: UserId::Token("/x_user_id"),
        revoke: Some(Revoke { url: "/v3/users/{account}", style: RevokeStyle::BearerDelete }),
        // 409: registered before, by this app.
        register: Some(Register { path: "/v3/users", member: "member-id", ok: &[200, 201, 409] }),
        ..OAuth2::STANDARD
    },
    api_base: "https://www.polaraccesslink.com",
    streams: &[
        Stream {
            id: "sleep",
            scope: READ,
            path: "/v3/users/sleep",
            window: Window::Recent,
            every_s: 3 * 3600,
            parse: parse::sleep,
            ..Stream::STANDARD
        },
        Stream {
            id: "nightly_recharge",
            scope: READ,
            path: "/v3/users/nightly-recharge",
            window: Window::Recent,
            every_s: 3 * 3600,
            parse: parse::nightly_recharge,
            ..Stream::STANDARD
        },
        Stream {
            id: "activities",
            scope: READ,
            path: "/v3/users/activities",
            params: &[("steps", "true")],
            window: DAYS,
            every_s: 3 * 3600,
            overlap_days: 2,
            history_days: YEAR,
            parse: parse::activities,
            ..Stream::STANDARD
        },
        Stream {
            id: "exercises",
            scope: READ,
            path: "/v3/exercises",
            params: &[("samples", "true"), ("zones", "true"), ("route", "true")],
            window: Window::Recent,
            every_s: 3 * 3600,
            parse: parse::exercises,
            ..Stream::STANDARD
        },
        Stream {
            id: "continuous_heart_rate",
            scope: READ,
            path: "/v3/users/continuous-heart-rate",
            // The answer to more than one day is documented as if it were one.
            window: Window::Range { from: "from", to: "to", clock: Clock::Date, max_days: 1 },
            every_s: 6 * 3600,
            overlap_days: 1,
            history_days: 28,
            parse: parse::heart_rate,
            ..Stream::STANDARD
        },
        Stream {
            id: "spo2",
            scope: READ,
            path: "/v3/users/biosensing/spo2",
            window: DAYS,
            every_s: 6 * 3600,
            overlap_days: 2,
            history_days: 2 * 28,
            parse: parse::spo2,
            ..Stream::STANDARD
        },
        Stream {
            id: "body_temperature",
            scope: READ,
            path: "/v3/users/biosensing/bodytemperature",
            window: DAYS,
            every_s: 6 * 3600,
            overlap_days: 2,
            history_days: 2 * 28,
            parse: parse::body_temperature,
            ..Stream::STANDARD
        },
        Stream {
            id: "skin_temperature",
            scope: READ,
            path: "/v3/users/biosensing/skintemperature",
            window: DAYS,
            every_s: 6 * 3600,
            overlap_days: 2,
            history_days: 2 * 28,
            parse: parse::skin_temperature,
            ..Stream::STANDARD
        },
        Stream {
            id: "ecg",
            scope: READ,
            path: "/v3/users/biosensing/ecg",
            window: DAYS,
            every_s: 12 * 3600,
            overlap_days: 2,
            history_days: 2 * 28,
            parse: parse::ecg,
            ..Stream::STANDARD
        },
        Stream {
            id: "physical_info",
            scope: READ,
            path: "/v3/users/physical-info",
            every_s: 86_400,
            parse: parse::physical_info,
            ..Stream::STANDARD
        },
    ],
    errors: ERRORS,
    // What an app with no users has; each of them adds 20 and 100, which the headers tell.
    limits: &[Limit::app(500, 900), Limit::app(5000, 86_400)],
    rate: Some(rate::read),
    settings: &[Setting {
        name: WEBHOOK_SECRET,
        about: "`signature_secret_key` of the webhook, shown once when it is made",
        required: false,
    }],
    webhook: Some(Webhook {
        verify: Verify::Hmac(Hmac {
            hash: Hash::Sha256,
            key: Key::Setting(WEBHOOK_SECRET),
            signed: Signed::Body,
            encoding: Encoding::Hex,
            header: "polar-webhook-signature",
            timestamp: None,
            tolerance_s: 300,
        }),
        handshake: Handshake::Ping { pointer: "/event", value: "PING" },
        setup: Setup::Call(|callback| {
            Request::post_json("/v3/webhooks", json!({"events": notices::EVENTS, "url": callback}))
        }),
        ack: 200,
        read: notices::read,
    }),
    ..Provider::STANDARD
};

/// Source: <https://www.polar.com/accesslink-api/#errors>.
const ERRORS: &[ErrorRule] = &[
    // Several calls say "nothing" in this way.
    ErrorRule { when: When::Http(&[204]), verdict: Verdict::Ok },
    ErrorRule { when: When::Http(&[401]), verdict: Verdict::Refresh },
    // The person has not accepted all consents in their Polar account; there is but one scope, so it is not about that.
    ErrorRule { when: When::Http(&[403]), verdict: Verdict::Reauthorise },
    ErrorRule { when: When::NotJson, verdict: Verdict::Retry },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Answer;

    #[test]
    fn nothing_is_no_error_and_missing_consent_is_the_persons_matter() {
        let judged = |status| PROVIDER.judge(&Answer { status, json: None });
        assert_eq!(judged(204), Verdict::Ok);
        assert_eq!(judged(200), Verdict::Retry, "a page of HTML");
        assert_eq!((judged(401), judged(403)), (Verdict::Refresh, Verdict::Reauthorise));
        assert_eq!((judged(400), judged(404)), (Verdict::Fatal, Verdict::Gone));
    }
}

//! Garmin: watches and scales. Connect Developer Program, Health and Activity API,
//! <https://developer.garmin.com/gc-developer-program/>.
//!
//! Quirks: nothing is asked for, everything is pushed, and the past is ordered; what a body is about its only key says;
//! see `README.md`.

mod notices;
mod parse;
pub mod sandbox;

use hilum_model::Batch;

use crate::spec::{
    Backfill, Context, ErrorRule, Handshake, Limit, OAuth2, ParseError, Pkce, Provider, Revoke, RevokeStyle, Setup,
    Stream, UserId, Verdict, Verify, Webhook, When, Window,
};

/// The description.
pub const PROVIDER: Provider = Provider {
    id: "garmin",
    name: "Garmin",
    summary: "Activity, sleep, heart rate, workouts, weight",
    icon: include_str!("icon.svg"),
    data_types: &["activities", "blood_oxygen", "blood_pressure", "bmi", "body_fat", "heart_rate", "sleeps", "weight"],
    device: hilum_model::DeviceKind::Watch,
    auth: OAuth2 {
        authorize_url: "https://connect.garmin.com/oauth2Confirm",
        token_url: "https://diauth.garmin.com/di-oauth2-service/oauth/token",
        pkce: Pkce::S256,
        access_ttl_s: 86_400,
        user_id: UserId::Get { path: "/wellness-api/rest/user/id", pointer: "/userId", former: None },
        revoke: Some(Revoke { url: "/wellness-api/rest/user/registration", style: RevokeStyle::BearerDelete }),
        ..OAuth2::STANDARD
    },
    api_base: "https://apis.garmin.com",
    streams: &[
        pushed("dailies", PATHS[0], parse::dailies),
        pushed("epochs", PATHS[1], parse::epochs),
        pushed("sleeps", PATHS[2], parse::sleeps),
        pushed("body_comps", PATHS[3], parse::body_comps),
        pushed("hrv", PATHS[4], parse::hrv),
        pushed("pulse_ox", PATHS[5], parse::pulse_ox),
        pushed("respiration", PATHS[6], parse::respiration),
        pushed("blood_pressures", PATHS[7], parse::blood_pressures),
        pushed("user_metrics", PATHS[8], parse::user_metrics),
        pushed("skin_temp", PATHS[9], parse::skin_temp),
        pushed("activities", PATHS[10], parse::activities),
        pushed("activity_details", PATHS[11], parse::activity_details),
    ],
    errors: ERRORS,
    // Of evaluation keys; others have more.
    limits: &[Limit::app(100, 60)],
    webhook: Some(Webhook {
        verify: Verify::SecretPath,
        handshake: Handshake::None,
        setup: Setup::Portal,
        ack: 200,
        read: notices::read,
    }),
    ..Provider::STANDARD
};

/// Where the data of a ping are read, and where the past is ordered.
const PATHS: [(&str, &str); 12] = [
    ("/wellness-api/rest/dailies", "/wellness-api/rest/backfill/dailies"),
    ("/wellness-api/rest/epochs", "/wellness-api/rest/backfill/epochs"),
    ("/wellness-api/rest/sleeps", "/wellness-api/rest/backfill/sleeps"),
    ("/wellness-api/rest/bodyComps", "/wellness-api/rest/backfill/bodyComps"),
    ("/wellness-api/rest/hrv", "/wellness-api/rest/backfill/hrv"),
    ("/wellness-api/rest/pulseox", "/wellness-api/rest/backfill/pulseox"),
    ("/wellness-api/rest/allDayRespiration", "/wellness-api/rest/backfill/allDayRespiration"),
    ("/wellness-api/rest/bloodPressures", "/wellness-api/rest/backfill/bloodPressures"),
    ("/wellness-api/rest/userMetrics", "/wellness-api/rest/backfill/userMetrics"),
    ("/wellness-api/rest/skinTemp", "/wellness-api/rest/backfill/skinTemp"),
    ("/wellness-api/rest/activities", "/wellness-api/rest/backfill/activities"),
    ("/wellness-api/rest/activityDetails", "/wellness-api/rest/backfill/activityDetails"),
];

/// A kind of summary, pushed when a device has uploaded.
const fn pushed(
    id: &'static str,
    (path, backfill): (&'static str, &'static str),
    parse: fn(&[u8], &Context) -> Result<Batch, ParseError>,
) -> Stream {
    Stream {
        id,
        path,
        window: Window::Pushed,
        // A year, in orders of 30 days. 409: that part was ordered before.
        backfill: Some(Backfill {
            path: backfill,
            from: "summaryStartTimeInSeconds",
            to: "summaryEndTimeInSeconds",
            max_days: 30,
            ok: &[202, 409],
        }),
        every_s: 86_400,
        history_days: 360,
        parse,
        ..Stream::STANDARD
    }
}

/// Source: reports of partners; the reference is for partners only.
const ERRORS: &[ErrorRule] = &[
    // An order is accepted, or a registration ended: neither has a body.
    ErrorRule { when: When::Http(&[202, 204]), verdict: Verdict::Ok },
    ErrorRule { when: When::Http(&[401]), verdict: Verdict::Refresh },
    // Of the past: the person did not allow `HISTORICAL_DATA_EXPORT`.
    ErrorRule { when: When::Http(&[403]), verdict: Verdict::ScopeMissing },
    ErrorRule { when: When::Http(&[429]), verdict: Verdict::Retry },
    ErrorRule { when: When::NotJson, verdict: Verdict::Retry },
];

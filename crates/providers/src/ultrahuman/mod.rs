//! Ultrahuman: a ring, and a glucose sensor. Partner API, <https://vision.ultrahuman.com/developer-docs>.
//!
//! Quirks: one endpoint tells a whole day as a list of tagged objects; see `README.md`.

mod parse;
pub mod sandbox;

use crate::spec::{ErrorRule, Limit, OAuth2, Provider, Revoke, RevokeStyle, Stream, UserId, Verdict, When, Window};

/// The description.
pub const PROVIDER: Provider = Provider {
    id: "ultrahuman",
    name: "Ultrahuman",
    summary: "Sleep, heart rate, steps, skin temperature, glucose",
    icon: include_str!("icon.svg"),
    data_types: &["activities", "blood_glucose", "blood_oxygen", "heart_rate", "sleeps"],
    device: hilum_model::DeviceKind::Ring,
    auth: OAuth2 {
        authorize_url: "https://auth.ultrahuman.com/authorise",
        token_url: "https://partner.ultrahuman.com/api/partners/oauth/token",
        // The account's id, and the values of the sensor, which come in the same list as those of the ring.
        scopes: &["profile", "cgm_data"],
        access_ttl_s: 86_400,
        user_id: UserId::Get { path: "/user_data/user_info", pointer: "/user_id", former: None },
        revoke: Some(Revoke {
            url: "https://partner.ultrahuman.com/api/partners/oauth/revoke",
            style: RevokeStyle::Rfc7009,
        }),
        ..OAuth2::STANDARD
    },
    api_base: "https://partner.ultrahuman.com/api/partners/v1",
    streams: &[Stream {
        id: "metrics",
        scope: "ring_data",
        path: "/user_data/metrics",
        window: Window::OneDay { day: "date" },
        every_s: 6 * 3600,
        overlap_days: 3,
        history_days: 90,
        parse: parse::metrics,
        ..Stream::STANDARD
    }],
    errors: &[ErrorRule { when: When::NotJson, verdict: Verdict::Retry }],
    // None is published.
    limits: &[Limit::app(300, 60)],
    ..Provider::STANDARD
};

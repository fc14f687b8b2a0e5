//! Dexcom: continuous glucose monitors. API v3, <https://developer.dexcom.com/docs/dexcomv3/>.
//!
//! Quirks: an account lives on one of several hosts, so the region is asked before the redirect; times without a zone
//! are UTC; see `README.md`.

mod parse;
pub mod sandbox;

use hilum_model::{Contexts, Metric, Tells};
use serde_json::Value;

use crate::spec::{Clock, ErrorRule, Extent, Limit, OAuth2, Provider, Region, Stream, UserId, Verdict, When, Window};

/// The one scope there is.
const OFFLINE: &str = "offline_access";

/// Windows of the lists, compared with the time in UTC; 30 days are the most.
const WINDOW: Window = Window::Range { from: "startDate", to: "endDate", clock: Clock::UtcBare, max_days: 30 };

/// The end of the range of glucose values, as `dataRange` tells it.
fn newest_glucose(range: &Value) -> Option<hilum_model::Time> {
    crate::spec::read::bare(range.pointer("/egvs/end/systemTime")?.as_str()?)
}

/// The description.
pub const PROVIDER: Provider = Provider {
    id: "dexcom",
    name: "Dexcom",
    summary: "Glucose, carbohydrates, insulin",
    icon: include_str!("icon.svg"),
    data_types: &["blood_glucose", "meals"],
    device: hilum_model::DeviceKind::GlucoseMonitor,
    auth: OAuth2 {
        // The login is still that of version 2.
        authorize_url: "https://{region}/v2/oauth2/login",
        token_url: "https://{region}/v2/oauth2/token",
        access_ttl_s: 7200,
        user_id: UserId::Get { path: "/v3/users/self/dataRange", pointer: "/userId", former: None },
        ..OAuth2::STANDARD
    },
    api_base: "https://{region}",
    extent: Some(Extent { path: "/v3/users/self/dataRange", newest: newest_glucose }),
    streams: &[
        Stream {
            id: "egvs",
            scope: OFFLINE,
            path: "/v3/users/self/egvs",
            window: WINDOW,
            every_s: 1800,
            // The phone uploads an hour late, in the USA three.
            overlap_days: 2,
            history_days: 360,
            parse: parse::egvs,
            ..Stream::STANDARD
        },
        Stream {
            id: "events",
            scope: OFFLINE,
            path: "/v3/users/self/events",
            window: WINDOW,
            every_s: 3600,
            // What was entered is changed and deleted later.
            overlap_days: 7,
            history_days: 360,
            parse: parse::events,
            // Doses are samples, which have no id: one that is deleted is known by not being told.
            whole: &[Tells::Samples(Metric::InsulinDose, Contexts::ALL)],
            ..Stream::STANDARD
        },
    ],
    errors: ERRORS,
    limits: &[Limit::app(60_000, 3600)],
    regions: &[
        Region { id: "us", name: "United States", host: "api.dexcom.com" },
        Region { id: "ous", name: "Outside the United States", host: "api.dexcom.eu" },
        Region { id: "jp", name: "Japan", host: "api.dexcom.jp" },
        Region { id: "sandbox", name: "Dexcom's sandbox", host: "sandbox-api.dexcom.com" },
    ],
    ..Provider::STANDARD
};

/// Source: <https://developer.dexcom.com/docs/dexcomv3/>.
const ERRORS: &[ErrorRule] = &[
    ErrorRule { when: When::Http(&[401]), verdict: Verdict::Refresh },
    ErrorRule { when: When::Http(&[429]), verdict: Verdict::Retry },
    ErrorRule { when: When::NotJson, verdict: Verdict::Retry },
];

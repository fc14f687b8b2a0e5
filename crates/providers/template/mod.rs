//! Template of a provider: copy this folder to `src/NAME/` and replace what is made up. Say here what the source is and
//! where its documentation stands.
//!
//! Quirks: name those that a reader of this folder must know; see `README.md`.

mod parse;
pub mod sandbox;

use crate::spec::{Clock, ErrorRule, Limit, OAuth2, Page, Provider, Stream, UserId, Verdict, When, Window};

/// The description. What is not named is as in `STANDARD`; `crates/providers/src/spec/` says what each field means.
pub const PROVIDER: Provider = Provider {
    id: "template",
    name: "Template",
    summary: "Daily steps",
    icon: include_str!("icon.svg"),
    // What the fixtures deliver, by Human API's names, in order.
    data_types: &["activities"],
    auth: OAuth2 {
        authorize_url: "https://template.example/oauth/authorize",
        token_url: "https://template.example/oauth/token",
        user_id: UserId::Token("/user_id"),
        ..OAuth2::STANDARD
    },
    api_base: "https://api.template.example",
    streams: &[Stream {
        id: "days",
        scope: "activity",
        path: "/v1/days",
        window: Window::Range { from: "from", to: "to", clock: Clock::Date, max_days: 90 },
        page: Page::Token { send: "cursor", read: "/next" },
        overlap_days: 3,
        history_days: 3 * 365,
        parse: parse::days,
        ..Stream::STANDARD
    }],
    errors: &[ErrorRule { when: When::NotJson, verdict: Verdict::Retry }],
    limits: &[Limit::app(100, 60)],
    ..Provider::STANDARD
};

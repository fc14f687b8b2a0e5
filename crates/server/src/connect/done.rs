//! `GET /connect/done`: the last page of a login window. Its address holds public words only.
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use hilum_engine::enrol::{Failure, Landing, LoginResult};
use serde::Serialize;

use super::policy::Policy;
use super::view::{DonePage, failure_text, html, script_json};
use crate::{AppState, query};

/// The words of an address for each result.
const WORDS: [(&str, LoginResult); 8] = [
    ("connected", LoginResult::Connected),
    ("denied", LoginResult::Failed(Failure::Denied)),
    ("nothing_granted", LoginResult::Failed(Failure::NothingGranted)),
    ("refused", LoginResult::Failed(Failure::Refused)),
    ("refused_in_region", LoginResult::Failed(Failure::RefusedInRegion)),
    ("no_answer", LoginResult::Failed(Failure::NoAnswer)),
    ("other_browser", LoginResult::Failed(Failure::OtherBrowser)),
    ("session_ended", LoginResult::Failed(Failure::SessionEnded)),
];

#[derive(Serialize)]
struct Data {
    message: bool,
}

/// Path and query of the page for a login. `message`: in a web view of the iOS convention.
pub(super) fn address(provider: &str, landing: &Landing, message: bool) -> String {
    let word = WORDS.iter().find(|(_, result)| *result == landing.result).map_or("refused", |(word, _)| word);
    let app = landing.app.client_id;
    let message = if message { "&message=1" } else { "" };
    format!("/connect/done?result={word}&source={provider}&app={app}{message}")
}

/// The endpoint. Whatever the address says, only words and names of ours are shown.
pub(super) async fn done(State(engine): State<AppState>, RawQuery(query): RawQuery) -> Response {
    let pairs = query::pairs(query.as_deref().unwrap_or_default()).unwrap_or_default();
    let value = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).unwrap_or_default();
    let result = WORDS.iter().find(|(word, _)| *word == value("result")).map(|(_, result)| *result);
    let result = result.unwrap_or(LoginResult::Failed(Failure::Refused));
    let source_name = hilum_providers::find(value("source")).map_or("The source", |p| p.name);
    let app = value("app").parse().ok().and_then(|id| engine.store.app(id).ok().flatten());
    let (result, detail) = match result {
        LoginResult::Connected => ("connected", ""),
        LoginResult::Failed(Failure::Denied) => ("denied", ""),
        LoginResult::Failed(failure) => ("failed", failure_text(failure)),
    };
    let page = DonePage {
        lang: "en",
        variant: "alone",
        result,
        source_name: source_name.to_owned(),
        app_name: app.map_or_else(|| "the app".to_owned(), |app| app.name),
        detail: detail.to_owned(),
        data_json: script_json(&Data { message: value("message") == "1" }),
    };
    Policy::alone().apply(html(StatusCode::OK, &page))
}

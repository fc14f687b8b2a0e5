//! `GET /connect/callback/{provider}`: the provider sends the browser back.
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use hilum_engine::enrol::{CallbackAnswer, Landing, Window};
use hilum_model::Secret;

use super::{cookies, done, start, view};
use crate::{AppState, query};

/// The endpoint. It answers with a redirect to an address without code and state, so that neither stays in the
/// history nor in a `Referer`.
pub(super) async fn callback(
    State(engine): State<AppState>,
    Path(provider): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let answer = read(query.as_deref().unwrap_or_default());
    let cookie = |flow| cookies::get(&headers, &cookies::flow_name(&engine.config, flow));
    match engine.finish_login(&provider, answer, cookie).await {
        Ok(landing) => {
            let gone = cookies::clear_flow(&engine.config, landing.flow_id);
            ([gone], Redirect::to(&start::absolute(&engine, &target(&provider, &landing)))).into_response()
        }
        Err(error) => view::error_page(&error.into()),
    }
}

fn target(provider: &str, landing: &Landing) -> String {
    match landing.settings.window {
        Window::Same => format!("/connect/page?s={}", landing.settings.resume),
        Window::Popup => done::address(provider, landing, false),
        Window::WebView => done::address(provider, landing, true),
    }
}

/// Each pair by itself: one unreadable pair must not hide the state, which has to be used up.
fn read(query: &str) -> CallbackAnswer {
    let mut answer = CallbackAnswer::default();
    for part in query.split('&') {
        let Ok(pairs) = query::pairs(part) else {
            answer.garbled = true;
            continue;
        };
        for (name, value) in pairs {
            match name.as_str() {
                "state" => answer.state.push(Secret::new(value)),
                "code" => answer.code.push(Secret::new(value)),
                "error" => answer.error.push(value),
                "scope" => answer.scope.push(value),
                _ => {}
            }
        }
    }
    answer
}

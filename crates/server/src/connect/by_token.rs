//! `GET /?token=…`: Connect as the second generation opens it, with a token that the app's server asked for.
use std::net::IpAddr;

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use hilum_model::Secret;

use super::{page, view};
use crate::{ApiError, AppState};

/// What an address of the second generation says. Its other parameters (`pisId`, `preseededSources`, `segment`, …) are
/// taken and not needed.
pub(super) struct Asked {
    /// Empty if there is none.
    token: Secret<String>,
    client_id: Option<String>,
}

/// Reads an address; `None` if it is of the first generation, which knows no `token`. Without one there is still a mode in
/// which the second generation opens.
pub(super) fn asked(pairs: &[(String, String)]) -> Option<Asked> {
    let value = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
    let token = match value("token") {
        Some(token) => token,
        None if value("mode").as_deref() == Some("select") => String::new(),
        None => return None,
    };
    Some(Asked { token: Secret::new(token), client_id: value("clientId").or_else(|| value("client_id")) })
}

/// The page, or one that says why there is none. That one is shown in frames of the app that the token or `clientId`
/// names, and tells it there; where neither names one, it is nobody's.
pub(super) async fn open(engine: &AppState, asked: &Asked, from: Option<IpAddr>, headers: &HeaderMap) -> Response {
    let app = match engine.token_app(asked.token.expose(), asked.client_id.as_deref()) {
        Ok(app) => app,
        Err(error) => return view::error_page(&error.into()),
    };
    // Its own page is where the app says for whom it is. A link to this one, which somebody was sent, must not do.
    if headers.get("sec-fetch-dest").is_some_and(|dest| dest == "document") {
        return view::error_page(&ApiError::new(
            StatusCode::FORBIDDEN,
            "not_framed",
            "Not In Its App",
            "This page works only inside the app that opens it. Go back there and press its button.",
        ));
    }
    let opened = engine.open_by_token(app.clone(), &asked.token, from).await;
    match opened.and_then(|opened| page::answer(engine, &opened)) {
        Ok(response) => response,
        Err(error) => view::problem_in_objects(&engine.config, &app, &error.into()),
    }
}

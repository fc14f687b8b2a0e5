//! `GET /oauth/authorize`: the authorisation endpoint of OAuth 2 (RFC 6749, section 4.1.1), which opens Connect in the
//! whole window.
use std::net::IpAddr;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use hilum_engine::enrol::{Authorize, EnrolError, answered};
use hilum_model::{Phi, Secret};
use hilum_store::apps::App;

use super::{cookies, page, view};
use crate::peer::{Peer, address};
use crate::{ApiError, AppState, query};

/// The endpoint. What is wrong before the redirect target is known to be the app's is shown; what is wrong after, the app
/// is told there.
pub(super) async fn authorize(
    State(engine): State<AppState>,
    RawQuery(query): RawQuery,
    peer: Peer,
    headers: HeaderMap,
) -> Response {
    let (app, asked) = match trusted(&engine, query.as_deref().unwrap_or_default()) {
        Ok(found) => found,
        Err(error) => return view::error_page(&error),
    };
    let (target, state) = (asked.value("redirect_uri"), asked.value("state"));
    match open(&engine, app, &asked, address(peer.as_ref(), &headers), &headers).await {
        Ok(response) => response,
        Err(error) => {
            let pairs = [("error", word(&error)), ("error_description", error.detailed.as_str())];
            let target = target.unwrap_or_default();
            Redirect::to(&answered(&target, &pairs, state.as_deref())).into_response()
        }
    }
}

/// Parameters, each once.
struct Asked(Vec<(String, String)>);

impl Asked {
    /// An empty value counts as absent.
    fn value(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.clone())
    }
}

/// The app, once its redirect target is known to be registered.
fn trusted(engine: &AppState, query: &str) -> Result<(App, Asked), ApiError> {
    let pairs = query::pairs(query).map_err(|_| {
        ApiError::bad_request("invalid_parameters", "Invalid Parameters", "The address is not UTF-8 once decoded.")
    })?;
    for (at, (name, value)) in pairs.iter().enumerate() {
        if pairs[..at].iter().any(|(earlier, other)| earlier == name && other != value) {
            return Err(ApiError::bad_request(
                "conflicting_parameters",
                "Conflicting Parameters",
                "A parameter of this address is there more than once, with different values.",
            ));
        }
    }
    let asked = Asked(pairs);
    let client_id = asked.value("client_id").unwrap_or_default();
    let redirect_uri = asked.value("redirect_uri").unwrap_or_default();
    let app = engine.oauth_app(&client_id, &redirect_uri).map_err(|error| match error {
        EnrolError::RedirectNotAllowed => ApiError {
            detailed: "redirect_uri is not registered for this app. Register exactly this URL.".to_owned(),
            ..error.into()
        },
        other => other.into(),
    })?;
    Ok((app, asked))
}

async fn open(
    engine: &AppState,
    app: App,
    asked: &Asked,
    from: Option<IpAddr>,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    if asked.value("response_type").as_deref() != Some("code") {
        return Err(ApiError::bad_request(
            "unsupported_response_type",
            "Unsupported Response Type",
            "response_type has to be code.",
        ));
    }
    // RFC 7636, section 4.3: a challenge without a method is of method plain, which proves little.
    if asked.value("code_challenge").is_some() && asked.value("code_challenge_method").as_deref() != Some("S256") {
        return Err(EnrolError::InvalidChallenge.into());
    }
    let request = Authorize {
        redirect_uri: asked.value("redirect_uri").unwrap_or_default(),
        user: asked.value("user").map(Phi::new),
        human_id: asked.value("human_id"),
        public_token: asked.value("public_token").map(Secret::new),
        edit: asked.value("mode").as_deref() == Some("edit"),
        state: asked.value("state"),
        challenge: asked.value("code_challenge"),
    };
    let cookie = |short: &str| cookies::get(headers, &cookies::resume_name(&engine.config, short));
    let opened = engine.authorize(app, request, from, cookie).await?;
    Ok(page::answer(engine, &opened)?)
}

/// The word of RFC 6749, section 4.1.2.1.
fn word(error: &ApiError) -> &'static str {
    match error.code {
        "unsupported_response_type" => "unsupported_response_type",
        "too_many_requests" | "server_busy" => "temporarily_unavailable",
        "server_error" => "server_error",
        _ => "invalid_request",
    }
}

//! `POST /connect/start`: from the person's click to the provider's login.
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};

use hilum_engine::enrol::DOOR;

use super::{cookies, files, guard, phone, view};
use crate::body::Fields;
use crate::{ApiError, AppState};

/// The endpoint. It is a form post into a top-level window: the secret in its body cannot be forwarded as a link, and
/// the cookie that it sets is that window's own.
pub(super) async fn start(State(engine): State<AppState>, headers: HeaderMap, fields: Fields) -> Response {
    match run(&engine, &headers, &fields).await {
        Ok(response) => response,
        Err(error) => view::error_page(&error),
    }
}

async fn run(engine: &AppState, headers: &HeaderMap, fields: &Fields) -> Result<Response, ApiError> {
    guard::own_origin(&engine.config, headers)?;
    let (secret, provider) = (fields.required("secret")?, fields.required("provider")?);
    if hilum_providers::bridge::bridge(provider).is_some() {
        let invited = engine.invite_phone(secret, provider).await?;
        return Ok(phone::page(secret, &invited, &engine.offered_files(secret)?));
    }
    if provider == DOOR {
        return Ok(files::page(secret, &engine.offered_files(secret)?));
    }
    let started = engine.start_login(secret, provider, fields.text("region")?, fields.text("connection")?).await?;
    // 303: the provider gets a GET, and nothing of the body.
    let cookie = cookies::set_flow(&engine.config, started.flow_id, &started.cookie);
    Ok(([cookie], Redirect::to(&started.authorize_url)).into_response())
}

/// An address of ours, from the configuration alone.
pub(super) fn absolute(engine: &AppState, path: &str) -> String {
    format!("{}{path}", engine.config.public_url.as_str().trim_end_matches('/'))
}

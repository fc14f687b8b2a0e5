//! `POST /connect/agree`: the person agrees to an account that is another one than was to be renewed.
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::{IntoResponse, Redirect, Response};

use super::{guard, start, view};
use crate::body::Fields;
use crate::{ApiError, AppState};

/// The endpoint: the new list for the script, the page again without it. (Who does not agree disconnects the account, as any other.)
pub(super) async fn agree(State(engine): State<AppState>, headers: HeaderMap, fields: Fields) -> Response {
    let by_script = headers.get(ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|accept| accept.contains("fragment"));
    match run(&engine, &headers, &fields, by_script).await {
        Ok(response) => response,
        Err(error) if by_script => error.into_response(),
        Err(error) => view::error_page(&error),
    }
}

async fn run(engine: &AppState, headers: &HeaderMap, fields: &Fields, by_script: bool) -> Result<Response, ApiError> {
    guard::own_origin(&engine.config, headers)?;
    let secret = fields.required("secret")?;
    engine.agree_to_account(secret, fields.required("connection")?).await?;
    let (session, settings, sources) = engine.list_sources(secret)?;
    if by_script {
        return Ok(view::fragment(&session, &settings, secret, &sources));
    }
    Ok(Redirect::to(&start::absolute(engine, &format!("/connect/page?s={}", settings.resume))).into_response())
}

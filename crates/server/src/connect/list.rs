//! `POST /connect/list`: the list of sources as it stands.
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::{IntoResponse, Redirect, Response};

use super::{guard, start, view};
use crate::body::Fields;
use crate::{ApiError, AppState};

/// The endpoint.
pub(super) async fn list(
    State(engine): State<AppState>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, ApiError> {
    guard::own_origin(&engine.config, &headers)?;
    let secret = fields.required("secret")?;
    let (session, settings, sources) = engine.list_sources(secret)?;
    Ok(view::fragment(&session, &settings, secret, &sources))
}

/// The answer to an action on one of the person's connections: the new list for the script, the page again without it.
/// `act` is given the engine, the page's secret and the connection.
pub(super) async fn after<Act>(engine: &AppState, headers: &HeaderMap, fields: &Fields, act: Act) -> Response
where
    Act: AsyncFnOnce(&AppState, &str, &str) -> Result<(), ApiError>,
{
    let by_script = headers.get(ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|accept| accept.contains("fragment"));
    let run = async || {
        guard::own_origin(&engine.config, headers)?;
        let secret = fields.required("secret")?;
        act(engine, secret, fields.required("connection")?).await?;
        let (session, settings, sources) = engine.list_sources(secret)?;
        if by_script {
            return Ok(view::fragment(&session, &settings, secret, &sources));
        }
        let page = start::absolute(engine, &format!("/connect/page?s={}", settings.resume));
        Ok::<_, ApiError>(Redirect::to(&page).into_response())
    };
    match run().await {
        Ok(response) => response,
        Err(error) if by_script => error.into_response(),
        Err(error) => view::error_page(&error),
    }
}

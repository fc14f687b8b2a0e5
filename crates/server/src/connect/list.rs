//! `POST /connect/list`: the list of sources as it stands.
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::{guard, view};
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

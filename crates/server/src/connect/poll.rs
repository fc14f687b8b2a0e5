//! `POST /connect/poll`: has anything changed? Answered from memory alone.
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::guard;
use crate::body::Fields;
use crate::{ApiError, AppState};

/// The answer while the session is open.
#[derive(Serialize)]
pub(super) struct Version {
    version: i64,
}

/// The endpoint. After finish, close or expiry, and for anything that is no poll token, the answer is the same 412:
/// it tells nothing, costs nothing, and pages that were left open ask on until they are reloaded.
pub(super) async fn poll(
    State(engine): State<AppState>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Json<Version>, ApiError> {
    guard::own_origin(&engine.config, &headers)?;
    let token = fields.text("poll")?.unwrap_or_default();
    engine.poll(token).map(|version| Json(Version { version })).ok_or_else(|| {
        ApiError::new(
            StatusCode::PRECONDITION_FAILED,
            "session_over",
            "Session Over",
            "This Connect session has ended. Reload the page that opened it.",
        )
    })
}

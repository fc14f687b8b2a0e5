//! Connections of a user, for the app: pausing one, and letting it go on.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hilum_engine::{Engine, health};
use hilum_model::ConnectionId;
use hilum_store::StoreError;
use hilum_store::apps::App;
use hilum_store::connections::ConnectionState;
use serde::Serialize;

use super::users::find;
use crate::ApiError;

/// How a connection is, in the words of `/v1/human/sources`.
#[derive(Serialize)]
struct Shown {
    id: ConnectionId,
    source: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    since: String,
}

/// `POST users/{humanId or externalId}/connections/{id}/pause` and `…/resume`: nothing is fetched for a paused connection
/// and nothing taken in; its data stay. Doing it twice is fine.
pub(super) async fn pause(
    engine: &Engine,
    app: &App,
    user: &str,
    connection: &str,
    pause: bool,
) -> Result<Response, ApiError> {
    let human = find(engine, app, user)?.human_id;
    let unknown = || ApiError::not_found("The user has no such connection.");
    let id: ConnectionId = connection.parse().map_err(|_| unknown())?;
    let changed = engine.pause_connection(human, id, pause).await.map_err(|error| match error {
        StoreError::NotFound => unknown(),
        error => error.into(),
    })?;
    let row = engine.store.connection(human, id)?.ok_or_else(unknown)?;
    let health = health(&row, engine.clock.now()).ok_or_else(unknown)?;
    if !changed && (row.state == ConnectionState::Paused) != pause {
        return Err(ApiError::new(
            StatusCode::CONFLICT,
            "connection_not_active",
            "Connection Not Active",
            format!(
                "Only a connection that is being synced can be paused. This one is {}: the person has to authorise again.",
                health.condition.word()
            ),
        ));
    }
    let shown = Shown {
        id,
        source: row.provider,
        state: health.condition.word(),
        reason: health.reason,
        since: health.since.to_iso(),
    };
    Ok(Json(shown).into_response())
}

//! Connections of a user, for the app: pausing one, and letting it go on.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hilum_engine::health;
use hilum_model::ConnectionId;
use hilum_store::StoreError;
use hilum_store::connections::ConnectionState;
use serde::Serialize;

use super::users::find;
use crate::ApiError;
use crate::api::schema::named;
use crate::api::{About, AppCall, Operation, Tag, Verb};

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

/// Their addresses.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::app(
        Verb::Post,
        "/v1/apps/{clientId}/users/{userId}/connections/{connectionId}/pause",
        |call| Box::pin(async move { pause(call, true).await }),
        || {
            About::new(Tag::Users, "pauseConnection", "Fetches nothing more for a connection and takes nothing in")
                .answer(200, "How the connection is now", named("ConnectionState"))
                .or_not_found()
                .error(409, &["connection_not_active"])
        },
    ),
    Operation::app(
        Verb::Post,
        "/v1/apps/{clientId}/users/{userId}/connections/{connectionId}/resume",
        |call| Box::pin(async move { pause(call, false).await }),
        || {
            About::new(Tag::Users, "resumeConnection", "Lets a paused connection go on")
                .answer(200, "How the connection is now", named("ConnectionState"))
                .or_not_found()
                .error(409, &["connection_not_active"])
        },
    ),
];

/// `POST users/{humanId or externalId}/connections/{id}/pause` and `…/resume`: nothing is fetched for a paused connection
/// and nothing taken in; its data stay. Doing it twice is fine.
async fn pause(call: AppCall, pause: bool) -> Result<Response, ApiError> {
    let engine = &call.engine;
    let human = find(engine, &call.app, &call.id(0)?)?.human_id;
    let unknown = || ApiError::not_found("The user has no such connection.");
    let id: ConnectionId = call.part(1).parse().map_err(|_| unknown())?;
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

//! `POST /push/{key}`: an app on a person's phone delivers.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest as _, Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use hilum_engine::push::PushError;
use serde_json::{Value, json};

use super::body;
use crate::peer::{Peer, address};
use crate::{ApiError, AppState};

/// The endpoint. It answers when the data are durable. An address that has ended says so with 410, so that the app
/// shows it to the person.
pub(super) async fn receive(
    State(engine): State<AppState>,
    Path(key): Path<String>,
    peer: Peer,
    headers: HeaderMap,
    request: Request,
) -> Result<Json<Value>, ApiError> {
    let from = address(peer.as_ref(), &headers);
    engine.may_push(&key, from).map_err(|wait| {
        ApiError::too_often(wait, "Posts come too often. Send more data at once, and try this one again later.")
    })?;
    let sent = Bytes::from_request(request, &()).await.map_err(|_| body::too_large())?;
    let plain = body::plain(&headers, &sent)?;
    let pushed = engine.receive_push(&key, &plain).await.map_err(|error| match error {
        PushError::UnknownKey => ApiError::new(
            StatusCode::GONE,
            "push_address_ended",
            "Push Address Ended",
            "This address is not valid (any more). Open Connect in the app that you share with, and connect the phone anew.",
        ),
        PushError::Unreadable => ApiError::bad_request(
            "invalid_body",
            "Invalid Body",
            "The body is not what the app for this source posts. Choose JSON as its format.",
        ),
        PushError::Early => ApiError {
            retry_after_s: Some(60),
            ..ApiError::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "not_finalised",
                "Not Finalised",
                "The phone is set up. Press Done in Connect; then its data are taken. Post them again in a minute.",
            )
        },
        PushError::Store(error) => error.into(),
    })?;
    Ok(Json(json!({
        "stored": pushed.applied.inserted + pushed.applied.updated,
        "unchanged": pushed.applied.unchanged,
        "rejected": pushed.rejected,
    })))
}

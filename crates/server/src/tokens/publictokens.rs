//! `POST /v1/connect/publictokens`: a public token for an app that lost it.
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use hilum_model::Secret;
use serde::Serialize;

use super::refuse_browsers;
use crate::body::Fields;
use crate::peer::{Peer, address};
use crate::{ApiError, AppState};

/// The answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PublicToken {
    human_id: String,
    public_token: String,
}

/// The endpoint. Some clients send `Authorization: Basic` with the app key as well; the secret alone decides.
pub(super) async fn recover(
    State(engine): State<AppState>,
    peer: Peer,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Json<PublicToken>, ApiError> {
    refuse_browsers(&headers)?;
    let secret = Secret::new(fields.required("clientSecret")?.to_owned());
    let (client_id, human_id) = (fields.required("clientId")?, fields.required("humanId")?);
    let from = address(peer.as_ref(), &headers);
    let (human_id, token) = engine.recover_public_token(client_id, &secret, human_id, from).await?;
    Ok(Json(PublicToken { human_id: human_id.to_string(), public_token: token.expose().clone() }))
}

//! `POST /v1/connect/tokens`: a finished session's token for the person's tokens.
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use hilum_engine::enrol::TokenRequest;
use hilum_model::{Phi, Secret};
use serde::Serialize;

use super::refuse_browsers;
use crate::body::Fields;
use crate::peer::{Peer, address};
use crate::{ApiError, AppState};

/// The answer, in the order of the documented example.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tokens {
    human_id: String,
    client_id: String,
    client_user_id: String,
    access_token: String,
    public_token: String,
}

/// The endpoint. Members that it does not know (`userId` of old session objects) do not matter.
pub(super) async fn exchange(
    State(engine): State<AppState>,
    peer: Peer,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Json<Tokens>, ApiError> {
    refuse_browsers(&headers)?;
    let request = TokenRequest {
        human_id: fields.required("humanId")?.to_owned(),
        client_id: fields.required("clientId")?.to_owned(),
        client_secret: Secret::new(fields.required("clientSecret")?.to_owned()),
        session_token: Secret::new(fields.required("sessionToken")?.trim().to_owned()),
        client_user_id: fields.text("clientUserId")?.map(|id| Phi::new(id.to_owned())),
    };
    let tokens = engine.exchange_session(request, address(peer.as_ref(), &headers)).await?;
    Ok(Json(Tokens {
        human_id: tokens.human_id.to_string(),
        client_id: tokens.client_id.to_string(),
        client_user_id: tokens.client_user_id.into_inner(),
        access_token: tokens.access_token.expose().clone(),
        public_token: tokens.public_token.expose().clone(),
    }))
}

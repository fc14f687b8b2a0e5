//! Step 2: the page posts the session token object here; we add the secret and exchange it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use serde_json::json;

use crate::App;
use crate::client::ClientError;
use crate::pages::visitor;

/// What `finish(err, sessionTokenObject)` hands to the page.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionTokenObject {
    human_id: String,
    session_token: String,
}

pub(crate) async fn finish(
    State(app): State<Arc<App>>,
    jar: CookieJar,
    Json(object): Json<SessionTokenObject>,
) -> Response {
    let Some(visitor) = visitor(&jar) else {
        return (StatusCode::UNAUTHORIZED, Json(json!({"error": "open the start page first"}))).into_response();
    };
    let tokens = match app.hilum.exchange(&object.human_id, &object.session_token).await {
        Ok(tokens) => tokens,
        Err(error) => return refused(&error),
    };
    // The answer names whose data this is. Compare it with who is logged in here: a token object from another person's
    // session must never end up in this visitor's account.
    if tokens.client_user_id != visitor {
        return (StatusCode::CONFLICT, Json(json!({"error": "these data belong to another user"}))).into_response();
    }
    let public_token = tokens.public_token.clone();
    if let Err(error) = app.people.put(&visitor, tokens) {
        tracing::error!(%error, "sample app could not keep the tokens");
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({"error": "not saved"}))).into_response();
    }
    Json(json!({"publicToken": public_token})).into_response()
}

fn refused(error: &ClientError) -> Response {
    tracing::warn!(%error, "sample app could not exchange the session token");
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"error": error.to_string()}))).into_response()
}

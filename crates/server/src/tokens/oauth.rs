//! `POST /oauth/token`: the token endpoint of OAuth 2 (RFC 6749, section 4.1.3), as clients of 2013 call it: without
//! `grant_type` and `redirect_uri`, or with a `redirect_uri` that has grown a query. What they leave out proves nothing:
//! a code is bound to the app and its secret, and to a verifier where the app sent a challenge.
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use hilum_engine::enrol::CodeRequest;
use hilum_model::{Phi, Secret};
use serde::Serialize;

use super::refuse_browsers;
use super::refused::Refused;
use crate::auth::basic;
use crate::body::Fields;
use crate::peer::{Peer, address};
use crate::{ApiError, AppState};

/// The answer. The first two are the protocol's.
#[derive(Serialize)]
pub(super) struct Granted {
    access_token: String,
    token_type: &'static str,
    human_id: String,
    client_id: String,
    client_user_id: String,
    public_token: String,
}

/// The endpoint.
pub(super) async fn token(
    State(engine): State<AppState>,
    peer: Peer,
    headers: HeaderMap,
    fields: Result<Fields, ApiError>,
) -> Result<Json<Granted>, Refused> {
    refuse_browsers(&headers)?;
    let fields = fields?;
    let (client_id, secret) = client(&headers, &fields)?;
    let app =
        engine.authenticated_app(&client_id, &secret, address(peer.as_ref(), &headers)).map_err(ApiError::from)?;
    if fields.text("grant_type")?.is_some_and(|kind| kind != "authorization_code") {
        return Err(ApiError::bad_request(
            "unsupported_grant_type",
            "Unsupported Grant Type",
            "grant_type has to be authorization_code, or may be left out.",
        )
        .into());
    }
    let request = CodeRequest {
        code: Secret::new(fields.required("code")?.to_owned()),
        verifier: fields.text("code_verifier")?.map(|verifier| Secret::new(verifier.to_owned())),
        client_user_id: fields.text("user")?.map(|id| Phi::new(id.to_owned())),
    };
    let granted = engine.exchange_oauth_code(&app, request).await.map_err(|error| Refused::grant(error.into()))?;
    Ok(Json(Granted {
        access_token: granted.access_token.expose().clone(),
        token_type: "Bearer",
        human_id: granted.human_id.to_string(),
        client_id: granted.client_id.to_string(),
        client_user_id: granted.client_user_id.into_inner(),
        public_token: granted.public_token.expose().clone(),
    }))
}

/// Id and secret of the app: by HTTP Basic or in the body. Where both say something, it has to be the same.
fn client(headers: &HeaderMap, fields: &Fields) -> Result<(String, Secret<String>), ApiError> {
    let (id, secret) = (fields.text("client_id")?, fields.text("client_secret")?);
    let Some((by_header, its_secret)) = basic(headers) else {
        let id = fields.required("client_id")?.to_owned();
        return Ok((id, Secret::new(fields.required("client_secret")?.to_owned())));
    };
    if id.is_some_and(|id| id != by_header) || secret.is_some_and(|secret| secret != its_secret.expose()) {
        return Err(ApiError::bad_request(
            "conflicting_credentials",
            "Conflicting Credentials",
            "The Authorization header and the body name different apps or secrets. Send one of them.",
        ));
    }
    Ok((by_header, its_secret))
}

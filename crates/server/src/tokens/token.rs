//! `POST /v1/connect/token`: tokens of the second generation, by the member `type`.
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use hilum_engine::enrol::{Issued, Wanted};
use hilum_model::{Phi, Secret};
use hilum_store::tokens::TokenKind;
use serde::Serialize;

use super::refuse_browsers;
use super::refused::Refused;
use crate::body::Fields;
use crate::peer::{Peer, address};
use crate::{ApiError, AppState};

const BEARER: &str = "Bearer";

/// The answers, each in the order of the documented example; what published clients read besides follows.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Answer {
    Session {
        expires_in: i64,
        human_id: String,
        session_token: String,
        token_type: &'static str,
    },
    Id {
        id_token: String,
        id_token_expires_in: i64,
        refresh_token: String,
        human_id: String,
        expires_in: i64,
        token_type: &'static str,
    },
    Access {
        access_token: String,
        expires_in: i64,
        token_type: &'static str,
        refresh_token: String,
        human_id: String,
    },
}

/// The endpoint. A refresh names a `refresh_token`; then `type` and `grant_type` may say so as well, and the answer is of
/// the kind that the token came with.
pub(super) async fn token(
    State(engine): State<AppState>,
    peer: Peer,
    headers: HeaderMap,
    fields: Result<Fields, ApiError>,
) -> Result<Json<Answer>, Refused> {
    refuse_browsers(&headers)?;
    let fields = fields?;
    let secret = Secret::new(fields.required("client_secret")?.to_owned());
    let app = engine
        .authenticated_app(fields.required("client_id")?, &secret, address(peer.as_ref(), &headers))
        .map_err(ApiError::from)?;
    let issued = match what(&fields)? {
        What::Refresh(token) => engine.refreshed_token(&app, &token).await,
        What::Session => engine.session_token(&app, wanted(&fields)?).await,
        What::Person(kind) => engine.person_token(&app, wanted(&fields)?, kind).await,
    };
    Ok(Json(answer(issued.map_err(ApiError::from)?)))
}

/// What is asked for.
enum What {
    Session,
    Person(TokenKind),
    Refresh(Secret<String>),
}

fn what(fields: &Fields) -> Result<What, ApiError> {
    let word = match (fields.text("type")?, fields.text("grant_type")?) {
        (Some(word), _) | (None, Some(word)) => word,
        (None, None) if fields.text("refresh_token")?.is_some() => "refresh_token",
        (None, None) => fields.required("type")?,
    };
    match word {
        "session" => Ok(What::Session),
        "id" | "id_token" => Ok(What::Person(TokenKind::Id)),
        "access" => Ok(What::Person(TokenKind::Access)),
        "refresh" | "refresh_token" => Ok(What::Refresh(Secret::new(fields.required("refresh_token")?.to_owned()))),
        _ => Err(ApiError::bad_request(
            "unknown_type",
            "Unknown Type",
            "type has to be session, id, id_token or access, or refresh together with a refresh_token.",
        )),
    }
}

fn wanted(fields: &Fields) -> Result<Wanted, ApiError> {
    Ok(Wanted {
        client_user_id: Phi::new(fields.required("client_user_id")?.to_owned()),
        email: fields.text("client_user_email")?.map(|email| Phi::new(email.to_owned())),
    })
}

fn answer(issued: Issued) -> Answer {
    let (token, human_id, expires_in) =
        (issued.token.expose().clone(), issued.human_id.to_string(), issued.expires_in_s);
    match (issued.kind, issued.refresh) {
        (Some(TokenKind::Id), Some(refresh)) => Answer::Id {
            id_token: token,
            id_token_expires_in: expires_in,
            refresh_token: refresh.expose().clone(),
            human_id,
            expires_in,
            token_type: BEARER,
        },
        (Some(TokenKind::Access), Some(refresh)) => Answer::Access {
            access_token: token,
            expires_in,
            token_type: BEARER,
            refresh_token: refresh.expose().clone(),
            human_id,
        },
        _ => Answer::Session { expires_in, human_id, session_token: token, token_type: BEARER },
    }
}

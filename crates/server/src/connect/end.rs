//! `POST /connect/end`: Done and Close. Whether something changed decides which of them it was.
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::{IntoResponse, Redirect, Response};
use hilum_engine::enrol::{Ended, EnrolError, FinishToken, OAuth, RedirectForm, answered, with_pairs};
use serde::Serialize;

use super::{guard, view};
use crate::body::Fields;
use crate::{ApiError, AppState};

/// The answer for the page's script, which passes it on to the host page.
#[derive(Serialize)]
#[serde(tag = "result", rename_all = "lowercase")]
enum Answer {
    Finish { token: TokenObject },
    Close,
}

/// `sessionTokenObject`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenObject {
    human_id: String,
    client_id: String,
    session_token: String,
}

/// The endpoint.
pub(super) async fn end(State(engine): State<AppState>, headers: HeaderMap, fields: Fields) -> Response {
    let by_script =
        headers.get(ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|accept| accept.contains("application/json"));
    match run(&engine, &headers, &fields, by_script).await {
        Ok(response) => response,
        Err(error) if by_script => error.into_response(),
        Err(error) => view::error_page(&error),
    }
}

async fn run(engine: &AppState, headers: &HeaderMap, fields: &Fields, by_script: bool) -> Result<Response, ApiError> {
    guard::own_origin(&engine.config, headers)?;
    let (session, settings, ended) = engine.end_session(fields.required("secret")?).await?;
    if by_script {
        let answer = match ended {
            Ended::Close => Answer::Close,
            Ended::Finish(token) => Answer::Finish {
                token: TokenObject {
                    human_id: token.human_id.to_string(),
                    client_id: token.client_id.to_string(),
                    session_token: token.session_token.expose().clone(),
                },
            },
        };
        return Ok(Json(answer).into_response());
    }
    if let Some(form) = &settings.redirect {
        return Ok(Redirect::to(&location(form, settings.oauth.as_ref(), &ended)).into_response());
    }
    let app = engine.store.app(session.client_id)?.ok_or(EnrolError::SessionGone)?;
    Ok(view::ended_page(&engine.config, &app, &settings))
}

/// Where the redirect form goes: to OAuth's with a code, else in both spellings, since some clients read one and some the other. Every pair has a
/// value: the iOS SDK fails on one that has none.
fn location(form: &RedirectForm, oauth: Option<&OAuth>, ended: &Ended) -> String {
    match (ended, oauth) {
        (Ended::Close, _) => form.close_url.clone(),
        (Ended::Finish(token), Some(oauth)) => {
            answered(&form.finish_url, &[("code", token.session_token.expose())], oauth.state.as_deref())
        }
        (Ended::Finish(FinishToken { human_id, client_id, session_token }), None) => {
            let (human, client, token) = (human_id.to_string(), client_id.to_string(), session_token.expose());
            with_pairs(
                &form.finish_url,
                &[
                    ("humanId", &human),
                    ("human_id", &human),
                    ("sessionToken", token),
                    ("session_token", token),
                    ("clientId", &client),
                    ("client_id", &client),
                ],
            )
        }
    }
}

//! `POST|GET|HEAD /hooks/{provider}/{secret}`: notices of providers. What they are and how they are verified is the
//! engine's; here is only HTTP.
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use hilum_engine::hooks::{Delivery, HookError, HookMethod};

use crate::api::schema::anything;
use crate::api::{About, FORM, JSON, Operation, Tag, Verb};
use crate::{ApiError, AppState, query};

/// Largest notice, bytes: pushed data of many people come in one.
const MAX_NOTICE: usize = 16 * 1024 * 1024;

/// Its addresses. Some providers look whether somebody is there before they send.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::route(
        Verb::Get,
        "/hooks/{provider}/{secret}",
        || get(take),
        || notice("confirmNotices", "A provider asks whether its notices are wanted"),
    ),
    Operation::route(
        Verb::Post,
        "/hooks/{provider}/{secret}",
        || post(take).layer(DefaultBodyLimit::max(MAX_NOTICE)),
        || {
            notice("takeNotice", "A provider says that there is something new")
                .body([(JSON, anything("As the provider sends it")), (FORM, anything("As the provider sends it"))])
        },
    ),
];

/// Both have the same answers: what a provider asks and what it tells is verified by one recipe.
fn notice(id: &'static str, summary: &'static str) -> About {
    About::new(Tag::Server, id, summary)
        .answer_in(
            200,
            "Taken; some providers want an answer of their own",
            [(JSON, anything("As the provider wants it"))],
        )
        .answer_in(204, "Taken", [])
        .error(400, &["invalid_body"])
        .error(401, &["notice_not_verified"])
        .error(403, &["notice_not_configured"])
        .or_not_found()
        .error(405, &["method_not_allowed"])
        .error(413, &["body_too_large"])
        .error(500, &["server_error"])
        .error(503, &["server_error", "notice_keys_missing", "timed_out"])
}

/// The endpoint.
async fn take(
    State(engine): State<AppState>,
    Path((provider, secret)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let method = match method {
        Method::GET => HookMethod::Get,
        Method::HEAD => HookMethod::Head,
        _ => HookMethod::Post,
    };
    let query = query::pairs(query.as_deref().unwrap_or_default()).unwrap_or_default();
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "Body Too Large",
            "The notice is larger than this endpoint takes (16 MiB).",
        ),
        _ => ApiError::bad_request("invalid_body", "Invalid Body", "The body could not be read to its end."),
    })?;
    let delivery = Delivery { method, query: &query, headers: &headers, body };
    let answer = engine.take_hook(&provider, &secret, delivery).await?;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    Ok(match answer.json {
        Some(json) => (status, Json(json)).into_response(),
        None => status.into_response(),
    })
}

impl From<HookError> for ApiError {
    fn from(error: HookError) -> Self {
        match error {
            HookError::Unknown => Self::not_found("There is nothing at this address."),
            HookError::Method => Self::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "Method Not Allowed",
                "This address takes notices by POST.",
            ),
            HookError::NotVerified => Self::new(
                StatusCode::UNAUTHORIZED,
                "notice_not_verified",
                "Notice Not Verified",
                "The notice has no signature, a wrong one, or one that is too old.",
            ),
            HookError::Unconfigured => Self::new(
                StatusCode::FORBIDDEN,
                "notice_not_configured",
                "Notices Not Configured",
                "What notices of this provider are verified with is not configured here, so none are accepted.",
            ),
            HookError::NoKeys => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "notice_keys_missing",
                "Keys Not Available",
                "The public keys of this provider could not be fetched. Send the notice again later.",
            ),
            HookError::Unreadable => Self::bad_request(
                "invalid_body",
                "Invalid Body",
                "The notice is neither JSON nor a form, or it lacks what it is read by.",
            ),
            HookError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests;

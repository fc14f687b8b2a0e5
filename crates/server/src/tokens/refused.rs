//! Refusals of the endpoints that clients of OAuth and of the second generation call.
use axum::Json;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::ApiError;

/// An error whose body also has the members that such clients look at: `error` (a word of RFC 6749, section 5.2, where one
/// fits) and `error_description`.
pub(super) struct Refused {
    error: ApiError,
    word: &'static str,
}

#[derive(Serialize)]
struct Shape<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(rename = "detailedMessage")]
    detailed: &'a str,
    error: &'a str,
    error_description: &'a str,
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self { word: word(error.code), error }
    }
}

impl Refused {
    /// Whatever is wrong with a code that an app brings, beside what is wrong with the request.
    pub(super) fn grant(error: ApiError) -> Self {
        let word = if error.status.is_client_error() { "invalid_grant" } else { word(error.code) };
        Self { error, word }
    }
}

/// The word for a code of ours; without one the code itself, which is as fixed.
fn word(code: &'static str) -> &'static str {
    match code {
        "missing_field"
        | "invalid_field"
        | "invalid_body"
        | "body_too_large"
        | "unknown_type"
        | "email_too_long"
        | "client_user_id_too_long"
        | "conflicting_credentials" => "invalid_request",
        "invalid_refresh_token" | "refresh_token_reused" => "invalid_grant",
        "secret_in_browser" => "unauthorized_client",
        other => other,
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self { error, word } = self;
        // RFC 6749 allows printable ASCII without quotes and backslashes there; our texts are.
        let body = Json(Shape {
            code: error.code,
            message: error.message,
            detailed: &error.detailed,
            error: word,
            error_description: &error.detailed,
        });
        let mut response = (error.status, body).into_response();
        error.mark(&mut response);
        if error.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"Hilum\""));
        }
        response
    }
}

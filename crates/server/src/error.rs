//! The one shape of errors: `{code, message, detailedMessage}`.
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hilum_engine::enrol::EnrolError;
use serde::Serialize;

/// An error as a caller gets it. Codes are listed in `docs/API-DESIGN.md`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// HTTP status.
    pub status: StatusCode,
    /// Fixed word in snake_case.
    pub code: &'static str,
    /// Short sentence for people.
    pub message: &'static str,
    /// What is wrong in this case and what to do; never a stored value or a secret.
    pub detailed: String,
    /// Header `Retry-After`, s.
    pub retry_after_s: Option<i64>,
}

#[derive(Serialize)]
struct Shape<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(rename = "detailedMessage")]
    detailed: &'a str,
}

impl ApiError {
    /// An error with its status.
    pub fn new(status: StatusCode, code: &'static str, message: &'static str, detailed: impl Into<String>) -> Self {
        Self { status, code, message, detailed: detailed.into(), retry_after_s: None }
    }
    /// 400.
    pub fn bad_request(code: &'static str, message: &'static str, detailed: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message, detailed)
    }
    /// 401 of the data API.
    pub fn unauthorized(detailed: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "Unauthorized", detailed)
    }
    /// 429; free again after so many ms.
    pub fn too_often(wait_ms: i64, detailed: &str) -> Self {
        Self {
            retry_after_s: Some(wait_ms.saturating_add(999) / 1000),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "Too Many Requests", detailed)
        }
    }
    /// Writes the error's headers, for answers with another body.
    pub fn mark(&self, response: &mut Response) {
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
    }
    /// 500: it was us. What happened is for the operator's log alone.
    pub fn server_error() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            "Server Error",
            "The server could not complete the request. Try again later.",
        )
    }
    /// 404.
    pub fn not_found(detailed: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "Not Found", detailed)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = Json(Shape { code: self.code, message: self.message, detailed: &self.detailed });
        let mut response = (self.status, body).into_response();
        let challenge = match self.code {
            "unauthorized" => Some("Bearer realm=\"data\""),
            "invalid_client" => Some("Basic realm=\"Hilum\""),
            _ => None,
        };
        if let Some(challenge) = challenge.filter(|_| self.status == StatusCode::UNAUTHORIZED) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        self.mark(&mut response);
        response
    }
}

impl From<hilum_store::StoreError> for ApiError {
    /// The caller learns that it was us; the operator gets one log line (store errors carry no values).
    fn from(error: hilum_store::StoreError) -> Self {
        tracing::error!(%error, "store failed");
        let status = match error {
            hilum_store::StoreError::Closed => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self { status, ..Self::server_error() }
    }
}

impl From<EnrolError> for ApiError {
    fn from(error: EnrolError) -> Self {
        let status = match error {
            EnrolError::Store(error) => return error.into(),
            EnrolError::InvalidClient => StatusCode::UNAUTHORIZED,
            EnrolError::InvalidPublicToken
            | EnrolError::SessionTokenInvalid
            | EnrolError::RedirectNotAllowed
            | EnrolError::OtherBrowser
            | EnrolError::UserMismatch
            | EnrolError::NoSource => StatusCode::FORBIDDEN,
            EnrolError::UnknownApp
            | EnrolError::UnknownSource
            | EnrolError::UnknownConnection
            | EnrolError::InvalidSession
            | EnrolError::UnknownUser => StatusCode::NOT_FOUND,
            EnrolError::UserAlreadyExists | EnrolError::SessionUsed | EnrolError::SessionNotFinished => {
                StatusCode::CONFLICT
            }
            EnrolError::SessionGone | EnrolError::SessionExpired | EnrolError::SessionTokenExpired => StatusCode::GONE,
            EnrolError::TooManyRequests | EnrolError::OpenedTooOften(_) | EnrolError::TooOften(_) => {
                StatusCode::TOO_MANY_REQUESTS
            }
            EnrolError::Busy => StatusCode::SERVICE_UNAVAILABLE,
            EnrolError::MissingClientUserId
            | EnrolError::ClientUserIdTooLong
            | EnrolError::EmailTooLong
            | EnrolError::InvalidRefreshToken
            | EnrolError::RefreshTokenReused
            | EnrolError::MissingPublicToken
            | EnrolError::MissingSessionToken
            | EnrolError::StateTooLong
            | EnrolError::InvalidChallenge
            | EnrolError::InvalidCode
            | EnrolError::CodeReused
            | EnrolError::MissingFinishUrl
            | EnrolError::RegionNeeded
            | EnrolError::LoginExpired
            | EnrolError::BadCallback => StatusCode::BAD_REQUEST,
        };
        let (code, message, detailed) = error.words();
        Self { retry_after_s: error.retry_after_s(), ..Self::new(status, code, message, detailed) }
    }
}

/// Every path that is not ours.
pub fn not_found() -> ApiError {
    ApiError::not_found("There is nothing at this address.")
}

/// A path of ours, asked in another way than it answers to.
pub fn method_not_allowed(allow: &str) -> Response {
    let mut response = ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "Method Not Allowed",
        format!("This address takes {allow}."),
    )
    .into_response();
    if let Ok(allow) = HeaderValue::try_from(allow) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

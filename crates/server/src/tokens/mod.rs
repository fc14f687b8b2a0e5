//! The token endpoints, which apps' servers call with their secret.
mod exchange;
mod oauth;
mod publictokens;
mod refused;
mod token;

use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;

use crate::ApiError;
use crate::api::schema::named;
use crate::api::{About, Access, Operation, Tag, Verb};

/// Their addresses.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::route(
        Verb::Post,
        "/v1/connect/tokens",
        || post(exchange::exchange),
        || {
            About::new(Tag::Tokens, "exchangeSessionToken", "A finished session's token for the person's tokens")
                .access(Access::Secret)
                .json_or_form("SessionExchange")
                .answer(200, "The tokens", named("Tokens"))
                .error(400, &["invalid_body", "missing_field", "invalid_field"])
                .error(403, &["user_mismatch"])
                .error(404, &["invalid_session"])
                .error(409, &["session_not_finished", "session_used", "user_already_exists"])
                .error(410, &["session_expired"])
                .error(413, &["body_too_large"])
                .error(429, &["too_many_requests"])
                .error(500, &["server_error"])
                .error(503, &["server_error", "timed_out"])
        },
    ),
    Operation::route(
        Verb::Post,
        "/v1/connect/publictokens",
        || post(publictokens::recover),
        || {
            About::new(Tag::Tokens, "recoverPublicToken", "A public token for an app that lost it")
                .access(Access::Secret)
                .json_or_form("PublicTokenRequest")
                .answer(200, "The token", named("PublicToken"))
                .error(400, &["invalid_body", "missing_field", "invalid_field"])
                .error(404, &["unknown_user"])
                .error(413, &["body_too_large"])
                .error(429, &["too_many_requests"])
                .error(500, &["server_error"])
                .error(503, &["server_error", "timed_out"])
        },
    ),
    Operation::route(
        Verb::Post,
        "/v1/connect/token",
        || post(token::token),
        || {
            About::new(Tag::Tokens, "issueToken", "A session, id or access token, or the next one for a refresh token")
                .access(Access::Secret)
                .oauth_errors()
                .json_or_form("TokenRequest")
                .answer(200, "The token", named("IssuedToken"))
                .error(400, &["invalid_body", "missing_field", "invalid_field", "unknown_type", "email_too_long"])
                .error(400, &["client_user_id_too_long", "invalid_refresh_token", "refresh_token_reused"])
                .error(403, &["no_source_connected"])
                .error(404, &["unknown_user"])
                .error(409, &["user_already_exists"])
                .error(413, &["body_too_large"])
                .error(429, &["too_many_requests"])
                .error(500, &["server_error"])
                .error(503, &["server_error", "server_busy", "timed_out"])
        },
    ),
    Operation::route(
        Verb::Post,
        "/oauth/token",
        || post(oauth::token),
        || {
            About::new(Tag::Tokens, "exchangeCode", "An OAuth code for the person's tokens")
                .access(Access::Secret)
                .oauth_errors()
                .json_or_form("CodeExchange")
                .answer(200, "The tokens", named("GrantedTokens"))
                .error(
                    400,
                    &["invalid_body", "missing_field", "invalid_field", "unsupported_grant_type", "invalid_code"],
                )
                .error(400, &["code_reused", "conflicting_credentials"])
                .error(403, &["user_mismatch"])
                .error(409, &["user_already_exists", "session_not_finished"])
                .error(413, &["body_too_large"])
                .error(429, &["too_many_requests"])
                .error(500, &["server_error"])
                .error(503, &["server_error", "timed_out"])
        },
    ),
];

/// A browser says that it is one. Then the secret is in a page, where it must never be (threat T14): the developer is
/// told at the first try, before the secret is even looked at.
fn refuse_browsers(headers: &HeaderMap) -> Result<(), ApiError> {
    if headers.contains_key(ORIGIN) || headers.contains_key("sec-fetch-site") {
        tracing::warn!("client secret sent by a browser: refused");
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "secret_in_browser",
            "Secret In Browser",
            "This call came from a browser. Make it from your server, and replace the clientSecret that your page holds.",
        ));
    }
    Ok(())
}

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
            of_app("exchangeSessionToken", "A finished session's token for the person's tokens")
                .json_or_form("SessionExchange")
                .answer(200, "The tokens", named("Tokens"))
                .error(403, &["user_mismatch"])
                .error(404, &["invalid_session"])
                .error(409, &["session_not_finished", "session_used", "user_already_exists"])
                .error(410, &["session_expired"])
        },
    ),
    Operation::route(
        Verb::Post,
        "/v1/connect/publictokens",
        || post(publictokens::recover),
        || {
            of_app("recoverPublicToken", "A public token for an app that lost it")
                .json_or_form("PublicTokenRequest")
                .answer(200, "The token", named("PublicToken"))
                .error(404, &["unknown_user"])
        },
    ),
    Operation::route(
        Verb::Post,
        "/v1/connect/token",
        || post(token::token),
        || {
            of_app("issueToken", "A session, id or access token, or the next one for a refresh token")
                .oauth_errors()
                .json_or_form("TokenRequest")
                .answer(200, "The token", named("IssuedToken"))
                .error(400, &["unknown_type", "email_too_long"])
                .error(400, &["client_user_id_too_long", "invalid_refresh_token", "refresh_token_reused"])
                .error(403, &["no_source_connected"])
                .error(404, &["unknown_user"])
                .error(409, &["user_already_exists"])
                .error(503, &["server_busy"])
        },
    ),
    Operation::route(
        Verb::Post,
        "/oauth/token",
        || post(oauth::token),
        || {
            of_app("exchangeCode", "An OAuth code for the person's tokens")
                .oauth_errors()
                .json_or_form("CodeExchange")
                .answer(200, "The tokens", named("GrantedTokens"))
                .error(400, &["unsupported_grant_type", "invalid_code"])
                .error(400, &["code_reused", "conflicting_credentials"])
                .error(403, &["user_mismatch"])
                .error(409, &["user_already_exists", "session_not_finished"])
        },
    ),
];

/// What all of them have: the app's secret in the body, and the errors of that.
fn of_app(id: &'static str, summary: &'static str) -> About {
    About::new(Tag::Tokens, id, summary)
        .access(Access::Secret)
        .error(400, &["invalid_body", "missing_field", "invalid_field"])
        .error(413, &["body_too_large"])
        .error(429, &["too_many_requests"])
        .error(500, &["server_error"])
        .error(503, &["server_error", "timed_out"])
}

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

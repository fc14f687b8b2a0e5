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
use crate::api::{About, Operation, Tag, Verb};

/// Their addresses.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::route(
        Verb::Post,
        "/v1/connect/tokens",
        || post(exchange::exchange),
        || About::new(Tag::Tokens, "exchangeSessionToken", "A finished session's token for the person's tokens"),
    ),
    Operation::route(
        Verb::Post,
        "/v1/connect/publictokens",
        || post(publictokens::recover),
        || About::new(Tag::Tokens, "recoverPublicToken", "A public token for an app that lost it"),
    ),
    Operation::route(
        Verb::Post,
        "/v1/connect/token",
        || post(token::token),
        || About::new(Tag::Tokens, "issueToken", "A session, id or access token, or the next one for a refresh token"),
    ),
    Operation::route(
        Verb::Post,
        "/oauth/token",
        || post(oauth::token),
        || About::new(Tag::Tokens, "exchangeCode", "An OAuth code for the person's tokens"),
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

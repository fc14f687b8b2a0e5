//! Who calls: a person's access token on the data API, an app's key on the application API.

use std::sync::Arc;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hilum_engine::Engine;
use hilum_model::{ClientId, Secret};
use hilum_store::apps::App;
use hilum_store::hash_token;
use hilum_store::humans::Human;
use subtle::ConstantTimeEq;

use crate::ApiError;

/// The person whose access token the request carries, in the header (`Bearer`) or as `access_token` in the query.
///
/// 401 without a token or with one that is unknown, ended or revoked (one text for all); 400 when header and query
/// name different tokens. Tokens are looked up by their hash, so no comparison can be timed.
pub fn human(engine: &Engine, headers: &HeaderMap, query: Option<&str>) -> Result<Arc<Human>, ApiError> {
    let token = token(headers, query)?;
    engine
        .store
        .human_by_access_token(&hash_token(token))?
        .ok_or_else(|| ApiError::unauthorized("The access token is not valid (any more)."))
}

/// The access token that a request carries, whatever it is worth.
pub(crate) fn token<'a>(headers: &'a HeaderMap, query: Option<&'a str>) -> Result<&'a str, ApiError> {
    let header = bearer(headers)?;
    if let (Some(a), Some(b)) = (header, query)
        && a != b
    {
        return Err(ApiError::bad_request(
            "conflicting_tokens",
            "Conflicting Tokens",
            "The Authorization header and the parameter access_token name different tokens. Send one of them.",
        ));
    }
    header.or(query).ok_or_else(|| {
        ApiError::unauthorized("Send the person's access token as \"Authorization: Bearer <accessToken>\".")
    })
}

/// The token of a `Bearer` header. Another scheme is no token; two headers are one too many.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = all.next() else { return Ok(None) };
    if all.next().is_some() {
        return Err(ApiError::bad_request(
            "conflicting_tokens",
            "Conflicting Tokens",
            "The request has more than one Authorization header.",
        ));
    }
    Ok(value.to_str().ok().and_then(|text| credentials(text, "Bearer")))
}

/// What follows the scheme (RFC 9110, section 11.4: its case does not matter), if anything does.
fn credentials<'a>(header: &'a str, scheme: &str) -> Option<&'a str> {
    let (given, rest) = header.trim().split_once(' ')?;
    let rest = rest.trim_start();
    (given.eq_ignore_ascii_case(scheme) && !rest.is_empty()).then_some(rest)
}

/// The app of that client id, if the request carries its app key: HTTP Basic, user name `appKey`, empty password.
///
/// An app that does not exist and a wrong key get the same 401, so that client ids cannot be tried out.
pub fn app(engine: &Engine, headers: &HeaderMap, client_id: &str) -> Result<App, ApiError> {
    let refused = || {
        ApiError::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "Unauthorized",
            "Send HTTP Basic with the app key of this app as user name and an empty password.",
        )
    };
    let (key, password) = basic(headers).ok_or_else(refused)?;
    if !password.expose().is_empty() {
        return Err(refused());
    }
    let id: ClientId = client_id.parse().map_err(|_| refused())?;
    let app = engine.store.app(id)?.ok_or_else(refused)?;
    if bool::from(hash_token(&key).ct_eq(&app.app_key_hash)) { Ok(app) } else { Err(refused()) }
}

/// User name and password of HTTP Basic, if the request carries them.
pub(crate) fn basic(headers: &HeaderMap) -> Option<(String, Secret<String>)> {
    let header = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let decoded = String::from_utf8(BASE64.decode(credentials(header, "Basic")?).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), Secret::new(password.to_owned())))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn schemes_are_read_without_case() {
        assert_eq!(credentials("Bearer abc", "Bearer"), Some("abc"));
        assert_eq!(credentials("bearer  abc ", "Bearer"), Some("abc"));
        for bad in ["", "Bearer", "Bearer ", "abc", "Basic abc", "Bearerabc"] {
            assert_eq!(credentials(bad, "Bearer"), None, "{bad}");
        }
    }

    #[test]
    fn two_headers_are_refused() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers), Ok(None));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        assert_eq!(bearer(&headers), Ok(Some("a")));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        assert_eq!(bearer(&headers).expect_err("two").code, "conflicting_tokens");
    }
}

//! Answers as HTTP, whole and broken.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hilum_model::Time;
use hilum_providers::sandbox::{Refusal, Teller};
use serde_json::Value;

/// Name-value pairs of a query or form, in order.
pub(crate) fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(encoded).into_owned().collect()
}

/// The first value of a name.
pub(crate) fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
}

/// JSON, never cached.
pub(crate) fn json(status: u16, value: &Value) -> Response {
    body(status, "application/json", value.to_string().into_bytes())
}

fn body(status: u16, kind: &'static str, bytes: Vec<u8>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")];
    (status, headers, bytes).into_response()
}

/// A refusal in the provider's own way.
pub(crate) fn refuse(teller: &Teller, refusal: Refusal) -> Response {
    let refused = (teller.refuse)(refusal);
    match refused.json {
        Some(value) => json(refused.status, &value),
        None => body(refused.status, "text/plain", Vec::new()),
    }
}

/// Too many requests; where HTTP says so, with the seconds to wait.
pub(crate) fn limited(teller: &Teller, wait_s: i64) -> Response {
    let mut response = refuse(teller, Refusal::RateLimited);
    if response.status() == StatusCode::TOO_MANY_REQUESTS {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait_s));
    }
    response
}

/// The same with the other form of the header: the instant at which to come back (RFC 9110, 5.6.7).
pub(crate) fn limited_until(teller: &Teller, at: Time) -> Response {
    let mut response = refuse(teller, Refusal::RateLimited);
    let date = jiff::Timestamp::from_millisecond(at.0).map(|at| at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
    if response.status() == StatusCode::TOO_MANY_REQUESTS
        && let Ok(value) = date.map_err(drop).and_then(|date| HeaderValue::from_str(&date).map_err(drop))
    {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

/// Bytes that say they are JSON and are not.
pub(crate) fn garbage() -> Response {
    body(200, "application/json", b"\x00\xff{\"data\": [1, 2,, }{".to_vec())
}

/// What a proxy in between shows when it is unwell.
pub(crate) fn page() -> Response {
    let html = "<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>";
    body(200, "text/html; charset=utf-8", html.as_bytes().to_vec())
}

/// The first half of the JSON, as if it were all.
pub(crate) fn truncated(value: &Value) -> Response {
    let mut bytes = value.to_string().into_bytes();
    bytes.truncate(bytes.len() / 2);
    body(200, "application/json", bytes)
}

/// A status without a body.
pub(crate) fn nothing(status: u16) -> Response {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response()
}

/// A file.
pub(crate) fn file(kind: &'static str, bytes: Vec<u8>) -> Response {
    body(200, kind, bytes)
}

/// An answer that begins well and whose connection then breaks.
pub(crate) fn broken(value: &Value) -> Response {
    let mut bytes = value.to_string().into_bytes();
    bytes.truncate(bytes.len() / 2);
    let parts: [Result<Vec<u8>, std::io::Error>; 2] =
        [Ok(bytes), Err(std::io::Error::new(std::io::ErrorKind::ConnectionReset, "switched on: refresh_lost"))];
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (headers, Body::from_stream(futures_util::stream::iter(parts))).into_response()
}

//! What every answer carries.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use hilum_model::Random;
use hilum_model::world::random_bytes;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// What a request is called in the log and in its answer: 16 hex digits.
pub(crate) struct RequestId([u8; 16]);

impl RequestId {
    /// A new one.
    pub(crate) fn random(random: &dyn Random) -> Self {
        let mut digits = [b'0'; 16];
        let _fits: Result<(), hex::FromHexError> = hex::encode_to_slice(random_bytes::<8>(random), &mut digits);
        Self(digits)
    }

    /// The digits.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Adds to an answer's headers what all answers have, and what its handler left open.
pub(crate) fn complete(headers: &mut HeaderMap, id: &RequestId, https: bool) {
    // Old clients look for the charset; RFC 8259 knows no other.
    if headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json") {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    }
    let caching = if headers.contains_key(ETAG) { "private, no-cache" } else { "no-store" };
    for (name, value) in [
        (CACHE_CONTROL, caching),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (PERMISSIONS_POLICY, "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if let Ok(id) = HeaderValue::from_bytes(&id.0) {
        headers.insert(REQUEST_ID, id);
    }
}

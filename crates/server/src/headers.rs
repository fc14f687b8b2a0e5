//! What every answer carries, and what every request passes: size and time limits, request id, trailing slashes.
use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use hilum_model::Random;
use hilum_model::world::random_bytes;
use tower_http::catch_panic::CatchPanicLayer;

use crate::{ApiError, AppState};

/// Largest request body, bytes. Nothing that apps or pages send comes near it.
pub const MAX_BODY: usize = 64 * 1024;
/// Longest time for an answer. Longer than two calls to a provider, as the end of a login needs them.
const DEADLINE: Duration = Duration::from_mins(1);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Wraps the whole surface.
pub fn layers(router: Router, engine: AppState) -> Router {
    let https = engine.config.public_url.scheme() == "https";
    let inner = router.layer(DefaultBodyLimit::max(MAX_BODY)).layer(CatchPanicLayer::custom(panicked));
    // A router of its own around the surface: what rewrites a path has to come before the routing.
    Router::new().fallback_service(inner).layer(from_fn(move |request, next| {
        let random = Arc::clone(&engine.random);
        async move { pass(request, next, https, &*random).await }
    }))
}

async fn pass(mut request: Request, next: Next, https: bool, random: &dyn Random) -> Response {
    let id = hex::encode(random_bytes::<8>(random));
    if let Some(uri) = without_trailing_slashes(request.uri()) {
        *request.uri_mut() = uri;
    }
    let method = request.method().clone();
    // Paths hold ids at most; queries may hold tokens and never reach a log.
    let path = request.uri().path().to_owned();
    let mut response = match tokio::time::timeout(DEADLINE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "timed_out",
            "Timed Out",
            "The server could not answer in time. Try again later.",
        )
        .into_response(),
    };
    tracing::debug!(request = id, %method, path, status = response.status().as_u16(), "answered");
    let headers = response.headers_mut();
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
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

/// Published clients write `/v1/human/` as well as `/v1/human`.
fn without_trailing_slashes(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    if !path.starts_with("/v1/") || !path.ends_with('/') {
        return None;
    }
    let path = path.trim_end_matches('/');
    match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    }
    .parse()
    .ok()
}

/// A panic is a defect: one log line for the operator, the usual shape for the caller.
#[expect(clippy::needless_pass_by_value, reason = "the signature that the layer calls")]
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    // The payload may hold a value of a person; only the text of a literal is surely harmless.
    let what = panic.downcast_ref::<&'static str>().copied().unwrap_or("a formatted message");
    tracing::error!(what, "handler panicked");
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "server_error",
        "Server Error",
        "The server could not complete the request. Try again later.",
    )
    .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_of_the_api_only() {
        let trimmed = |text: &str| without_trailing_slashes(&text.parse().expect("uri")).map(|u| u.to_string());
        assert_eq!(trimmed("/v1/human/").as_deref(), Some("/v1/human"));
        assert_eq!(trimmed("/v1/human/weight//?limit=").as_deref(), Some("/v1/human/weight?limit="));
        assert_eq!(trimmed("/v1/human"), None);
        assert_eq!(trimmed("/"), None);
        assert_eq!(trimmed("/embed/"), None);
    }

    #[tokio::test]
    async fn a_panic_is_an_error_of_the_usual_shape() {
        let world = crate::human::tests::world::World::new();
        let boom =
            Router::new().route("/boom", axum::routing::get(|| async { panic!("canary {}", 7) as &'static str }));
        let router = layers(boom, Arc::clone(&world.engine));
        let request = Request::get("/boom").body(axum::body::Body::empty()).expect("request");
        let response = tower::ServiceExt::oneshot(router, request).await.expect("answer");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()["content-type"], "application/json; charset=utf-8");
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.expect("body");
        let text = String::from_utf8_lossy(&body);
        assert!(text.starts_with(r#"{"code":"server_error""#) && !text.contains("canary"), "{text}");
    }
}

//! `GET /openapi.json`: the description, for programs.

use std::hash::BuildHasher as _;
use std::sync::OnceLock;

use axum::body::{Body, Bytes};
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::about::{About, JSON, Tag};
use super::operation::{Operation, Verb};
use super::reading;
use super::schema::open;
use crate::ApiError;
use crate::encoding::{self, Varies};

/// Its addresses.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::internal(Verb::Get, "/docs/api", || get(reading::page), "this description as a page, for people"),
    Operation::route(
        Verb::Get,
        "/openapi.json",
        || get(serve),
        || {
            About::new(Tag::Server, "getOpenApi", "This description")
                .answer(200, "OpenAPI 3.1", open("An OpenAPI document"))
                .with_headers(&["ETag"])
                .unchanged()
                .error(500, &["server_error"])
        },
    ),
];

/// The description as it is sent. It is written when it is asked for first: most servers are never asked.
fn written() -> Option<&'static (Bytes, HeaderValue)> {
    static WRITTEN: OnceLock<Option<(Bytes, HeaderValue)>> = OnceLock::new();
    let written = WRITTEN.get_or_init(|| {
        let text = crate::openapi_json();
        let tag = format!("\"{:016x}\"", foldhash::quality::FixedState::default().hash_one(&text));
        Some((Bytes::from(text), HeaderValue::try_from(tag).ok()?))
    });
    written.as_ref()
}

async fn serve(request: HeaderMap) -> Response {
    let Some((text, tag)) = written() else {
        return ApiError::from(hilum_store::StoreError::Closed).into_response();
    };
    let known =
        request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|held| {
            held.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == "*" || one == tag)
        });
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(Body::from(text.clone()));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
        response
    };
    encoding::allow(&mut response, Varies::ByCoding);
    let headers = response.headers_mut();
    headers.insert(ETAG, tag.clone());
    // A new release has to be seen the same day.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

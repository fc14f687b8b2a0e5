//! The engine's door for notices and posts, on a port of its own. What the server does besides is tested there.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use axum::{Json, Router};
use hilum_engine::Engine;
use hilum_engine::hooks::{Delivery, HookError, HookMethod};
use tokio::net::TcpListener;

/// Answers until the runtime of the test ends.
pub(crate) fn serve(listener: TcpListener, engine: Arc<Engine>) {
    let router = Router::new().route("/hooks/{provider}/{secret}", any(take)).with_state(engine);
    tokio::spawn(async move { axum::serve(listener, router).await });
}

async fn take(
    State(engine): State<Arc<Engine>>,
    Path((provider, secret)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    let method = match method {
        Method::GET => HookMethod::Get,
        Method::HEAD => HookMethod::Head,
        _ => HookMethod::Post,
    };
    let delivery = Delivery { method, query: &query, headers: &headers, body };
    let status = |number: u16| StatusCode::from_u16(number).expect("a status");
    match engine.take_hook(&provider, &secret, delivery).await {
        Ok(answer) => match answer.json {
            Some(json) => (status(answer.status), Json(json)).into_response(),
            None => status(answer.status).into_response(),
        },
        Err(HookError::Unknown) => StatusCode::NOT_FOUND.into_response(),
        Err(HookError::NotVerified) => StatusCode::UNAUTHORIZED.into_response(),
        Err(other) => (StatusCode::INTERNAL_SERVER_ERROR, other.to_string()).into_response(),
    }
}

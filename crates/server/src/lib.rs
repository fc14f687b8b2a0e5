//! The HTTP surface: Connect pages, token endpoints, data API, application API. One file an endpoint.

mod api;
pub mod apps;
pub mod auth;
pub mod body;
pub mod connect;
mod encoding;
pub mod error;
pub mod export;
mod headers;
pub mod hooks;
pub mod human;
pub mod imports;
mod peer;
pub mod push;
pub mod query;
pub mod statics;
pub mod surface;
pub mod tokens;

#[cfg(test)]
#[path = "../tests/support/contract.rs"]
mod contract;

use std::sync::Arc;

use axum::routing::get;
use axum::{Json, Router};
use hilum_engine::Engine;

pub use error::ApiError;

use self::api::schema::{object, word};
use self::api::{About, Operation, Tag, Verb};

/// What handlers share.
pub type AppState = Arc<Engine>;

/// The whole surface over one engine.
///
/// To be served with `into_make_service_with_connect_info::<SocketAddr>()`, so that limits by network address know it.
pub fn router(engine: AppState) -> Router {
    surface::around(api::routes().with_state(engine.clone()), engine)
}

/// The OpenAPI 3.1 description of every route, as JSON.
pub fn openapi_json() -> String {
    // Writing into a string of texts, numbers and maps can not fail.
    api::document().to_json().unwrap_or_default()
}

/// `GET /healthz`.
const OPERATIONS: &[Operation] = &[Operation::route(
    Verb::Get,
    "/healthz",
    || get(health),
    || {
        About::new(Tag::Server, "getHealth", "Whether the process answers").answer(
            200,
            "It does",
            object("").must("status", word(["ok"], "")).done(),
        )
    },
)];

/// The process answers.
async fn health() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "status": "ok" }))
}

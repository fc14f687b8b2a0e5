//! The HTTP surface: Connect pages, token endpoints, data API, application API. One file an endpoint.

pub mod apps;
pub mod auth;
pub mod body;
pub mod connect;
pub mod error;
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

use std::sync::Arc;

use axum::routing::get;
use axum::{Json, Router};
use hilum_engine::Engine;

pub use error::ApiError;

/// What handlers share.
pub type AppState = Arc<Engine>;

/// The whole surface over one engine.
///
/// To be served with `into_make_service_with_connect_info::<SocketAddr>()`, so that limits by network address know it.
pub fn router(engine: AppState) -> Router {
    let router = Router::new()
        .route("/healthz", get(health))
        .merge(connect::routes())
        .merge(statics::routes())
        .merge(tokens::routes())
        .merge(apps::routes())
        .merge(hooks::routes())
        .merge(push::routes())
        .merge(imports::routes())
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
        .with_state(engine.clone());
    surface::around(router, engine)
}

/// `GET /healthz`: the process answers.
async fn health() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "status": "ok" }))
}

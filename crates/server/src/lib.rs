//! The HTTP surface: Connect pages, token endpoints, data API, application API. One file an endpoint.

pub mod apps;
pub mod auth;
pub mod body;
pub mod connect;
pub mod error;
pub mod headers;
pub mod human;
pub mod query;
pub mod statics;
pub mod tokens;

use std::sync::Arc;

use axum::Router;
use hilum_engine::Engine;

pub use error::ApiError;

/// What handlers share.
pub type AppState = Arc<Engine>;

/// The whole surface over one engine.
pub fn router(engine: AppState) -> Router {
    let router = Router::new()
        .merge(connect::routes())
        .merge(statics::routes())
        .merge(tokens::routes())
        .merge(human::routes())
        .merge(apps::routes())
        .fallback(error::not_found)
        .with_state(engine);
    headers::layers(router)
}

//! apps endpoints.

use axum::Router;

use crate::AppState;

/// Routes.
pub fn routes() -> Router<AppState> {
    Router::new()
}

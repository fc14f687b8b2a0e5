//! Static files of the browser side.

use axum::Router;

use crate::AppState;

/// Routes.
pub fn routes() -> Router<AppState> {
    Router::new()
}

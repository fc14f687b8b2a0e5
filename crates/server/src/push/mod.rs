//! Data that come by themselves: `POST /push/{key}` for apps on phones, `POST /v1/human/ingest` for SDKs and bridges.

mod body;
mod ingest;
mod phone;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;

use crate::AppState;

/// Largest body as sent, bytes: some days of a phone.
const MAX_SENT: usize = 16 * 1024 * 1024;

/// Where a push address begins. What follows is a secret and stays out of the log.
pub(crate) const PUSH: &str = "/push/";

/// The address for batches.
pub(crate) const INGEST: &str = "/v1/human/ingest";

/// Routes.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/push/{key}", post(phone::receive))
        .route(INGEST, post(ingest::ingest))
        .layer(DefaultBodyLimit::max(MAX_SENT))
}

#[cfg(test)]
mod tests;

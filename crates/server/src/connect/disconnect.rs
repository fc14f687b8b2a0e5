//! `POST /connect/disconnect`: the person takes a source back.
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::list;
use crate::AppState;
use crate::body::Fields;

/// The endpoint.
pub(super) async fn disconnect(State(engine): State<AppState>, headers: HeaderMap, fields: Fields) -> Response {
    list::after(&engine, &headers, &fields, async |engine, secret, connection| {
        Ok(engine.disconnect_source(secret, connection).await?)
    })
    .await
}

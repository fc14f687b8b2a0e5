//! `POST /connect/agree`: the person agrees to an account that is another one than was to be renewed.
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::list;
use crate::AppState;
use crate::body::Fields;

/// The endpoint. (Who does not agree disconnects the account, as any other.)
pub(super) async fn agree(State(engine): State<AppState>, headers: HeaderMap, fields: Fields) -> Response {
    list::after(&engine, &headers, &fields, async |engine, secret, connection| {
        Ok(engine.agree_to_account(secret, connection).await?)
    })
    .await
}

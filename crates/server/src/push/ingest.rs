//! `POST /v1/human/ingest`: a batch of observations in Hilum's own form, with the person's access token.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use hilum_providers::ingest::{IngestError, MOST_ITEMS, Rejected};
use serde::Serialize;

use super::body;
use crate::query::pairs;
use crate::{ApiError, AppState, auth};

/// What became of the batch.
#[derive(Serialize)]
pub(super) struct Answer {
    /// New observations.
    inserted: u64,
    /// Corrected ones.
    updated: u64,
    /// Known before, the same.
    unchanged: u64,
    /// Deleted ones.
    deleted: u64,
    /// What was left out, by place in the list.
    rejected: Vec<Refused>,
}

#[derive(Serialize)]
struct Refused {
    index: usize,
    code: &'static str,
    message: &'static str,
}

impl From<Rejected> for Refused {
    fn from(rejected: Rejected) -> Self {
        Self { index: rejected.index, code: rejected.why.code(), message: rejected.why.message() }
    }
}

/// The endpoint. It answers when everything that was understood is durable; repeating a batch changes nothing.
pub(super) async fn ingest(
    State(engine): State<AppState>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    sent: Result<Bytes, BytesRejection>,
) -> Result<Json<Answer>, ApiError> {
    let query = pairs(query.as_deref().unwrap_or_default()).unwrap_or_default();
    let token = query.iter().find(|(name, _)| name == "access_token").map(|(_, value)| value.as_str());
    let human = auth::human(&engine, &headers, token)?;
    let sent = sent.map_err(|_| body::too_large())?;
    let plain = body::plain(&headers, &sent)?;
    let ingest = hilum_providers::ingest::read(&plain).map_err(refused)?;
    let reserved = hilum_providers::find(&ingest.source).is_some()
        || hilum_providers::bridge::bridge(&ingest.source).is_some()
        || hilum_files::Format::ALL.iter().any(|format| format.source() == ingest.source);
    if reserved {
        return Err(ApiError::bad_request(
            "reserved_source",
            "Reserved Source",
            "This source delivers by a door of its own. Choose another name.",
        ));
    }
    let rejected = ingest.rejected.iter().copied().map(Refused::from).collect();
    let applied = engine.ingest(human.human_id, ingest, &plain).await.map_err(|error| match error {
        hilum_store::StoreError::NotFound => ApiError::new(
            StatusCode::CONFLICT,
            "source_disconnected",
            "Source Disconnected",
            "The person disconnected this source. It has to be connected again first.",
        ),
        error => error.into(),
    })?;
    Ok(Json(Answer {
        inserted: applied.inserted,
        updated: applied.updated,
        unchanged: applied.unchanged,
        deleted: applied.deleted,
        rejected,
    }))
}

fn refused(error: IngestError) -> ApiError {
    match error {
        IngestError::Malformed => ApiError::bad_request(
            "invalid_body",
            "Invalid Body",
            "Send a JSON object with the members source and observations.",
        ),
        IngestError::BadSource => ApiError::bad_request(
            "invalid_source",
            "Invalid Source",
            "source has to be 1 to 32 lowercase letters, digits and underscores.",
        ),
        IngestError::TooMany => ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_many_observations",
            "Too Many Observations",
            format!("One body takes at most {MOST_ITEMS} observations."),
        ),
    }
}

//! Data that come by themselves: `POST /push/{key}` for apps on phones, `POST /v1/human/ingest` for SDKs and bridges.

mod body;
mod ingest;
mod phone;

use axum::extract::DefaultBodyLimit;
use axum::routing::post;

use crate::api::{About, Operation, Tag, Verb};

/// Largest body as sent, bytes: some days of a phone.
const MAX_SENT: usize = 16 * 1024 * 1024;

/// Where a push address begins. What follows is a secret and stays out of the log.
pub(crate) const PUSH: &str = "/push/";

/// The doors.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::route(
        Verb::Post,
        "/push/{key}",
        || post(phone::receive).layer(DefaultBodyLimit::max(MAX_SENT)),
        || About::new(Tag::Posting, "pushFromPhone", "An app on a person's phone delivers"),
    ),
    Operation::route(
        Verb::Post,
        "/v1/human/ingest",
        || post(ingest::ingest).layer(DefaultBodyLimit::max(MAX_SENT)),
        || About::new(Tag::Posting, "ingest", "A batch of observations of an SDK or a bridge"),
    ),
];

#[cfg(test)]
mod tests;

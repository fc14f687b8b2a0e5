//! Data that come by themselves: `POST /push/{key}` for apps on phones, `POST /v1/human/ingest` for SDKs and bridges.

mod body;
mod ingest;
mod phone;

use axum::extract::DefaultBodyLimit;
use axum::routing::post;

use crate::api::schema::{anything, named};
use crate::api::{About, Access, JSON, Operation, Tag, Verb};

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
        || {
            About::new(Tag::Posting, "pushFromPhone", "An app on a person's phone delivers")
                .said("The key in the address is the only credential. Also with `Content-Encoding: gzip`.")
                .body([(JSON, anything("As the app posts it"))])
                .answer(200, "The data are stored", named("Pushed"))
                .error(400, &["invalid_body"])
                .error(410, &["push_address_ended"])
                .error(413, &["body_too_large"])
                .error(415, &["unsupported_encoding"])
                .error(429, &["too_many_requests"])
                .error(500, &["server_error"])
                .error(503, &["server_error", "not_finalised", "timed_out"])
        },
    ),
    Operation::route(
        Verb::Post,
        "/v1/human/ingest",
        || post(ingest::ingest).layer(DefaultBodyLimit::max(MAX_SENT)),
        || {
            About::new(Tag::Posting, "ingest", "A batch of observations of an SDK or a bridge")
                .said("At most 10,000 observations and 16 MiB (docs/INGEST.md). Also with `Content-Encoding: gzip`.")
                .access(Access::Person)
                .body([(JSON, named("Batch"))])
                .answer(200, "What was understood is stored", named("Ingested"))
                .error(400, &["invalid_body", "invalid_source", "reserved_source", "conflicting_tokens"])
                .error(409, &["source_disconnected"])
                .error(413, &["body_too_large", "too_many_observations"])
                .error(415, &["unsupported_encoding"])
                .error(500, &["server_error"])
                .error(503, &["server_error", "timed_out"])
        },
    ),
];

#[cfg(test)]
mod tests;

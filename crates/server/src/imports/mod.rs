//! Files that people bring, by HTTP: `POST /v1/human/imports` with the file as body, `PATCH /v1/human/imports/{id}` to go
//! on after a break, `DELETE` to end one. Their progress is read with the data API.

#[cfg(test)]
mod tests;
pub(crate) mod view;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, patch, post};
use hilum_engine::Engine;
use hilum_engine::import::UploadError;
use hilum_model::ImportId;
use hilum_store::humans::Human;
use hilum_store::imports::Import;

use crate::api::schema::{bytes, named, whole};
use crate::api::{About, Access, Operation, Tag, Verb};
use crate::query::pairs;
use crate::{ApiError, AppState, auth};

/// Where imports are.
const BASE: &str = "/v1/human/imports";
/// Bytes of the whole file, where a request brings only its beginning.
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
/// Bytes that have come in before this request.
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");

/// Its addresses, beside those of the data API.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::route(
        Verb::Post,
        BASE,
        || post(create),
        || {
            About::new(Tag::Imports, "createImport", "Brings a file, or its beginning")
                .access(Access::Person)
                .header(
                    "Upload-Length",
                    false,
                    whole(0, ""),
                    "Bytes of the whole file, where this request brings only its beginning",
                )
                .body([("application/octet-stream", bytes("The bytes of the file"))])
                .answer(202, "It came in", named("Import"))
                .with_headers(&["Location"])
                .link("getImport", "getImport", ("importId", "$response.body#/id"))
                .link("cancelImport", "cancelImport", ("importId", "$response.body#/id"))
                .error(415, &["form_not_taken"])
                .error(400, &["invalid_header", "upload_broken_off", "conflicting_tokens"])
                .error(409, &["import_under_way", "upload_over", "upload_in_use", "wrong_offset"])
                .error(413, &["body_too_large"])
                .error(429, &["too_many_requests"])
                .error(500, &["server_error"])
                .error(503, &["server_error", "server_busy", "timed_out"])
                .error(507, &["insufficient_storage"])
        },
    )
    .long(),
    Operation::route(
        Verb::Patch,
        "/v1/human/imports/{importId}",
        || patch(resume),
        || {
            About::new(Tag::Imports, "resumeImport", "Goes on with a file")
                .access(Access::Person)
                .header("Upload-Offset", true, whole(0, ""), "Bytes that have come in before this request")
                .body([("application/octet-stream", bytes("The bytes of the file"))])
                .answer(202, "It came in", named("Import"))
                .with_headers(&["Location"])
                .link("getImport", "getImport", ("importId", "$response.body#/id"))
                .link("cancelImport", "cancelImport", ("importId", "$response.body#/id"))
                .or_not_found()
                .error(400, &["invalid_header", "upload_broken_off", "conflicting_tokens"])
                .error(409, &["import_under_way", "upload_over", "upload_in_use", "wrong_offset"])
                .error(413, &["body_too_large"])
                .error(429, &["too_many_requests"])
                .error(500, &["server_error"])
                .error(503, &["server_error", "server_busy", "timed_out"])
                .error(507, &["insufficient_storage"])
        },
    )
    .long(),
    Operation::route(
        Verb::Delete,
        "/v1/human/imports/{importId}",
        || delete(cancel),
        || {
            About::new(Tag::Imports, "cancelImport", "Ends an import that is not over")
                .access(Access::Person)
                .answer(200, "How it ended", named("Import"))
                .or_not_found()
                .error(400, &["conflicting_tokens"])
                .error(409, &["import_ended"])
                .error(500, &["server_error"])
                .error(503, &["server_error", "timed_out"])
        },
    ),
];

/// `POST /v1/human/imports`.
async fn create(
    State(engine): State<AppState>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let human = caller(&engine, query.as_deref(), &headers)?;
    let form = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if form.is_some_and(|form| form.trim_start().to_ascii_lowercase().starts_with("multipart/")) {
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "form_not_taken",
            "Form Not Taken",
            "Send the bytes of the file as the body itself, not in a form.",
        ));
    }
    let bytes = number(&headers, &UPLOAD_LENGTH)?.or(number(&headers, &header::CONTENT_LENGTH)?);
    let begun = engine.begin_upload(human.human_id, bytes).await.map_err(refused)?;
    receive(&engine, &human, begun.import_id, 0, body).await
}

/// `PATCH /v1/human/imports/{id}`.
async fn resume(
    State(engine): State<AppState>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let human = caller(&engine, query.as_deref(), &headers)?;
    let id: ImportId = id.parse().map_err(|_| unknown())?;
    let offset = offset(&headers)?;
    receive(&engine, &human, id, offset, body).await
}

/// `DELETE /v1/human/imports/{id}`.
async fn cancel(
    State(engine): State<AppState>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let human = caller(&engine, query.as_deref(), &headers)?;
    let id: ImportId = id.parse().map_err(|_| unknown())?;
    let import = engine.cancel_import(human.human_id, id).await.map_err(|error| match error {
        UploadError::Over => ended(),
        error => refused(error),
    })?;
    Ok(Json(view::json(&engine, &import)?).into_response())
}

/// An import that is to be cancelled has ended.
pub(crate) fn ended() -> ApiError {
    ApiError::new(
        StatusCode::CONFLICT,
        "import_ended",
        "Import Ended",
        "This import has ended already; what it brought stays.",
    )
}

fn caller(engine: &Engine, query: Option<&str>, headers: &HeaderMap) -> Result<std::sync::Arc<Human>, ApiError> {
    let query = pairs(query.unwrap_or_default()).unwrap_or_default();
    let token = query.iter().find(|(name, _)| name == "access_token").map(|(_, value)| value.as_str());
    auth::human(engine, headers, token)
}

async fn receive(engine: &Engine, human: &Human, id: ImportId, offset: u64, body: Body) -> Result<Response, ApiError> {
    let import = engine.receive_upload(human.human_id, id, offset, body.into_data_stream()).await.map_err(refused)?;
    accepted(engine, &import)
}

fn accepted(engine: &Engine, import: &Import) -> Result<Response, ApiError> {
    let shown = view::json(engine, import)?;
    let mut response = (StatusCode::ACCEPTED, Json(shown)).into_response();
    if let Ok(place) = HeaderValue::try_from(format!("{BASE}/{}", import.import_id)) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// The header of a request that says how many bytes came before it.
pub(crate) fn offset(headers: &HeaderMap) -> Result<u64, ApiError> {
    number(headers, &UPLOAD_OFFSET)?.ok_or_else(|| invalid(&UPLOAD_OFFSET))
}

/// A header that is a count of bytes.
fn number(headers: &HeaderMap, name: &HeaderName) -> Result<Option<u64>, ApiError> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let digits = value.to_str().ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
    digits.and_then(|text| text.parse().ok()).map(Some).ok_or_else(|| invalid(name))
}

fn invalid(name: &HeaderName) -> ApiError {
    let what = format!("The header {name} has to be a whole number of bytes.");
    ApiError::bad_request("invalid_header", "Invalid Header", what)
}

/// No such import of this person.
pub(crate) fn unknown() -> ApiError {
    ApiError::not_found("This person has no import with this id.")
}

/// Why an upload is refused, for its caller.
pub(crate) fn refused(error: UploadError) -> ApiError {
    let conflict = |code, message, detailed: &str| ApiError::new(StatusCode::CONFLICT, code, message, detailed);
    match error {
        UploadError::Unknown => unknown(),
        UploadError::UnderWay => conflict(
            "import_under_way",
            "Import Under Way",
            "Another file of this person waits or is read. Try again when its import has ended.",
        ),
        UploadError::Over => {
            conflict("upload_over", "Upload Over", "This file has come in, or another upload has taken its place.")
        }
        UploadError::InUse => {
            conflict("upload_in_use", "Upload In Use", "Another request brings this file. Try again when it has ended.")
        }
        UploadError::WrongOffset(_) => conflict(
            "wrong_offset",
            "Wrong Offset",
            "The upload goes on at another byte. GET the import; its bytes.received is where to go on.",
        ),
        UploadError::TooLarge(limit) => ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "Body Too Large",
            format!("The file may have at most {limit} bytes, as announced or as the operator allows."),
        ),
        UploadError::DiskFull => ApiError::new(
            StatusCode::INSUFFICIENT_STORAGE,
            "insufficient_storage",
            "Insufficient Storage",
            "The server's disk is full. Try again when its operator has made room.",
        ),
        UploadError::BrokenOff(_) => ApiError::bad_request(
            "upload_broken_off",
            "Upload Broken Off",
            "The body ended early. GET the import; its bytes.received is where to go on, with PATCH.",
        ),
        UploadError::TooOften(ms) => ApiError::too_often(ms, "Files come too often from here. Wait, then go on."),
        UploadError::NoRoom => ApiError {
            retry_after_s: Some(600),
            ..ApiError::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "server_busy",
                "Server Busy",
                "Too many files of other people wait at this moment. Try again in some minutes.",
            )
        },
        UploadError::Session(error) => error.into(),
        UploadError::Store(error) => error.into(),
    }
}

//! The door for files: its page, and below `/connect/imports` what the page does. The page's secret is in the form or, where
//! the body is the file, in a header.

use askama::Template;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use hilum_engine::enrol::{EnrolError, FileTold, Offered, Window};
use hilum_engine::import::UploadError;
use hilum_model::ImportId;
use hilum_store::imports::Import;
use serde_json::{Value, json};

use super::policy::Policy;
use super::view::{html, script_json};
use super::{file_words, guard};
use crate::body::Fields;
use crate::imports::{ended, offset, refused, unknown};
use crate::peer::{Peer, address};
use crate::{ApiError, AppState};

/// The page's secret, where the body is no form.
const SECRET: HeaderName = HeaderName::from_static("x-hilum-secret");

/// Where the page's files are.
pub(super) const ALL: &str = "/connect/imports";
/// One of them.
pub(super) const ONE: &str = "/connect/imports/{id}";

/// The page; the fields are said in `import.html`.
#[derive(Template)]
#[template(path = "connect/import.html")]
struct Page<'a> {
    lang: &'static str,
    variant: &'static str,
    app_name: &'a str,
    data_json: String,
    files: Vec<file_words::File>,
    back: Option<String>,
}

/// The files alone.
#[derive(Template)]
#[template(path = "connect/import-files.html")]
struct Fragment<'a> {
    app_name: &'a str,
    files: Vec<file_words::File>,
}

/// What the scripts of pages with a file input are told.
pub(super) fn data(secret: &str) -> String {
    script_json(&json!({ "secret": secret }))
}

/// The page, the answer to the person's own click; it has no address of its own.
pub(super) fn page(secret: &str, offered: &Offered) -> Response {
    let settings = &offered.settings;
    let page = Page {
        lang: "en",
        variant: "alone",
        app_name: &offered.app.name,
        data_json: data(secret),
        files: file_words::of(offered),
        back: (settings.window == Window::Same).then(|| format!("/connect/page?s={}", settings.resume)),
    };
    Policy::alone().apply(html(StatusCode::OK, &page))
}

/// `GET /connect/imports`: the session's files as they stand.
pub(super) async fn list(State(engine): State<AppState>, headers: HeaderMap) -> Result<Response, ApiError> {
    guard::own_origin(&engine.config, &headers)?;
    let offered = engine.offered_files(secret(&headers)?)?;
    Ok(html(StatusCode::OK, &Fragment { app_name: &offered.app.name, files: file_words::of(&offered) }))
}

/// `POST /connect/imports`: a file is to come, or to go on.
pub(super) async fn offer(
    State(engine): State<AppState>,
    peer: Peer,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Json<Value>, ApiError> {
    guard::own_origin(&engine.config, &headers)?;
    let number = |name| {
        let wrong = || ApiError::bad_request("invalid_field", "Invalid Field", format!("{name} has to be a number."));
        fields.required(name)?.parse().map_err(|_| wrong())
    };
    let modified: u64 = number("modified")?;
    let file = FileTold {
        name: fields.required("name")?.to_owned(),
        bytes: number("bytes")?,
        modified: i64::try_from(modified).unwrap_or(i64::MAX),
    };
    let from = address(peer.as_ref(), &headers);
    let (import, received) = engine.offer_file(fields.required("secret")?, file, from).await.map_err(refused)?;
    Ok(Json(json!({ "id": import.import_id, "received": received })))
}

/// `PATCH /connect/imports/{id}`: the bytes of the file, from `Upload-Offset` on.
pub(super) async fn receive(
    State(engine): State<AppState>,
    Path(id): Path<String>,
    peer: Peer,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    guard::own_origin(&engine.config, &headers)?;
    let (secret, offset, from) = (secret(&headers)?, offset(&headers)?, address(peer.as_ref(), &headers));
    let received = engine.receive_file(secret, known(&id)?, offset, from, body.into_data_stream()).await;
    Ok((StatusCode::ACCEPTED, Json(shown(&received.map_err(refused)?))).into_response())
}

/// `DELETE /connect/imports/{id}`: the person wants it no more.
pub(super) async fn withdraw(
    State(engine): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    guard::own_origin(&engine.config, &headers)?;
    let import = engine.withdraw_file(secret(&headers)?, known(&id)?).await.map_err(|error| match error {
        UploadError::Over => ended(),
        error => refused(error),
    })?;
    Ok(Json(shown(&import)))
}

fn shown(import: &Import) -> Value {
    json!({ "id": import.import_id, "state": crate::imports::view::word(import.state) })
}

fn known(id: &str) -> Result<ImportId, ApiError> {
    id.parse().map_err(|_| unknown())
}

fn secret(headers: &HeaderMap) -> Result<&str, ApiError> {
    let secret = headers.get(SECRET).and_then(|value| value.to_str().ok());
    secret.ok_or_else(|| EnrolError::SessionGone.into())
}

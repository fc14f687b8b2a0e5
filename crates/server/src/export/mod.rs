//! `GET /v1/human/export`: everything of one person as one stream. What is in it and in which form is the engine's matter
//! (`hilum_engine::export`); `docs/EXPORT.md` describes it.

#[cfg(test)]
mod tests;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;
use hilum_engine::export::{Format, Options, STALL, TooMany};
use hilum_store::hash_token;
use url::form_urlencoded;

use crate::api::schema::{boolean, text, word};
use crate::api::{About, Access, Operation, Tag, Verb};
use crate::human::{MAX_QUERY, answer, query_too_long};
use crate::{ApiError, AppState, auth};

/// Its address.
pub(crate) const OPERATIONS: &[Operation] = &[Operation::route(Verb::Get, "/v1/human/export", || get(export), about)];

fn about() -> About {
    About::new(Tag::Person, "getExport", "Everything of the person, as one stream")
        .said(
            "A line each: of our own form everything that the store holds (`docs/EXPORT.md`), of FHIR R4 what there are \
             resources for. A stream without its last line (`end`, `OperationOutcome`) was cut.",
        )
        .access(Access::Person)
        .query("format", word(["ndjson", "fhir"], ""), "The form; `ndjson` where it is not said")
        .query("raw", boolean(""), "Whether answers and posts are told as they came, as far as they are kept")
        .answer_in(
            200,
            "The lines",
            [("application/x-ndjson", text("Lines of JSON")), ("application/fhir+ndjson", text("Resources"))],
        )
        .with_headers(&["Content-Disposition"])
        .error(400, &["conflicting_tokens", "conflicting_parameter", "invalid_parameter"])
        .error(414, &["query_too_long"])
        .error(429, &["too_many_exports"])
        .error(500, &["server_error"])
        .error(503, &["server_error", "timed_out"])
}

/// `GET /v1/human/export?format=&raw=`.
async fn export(State(engine): State<AppState>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let response = respond(&engine, query.as_deref().unwrap_or_default(), &headers);
    answer::cross_origin(response.unwrap_or_else(answer::failure))
}

fn respond(engine: &AppState, query: &str, headers: &HeaderMap) -> Result<Response, ApiError> {
    if query.len() > MAX_QUERY {
        return Err(query_too_long());
    }
    let given: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let token = auth::token(headers, one(&given, "access_token")?)?;
    let human = auth::human(engine, headers, one(&given, "access_token")?)?;
    let options = Options { format: format(&given)?, raw: truth(&given, "raw")? };
    let export = engine.export(&human, hash_token(token), options).map_err(|TooMany| too_many())?;
    let (kind, end) = match options.format {
        Format::Lines => ("application/x-ndjson", "ndjson"),
        Format::Fhir => ("application/fhir+ndjson", "fhir.ndjson"),
    };
    let mut response = Response::new(Body::from_stream(export.pieces(STALL)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, answer::PRIVATE);
    let name = format!("attachment; filename=\"hilum-export-{}.{end}\"", engine.clock.now().utc_day());
    if let Ok(name) = HeaderValue::try_from(name) {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// A parameter's value; an empty one counts as not given.
fn one<'a>(given: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, ApiError> {
    let mut all = given.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str());
    let first = all.next();
    if all.any(|other| Some(other) != first) {
        return Err(ApiError::bad_request(
            "conflicting_parameter",
            "Conflicting Parameter",
            format!("The parameter {name} is given more than once with different values."),
        ));
    }
    Ok(first.filter(|value| !value.is_empty()))
}

fn format(given: &[(String, String)]) -> Result<Format, ApiError> {
    match one(given, "format")? {
        None | Some("ndjson") => Ok(Format::Lines),
        Some("fhir") => Ok(Format::Fhir),
        Some(_) => Err(invalid("format", "ndjson or fhir")),
    }
}

fn truth(given: &[(String, String)], name: &'static str) -> Result<bool, ApiError> {
    match one(given, name)? {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(invalid(name, "true or false")),
    }
}

fn invalid(name: &str, form: &str) -> ApiError {
    let what = format!("The parameter {name} has to be {form}.");
    ApiError::bad_request("invalid_parameter", "Invalid Parameter", what)
}

fn too_many() -> ApiError {
    ApiError {
        retry_after_s: Some(60),
        ..ApiError::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_exports",
            "Too Many Exports",
            "Exports of this person, or too many of this app, are under way. Try again when one has ended.",
        )
    }
}

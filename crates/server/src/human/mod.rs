//! The data API, `/v1/human`: one person's normalised data, read-only, by that person's access token.
//!
//! Reads of the store are plain function calls of microseconds, so a request is answered without leaving its task.
//! Rules that all calls share (tokens, cross-origin headers, methods, slashes at the end) are kept here, once.

pub(crate) mod answer;
pub(crate) mod batch;
pub(crate) mod columns;
pub(crate) mod cursor;
mod food;
pub(crate) mod form;
mod genetics;
mod glucose;
mod heart_rate;
mod imports;
mod json;
pub(crate) mod known_sources;
pub(crate) mod link;
mod locations;
mod merged;
mod periodic;
mod person;
pub(crate) mod query;
mod readings;
mod rows;
mod samples;
mod series;
mod sources;
#[cfg(test)]
pub(crate) mod tests;
mod text;
mod time_series;

pub(crate) use self::merged::ranked_as;

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use hilum_engine::Engine;
use hilum_store::humans::Human;

pub(crate) use self::answer::{Reply, without_body};
use self::query::Query;
use crate::api::{Args, Operation};
use crate::{ApiError, auth, error};

/// What it answers to.
pub(crate) const LISTS: &[&[Operation]] = &[
    person::OPERATIONS,
    sources::OPERATIONS,
    readings::OPERATIONS,
    heart_rate::OPERATIONS,
    periodic::OPERATIONS,
    food::OPERATIONS,
    locations::OPERATIONS,
    genetics::OPERATIONS,
    series::OPERATIONS,
    imports::OPERATIONS,
];

/// Where the data API begins.
const BASE: &str = "/v1/human";
/// Longest query string. The paging header repeats it up to four times.
pub(crate) const MAX_QUERY: usize = 4096;

/// Whether a path is of the data API.
pub(crate) fn is_at(path: &str) -> bool {
    path.strip_prefix(BASE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A request whose caller is known.
pub(crate) struct Call<'a> {
    engine: &'a Engine,
    human: Arc<Human>,
    query: Query<'a>,
    /// `?merge=true`.
    merge: bool,
    /// The path without slashes at its end, from `/v1/human` on.
    path: &'a str,
}

/// Answers a request that has an operation. `path` has no slashes at its end.
pub(crate) fn answer(
    engine: &Engine,
    request: &Request,
    path: &str,
    args: Args<'_>,
    handler: fn(&Call<'_>, Args<'_>) -> Result<Reply, ApiError>,
) -> Response {
    let response = call(engine, request, path)
        .and_then(|call| {
            let form = call.query.form(request.headers())?;
            handler(&call, args)?.into_response(&form, request.headers())
        })
        .unwrap_or_else(answer::failure);
    let response = if *request.method() == Method::HEAD { answer::without_body(response) } else { response };
    answer::cross_origin(response)
}

/// Answers a request with a method that its address does not take.
pub(crate) fn other_method(method: &Method, allow: &str) -> Response {
    answer::cross_origin(match *method {
        Method::OPTIONS => answer::preflight(allow),
        _ => answer::failure_with(error::method_not_allowed(allow)),
    })
}

/// Answers a request for an address that there is not. Who has no token does not learn even that.
pub(crate) fn nothing(engine: &Engine, request: &Request) -> Response {
    let path = request.uri().path();
    match *request.method() {
        Method::GET | Method::HEAD => {
            let error = call(engine, request, path).map_or_else(|error| error, |_| nothing_here());
            let response = answer::failure(error);
            let head = *request.method() == Method::HEAD;
            answer::cross_origin(if head { answer::without_body(response) } else { response })
        }
        _ => other_method(request.method(), "GET, HEAD, OPTIONS"),
    }
}

/// Who calls, with what parameters.
fn call<'a>(engine: &'a Engine, request: &'a Request, path: &'a str) -> Result<Call<'a>, ApiError> {
    let raw_query = request.uri().query().unwrap_or_default();
    if raw_query.len() > MAX_QUERY {
        return Err(query_too_long());
    }
    let query = Query::parse(raw_query)?;
    let human = auth::human(engine, request.headers(), query.get("access_token"))?;
    let merge = query.merge()?;
    Ok(Call { engine, human, query, merge, path })
}

/// 414.
pub(crate) fn query_too_long() -> ApiError {
    ApiError::new(
        StatusCode::URI_TOO_LONG,
        "query_too_long",
        "Query Too Long",
        format!("The query string may have at most {MAX_QUERY} bytes."),
    )
}

fn nothing_here() -> ApiError {
    ApiError::not_found("The data API has nothing at this address.")
}

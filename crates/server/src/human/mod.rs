//! The data API, `/v1/human`: one person's normalised data, read-only, by that person's access token.
//!
//! Reads of the store are plain function calls of microseconds, so a request is answered without leaving its task.
//! What is where is one `match` (`read`); rules that all calls share (tokens, cross-origin headers, methods,
//! slashes at the end) are kept here, once.

mod answer;
pub(crate) mod batch;
mod food;
mod genetics;
mod glucose;
mod heart_rate;
mod imports;
mod json;
mod known_sources;
pub(crate) mod link;
mod locations;
mod merged;
mod periodic;
mod person;
mod query;
mod readings;
mod rows;
mod samples;
mod sources;
#[cfg(test)]
pub(crate) mod tests;
mod time_series;

pub(crate) use self::merged::ranked_as;

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use hilum_engine::Engine;
use hilum_store::humans::Human;

use self::answer::Reply;
use self::query::Query;
use crate::{ApiError, auth};

/// Where the data API begins.
const BASE: &str = "/v1/human";
/// Longest query string. The paging header repeats it up to four times.
pub(crate) const MAX_QUERY: usize = 4096;

/// Whether a path is of the data API.
pub(crate) fn is_at(path: &str) -> bool {
    path.strip_prefix(BASE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A request whose caller is known.
struct Call<'a> {
    engine: &'a Engine,
    human: Arc<Human>,
    query: Query<'a>,
    /// `?merge=true`.
    merge: bool,
    /// The path without slashes at its end, from `/v1/human` on.
    path: &'a str,
}

/// Answers a request.
pub(crate) fn answer(engine: &Engine, request: &Request) -> Response {
    answer::cross_origin(match *request.method() {
        Method::OPTIONS => answer::preflight(),
        Method::GET => respond(engine, request).unwrap_or_else(answer::failure),
        Method::HEAD => answer::without_body(respond(engine, request).unwrap_or_else(answer::failure)),
        _ => answer::failure(ApiError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "Method Not Allowed",
            "The data API is read-only: use GET.",
        )),
    })
}

fn respond(engine: &Engine, request: &Request) -> Result<Response, ApiError> {
    let raw_query = request.uri().query().unwrap_or_default();
    if raw_query.len() > MAX_QUERY {
        return Err(query_too_long());
    }
    let query = Query::parse(raw_query)?;
    let human = auth::human(engine, request.headers(), query.get("access_token"))?;
    let path = request.uri().path().trim_end_matches('/');
    let merge = query.merge()?;
    let call = Call { engine, human, query, merge, path };
    let segments: Vec<&str> = path.strip_prefix(BASE).unwrap_or_default().split('/').skip(1).collect();
    read(&call, &segments)?.into_response(request.headers())
}

/// The map of the data API, below `/v1/human`.
fn read(call: &Call<'_>, path: &[&str]) -> Result<Reply, ApiError> {
    match path {
        [] | ["human"] => person::summary(call),
        ["profile"] => Ok(person::profile(call)),
        ["sources"] => sources::list(call),
        ["imports", rest @ ..] => imports::read(call, rest),
        ["activities", rest @ ..] => periodic::read(call, &periodic::ACTIVITIES, rest),
        ["sleeps", rest @ ..] => periodic::read(call, &periodic::SLEEPS, rest),
        ["heart_rate", "summaries", rest @ ..] => heart_rate::read(call, rest),
        ["food", "meals", rest @ ..] | ["meals", rest @ ..] => food::read(call, rest),
        ["locations", rest @ ..] => locations::read(call, rest),
        ["genetic", rest @ ..] => genetics::read(call, rest),
        [name, rest @ ..] => match readings::Measurement::named(name) {
            Some(measurement) => readings::read(call, measurement, rest),
            None => Err(nothing_here()),
        },
    }
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

//! The data API, `/v1/human`: one person's normalised data, read-only, by that person's access token.
//!
//! Reads of the store are plain function calls of microseconds, so a request is answered without leaving its task.
//! What is where is one `match` (`read`); rules that all calls share (tokens, cross-origin headers, methods,
//! slashes at the end) are kept here, once.

mod answer;
mod heart_rate;
mod json;
mod link;
mod periodic;
mod person;
mod query;
mod readings;
mod rows;
mod sources;
#[cfg(test)]
pub(crate) mod tests;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::any;
use hilum_engine::Engine;
use hilum_store::humans::Human;

use self::answer::Reply;
use self::query::Query;
use crate::{ApiError, AppState, auth};

/// Where the data API begins.
const BASE: &str = "/v1/human";
/// Longest query string. The paging header repeats it up to four times.
const MAX_QUERY: usize = 4096;

/// Routes.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/v1/human", any(handle))
        .route("/v1/human/", any(handle))
        .route("/v1/human/{*path}", any(handle))
}

/// A request whose caller is known.
struct Call<'a> {
    engine: &'a Engine,
    human: Human,
    query: Query<'a>,
    /// The path without slashes at its end, from `/v1/human` on.
    path: &'a str,
}

async fn handle(State(engine): State<AppState>, request: Request) -> Response {
    answer::cross_origin(match *request.method() {
        Method::OPTIONS => answer::preflight(),
        Method::GET | Method::HEAD => respond(&engine, &request).unwrap_or_else(answer::failure),
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
        return Err(ApiError::new(
            StatusCode::URI_TOO_LONG,
            "query_too_long",
            "Query Too Long",
            format!("The query string may have at most {MAX_QUERY} bytes."),
        ));
    }
    let query = Query::parse(raw_query)?;
    let human = auth::human(engine, request.headers(), query.get("access_token"))?;
    let path = request.uri().path().trim_end_matches('/');
    let call = Call { engine, human, query, path };
    let segments: Vec<&str> = path.strip_prefix(BASE).unwrap_or_default().split('/').skip(1).collect();
    read(&call, &segments)?.into_response(request.headers())
}

/// The map of the data API, below `/v1/human`.
fn read(call: &Call<'_>, path: &[&str]) -> Result<Reply, ApiError> {
    match path {
        [] | ["human"] => person::summary(call),
        ["profile"] => Ok(person::profile(call)),
        ["sources"] => sources::list(call),
        ["activities", rest @ ..] => periodic::read(call, &periodic::ACTIVITIES, rest),
        ["sleeps", rest @ ..] => periodic::read(call, &periodic::SLEEPS, rest),
        ["heart_rate", "summaries", rest @ ..] => heart_rate::read(call, rest),
        [name, rest @ ..] => match readings::Measurement::named(name) {
            Some(measurement) => readings::read(call, measurement, rest),
            None => Err(nothing_here()),
        },
    }
}

fn nothing_here() -> ApiError {
    ApiError::not_found("The data API has nothing at this address.")
}

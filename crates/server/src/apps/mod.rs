//! The application API, `/v1/apps/{clientId}`: an app's server looks after its people, by HTTP Basic with the app key
//! as user name and an empty password. Source: human-connect contract 5.2 and 5.3.

mod body;
mod connections;
mod events;
mod notifications;
mod priorities;
mod query;
#[cfg(test)]
pub(crate) mod tests;
mod users;
mod webhooks;

use std::borrow::Cow;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use hilum_store::StoreError;
use hilum_store::apps::App;
use percent_encoding::percent_decode_str;

use crate::human::batch;
use crate::{ApiError, AppState, auth};

/// Where the application API begins.
const BASE: &str = "/v1/apps/";

/// Routes.
pub fn routes() -> Router<AppState> {
    Router::new().route("/v1/apps/{*path}", any(handle))
}

async fn handle(State(engine): State<AppState>, request: Request) -> Response {
    let mut response = respond(&engine, request).await.unwrap_or_else(IntoResponse::into_response);
    let status = response.status();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if headers.get(CONTENT_TYPE).is_some_and(|kind| kind != "text/event-stream") {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"app\", charset=\"UTF-8\""));
    }
    response
}

/// The map of the application API.
async fn respond(engine: &AppState, request: Request) -> Result<Response, ApiError> {
    // Segments are split before they are decoded: an external id may hold a slash.
    let path = request.uri().path().trim_end_matches('/').to_owned();
    let mut segments = path.strip_prefix(BASE).unwrap_or_default().split('/');
    let app = auth::app(engine, request.headers(), segments.next().unwrap_or_default())?;
    let rest: Vec<&str> = segments.collect();
    let get = matches!(*request.method(), Method::GET | Method::HEAD);
    match (rest.as_slice(), request.method()) {
        (["users"], _) if get => users::list(engine, &app, &path, request.uri().query().unwrap_or_default()),
        (["users", kind @ ..], _) if get && batch::is_type(kind) => batch(engine, &app, &path, kind, request).await,
        (["users"], &Method::POST) => users::create(engine, &app, request).await,
        (["users", id], _) if get => users::show(engine, &app, &decoded(id)?),
        (["users", id], &Method::DELETE) => users::delete(engine, &app, &decoded(id)?).await,
        (["priorities"], _) if get => priorities::show_app(engine, &app),
        (["priorities"], &Method::PUT) => priorities::set_app(engine, &app, request).await,
        (["users", id, "priorities"], _) if get => priorities::show_human(engine, &app, &decoded(id)?),
        (["users", id, "priorities"], &Method::PUT) => {
            priorities::set_human(engine, &app, &decoded(id)?, request).await
        }
        (["priorities"] | ["users", _, "priorities"], _) => Ok(not_allowed("GET, HEAD, PUT")),
        (["webhooks", path @ ..], _) => webhooks::respond(engine, &app, path, request).await,
        (["notifications", path @ ..], _) => notifications::respond(engine, &app, path, request).await,
        (["events"], _) if get => events::list(engine, &app, request.uri().query().unwrap_or_default()),
        (["events", "stream"], &Method::GET) => {
            events::live(engine, &app, request.headers(), request.uri().query().unwrap_or_default())
        }
        (["events"], _) => Ok(not_allowed("GET, HEAD")),
        (["events", "stream"], _) => Ok(not_allowed("GET")),
        (["users", id, "connections", connection, "pause"], &Method::POST) => {
            connections::pause(engine, &app, &decoded(id)?, connection, true).await
        }
        (["users", id, "connections", connection, "resume"], &Method::POST) => {
            connections::pause(engine, &app, &decoded(id)?, connection, false).await
        }
        (["users", _, "connections", _, "pause" | "resume"], _) => Ok(not_allowed("POST")),
        (["users"], _) => Ok(not_allowed("GET, HEAD, POST")),
        (["users", kind @ .., _], _) if !kind.is_empty() && batch::is_type(&rest[1..]) => Ok(not_allowed("GET, HEAD")),
        (["users", _], _) => Ok(not_allowed("GET, HEAD, DELETE")),
        _ => Err(ApiError::not_found("The application API has nothing at this address.")),
    }
}

/// `GET users/{type}`, on a thread that may block.
async fn batch(
    engine: &AppState,
    app: &App,
    path: &str,
    kind: &[&str],
    request: Request,
) -> Result<Response, ApiError> {
    let (engine, app, path) = (engine.clone(), app.client_id, path.to_owned());
    let kind: Vec<String> = kind.iter().map(|part| (*part).to_owned()).collect();
    let read = tokio::task::spawn_blocking(move || {
        let kind: Vec<&str> = kind.iter().map(String::as_str).collect();
        let query = request.uri().query().unwrap_or_default();
        batch::answer(&engine, app, (&path, &kind), query, request.headers())
    });
    read.await.map_err(|_| ApiError::from(StoreError::Closed))?
}

fn decoded(segment: &str) -> Result<Cow<'_, str>, ApiError> {
    percent_decode_str(segment).decode_utf8().map_err(|_| ApiError::not_found("The app has no such user."))
}

fn not_allowed(allow: &'static str) -> Response {
    let mut response = ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "Method Not Allowed",
        format!("This address takes {allow}."),
    )
    .into_response();
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
    response
}

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

use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::api::{AppCall, Found, Handler, Operation, table};
use crate::human::{batch, without_body};
use crate::{ApiError, AppState, auth, error};

/// What it answers to.
pub(crate) const LISTS: &[&[Operation]] = &[
    users::OPERATIONS,
    connections::OPERATIONS,
    priorities::OPERATIONS,
    batch::OPERATIONS,
    webhooks::OPERATIONS,
    notifications::OPERATIONS,
    events::OPERATIONS,
];

/// Where the application API begins.
const BASE: &str = "/v1/apps/";

/// Whether a path is of the application API.
pub(crate) fn is_at(path: &str) -> bool {
    path.starts_with(BASE)
}

/// Answers every request to the application API.
pub(crate) async fn answer(State(engine): State<AppState>, request: Request) -> Response {
    let head = *request.method() == Method::HEAD;
    let mut response = respond(engine, request).await.unwrap_or_else(IntoResponse::into_response);
    let status = response.status();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"app\", charset=\"UTF-8\""));
    }
    if head { without_body(response) } else { response }
}

/// The app comes first: who has no key does not learn what there is.
async fn respond(engine: AppState, request: Request) -> Result<Response, ApiError> {
    // Parts of a path are told apart before they are decoded: an external id may hold a slash.
    let path = request.uri().path().trim_end_matches('/').to_owned();
    let client_id = path.strip_prefix(BASE).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let app = auth::app(&engine, request.headers(), client_id)?;
    match table().find(request.method(), &path) {
        Found::Operation(Operation { handler: Handler::App(handler), .. }, args) => {
            let parts = args.after_first();
            handler(AppCall { engine, app, path, parts, request }).await
        }
        Found::OtherMethods(allow) => Ok(error::method_not_allowed(&allow)),
        Found::Operation(..) | Found::Nothing => {
            Err(ApiError::not_found("The application API has nothing at this address."))
        }
    }
}

//! What every request passes: time limit, defence against panics, trailing slashes, request id, headers of the answer.
//!
//! The table of operations (`api`) says who answers. Most requests are for the data API, whose handlers never wait. They are
//! answered here and now; wrapping them in layers that are made for handlers that wait would cost as much as reading their
//! page.

use std::any::Any;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use tower::{Service, ServiceExt as _};
use tower_http::catch_panic::CatchPanicLayer;

use crate::api::{Found, Handler, Operation, table};
use crate::encoding::{self, Coding};
use crate::headers::{self, RequestId};
use crate::{ApiError, AppState, apps, error, human, push};

/// Largest request body, bytes. Nothing that apps or pages send comes near it.
pub const MAX_BODY: usize = 64 * 1024;
/// Longest time for an answer. Longer than two calls to a provider, as the end of a login needs them.
const DEADLINE: Duration = Duration::from_mins(1);
/// Longest time for a file to come in; one that pauses longer than a minute is ended before.
const UPLOAD_DEADLINE: Duration = Duration::from_hours(6);

/// The whole surface: the data API, and `router` for all else.
pub fn around(router: Router, engine: AppState) -> Router {
    let https = engine.config.public_url.scheme() == "https";
    let router = layered(router);
    // A router of its own around the surface: what rewrites a path has to come before the routing.
    Router::new().fallback_service(Surface { router, engine, https })
}

/// What handlers that wait are wrapped in.
fn layered(router: Router) -> Router {
    router.layer(DefaultBodyLimit::max(MAX_BODY)).layer(CatchPanicLayer::custom(panicked))
}

#[derive(Clone)]
struct Surface {
    router: Router,
    engine: AppState,
    https: bool,
}

impl Service<Request> for Surface {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let id = RequestId::random(&*self.engine.random);
        let coding = encoding::accepted(request.headers());
        let path = plain(request.uri().path());
        let mut deadline = DEADLINE;
        let now = match table().find(request.method(), path) {
            Found::Operation(operation, args) => match operation.handler {
                Handler::Human(_) if operation.long => return self.aside(request, id, coding),
                Handler::Human(handler) => Some(guarded(|| human::answer(&self.engine, &request, path, args, handler))),
                Handler::App(_) => None,
                Handler::Route(_) => {
                    if operation.long {
                        deadline = UPLOAD_DEADLINE;
                    }
                    None
                }
            },
            // Nobody is told without a credential what there is and what not.
            Found::OtherMethods(_) | Found::Nothing if apps::is_at(path) => None,
            Found::OtherMethods(allow) if human::is_at(path) => Some(human::other_method(request.method(), &allow)),
            Found::OtherMethods(allow) => Some(error::method_not_allowed(&allow)),
            Found::Nothing if human::is_at(path) => Some(guarded(|| human::nothing(&self.engine, &request))),
            Found::Nothing => Some(error::not_found().into_response()),
        };
        if let Some(response) = now {
            let mut response = finished(response, &id, request.method(), request.uri(), self.https);
            return match encoding::wanted(request.method(), coding, &mut response) {
                None => Box::pin(std::future::ready(Ok(response))),
                Some(coding) => Box::pin(async move { Ok(encoding::encode(response, coding).await) }),
            };
        }
        let (router, https) = (self.router.clone(), self.https);
        Box::pin(async move {
            let method = request.method().clone();
            let response = route(router, request, &id, https, deadline).await;
            Ok(encoding::applied(&method, coding, response).await)
        })
    }
}

impl Surface {
    /// Answers on a thread that may block: a reading of years would hold up all others of its thread.
    fn aside(&self, request: Request, id: RequestId, coding: Option<Coding>) -> <Self as Service<Request>>::Future {
        let (engine, https) = (self.engine.clone(), self.https);
        Box::pin(async move {
            let (method, uri) = (request.method().clone(), request.uri().clone());
            let answer = move || {
                let path = plain(request.uri().path());
                match table().find(request.method(), path) {
                    Found::Operation(Operation { handler: Handler::Human(handler), .. }, args) => {
                        human::answer(&engine, &request, path, args, *handler)
                    }
                    _ => error::not_found().into_response(),
                }
            };
            // Panics are caught within; nobody else ends the task.
            let answering = tokio::task::spawn_blocking(move || guarded(answer)).await;
            let response = answering.unwrap_or_else(|_| panicked(Box::new("a thread that blocks")));
            let response = finished(response, &id, &method, &uri, https);
            Ok(encoding::applied(&method, coding, response).await)
        })
    }
}

/// A path without the slashes at its end that published clients write.
fn plain(path: &str) -> &str {
    if path.starts_with("/v1/") { path.trim_end_matches('/') } else { path }
}

async fn route(router: Router, mut request: Request, id: &RequestId, https: bool, deadline: Duration) -> Response {
    if let Some(uri) = without_trailing_slashes(request.uri()) {
        *request.uri_mut() = uri;
    }
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let response = match tokio::time::timeout(deadline, router.oneshot(request)).await {
        Ok(Ok(response)) => response,
        Err(_) => ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "timed_out",
            "Timed Out",
            "The server could not answer in time. Try again later.",
        )
        .into_response(),
    };
    finished(response, id, &method, &uri, https)
}

/// An answer with what all carry, and the line about it.
fn finished(mut response: Response, id: &RequestId, method: &Method, uri: &Uri, https: bool) -> Response {
    // Paths hold ids at most; queries may hold tokens and never reach a log.
    let (path, status) = (loggable(uri.path()), response.status().as_u16());
    tracing::debug!(request = id.text(), %method, path, status, "answered");
    headers::complete(response.headers_mut(), id, https);
    response
}

/// A path as it may stand in a log: the last part of a notice's or a phone's address is a secret.
fn loggable(path: &str) -> &str {
    if path.starts_with(push::PUSH) {
        return push::PUSH;
    }
    if path.starts_with("/hooks/") { path.rsplit_once('/').map_or("", |(shown, _)| shown) } else { path }
}

/// Published clients write `/v1/human/` as well as `/v1/human`.
fn without_trailing_slashes(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    if !path.starts_with("/v1/") || !path.ends_with('/') {
        return None;
    }
    let path = path.trim_end_matches('/');
    match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    }
    .parse()
    .ok()
}

/// Runs a handler that does not wait; what it shares with others survives a panic of one of them.
fn guarded(answer: impl FnOnce() -> Response) -> Response {
    catch_unwind(AssertUnwindSafe(answer)).unwrap_or_else(panicked)
}

/// A panic is a defect: one log line for the operator, the usual shape for the caller.
#[expect(clippy::needless_pass_by_value, reason = "the signature that the layer calls")]
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    // The payload may hold a value of a person; only the text of a literal is surely harmless.
    let what = panic.downcast_ref::<&'static str>().copied().unwrap_or("a formatted message");
    tracing::error!(what, "handler panicked");
    ApiError::server_error().into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_of_a_notice_address_is_not_logged() {
        assert_eq!(loggable("/hooks/oura/0123abcd"), "/hooks/oura");
        assert_eq!(loggable("/v1/human/weight"), "/v1/human/weight");
    }

    #[test]
    fn slashes_of_the_api_only() {
        let trimmed = |text: &str| without_trailing_slashes(&text.parse().expect("uri")).map(|u| u.to_string());
        assert_eq!(trimmed("/v1/human/").as_deref(), Some("/v1/human"));
        assert_eq!(trimmed("/v1/human/weight//?limit=").as_deref(), Some("/v1/human/weight?limit="));
        assert_eq!(trimmed("/v1/human"), None);
        assert_eq!(trimmed("/"), None);
        assert_eq!(trimmed("/embed/"), None);
    }

    #[tokio::test]
    async fn a_panic_where_nothing_waits_is_the_same_error() {
        let response = guarded(|| panic!("canary {}", 7));
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.expect("body");
        let text = String::from_utf8_lossy(&body);
        assert!(text.starts_with(r#"{"code":"server_error""#) && !text.contains("canary"), "{text}");
    }

    #[tokio::test]
    async fn a_panic_is_an_error_of_the_usual_shape() {
        let boom =
            Router::new().route("/boom", axum::routing::get(|| async { panic!("canary {}", 7) as &'static str }));
        let request = Request::get("/boom").body(axum::body::Body::empty()).expect("request");
        let response = tower::ServiceExt::oneshot(layered(boom), request).await.expect("answer");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.expect("body");
        let text = String::from_utf8_lossy(&body);
        assert!(text.starts_with(r#"{"code":"server_error""#) && !text.contains("canary"), "{text}");
    }
}

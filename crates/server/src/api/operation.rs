//! What the table of addresses is made of.

use std::borrow::Cow;
use std::pin::Pin;

use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;
use axum::routing::MethodRouter;
use hilum_store::apps::App;
use percent_encoding::percent_decode_str;

use super::About;
use crate::human::{Call, Reply};
use crate::{ApiError, AppState};

/// A method that an operation may have. `HEAD` comes with `GET`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    /// In the order in which `Allow` names them.
    pub(crate) const ALL: [Self; 5] = [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// The operation that answers to a method.
    pub(crate) fn answering(method: &Method) -> Option<Self> {
        Some(match *method {
            Method::GET | Method::HEAD => Self::Get,
            Method::POST => Self::Post,
            Method::PUT => Self::Put,
            Method::PATCH => Self::Patch,
            Method::DELETE => Self::Delete,
            _ => return None,
        })
    }

    /// As it stands in `Allow`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// The parts of a path that stand for braces, in their order, as they were sent.
#[derive(Clone, Copy)]
pub(crate) struct Args<'a> {
    parts: [&'a str; Args::MOST],
}

impl<'a> Args<'a> {
    /// Most braces of a path.
    pub(crate) const MOST: usize = 4;

    /// What the router found.
    pub(crate) fn of(found: &matchit::Params<'_, 'a>) -> Self {
        let mut parts = [""; Self::MOST];
        for (slot, (_, value)) in parts.iter_mut().zip(found.iter()) {
            *slot = value;
        }
        Self { parts }
    }

    /// All but the first, owned.
    pub(crate) fn after_first(&self) -> Vec<String> {
        self.parts[1..].iter().map(|part| (*part).to_owned()).collect()
    }

    /// A part; empty if the path has not so many.
    pub(crate) fn get(&self, index: usize) -> &'a str {
        self.parts.get(index).copied().unwrap_or_default()
    }
}

/// A request of the application API whose app is known.
pub(crate) struct AppCall {
    pub(crate) engine: AppState,
    pub(crate) app: App,
    /// The path without slashes at its end.
    pub(crate) path: String,
    /// What stands for the braces behind that of the app, as sent.
    pub(crate) parts: Vec<String>,
    pub(crate) request: Request,
}

impl AppCall {
    /// A part of the path, decoded.
    pub(crate) fn id(&self, index: usize) -> Result<Cow<'_, str>, ApiError> {
        percent_decode_str(self.part(index)).decode_utf8().map_err(|_| ApiError::not_found("The app has no such user."))
    }

    /// A part of the path as it was sent.
    pub(crate) fn part(&self, index: usize) -> &str {
        self.parts.get(index).map_or("", String::as_str)
    }

    /// The query string as it was sent.
    pub(crate) fn query(&self) -> &str {
        self.request.uri().query().unwrap_or_default()
    }
}

/// An answer of the application API in the making.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Response, ApiError>> + Send>>;

/// Who answers.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    /// The data API: never waits.
    Human(fn(&Call<'_>, Args<'_>) -> Result<Reply, ApiError>),
    /// The application API.
    App(fn(AppCall) -> Answering),
    /// An axum handler.
    Route(fn() -> MethodRouter<AppState>),
}

/// What is said about an operation.
#[derive(Clone, Copy)]
pub(crate) enum Said {
    /// Its part of the description. Made when somebody asks for it.
    Described(fn() -> About),
    /// Why it is not described.
    #[cfg_attr(not(test), expect(dead_code, reason = "for who reads the code; a test looks at it"))]
    Internal(&'static str),
}

/// A method at an address.
#[derive(Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) verb: Verb,
    /// With parts in braces, as in OpenAPI.
    pub(crate) path: &'static str,
    pub(crate) handler: Handler,
    /// Whether `HEAD` works as well.
    pub(crate) head: bool,
    /// Takes a file, and so may take hours; of the data API: reads years, and so belongs on a thread that may block.
    pub(crate) long: bool,
    pub(crate) said: Said,
}

impl Operation {
    const fn new(verb: Verb, path: &'static str, handler: Handler, said: Said) -> Self {
        Self { verb, path, handler, head: matches!(verb, Verb::Get), long: false, said }
    }

    /// `GET` of the data API.
    pub(crate) const fn human(
        path: &'static str,
        handler: fn(&Call<'_>, Args<'_>) -> Result<Reply, ApiError>,
        about: fn() -> About,
    ) -> Self {
        Self::new(Verb::Get, path, Handler::Human(handler), Said::Described(about))
    }

    /// Of the application API: `path` begins with `/v1/apps/{clientId}`.
    pub(crate) const fn app(
        verb: Verb,
        path: &'static str,
        handler: fn(AppCall) -> Answering,
        about: fn() -> About,
    ) -> Self {
        Self::new(verb, path, Handler::App(handler), Said::Described(about))
    }

    /// An axum handler.
    pub(crate) const fn route(
        verb: Verb,
        path: &'static str,
        handler: fn() -> MethodRouter<AppState>,
        about: fn() -> About,
    ) -> Self {
        Self::new(verb, path, Handler::Route(handler), Said::Described(about))
    }

    /// An axum handler that only our own pages call, and why it is not described.
    pub(crate) const fn internal(
        verb: Verb,
        path: &'static str,
        handler: fn() -> MethodRouter<AppState>,
        reason: &'static str,
    ) -> Self {
        Self::new(verb, path, Handler::Route(handler), Said::Internal(reason))
    }

    /// The same without `HEAD`.
    pub(crate) const fn without_head(self) -> Self {
        Self { head: false, ..self }
    }

    /// The same for files, which may come slowly, and for what reads years.
    pub(crate) const fn long(self) -> Self {
        Self { long: true, ..self }
    }
}

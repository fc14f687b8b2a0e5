//! The table itself: which operation a request is for.

use std::sync::LazyLock;

use axum::Router;
use axum::http::Method;

use super::operation::{Args, Handler, Operation, Verb};
use super::operations;
use crate::AppState;

type Addresses = matchit::Router<&'static Operation>;

/// All addresses, by method: so an address in full stands beside one with braces that another method has.
pub(crate) struct Table {
    by_verb: [Addresses; Verb::ALL.len()],
}

/// What a request is for.
pub(crate) enum Found<'a> {
    /// This operation, with what stands for its braces.
    Operation(&'static Operation, Args<'a>),
    /// An address that answers to other methods: the value of `Allow`.
    OtherMethods(String),
    /// No address.
    Nothing,
}

/// The table of this server.
pub(crate) fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| Table::of(operations()));
    &TABLE
}

impl Table {
    /// The table of some operations. Two of one method and address, or addresses that cannot be told apart, are a defect
    /// that every start and every test shows.
    fn of(operations: impl Iterator<Item = &'static Operation>) -> Self {
        let mut by_verb: [Addresses; Verb::ALL.len()] = Default::default();
        for operation in operations {
            let slots = operation.path.matches('{').count();
            assert!(slots <= Args::MOST, "{} has more braces than are handed over", operation.path);
            if let Err(error) = by_verb[operation.verb as usize].insert(operation.path, operation) {
                panic!("{} {}: {error}", operation.verb.name(), operation.path);
            }
        }
        Self { by_verb }
    }

    /// What a request is for. `path` has no slashes at its end where the API ignores them.
    pub(crate) fn find<'a>(&'static self, method: &Method, path: &'a str) -> Found<'a> {
        if let Some(verb) = Verb::answering(method)
            && let Ok(found) = self.by_verb[verb as usize].at(path)
            && (found.value.head || *method != Method::HEAD)
        {
            return Found::Operation(found.value, Args::of(&found.params));
        }
        let allow = self.allow(path);
        if allow.is_empty() { Found::Nothing } else { Found::OtherMethods(allow) }
    }

    /// The methods of an address, as `Allow` names them; empty where there is nothing.
    fn allow(&self, path: &str) -> String {
        let found = || self.by_verb.iter().filter_map(|one| one.at(path).ok()).map(|found| *found.value);
        // Where an address in full stands beside one with braces, its own methods are told.
        let Some(nearest) = found().map(|one| (one.path.matches('{').count(), one.path)).min() else {
            return String::new();
        };
        let mut names = Vec::new();
        for operation in found().filter(|one| one.path == nearest.1) {
            names.push(operation.verb.name());
            if operation.head {
                names.push("HEAD");
            }
        }
        // Browsers ask first, whatever page they are on.
        if crate::human::is_at(path) {
            names.push("OPTIONS");
        }
        names.join(", ")
    }
}

/// The axum router of the operations that are axum handlers, and of the application API.
pub(crate) fn routes() -> Router<AppState> {
    let router = operations().fold(Router::new(), |router, operation| match operation.handler {
        Handler::Route(handler) => router.route(operation.path, handler()),
        Handler::Human(_) | Handler::App(_) => router,
    });
    // Asked through the table again, since its errors depend on the caller.
    router.route("/v1/apps/{*path}", axum::routing::any(crate::apps::answer))
}

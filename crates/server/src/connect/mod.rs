//! Connect: the page, the logins that it starts, its end. The contract of each address is in `docs/API-DESIGN.md`.
mod agree;
mod authorize;
mod by_token;
mod callback;
mod cookies;
mod disconnect;
mod done;
mod end;
mod file_words;
mod files;
mod guard;
mod launch;
mod list;
mod page;
mod phone;
mod policy;
mod poll;
mod start;
mod view;

use axum::routing::{delete, get, patch, post};

use crate::api::schema::{object, text, whole};
use crate::api::{About, FORM, Operation, Tag, Verb};

/// A page, or what a page of ours asks.
const PAGE: &str = "a page of Connect: browsers open it, no program";
const OURS: &str = "a form of Connect's own pages, with the page's secret, from our origin alone";

/// Its addresses.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::internal(Verb::Get, "/", || get(page::at_root), PAGE),
    Operation::internal(Verb::Get, "/embed", || get(page::at_embed), PAGE),
    Operation::internal(Verb::Get, "/embed/", || get(page::at_embed), PAGE),
    Operation::internal(Verb::Get, "/connect/page", || get(page::again), PAGE),
    Operation::internal(Verb::Get, "/oauth/authorize", || get(authorize::authorize), PAGE),
    Operation::internal(Verb::Post, "/connect/list", || post(list::list), OURS),
    Operation::internal(Verb::Post, "/connect/start", || post(start::start), OURS),
    Operation::internal(Verb::Get, "/connect/callback/{provider}", || get(callback::callback), PAGE),
    Operation::internal(Verb::Get, "/connect/done", || get(done::done), PAGE),
    Operation::internal(Verb::Post, "/connect/disconnect", || post(disconnect::disconnect), OURS),
    Operation::internal(Verb::Post, "/connect/agree", || post(agree::agree), OURS),
    Operation::route(
        Verb::Post,
        "/connect/poll",
        || post(poll::poll),
        || {
            About::new(Tag::Connect, "pollSession", "Whether anything of an open session has changed")
                .body([(FORM, object("").must("poll", text("The page's poll token")).others().done())])
                .answer(
                    200,
                    "The session is open",
                    object("").must("version", whole(0, "Grows with each change")).done(),
                )
                .error(400, &["invalid_body", "invalid_field"])
                .error(403, &["foreign_origin"])
                .error(412, &["session_over"])
                .error(413, &["body_too_large"])
                .error(503, &["timed_out"])
        },
    ),
    Operation::internal(Verb::Post, "/connect/end", || post(end::end), OURS),
    Operation::internal(Verb::Get, files::ALL, || get(files::list), OURS),
    Operation::internal(Verb::Post, files::ALL, || post(files::offer), OURS).long(),
    Operation::internal(Verb::Patch, files::ONE, || patch(files::receive), OURS).long(),
    Operation::internal(Verb::Delete, files::ONE, || delete(files::withdraw), OURS),
];

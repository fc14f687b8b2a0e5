//! Connect: the page, the logins that it starts, its end. The contract of each address is in `docs/API-DESIGN.md`.
mod agree;
mod authorize;
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

use crate::api::{About, Operation, Tag, Verb};

/// A page, or what a page of ours asks.
const PAGE: &str = "a page of Connect: browsers open it, no program";
const FORM: &str = "a form of Connect's own pages, with the page's secret, from our origin alone";

/// Its addresses.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::internal(Verb::Get, "/", || get(page::at_root), PAGE),
    Operation::internal(Verb::Get, "/embed", || get(page::at_embed), PAGE),
    Operation::internal(Verb::Get, "/embed/", || get(page::at_embed), PAGE),
    Operation::internal(Verb::Get, "/connect/page", || get(page::again), PAGE),
    Operation::internal(Verb::Get, "/oauth/authorize", || get(authorize::authorize), PAGE),
    Operation::internal(Verb::Post, "/connect/list", || post(list::list), FORM),
    Operation::internal(Verb::Post, "/connect/start", || post(start::start), FORM),
    Operation::internal(Verb::Get, "/connect/callback/{provider}", || get(callback::callback), PAGE),
    Operation::internal(Verb::Get, "/connect/done", || get(done::done), PAGE),
    Operation::internal(Verb::Post, "/connect/disconnect", || post(disconnect::disconnect), FORM),
    Operation::internal(Verb::Post, "/connect/agree", || post(agree::agree), FORM),
    Operation::route(
        Verb::Post,
        "/connect/poll",
        || post(poll::poll),
        || About::new(Tag::Connect, "pollSession", "Whether anything of an open session has changed"),
    ),
    Operation::internal(Verb::Post, "/connect/end", || post(end::end), FORM),
    Operation::internal(Verb::Get, files::ALL, || get(files::list), FORM),
    Operation::internal(Verb::Post, files::ALL, || post(files::offer), FORM).long(),
    Operation::internal(Verb::Patch, files::ONE, || patch(files::receive), FORM).long(),
    Operation::internal(Verb::Delete, files::ONE, || delete(files::withdraw), FORM),
];

//! Connect: the page, the logins that it starts, its end. The contract of each address is in `docs/API-DESIGN.md`.
mod agree;
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

pub(crate) use self::files::FILES;

use axum::Router;
use axum::routing::{get, post};

use crate::AppState;

/// Routes.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(page::at_root))
        .route("/embed", get(page::at_embed))
        .route("/embed/", get(page::at_embed))
        .route("/connect/page", get(page::again))
        .route("/connect/list", post(list::list))
        .route("/connect/start", post(start::start))
        .route("/connect/callback/{provider}", get(callback::callback))
        .route("/connect/done", get(done::done))
        .route("/connect/disconnect", post(disconnect::disconnect))
        .route("/connect/agree", post(agree::agree))
        .route("/connect/poll", post(poll::poll))
        .route("/connect/end", post(end::end))
        .merge(files::routes())
}

//! A small app that uses Hilum, written as an integrator would write it: it knows Hilum's address, its own client id and
//! secret, and nothing else. It shows the three parts of an integration:
//!
//! 1. a page with the script and the button (`pages`),
//! 2. an endpoint that takes the session token object from the page and exchanges it (`finish`),
//! 3. a page of the person's data, read from the data API (`data`).

mod charts;
mod client;
mod data;
mod finish;
mod pages;
mod people;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

pub use client::Credentials;
pub use people::PeopleError;

/// What the app shares between requests.
pub struct App {
    hilum: client::Hilum,
    people: people::People,
    /// Makes the ids of new visitors; handed in so that the app has no ambient randomness.
    fresh_id: Box<dyn Fn() -> String + Send + Sync>,
}

/// Builds the app. `state_file` is its "database": which visitor has which tokens (mode 0600).
pub fn app(
    credentials: Credentials,
    state_file: PathBuf,
    fresh_id: impl Fn() -> String + Send + Sync + 'static,
) -> Result<Router, PeopleError> {
    let app = Arc::new(App {
        hilum: client::Hilum::new(credentials),
        people: people::People::open(state_file)?,
        fresh_id: Box::new(fresh_id),
    });
    Ok(Router::new()
        .route("/", get(pages::home))
        .route("/app.js", get(pages::script))
        .route("/look-again.js", get(data::look_again))
        .route("/app.css", get(pages::styles))
        .route("/connect/finish", post(finish::finish))
        .route("/data", get(data::data))
        .route("/new-visitor", post(pages::new_visitor))
        .with_state(app))
}

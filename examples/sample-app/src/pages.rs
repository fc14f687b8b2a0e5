//! Step 1: the start page with the script and the button, and what belongs to it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};

use crate::App;

/// Who is "logged in" here. A real app has its own login.
const COOKIE: &str = "sample_visitor";

pub(crate) fn visitor(jar: &CookieJar) -> Option<String> {
    let value = jar.get(COOKIE)?.value();
    let plain = !value.is_empty() && value.len() <= 40 && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    plain.then(|| value.to_owned())
}

fn login(app: &App, jar: CookieJar) -> (CookieJar, String) {
    let id = format!("visitor-{}", (app.fresh_id)());
    let cookie = Cookie::build((COOKIE, id.clone())).path("/").http_only(true).same_site(SameSite::Lax).build();
    (jar.add(cookie), id)
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    hilum: &'a str,
    client_id: &'a str,
    client_user_id: &'a str,
    public_token: &'a str,
    connected: bool,
}

pub(crate) async fn home(State(app): State<Arc<App>>, jar: CookieJar) -> Response {
    let (jar, visitor) = match visitor(&jar) {
        Some(visitor) => (jar, visitor),
        None => login(&app, jar),
    };
    let known = app.people.get(&visitor);
    let page = Home {
        hilum: &app.hilum.credentials.hilum,
        client_id: &app.hilum.credentials.client_id,
        client_user_id: &visitor,
        public_token: known.as_ref().map_or("", |t| &t.public_token),
        connected: known.is_some(),
    };
    (jar, render(&page)).into_response()
}

pub(crate) async fn new_visitor(State(app): State<Arc<App>>, jar: CookieJar) -> Response {
    let (jar, _) = login(&app, jar);
    (jar, Redirect::to("/")).into_response()
}

pub(crate) async fn script() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("../templates/app.js")).into_response()
}

pub(crate) async fn styles() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../templates/app.css")).into_response()
}

pub(crate) fn render(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => ([(header::CACHE_CONTROL, "no-store")], Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "sample app could not write a page");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

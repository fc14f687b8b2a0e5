//! `GET /`, `GET /embed`, `GET /connect/page`: the Connect page.
use std::net::IpAddr;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hilum_engine::enrol::{EnrolError, Launch, Opened};

use super::{by_token, cookies, launch, view};
use crate::peer::{Peer, address};
use crate::{ApiError, AppState, query};

/// `GET /`: where connect.js and the iOS SDK go, and the second generation with its token.
pub(super) async fn at_root(
    State(engine): State<AppState>,
    RawQuery(query): RawQuery,
    peer: Peer,
    headers: HeaderMap,
) -> Response {
    let from = address(peer.as_ref(), &headers);
    let pairs = query::pairs(query.as_deref().unwrap_or_default()).unwrap_or_default();
    if let Some(asked) = by_token::asked(&pairs) {
        return by_token::open(&engine, &asked, from, &headers).await;
    }
    open(&engine, query.as_deref(), true, from, &headers).await
}

/// `GET /embed`: where the Android SDK and Cordova go.
pub(super) async fn at_embed(
    State(engine): State<AppState>,
    RawQuery(query): RawQuery,
    peer: Peer,
    headers: HeaderMap,
) -> Response {
    open(&engine, query.as_deref(), false, address(peer.as_ref(), &headers), &headers).await
}

/// `GET /connect/page`: the page again, by the browser's resume cookie. `s` says which, where it has several.
pub(super) async fn again(State(engine): State<AppState>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let wanted = query::pairs(query.as_deref().unwrap_or_default()).unwrap_or_default();
    let wanted = wanted.iter().find(|(name, _)| name == "s").map(|(_, short)| short.as_str()).unwrap_or_default();
    let prefix = cookies::resume_name(&engine.config, wanted);
    let mut held = cookies::all(&headers).filter(|(name, _)| name.starts_with(&prefix)).map(|(_, value)| value);
    let opened = match (held.next(), held.next()) {
        (Some(secret), None) => engine.reopen(secret),
        _ => Err(EnrolError::SessionGone),
    };
    match opened.and_then(|opened| answer(&engine, &opened)) {
        Ok(response) => response,
        Err(error) => view::error_page(&error.into()),
    }
}

async fn open(
    engine: &AppState,
    query: Option<&str>,
    at_root: bool,
    from: Option<IpAddr>,
    headers: &HeaderMap,
) -> Response {
    let launch::Read { launch, problem } = launch::read(query, at_root);
    let app = match engine.launch_app(&launch) {
        Ok(app) => app,
        // Nobody's page: whoever frames it sees the browser refuse.
        Err(error) => return view::error_page(&problem.unwrap_or_else(|| error.into())),
    };
    if let Some(problem) = problem {
        return refused(engine, &app, &launch, &problem);
    }
    let cookie = |short: &str| cookies::get(headers, &cookies::resume_name(&engine.config, short));
    let opened = engine.open(app.clone(), launch.clone(), from, cookie).await;
    match opened.and_then(|opened| answer(engine, &opened)) {
        Ok(response) => response,
        Err(error) => refused(engine, &app, &launch, &error.into()),
    }
}

/// A known app, but Connect does not start.
fn refused(engine: &AppState, app: &hilum_store::apps::App, launch: &Launch, error: &ApiError) -> Response {
    let edit = launch.public_token.is_some();
    match engine.redirect_form(app, launch) {
        Ok(None) => view::problem_page(&engine.config, app, error, edit, None),
        Ok(Some(form)) => view::problem_page(&engine.config, app, error, edit, Some(&form.close_url)),
        // There is no address that Close could safely lead to.
        Err(_) => view::error_page(error),
    }
}

/// The page of an open session.
pub(super) fn answer(engine: &AppState, opened: &Opened) -> Result<Response, EnrolError> {
    let sources = engine.sources(&opened.session, &opened.settings)?;
    let poll = engine.poll_token(&opened.session);
    let mut response = view::page(&engine.config, opened, &poll, &sources);
    if let Some(secret) = &opened.browser_secret {
        let (name, value) = cookies::set_resume(&engine.config, &opened.settings.resume, secret);
        response.headers_mut().append(name, value);
    }
    Ok(response)
}

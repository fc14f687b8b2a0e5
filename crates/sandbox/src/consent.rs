//! `/P/authorize`: the page on which a made-up person allows or denies.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use hilum_providers::persona::{PEOPLE, Persona, find};
use hilum_providers::spec::ScopeFrom;
use url::Url;

use crate::book::Consent;
use crate::failure::Failure;
use crate::wire::{self, first};
use crate::{Host, Inner};

/// A request for consent that may be shown.
struct Asked {
    host: Host,
    client_id: String,
    redirect: Url,
    redirect_uri: String,
    state: Option<String>,
    challenge: Option<String>,
    scopes: Vec<&'static str>,
}

/// Why no consent page is shown.
enum Wrong {
    /// It is not clear whom to send the person back to: a page says so.
    Page(&'static str),
    /// Back to the client with an error (RFC 6749, 4.1.2.1).
    Back(Url, &'static str),
}

/// Checks a request in the order of RFC 6749: first who asks and where to go back to, then the rest.
fn read(inner: &Inner, host: Host, query: &[(String, String)]) -> Result<Asked, Wrong> {
    let client = first(query, "client_id").and_then(|id| inner.client(host, id));
    let client = client.ok_or(Wrong::Page("The app is not registered here: its client id is unknown."))?;
    let redirect_uri = first(query, "redirect_uri").filter(|uri| client.redirects.allow(uri));
    let redirect = redirect_uri.and_then(|uri| Url::parse(uri).ok());
    let (Some(redirect_uri), Some(mut redirect)) = (redirect_uri, redirect) else {
        return Err(Wrong::Page("The app wants you sent back to an address that is not registered for it."));
    };
    let state = first(query, "state").filter(|s| !s.is_empty());
    let plain = redirect.clone();
    if let Some(state) = state {
        redirect.query_pairs_mut().append_pair("state", state);
    }
    let back = |error| Wrong::Back(redirect.clone(), error);
    // `state` is what protects the client, so it is asked for at every provider.
    if state.is_none() {
        return Err(back("invalid_request"));
    }
    if first(query, "response_type") != Some("code") {
        return Err(back("unsupported_response_type"));
    }
    let challenge = first(query, "code_challenge");
    if challenge.is_some() && first(query, "code_challenge_method") != Some("S256") {
        return Err(back("invalid_request"));
    }
    let known = host.provider.scopes();
    let asked = first(query, "scope").unwrap_or_default();
    let words = asked.split(host.provider.auth.scope_separator).filter(|w| !w.is_empty());
    let scopes: Option<Vec<&'static str>> = words.map(|w| known.iter().copied().find(|k| *k == w)).collect();
    // A provider without scopes is asked for none.
    let scopes = scopes.filter(|s| s.is_empty() == known.is_empty()).ok_or_else(|| back("invalid_scope"))?;
    Ok(Asked {
        host,
        client_id: client.client_id.clone(),
        redirect: plain,
        redirect_uri: redirect_uri.to_owned(),
        state: state.map(str::to_owned),
        challenge: challenge.map(str::to_owned),
        scopes,
    })
}

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage<'a> {
    provider: &'a str,
    client: &'a str,
    action: &'a str,
    people: &'static [Persona],
    scopes: Vec<ScopeRow>,
}

struct ScopeRow {
    word: &'static str,
    /// What the scope opens: the names of the streams.
    opens: String,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    text: &'a str,
}

#[derive(Template)]
#[template(path = "index.html")]
struct IndexPage {
    providers: Vec<&'static str>,
    people: &'static [Persona],
}

pub(crate) async fn show(State(inner): State<Arc<Inner>>, Path(provider): Path<String>, uri: Uri) -> Response {
    let Some(host) = crate::host(&provider) else {
        return problem(StatusCode::NOT_FOUND, "There is no such provider here.");
    };
    inner.state().stats.count(host.provider.id, "authorize");
    let asked = match read(&inner, host, &wire::pairs(uri.query().unwrap_or_default().as_bytes())) {
        Ok(asked) => asked,
        Err(wrong) => return refused(wrong),
    };
    // The preselected person stands for everybody before one is chosen.
    let on = |failure| inner.state().switches.on(failure, host.provider.id, Some(PEOPLE[0].id));
    let page = ConsentPage {
        provider: host.provider.name,
        client: &asked.client_id,
        action: uri.path_and_query().map_or("", |p| p.as_str()),
        people: &PEOPLE,
        scopes: asked.scopes.iter().map(|word| ScopeRow { word, opens: opens(host, word) }).collect(),
    };
    let mut response = html(StatusCode::OK, &page, Some(&asked.redirect));
    if on(Failure::CoopSameOrigin) {
        let coop = HeaderName::from_static("cross-origin-opener-policy");
        response.headers_mut().insert(coop, HeaderValue::from_static("same-origin"));
    }
    response
}

/// The names of the streams behind a scope, for people; nothing where the scope says as much.
fn opens(host: Host, scope: &str) -> String {
    let streams = host.provider.streams.iter().filter(|s| s.scope == scope && s.id != scope);
    let names = streams.map(|s| s.id.replace('_', " "));
    names.collect::<Vec<_>>().join(", ")
}

pub(crate) async fn decide(
    State(inner): State<Arc<Inner>>,
    Path(provider): Path<String>,
    uri: Uri,
    body: Bytes,
) -> Response {
    let Some(host) = crate::host(&provider) else {
        return problem(StatusCode::NOT_FOUND, "There is no such provider here.");
    };
    let asked = match read(&inner, host, &wire::pairs(uri.query().unwrap_or_default().as_bytes())) {
        Ok(asked) => asked,
        Err(wrong) => return refused(wrong),
    };
    let form = wire::pairs(&body);
    let Some(persona) = first(&form, "persona").and_then(find) else {
        return problem(StatusCode::BAD_REQUEST, "Nobody of that name lives here. Go back and choose a person.");
    };
    let elsewhere = inner.state().switches.on(Failure::WrongRegion, host.provider.id, Some(persona.id));
    if elsewhere && !host.provider.regions.is_empty() {
        let text = "There is no such account in this region. Go back and choose the region where the account was made.";
        return problem(StatusCode::FORBIDDEN, text);
    }
    let mut back = asked.redirect.clone();
    let scopes: Vec<String> = asked
        .scopes
        .iter()
        .filter(|word| form.iter().any(|(name, value)| name == "scope" && value == *word))
        .map(|word| (*word).to_owned())
        .collect();
    let unwell = inner.state().switches.on(Failure::ConsentUnavailable, host.provider.id, Some(persona.id));
    let mut state = inner.state();
    if unwell {
        back.query_pairs_mut().append_pair("error", "temporarily_unavailable");
    } else if first(&form, "decision") != Some("allow") || (scopes.is_empty() && !asked.scopes.is_empty()) {
        state.stats.count(host.provider.id, "deny");
        back.query_pairs_mut().append_pair("error", "access_denied");
    } else {
        state.stats.count(host.provider.id, "allow");
        let told = scopes.join(host.provider.auth.scope_separator);
        let consent = Consent {
            provider: host.provider.id,
            client_id: asked.client_id,
            redirect_uri: asked.redirect_uri,
            challenge: asked.challenge,
            scopes,
            persona,
        };
        let random = inner.config.random.as_ref();
        let code = state.book.grant(consent, host.teller.code_ttl_s, inner.now(), random);
        back.query_pairs_mut().append_pair("code", &code);
        if asked.host.provider.auth.scope_from == ScopeFrom::Redirect {
            back.query_pairs_mut().append_pair("scope", &told);
        }
    }
    if let Some(echoed) = &asked.state {
        back.query_pairs_mut().append_pair("state", echoed);
    }
    Redirect::to(back.as_str()).into_response()
}

fn refused(wrong: Wrong) -> Response {
    match wrong {
        Wrong::Page(text) => problem(StatusCode::BAD_REQUEST, text),
        Wrong::Back(mut url, error) => {
            url.query_pairs_mut().append_pair("error", error);
            Redirect::to(url.as_str()).into_response()
        }
    }
}

fn problem(status: StatusCode, text: &str) -> Response {
    html(status, &ProblemPage { text }, None)
}

/// What lives here.
pub(crate) async fn index() -> Response {
    let providers = crate::hosts().map(|h| h.provider.name).collect();
    html(StatusCode::OK, &IndexPage { providers, people: &PEOPLE }, None)
}

pub(crate) async fn style() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=300")];
    (headers, include_str!("../static/sandbox.css")).into_response()
}

/// A page with the headers that keep it to itself. `to` is where its form may lead in the end: browsers count the
/// redirect after a form as part of it.
fn html(status: StatusCode, page: &impl Template, to: Option<&Url>) -> Response {
    let Ok(text) = page.render() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let target = to.map(|u| u.origin().ascii_serialization()).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self' {target}; base-uri 'none'; frame-ancestors 'none'"
    );
    let mut headers = HeaderMap::new();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    (status, headers, Html(text)).into_response()
}

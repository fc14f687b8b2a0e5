//! `/P/api/…`: everything below the provider's `api_base`: data, revocation, nonces.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method as HttpMethod, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hilum_providers::persona::{PEOPLE, Persona, Story};
use hilum_providers::sandbox::{Ask, Refusal};
use hilum_providers::spec::{ClientAuth, Method, RevokeStyle, Stream};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::pages::{Cut, page};
use crate::wire::{self, first};
use crate::{Host, Inner, clients, token, window};

pub(crate) async fn api(
    State(inner): State<Arc<Inner>>,
    Path((provider, rest)): Path<(String, String)>,
    method: HttpMethod,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(host) = crate::host(&provider) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let path = format!("/{rest}");
    let mut params = wire::pairs(query.unwrap_or_default().as_bytes());
    if method == HttpMethod::POST {
        let signs = host.provider.auth.client_auth == ClientAuth::WithingsSigned;
        let form = wire::pairs(&body);
        if signs && path == "/v2/signature" {
            return nonce(&inner, host, &form);
        }
        if let Some(revoke) = host.provider.auth.revoke.filter(|r| path_of(r.url) == path) {
            // The same path may be the token endpoint's (Withings).
            if signs && first(&form, "action") == Some("requesttoken") {
                return token::answer(&inner, host, &headers, &form).await;
            }
            params.extend(form);
            return match revoked(&inner, host, revoke.style, &headers, &params) {
                Ok(()) => wire::json(200, &(host.teller.done)()),
                Err(refusal) => wire::refuse(host.teller, refusal),
            };
        }
        if !is_json(&headers) {
            params.extend(form);
        }
    }
    let json = serde_json::from_slice(&body).ok().filter(|_| is_json(&headers));
    let question = Question { params: &params, json: json.as_ref(), base: &base(host, &headers) };
    data(&inner, host, &method, &path, &headers, question).await
}

/// What a data call says besides its path.
#[derive(Debug, Clone, Copy)]
struct Question<'a> {
    params: &'a [(String, String)],
    json: Option<&'a Value>,
    /// The address of the provider's `api_base` here.
    base: &'a str,
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/json"))
}

/// As the caller found us, so that links in answers lead back here.
fn base(host: Host, headers: &HeaderMap) -> String {
    let name = headers.get(header::HOST).and_then(|v| v.to_str().ok()).unwrap_or("localhost");
    format!("http://{name}/{}/api", host.provider.id)
}

/// What a refusal for too many requests says about when to come back, s: the shortest of the limits.
pub(crate) fn retry_s(host: Host) -> i64 {
    host.provider.limits.iter().map(|limit| i64::from(limit.per_s)).min().unwrap_or(60)
}

/// The path of an absolute URL, or the path itself.
fn path_of(url: &str) -> String {
    url::Url::parse(url).map_or_else(|_| url.to_owned(), |u| u.path().to_owned())
}

fn nonce(inner: &Inner, host: Host, form: &[(String, String)]) -> Response {
    let mut state = inner.state();
    state.stats.count(host.provider.id, "nonce");
    match inner.nonce(&mut state, host, form, inner.now()) {
        Ok(nonce) => wire::json(200, &json!({"status": 0, "body": {"nonce": nonce}})),
        Err(refusal) => wire::refuse(host.teller, refusal),
    }
}

fn revoked(
    inner: &Inner,
    host: Host,
    style: RevokeStyle,
    headers: &HeaderMap,
    params: &[(String, String)],
) -> Result<(), Refusal> {
    let mut state = inner.state();
    state.stats.count(host.provider.id, "revoke");
    let id = host.provider.id;
    match style {
        RevokeStyle::Rfc7009 => {
            let client = inner.authenticate(&mut state, host, headers, params)?;
            let shown = first(params, "token").ok_or(Refusal::InvalidRequest)?;
            // An unknown token is answered like a known one (RFC 7009, 2.2).
            state.book.revoke_token(id, Some(&client.client_id), shown);
            Ok(())
        }
        RevokeStyle::AccessTokenInQuery => {
            let shown = first(params, "access_token").ok_or(Refusal::InvalidToken)?;
            state.book.revoke_token(id, None, shown).then_some(()).ok_or(Refusal::InvalidToken)
        }
        RevokeStyle::TokenOnly => {
            let shown = first(params, "token").ok_or(Refusal::InvalidRequest)?;
            state.book.revoke_token(id, None, shown).then_some(()).ok_or(Refusal::InvalidToken)
        }
        RevokeStyle::BearerDelete | RevokeStyle::BearerPost | RevokeStyle::BearerGet => {
            let shown = clients::bearer(headers).ok_or(Refusal::InvalidToken)?;
            state.book.revoke_token(id, None, shown).then_some(()).ok_or(Refusal::InvalidToken)
        }
        RevokeStyle::WithingsSigned => {
            if first(params, "action") != Some("revoke") {
                return Err(Refusal::BadParameter("action"));
            }
            let client = inner.authenticate(&mut state, host, headers, params)?;
            let account = first(params, "userid").ok_or(Refusal::BadParameter("userid"))?;
            let persona = PEOPLE.iter().find(|p| token::account(host, p) == account);
            let persona = persona.ok_or(Refusal::BadParameter("userid"))?;
            state.book.revoke_persona(Some(id), Some(&client.client_id), persona);
            Ok(())
        }
    }
}

/// The stream that a request is for: the one whose fixed parameters are all there, else the one whose path and
/// action fit, for clients that leave fields out.
fn stream_of(host: Host, method: &HttpMethod, path: &str, params: &[(String, String)]) -> Option<&'static Stream> {
    let wanted = match *method {
        HttpMethod::GET => Method::Get,
        HttpMethod::POST => Method::PostForm,
        _ => return None,
    };
    let as_asked = |method: Method| method == wanted || (wanted == Method::PostForm && method == Method::PostJson);
    let here = || host.provider.streams.iter().filter(|s| as_asked(s.method) && s.path == path);
    let fits = |(name, value): &(&str, &str)| first(params, name) == Some(value);
    here()
        .find(|s| s.params.iter().all(fits))
        .or_else(|| here().find(|s| s.params.iter().all(|p| p.0 != "action" || fits(p))))
}

/// What a data call is about, once it is known who asks.
struct Call {
    persona: &'static Persona,
    scopes: Vec<String>,
    stream: &'static Stream,
}

async fn data(
    inner: &Inner,
    host: Host,
    method: &HttpMethod,
    path: &str,
    headers: &HeaderMap,
    question: Question<'_>,
) -> Response {
    let call = match admit(inner, host, method, path, headers, question.params) {
        Ok(call) => call,
        Err(response) => return *response,
    };
    let on = |failure| inner.state().switches.on(failure, host.provider.id, Some(call.persona.id));
    if on(Failure::Slow) {
        tokio::time::sleep(inner.config.slow).await;
    }
    if on(Failure::RateLimited) {
        return wire::limited(host.teller, retry_s(host));
    }
    if on(Failure::ServerError) {
        return wire::refuse(host.teller, Refusal::ServerError);
    }
    if on(Failure::Garbage) {
        return wire::garbage();
    }
    if on(Failure::Html) {
        return wire::page();
    }
    if on(Failure::Empty204) {
        return wire::empty();
    }
    if on(Failure::WrongScope) || !(call.stream.scope.is_empty() || call.scopes.iter().any(|s| s == call.stream.scope))
    {
        return wire::refuse(host.teller, Refusal::ScopeMissing);
    }
    match told(inner, host, &call, question) {
        Ok(value) if on(Failure::Truncated) => wire::truncated(&value),
        Ok(value) if (host.teller.empty_is_204)(call.stream.id) && is_empty(&value) => wire::empty(),
        Ok(value) => wire::json(200, &value),
        Err(refusal) => wire::refuse(host.teller, refusal),
    }
}

/// An answer that holds no item: an empty list, or an object whose lists are all empty.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => {
            let mut lists = members.values().filter_map(Value::as_array).peekable();
            lists.peek().is_some() && lists.all(Vec::is_empty)
        }
        _ => false,
    }
}

/// Who asks, and for what.
fn admit(
    inner: &Inner,
    host: Host,
    method: &HttpMethod,
    path: &str,
    headers: &HeaderMap,
    params: &[(String, String)],
) -> Result<Call, Box<Response>> {
    let now = inner.now();
    let id = host.provider.id;
    let mut guard = inner.state();
    let state = &mut *guard;
    let refuse = |refusal| Box::new(wire::refuse(host.teller, refusal));
    let stream = stream_of(host, method, path, params);
    let what = stream.map_or_else(|| "data".to_owned(), |s| format!("data {}", s.id));
    state.stats.count(id, &what);
    let shown = clients::bearer(headers).unwrap_or_default();
    let family = state.book.bearer(id, shown, now, true).map_err(refuse)?;
    let (persona, scopes) = (family.persona, family.scopes.clone());
    let rate = inner.config.rate;
    if let Err(wait) = state.limiter.take(id, &family.client_id, family.persona.id, host.provider.limits, rate, now) {
        state.stats.rate_limited += 1;
        return Err(Box::new(wire::limited(host.teller, wait)));
    }
    let stream = stream.ok_or_else(|| refuse(Refusal::NotFound))?;
    Ok(Call { persona, scopes, stream })
}

/// The answer, as the person's devices tell it.
fn told(inner: &Inner, host: Host, call: &Call, question: Question<'_>) -> Result<Value, Refusal> {
    let since = |failure| inner.state().switches.since(failure, host.provider.id, Some(call.persona.id));
    let mut story = Story::new(call.persona);
    if let Some(at) = since(Failure::LateCorrection) {
        story = story.corrected_at(at);
    }
    let now = inner.now();
    let Question { params, json, base } = question;
    let ask = Ask { story: &story, now, params, json, scopes: &call.scopes, base };
    let span = match host.teller.span {
        Some(span) if call.stream.build.is_some() => span(call.stream.id, &ask)?,
        _ => window::read(&call.stream.window, params, now)?,
    };
    let cut = Cut {
        span,
        since: call.persona.day_of(inner.began).plus(-i32::from(inner.config.history_days)),
        size: inner.config.page_items.unwrap_or_else(|| (host.teller.page_items)(call.stream.id)),
        endless: since(Failure::EndlessPages).is_some(),
    };
    page(host, call.stream, &ask, cut)
}

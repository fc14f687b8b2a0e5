//! Data calls: who asks, whether they may, and what the person's devices tell.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::HeaderValue as HttpValue;
use axum::response::Response;
use hilum_model::{Day, Secret};
use hilum_providers::persona::{Persona, Story};
use hilum_providers::sandbox::{Ask, Extra, Left, Refusal, Span};
use hilum_providers::spec::{Stream, Window};
use serde_json::Value;

use super::{Incoming, headers_fit, order, register, retry_s};
use crate::failure::Failure;
use crate::pages::{Cut, page};
use crate::wire;
use crate::{Inner, clients, window};

/// Who asks.
pub(super) struct Caller {
    pub(super) persona: &'static Persona,
    pub(super) client_id: String,
    pub(super) scopes: Vec<String>,
    /// What is left of the limits after this request.
    left: Vec<Left>,
}

/// The stream that a request is for: the one whose fixed parameters are all there, else the one whose path and
/// action fit, for clients that leave fields out.
fn stream_of(incoming: &Incoming<'_>) -> Option<&'static Stream> {
    let here = || incoming.host.provider.streams.iter().filter(|s| incoming.is(s.method, s.path));
    let said = |(name, value): &(&str, &str)| incoming.param(name) == Some(value);
    here()
        .find(|s| s.params.iter().all(said))
        .or_else(|| here().find(|s| s.params.iter().all(|p| p.0 != "action" || said(p))))
}

pub(super) async fn answer(inner: &Arc<Inner>, incoming: &Incoming<'_>) -> Response {
    let host = incoming.host;
    let stream = stream_of(incoming);
    let caller = match admit(inner, incoming, stream) {
        Ok(caller) => caller,
        Err(response) => return *response,
    };
    let on = |failure| inner.state().switches.on(failure, host.provider.id, Some(caller.persona.id));
    if on(Failure::Slow) {
        tokio::time::sleep(inner.config.slow).await;
    }
    let mut left = caller.left.clone();
    let (limited, limited_until) = (on(Failure::RateLimited), on(Failure::RateLimitedUntil));
    if limited || limited_until {
        for one in &mut left {
            one.left = 0;
        }
    }
    let mut response = if limited {
        wire::limited(host.teller, retry_s(host))
    } else if limited_until {
        wire::limited_until(host.teller, inner.now().plus_s(retry_s(host)))
    } else if on(Failure::ServerError) {
        wire::refuse(host.teller, Refusal::ServerError)
    } else if on(Failure::Garbage) {
        wire::garbage()
    } else if on(Failure::Html) {
        wire::page()
    } else if on(Failure::Empty204) {
        wire::nothing(204)
    } else {
        served(inner, incoming, &caller, stream)
    };
    tell_left(inner, incoming, &left, &mut response);
    response
}

/// The headers that tell what is left of the limits.
fn tell_left(inner: &Inner, incoming: &Incoming<'_>, left: &[Left], response: &mut Response) {
    if left.is_empty() {
        return;
    }
    for (name, value) in (incoming.host.teller.rate)(left, inner.now()) {
        if let Ok(value) = HttpValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
}

/// Who asks, if they may ask at all.
fn admit(inner: &Inner, incoming: &Incoming<'_>, stream: Option<&Stream>) -> Result<Caller, Box<Response>> {
    let now = inner.now();
    let host = incoming.host;
    let id = host.provider.id;
    let mut guard = inner.state();
    let state = &mut *guard;
    let refuse = |refusal| Box::new(wire::refuse(host.teller, refusal));
    let what = stream.map_or_else(|| "data".to_owned(), |s| format!("data {}", s.id));
    state.stats.count(id, &what);
    let shown = clients::bearer(incoming.headers).unwrap_or_default();
    let family = state.book.bearer(id, shown, now, true).map_err(refuse)?;
    let (persona, client_id, scopes) = (family.persona, family.client_id.clone(), family.scopes.clone());
    let none = std::collections::BTreeMap::<String, Secret<String>>::new();
    let settings = inner.client(host, &client_id).map_or(&none, |client| &client.settings);
    if !headers_fit(incoming, settings) {
        return Err(refuse(Refusal::InvalidClient));
    }
    let taken = state.limiter.take(id, &client_id, persona.id, host.provider.limits, inner.config.rate, now);
    match taken {
        Ok(left) => Ok(Caller { persona, client_id, scopes, left }),
        Err((wait, left)) => {
            state.stats.rate_limited += 1;
            drop(guard);
            let mut response = wire::limited(host.teller, wait);
            tell_left(inner, incoming, &left, &mut response);
            Err(Box::new(response))
        }
    }
}

/// The answer of a provider that is well.
fn served(inner: &Arc<Inner>, incoming: &Incoming<'_>, caller: &Caller, stream: Option<&'static Stream>) -> Response {
    let host = incoming.host;
    let since = |failure| inner.state().switches.since(failure, host.provider.id, Some(caller.persona.id));
    let mut story = Story::new(caller.persona);
    if let Some(at) = since(Failure::LateCorrection) {
        story = story.corrected_at(at);
    }
    let ask = Ask {
        story: &story,
        now: inner.now(),
        params: &incoming.params,
        json: incoming.json.as_ref(),
        scopes: &caller.scopes,
        base: &incoming.base,
    };
    if let Some(response) = register::answer(inner, incoming, caller, &ask) {
        return response;
    }
    if !register::is_done(inner, incoming, caller) {
        return wire::refuse(host.teller, Refusal::ScopeMissing);
    }
    let granted = |stream: &Stream| stream.scope.is_empty() || caller.scopes.iter().any(|s| s == stream.scope);
    let wrong_scope = since(Failure::WrongScope).is_some();
    let truncated = since(Failure::Truncated).is_some();
    if let Some((stream, backfill)) = order::stream_of(incoming) {
        if wrong_scope || !granted(stream) {
            return wire::refuse(host.teller, Refusal::ScopeMissing);
        }
        return order::answer(inner, incoming, caller, (stream, backfill));
    }
    if wrong_scope || stream.is_some_and(|stream| !granted(stream)) {
        return wire::refuse(host.teller, Refusal::ScopeMissing);
    }
    let Some(stream) = stream else {
        return match (host.teller.extra)(incoming.method.as_str(), incoming.path, &ask) {
            Some(Extra::Json(value)) if truncated => wire::truncated(&value),
            Some(Extra::Json(value)) => wire::json(200, &value),
            Some(Extra::File { kind, bytes }) if truncated => wire::file(kind, bytes[..bytes.len() / 2].to_vec()),
            Some(Extra::File { kind, bytes }) => wire::file(kind, bytes),
            Some(Extra::Status(status)) => wire::nothing(status),
            None => wire::refuse(host.teller, Refusal::NotFound),
        };
    };
    let deleted = |(provider, persona, of, day): &(&str, &str, &str, Day)| {
        let here = (*provider, *persona, *of) == (host.provider.id, caller.persona.id, stream.id);
        here.then_some(*day)
    };
    let deleted: BTreeSet<Day> = inner.state().deleted.iter().filter_map(deleted).collect();
    let cut = |span| Cut {
        span,
        deleted: &deleted,
        since: if since(Failure::StandsStill).is_some() && stream.window != Window::Whole {
            // Nothing is known of any day that has begun.
            caller.persona.day_of(ask.now).plus(2)
        } else {
            caller.persona.day_of(inner.began).plus(-i32::from(inner.config.history_days))
        },
        size: inner.config.page_items.unwrap_or_else(|| (host.teller.page_items)(stream.id)),
        endless: since(Failure::EndlessPages).is_some(),
    };
    let own_span = host.teller.span.filter(|_| stream.build.is_some() || stream.window == Window::Pushed);
    let span = match own_span {
        Some(span) => span(stream.id, &ask),
        // What was pushed lately.
        None if stream.window == Window::Pushed => {
            let today = caller.persona.day_of(ask.now);
            Ok(Span::Days(today.plus(-1), today))
        }
        None => window::read(&stream.window, &incoming.params, ask.now),
    };
    match span.and_then(|span| page(host, stream, &ask, cut(span))) {
        Ok(value) if truncated => wire::truncated(&value),
        Ok(value) if (host.teller.empty_is_204)(stream.id) && is_empty(&value) => wire::nothing(204),
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

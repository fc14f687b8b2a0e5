//! `/_control/…`: switches and counters, for tests and demonstrations.

pub(crate) mod notify;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use hilum_providers::persona::{PEOPLE, find};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::stats::Stats;
use crate::switches::Whom;
use crate::{Inner, wire};

/// Who there is and what fails for them.
pub(crate) async fn personas(State(inner): State<Arc<Inner>>) -> Response {
    let state = inner.state();
    let providers: Vec<&str> = crate::hosts().map(|h| h.provider.id).collect();
    let told = |persona: Option<&'static str>| {
        let mut failures = json!({"*": state.switches.of(Whom { provider: None, persona })});
        for provider in &providers {
            let whom = Whom { provider: Some(provider), persona };
            failures[*provider] = json!(state.switches.of(whom));
        }
        failures
    };
    let people: Vec<Value> =
        PEOPLE.iter().map(|p| json!({"name": p.id, "title": p.title, "failures": told(Some(p.id))})).collect();
    wire::json(200, &json!({"everybody": told(None), "personas": people, "known": Failure::ALL}))
}

/// What a person's switches are set to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Set {
    failures: BTreeSet<Failure>,
    provider: Option<String>,
}

/// A refusal in words.
fn bad(status: u16, why: &str) -> Response {
    wire::json(status, &json!({"error": why}))
}

/// The body of a control call. Only JSON, which a page of another origin cannot send without asking first.
fn body_of<T: serde::de::DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Box<Response>> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/json") {
        return Err(Box::new(bad(415, "Content-Type must be application/json")));
    }
    serde_json::from_slice(body).map_err(|error| Box::new(bad(400, &error.to_string())))
}

pub(crate) async fn set(
    State(inner): State<Arc<Inner>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let persona = if name == "*" { None } else { find(&name) };
    if persona.is_none() && name != "*" {
        return bad(404, "no such persona; GET /_control/personas lists them");
    }
    let set: Set = match body_of(&headers, &body) {
        Ok(set) => set,
        Err(response) => return *response,
    };
    let provider = match set.provider.as_deref().map(crate::host) {
        None => None,
        Some(Some(host)) => Some(host.provider.id),
        Some(None) => return bad(400, "no such provider"),
    };
    let now = inner.now();
    let mut state = inner.state();
    state.switches.set(Whom { provider, persona: persona.map(|p| p.id) }, &set.failures, now);
    for person in PEOPLE.iter().filter(|p| persona.is_none_or(|only| only.id == p.id)) {
        if set.failures.contains(&Failure::Revoked) {
            state.end_grants(provider, person);
        }
        if set.failures.contains(&Failure::ExpiredAccess) {
            state.book.expire_access(provider, person, now);
        }
    }
    wire::json(200, &json!({"failures": set.failures}))
}

/// What happened so far.
pub(crate) async fn stats(State(inner): State<Arc<Inner>>) -> Response {
    let state = inner.state();
    let families: Vec<Value> = state
        .book
        .families
        .iter()
        .map(|f| {
            json!({
                "provider": f.provider,
                "persona": f.persona.id,
                "client_id": f.client_id,
                "scopes": f.scopes,
                "revoked": f.revoked,
                "refresh_calls": f.refresh_calls,
            })
        })
        .collect();
    let told = json!({
        "requests": state.stats.requests,
        "rate_limited": state.stats.rate_limited,
        "code_replays": state.book.code_replays,
        "refresh_reuses": state.book.refresh_reuses,
        "families": families,
        "referers": state.stats.referers,
    });
    wire::json(200, &told)
}

/// Switches off, counters zero.
pub(crate) async fn reset(State(inner): State<Arc<Inner>>) -> Response {
    let mut state = inner.state();
    state.switches.clear();
    state.stats = Stats::default();
    state.book.forget_counts();
    wire::json(200, &json!({}))
}

//! `POST /P/token`: a code or a refresh token for a pair of tokens, in the provider's envelope.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use hilum_providers::persona::Persona;
use hilum_providers::sandbox::{Granted, Refusal};
use hilum_providers::spec::ScopeFrom;
use serde_json::Value;

use crate::book::{Exchange, Issued, Terms};
use crate::failure::Failure;
use crate::wire::{self, first};
use crate::{Host, Inner};

pub(crate) async fn token(
    State(inner): State<Arc<Inner>>,
    Path(provider): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(host) = crate::host(&provider) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    answer(&inner, host, &headers, &wire::pairs(&body)).await
}

/// Answers a token call, with whatever is switched on for the person that it is about.
pub(crate) async fn answer(inner: &Inner, host: Host, headers: &HeaderMap, form: &[(String, String)]) -> Response {
    let refresh = first(form, "grant_type") == Some("refresh_token");
    let persona = {
        let mut state = inner.state();
        state.stats.count(host.provider.id, if refresh { "refresh" } else { "token" });
        if refresh {
            first(form, "refresh_token").and_then(|t| state.book.persona_of_refresh(t))
        } else {
            first(form, "code").and_then(|c| state.book.persona_of_code(c))
        }
    };
    let on = |failure| inner.state().switches.on(failure, host.provider.id, persona.map(|p| p.id));
    if on(Failure::Slow) {
        tokio::time::sleep(inner.config.slow).await;
    }
    if on(Failure::Token500) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    if on(Failure::TokenHtml) {
        return wire::page();
    }
    if on(Failure::TokenGarbage) {
        return wire::garbage();
    }
    if on(Failure::TokenRateLimited) {
        return wire::limited(host.teller, crate::api::retry_s(host));
    }
    let value = match work(inner, host, headers, form) {
        Ok(value) => value,
        Err(refusal) => return wire::refuse(host.teller, refusal),
    };
    if refresh && on(Failure::RefreshLost) {
        return wire::broken(&value);
    }
    if refresh && on(Failure::RefreshTimeout) {
        tokio::time::sleep(inner.config.hold).await;
    }
    wire::json(200, &value)
}

/// The call itself.
fn work(inner: &Inner, host: Host, headers: &HeaderMap, form: &[(String, String)]) -> Result<Value, Refusal> {
    let auth = &host.provider.auth;
    let mut names: Vec<&str> = form.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    // A parameter must not come twice (RFC 6749, 3.2), and what the provider asks for besides must be there.
    let twice = names.windows(2).any(|w| w[0] == w[1]);
    if twice || auth.token_params.iter().any(|(name, value)| first(form, name) != Some(value)) {
        return Err(Refusal::InvalidRequest);
    }
    let refresh = first(form, "grant_type") == Some("refresh_token");
    if refresh && auth.refresh_params.iter().any(|(name, value)| first(form, name) != Some(value)) {
        return Err(Refusal::InvalidRequest);
    }
    let now = inner.now();
    let random = inner.config.random.as_ref();
    let mut state = inner.state();
    let client = inner.authenticate(&mut state, host, headers, form)?;
    let terms = Terms {
        rotation: auth.rotation,
        access_ttl_s: auth.access_ttl_s,
        secret: client.client_secret.expose(),
        adopt: inner.config.adopt,
        account: host.teller.account,
        access_token: host.teller.access_token,
    };
    let issued = match first(form, "grant_type").ok_or(Refusal::InvalidRequest)? {
        "authorization_code" => {
            let show = Exchange {
                provider: host.provider.id,
                client_id: &client.client_id,
                code: first(form, "code").ok_or(Refusal::InvalidRequest)?,
                redirect_uri: first(form, "redirect_uri"),
                verifier: first(form, "code_verifier"),
            };
            state.book.exchange(&show, terms, now, random)?
        }
        "refresh_token" => {
            let shown = first(form, "refresh_token").ok_or(Refusal::InvalidRequest)?;
            state.book.refresh(host.provider.id, &client.client_id, shown, terms, now, random)?
        }
        _ => return Err(Refusal::UnsupportedGrantType),
    };
    Ok(tell(host, &issued))
}

fn tell(host: Host, issued: &Issued) -> Value {
    let auth = &host.provider.auth;
    let scope = issued.scopes.join(auth.scope_separator);
    let account = account(host, issued.persona);
    (host.teller.token)(&Granted {
        access_token: &issued.access_token,
        refresh_token: issued.refresh_token.as_deref(),
        expires_in: auth.access_ttl_s,
        scope: if auth.scope_from == ScopeFrom::Token { &scope } else { "" },
        account: &account,
    })
}

pub(crate) fn account(host: Host, persona: &Persona) -> String {
    (host.teller.account)(persona)
}

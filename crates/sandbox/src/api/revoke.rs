//! How a grant is taken back, in each provider's style.

use axum::response::Response;
use hilum_providers::persona::PEOPLE;
use hilum_providers::sandbox::Refusal;
use hilum_providers::spec::{Method, Revoke, RevokeStyle};

use super::Incoming;
use crate::wire::{self, first};
use crate::{Inner, clients, token};

/// The path of an absolute URL, or the path itself. (A URL's parser would escape the braces.)
fn path_of(url: &str) -> &str {
    let Some((_, rest)) = url.split_once("://") else { return url };
    rest.find('/').map_or("/", |at| &rest[at..])
}

/// Whether the request is at the address of revocation.
pub(super) fn is_asked(incoming: &Incoming<'_>) -> bool {
    incoming.host.provider.auth.revoke.is_some_and(|revoke| {
        let method = match revoke.style {
            RevokeStyle::BearerDelete => Method::Delete,
            RevokeStyle::BearerGet => Method::Get,
            RevokeStyle::Rfc7009
            | RevokeStyle::AccessTokenInQuery
            | RevokeStyle::WithingsSigned
            | RevokeStyle::TokenOnly
            | RevokeStyle::BearerPost => Method::PostForm,
        };
        incoming.is(method, path_of(revoke.url))
    })
}

/// The answer, if the request is one to revoke.
pub(super) fn answer(inner: &Inner, incoming: &Incoming<'_>) -> Option<Response> {
    let host = incoming.host;
    let revoke = host.provider.auth.revoke.filter(|_| is_asked(incoming))?;
    Some(match revoked(inner, incoming, revoke) {
        Ok(()) => wire::json(200, &(host.teller.done)()),
        Err(refusal) => wire::refuse(host.teller, refusal),
    })
}

fn revoked(inner: &Inner, incoming: &Incoming<'_>, revoke: Revoke) -> Result<(), Refusal> {
    let Incoming { host, headers, params, .. } = incoming;
    let mut state = inner.state();
    let id = host.provider.id;
    state.stats.count(id, "revoke");
    let shown = match revoke.style {
        RevokeStyle::Rfc7009 => {
            let client = inner.authenticate(&mut state, *host, headers, params)?;
            let shown = first(params, "token").ok_or(Refusal::InvalidRequest)?;
            // An unknown token is answered like a known one (RFC 7009, 2.2).
            state.book.revoke_token(id, Some(&client.client_id), shown);
            return Ok(());
        }
        RevokeStyle::WithingsSigned => {
            if first(params, "action") != Some("revoke") {
                return Err(Refusal::BadParameter("action"));
            }
            let client = inner.authenticate(&mut state, *host, headers, params)?;
            let account = first(params, "userid").ok_or(Refusal::BadParameter("userid"))?;
            let persona = PEOPLE.iter().find(|p| token::account(*host, p) == account);
            let persona = persona.ok_or(Refusal::BadParameter("userid"))?;
            state.book.revoke_persona(Some(id), Some(&client.client_id), persona);
            return Ok(());
        }
        RevokeStyle::AccessTokenInQuery => first(params, "access_token").ok_or(Refusal::InvalidToken)?,
        RevokeStyle::TokenOnly => first(params, "token").ok_or(Refusal::InvalidRequest)?,
        RevokeStyle::BearerDelete | RevokeStyle::BearerPost | RevokeStyle::BearerGet => {
            clients::bearer(headers).ok_or(Refusal::InvalidToken)?
        }
    };
    if revoke.url.contains("{account}") {
        // Whoever takes back an account by its id must have been let in by that account.
        let family = state.book.bearer(id, shown, inner.now(), true)?;
        let (client, persona) = (family.client_id.clone(), family.persona);
        let named = path_of(revoke.url).replace("{account}", &token::account(*host, persona));
        if named != incoming.path {
            return Err(Refusal::NotFound);
        }
        state.registered.remove(&(id, client, persona.id));
    }
    state.book.revoke_token(id, None, shown).then_some(()).ok_or(Refusal::InvalidToken)
}

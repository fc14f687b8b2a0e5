//! The call after the exchange without which some providers give no data.

use axum::response::Response;
use hilum_providers::sandbox::{Ask, Extra, Refusal};
use hilum_providers::spec::Method;

use super::Incoming;
use super::data::Caller;
use crate::{Inner, wire};

/// The answer to a registration: the first of the description's statuses, and the second once it is there already.
/// `None` if the request is no registration.
pub(super) fn answer(inner: &Inner, incoming: &Incoming<'_>, caller: &Caller, ask: &Ask<'_>) -> Option<Response> {
    let host = incoming.host;
    let register = host.provider.auth.register.filter(|r| incoming.is(Method::PostJson, r.path))?;
    let named = incoming.json.as_ref().and_then(|json| json.get(register.member));
    if named.and_then(serde_json::Value::as_str).is_none_or(str::is_empty) {
        return Some(wire::refuse(host.teller, Refusal::BadParameter(register.member)));
    }
    let fresh = inner.state().registered.insert((host.provider.id, caller.client_id.clone(), caller.persona.id));
    let status = if fresh { register.ok.first() } else { register.ok.last() };
    let json = match (host.teller.extra)("POST", incoming.path, ask) {
        Some(Extra::Json(json)) if fresh => json,
        _ => (host.teller.done)(),
    };
    Some(wire::json(status.copied().unwrap_or(200), &json))
}

/// Whether the person is registered, where that is needed.
pub(super) fn is_done(inner: &Inner, incoming: &Incoming<'_>, caller: &Caller) -> bool {
    let provider = incoming.host.provider;
    provider.auth.register.is_none()
        || inner.state().registered.contains(&(provider.id, caller.client_id.clone(), caller.persona.id))
}

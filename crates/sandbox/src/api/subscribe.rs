//! The calls by which a client makes its callback address known, where the provider has such calls.

use std::sync::Arc;

use axum::response::Response;
use hilum_providers::sandbox::Refusal;
use hilum_providers::spec::{Request, Setup};
use serde_json::Value;

use super::Incoming;
use crate::webhook::{self, greet};
use crate::{Inner, clients, wire};

/// Stands in the description's requests where the callback address will be.
const ADDRESS: &str = "https://callback.invalid/";

/// The answer, if the request makes a callback address known: it is greeted in the provider's way, and kept if it
/// answers well.
pub(super) async fn answer(inner: &Arc<Inner>, incoming: &Incoming<'_>) -> Option<Response> {
    let host = incoming.host;
    let setup = host.provider.webhook?.setup;
    let forms = match setup {
        Setup::Portal => return None,
        Setup::Call(make) => vec![make(ADDRESS)],
        Setup::PerConnection(make) => make(ADDRESS),
    };
    let form = forms.into_iter().find(|form| is_of(incoming, form))?;
    let refuse = |refusal| Some(wire::refuse(host.teller, refusal));
    let client_id = {
        let mut state = inner.state();
        state.stats.count(host.provider.id, "subscribe");
        let known = match setup {
            Setup::PerConnection(_) => {
                let shown = clients::bearer(incoming.headers).unwrap_or_default();
                state.book.bearer(host.provider.id, shown, inner.now(), true).map(|family| family.client_id.clone())
            }
            Setup::Portal | Setup::Call(_) => inner
                .authenticate(&mut state, host, incoming.headers, &incoming.params)
                .map(|client| client.client_id.clone()),
        };
        match known {
            Ok(client_id) => client_id,
            Err(refusal) => return refuse(refusal),
        }
    };
    let Some(url) = address(incoming, &form).filter(|url| webhook::is_near(url)) else {
        return refuse(Refusal::BadParameter("callback"));
    };
    let client = inner.client(host, &client_id)?;
    let greeted = greet::play(inner, host, client, &url).await;
    if !greeted.is_ok_and(|steps| steps.iter().all(|step| step.ok)) {
        return refuse(Refusal::BadParameter("callback"));
    }
    inner.state().callbacks.insert((host.provider.id, client_id), url);
    Some(wire::json(200, &(host.teller.done)()))
}

/// The path of a request below `api_base`, which may be written as an absolute URL.
fn path<'a>(incoming: &Incoming<'_>, form: &'a Request) -> &'a str {
    form.path.strip_prefix(incoming.host.provider.api_base).unwrap_or(&form.path)
}

/// Whether a request is of a form: method, path, and those parameters that no address or setting stands in.
fn is_of(incoming: &Incoming<'_>, form: &Request) -> bool {
    let fixed = form.params.iter().filter(|(_, value)| !value.contains(ADDRESS) && !value.starts_with('{'));
    incoming.is(form.method, path(incoming, form))
        && fixed.into_iter().all(|(name, value)| incoming.param(name) == Some(value))
}

/// The address that stands in a request where the form has its own.
fn address(incoming: &Incoming<'_>, form: &Request) -> Option<String> {
    let named = form.params.iter().find(|(_, value)| value == ADDRESS).and_then(|(name, _)| incoming.param(name));
    named.map(str::to_owned).or_else(|| within(form.json.as_ref()?, incoming.json.as_ref()?))
}

/// The text in `body` at the place where `form` has the address.
fn within(form: &Value, body: &Value) -> Option<String> {
    match (form, body) {
        (Value::String(text), Value::String(found)) if text == ADDRESS => Some(found.clone()),
        (Value::Object(members), Value::Object(_)) => {
            members.iter().find_map(|(name, value)| within(value, body.get(name)?))
        }
        (Value::Array(items), Value::Array(found)) => items.iter().zip(found).find_map(|(a, b)| within(a, b)),
        _ => None,
    }
}

//! `/P/api/…`: everything below the provider's `api_base`: data, files, registration, orders, revocation, nonces.

mod data;
mod order;
mod register;
mod revoke;
mod subscribe;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method as HttpMethod, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hilum_model::Secret;
use hilum_providers::spec::{ClientAuth, HeaderValue, Method};
use serde_json::{Value, json};

pub(crate) use order::Order;

use crate::wire::{self, first};
use crate::{Host, Inner, token};

/// A request below a provider's `api_base`.
#[derive(Debug)]
struct Incoming<'a> {
    host: Host,
    method: &'a HttpMethod,
    /// Below `api_base`, beginning with `/`.
    path: &'a str,
    headers: &'a HeaderMap,
    /// Of the query and the form; of a JSON body those of its members that are texts or numbers.
    params: Vec<(String, String)>,
    json: Option<Value>,
    /// The address of the provider's `api_base` here.
    base: String,
}

impl Incoming<'_> {
    /// Whether this is a request by that method to that path. A `{…}` in the path stands for any part of one.
    fn is(&self, method: Method, path: &str) -> bool {
        let verb = match method {
            Method::Get => HttpMethod::GET,
            Method::PostForm | Method::PostJson => HttpMethod::POST,
            Method::Delete => HttpMethod::DELETE,
        };
        *self.method == verb && fits(path, self.path)
    }

    fn param(&self, name: &str) -> Option<&str> {
        first(&self.params, name)
    }
}

/// Whether a path is of a form; a part in braces stands for any text without a slash.
fn fits(form: &str, path: &str) -> bool {
    let (form, path): (Vec<&str>, Vec<&str>) = (form.split('/').collect(), path.split('/').collect());
    form.len() == path.len()
        && form.iter().zip(&path).all(|(f, p)| f == p || (f.starts_with('{') && f.ends_with('}') && !p.is_empty()))
}

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
    let json = is_json(&headers).then(|| serde_json::from_slice(&body).ok()).flatten();
    match &json {
        Some(value) => params.extend(scalars(value)),
        None if is_json(&headers) => {}
        None => params.extend(wire::pairs(&body)),
    }
    let base = base(host, &headers);
    let incoming = Incoming { host, method: &method, path: &path, headers: &headers, params, json, base };

    if host.provider.auth.client_auth == ClientAuth::WithingsSigned && method == HttpMethod::POST {
        // The nonce, and the token endpoint below the path of revocation.
        if path == "/v2/signature" {
            return nonce(&inner, host, &incoming.params);
        }
        if incoming.param("action") == Some("requesttoken") && revoke::is_asked(&incoming) {
            return token::answer(&inner, host, &headers, &incoming.params).await;
        }
    }
    if let Some(answer) = revoke::answer(&inner, &incoming) {
        return answer;
    }
    if let Some(answer) = subscribe::answer(&inner, &incoming).await {
        return answer;
    }
    data::answer(&inner, &incoming).await
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/json"))
}

/// The members of an object that are texts or numbers, as parameters.
fn scalars(value: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let members = value.as_object().into_iter().flatten();
    members.filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect()
}

/// As the caller found us, so that links in answers lead back here.
fn base(host: Host, headers: &HeaderMap) -> String {
    let name = headers.get(header::HOST).and_then(|v| v.to_str().ok()).unwrap_or("localhost");
    format!("http://{name}/{}/api", host.provider.id)
}

/// Whether the headers are there that the provider wants on every data call; those of a setting must carry the
/// client's, if it has one.
fn headers_fit(incoming: &Incoming<'_>, settings: &std::collections::BTreeMap<String, Secret<String>>) -> bool {
    incoming.host.provider.headers.iter().all(|wanted| {
        let shown = incoming.headers.get(wanted.name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        match wanted.value {
            HeaderValue::Fixed(value) => shown == value,
            HeaderValue::Setting(name) => settings.get(name).map_or(!shown.is_empty(), |secret| secret.matches(shown)),
        }
    })
}

/// What a refusal for too many requests says about when to come back, s: the shortest of the limits.
pub(crate) fn retry_s(host: Host) -> i64 {
    host.provider.limits.iter().map(|limit| i64::from(limit.per_s)).min().unwrap_or(60)
}

fn nonce(inner: &Inner, host: Host, form: &[(String, String)]) -> Response {
    let mut state = inner.state();
    state.stats.count(host.provider.id, "nonce");
    match inner.nonce(&mut state, host, form, inner.now()) {
        Ok(nonce) => wire::json(200, &json!({"status": 0, "body": {"nonce": nonce}})),
        Err(refusal) => wire::refuse(host.teller, refusal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_form() {
        assert!(fits("/v3/users/{account}", "/v3/users/1") && fits("/v3/users", "/v3/users"));
        for other in ["/v3/users/", "/v3/users", "/v3/users/1/2", "/v3/user/1"] {
            assert!(!fits("/v3/users/{account}", other), "{other}");
        }
    }

    #[test]
    fn members_of_a_body_are_parameters() {
        let found = scalars(&json!({"a": "1", "b": 2, "c": [3], "d": null}));
        assert_eq!(found, [("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())]);
        assert!(scalars(&json!([1])).is_empty());
    }
}

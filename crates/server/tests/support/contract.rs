//! Holds answers against the OpenAPI description: the operation, its status, its headers, its body. Used by the tests inside
//! the crate and by those outside.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use axum::http::{HeaderMap, Method, StatusCode};
use jsonschema::Validator;
use serde_json::{Value, json};

struct Contract {
    document: Value,
    /// Path templates.
    addresses: matchit::Router<String>,
    /// Compiled schemas, by their place in the document.
    schemas: Mutex<HashMap<String, &'static Validator>>,
}

fn contract() -> &'static Contract {
    static CONTRACT: OnceLock<Contract> = OnceLock::new();
    CONTRACT.get_or_init(|| {
        let document: Value = serde_json::from_str(&super::openapi_json()).expect("JSON");
        let mut addresses = matchit::Router::new();
        for path in document["paths"].as_object().expect("paths").keys() {
            addresses.insert(path.clone(), path.clone()).expect("addresses that can be told apart");
        }
        Contract { document, addresses, schemas: Mutex::default() }
    })
}

/// The operation that a request is for, with its place in the document.
fn operation(method: &Method, path: &str) -> Option<(String, &'static Value)> {
    let contract = contract();
    let path = if path.starts_with("/v1/") { path.trim_end_matches('/') } else { path };
    let template = contract.addresses.at(path).ok()?.value;
    let method = if *method == Method::HEAD { "get".to_owned() } else { method.as_str().to_ascii_lowercase() };
    let found = &contract.document["paths"][template.as_str()][&method];
    found.is_object().then(|| (format!("{method} {template}"), found))
}

/// Fails if an answer is not one that the description says. Requests that are for no operation are left alone, but for the
/// shape of their errors.
pub(crate) fn check(method: &Method, path: &str, status: StatusCode, headers: &HeaderMap, body: &[u8]) {
    let at = format!("{method} {path} {status}");
    assert!(headers.contains_key("x-request-id"), "{at} has no X-Request-Id");
    let Some((name, operation)) = operation(method, path) else { return };
    if *method == Method::HEAD && status == StatusCode::METHOD_NOT_ALLOWED {
        return; // An operation that has no `HEAD`.
    }
    let said = &operation["responses"][status.as_str()];
    assert!(said.is_object(), "{at}: the status is not described: {}", String::from_utf8_lossy(body));
    // A list without rows is no line.
    let no_lines = headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-ndjson"));
    if *method == Method::HEAD || (body.is_empty() && !no_lines) {
        let empty = *method == Method::HEAD || said["content"].as_object().is_none_or(serde_json::Map::is_empty);
        assert!(empty, "{at} should have a body");
        return;
    }
    let media = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    let content = &said["content"][media];
    assert!(content.is_object(), "{at}: {media:?} is not described");
    for required in ["ETag", "X-Total-Count", "WWW-Authenticate", "Retry-After"] {
        let walked = headers.contains_key("x-next-cursor") || headers.contains_key("x-sync-cursor");
        let uncounted = required == "X-Total-Count" && (walked || name.ends_with("/users"));
        let optional = uncounted || required == "Retry-After" || name.ends_with("/users");
        if said["headers"][required].is_object() && !optional {
            assert!(headers.contains_key(required), "{at} has no {required}");
        }
    }
    if !media.ends_with("json") || media.ends_with("ndjson") || headers.contains_key("content-encoding") {
        return;
    }
    let value: Value = serde_json::from_slice(body).unwrap_or_else(|error| panic!("{at}: {error}"));
    let validator = validator(&format!("{name} {status} {media}"), &content["schema"]);
    let errors: Vec<String> =
        validator.iter_errors(&value).map(|error| format!("{} at {}", error, error.instance_path())).take(5).collect();
    assert!(errors.is_empty(), "{at} is not as described: {errors:#?}\n{value:#}");
}

fn validator(name: &str, schema: &Value) -> &'static Validator {
    let contract = contract();
    let mut known = contract.schemas.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known.get(name) {
        return found;
    }
    let whole = json!({ "$ref": "#/answer", "answer": schema, "components": contract.document["components"] });
    let built = jsonschema::draft202012::options().should_validate_formats(true).build(&whole);
    let built: &'static Validator = Box::leak(Box::new(built.unwrap_or_else(|error| panic!("{name}: {error}"))));
    known.insert(name.to_owned(), built);
    built
}

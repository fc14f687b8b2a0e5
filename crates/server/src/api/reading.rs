//! `GET /docs/api`: the description, for people. Made from the same document as `openapi.json`; without scripts, so that a
//! strict policy holds.

use std::sync::OnceLock;

use askama::Template;
use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::ApiError;

/// Nothing but the page's own style.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

#[derive(Template)]
#[template(path = "api.html")]
struct Page {
    title: String,
    version: String,
    about: String,
    groups: Vec<Group>,
    schemas: Vec<Shape>,
}

struct Group {
    name: String,
    said: String,
    operations: Vec<Shown>,
}

struct Shown {
    method: String,
    path: String,
    id: String,
    summary: String,
    said: String,
    deprecated: bool,
    credentials: String,
    parameters: Vec<Member>,
    body: Vec<Form>,
    answers: Vec<Told>,
}

struct Told {
    status: String,
    said: String,
    forms: Vec<Form>,
}

/// A media type with the names of schemas that it may hold.
struct Form {
    media: String,
    of: Vec<String>,
    many: bool,
}

/// A parameter, or a member of an object.
struct Member {
    name: String,
    kind: String,
    required: bool,
    said: String,
}

struct Shape {
    name: String,
    said: String,
    members: Vec<Member>,
    example: String,
}

/// The endpoint.
pub(super) async fn page() -> Response {
    static PAGE: OnceLock<Option<Bytes>> = OnceLock::new();
    let made = PAGE.get_or_init(|| {
        let document: Value = serde_json::from_str(&crate::openapi_json()).ok()?;
        Page::of(&document).render().map(Bytes::from).ok()
    });
    let Some(text) = made else {
        return ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            "Server Error",
            "The page could not be made. Read openapi.json instead.",
        )
        .into_response();
    };
    let mut response = Response::new(Body::from(text.clone()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    response
}

/// A text, without the marks that Markdown has for code.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().replace('`', "")
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

impl Page {
    fn of(document: &Value) -> Self {
        let mut groups: Vec<Group> = items(&document["tags"])
            .map(|tag| Group { name: text(&tag["name"]), said: text(&tag["description"]), operations: Vec::new() })
            .collect();
        for (path, item) in entries(&document["paths"]) {
            for (method, operation) in entries(item) {
                let tag = text(&operation["tags"][0]);
                if let Some(group) = groups.iter_mut().find(|group| group.name == tag) {
                    group.operations.push(Shown::of(method, path, operation));
                }
            }
        }
        groups.retain(|group| !group.operations.is_empty());
        let schemas = entries(&document["components"]["schemas"]).map(|(name, schema)| Shape::of(name, schema));
        Self {
            title: text(&document["info"]["title"]),
            version: text(&document["info"]["version"]),
            about: text(&document["info"]["description"]),
            groups,
            schemas: schemas.collect(),
        }
    }
}

impl Shown {
    fn of(method: &str, path: &str, operation: &Value) -> Self {
        let schemes = items(&operation["security"]).flat_map(entries).map(|(name, _)| match name.as_str() {
            "accessToken" => "the person's access token (Bearer)".to_owned(),
            "accessTokenInQuery" => "access_token in the query".to_owned(),
            "appKey" => "the app key (Basic)".to_owned(),
            other => other.to_owned(),
        });
        Self {
            method: method.to_ascii_uppercase(),
            path: path.to_owned(),
            id: text(&operation["operationId"]),
            summary: text(&operation["summary"]),
            said: text(&operation["description"]),
            deprecated: operation["deprecated"] == true,
            credentials: schemes.collect::<Vec<_>>().join(" or "),
            parameters: items(&operation["parameters"]).map(Member::parameter).collect(),
            body: forms(&operation["requestBody"]["content"]),
            answers: entries(&operation["responses"])
                .map(|(status, answer)| Told {
                    status: status.clone(),
                    said: text(&answer["description"]),
                    forms: if status.starts_with('2') { forms(&answer["content"]) } else { Vec::new() },
                })
                .collect(),
        }
    }
}

fn forms(content: &Value) -> Vec<Form> {
    let form = |(media, what): (&String, &Value)| {
        let many = what["schema"]["type"] == "array";
        let of = if many { names(&what["schema"]["items"]) } else { names(&what["schema"]) };
        Form { media: media.clone(), many: many && !of.is_empty(), of }
    };
    entries(content).map(form).collect()
}

/// Names of the schemas that a schema is or may be.
fn names(schema: &Value) -> Vec<String> {
    let name = |one: &Value| one["$ref"].as_str().and_then(|place| place.rsplit('/').next()).map(str::to_owned);
    name(schema).into_iter().chain(items(&schema["anyOf"]).filter_map(name)).collect()
}

impl Member {
    fn parameter(parameter: &Value) -> Self {
        let place = text(&parameter["in"]);
        Self {
            name: text(&parameter["name"]),
            kind: format!("{place}, {}", kind(&parameter["schema"])),
            required: parameter["required"] == true && place != "path",
            said: [&parameter["description"], &parameter["schema"]["description"]]
                .map(text)
                .into_iter()
                .filter(|said| !said.is_empty())
                .collect::<Vec<_>>()
                .join(". "),
        }
    }
}

/// What a value is, in a few words.
fn kind(schema: &Value) -> String {
    let named = names(schema);
    if !named.is_empty() {
        return named.join(" or ");
    }
    if schema["type"] == "array" {
        return format!("list of {}", kind(&schema["items"]));
    }
    let words: Vec<&str> = items(&schema["enum"]).filter_map(Value::as_str).collect();
    match (&schema["format"], &schema["type"], words.is_empty()) {
        (_, _, false) => words.join(" | "),
        (Value::String(format), ..) => format.clone(),
        (_, Value::String(kind), _) => kind.clone(),
        _ => "any".to_owned(),
    }
}

impl Shape {
    fn of(name: &str, schema: &Value) -> Self {
        let required: Vec<&str> = items(&schema["required"]).filter_map(Value::as_str).collect();
        let member = |(name, member): (&String, &Value)| Member {
            name: name.clone(),
            kind: kind(member),
            required: required.contains(&name.as_str()),
            said: text(&member["description"]),
        };
        let example = schema["examples"].get(0).and_then(|example| serde_json::to_string_pretty(example).ok());
        let alternatives = names(schema);
        let said = if alternatives.is_empty() { text(&schema["description"]) } else { alternatives.join(" or ") };
        Self {
            name: name.to_owned(),
            said,
            members: entries(&schema["properties"]).map(member).collect(),
            example: example.unwrap_or_default(),
        }
    }
}

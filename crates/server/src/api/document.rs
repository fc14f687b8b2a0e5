//! Writes the OpenAPI description from the table.

use std::collections::{BTreeMap, BTreeSet};

use utoipa::openapi::link::LinkBuilder;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem, PathsBuilder};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, Deprecated, Header, HeaderBuilder, InfoBuilder, LicenseBuilder, OpenApi,
    OpenApiBuilder, RefOr, Required, ResponseBuilder, ResponsesBuilder, Server,
};

use super::about::{About, Access, JSON, Parameter, Place, Tag};
use super::operation::{Handler, Operation, Said, Verb};
use super::schema::{Schema, all_of, any_of, day, hex, named, object, text, whole, word};
use super::{operations, schemas};

const TITLE: &str = "Hilum";
const ABOUT: &str = "Self-hosted Human Connect: people connect the sources of their health data, and apps read them, normalised, \
    with one API. Reads of the data API, batch queries and the list of users take `fields` as well, names of members with commas between \
    them: objects then have these alone, whatever the schemas ask for. docs/API-DESIGN.md says what the interfaces have in common: times, ids, what is absent, paging, caching, \
    errors. `HEAD` works wherever `GET` does; another method than an address takes is answered 405 with `Allow`.";

const BEARER: &str = "accessToken";
const QUERY: &str = "accessTokenInQuery";
const BASIC: &str = "appKey";

/// The whole description.
pub(crate) fn document() -> OpenApi {
    let mut items: BTreeMap<&'static str, PathItem> = BTreeMap::new();
    for operation in operations() {
        let Said::Described(about) = operation.said else { continue };
        let described = described(operation, about());
        let item = PathItem::new(method(operation.verb), described);
        match items.get_mut(operation.path) {
            Some(known) => known.merge_operations(item),
            None => _ = items.insert(operation.path, item),
        }
    }
    let paths = items.into_iter().fold(PathsBuilder::new(), |paths, (path, item)| paths.path(path, item));
    let components = ComponentsBuilder::new()
        .schemas_from_iter(schemas::all())
        .security_scheme(
            BEARER,
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some("The person's access token"))
                    .build(),
            ),
        )
        .security_scheme(
            QUERY,
            SecurityScheme::ApiKey(ApiKey::Query(ApiKeyValue::with_description(
                "access_token",
                "The person's access token, as old clients send it. Prefer the header: addresses end up in logs",
            ))),
        )
        .security_scheme(
            BASIC,
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Basic)
                    .description(Some("The app key as user name, and an empty password"))
                    .build(),
            ),
        )
        .build();
    let licence = LicenseBuilder::new().name("Apache-2.0 OR MIT").identifier(Some("Apache-2.0 OR MIT")).build();
    let tags = Tag::ALL.map(|tag| {
        let (name, said) = tag.words();
        TagBuilder::new().name(name).description(Some(said)).build()
    });
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title(TITLE)
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(ABOUT))
                .license(Some(licence))
                .build(),
        )
        .servers(Some([Server::new("/")]))
        .tags(Some(tags))
        .paths(paths)
        .components(Some(components))
        .build()
}

const fn method(verb: Verb) -> HttpMethod {
    match verb {
        Verb::Get => HttpMethod::Get,
        Verb::Post => HttpMethod::Post,
        Verb::Put => HttpMethod::Put,
        Verb::Patch => HttpMethod::Patch,
        Verb::Delete => HttpMethod::Delete,
    }
}

/// An operation with what its kind brings along.
fn described(operation: &Operation, about: About) -> utoipa::openapi::path::Operation {
    let access = about.access.unwrap_or(match operation.handler {
        Handler::Human(_) => Access::Person,
        Handler::App(_) => Access::App,
        Handler::Route(_) => Access::Nobody,
    });
    let about = match operation.handler {
        Handler::Human(_) => about
            .error(400, &["invalid_parameter", "conflicting_parameter", "conflicting_tokens"])
            .error(414, &["query_too_long"])
            .error(500, &["server_error"])
            .error(503, &["server_error", "try_again"])
            .unchanged(),
        Handler::App(_) => about.error(500, &["server_error"]).error(503, &["server_error", "timed_out"]),
        Handler::Route(_) => about,
    };
    let about = match access {
        Access::Person | Access::App => about.error(401, &["unauthorized"]),
        Access::Secret => about.error(401, &["invalid_client"]).error(403, &["secret_in_browser"]),
        Access::Nobody => about,
    };
    let (tag, _) = about.tag.words();
    let mut built = OperationBuilder::new()
        .tag(tag)
        .operation_id(Some(about.id))
        .summary(Some(about.summary))
        .description((!about.said.is_empty()).then_some(about.said))
        .deprecated(about.deprecated.then_some(Deprecated::True));
    for name in slots(operation.path) {
        let (schema, said) = slot(name);
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path).required(Required::True);
        built = built.parameter(parameter.description(Some(said)).schema(Some(schema)));
    }
    for Parameter { place, name, required, said, schema } in &about.parameters {
        let place = if *place == Place::Query { ParameterIn::Query } else { ParameterIn::Header };
        let required = if *required { Required::True } else { Required::False };
        let parameter = ParameterBuilder::new().name(*name).parameter_in(place).required(required);
        built = built.parameter(parameter.description(Some(*said)).schema(Some(schema.clone())));
    }
    if let Some((contents, required)) = &about.body {
        let required = if *required { Required::True } else { Required::False };
        let mut body = RequestBodyBuilder::new().required(Some(required));
        for (media, schema) in contents {
            body = body.content(*media, ContentBuilder::new().schema(Some(schema.clone())).build());
        }
        built = built.request_body(Some(body.build()));
    }
    match access {
        Access::Person => {
            built = built
                .security(SecurityRequirement::new(BEARER, [""; 0]))
                .security(SecurityRequirement::new(QUERY, [""; 0]));
        }
        Access::App => built = built.security(SecurityRequirement::new(BASIC, [""; 0])),
        Access::Secret | Access::Nobody => {}
    }
    built.responses(responses(&about).build()).build()
}

fn responses(about: &About) -> ResponsesBuilder {
    let mut responses = ResponsesBuilder::new();
    for answer in &about.answers {
        let mut response = ResponseBuilder::new().description(answer.said);
        for (media, schema) in &answer.contents {
            response = response.content(*media, ContentBuilder::new().schema(Some(schema.clone())).build());
        }
        for name in answer.headers.iter().chain(&["X-Request-Id"]) {
            response = response.header(*name, header(name));
        }
        for link in &answer.links {
            let to = LinkBuilder::new().operation_id(link.to).parameter(link.with.0, link.with.1);
            response = response.link(link.name, RefOr::T(to.build()));
        }
        responses = responses.response(answer.status.to_string(), response);
    }
    let mut errors: BTreeMap<u16, BTreeSet<&'static str>> = BTreeMap::new();
    for (status, code) in &about.errors {
        errors.entry(*status).or_default().insert(code);
    }
    for (status, codes) in errors {
        responses = responses.response(status.to_string(), error(status, &codes, about.error_schema));
    }
    responses
}

fn error(status: u16, codes: &BTreeSet<&'static str>, shape: &str) -> ResponseBuilder {
    let said = codes.iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", ");
    let code = object("").must("code", word(codes.iter().copied(), "")).others().done();
    let schema = all_of([named(shape), code]);
    let response = ResponseBuilder::new()
        .description(said)
        .content(JSON, ContentBuilder::new().schema(Some(schema)).build())
        .header("X-Request-Id", header("X-Request-Id"));
    match status {
        401 if !codes.contains("notice_not_verified") => {
            response.header("WWW-Authenticate", header("WWW-Authenticate"))
        }
        429 => response.header("Retry-After", header("Retry-After")),
        _ => response,
    }
}

/// What headers of answers are.
fn header(name: &str) -> Header {
    let (schema, said) = match name {
        "X-Total-Count" => (whole(0, ""), "Rows that match in all"),
        "Link" => (
            text(""),
            "Addresses of other pages, with the relations `next`, `prev`, `last`, `first` in this order; left out where there are none",
        ),
        "X-Next-Cursor" => (text(""), "By cursor: where the next page begins, if there is one"),
        "X-Sync-Cursor" => (text(""), "By cursor, on the last page: asks later for what has changed since"),
        "ETag" => (text(""), "For `If-None-Match`"),
        "X-Request-Id" => (hex(16, ""), "What this request is called in the server's log"),
        "Retry-After" => (whole(0, ""), "Seconds after which to try again"),
        "Location" => (text(""), "Where what was made is"),
        "Content-Disposition" => (text(""), "What a file of it is called"),
        "WWW-Authenticate" => (text(""), "Which credential is missing"),
        _ => (text(""), ""),
    };
    HeaderBuilder::new().schema(Some(schema)).description((!said.is_empty()).then_some(said)).build()
}

/// Names in braces.
fn slots(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next())
}

/// What stands for the braces of a path, by name.
fn slot(name: &str) -> (Schema, &'static str) {
    match name {
        "clientId" => (hex(40, ""), "The app's client id"),
        "userId" => (text(""), "The user's `humanId`, or the app's own id of the person, percent-encoded"),
        "connectionId" => (hex(24, ""), "The connection, as `id` of `/v1/human/sources`"),
        "webhookId" => (hex(24, ""), "The webhook"),
        "id" => (hex(24, ""), "The row's id"),
        "importId" => (hex(32, ""), "The import"),
        "idOrDate" => (any_of([hex(24, ""), day("")]), "The row's id, or its civil day"),
        "date" => (day(""), "The civil day"),
        "metric" => (text(""), "The metric, as `/v1/human/series` lists it"),
        "provider" => (text(""), "The provider's id"),
        "secret" => (text(""), "A secret of this installation"),
        "key" => (text(""), "The key that Connect showed to the person"),
        _ => (text(""), ""),
    }
}

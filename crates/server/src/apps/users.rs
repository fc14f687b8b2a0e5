//! Users of an app: list, show, create, delete.

use axum::Json;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use hilum_engine::Engine;
use hilum_engine::enrol::CLIENT_USER_ID_MAX;
use hilum_model::{ClientId, HumanId, Phi, Time};
use hilum_store::StoreError;
use hilum_store::apps::App;
use hilum_store::humans::{Human, HumanFacts, NewHuman};
use serde::Serialize;
use url::form_urlencoded;

use super::query;
use crate::ApiError;
use crate::api::schema::{named, text, whole};
use crate::api::{About, Operation, Tag, Verb};
use crate::body::Fields;
use crate::human::answer::{Cursors, ListHead, Reply};
use crate::human::columns::USERS;
use crate::human::cursor::{self, Owner, Walk};
use crate::human::form::Form;
use crate::human::link::{self, Place};
use crate::human::query::{DEFAULT_LIMIT, MAX_CURSOR_LIMIT};
use crate::human::{MAX_QUERY, query_too_long};

/// Longest external id, bytes of UTF-8.
const MAX_EXTERNAL_ID: usize = CLIENT_USER_ID_MAX;
/// Longest body: an external id of that length with every character escaped, and some room.
const MAX_BODY: usize = 8 * 1024;

/// A user as the application API shows it. Source: human-connect contract 5.2.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct User<'a> {
    human_id: HumanId,
    external_id: &'a str,
    app_id: ClientId,
    created_at: String,
    updated_at: String,
}

impl<'a> User<'a> {
    fn of(human: &'a Human) -> Self {
        Self {
            human_id: human.human_id,
            external_id: human.client_user_id.expose(),
            app_id: human.client_id,
            created_at: Time::to_iso(human.created_at),
            updated_at: Time::to_iso(human.updated_at),
        }
    }
}

/// Their addresses.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::app(
        Verb::Get,
        "/v1/apps/{clientId}/users",
        |call| Box::pin(async move { list(&call.engine, &call.app, &call.path, call.query(), call.request.headers()) }),
        || {
            About::new(Tag::Users, "listUsers", "All users of the app, oldest first")
                .said("Cut only by `limit` and `offset` of the request, with `X-Total-Count` and `Link` then, or by `cursor`.")
                .query("limit", whole(1, ""), "Users of one answer; all if nothing is said")
                .query("offset", whole(0, ""), "Users to skip")
                .query("cursor", text(""), "Instead of `offset`: `*`, then what the answer before gave")
                .list_in_forms("The users", "User")
                .with_headers(&["X-Total-Count", "Link", "X-Next-Cursor", "X-Sync-Cursor"])
                .link("getUser", "getUser", ("userId", "$response.body#/0/humanId"))
                .unchanged()
                .error(400, &["invalid_parameter", "conflicting_parameter", "invalid_cursor"])
                .error(414, &["query_too_long"])
        },
    ),
    Operation::app(
        Verb::Post,
        "/v1/apps/{clientId}/users",
        |call| Box::pin(async move { create(&call.engine, &call.app, call.request).await }),
        || {
            About::new(Tag::Users, "createUser", "Creates a user, or answers with the known one")
                .json_or_form("NewUser")
                .answer(201, "The user, new or known", named("User"))
                .link("getUser", "getUser", ("userId", "$response.body#/humanId"))
                .link("deleteUser", "deleteUser", ("userId", "$response.body#/humanId"))
                .link("setUserPriorities", "setUserPriorities", ("userId", "$response.body#/humanId"))
                .link("getUserPriorities", "getUserPriorities", ("userId", "$response.body#/humanId"))
                .error(400, &["invalid_body", "missing_field", "invalid_field"])
                .error(413, &["body_too_large"])
        },
    ),
    Operation::app(
        Verb::Get,
        "/v1/apps/{clientId}/users/{userId}",
        |call| Box::pin(async move { show(&call.engine, &call.app, &call.id(0)?) }),
        || About::new(Tag::Users, "getUser", "A user").answer(200, "The user", named("User")).or_not_found(),
    ),
    Operation::app(
        Verb::Delete,
        "/v1/apps/{clientId}/users/{userId}",
        |call| Box::pin(async move { delete(&call.engine, &call.app, &call.id(0)?).await }),
        || {
            About::new(Tag::Users, "deleteUser", "Erases a person")
                .said("Grants are handed to revocation, then everything of the person is erased.")
                .answer_in(204, "Everything of the person is gone", [])
                .or_not_found()
        },
    ),
];

/// `GET users`: all of them, oldest first. The old service did not cut this list and gave it no headers, so it is only cut,
/// and tells the way to other pages, on request.
fn list(engine: &Engine, app: &App, path: &str, raw_query: &str, headers: &HeaderMap) -> Result<Response, ApiError> {
    if let Some(cursor) = query::text(raw_query, "cursor")? {
        return answered(walked(engine, app, (path, raw_query), &cursor)?, raw_query, headers);
    }
    let (mut limit, mut offset) = (None, None);
    for (name, value) in form_urlencoded::parse(raw_query.as_bytes()) {
        let (slot, name, least) = match &*name {
            "limit" => (&mut limit, "limit", 1),
            "offset" => (&mut offset, "offset", 0),
            _ => continue,
        };
        if value.is_empty() {
            continue;
        }
        let number = digits(&value).filter(|n| *n >= least).ok_or_else(|| {
            ApiError::bad_request(
                "invalid_parameter",
                "Invalid Parameter",
                format!("The parameter {name} must be a whole number, {least} or more."),
            )
        })?;
        if slot.is_some_and(|before| before != number) {
            return Err(ApiError::bad_request(
                "conflicting_parameter",
                "Conflicting Parameter",
                format!("The parameter {name} is given more than once with different values."),
            ));
        }
        *slot = Some(number);
    }
    if (limit.is_some() || offset.is_some()) && raw_query.len() > MAX_QUERY {
        return Err(query_too_long());
    }
    let humans = engine.store.humans(app.client_id, limit, offset.unwrap_or(0))?;
    let mut head = ListHead { total: None, link: None, cursors: Cursors::default() };
    if limit.is_some() || offset.is_some() {
        let total = engine.store.count_humans(app.client_id)?;
        head.total = Some(total);
        if let Some(limit) = limit {
            let base = engine.config.public_url.as_str().trim_end_matches('/');
            let place = Place { limit, offset: offset.unwrap_or(0).into(), total, default_limit: None };
            head.link = link::header(&format!("{base}{path}"), raw_query, place);
        }
    }
    answered(Reply::list(body_of(&humans)?, head, USERS), raw_query, headers)
}

/// An answer in the form that the request asks for.
fn answered(reply: Reply, raw_query: &str, headers: &HeaderMap) -> Result<Response, ApiError> {
    let (format, fields) = (query::text(raw_query, "format")?, query::text(raw_query, "fields")?);
    reply.into_response(&Form::asked(format.as_deref(), fields.as_deref(), false, headers)?, headers)
}

fn body_of(humans: &[Human]) -> Result<Vec<u8>, ApiError> {
    let users: Vec<User<'_>> = humans.iter().map(User::of).collect();
    serde_json::to_vec(&users).map_err(|_| ApiError::from(StoreError::Damaged("humans")))
}

/// A page by cursor. The walk goes on with those who came since it began.
fn walked(engine: &Engine, app: &App, (path, raw_query): (&str, &str), cursor: &str) -> Result<Reply, ApiError> {
    if raw_query.len() > MAX_QUERY {
        return Err(query_too_long());
    }
    if query::text(raw_query, "offset")?.is_some() {
        return Err(ApiError::bad_request(
            "conflicting_parameter",
            "Conflicting Parameter",
            "A cursor says where the page begins: leave offset out.",
        ));
    }
    let limit = query::limit(raw_query, DEFAULT_LIMIT, MAX_CURSOR_LIMIT)?;
    let context = cursor::context(Owner::App(app.client_id), path, &[]);
    let newest = || Ok(engine.store.newest_human(app.client_id)?);
    let walk: Walk<(Time, HumanId)> = Walk::at(engine, context, cursor, newest)?;
    let slice = engine.store.humans_after(app.client_id, limit, (walk.since, walk.after))?;
    let next = slice.last().map(|human| (human.created_at, human.human_id));
    let head = walk.head(engine, (path, raw_query), limit, next)?;
    Ok(Reply::list(body_of(&slice.rows)?, head, USERS))
}

/// Decimal digits; a number that is too large is the largest.
fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().unwrap_or(u32::MAX))
}

/// `GET users/{humanId or externalId}`.
fn show(engine: &Engine, app: &App, id: &str) -> Result<Response, ApiError> {
    Ok(Json(User::of(&find(engine, app, id)?)).into_response())
}

/// `POST users`: creates the user, or answers with the one that has this external id already; 201 both ways, as
/// recorded. Such a user has no tokens before a finished Connect session or `connect/publictokens`.
async fn create(engine: &Engine, app: &App, request: Request) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY).await.map_err(|_| too_long())?;
    let fields = Fields::parse(&parts.headers, &body)?;
    let external_id = fields.required("externalId")?;
    if external_id.len() > MAX_EXTERNAL_ID {
        return Err(too_long());
    }
    let new = NewHuman {
        client_id: app.client_id,
        client_user_id: Phi::new(external_id.to_owned()),
        ids: None,
        facts: HumanFacts::default(),
    };
    let (human, _) = engine.store.create_human(new).await?;
    Ok((StatusCode::CREATED, Json(User::of(&human))).into_response())
}

fn too_long() -> ApiError {
    ApiError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body_too_large",
        "Body Too Large",
        format!("The externalId may have at most {MAX_EXTERNAL_ID} bytes."),
    )
}

/// `DELETE users/{humanId or externalId}`: the person's grants are handed to revocation, then everything of the
/// person is erased. 204 exactly, which a published client insists on.
async fn delete(engine: &Engine, app: &App, id: &str) -> Result<Response, ApiError> {
    let human = find(engine, app, id)?;
    // That somebody else has erased it meanwhile is the same to the caller.
    engine.erase_human(human.human_id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A user of this app by its human id, else by its external id. Users of other apps do not exist here.
pub(super) fn find(engine: &Engine, app: &App, id: &str) -> Result<Human, ApiError> {
    if let Ok(human_id) = id.parse::<HumanId>()
        && let Some(human) = engine.store.human(human_id)?
        && human.client_id == app.client_id
    {
        return Ok(human);
    }
    let human = engine.store.human_by_client_user_id(app.client_id, id)?;
    human.ok_or_else(|| ApiError::not_found("The app has no such user."))
}

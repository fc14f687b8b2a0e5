//! Webhooks of an app: list, show, create, change, delete, rotate, test, replay, and the log of tries.
//! `docs/WEBHOOKS.md` is what developers read.

use axum::Json;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hilum_engine::Engine;
use hilum_engine::webhooks::{Tested, check_address, check_filters, new_secret};
use hilum_model::{Secret, Time, WebhookId};
use hilum_store::StoreError;
use hilum_store::apps::App;
use hilum_store::webhooks::{Attempt, MOST, Webhook, WebhookKind, WebhookSettings};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::body::read;
use super::query;
use crate::ApiError;
use crate::api::schema::{list as list_of, named, whole};
use crate::api::{About, AppCall, JSON, Operation, Tag, Verb};

/// Longest description, characters.
const MAX_DESCRIPTION: usize = 200;
/// How long an old secret signs beside a new one if nothing is said, hours.
const OVERLAP_HOURS: i64 = 24;
/// The longest that may be said: a week.
const MAX_OVERLAP_HOURS: i64 = 168;
const HOUR_MS: i64 = 3_600_000;

/// A webhook as its developer sees it. Secrets are shown once, when they are made.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    id: WebhookId,
    url: &'a str,
    description: &'a str,
    event_types: &'a [String],
    data_types: &'a [String],
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    failures: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<String>,
    replaying: bool,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
}

impl<'a> Shown<'a> {
    fn of(webhook: &'a Webhook) -> Self {
        Self {
            id: webhook.webhook_id,
            url: webhook.url.expose(),
            description: &webhook.description,
            event_types: &webhook.event_types,
            data_types: &webhook.data_types,
            enabled: webhook.enabled,
            reason: webhook.reason.as_deref(),
            failures: webhook.failures,
            failing_since: webhook.failing_since.map(Time::to_iso),
            replaying: webhook.replaying,
            created_at: webhook.created_at.to_iso(),
            updated_at: webhook.updated_at.to_iso(),
            secret: None,
        }
    }
}

/// What may be said about a webhook; what is left out stays as it is.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Said {
    url: Option<String>,
    description: Option<String>,
    event_types: Option<Vec<String>>,
    data_types: Option<Vec<String>>,
    enabled: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Rotation {
    overlap_hours: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Replay {
    since: String,
}

/// Their addresses.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::app(
        Verb::Get,
        "/v1/apps/{clientId}/webhooks",
        |call| Box::pin(async move { list(&call.engine, &call.app) }),
        || {
            About::new(Tag::Webhooks, "listWebhooks", "The app's webhooks")
                .answer(200, "The webhooks", list_of(named("Webhook"), ""))
                .link("getWebhook", "getWebhook", ("webhookId", "$response.body#/0/id"))
        },
    ),
    Operation::app(
        Verb::Post,
        "/v1/apps/{clientId}/webhooks",
        |call| Box::pin(async move { create(&call.engine, &call.app, call.request).await }),
        || {
            About::new(Tag::Webhooks, "createWebhook", "Creates a webhook; its secret is shown this once")
                .body([(JSON, named("NewWebhook"))])
                .answer(201, "The webhook with its secret", named("CreatedWebhook"))
                .link("getWebhook", "getWebhook", ("webhookId", "$response.body#/id"))
                .link("changeWebhook", "changeWebhook", ("webhookId", "$response.body#/id"))
                .link("deleteWebhook", "deleteWebhook", ("webhookId", "$response.body#/id"))
                .link("rotateWebhookSecret", "rotateWebhookSecret", ("webhookId", "$response.body#/id"))
                .link("replayWebhook", "replayWebhook", ("webhookId", "$response.body#/id"))
                .link("listWebhookAttempts", "listWebhookAttempts", ("webhookId", "$response.body#/id"))
                .error(400, &["invalid_body", "missing_field", "invalid_field", "invalid_url", "invalid_filter"])
                .error(409, &["too_many_webhooks"])
                .error(413, &["body_too_large"])
        },
    ),
    Operation::app(
        Verb::Get,
        "/v1/apps/{clientId}/webhooks/{webhookId}",
        |call| Box::pin(async move { Ok(Json(Shown::of(&find(&call)?)).into_response()) }),
        || {
            About::new(Tag::Webhooks, "getWebhook", "A webhook")
                .answer(200, "The webhook", named("Webhook"))
                .or_not_found()
        },
    ),
    Operation::app(
        Verb::Patch,
        "/v1/apps/{clientId}/webhooks/{webhookId}",
        |call| Box::pin(async move { change(&call.engine, find(&call)?, call.request).await }),
        || {
            About::new(Tag::Webhooks, "changeWebhook", "Changes what is sent of a webhook")
                .body([(JSON, named("WebhookChange"))])
                .answer(200, "The webhook as it is now", named("Webhook"))
                .or_not_found()
                .error(400, &["invalid_body", "invalid_field", "invalid_url", "invalid_filter"])
                .error(413, &["body_too_large"])
        },
    ),
    Operation::app(
        Verb::Delete,
        "/v1/apps/{clientId}/webhooks/{webhookId}",
        |call| Box::pin(delete(call)),
        || {
            About::new(Tag::Webhooks, "deleteWebhook", "Deletes a webhook")
                .answer_in(204, "It is gone", [])
                .or_not_found()
        },
    ),
    Operation::app(
        Verb::Post,
        "/v1/apps/{clientId}/webhooks/{webhookId}/rotate",
        |call| Box::pin(async move { rotate(&call.engine, &find(&call)?, call.request).await }),
        || {
            About::new(Tag::Webhooks, "rotateWebhookSecret", "A new secret, beside which the old one signs for a while")
                .optional_body("SecretRotation")
                .answer(200, "The new secret", named("RotatedSecret"))
                .or_not_found()
                .error(400, &["invalid_body", "invalid_field"])
                .error(413, &["body_too_large"])
        },
    ),
    Operation::app(
        Verb::Post,
        "/v1/apps/{clientId}/webhooks/{webhookId}/test",
        |call| Box::pin(test(call)),
        || {
            About::new(Tag::Webhooks, "testWebhook", "Sends a test message now")
                .answer(200, "What came of it", named("TestResult"))
                .or_not_found()
        },
    ),
    Operation::app(
        Verb::Post,
        "/v1/apps/{clientId}/webhooks/{webhookId}/replay",
        |call| Box::pin(async move { replay(&call.engine, &find(&call)?, call.request).await }),
        || {
            About::new(Tag::Webhooks, "replayWebhook", "Sends the events since a time once more")
                .body([(JSON, named("Replay"))])
                .answer(202, "It begins", named("Replaying"))
                .or_not_found()
                .error(400, &["invalid_body", "invalid_field"])
                .error(413, &["body_too_large"])
        },
    ),
    Operation::app(
        Verb::Get,
        "/v1/apps/{clientId}/webhooks/{webhookId}/attempts",
        |call| Box::pin(async move { attempts(&call.engine, &find(&call)?, call.query()) }),
        || {
            About::new(Tag::Webhooks, "listWebhookAttempts", "The newest tries")
                .query("limit", whole(1, "More than 200 is cut to 200"), "Tries of one answer; 50 if nothing is said")
                .answer(200, "The tries, newest first", list_of(named("Attempt"), ""))
                .or_not_found()
                .error(400, &["invalid_parameter", "conflicting_parameter"])
        },
    ),
];

async fn delete(call: AppCall) -> Result<Response, ApiError> {
    call.engine.store.delete_webhook(find(&call)?.webhook_id).await.map_err(gone)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn test(call: AppCall) -> Result<Response, ApiError> {
    let webhook = find(&call)?;
    Ok(Json(tested(&call.engine.test_webhook(&webhook).await.map_err(gone)?)).into_response())
}

/// A webhook of this app. Those of other apps do not exist here.
fn find(call: &AppCall) -> Result<Webhook, ApiError> {
    let found = call.part(0).parse().ok().map(|id| call.engine.store.webhook(id)).transpose()?.flatten();
    found
        .filter(|webhook| webhook.client_id == call.app.client_id && webhook.kind == WebhookKind::Standard)
        .ok_or_else(unknown)
}

fn list(engine: &Engine, app: &App) -> Result<Response, ApiError> {
    let webhooks = engine.store.webhooks(app.client_id, WebhookKind::Standard)?;
    Ok(Json(webhooks.iter().map(Shown::of).collect::<Vec<_>>()).into_response())
}

async fn create(engine: &Engine, app: &App, request: Request) -> Result<Response, ApiError> {
    let said: Said = read(request).await?;
    let Some(url) = said.url.clone() else {
        return Err(ApiError::bad_request("missing_field", "Missing Field", "url is missing."));
    };
    let settings = WebhookSettings {
        url: Secret::new(url),
        description: String::new(),
        event_types: Vec::new(),
        data_types: Vec::new(),
    };
    let settings = merged(engine, settings, &said)?;
    let (id, secret) = (WebhookId::random(&*engine.random), new_secret(&*engine.random));
    let made = engine.store.create_webhook(id, app.client_id, WebhookKind::Standard, settings, Some(secret.clone()));
    let mut webhook = made.await.map_err(|error| match error {
        StoreError::Exists => ApiError::new(
            StatusCode::CONFLICT,
            "too_many_webhooks",
            "Too Many Webhooks",
            format!("An app may have {MOST} webhooks. Delete one that is not needed any more."),
        ),
        other => other.into(),
    })?;
    if said.enabled == Some(false) {
        webhook = engine.store.enable_webhook(id, Some(BY_DEVELOPER)).await.map_err(gone)?;
    }
    let shown = Shown { secret: Some(secret.expose()), ..Shown::of(&webhook) };
    Ok((StatusCode::CREATED, Json(shown)).into_response())
}

/// Why a webhook is off that its developer switched off.
const BY_DEVELOPER: &str = "by_developer";

async fn change(engine: &Engine, webhook: Webhook, request: Request) -> Result<Response, ApiError> {
    let said: Said = read(request).await?;
    let old = WebhookSettings {
        url: webhook.url.clone(),
        description: webhook.description.clone(),
        event_types: webhook.event_types.clone(),
        data_types: webhook.data_types.clone(),
    };
    let settings = merged(engine, old, &said)?;
    let id = webhook.webhook_id;
    let mut now = engine.store.change_webhook(id, settings).await.map_err(gone)?;
    if let Some(enabled) = said.enabled {
        now = engine.store.enable_webhook(id, (!enabled).then_some(BY_DEVELOPER)).await.map_err(gone)?;
    }
    Ok(Json(Shown::of(&now)).into_response())
}

/// The settings with what was said, checked.
fn merged(engine: &Engine, old: WebhookSettings, said: &Said) -> Result<WebhookSettings, ApiError> {
    let settings = WebhookSettings {
        url: said.url.clone().map_or(old.url, Secret::new),
        description: said.description.clone().unwrap_or(old.description),
        event_types: said.event_types.clone().unwrap_or(old.event_types),
        data_types: said.data_types.clone().unwrap_or(old.data_types),
    };
    if said.url.is_some() {
        check_url(engine, "url", settings.url.expose())?;
    }
    if settings.description.chars().count() > MAX_DESCRIPTION {
        let detailed = format!("description may have at most {MAX_DESCRIPTION} characters.");
        return Err(ApiError::bad_request("invalid_field", "Invalid Field", detailed));
    }
    check_filters(&settings.event_types, &settings.data_types)
        .map_err(|detailed| ApiError::bad_request("invalid_filter", "Invalid Filter", detailed))?;
    Ok(settings)
}

/// Checks an address that events are to be sent to.
pub(super) fn check_url(engine: &Engine, field: &str, url: &str) -> Result<(), ApiError> {
    check_address(url, &engine.config.webhooks.networks)
        .map_err(|why| ApiError::bad_request("invalid_url", "Invalid URL", format!("{field} {why}.")))
}

async fn rotate(engine: &Engine, webhook: &Webhook, request: Request) -> Result<Response, ApiError> {
    let said: Rotation = read(request).await?;
    let hours = said.overlap_hours.unwrap_or(OVERLAP_HOURS);
    if !(0..=MAX_OVERLAP_HOURS).contains(&hours) {
        let detailed = format!("overlapHours must be a whole number from 0 to {MAX_OVERLAP_HOURS}.");
        return Err(ApiError::bad_request("invalid_field", "Invalid Field", detailed));
    }
    let (secret, until) = (new_secret(&*engine.random), engine.clock.now().plus_ms(hours * HOUR_MS));
    engine.store.rotate_webhook(webhook.webhook_id, secret.clone(), until).await.map_err(gone)?;
    Ok(Json(json!({"secret": secret.expose(), "oldSecretUntil": until.to_iso()})).into_response())
}

async fn replay(engine: &Engine, webhook: &Webhook, request: Request) -> Result<Response, ApiError> {
    let said: Replay = read(request).await?;
    let since = Time::parse_filter(&said.since).map_err(|_| {
        let detailed = "since must be an instant such as 2026-03-01T00:00:00Z.";
        ApiError::bad_request("invalid_field", "Invalid Field", detailed)
    })?;
    let replaying = engine.store.replay_webhook(webhook.webhook_id, since).await.map_err(gone)?;
    Ok((StatusCode::ACCEPTED, Json(json!({"replaying": replaying}))).into_response())
}

fn attempts(engine: &Engine, webhook: &Webhook, raw_query: &str) -> Result<Response, ApiError> {
    let limit = query::limit(raw_query, 50, 200)?;
    Ok(Json(log(&engine.store.webhook_attempts(webhook.webhook_id, limit)?)).into_response())
}

/// Tries as developers see them, newest first.
pub(super) fn log(attempts: &[Attempt]) -> Vec<serde_json::Value> {
    let row = |one: &Attempt| {
        let mut row = json!({
            "eventId": one.event,
            "type": one.kind,
            "attempt": one.attempt,
            "at": one.at.to_iso(),
            "durationMs": one.duration_ms,
            "outcome": one.outcome,
        });
        if let Some(status) = one.status {
            row["status"] = status.into();
        }
        row
    };
    attempts.iter().map(row).collect()
}

/// What came of a test message.
pub(super) fn tested(tested: &Tested) -> serde_json::Value {
    let mut row = json!({"eventId": tested.event, "outcome": tested.outcome, "durationMs": tested.duration_ms});
    if let Some(status) = tested.status {
        row["status"] = status.into();
    }
    row
}

fn unknown() -> ApiError {
    ApiError::not_found("The app has no such webhook.")
}

/// A webhook that was deleted meanwhile.
pub(super) fn gone(error: StoreError) -> ApiError {
    match error {
        StoreError::NotFound => unknown(),
        other => other.into(),
    }
}

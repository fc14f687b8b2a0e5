//! Notifications of the first generation: the app's notify URL, on and off, and what was sent lately. Source:
//! human-connect contract, section 6; the portal page there is this endpoint here.

use axum::Json;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hilum_engine::Engine;
use hilum_model::{Secret, Time, WebhookId};
use hilum_store::apps::App;
use hilum_store::hash_token;
use hilum_store::outbox::EventType;
use hilum_store::webhooks::{Webhook, WebhookKind, WebhookSettings};
use serde::Deserialize;
use serde_json::json;
use subtle::ConstantTimeEq as _;

use super::body::read;
use super::webhooks::{check_url, gone, log, tested};
use crate::ApiError;
use crate::api::schema::named;
use crate::api::{About, AppCall, JSON, Operation, Tag, Verb};

/// Notifications that are shown.
const RECENT: u32 = 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Said {
    notify_url: String,
    client_secret: String,
}

/// Their addresses.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::app(
        Verb::Get,
        "/v1/apps/{clientId}/notifications",
        |call| Box::pin(async move { show(&call.engine, known(&call)?.as_ref()) }),
        || {
            About::new(Tag::Notifications, "getNotifications", "Whether notifications are on, and the newest ones")
                .answer(200, "How they are", named("Notifications"))
        },
    ),
    Operation::app(
        Verb::Put,
        "/v1/apps/{clientId}/notifications",
        |call| {
            Box::pin(async move {
                let webhook = set(&call.engine, &call.app, known(&call)?, call.request).await?;
                show(&call.engine, Some(&webhook))
            })
        },
        || {
            About::new(Tag::Notifications, "setNotifications", "Switches notifications on")
                .body([(JSON, named("NewNotifications"))])
                .answer(200, "How they are now", named("Notifications"))
                .error(400, &["invalid_body", "invalid_url"])
                .error(401, &["invalid_client"])
                .error(413, &["body_too_large"])
        },
    ),
    Operation::app(
        Verb::Delete,
        "/v1/apps/{clientId}/notifications",
        |call| Box::pin(delete(call)),
        || {
            About::new(Tag::Notifications, "deleteNotifications", "Switches notifications off").answer_in(
                204,
                "They are off",
                [],
            )
        },
    ),
    Operation::app(
        Verb::Post,
        "/v1/apps/{clientId}/notifications/test",
        |call| Box::pin(test(call)),
        || {
            About::new(Tag::Notifications, "testNotifications", "Sends a notification now")
                .answer(200, "What came of it", named("TestResult"))
                .or_not_found()
        },
    ),
];

fn known(call: &AppCall) -> Result<Option<Webhook>, ApiError> {
    Ok(call.engine.store.webhooks(call.app.client_id, WebhookKind::Notifications)?.pop())
}

async fn delete(call: AppCall) -> Result<Response, ApiError> {
    if let Some(known) = known(&call)? {
        call.engine.store.delete_webhook(known.webhook_id).await.map_err(gone)?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn test(call: AppCall) -> Result<Response, ApiError> {
    let known = known(&call)?.ok_or_else(|| ApiError::not_found("The app has no notify URL."))?;
    Ok(Json(tested(&call.engine.test_webhook(&known).await.map_err(gone)?)).into_response())
}

fn show(engine: &Engine, known: Option<&Webhook>) -> Result<Response, ApiError> {
    let Some(webhook) = known else { return Ok(Json(json!({"enabled": false, "recent": []})).into_response()) };
    let mut shown = json!({"enabled": webhook.enabled, "notifyUrl": webhook.url.expose()});
    if let Some(reason) = &webhook.reason {
        shown["reason"] = reason.as_str().into();
    }
    if let Some(since) = webhook.failing_since.map(Time::to_iso) {
        shown["failingSince"] = since.into();
    }
    shown["recent"] = log(&engine.store.webhook_attempts(webhook.webhook_id, RECENT)?).into();
    Ok(Json(shown).into_response())
}

/// Sets the address and switches notifications on. The client secret is needed because notifications are signed with it,
/// and of apps without notifications only its hash is kept.
async fn set(engine: &Engine, app: &App, known: Option<Webhook>, request: Request) -> Result<Webhook, ApiError> {
    let said: Said = read(request).await?;
    check_url(engine, "notifyUrl", &said.notify_url)?;
    if !bool::from(hash_token(&said.client_secret).ct_eq(&app.secret_hash)) {
        return Err(ApiError::new(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "Invalid Client",
            "clientSecret is not the client secret of this app.",
        ));
    }
    let settings = WebhookSettings {
        url: Secret::new(said.notify_url),
        description: String::new(),
        event_types: [EventType::Connected, EventType::DataCreated, EventType::DataUpdated]
            .map(|kind| kind.name().to_owned())
            .to_vec(),
        data_types: Vec::new(),
    };
    let store = &engine.store;
    let id = if let Some(known) = known {
        store.change_webhook(known.webhook_id, settings).await.map_err(gone)?.webhook_id
    } else {
        let (id, secret) = (WebhookId::random(&*engine.random), Some(Secret::new(said.client_secret)));
        store.create_webhook(id, app.client_id, WebhookKind::Notifications, settings, secret).await?.webhook_id
    };
    store.enable_webhook(id, None).await.map_err(gone)
}

//! Notifications of the first generation: the app's notify URL, on and off, and what was sent lately. Source:
//! human-connect contract, section 6; the portal page there is this endpoint here.

use axum::Json;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
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
use super::not_allowed;
use super::webhooks::{check_url, gone, log, tested};
use crate::ApiError;

/// Notifications that are shown.
const RECENT: u32 = 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Said {
    notify_url: String,
    client_secret: String,
}

/// The addresses below `notifications`.
pub(super) async fn respond(engine: &Engine, app: &App, path: &[&str], request: Request) -> Result<Response, ApiError> {
    let method = request.method().clone();
    let get = matches!(method, Method::GET | Method::HEAD);
    let known = engine.store.webhooks(app.client_id, WebhookKind::Notifications)?.pop();
    match (path, &method) {
        ([], _) if get => show(engine, known.as_ref()),
        ([], &Method::PUT) => {
            let webhook = set(engine, app, known, request).await?;
            show(engine, Some(&webhook))
        }
        ([], &Method::DELETE) => {
            if let Some(known) = known {
                engine.store.delete_webhook(known.webhook_id).await.map_err(gone)?;
            }
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        (["test"], &Method::POST) => {
            let known = known.ok_or_else(|| ApiError::not_found("The app has no notify URL."))?;
            Ok(Json(tested(&engine.test_webhook(&known).await.map_err(gone)?)).into_response())
        }
        ([], _) => Ok(not_allowed("GET, HEAD, PUT, DELETE")),
        (["test"], _) => Ok(not_allowed("POST")),
        _ => Err(ApiError::not_found("Notifications have nothing at this address.")),
    }
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

//! A provider on loopback that answers as Oura does. The code of a login says what is to come of it.
use std::sync::{Arc, Mutex};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Form, Json, Router};
use serde_json::json;

/// What the provider saw.
#[derive(Default)]
pub(crate) struct Seen {
    /// Codes that were offered.
    pub(crate) codes: Vec<String>,
    /// Tokens that were revoked.
    pub(crate) revoked: Vec<String>,
}

/// The provider.
#[derive(Clone, Default)]
pub(crate) struct Provider(Arc<Mutex<Seen>>);

impl Provider {
    /// Starts it; gives its base address.
    pub(crate) async fn start() -> (Self, String) {
        let provider = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("address"));
        let router = Router::new()
            .route("/oura/token", post(token))
            .route("/dexcom/token", post(token))
            .route("/polar/token", post(token))
            .route("/polar/api/v3/users", post(register))
            .route("/polar/api/v3/users/{account}", delete(unregister))
            .route("/oura/api/v2/usercollection/personal_info", get(account))
            .route("/oura/api/oauth/revoke", post(revoke).get(revoke))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.expect("serves") });
        (provider, base)
    }
    pub(crate) fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.0.lock().expect("lock"))
    }
}

/// `code-ACCOUNT` is exchanged, `down` meets a server in trouble, everything else is refused. A code works once.
async fn token(State(provider): State<Provider>, Form(form): Form<Vec<(String, String)>>) -> Response {
    let field = |name: &str| form.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default();
    let code = field("code");
    let used = {
        let mut seen = provider.0.lock().expect("lock");
        let used = seen.codes.contains(&code);
        seen.codes.push(code.clone());
        used
    };
    match code.strip_prefix("code-") {
        Some(account) if !used && field("grant_type") == "authorization_code" => Json(json!({
            "access_token": format!("at-{account}"),
            "refresh_token": format!("rt-{account}"),
            "expires_in": 86_400,
            "token_type": "bearer",
            "x_user_id": account,
        }))
        .into_response(),
        _ if code == "down" => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        _ => (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response(),
    }
}

/// The account is the token's part up to a dot, so that several codes can lead to one account.
async fn account(headers: HeaderMap) -> Response {
    let bearer = headers.get("authorization").and_then(|v| v.to_str().ok()).unwrap_or_default();
    match bearer.strip_prefix("Bearer at-").and_then(|token| token.split('.').next()) {
        Some(account) => Json(json!({ "id": account })).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

/// Registers every account but `blocked`.
async fn register(headers: HeaderMap, Json(body): Json<serde_json::Value>) -> StatusCode {
    let bearer = headers.get("authorization").and_then(|v| v.to_str().ok()).unwrap_or_default();
    let named = body["member-id"].as_str().is_some_and(|id| id.len() == 24);
    if named && bearer != "Bearer at-blocked" { StatusCode::OK } else { StatusCode::FORBIDDEN }
}

async fn unregister(State(provider): State<Provider>, Path(account): Path<String>) -> StatusCode {
    provider.0.lock().expect("lock").revoked.push(account);
    StatusCode::NO_CONTENT
}

async fn revoke(State(provider): State<Provider>, Query(query): Query<Vec<(String, String)>>) -> StatusCode {
    let token = query.into_iter().find(|(name, _)| name == "access_token").map(|(_, value)| value);
    provider.0.lock().expect("lock").revoked.extend(token);
    StatusCode::OK
}

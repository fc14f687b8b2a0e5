//! The calls to Hilum: one token exchange and plain GETs of the data API.

use serde::Deserialize;
use serde_json::{Value, json};

/// What the operator of Hilum gave the app developer.
#[derive(Clone)]
pub struct Credentials {
    /// Address of Hilum, without a trailing slash.
    pub hilum: String,
    /// Public id of the app.
    pub client_id: String,
    /// Secret of the app; never leaves the server.
    pub client_secret: String,
}

/// What the exchange of a session token gives.
#[derive(Debug, Clone, Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tokens {
    pub human_id: String,
    pub client_user_id: String,
    pub access_token: String,
    pub public_token: String,
}

/// Why a call did not give what it should.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    #[error("Hilum did not answer")]
    Network(#[from] reqwest::Error),
    #[error("Hilum answered {status}: {message}")]
    Answer { status: u16, message: String },
}

/// Hilum, as this app sees it.
pub(crate) struct Hilum {
    pub credentials: Credentials,
    http: reqwest::Client,
}

impl Hilum {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is another program than Hilum: it has an HTTP client of its own"
    )]
    pub(crate) fn new(credentials: Credentials) -> Self {
        Self { credentials, http: reqwest::Client::new() }
    }

    /// Step 2 of the integration: the session token object from the page, signed with the client secret.
    pub(crate) async fn exchange(&self, human_id: &str, session_token: &str) -> Result<Tokens, ClientError> {
        let body = json!({
            "humanId": human_id,
            "clientId": self.credentials.client_id,
            "sessionToken": session_token,
            "clientSecret": self.credentials.client_secret,
        });
        let url = format!("{}/v1/connect/tokens", self.credentials.hilum);
        let answer = checked(self.http.post(url).json(&body).send().await?).await?;
        Ok(answer.json().await?)
    }

    /// Step 3: any resource of the data API.
    pub(crate) async fn get(&self, access_token: &str, path: &str) -> Result<Value, ClientError> {
        let url = format!("{}/v1/human{path}", self.credentials.hilum);
        let answer = checked(self.http.get(url).bearer_auth(access_token).send().await?).await?;
        Ok(answer.json().await?)
    }
}

async fn checked(answer: reqwest::Response) -> Result<reqwest::Response, ClientError> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let body: Value = answer.json().await.unwrap_or_default();
    let message = body["message"].as_str().unwrap_or("no message").to_owned();
    Err(ClientError::Answer { status: status.as_u16(), message })
}

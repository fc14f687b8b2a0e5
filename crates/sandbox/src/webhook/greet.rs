//! Handshakes: what a provider asks a callback address before it trusts it, with the wrong question where the provider
//! asks one too.

use hilum_providers::spec::Handshake;
use serde::Serialize;
use serde_json::{Value, json};

use crate::book::token;
use crate::config::Client;
use crate::{Host, Inner};

/// One question and its answer.
#[derive(Debug, Serialize)]
pub(crate) struct Step {
    /// What was asked.
    asked: &'static str,
    /// Status of the answer.
    status: u16,
    /// Whether it is what the provider expects.
    pub(crate) ok: bool,
}

/// Greets an address in the provider's way. No steps where it does not greet.
///
/// # Errors
/// Says in words what is missing for it.
pub(crate) async fn play(inner: &Inner, host: Host, client: &Client, url: &str) -> Result<Vec<Step>, &'static str> {
    let webhook = host.provider.webhook.ok_or("this provider sends no notices")?;
    let http = inner.http.as_ref().ok_or("this machine cannot make HTTP calls")?;
    let setting = |name: &str| {
        let value = client.settings.get(name).ok_or("the client has no setting that the handshake needs")?;
        Ok::<String, &'static str>(value.expose().clone())
    };
    let send = async |request: reqwest::RequestBuilder| {
        let answer = request.send().await.map_err(|_| "the callback address does not answer")?;
        let status = answer.status().as_u16();
        let json: Option<Value> = answer.bytes().await.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok::<_, &'static str>((status, json))
    };
    let good = |status: u16| (200..300).contains(&status);
    let refused = |status: u16| (400..500).contains(&status);
    let mut steps = Vec::new();
    match webhook.handshake {
        Handshake::None => {}
        Handshake::EchoJson { challenge, token: token_name, setting: name, member } => {
            let nonce = token(&*inner.config.random);
            let right = setting(name)?;
            for (asked, shown) in [("right token", right.as_str()), ("wrong token", "not the token")] {
                // Where the challenge is `hub.challenge`, the mode is `hub.mode`.
                let mode = challenge.replace("challenge", "mode");
                let query = [(mode.as_str(), "subscribe"), (challenge, nonce.as_str()), (token_name, shown)];
                let (status, json) = send(http.get(url).query(&query)).await?;
                let echoed = json.is_some_and(|json| json.get(member).and_then(Value::as_str) == Some(&nonce));
                let ok = if shown == right { good(status) && echoed } else { refused(status) && !echoed };
                steps.push(Step { asked, status, ok });
            }
        }
        Handshake::Head => {
            for (asked, request) in [("HEAD", http.head(url)), ("GET", http.get(url))] {
                let (status, _) = send(request).await?;
                steps.push(Step { asked, status, ok: good(status) });
            }
        }
        Handshake::Ping { pointer, value } => {
            let mut body = json!(value);
            for name in pointer.rsplit('/').filter(|name| !name.is_empty()) {
                body = json!({ name: body });
            }
            let (status, _) = send(http.post(url).json(&body)).await?;
            steps.push(Step { asked: "ping", status, ok: good(status) });
        }
        Handshake::GoogleTwoStep => {
            let hilum_providers::spec::Verify::GoogleTink { setting: name, .. } = webhook.verify else {
                return Err("the description names no authorisation");
            };
            let body = json!({"type": "verification"});
            let with = http.post(url).header("authorization", setting(name)?).json(&body);
            let (status, _) = send(with).await?;
            steps.push(Step { asked: "with authorization", status, ok: good(status) });
            let (status, _) = send(http.post(url).json(&body)).await?;
            steps.push(Step { asked: "without authorization", status, ok: matches!(status, 401 | 403) });
        }
    }
    Ok(steps)
}

//! Calls to a provider's token endpoint: client authentication, signature, and how the answer is judged.

use hilum_model::{Secret, Time};
use hilum_providers::spec::{Answer, ClientAuth, TokenAnswer, Verdict};
use serde_json::Value;

use super::sign::signed_fields;
use crate::ProviderConfig;
use crate::egress::{Authorization, Call, Egress, EgressError, Reply, RetryAfter};

/// What came of a call to the token endpoint.
#[derive(Debug)]
pub(super) enum TokenOutcome {
    /// An answer with an access token.
    Granted(Granted),
    /// The provider refused the code or token itself: the OAuth error word.
    Refused(&'static str),
    /// The provider did not act on it, for a reason that is not the token's: busy, or our registration is wrong.
    NotNow(Option<RetryAfter>, &'static str),
    /// Nobody knows whether the provider acted on it.
    Unclear(Option<RetryAfter>),
}

/// A token answer, owned.
#[derive(Debug)]
pub(super) struct Granted {
    pub(super) access: Secret<String>,
    pub(super) refresh: Option<Secret<String>>,
    pub(super) expires_at: Time,
    pub(super) scope: Option<String>,
    pub(super) user_id: Option<hilum_model::Phi<String>>,
}

/// Sends a call of the given grant fields (`grant_type` and what belongs to it) to the token endpoint.
pub(super) async fn call_token(
    egress: &Egress,
    provider: &ProviderConfig,
    now: Time,
    fields: Vec<(&'static str, String)>,
) -> TokenOutcome {
    let auth = &provider.provider.auth;
    let mut form: Vec<(String, String)> = own(auth.token_params);
    let mut authorization = None;
    match auth.client_auth {
        ClientAuth::Body => {
            form.push(("client_id".to_owned(), provider.client_id.clone()));
            form.push(("client_secret".to_owned(), provider.client_secret.expose().clone()));
        }
        ClientAuth::Basic => {
            authorization = Some(Authorization::Basic(provider.client_id.clone(), provider.client_secret.clone()));
        }
        ClientAuth::WithingsSigned => {
            let action = form.iter().find(|(name, _)| name == "action").map(|(_, value)| value.clone());
            match signed_fields(egress, provider, now, action.as_deref().unwrap_or("requesttoken")).await {
                Ok(signed) => form.extend(signed),
                // Without a nonce nothing was asked about the token.
                Err(after) => return TokenOutcome::NotNow(after, "no_nonce"),
            }
        }
    }
    if fields.iter().any(|(name, value)| *name == "grant_type" && value == "refresh_token") {
        form.extend(own(auth.refresh_params));
    }
    form.retain(|(name, _)| !fields.iter().any(|(field, _)| name == field));
    form.extend(fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let call = Call { authorization, ..Call::form(provider.token_url.clone(), form, provider.sandbox) };
    judge(provider, now, egress.send(call).await)
}

/// Fixed parameters as owned pairs.
pub(super) fn own(params: &[(&'static str, &'static str)]) -> Vec<(String, String)> {
    params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn judge(provider: &ProviderConfig, now: Time, reply: Result<Reply, EgressError>) -> TokenOutcome {
    let reply = match reply {
        Ok(reply) => reply,
        Err(error) if error.nothing_sent() => return TokenOutcome::NotNow(None, "unreachable"),
        Err(_) => return TokenOutcome::Unclear(None),
    };
    let after = reply.retry_after;
    let json: Option<Value> = serde_json::from_slice(&reply.body).ok();
    let success = (200..300).contains(&reply.status);
    if success && let Some(answer) = json.as_ref().and_then(|json| provider.provider.auth.read_token(json)) {
        return TokenOutcome::Granted(own_answer(&answer, now));
    }
    if let Some(word) = json.as_ref().and_then(oauth_error) {
        return match word {
            // Busy, or the operator's registration is wrong: neither says anything about the person's grant.
            "temporarily_unavailable" | "server_error" | "slow_down" | "invalid_client" | "unauthorized_client" => {
                TokenOutcome::NotNow(after, word)
            }
            _ => TokenOutcome::Refused(word),
        };
    }
    match reply.status {
        408 | 425 | 429 => TokenOutcome::NotNow(after, "busy"),
        200..=299 => judge_success(provider, reply.status, json.as_ref(), after),
        // Some have words of their own for a dead code or token, which their error table knows (Strava).
        400 if provider.provider.judge(&Answer { status: 400, json: json.as_ref() }) == Verdict::Reauthorise => {
            TokenOutcome::Refused("invalid_grant")
        }
        // A redirect to a login page, a plain 4xx of a gateway: no statement about the token.
        300..=499 => TokenOutcome::NotNow(after, "not_understood"),
        _ => TokenOutcome::Unclear(after),
    }
}

/// An HTTP success without an access token: an error told inside it (Withings), or nothing that can be understood.
fn judge_success(
    provider: &ProviderConfig,
    status: u16,
    json: Option<&Value>,
    after: Option<RetryAfter>,
) -> TokenOutcome {
    let Some(json) = json else { return TokenOutcome::Unclear(after) };
    // Withings has no number of its own for a dead token or a wrong signature: both are bad parameters whose text
    // names them.
    let text = json.get("error").and_then(Value::as_str).unwrap_or_default();
    match provider.provider.judge(&Answer { status, json: Some(json) }) {
        Verdict::Ok => TokenOutcome::Unclear(after),
        Verdict::Retry | Verdict::NotYet => TokenOutcome::NotNow(after, "busy"),
        Verdict::Refresh | Verdict::Reauthorise => TokenOutcome::Refused("invalid_grant"),
        _ if text.contains("refresh_token") => TokenOutcome::Refused("invalid_grant"),
        _ if text.contains("client_id") || text.contains("signature") => TokenOutcome::NotNow(after, "invalid_client"),
        Verdict::Fatal | Verdict::Gone | Verdict::ScopeMissing => TokenOutcome::Refused("invalid_request"),
    }
}

/// The error word of RFC 6749 5.2 and its relatives, if the answer holds a known one.
fn oauth_error(json: &Value) -> Option<&'static str> {
    const KNOWN: [&str; 12] = [
        "invalid_grant",
        "invalid_client",
        "unauthorized_client",
        "invalid_request",
        "unsupported_grant_type",
        "invalid_scope",
        "access_denied",
        "invalid_token",
        "temporarily_unavailable",
        "server_error",
        "slow_down",
        "expired_token",
    ];
    let said = json.get("error")?;
    let said = said.as_str().or_else(|| said.get("code").and_then(Value::as_str))?;
    KNOWN.into_iter().find(|word| said == *word)
}

fn own_answer(answer: &TokenAnswer<'_>, now: Time) -> Granted {
    Granted {
        access: Secret::new(answer.access_token.to_owned()),
        refresh: answer.refresh_token.map(|token| Secret::new(token.to_owned())),
        expires_at: now.plus_s(answer.expires_in_s),
        scope: answer.scope.map(str::to_owned),
        user_id: answer.user_id.clone().map(hilum_model::Phi::new),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use reqwest::header::HeaderMap;

    use super::*;
    use crate::testing::{PLAIN, SIGNED, provider_config};

    fn outcome(signed: bool, status: u16, body: &str) -> String {
        let provider = provider_config(if signed { &SIGNED } else { &PLAIN }, "http://127.0.0.1:9");
        let reply = Reply {
            status,
            retry_after: None,
            headers: HeaderMap::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        };
        match judge(&provider, Time(0), Ok(reply)) {
            TokenOutcome::Granted(_) => "granted".to_owned(),
            TokenOutcome::Refused(word) => format!("refused {word}"),
            TokenOutcome::NotNow(_, word) => format!("not now {word}"),
            TokenOutcome::Unclear(_) => "unclear".to_owned(),
        }
    }

    #[test]
    fn only_a_plain_statement_about_the_token_refuses_it() {
        for (status, body, expected) in [
            (200, r#"{"access_token":"a","expires_in":60}"#, "granted"),
            (200, "", "unclear"),
            (200, "{}", "unclear"),
            (200, r#"{"access_token":""}"#, "unclear"),
            (200, r#"{"access_token":"a""#, "unclear"),
            (200, "<html>login</html>", "unclear"),
            (302, "", "not now not_understood"),
            (400, r#"{"error":"invalid_grant"}"#, "refused invalid_grant"),
            (401, r#"{"error":"invalid_grant","error_description":"x"}"#, "refused invalid_grant"),
            (400, r#"{"error":"invalid_client"}"#, "not now invalid_client"),
            (401, r#"{"error":"unauthorized_client"}"#, "not now unauthorized_client"),
            (401, "", "not now not_understood"),
            (403, "<html>blocked</html>", "not now not_understood"),
            (404, "", "not now not_understood"),
            (408, "", "not now busy"),
            (425, "", "not now busy"),
            (429, "", "not now busy"),
            (500, "", "unclear"),
            (502, "<html>bad gateway</html>", "unclear"),
            (503, r#"{"error":"temporarily_unavailable"}"#, "not now temporarily_unavailable"),
            (504, "", "unclear"),
        ] {
            assert_eq!(outcome(false, status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn errors_inside_a_success() {
        let granted = r#"{"status":0,"body":{"userid":363,"access_token":"a","refresh_token":"r","expires_in":10800}}"#;
        for (body, expected) in [
            (granted, "granted"),
            (r#"{"status":401,"body":{},"error":"invalid_token"}"#, "refused invalid_token"),
            (r#"{"status":401,"body":{},"error":"XRequestID: 1 invalid_token: gone"}"#, "refused invalid_grant"),
            (r#"{"status":601,"body":{}}"#, "not now busy"),
            (r#"{"status":503,"body":{},"error":"Invalid Params: invalid refresh_token"}"#, "refused invalid_grant"),
            (r#"{"status":503,"body":{},"error":"Invalid Params: invalid redirect_uri"}"#, "refused invalid_request"),
            (r#"{"status":503,"body":{},"error":"Invalid Params: invalid signature"}"#, "not now invalid_client"),
            ("<html>", "unclear"),
            (r#"{"status":0,"body":{}}"#, "unclear"),
        ] {
            assert_eq!(outcome(true, 200, body), expected, "{body}");
        }
    }
}

//! Withings' signed calls: the client secret never travels. Source: developer.withings.com, "Signature".

use aws_lc_rs::hmac;
use hilum_model::Time;
use hilum_providers::spec::{Answer, Verdict};
use serde_json::Value;

use crate::ProviderConfig;
use crate::egress::{Call, Egress, RetryAfter};

/// Hex HMAC-SHA256 under the client secret over the values, in the order of their keys' names, joined by commas.
pub(super) fn signature(secret: &str, values: &[&str]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hex::encode(hmac::sign(&key, values.join(",").as_bytes()))
}

/// `client_id`, `nonce` and `signature` for a call of that `action`, with a nonce fetched for it. Fails with the
/// provider's word on when to come back.
pub(super) async fn signed_fields(
    egress: &Egress,
    provider: &ProviderConfig,
    now: Time,
    action: &str,
) -> Result<Vec<(String, String)>, Option<RetryAfter>> {
    let nonce = fetch_nonce(egress, provider, now).await?;
    let signed = signature(provider.client_secret.expose(), &[action, &provider.client_id, &nonce]);
    Ok(vec![
        ("client_id".to_owned(), provider.client_id.clone()),
        ("nonce".to_owned(), nonce),
        ("signature".to_owned(), signed),
    ])
}

async fn fetch_nonce(egress: &Egress, provider: &ProviderConfig, now: Time) -> Result<String, Option<RetryAfter>> {
    let timestamp = now.unix_s().to_string();
    let signed = signature(provider.client_secret.expose(), &["getnonce", &provider.client_id, &timestamp]);
    let form = vec![
        ("action".to_owned(), "getnonce".to_owned()),
        ("client_id".to_owned(), provider.client_id.clone()),
        ("timestamp".to_owned(), timestamp),
        ("signature".to_owned(), signed),
    ];
    let url = format!("{}/v2/signature", provider.api_base);
    let call = Call::form(url, form, provider.sandbox);
    let reply = egress.send(call).await.map_err(|_| None)?;
    let json: Option<Value> = serde_json::from_slice(&reply.body).ok();
    let verdict = provider.provider.judge(&Answer { status: reply.status, json: json.as_ref() });
    let nonce = json.as_ref().and_then(|json| json.pointer("/body/nonce")).and_then(Value::as_str);
    match (verdict, nonce) {
        (Verdict::Ok, Some(nonce)) if !nonce.is_empty() => Ok(nonce.to_owned()),
        _ => Err(reply.retry_after),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_of_rfc_4231_and_the_join() {
        // RFC 4231, test case 2: key "Jefe", data "what do ya want for nothing?".
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(signature("Jefe", &["what do ya want for nothing?"]), expected);
        assert_eq!(signature("k", &["a", "b", "c"]), signature("k", &["a,b,c"]));
    }
}

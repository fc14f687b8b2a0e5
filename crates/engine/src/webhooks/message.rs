//! What is sent: the body, and the headers that prove where it comes from.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hilum_model::world::random_bytes;
use hilum_model::{ClientId, HumanId, Random, Time, UserId};
use hilum_store::webhooks::Webhook;
use serde_json::{Map, Value, json};

/// What a webhook's secret begins with; base64 follows.
pub const SECRET_PREFIX: &str = "whsec_";

/// A message ready to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

/// The body of a webhook's message: the same bytes whenever it is sent.
pub(super) fn standard_body(kind: &str, at: Time, data: Map<String, Value>) -> Vec<u8> {
    let mut all = Map::new();
    all.insert("type".to_owned(), kind.into());
    all.insert("timestamp".to_owned(), at.to_iso().into());
    all.insert("data".to_owned(), Value::Object(data));
    Value::Object(all).to_string().into_bytes()
}

/// Signs by the Standard Webhooks specification, with every secret that counts now: HMAC-SHA256 over
/// `id.timestamp.body`, where the time is that of the try.
pub(super) fn standard(webhook: &Webhook, id: &str, now: Time, body: Vec<u8>) -> Message {
    let stamp = now.unix_s().to_string();
    let mut signed = format!("{id}.{stamp}.").into_bytes();
    signed.extend_from_slice(&body);
    let current = webhook.secrets.iter().filter(|one| one.until.is_none_or(|until| until > now));
    let signatures: Vec<String> = current
        .filter_map(|one| BASE64.decode(one.secret.expose().strip_prefix(SECRET_PREFIX)?).ok())
        .map(|key| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), &signed))
        .map(|tag| format!("v1,{}", BASE64.encode(tag)))
        .collect();
    let headers =
        vec![("webhook-id", id.to_owned()), ("webhook-timestamp", stamp), ("webhook-signature", signatures.join(" "))];
    Message { headers, body }
}

/// What a notification tells.
pub(super) struct Notification<'a> {
    pub(super) id: &'a str,
    /// Its group is what stands before the full stop.
    pub(super) kind: &'a str,
    pub(super) at: Time,
    pub(super) app: ClientId,
    pub(super) human: Option<HumanId>,
    pub(super) user: Option<UserId>,
    pub(super) payload: Map<String, Value>,
}

/// The body of a notification: a list of one, with the members that the contract knows of its later versions, but without
/// the app's own id of the person, which may be an e-mail address.
pub(super) fn notification_body(told: Notification<'_>) -> Vec<u8> {
    let mut one = Map::new();
    one.insert("timestamp".to_owned(), told.at.to_iso().into());
    one.insert("eventId".to_owned(), told.id.into());
    one.insert("eventType".to_owned(), told.kind.into());
    one.insert("eventGroup".to_owned(), told.kind.split('.').next().unwrap_or_default().into());
    if let Some(human) = told.human {
        one.insert("humanId".to_owned(), human.to_string().into());
    }
    one.insert("clientId".to_owned(), told.app.to_string().into());
    if let Some(user) = told.user {
        one.insert("userId".to_owned(), user.to_string().into());
    }
    one.insert("eventPayload".to_owned(), Value::Object(told.payload));
    json!([one]).to_string().into_bytes()
}

/// Signs as the first generation did: hex HMAC-SHA1 under the client secret over payload, timestamp and nonce. The names
/// of the headers for the latter two are not known, and ours.
pub(super) fn notification(webhook: &Webhook, now: Time, random: &dyn Random, body: Vec<u8>) -> Message {
    let (stamp, nonce) = (now.unix_s().to_string(), hex::encode(random_bytes::<16>(random)));
    let mut headers = Vec::new();
    if let Some(secret) = webhook.secrets.first() {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.secret.expose().as_bytes());
        let tag = hmac::sign(&key, &[&body, stamp.as_bytes(), nonce.as_bytes()].concat());
        headers.push(("x-humanapi-signature", hex::encode(tag)));
    }
    headers.push(("x-humanapi-timestamp", stamp));
    headers.push(("x-humanapi-nonce", nonce));
    Message { headers, body }
}

#[cfg(test)]
mod tests {
    use hilum_model::world::SeededRandom;
    use hilum_model::{Secret, WebhookId};
    use hilum_store::webhooks::{SigningSecret, WebhookKind};

    use super::*;

    fn webhook(secrets: &[(&str, Option<Time>)]) -> Webhook {
        let one = |(secret, until): &(&str, Option<Time>)| SigningSecret {
            secret: Secret::new((*secret).to_owned()),
            until: *until,
        };
        Webhook {
            webhook_id: WebhookId([1; 12]),
            client_id: ClientId([2; 20]),
            kind: WebhookKind::Standard,
            url: Secret::new(String::new()),
            secrets: secrets.iter().map(one).collect(),
            description: String::new(),
            event_types: Vec::new(),
            data_types: Vec::new(),
            enabled: true,
            reason: None,
            replaying: false,
            failures: 0,
            failing_since: None,
            rest_until: None,
            created_at: Time(0),
            updated_at: Time(0),
        }
    }

    fn signature(message: &Message) -> &str {
        &message.headers.iter().find(|(name, _)| *name == "webhook-signature").expect("signed").1
    }

    /// The vector that the specification's own libraries test with.
    #[test]
    fn the_specification_s_vector() {
        let hook = webhook(&[("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", None)]);
        let body = br#"{"test": 2432232314}"#.to_vec();
        let message = standard(&hook, "msg_p5jXN8AQM9LWM0D4loKWxJek", Time::from_unix_s(1_614_265_330), body);
        assert_eq!(signature(&message), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(message.headers[1], ("webhook-timestamp", "1614265330".to_owned()));
    }

    #[test]
    fn every_secret_that_counts_signs() {
        let (a, b) = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX");
        let now = Time::from_unix_s(1_614_265_330);
        let sign = |secrets: &[(&str, Option<Time>)]| {
            signature(&standard(&webhook(secrets), "m", now, b"{}".to_vec())).to_owned()
        };
        let both = sign(&[(b, None), (a, Some(now.plus_ms(1)))]);
        assert_eq!(both, format!("{} {}", sign(&[(b, None)]), sign(&[(a, None)])));
        assert_eq!(sign(&[(b, None), (a, Some(now))]), sign(&[(b, None)]), "its time is over");
    }

    #[test]
    fn a_notification_is_signed_with_the_client_secret() {
        // The algorithm itself is held by RFC 2202's vectors (`hooks/verify.rs`); here, what is signed and with what.
        let hook = webhook(&[("Jefe", None)]);
        let message = notification(&hook, Time::from_unix_s(7), &SeededRandom::new(1), b"[]".to_vec());
        let (stamp, nonce) = (&message.headers[1].1, &message.headers[2].1);
        assert_eq!((stamp.as_str(), nonce.len()), ("7", 32));
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"Jefe");
        let tag = hex::decode(&message.headers[0].1).expect("hex");
        hmac::verify(&key, format!("[]7{nonce}").as_bytes(), &tag).expect("fits");
        assert_eq!(notification(&webhook(&[]), Time(0), &SeededRandom::new(1), Vec::new()).headers.len(), 2);
    }
}

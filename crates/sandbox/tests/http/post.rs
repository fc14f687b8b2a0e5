//! A callback address that does what a product's does: answers the provider's greeting, and takes notices.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hilum_providers::spec::{Encoding, Handshake, Hash, Hmac, Key, Provider, Signed, Verify};
use serde_json::Value;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::bed::{SECRET, settings};

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caught {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The address, on a port of its own.
pub(crate) struct Post {
    pub(crate) url: String,
    caught: Receiver<Caught>,
}

struct Handler {
    provider: &'static Provider,
    /// Says yes to everything, as no address should.
    naive: bool,
    to: Sender<Caught>,
}

/// The secret part of the address.
pub(crate) const PATH: &str = "/hooks/4f1d";

impl Post {
    pub(crate) async fn start(provider: &'static Provider, naive: bool) -> Self {
        let (to, caught) = channel(10_000);
        let router = Router::new().fallback(handle).with_state(Arc::new(Handler { provider, naive, to }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}{PATH}", listener.local_addr().expect("address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, caught }
    }

    /// All that has come.
    pub(crate) fn all(&mut self) -> Vec<Caught> {
        std::iter::from_fn(|| self.caught.try_recv().ok()).collect()
    }

    /// The next that comes.
    pub(crate) async fn next(&mut self) -> Caught {
        let waiting = tokio::time::timeout(Duration::from_secs(30), self.caught.recv()).await;
        waiting.expect("a notice comes").expect("the address is open")
    }
}

async fn handle(
    State(handler): State<Arc<Handler>>,
    method: Method,
    uri: Uri,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let webhook = handler.provider.webhook.expect("sends notices");
    let setting = |name: &str| settings(handler.provider).find(|(known, _)| *known == name).map(|(_, value)| value);
    match webhook.handshake {
        Handshake::EchoJson { challenge, token, setting: name, member } if method == Method::GET => {
            if handler.naive || query.get(token) == setting(name).as_ref() {
                return axum::Json(serde_json::json!({ member: query.get(challenge) })).into_response();
            }
            return StatusCode::FORBIDDEN.into_response();
        }
        Handshake::GoogleTwoStep => {
            let json: Option<Value> = serde_json::from_slice(&body).ok();
            if json.is_some_and(|json| json["type"] == "verification") {
                let Verify::GoogleTink { setting: name, .. } = webhook.verify else { panic!("no authorisation") };
                let shown = headers.get("authorization").and_then(|v| v.to_str().ok()).map(str::to_owned);
                let good = handler.naive || (shown.is_some() && shown == setting(name));
                return if good { StatusCode::OK } else { StatusCode::UNAUTHORIZED }.into_response();
            }
        }
        _ => {}
    }
    if method == Method::POST {
        let caught = Caught { path: uri.path().to_owned(), headers, body };
        handler.to.send(caught).await.expect("somebody reads");
    }
    StatusCode::OK.into_response()
}

/// What a look at a notice finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// It is the provider's, and of now.
    Good,
    /// It is the provider's, but of another time.
    Old,
    /// It carries no sign of whose it is.
    Bare,
    /// It says that it is the provider's, and is not.
    Forged,
}

/// A look at a notice by the description's recipe. The clock of the sandbox shows `now_ms`.
pub(crate) fn look(provider: &Provider, caught: &Caught, keys: &Value, now_ms: i64) -> Found {
    let setting = |name: &str| settings(provider).find(|(known, _)| *known == name).expect("a setting").1;
    match provider.webhook.expect("sends notices").verify {
        Verify::Hmac(recipe) | Verify::HmacIfSent(recipe) => hmac_found(&recipe, caught, &setting, now_ms),
        Verify::BodyToken { pointer, setting: name } => {
            let json: Value = serde_json::from_slice(&caught.body).expect("JSON");
            match json.pointer(pointer).and_then(Value::as_str) {
                None => Found::Bare,
                Some(shown) if shown == setting(name) => Found::Good,
                Some(_) => Found::Forged,
            }
        }
        Verify::GoogleTink { header, setting: name, .. } => {
            assert_eq!(caught.headers["authorization"].to_str().ok(), Some(setting(name).as_str()));
            let Some(shown) = caught.headers.get(header) else { return Found::Bare };
            let signed = STANDARD.decode(shown.as_bytes()).expect("base64");
            let id = keys["primaryKeyId"].as_u64().expect("a number") as u32;
            assert_eq!(signed[..5], [&[1_u8][..], &id.to_be_bytes()].concat());
            let proto = keys["key"][0]["keyData"]["value"].as_str().expect("text");
            let proto = STANDARD.decode(proto).expect("base64");
            let point = [&[4_u8][..], &proto[11..43], &proto[46..78]].concat();
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point);
            if key.verify(&caught.body, &signed[5..]).is_ok() { Found::Good } else { Found::Forged }
        }
        Verify::SecretPath if caught.path == PATH => Found::Good,
        Verify::SecretPath if PATH.starts_with(&caught.path) => Found::Bare,
        Verify::SecretPath => Found::Forged,
    }
}

fn hmac_found(recipe: &Hmac, caught: &Caught, setting: &dyn Fn(&str) -> String, now_ms: i64) -> Found {
    let text = |name: &str| caught.headers.get(name).map(|v| v.to_str().expect("text").to_owned());
    let Some(shown) = text(recipe.header) else { return Found::Bare };
    let key = match recipe.key {
        Key::ClientSecret => SECRET.to_owned(),
        Key::ClientSecretAmpersand => format!("{SECRET}&"),
        Key::Setting(name) => setting(name),
    };
    let (stamp, tag, unit_ms) = match recipe.signed {
        Signed::Body => (String::new(), shown, 0),
        Signed::TimestampBody => {
            let (name, unit_ms) = recipe.timestamp.expect("a timestamp");
            (text(name).expect("a timestamp"), shown, unit_ms)
        }
        Signed::TDotBody => {
            let (t, tag) = shown.strip_prefix("t=").and_then(|s| s.split_once(",v1=")).expect("t and v1");
            (t.to_owned(), tag.to_owned(), 1000)
        }
    };
    let dot = if recipe.signed == Signed::TDotBody { "." } else { "" };
    let message = [stamp.as_bytes(), dot.as_bytes(), &caught.body].concat();
    let tag = match recipe.encoding {
        Encoding::Hex => hex::decode(tag).expect("hexadecimal"),
        Encoding::Base64 => STANDARD.decode(tag).expect("base64"),
    };
    let hash = match recipe.hash {
        Hash::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        Hash::Sha256 => hmac::HMAC_SHA256,
    };
    if hmac::verify(&hmac::Key::new(hash, key.as_bytes()), &message, &tag).is_err() {
        return Found::Forged;
    }
    let age_ms = if unit_ms == 0 { 0 } else { now_ms - stamp.parse::<i64>().expect("a number") * unit_ms };
    if age_ms.abs() <= i64::from(recipe.tolerance_s) * 1000 { Found::Good } else { Found::Old }
}

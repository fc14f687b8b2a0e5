//! Who is calling: client id with secret, HTTP Basic, or Withings' signature.

use aws_lc_rs::hmac;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use hilum_model::Time;
use hilum_providers::sandbox::Refusal;
use hilum_providers::spec::ClientAuth;

use crate::config::Client;
use crate::wire::first;
use crate::{Host, Inner, State};

/// How far the timestamp of a signed call may be from the present, s.
const TIMESTAMP_S: i64 = 600;

impl Inner {
    /// The registered client of that id at a provider.
    pub(crate) fn client(&self, host: Host, id: &str) -> Option<&Client> {
        self.config.clients.iter().find(|c| c.provider == host.provider.id && c.client_id == id)
    }

    /// The client that makes a call, if it proves it in the way of the provider.
    pub(crate) fn authenticate(
        &self,
        state: &mut State,
        host: Host,
        headers: &HeaderMap,
        form: &[(String, String)],
    ) -> Result<&Client, Refusal> {
        let denied = Refusal::InvalidClient;
        match host.provider.auth.client_auth {
            ClientAuth::Body => {
                let client = first(form, "client_id").and_then(|id| self.client(host, id)).ok_or(denied)?;
                let secret = first(form, "client_secret").ok_or(denied)?;
                client.client_secret.matches(secret).then_some(client).ok_or(denied)
            }
            ClientAuth::Basic => {
                let (id, secret) = basic(headers).ok_or(denied)?;
                let client = self.client(host, &id).ok_or(denied)?;
                client.client_secret.matches(&secret).then_some(client).ok_or(denied)
            }
            ClientAuth::WithingsSigned => {
                let client = first(form, "client_id").and_then(|id| self.client(host, id)).ok_or(denied)?;
                let nonce = first(form, "nonce").ok_or(denied)?;
                let now = self.now();
                // The signature first, so that nobody else can use a nonce up.
                let signed = signed(client, form, "nonce");
                (signed && state.book.use_nonce(host.provider.id, &client.client_id, nonce, now))
                    .then_some(client)
                    .ok_or(denied)
            }
        }
    }

    /// `POST /v2/signature`: a nonce for a signed question.
    pub(crate) fn nonce(
        &self,
        state: &mut State,
        host: Host,
        form: &[(String, String)],
        now: Time,
    ) -> Result<String, Refusal> {
        if first(form, "action") != Some("getnonce") {
            return Err(Refusal::BadParameter("action"));
        }
        let client = first(form, "client_id").and_then(|id| self.client(host, id)).ok_or(Refusal::InvalidClient)?;
        let stamp: i64 =
            first(form, "timestamp").and_then(|t| t.parse().ok()).ok_or(Refusal::BadParameter("timestamp"))?;
        if stamp.abs_diff(now.unix_s()) > TIMESTAMP_S.unsigned_abs() {
            return Err(Refusal::BadParameter("timestamp"));
        }
        if !signed(client, form, "timestamp") {
            return Err(Refusal::InvalidClient);
        }
        Ok(state.book.nonce(host.provider.id, &client.client_id, now, self.config.random.as_ref()))
    }
}

/// Whether `signature` is the hex HMAC-SHA256, under the client's secret, of the values of `action`, `client_id` and
/// `third` (names in alphabetical order), joined by commas.
fn signed(client: &Client, form: &[(String, String)], third: &str) -> bool {
    let values: Option<Vec<&str>> = ["action", "client_id", third].into_iter().map(|name| first(form, name)).collect();
    let tag = first(form, "signature").and_then(|hex| hex::decode(hex).ok());
    let (Some(values), Some(tag)) = (values, tag) else {
        return false;
    };
    let key = hmac::Key::new(hmac::HMAC_SHA256, client.client_secret.expose().as_bytes());
    hmac::verify(&key, values.join(",").as_bytes(), &tag).is_ok()
}

/// Id and secret of HTTP Basic; both are form-encoded within (RFC 6749, 2.3.1).
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let decoded = base64::engine::general_purpose::STANDARD.decode(value).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (id, secret) = text.split_once(':')?;
    let plain = |t: &str| percent_encoding::percent_decode_str(&t.replace('+', " ")).decode_utf8_lossy().into_owned();
    Some((plain(id), plain(secret)))
}

/// The bearer token of a data call.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ").map(str::trim)
}

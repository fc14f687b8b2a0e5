//! Signing a notice by the provider's recipe, and failing to.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hilum_model::Time;
use hilum_providers::spec::{Encoding, Hash, Hmac, Key, Signed, Verify};
use serde_json::Value;

use super::Mode;
use crate::Inner;
use crate::book::token;
use crate::config::Client;

/// A notice as it is posted.
#[derive(Debug)]
pub(super) struct Notice {
    pub(super) url: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

/// Who signs, how and when.
pub(super) struct Signer<'a> {
    pub(super) inner: &'a Inner,
    pub(super) client: &'a Client,
    pub(super) mode: Mode,
    pub(super) at: Time,
}

impl Signer<'_> {
    /// The notice, signed.
    ///
    /// # Errors
    /// When the client has no such setting, or the recipe carries no time that could be stale.
    pub(super) fn sign(&self, verify: &Verify, url: &str, mut json: Value) -> Result<Notice, &'static str> {
        let mut headers = Vec::new();
        let mut url = url.to_owned();
        let timed = matches!(verify, Verify::Hmac(h) | Verify::HmacIfSent(h) if h.signed != Signed::Body);
        if self.mode == Mode::Stale && !timed {
            return Err("this provider's notices carry no time");
        }
        match verify {
            Verify::BodyToken { pointer, setting } => match self.mode {
                Mode::Missing => forget(&mut json, pointer),
                Mode::Wrong => put(&mut json, pointer, Value::from("not the token")),
                _ => put(&mut json, pointer, Value::from(self.setting(setting)?)),
            },
            Verify::SecretPath => match (self.mode, url.rsplit_once('/')) {
                (Mode::Wrong, Some((start, _))) => url = format!("{start}/{}", token(&*self.inner.config.random)),
                (Mode::Missing, Some((start, _))) => url = start.to_owned(),
                _ => {}
            },
            Verify::Hmac(_) | Verify::HmacIfSent(_) | Verify::GoogleTink { .. } => {}
        }
        let body = json.to_string().into_bytes();
        match verify {
            Verify::Hmac(recipe) | Verify::HmacIfSent(recipe) => headers = self.hmac(recipe, &body)?,
            Verify::GoogleTink { header, setting, .. } => {
                headers.push(("authorization", self.setting(setting)?));
                let keys = &self.inner.keys;
                match self.mode {
                    Mode::Missing => {}
                    Mode::Wrong => headers.push((header, keys.sign(b"another body").ok_or(NO_KEY)?)),
                    _ => headers.push((header, keys.sign(&body).ok_or(NO_KEY)?)),
                }
            }
            Verify::BodyToken { .. } | Verify::SecretPath => {}
        }
        Ok(Notice { url, headers, body })
    }

    fn setting(&self, name: &str) -> Result<String, &'static str> {
        let value = self.client.settings.get(name).ok_or("the client has no setting that the signature needs")?;
        Ok(value.expose().clone())
    }

    fn hmac(&self, recipe: &Hmac, body: &[u8]) -> Result<Vec<(&'static str, String)>, &'static str> {
        if self.mode == Mode::Missing {
            return Ok(Vec::new());
        }
        let secret = match (self.mode, recipe.key) {
            (Mode::Wrong, _) => "another secret".to_owned(),
            (_, Key::ClientSecret) => self.client.client_secret.expose().clone(),
            (_, Key::ClientSecretAmpersand) => format!("{}&", self.client.client_secret.expose()),
            (_, Key::Setting(name)) => self.setting(name)?,
        };
        let at = match self.mode {
            Mode::Stale => self.at.plus_s(-i64::from(recipe.tolerance_s) - 60),
            _ => self.at,
        };
        let stamp = recipe.timestamp.map(|(name, unit_ms)| (name, (at.0 / unit_ms.max(1)).to_string()));
        let message = match recipe.signed {
            Signed::Body => body.to_vec(),
            Signed::TimestampBody => [stamp.as_ref().map_or(&b""[..], |(_, t)| t.as_bytes()), body].concat(),
            Signed::TDotBody => [at.unix_s().to_string().as_bytes(), b".", body].concat(),
        };
        let hash = match recipe.hash {
            Hash::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Hash::Sha256 => hmac::HMAC_SHA256,
        };
        let tag = hmac::sign(&hmac::Key::new(hash, secret.as_bytes()), &message);
        let text = match recipe.encoding {
            Encoding::Hex => hex::encode(tag),
            Encoding::Base64 => STANDARD.encode(tag),
        };
        let shown = if recipe.signed == Signed::TDotBody { format!("t={},v1={text}", at.unix_s()) } else { text };
        Ok(stamp.into_iter().chain([(recipe.header, shown)]).collect())
    }
}

const NO_KEY: &str = "the sandbox has no key to sign with";

/// Puts a value at a pointer of one step or more; members on the way must be there.
fn put(json: &mut Value, pointer: &str, value: Value) {
    if let Some((parent, name)) = pointer.rsplit_once('/')
        && let Some(Value::Object(members)) = json.pointer_mut(parent)
    {
        members.insert(name.to_owned(), value);
    }
}

/// Removes what is at a pointer.
fn forget(json: &mut Value, pointer: &str) {
    if let Some((parent, name)) = pointer.rsplit_once('/')
        && let Some(Value::Object(members)) = json.pointer_mut(parent)
    {
        members.remove(name);
    }
}

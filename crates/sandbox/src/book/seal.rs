//! Refresh tokens that say whose they are, under the client's secret, so that a sandbox that was started anew can take
//! up grants of the one before it.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hilum_model::Random;
use hilum_providers::persona::find;

use super::{Family, token};

/// A fresh refresh token for a family: random, whose it is, and a tag over both.
pub(super) fn seal(family: &Family, secret: &str, random: &dyn Random) -> String {
    let whose = [family.provider, &family.client_id, family.persona.id, &family.scopes.join(" ")].join("\n");
    let body = format!("{}.{}", token(random), URL_SAFE_NO_PAD.encode(whose));
    let tag = hmac::sign(&key(secret), body.as_bytes());
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// The family that a token of this provider and client was sealed for; `None` if it was not sealed under this secret.
pub(super) fn open(provider: &'static str, client_id: &str, secret: &str, shown: &str) -> Option<Family> {
    let (body, tag) = shown.rsplit_once('.')?;
    hmac::verify(&key(secret), body.as_bytes(), &URL_SAFE_NO_PAD.decode(tag).ok()?).ok()?;
    let whose = String::from_utf8(URL_SAFE_NO_PAD.decode(body.split_once('.')?.1).ok()?).ok()?;
    let mut parts = whose.split('\n');
    if (parts.next()?, parts.next()?) != (provider, client_id) {
        return None;
    }
    let persona = find(parts.next()?)?;
    let scopes = parts.next()?.split(' ').map(str::to_owned).collect();
    Some(Family::new(provider, client_id.to_owned(), persona, scopes))
}

fn key(secret: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())
}

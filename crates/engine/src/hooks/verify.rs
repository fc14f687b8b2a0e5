//! Whether a notice comes from its provider, by the recipe of the description.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hilum_model::Time;
use hilum_providers::spec::{Encoding, Hash, Hmac, Key, Signed};
use reqwest::header::HeaderMap;
use serde_json::Value;
use subtle::ConstantTimeEq;

use crate::ProviderConfig;

/// Why a notice is not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// What it is verified with is not configured.
    Unconfigured,
    /// It has no signature, a wrong one, or one that is too old.
    Wrong,
}

/// The text of a header.
pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Verifies an HMAC over the raw body.
pub(super) fn hmac(
    recipe: &Hmac,
    provider: &ProviderConfig,
    headers: &HeaderMap,
    body: &[u8],
    now: Time,
) -> Result<(), Refusal> {
    let secret = match recipe.key {
        Key::ClientSecret => provider.client_secret.expose().clone(),
        Key::ClientSecretAmpersand => format!("{}&", provider.client_secret.expose()),
        Key::Setting(name) => provider.settings.get(name).ok_or(Refusal::Unconfigured)?.expose().clone(),
    };
    if secret.is_empty() {
        return Err(Refusal::Unconfigured);
    }
    let sent = header(headers, recipe.header).ok_or(Refusal::Wrong)?;
    let mut message = Vec::with_capacity(body.len() + 32);
    let (sent, stamp) = match recipe.signed {
        Signed::Body => (sent, recipe.timestamp),
        Signed::TimestampBody => {
            let (name, _) = recipe.timestamp.ok_or(Refusal::Wrong)?;
            message.extend_from_slice(header(headers, name).ok_or(Refusal::Wrong)?.as_bytes());
            (sent, recipe.timestamp)
        }
        Signed::TDotBody => {
            let part = |name: &str| sent.split(',').find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='));
            let (t, v1) = (part("t").ok_or(Refusal::Wrong)?, part("v1").ok_or(Refusal::Wrong)?);
            fresh(t, 1000, recipe.tolerance_s, now)?;
            message.extend_from_slice(t.as_bytes());
            message.push(b'.');
            (v1, None)
        }
    };
    if let Some((name, unit_ms)) = stamp {
        fresh(header(headers, name).ok_or(Refusal::Wrong)?, unit_ms, recipe.tolerance_s, now)?;
    }
    message.extend_from_slice(body);
    let tag = match recipe.encoding {
        Encoding::Hex => hex::decode(sent.trim()).map_err(|_| Refusal::Wrong)?,
        Encoding::Base64 => STANDARD.decode(sent.trim()).map_err(|_| Refusal::Wrong)?,
    };
    let algorithm = match recipe.hash {
        Hash::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        Hash::Sha256 => hmac::HMAC_SHA256,
    };
    hmac::verify(&hmac::Key::new(algorithm, secret.as_bytes()), &message, &tag).map_err(|_| Refusal::Wrong)
}

/// A timestamp that is not too far from now, in either direction.
fn fresh(stamp: &str, unit_ms: i64, tolerance_s: u32, now: Time) -> Result<(), Refusal> {
    let at: i64 = stamp.trim().parse().map_err(|_| Refusal::Wrong)?;
    let at = Time(at.checked_mul(unit_ms).ok_or(Refusal::Wrong)?);
    let near = now.0.checked_sub(at.0).is_some_and(|age| age.unsigned_abs() <= u64::from(tolerance_s) * 1000);
    if near { Ok(()) } else { Err(Refusal::Wrong) }
}

/// A value that equals a setting.
pub(super) fn equals_setting(provider: &ProviderConfig, setting: &str, sent: Option<&str>) -> Result<(), Refusal> {
    let right = provider.settings.get(setting).filter(|right| !right.expose().is_empty());
    let right = right.ok_or(Refusal::Unconfigured)?;
    let same = sent.is_some_and(|sent| sent.as_bytes().ct_eq(right.expose().as_bytes()).into());
    if same { Ok(()) } else { Err(Refusal::Wrong) }
}

/// A value of the body that equals a setting.
pub(super) fn body_token(
    provider: &ProviderConfig,
    pointer: &str,
    setting: &str,
    body: Option<&Value>,
) -> Result<(), Refusal> {
    let sent = body.and_then(|body| body.pointer(pointer)).and_then(hilum_providers::spec::id_text);
    equals_setting(provider, setting, sent.as_deref())
}

#[cfg(test)]
mod tests {
    use hilum_model::Secret;

    use super::*;
    use crate::testing::{PLAIN, provider_config};

    const BODY: &[u8] = b"what do ya want for nothing?";
    /// RFC 4231, test case 2, and RFC 2202, test case 2 (key `Jefe`).
    const SHA256: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    const SHA1: &str = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";

    fn provider() -> ProviderConfig {
        ProviderConfig {
            client_secret: Secret::new("Jefe".to_owned()),
            ..provider_config(&PLAIN, "http://127.0.0.1:9")
        }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().expect("name"), value.parse().expect("value"))).collect()
    }

    fn recipe() -> Hmac {
        Hmac {
            hash: Hash::Sha256,
            key: Key::ClientSecret,
            signed: Signed::Body,
            encoding: Encoding::Hex,
            header: "x-signature",
            timestamp: None,
            tolerance_s: 300,
        }
    }

    #[test]
    fn known_answers() {
        let (provider, now) = (provider(), Time::from_unix_s(1_000_000));
        let ok = |recipe: &Hmac, sent: &str| hmac(recipe, &provider, &headers(&[("x-signature", sent)]), BODY, now);
        assert_eq!(ok(&recipe(), SHA256), Ok(()));
        assert_eq!(ok(&recipe(), &SHA256.to_uppercase()), Ok(()));
        assert_eq!(ok(&Hmac { hash: Hash::Sha1, ..recipe() }, SHA1), Ok(()));
        let base64 = STANDARD.encode(hex::decode(SHA256).expect("hex"));
        assert_eq!(ok(&Hmac { encoding: Encoding::Base64, ..recipe() }, &base64), Ok(()));
        for wrong in ["", "zz", &SHA256[..62], &SHA256.replace('5', "6"), SHA1] {
            assert_eq!(ok(&recipe(), wrong), Err(Refusal::Wrong), "{wrong}");
        }
        assert_eq!(hmac(&recipe(), &provider, &HeaderMap::new(), BODY, now), Err(Refusal::Wrong), "none");
        let other = hmac(&recipe(), &provider, &headers(&[("x-signature", SHA256)]), b"another body", now);
        assert_eq!(other, Err(Refusal::Wrong));
        let setting = Hmac { key: Key::Setting("webhook_key"), ..recipe() };
        assert_eq!(ok(&setting, SHA256), Err(Refusal::Unconfigured));
    }

    fn sign(key: &str, message: &str) -> String {
        hex::encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), message.as_bytes()))
    }

    #[test]
    fn timestamps_are_part_of_what_is_signed_and_must_be_near() {
        let (provider, now) = (provider(), Time::from_unix_s(1_000_000));
        let ms = Hmac { signed: Signed::TimestampBody, timestamp: Some(("x-time", 1)), ..recipe() };
        let dotted = Hmac { signed: Signed::TDotBody, ..recipe() };
        for (s, near) in [(999_700_i64, true), (1_000_300, true), (999_699, false), (1_000_301, false), (0, false)] {
            let stamp = (s * 1000).to_string();
            let tag = sign("Jefe", &format!("{stamp}{{}}"));
            let sent = headers(&[("x-signature", &tag), ("x-time", &stamp)]);
            assert_eq!(hmac(&ms, &provider, &sent, b"{}", now).is_ok(), near, "{s}");
            let tag = sign("Jefe", &format!("{s}.{{}}"));
            let sent = headers(&[("x-signature", &format!("t={s},v1={tag}"))]);
            assert_eq!(hmac(&dotted, &provider, &sent, b"{}", now).is_ok(), near, "{s}");
        }
        // Another time than the one that was signed.
        let tag = sign("Jefe", "1000000000{}");
        let moved = headers(&[("x-signature", &tag), ("x-time", "1000000001")]);
        assert_eq!(hmac(&ms, &provider, &moved, b"{}", now), Err(Refusal::Wrong));
        for odd in ["t=1000000", "v1=00", "t=x,v1=00", ""] {
            assert_eq!(hmac(&dotted, &provider, &headers(&[("x-signature", odd)]), b"{}", now), Err(Refusal::Wrong));
        }
    }

    #[test]
    fn a_setting_that_is_not_configured_refuses_everything() {
        let mut provider = provider();
        let body = serde_json::json!({"token": "s3cret", "n": 7});
        assert_eq!(body_token(&provider, "/token", "word", Some(&body)), Err(Refusal::Unconfigured));
        provider.settings.insert("word".to_owned(), Secret::new(String::new()));
        assert_eq!(equals_setting(&provider, "word", Some("")), Err(Refusal::Unconfigured), "empty is not configured");
        provider.settings.insert("word".to_owned(), Secret::new("s3cret".to_owned()));
        assert_eq!(body_token(&provider, "/token", "word", Some(&body)), Ok(()));
        assert_eq!(body_token(&provider, "/n", "word", Some(&body)), Err(Refusal::Wrong));
        assert_eq!(body_token(&provider, "/none", "word", Some(&body)), Err(Refusal::Wrong));
        assert_eq!(body_token(&provider, "/token", "word", None), Err(Refusal::Wrong));
    }
}

//! Signatures by a provider's public key: ECDSA P-256 under a Tink key set.
//!
//! A signature is base64 of `0x01`, the key's number (four bytes, big endian) and a DER signature of the body (Tink's
//! output prefix). The key set is JSON; each key is a protocol-buffer message (`EcdsaPublicKey`: 3 = x, 4 = y).
//! Source: <https://developers.google.com/tink/wire-format>.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hilum_model::Time;
use serde_json::Value;

/// How long a key set is believed, ms.
const LIFE_MS: i64 = 86_400_000;
/// A key that is not known makes the set be fetched anew, at the most so often, ms.
const AGAIN_MS: i64 = 300_000;
/// Bytes of a coordinate.
const COORDINATE: usize = 32;
/// The type of key that is understood.
const TYPE_URL: &str = "type.googleapis.com/google.crypto.tink.EcdsaPublicKey";

/// Uncompressed points by number.
type Keys = HashMap<u32, Vec<u8>>;

/// Key sets by address.
#[derive(Debug, Default)]
pub(super) struct KeyCache(Mutex<HashMap<String, (Time, Keys)>>);

/// A signature, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Signature {
    key: u32,
    der: Vec<u8>,
}

impl Signature {
    /// From the header's text.
    pub(super) fn read(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.trim()).ok()?;
        let (prefix, der) = bytes.split_at_checked(5)?;
        let key = u32::from_be_bytes(prefix[1..].try_into().ok()?);
        (prefix[0] == 1 && !der.is_empty()).then(|| Self { key, der: der.to_vec() })
    }
}

/// What the cache says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// The signature is right.
    Right,
    /// It is not.
    Wrong,
    /// The key set has to be fetched to tell.
    Fetch,
}

impl KeyCache {
    /// Verifies with the keys at hand.
    pub(super) fn verify(&self, url: &str, signature: &Signature, body: &[u8], now: Time) -> Said {
        let sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((fetched, keys)) = sets.get(url) else { return Said::Fetch };
        let age = now.since_ms(*fetched);
        if !(0..LIFE_MS).contains(&age) {
            return Said::Fetch;
        }
        match keys.get(&signature.key) {
            Some(point) => {
                let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point);
                if key.verify(body, &signature.der).is_ok() { Said::Right } else { Said::Wrong }
            }
            None if age >= AGAIN_MS => Said::Fetch,
            None => Said::Wrong,
        }
    }

    /// Keeps a key set that was fetched.
    pub(super) fn keep(&self, url: &str, set: &Value, now: Time) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(url.to_owned(), (now, read_set(set)));
    }
}

/// The enabled keys of a set that are understood.
fn read_set(set: &Value) -> Keys {
    let key = |key: &Value| {
        let data = key.get("keyData")?;
        let understood = key.get("status")?.as_str() == Some("ENABLED")
            && data.get("typeUrl")?.as_str() == Some(TYPE_URL)
            && key.get("outputPrefixType")?.as_str() == Some("TINK");
        let number = u32::try_from(key.get("keyId")?.as_u64()?).ok()?;
        let message = STANDARD.decode(data.get("value")?.as_str()?).ok()?;
        understood.then(|| Some((number, point(&message)?)))?
    };
    set.get("key").and_then(Value::as_array).into_iter().flatten().filter_map(key).collect()
}

/// The uncompressed point of an `EcdsaPublicKey` message.
fn point(mut message: &[u8]) -> Option<Vec<u8>> {
    let (mut x, mut y) = (None, None);
    while !message.is_empty() {
        let tag = varint(&mut message)?;
        match tag & 7 {
            0 => {
                varint(&mut message)?;
            }
            2 => {
                let length = usize::try_from(varint(&mut message)?).ok()?;
                let (field, rest) = message.split_at_checked(length)?;
                message = rest;
                match tag >> 3 {
                    3 => x = Some(field),
                    4 => y = Some(field),
                    _ => {}
                }
            }
            _ => return None,
        }
    }
    let mut out = vec![4];
    for coordinate in [x?, y?] {
        // Big endian, of any length: leading zeros may be there or be missing.
        let zeros = coordinate.iter().take_while(|byte| **byte == 0).count();
        let digits = &coordinate[zeros..];
        out.resize(out.len() + COORDINATE.checked_sub(digits.len())?, 0);
        out.extend_from_slice(digits);
    }
    Some(out)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
pub(super) mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
    use serde_json::json;

    use super::*;

    /// A key of number 7 that signs as Google does.
    pub(in crate::hooks) struct Signer(EcdsaKeyPair);

    impl Signer {
        pub(in crate::hooks) fn new() -> Self {
            let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
            Self(key)
        }
        pub(in crate::hooks) fn sign(&self, body: &[u8]) -> String {
            let mut bytes = vec![1, 0, 0, 0, 7];
            bytes.extend_from_slice(self.0.sign(&SystemRandom::new(), body).expect("signs").as_ref());
            STANDARD.encode(bytes)
        }
        pub(in crate::hooks) fn set(&self) -> Value {
            let point = self.0.public_key().as_ref();
            // version (field 1) = 0, params (field 2) = {2, 2, 2}, x with the leading zero that Java writes, y.
            let mut message = vec![0x08, 0, 0x12, 6, 0x08, 3, 0x10, 2, 0x18, 2, 0x1a, 33, 0];
            message.extend_from_slice(&point[1..33]);
            message.extend_from_slice(&[0x22, 32]);
            message.extend_from_slice(&point[33..65]);
            json!({"primaryKeyId": 7, "key": [{
                "keyData": {"typeUrl": TYPE_URL, "value": STANDARD.encode(message), "keyMaterialType": "ASYMMETRIC_PUBLIC"},
                "status": "ENABLED", "keyId": 7, "outputPrefixType": "TINK"
            }]})
        }
    }

    #[test]
    fn keys_are_fetched_once_and_anew_for_an_unknown_number() {
        let (signer, cache) = (Signer::new(), KeyCache::default());
        let at = |s: i64| Time::from_unix_s(1_000_000 + s);
        let right = Signature::read(&signer.sign(b"body")).expect("reads");
        assert_eq!(cache.verify("u", &right, b"body", at(0)), Said::Fetch);
        cache.keep("u", &signer.set(), at(0));
        assert_eq!(cache.verify("u", &right, b"body", at(0)), Said::Right);
        assert_eq!(cache.verify("u", &right, b"bodY", at(0)), Said::Wrong);
        let unknown = Signature { key: 8, der: right.der.clone() };
        assert_eq!(cache.verify("u", &unknown, b"body", at(299)), Said::Wrong, "not at each attempt");
        assert_eq!(cache.verify("u", &unknown, b"body", at(300)), Said::Fetch);
        assert_eq!(cache.verify("u", &right, b"body", at(86_400)), Said::Fetch, "a day old");
        let other = Signer::new();
        let forged = Signature::read(&other.sign(b"body")).expect("reads");
        assert_eq!(cache.verify("u", &forged, b"body", at(1)), Said::Wrong);
    }

    #[test]
    fn odd_signatures_and_sets_are_left_out() {
        for odd in ["", "AQ==", "AgAAAAcwAA==", "not base64!", "AQAAAAc="] {
            assert_eq!(Signature::read(odd), None, "{odd}");
        }
        let mut disabled = Signer::new().set();
        disabled["key"][0]["status"] = json!("DISABLED");
        for set in [json!({}), json!({"key": [{}]}), json!({"key": [{"keyId": "x"}]}), disabled] {
            assert!(read_set(&set).is_empty(), "{set}");
        }
        assert_eq!(point(&[0x1a, 200, 1]), None, "cut off");
        assert_eq!(point(&[0x1a, 1, 1]), None, "no y");
    }
}

//! The sandbox's own P-256 key and its public half as a Tink key set, as Google publishes its keys.

use aws_lc_rs::agreement;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hilum_model::Random;
use hilum_model::world::random_bytes;
use serde_json::{Value, json};

/// A key pair with its number.
#[derive(Debug)]
pub(crate) struct Keys(Option<Pair>);

#[derive(Debug)]
struct Pair {
    key: EcdsaKeyPair,
    id: u32,
    /// Uncompressed point: 0x04, x and y of 32 bytes each.
    point: Vec<u8>,
}

impl Keys {
    /// A pair from random bytes: the same for the same bytes.
    pub(crate) fn new(random: &dyn Random) -> Self {
        Self(pair(random_bytes::<32>(random), u32::from_be_bytes(random_bytes::<4>(random)) | 1))
    }

    /// Base64 of Tink's prefix (0x01 and the key's number, big endian) and a DER signature of the body.
    pub(crate) fn sign(&self, body: &[u8]) -> Option<String> {
        let Pair { key, id, .. } = self.0.as_ref()?;
        let signature = key.sign(&SystemRandom::new(), body).ok()?;
        Some(STANDARD.encode([&[1_u8][..], &id.to_be_bytes(), signature.as_ref()].concat()))
    }

    /// The key set (<https://developers.google.com/tink/design/keysets>, JSON form).
    pub(crate) fn set(&self) -> Value {
        let Some(Pair { id, point, .. }) = &self.0 else {
            return json!({"primaryKeyId": 0, "key": []});
        };
        // `google.crypto.tink.EcdsaPublicKey`: field 2 the parameters (SHA-256, P-256, DER), 3 and 4 the point. A
        // leading zero keeps the numbers positive, as Tink writes them.
        let number = |tag: u8, digits: &[u8]| [&[tag, 33, 0][..], digits].concat();
        let proto = [&[0x12, 6, 8, 3, 16, 2, 24, 2][..], &number(0x1a, &point[1..33]), &number(0x22, &point[33..])];
        json!({
            "primaryKeyId": id,
            "key": [{
                "keyData": {
                    "typeUrl": "type.googleapis.com/google.crypto.tink.EcdsaPublicKey",
                    "value": STANDARD.encode(proto.concat()),
                    "keyMaterialType": "ASYMMETRIC_PUBLIC",
                },
                "status": "ENABLED",
                "keyId": id,
                "outputPrefixType": "TINK",
            }],
        })
    }
}

/// The pair of a private number; `None` if it is none of the curve's (one in 2^32 is not).
fn pair(private: [u8; 32], id: u32) -> Option<Pair> {
    let half = agreement::PrivateKey::from_private_key(&agreement::ECDH_P256, &private).ok()?;
    let point = half.compute_public_key().ok()?.as_ref().to_vec();
    let key = EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_ASN1_SIGNING, &private, &point).ok()?;
    Some(Pair { key, id, point })
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
    use hilum_model::world::SeededRandom;

    use super::*;

    #[test]
    fn what_is_signed_verifies_with_the_key_set() {
        let keys = Keys::new(&SeededRandom::new(9));
        let set = keys.set();
        let signed = STANDARD.decode(keys.sign(b"{}").expect("signed")).expect("base64");
        let id = set["primaryKeyId"].as_u64().expect("a number") as u32;
        assert_eq!((signed[0], &signed[1..5]), (1, &id.to_be_bytes()[..]));
        let value = set["key"][0]["keyData"]["value"].as_str().expect("text");
        let proto = STANDARD.decode(value).expect("base64");
        // 2 + 6 bytes of parameters, then twice a tag, a length and 33 bytes.
        assert_eq!((proto.len(), &proto[..8]), (78, &[0x12, 6, 8, 3, 16, 2, 24, 2][..]));
        let point = [&[4_u8][..], &proto[11..43], &proto[46..78]].concat();
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &point);
        assert!(public.verify(b"{}", &signed[5..]).is_ok());
        assert!(public.verify(b"{ }", &signed[5..]).is_err());
        assert_eq!(set, Keys::new(&SeededRandom::new(9)).set(), "the same from the same bytes");
    }
}

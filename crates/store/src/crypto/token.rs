//! Short messages that callers hold for us: encrypted, so that nothing in them can be read, and bound to what they are for,
//! so that a changed or foreign one does not open.
//!
//! AES-256-GCM-SIV without a nonce of its own: the same message for the same thing is the same text each time, so that
//! answers that carry one can be compared by their entity tags. That two texts are equal is all that anybody learns.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::StoreError;

/// The key of such messages.
pub(crate) struct TokenKey(LessSafeKey);

impl TokenKey {
    /// From key bytes.
    pub(crate) fn new(bytes: &[u8; 32]) -> Result<Self, StoreError> {
        let key = UnboundKey::new(&AES_256_GCM_SIV, bytes)
            .map_err(|_| StoreError::Key("a key is not usable for AES-256-GCM-SIV".to_owned()))?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Encrypts a message for `context`.
    pub(crate) fn seal(&self, context: &[u8], message: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut text = message.to_vec();
        self.0
            .seal_in_place_append_tag(nonce(), Aad::from(context), &mut text)
            .map_err(|_| StoreError::Key("encryption failed".to_owned()))?;
        Ok(text)
    }

    /// The message, if the text was made for this `context` and is unchanged.
    pub(crate) fn open(&self, context: &[u8], text: &[u8]) -> Option<Vec<u8>> {
        let mut message = text.to_vec();
        let length = self.0.open_in_place(nonce(), Aad::from(context), &mut message).ok()?.len();
        message.truncate(length);
        Some(message)
    }
}

fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_unchanged_and_for_what_it_was_made() {
        let key = TokenKey::new(&[1; 32]).expect("key");
        let text = key.seal(b"list", b"place").expect("seals");
        assert_eq!(text, key.seal(b"list", b"place").expect("seals"), "the same each time");
        assert_eq!(key.open(b"list", &text).as_deref(), Some(&b"place"[..]));
        assert_eq!(key.open(b"lisu", &text), None);
        assert_eq!(TokenKey::new(&[2; 32]).expect("key").open(b"list", &text), None);
        for length in 0..text.len() {
            assert_eq!(key.open(b"list", &text[..length]), None, "cut to {length}");
        }
        for place in 0..text.len() {
            let mut changed = text.clone();
            changed[place] ^= 1;
            assert_eq!(key.open(b"list", &changed), None, "byte {place}");
        }
        assert!(!text.windows(5).any(|w| w == b"place"), "it is encrypted");
    }
}

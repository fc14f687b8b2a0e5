//! AES-256-GCM over one value, bound to the place where it is stored.
//!
//! A blob is: version (1 byte, 1), key id (4 bytes, big endian), nonce (12 random bytes), ciphertext, tag (16 bytes).
//! The additional data name the table, the column and the key of the row, so that a ciphertext that is moved to
//! another row or column does not open.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use hilum_model::{Random, Secret};
use serde::{Serialize, de::DeserializeOwned};

use crate::StoreError;

/// Version of the blob format.
const VERSION: u8 = 1;
/// Version, key id, nonce.
const HEADER: usize = 1 + 4 + NONCE_LEN;
/// Bytes by which a blob is longer than what it seals.
pub(crate) const OVERHEAD: usize = HEADER + 16;

/// Where a value is stored.
pub(crate) struct Place {
    name: &'static str,
    bytes: Vec<u8>,
}

impl Place {
    /// A column, as `table.column`.
    pub(crate) fn new(name: &'static str) -> Self {
        let mut bytes = Vec::with_capacity(96);
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(0);
        Self { name, bytes }
    }
    /// A part of the row's key.
    pub(crate) fn id(mut self, id: &[u8]) -> Self {
        self.bytes.extend_from_slice(&(id.len() as u64).to_be_bytes());
        self.bytes.extend_from_slice(id);
        self
    }
    /// A part of the row's key that is a number.
    pub(crate) fn int(self, number: i64) -> Self {
        self.id(&number.to_be_bytes())
    }
}

/// A key ready for use.
pub(crate) struct Sealer {
    id: u32,
    key: LessSafeKey,
}

impl Sealer {
    /// From key bytes; `id` is written into every blob.
    pub(crate) fn new(id: u32, key: &Secret<[u8; 32]>) -> Result<Self, StoreError> {
        let key = UnboundKey::new(&AES_256_GCM, key.expose())
            .map_err(|_| StoreError::Key("a key is not usable for AES-256-GCM".to_owned()))?;
        Ok(Self { id, key: LessSafeKey::new(key) })
    }

    /// The id in its blobs.
    pub(crate) const fn id(&self) -> u32 {
        self.id
    }

    /// Encrypts.
    pub(crate) fn seal(&self, random: &dyn Random, place: &Place, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let mut blob = Vec::with_capacity(HEADER + plain.len() + AES_256_GCM.tag_len());
        blob.push(VERSION);
        blob.extend_from_slice(&self.id.to_be_bytes());
        blob.extend_from_slice(&nonce);
        blob.extend_from_slice(plain);
        let tag = self
            .key
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(&place.bytes),
                &mut blob[HEADER..],
            )
            .map_err(|_| StoreError::Key("encryption failed".to_owned()))?;
        blob.extend_from_slice(tag.as_ref());
        Ok(blob)
    }

    /// Decrypts; fails if one bit is not as it was sealed, here.
    pub(crate) fn open(&self, place: &Place, blob: &[u8]) -> Result<Vec<u8>, StoreError> {
        let damaged = || StoreError::Damaged(place.name);
        if key_id(blob) != Some(self.id) {
            return Err(damaged());
        }
        let (header, body) = blob.split_at_checked(HEADER).ok_or_else(damaged)?;
        let nonce = Nonce::try_assume_unique_for_key(&header[5..]).map_err(|_| damaged())?;
        let mut body = body.to_vec();
        let length = self.key.open_in_place(nonce, Aad::from(&place.bytes), &mut body).map_err(|_| damaged())?.len();
        body.truncate(length);
        Ok(body)
    }

    /// Encrypts a value as JSON.
    pub(crate) fn seal_json(
        &self,
        random: &dyn Random,
        place: &Place,
        value: &impl Serialize,
    ) -> Result<Vec<u8>, StoreError> {
        let text = serde_json::to_vec(value).map_err(|_| StoreError::Damaged(place.name))?;
        self.seal(random, place, &text)
    }

    /// Decrypts JSON.
    pub(crate) fn open_json<T: DeserializeOwned>(&self, place: &Place, blob: &[u8]) -> Result<T, StoreError> {
        serde_json::from_slice(&self.open(place, blob)?).map_err(|_| StoreError::Damaged(place.name))
    }

    /// Decrypts text.
    pub(crate) fn open_text(&self, place: &Place, blob: &[u8]) -> Result<String, StoreError> {
        String::from_utf8(self.open(place, blob)?).map_err(|_| StoreError::Damaged(place.name))
    }

    /// Decrypts a key.
    pub(crate) fn open_key(&self, place: &Place, blob: &[u8]) -> Result<Secret<[u8; 32]>, StoreError> {
        let bytes = Secret::new(self.open(place, blob)?);
        let key = bytes.expose().as_slice().try_into().map_err(|_| StoreError::Damaged(place.name))?;
        Ok(Secret::new(key))
    }
}

/// The id of the key that sealed a blob; `None` when it is not a blob of a known version.
pub(crate) fn key_id(blob: &[u8]) -> Option<u32> {
    let (version, rest) = blob.split_first()?;
    let id = rest.first_chunk::<4>()?;
    (*version == VERSION).then(|| u32::from_be_bytes(*id))
}

#[cfg(test)]
mod tests {
    use hilum_model::world::SeededRandom;

    use super::*;

    fn sealer(id: u32, byte: u8) -> Sealer {
        Sealer::new(id, &Secret::new([byte; 32])).expect("key")
    }

    #[test]
    fn opens_only_what_was_sealed_there() {
        let random = SeededRandom::new(1);
        let key = sealer(7, 1);
        let place = Place::new("t.c").id(b"row").int(3);
        let blob = key.seal(&random, &place, b"secret").expect("seals");
        assert_eq!(blob.len(), 1 + 4 + 12 + 6 + 16);
        assert_eq!(key_id(&blob), Some(7));
        assert!(!blob.windows(6).any(|w| w == b"secret"));
        assert_eq!(key.open(&place, &blob).expect("opens"), b"secret");
        for other in [
            Place::new("t.d").id(b"row").int(3),
            Place::new("t.c").id(b"rov").int(3),
            Place::new("t.c").id(b"row").int(4),
            Place::new("t.c").id(b"row"),
        ] {
            assert!(matches!(key.open(&other, &blob), Err(StoreError::Damaged(_))));
        }
        assert!(sealer(7, 2).open(&place, &blob).is_err());
        assert!(sealer(8, 1).open(&place, &blob).is_err());
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let random = SeededRandom::new(2);
        let key = sealer(1, 1);
        let place = Place::new("t.c");
        let blob = key.seal(&random, &place, b"x").expect("seals");
        for bit in 0..blob.len() * 8 {
            let mut bad = blob.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(key.open(&place, &bad).is_err(), "bit {bit}");
        }
        for length in 0..blob.len() {
            assert!(key.open(&place, &blob[..length]).is_err(), "cut to {length}");
        }
    }

    #[test]
    fn equal_plaintexts_look_different() {
        let random = SeededRandom::new(3);
        let place = Place::new("t.c");
        let key = sealer(1, 1);
        let (a, b) = (key.seal(&random, &place, b"x").expect("a"), key.seal(&random, &place, b"x").expect("b"));
        assert_ne!(a, b);
    }
}

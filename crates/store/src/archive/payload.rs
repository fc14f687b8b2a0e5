//! One payload on its way into the archive: what its parser was told, and its bytes, compressed.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use hilum_model::Time;
use serde::{Deserialize, Serialize};

use crate::sha256;

/// Bytes of a payload at the most; a longer one is not kept. No answer and no post that is taken in is longer.
pub const LARGEST: usize = 64 * 1024 * 1024;

/// How a payload came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// A page of a stream: the answer to a request, or pushed by the provider.
    Page,
    /// The detail of an item with that record key.
    Detail(String),
    /// A post of an app on a phone.
    Post,
    /// A batch of an SDK.
    Batch,
    /// The provider's word that a record is deleted, as JSON with `kind` and `key`.
    Deletion,
}

impl Door {
    /// The stored number.
    pub(super) const fn number(&self) -> i64 {
        match self {
            Self::Page => 1,
            Self::Detail(_) => 2,
            Self::Post => 3,
            Self::Batch => 4,
            Self::Deletion => 5,
        }
    }

    pub(super) fn from_number(number: i64, item: Option<String>) -> Option<Self> {
        match number {
            1 => Some(Self::Page),
            2 => item.map(Self::Detail),
            3 => Some(Self::Post),
            4 => Some(Self::Batch),
            5 => Some(Self::Deletion),
            _ => None,
        }
    }

    fn item(&self) -> Option<&String> {
        match self {
            Self::Detail(item) => Some(item),
            Self::Page | Self::Post | Self::Batch | Self::Deletion => None,
        }
    }
}

/// What is sealed beside the bytes.
#[derive(Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) item: Option<String>,
    pub(super) time_zone: Option<String>,
}

/// A payload that is to be kept. Cheap to clone.
#[derive(Clone)]
pub struct Payload {
    pub(super) door: Door,
    pub(super) stream: String,
    /// SHA-256 of what was asked for.
    pub(super) slot: [u8; 32],
    /// SHA-256 of what came.
    pub(super) print: [u8; 32],
    pub(super) received: Time,
    /// Length of the head (4 bytes, big endian), head, compressed bytes.
    pub(super) packed: Arc<[u8]>,
}

impl std::fmt::Debug for Payload {
    /// Without the bytes: they are health data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Payload({}, {} bytes packed)", self.stream, self.packed.len())
    }
}

impl Payload {
    /// The bytes that came by a door for a stream, with what its parser is told: when they came and the person's zone.
    /// `request` tells what was asked for: answers to the same are compared, and kept once while they do not change.
    /// `None` when there is nothing to keep, or more than [`LARGEST`].
    pub fn new(
        door: Door,
        stream: &str,
        request: &str,
        (received, time_zone): (Time, Option<&str>),
        body: &[u8],
    ) -> Option<Self> {
        if body.is_empty() || body.len() > LARGEST {
            return None;
        }
        let head = Head { item: door.item().cloned(), time_zone: time_zone.map(str::to_owned) };
        let head = serde_json::to_vec(&head).ok()?;
        let slot = serde_json::json!([door.number(), stream, door.item(), request]).to_string();
        let print = sha256(&[sha256(&head), sha256(body)].concat());
        let mut packed = Vec::with_capacity(64 + body.len() / 4);
        packed.extend_from_slice(&u32::try_from(head.len()).ok()?.to_be_bytes());
        packed.extend_from_slice(&head);
        let mut encoder = DeflateEncoder::new(packed, Compression::fast());
        encoder.write_all(body).ok()?;
        let packed = encoder.finish().ok()?;
        let slot = sha256(slot.as_bytes());
        Some(Self { door, stream: stream.to_owned(), slot, print, received, packed: packed.into() })
    }
}

/// Head and bytes of what was packed.
pub(super) fn unpack(packed: &[u8]) -> Option<(Head, Vec<u8>)> {
    let (length, rest) = packed.split_first_chunk::<4>()?;
    let (head, compressed) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    let mut body = Vec::new();
    DeflateDecoder::new(compressed).take(LARGEST as u64 + 1).read_to_end(&mut body).ok()?;
    Some((serde_json::from_slice(head).ok()?, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Time = Time(1_000);

    fn payload(door: Door, request: &str, zone: Option<&str>, body: &[u8]) -> Payload {
        Payload::new(door, "sleep", request, (AT, zone), body).expect("kept")
    }

    #[test]
    fn packs_and_unpacks() {
        let body = br#"{"data":[1,2,3]}"#.repeat(1000);
        let packed = payload(Door::Detail("w1".to_owned()), "?a", Some("Europe/Berlin"), &body).packed;
        assert!(packed.len() < body.len() / 20, "{} bytes", packed.len());
        let (head, back) = unpack(&packed).expect("unpacks");
        assert_eq!((head.item.as_deref(), head.time_zone.as_deref()), (Some("w1"), Some("Europe/Berlin")));
        assert_eq!(back, body);
        assert!(unpack(&packed[..3]).is_none() && unpack(&packed[..packed.len() - 1]).is_none(), "cut");
    }

    #[test]
    fn what_was_asked_and_what_came_tell_payloads_apart() {
        let one = payload(Door::Page, "?a", None, b"x");
        let same = payload(Door::Page, "?a", None, b"x");
        assert_eq!((one.slot, one.print), (same.slot, same.print));
        let other_body = payload(Door::Page, "?a", None, b"y");
        assert!(other_body.slot == one.slot && other_body.print != one.print);
        let other_zone = payload(Door::Page, "?a", Some("Asia/Tokyo"), b"x");
        assert!(other_zone.slot == one.slot && other_zone.print != one.print);
        for other in [payload(Door::Page, "?b", None, b"x"), payload(Door::Detail("?a".to_owned()), "?a", None, b"x")] {
            assert_ne!(other.slot, one.slot);
        }
    }

    #[test]
    fn nothing_and_too_much_is_not_kept() {
        let keep = |body: &[u8]| Payload::new(Door::Post, "push", "", (AT, None), body).is_some();
        assert!(!keep(b"") && keep(b"x"));
        assert!(!keep(&vec![0; LARGEST + 1]) && keep(&vec![0; LARGEST]));
    }
}

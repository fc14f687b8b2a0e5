//! The key file `keys.json`: the keys under which everything else is sealed.
//!
//! ```json
//! {"version": 1, "active": 1, "keys": [{"id": 1, "key": "<64 hex>"}], "index": "<64 hex>"}
//! ```
//! New blobs are sealed with the active key; older keys stay as long as blobs of theirs exist. `index` is the key of
//! look-up hashes and record ids; it never changes, because what it made is stored and shown.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use aws_lc_rs::hmac;
use hilum_model::{Random, Secret, world::random_bytes};
use serde::{Deserialize, Serialize};

use super::seal::key_id;
use super::{Place, Sealer};
use crate::StoreError;

/// Name within the data directory.
pub(crate) const FILE: &str = "keys.json";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    version: u32,
    active: u32,
    keys: Vec<KeyEntry>,
    index: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyEntry {
    id: u32,
    key: String,
}

/// The opened key file.
pub(crate) struct KeyRing {
    active: u32,
    sealers: Vec<Sealer>,
    index: hmac::Key,
}

impl KeyRing {
    /// Makes a new key file. If another process was faster, its file stands; what is on disk is what counts.
    pub(crate) fn create(dir: &Path, random: &dyn Random) -> Result<(), StoreError> {
        let fresh = || hex::encode(random_bytes::<32>(random));
        let file = KeyFile { version: 1, active: 1, keys: vec![KeyEntry { id: 1, key: fresh() }], index: fresh() };
        let text = serde_json::to_string_pretty(&file)
            .map_err(|_| StoreError::Key("the new key file could not be written".to_owned()))?;
        let path = dir.join(FILE);
        let part = dir.join(format!("{FILE}.{}.tmp", hex::encode(random_bytes::<8>(random))));
        let io = |source| StoreError::Io { what: "creation of the key file".to_owned(), source };
        let written = write_private(&part, text.as_bytes()).and_then(|()| match fs::hard_link(&part, &path) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        });
        // The link stands or it does not; the partial name is of no use either way.
        let removed = fs::remove_file(&part);
        written.and(removed).map_err(io)?;
        File::open(dir).and_then(|d| d.sync_all()).map_err(io)
    }

    /// Reads the key file; refuses one that others may read.
    pub(crate) fn load(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(FILE);
        let bad = |what: &str| StoreError::Key(format!("{}: {what}", path.display()));
        let io = |source| StoreError::Io { what: path.display().to_string(), source };
        refuse_shared(&path)?;
        let text = Secret::new(fs::read_to_string(&path).map_err(io)?);
        // The parser's own message could quote a key.
        let file: KeyFile = serde_json::from_str(text.expose()).map_err(|_| bad("is malformed"))?;
        if file.version != 1 {
            return Err(bad("is of a version that this program does not know"));
        }
        let decode = |text: String| {
            let text = Secret::new(text);
            let mut key = [0; 32];
            hex::decode_to_slice(text.expose(), &mut key)
                .map_err(|_| bad("holds a key that is not 64 hex characters"))?;
            Ok::<_, StoreError>(Secret::new(key))
        };
        let mut sealers: Vec<Sealer> = Vec::new();
        for entry in file.keys {
            if sealers.iter().any(|s| s.id() == entry.id) {
                return Err(bad("holds two keys of one id"));
            }
            sealers.push(Sealer::new(entry.id, &decode(entry.key)?)?);
        }
        if !sealers.iter().any(|s| s.id() == file.active) {
            return Err(bad("does not hold its active key"));
        }
        let index = decode(file.index)?;
        Ok(Self { active: file.active, sealers, index: hmac::Key::new(hmac::HMAC_SHA256, index.expose()) })
    }

    /// Seals with the active key.
    pub(crate) fn seal(&self, random: &dyn Random, place: &Place, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.sealer(self.active)
            .ok_or_else(|| StoreError::Key("the active key is missing".to_owned()))?
            .seal(random, place, plain)
    }

    /// Opens with the key that the blob names.
    pub(crate) fn open(&self, place: &Place, blob: &[u8]) -> Result<Secret<Vec<u8>>, StoreError> {
        let sealer = self.by_blob(blob)?;
        sealer.open(place, blob).map(Secret::new)
    }

    /// Opens a key with the key that the blob names.
    pub(crate) fn open_key(&self, place: &Place, blob: &[u8]) -> Result<Secret<[u8; 32]>, StoreError> {
        self.by_blob(blob)?.open_key(place, blob)
    }

    /// HMAC-SHA256 under a key that is derived from the index key for `purpose`.
    pub(crate) fn mac(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let derived = hmac::sign(&self.index, purpose.as_bytes());
        let key = hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref());
        let mut context = hmac::Context::with_key(&key);
        for part in parts {
            // Lengths before parts: ("ab", "c") and ("a", "bc") must differ.
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut out = [0; 32];
        out.copy_from_slice(context.sign().as_ref());
        out
    }

    fn by_blob(&self, blob: &[u8]) -> Result<&Sealer, StoreError> {
        let id = key_id(blob).ok_or(StoreError::Damaged("key id"))?;
        self.sealer(id).ok_or_else(|| StoreError::Key(format!("key {id} is not in the key file")))
    }

    fn sealer(&self, id: u32) -> Option<&Sealer> {
        self.sealers.iter().find(|s| s.id() == id)
    }
}

/// Writes a file that only its owner can read, down to the disk.
fn write_private(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

#[cfg(unix)]
fn refuse_shared(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt;
    let io = |source| StoreError::Io { what: path.display().to_string(), source };
    let mode = fs::metadata(path).map_err(io)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(StoreError::Key(format!(
            "{}: mode {:03o} lets others read it; run chmod 600",
            path.display(),
            mode & 0o777
        )));
    }
    Ok(())
}

/// Other systems have no such mode; the directory's own protection has to do.
#[cfg(not(unix))]
fn refuse_shared(_path: &Path) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use hilum_model::world::SeededRandom;

    use super::*;

    #[test]
    fn a_second_creation_keeps_the_first_file() {
        let dir = tempfile::tempdir().expect("directory");
        KeyRing::create(dir.path(), &SeededRandom::new(1)).expect("first");
        let first = fs::read(dir.path().join(FILE)).expect("file");
        KeyRing::create(dir.path(), &SeededRandom::new(2)).expect("second");
        assert_eq!(fs::read(dir.path().join(FILE)).expect("file"), first);
        assert_eq!(fs::read_dir(dir.path()).expect("list").count(), 1, "no partial file is left");
    }

    #[test]
    fn macs_depend_on_purpose_and_on_where_parts_end() {
        let dir = tempfile::tempdir().expect("directory");
        KeyRing::create(dir.path(), &SeededRandom::new(1)).expect("creates");
        let ring = KeyRing::load(dir.path()).expect("loads");
        let a = ring.mac("p", &[b"ab", b"c"]);
        assert_eq!(a, ring.mac("p", &[b"ab", b"c"]));
        assert_ne!(a, ring.mac("q", &[b"ab", b"c"]));
        assert_ne!(a, ring.mac("p", &[b"a", b"bc"]));
    }

    #[test]
    fn blobs_of_an_older_key_still_open() {
        let dir = tempfile::tempdir().expect("directory");
        let random = SeededRandom::new(1);
        KeyRing::create(dir.path(), &random).expect("creates");
        let place = Place::new("t.c");
        let old = KeyRing::load(dir.path()).expect("loads").seal(&random, &place, b"x").expect("seals");
        let path = dir.path().join(FILE);
        let mut file: KeyFile = serde_json::from_slice(&fs::read(&path).expect("file")).expect("json");
        file.keys.push(KeyEntry { id: 2, key: "ab".repeat(32) });
        file.active = 2;
        fs::write(&path, serde_json::to_vec(&file).expect("json")).expect("writes");
        let ring = KeyRing::load(dir.path()).expect("loads");
        assert_eq!(ring.open(&place, &old).expect("opens").expose(), b"x");
        let new = ring.seal(&random, &place, b"y").expect("seals");
        assert_eq!((key_id(&old), key_id(&new)), (Some(1), Some(2)));
    }

    #[test]
    fn malformed_files_are_refused_without_quoting_them() {
        let dir = tempfile::tempdir().expect("directory");
        let path = dir.path().join(FILE);
        write_private(&path, b"").expect("writes");
        let key = "ab".repeat(32);
        for text in [
            String::new(),
            format!("{{\"version\":1,\"active\":1,\"keys\":[{{\"id\":1,\"key\":\"{key}\"}}]}}"),
            format!("{{\"version\":2,\"active\":1,\"keys\":[{{\"id\":1,\"key\":\"{key}\"}}],\"index\":\"{key}\"}}"),
            format!("{{\"version\":1,\"active\":2,\"keys\":[{{\"id\":1,\"key\":\"{key}\"}}],\"index\":\"{key}\"}}"),
            format!("{{\"version\":1,\"active\":1,\"keys\":[{{\"id\":1,\"key\":\"{key}00\"}}],\"index\":\"{key}\"}}"),
            format!(
                "{{\"version\":1,\"active\":1,\"keys\":[{{\"id\":1,\"key\":\"{key}\"}},{{\"id\":1,\"key\":\"{key}\"}}],\"index\":\"{key}\"}}"
            ),
        ] {
            fs::write(&path, &text).expect("writes");
            match KeyRing::load(dir.path()) {
                Err(StoreError::Key(message)) => assert!(!message.contains("abab"), "{message}"),
                Err(other) => panic!("{other}"),
                Ok(_) => panic!("accepted {text}"),
            }
        }
    }
}

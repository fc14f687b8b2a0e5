//! Telling a restored backup from the database that was here before.
//!
//! Where refresh tokens rotate, each is used once: a backup that is older than the last refresh holds tokens that were
//! used up since, and a provider that sees one again may end the whole grant. So the database counts rotations, and a
//! small file beside it, which no backup needs, says how far the count had come. A database that is behind its file, of
//! another epoch, or without one, is a copy from before: what was obtained until then is not refreshed until the operator
//! says so. Each copy that was found begins an epoch of its own.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use hilum_model::{Random, Time, world::random_bytes};
use rusqlite::params;

use crate::db::{Conn, statements};
use crate::{Store, StoreError};

statements! {
    GET = "SELECT value FROM meta WHERE name = $1";
    PUT = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    DELETE = "DELETE FROM meta WHERE name = $1";
}

const FILE: &str = "hilum.rotations";

/// Names in `meta`.
const EPOCH: &str = "epoch";
const ROTATIONS: &str = "rotations";
const RESTORED: &str = "restored_at";

/// How far a database has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    epoch: [u8; 16],
    rotations: i64,
}

impl Mark {
    /// Always of the same length, so that it can be written over.
    fn text(self) -> String {
        format!("{} {:019}\n", hex::encode(self.epoch), self.rotations)
    }

    fn parse(text: &str) -> Option<Self> {
        let (epoch, rotations) = text.trim_end().split_once(' ')?;
        let mut mark = Self { epoch: [0; 16], rotations: rotations.parse().ok()? };
        hex::decode_to_slice(epoch, &mut mark.epoch).ok()?;
        Some(mark)
    }

    fn stored(conn: Conn<'_>) -> Result<Option<Self>, StoreError> {
        let Some(epoch) = conn.one(GET, [EPOCH], |row| Ok(row.get::<_, [u8; 16]>(0)?))? else { return Ok(None) };
        let rotations = number(conn, ROTATIONS)?.ok_or(StoreError::Damaged("meta.value"))?;
        Ok(Some(Self { epoch, rotations }))
    }

    fn put(self, conn: Conn<'_>) -> Result<(), StoreError> {
        conn.run(PUT, params![EPOCH, self.epoch])?;
        conn.run(PUT, params![ROTATIONS, self.rotations.to_be_bytes()])?;
        Ok(())
    }
}

/// The file.
#[derive(Debug)]
pub(crate) struct MarkFile {
    path: PathBuf,
    written: Mutex<Option<Mark>>,
}

impl MarkFile {
    pub(crate) fn new(dir: &Path) -> Self {
        Self { path: dir.join(FILE), written: Mutex::new(None) }
    }

    /// What it says. A file that says nothing readable counts as none.
    pub(crate) fn read(&self) -> Result<Option<Mark>, StoreError> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(Mark::parse(&text)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidData) => Ok(None),
            Err(source) => Err(self.io(source)),
        }
    }

    /// Writes over what it said, unless that is further. Not forced to disk: a file that lags behind its database does no
    /// harm, and one that was written over in place is never empty.
    pub(crate) fn write(&self, mark: Mark) -> Result<(), StoreError> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if written.is_some_and(|last| last.epoch == mark.epoch && last.rotations >= mark.rotations) {
            return Ok(());
        }
        let mut options = File::options();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let first = written.is_none();
        let done = options.open(&self.path).and_then(|mut file| {
            file.write_all(mark.text().as_bytes())?;
            if first { file.sync_all() } else { Ok(()) }
        });
        done.map_err(|source| self.io(source))?;
        *written = Some(mark);
        Ok(())
    }

    fn io(&self, source: std::io::Error) -> StoreError {
        StoreError::Io { what: self.path.display().to_string(), source }
    }
}

/// Looks whether this database is the one that the file speaks of; `seen` was read before the transaction began, so that a
/// running server is not taken for a copy. Returns what the file has to say once the transaction is committed.
pub(crate) fn check(
    conn: Conn<'_>,
    file: &MarkFile,
    seen: Option<Mark>,
    random: &dyn Random,
    now: Time,
) -> Result<Mark, StoreError> {
    let stored = Mark::stored(conn)?;
    if let (Some(stored), Some(seen)) = (stored, seen)
        && stored.epoch == seen.epoch
        && stored.rotations >= seen.rotations
    {
        return Ok(stored);
    }
    let fresh = Mark { epoch: random_bytes(random), rotations: 0 };
    fresh.put(conn)?;
    if stored.is_some() {
        conn.run(PUT, params![RESTORED, now.0.to_be_bytes()])?;
    } else {
        // A new database. Were its first commit there before the file, dying in between would make it a copy.
        file.write(fresh)?;
    }
    Ok(fresh)
}

/// Counts a refresh, in its transaction. The file follows once that is committed.
pub(crate) fn count(conn: Conn<'_>) -> Result<Mark, StoreError> {
    let mark = Mark::stored(conn)?.ok_or(StoreError::Damaged("meta.value"))?;
    let mark = Mark { rotations: mark.rotations + 1, ..mark };
    mark.put(conn)?;
    Ok(mark)
}

fn number(conn: Conn<'_>, name: &str) -> Result<Option<i64>, StoreError> {
    conn.one(GET, [name], |row| Ok(i64::from_be_bytes(row.get(0)?)))
}

impl Store {
    /// When a database was opened here that is older than the last use of its refresh tokens, as after restoring a backup;
    /// `None` if it never was, or the operator has accepted it. Grants obtained until then are not to be refreshed where
    /// refresh tokens rotate.
    pub fn restored_at(&self) -> Result<Option<Time>, StoreError> {
        Ok(self.read(|conn| number(conn, RESTORED))?.map(Time))
    }

    /// The operator accepts that refresh tokens of a restored backup may have been used up. `false` if there was nothing to
    /// accept.
    pub async fn accept_restored(&self) -> Result<bool, StoreError> {
        self.write(|conn, _| Ok(conn.run(DELETE, [RESTORED])? > 0)).await
    }
}

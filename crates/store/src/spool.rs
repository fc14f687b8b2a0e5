//! Uploaded files while they wait and are read: one file each in the folder `imports` of the data directory, sealed by the
//! person's key in segments of 64 KiB, each bound to person, import and place. So a file is written as it comes in and read
//! from anywhere, and is noise once the person is erased.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hilum_model::{HumanId, ImportId};

use crate::crypto::{OVERHEAD, Place, Sealer};
use crate::store::Context;
use crate::{Store, StoreError, dir};

/// The folder within the data directory.
const FOLDER: &str = "imports";
/// Bytes of a segment before it is sealed.
const SEGMENT: usize = 64 * 1024;
/// Bytes of a whole segment in the file.
const SEALED: u64 = (SEGMENT + OVERHEAD) as u64;

/// What writer and reader share.
struct Sealed {
    file: File,
    path: PathBuf,
    key: Arc<Sealer>,
    human: HumanId,
    import: ImportId,
}

impl Sealed {
    fn place(&self, segment: u64) -> Place {
        let number = i64::try_from(segment).unwrap_or(i64::MAX);
        Place::new("imports file").id(&self.human.0).id(&self.import.0).int(number)
    }

    fn io<T>(&self, result: io::Result<T>) -> Result<T, StoreError> {
        result.map_err(io_error(&self.path))
    }

    /// Reads and opens a segment of so many sealed bytes.
    fn open(&mut self, segment: u64, bytes: usize) -> Result<Vec<u8>, StoreError> {
        let mut blob = vec![0; bytes];
        let read = self.file.seek(SeekFrom::Start(segment * SEALED)).and_then(|_| self.file.read_exact(&mut blob));
        self.io(read)?;
        self.key.open(&self.place(segment), &blob)
    }
}

/// Takes an upload in, or goes on with one.
pub struct SpoolWriter {
    sealed: Sealed,
    context: Arc<Context>,
    /// Whole segments written.
    segments: u64,
    /// What has not made a segment yet.
    pending: Vec<u8>,
}

impl std::fmt::Debug for SpoolWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SpoolWriter").field("length", &self.length()).finish_non_exhaustive()
    }
}

impl SpoolWriter {
    /// Bytes taken in so far.
    pub fn length(&self) -> u64 {
        self.segments * SEGMENT as u64 + self.pending.len() as u64
    }

    /// Takes bytes in. Blocks.
    pub fn write(&mut self, mut bytes: &[u8]) -> Result<(), StoreError> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(SEGMENT - self.pending.len()));
            self.pending.extend_from_slice(now);
            bytes = later;
            if self.pending.len() == SEGMENT {
                self.put()?;
                self.segments += 1;
                self.pending.clear();
            }
        }
        Ok(())
    }

    /// Writes the rest and waits until all is on disk; gives the bytes taken in. Blocks.
    pub fn finish(mut self) -> Result<u64, StoreError> {
        if !self.pending.is_empty() {
            self.put()?;
        }
        self.sealed.io(self.sealed.file.sync_all())?;
        Ok(self.length())
    }

    fn put(&mut self) -> Result<(), StoreError> {
        let place = self.sealed.place(self.segments);
        let blob = self.sealed.key.seal(self.context.vault.random(), &place, &self.pending)?;
        let at = SeekFrom::Start(self.segments * SEALED);
        let written = self.sealed.file.seek(at).and_then(|_| self.sealed.file.write_all(&blob));
        self.sealed.io(written)
    }
}

/// Reads an upload from anywhere. What does not open as it was sealed is an error of kind `Other`.
pub struct SpoolReader {
    sealed: Sealed,
    /// Bytes of the file in clear, and of its sealed form.
    length: u64,
    stored: u64,
    at: u64,
    /// The segment opened last.
    segment: Option<(u64, Vec<u8>)>,
}

impl std::fmt::Debug for SpoolReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SpoolReader").field("length", &self.length).finish_non_exhaustive()
    }
}

impl SpoolReader {
    /// Bytes of the file.
    pub const fn length(&self) -> u64 {
        self.length
    }
}

impl Read for SpoolReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.length {
            return Ok(0);
        }
        let number = self.at / SEGMENT as u64;
        if self.segment.as_ref().is_none_or(|(known, _)| *known != number) {
            let bytes = usize::try_from((self.stored - number * SEALED).min(SEALED)).map_err(io::Error::other)?;
            self.segment = Some((number, self.sealed.open(number, bytes).map_err(io::Error::other)?));
        }
        let open = self.segment.as_ref().map_or(&[][..], |(_, open)| open);
        let within = usize::try_from(self.at % SEGMENT as u64).map_err(io::Error::other)?;
        let rest = open.get(within..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for SpoolReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

impl Store {
    /// Opens the file of an upload to take more in; makes it if it is not there. What a crash left half written is dropped.
    /// Blocks. Fails with `NotFound` when the person is gone.
    pub fn spool_writer(&self, human: HumanId, import: ImportId) -> Result<SpoolWriter, StoreError> {
        dir::create(&self.dir.join(FOLDER))?;
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut sealed = self.sealed(human, import, &options)?;
        let stored = sealed.io(sealed.file.metadata())?.len();
        let segments = stored / SEALED;
        let rest = usize::try_from(stored % SEALED).unwrap_or(0);
        // What was not yet whole comes back, to be written again with what follows it.
        let pending = if rest > OVERHEAD { sealed.open(segments, rest).unwrap_or_default() } else { Vec::new() };
        sealed.io(sealed.file.set_len(segments * SEALED))?;
        Ok(SpoolWriter { sealed, context: self.context.clone(), segments, pending })
    }

    /// Opens an uploaded file to be read. Blocks. Fails with `NotFound` when the person is gone, `Io` when the file is.
    pub fn spool_reader(&self, human: HumanId, import: ImportId) -> Result<SpoolReader, StoreError> {
        let sealed = self.sealed(human, import, File::options().read(true))?;
        let stored = sealed.io(sealed.file.metadata())?.len();
        let rest = stored % SEALED;
        let last = rest.saturating_sub(OVERHEAD as u64);
        let length = stored / SEALED * SEGMENT as u64 + last;
        Ok(SpoolReader { sealed, length, stored, at: 0, segment: None })
    }

    /// Bytes of an upload that are here; 0 when nothing is. Those that a request under way brings count when it ends.
    pub fn spooled_bytes(&self, import: ImportId) -> Result<u64, StoreError> {
        let path = self.spool_path(import);
        match fs::metadata(&path) {
            Ok(found) => {
                let rest = (found.len() % SEALED).saturating_sub(OVERHEAD as u64);
                Ok(found.len() / SEALED * SEGMENT as u64 + rest)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
            Err(error) => Err(io_error(&path)(error)),
        }
    }

    /// Removes an uploaded file, if it is there.
    pub fn remove_spool(&self, import: ImportId) -> Result<(), StoreError> {
        let path = self.spool_path(import);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(io_error(&path)(error)),
            _ => Ok(()),
        }
    }

    /// Every uploaded file that is there.
    pub fn spooled(&self) -> Result<Vec<ImportId>, StoreError> {
        let folder = self.dir.join(FOLDER);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(io_error(&folder)(error)),
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.map_err(io_error(&folder))?;
            found.extend(entry.file_name().to_str().and_then(|name| name.parse::<ImportId>().ok()));
        }
        Ok(found)
    }

    fn spool_path(&self, import: ImportId) -> PathBuf {
        self.dir.join(FOLDER).join(import.to_string())
    }

    fn sealed(&self, human: HumanId, import: ImportId, options: &fs::OpenOptions) -> Result<Sealed, StoreError> {
        let key = self.read(|conn| self.context.vault.person(conn, human))?;
        let path = self.spool_path(import);
        let file = options.open(&path).map_err(io_error(&path))?;
        Ok(Sealed { file, path, key, human, import })
    }
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let what = path.display().to_string();
    |source| StoreError::Io { what, source }
}

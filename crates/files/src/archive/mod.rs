//! Zip archives, read with distrust: sizes are counted whatever the directory claims, names are only looked at, nothing
//! is ever unpacked to disk. Format: PKWARE APPNOTE 6.3.10, <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>.
//!
//! An archive that is cut off has lost its directory, which stands at the end; its members are then found one after the
//! other by their own headers, so that what arrived can still be read.

mod directory;
mod member;
#[cfg(test)]
mod tests;
mod walk;

use std::io::{Read, Seek, SeekFrom};

use crate::error::FileError;
use crate::limits::Limits;

pub(crate) use member::Member;

/// What an archive begins with: a member, or, if it is empty, its directory's end.
pub(crate) const MAGIC: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
/// Bytes of a member's own header before its name.
const LOCAL: u64 = 30;

/// A member as the archive describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The name, for comparison only: never a path.
    pub name: String,
    /// 0 is stored, 8 is deflate.
    method: u16,
    flags: u16,
    /// Bytes in the archive; without a directory possibly those that are left of it.
    pub packed: u64,
    /// CRC-32 and bytes of the decompressed content; `None` where the archive is cut off.
    check: Option<(u32, u64)>,
    /// Offset of the member's own header.
    header: u64,
}

/// An archive.
pub(crate) struct Archive<R> {
    input: R,
    entries: Vec<Entry>,
    cut_off: bool,
    limits: Limits,
    /// Bytes decompressed so far, over all members.
    unpacked: u64,
}

impl<R: Read + Seek> Archive<R> {
    /// Reads the directory; without one, finds the members by their own headers.
    pub(crate) fn new(mut input: R, limits: &Limits) -> Result<Self, FileError> {
        let (entries, cut_off) = match directory::read(&mut input, limits)? {
            Some(entries) => (entries, false),
            None => (walk::members(&mut input, limits)?, true),
        };
        Ok(Self { input, entries, cut_off, limits: *limits, unpacked: 0 })
    }

    /// The members that are files, in the order of the archive.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether the archive has lost its end.
    pub(crate) const fn is_cut_off(&self) -> bool {
        self.cut_off
    }

    /// The first bytes of a member, at most `length`.
    pub(crate) fn head(&mut self, index: usize, length: usize) -> Result<Vec<u8>, FileError> {
        let mut head = Vec::with_capacity(length);
        let read = self.open(index)?.take(length as u64).read_to_end(&mut head);
        match read.map_err(|error| FileError::from_io(error, 0)) {
            Ok(_) | Err(FileError::Truncated { .. }) => Ok(head),
            Err(error) => Err(error),
        }
    }

    /// Opens a member for reading from its start.
    pub(crate) fn open(&mut self, index: usize) -> Result<Member<'_, R>, FileError> {
        let entry = self.entries.get(index).ok_or(FileError::Malformed { what: "no such member", at: 0 })?;
        let at = entry.header;
        if entry.flags & 1 != 0 {
            return Err(FileError::Encrypted);
        }
        let local = read_at::<{ LOCAL as usize }, _>(&mut self.input, at)?;
        if local[..4] != *MAGIC[0] {
            return Err(FileError::Malformed { what: "no header of a member", at });
        }
        let start = at + LOCAL + u64::from(u16_at(&local, 26)) + u64::from(u16_at(&local, 28));
        seek(&mut self.input, start)?;
        Member::new(&mut self.input, entry, start, &mut self.unpacked, &self.limits)
    }
}

/// Goes to a place of the archive.
fn seek(input: &mut impl Seek, to: u64) -> Result<(), FileError> {
    input.seek(SeekFrom::Start(to)).map(|_| ()).map_err(FileError::Io)
}

/// Reads so many bytes at a place.
fn read_at<const N: usize, R: Read + Seek>(input: &mut R, at: u64) -> Result<[u8; N], FileError> {
    let mut bytes = [0; N];
    seek(input, at)?;
    input.read_exact(&mut bytes).map_err(|error| FileError::from_io(error, at))?;
    Ok(bytes)
}

/// A little-endian number; 0 where there are not enough bytes.
fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).and_then(|b| b.try_into().ok()).map_or(0, u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes)
}

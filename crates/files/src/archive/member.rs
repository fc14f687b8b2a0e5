//! The content of one member, bounded and checked.

use std::io::{self, BufReader, Read, Take};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::Entry;
use crate::error::FileError;
use crate::limits::Limits;

/// Bytes that a member may unpack to before the ratio is looked at.
const RATIO_FROM: u64 = 4 << 20;

/// Reads a member. Fails when the archive unpacks to more than allowed, and at the member's end when it is not what
/// the directory says.
pub(crate) struct Member<'a, R> {
    content: Content<'a, R>,
    entry: &'a Entry,
    /// Offset of the content in the archive.
    start: u64,
    here: u64,
    crc: Crc,
    unpacked: &'a mut u64,
    limits: &'a Limits,
}

enum Content<'a, R> {
    Stored(Take<&'a mut R>),
    Deflated(DeflateDecoder<BufReader<Take<&'a mut R>>>),
}

impl<'a, R: Read> Member<'a, R> {
    /// Reads the member whose content begins where the input stands.
    pub(super) fn new(
        input: &'a mut R,
        entry: &'a Entry,
        start: u64,
        unpacked: &'a mut u64,
        limits: &'a Limits,
    ) -> Result<Self, FileError> {
        let packed = input.take(entry.packed);
        let content = match entry.method {
            0 => Content::Stored(packed),
            8 => Content::Deflated(DeflateDecoder::new(BufReader::with_capacity(1 << 16, packed))),
            _ => return Err(FileError::Compression),
        };
        Ok(Self { content, entry, start, here: 0, crc: Crc::new(), unpacked, limits })
    }

    /// Refuses what grows too much.
    fn grown(&mut self, bytes: u64) -> Result<(), FileError> {
        self.here += bytes;
        *self.unpacked += bytes;
        if *self.unpacked > self.limits.unpacked {
            return Err(FileError::TooLarge { limit: self.limits.unpacked });
        }
        let packed = match &self.content {
            Content::Stored(_) => self.here,
            Content::Deflated(stream) => stream.total_in(),
        };
        measured(packed, self.here, self.limits)
    }

    /// At the end of the content: is it what the directory says?
    fn ended(&self) -> Result<(), FileError> {
        let Some((crc, length)) = self.entry.check else {
            // Without a directory a stored member's end cannot be told from a cut; deflate knows its end.
            return Ok(());
        };
        if self.here < length {
            return Err(FileError::Truncated { at: self.here });
        }
        if self.here != length || self.crc.sum() != crc {
            return Err(FileError::Malformed { what: "checksum of a member", at: self.start });
        }
        Ok(())
    }
}

/// Refuses a member that grows to absurdly more than it takes in the archive, or beyond what an archive may have.
pub(super) fn measured(packed: u64, unpacked: u64, limits: &Limits) -> Result<(), FileError> {
    if unpacked > RATIO_FROM && unpacked / packed.max(1) > limits.ratio {
        return Err(FileError::Bomb);
    }
    if unpacked > limits.unpacked { Err(FileError::TooLarge { limit: limits.unpacked }) } else { Ok(()) }
}

impl<R: Read> Read for Member<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = match &mut self.content {
            Content::Stored(content) => content.read(buffer),
            Content::Deflated(content) => content.read(buffer),
        };
        match read {
            Ok(0) => {
                self.ended()?;
                Ok(0)
            }
            Ok(read) => {
                self.crc.update(&buffer[..read]);
                self.grown(read as u64)?;
                Ok(read)
            }
            Err(error) => Err(FileError::from_io(error, self.here).into()),
        }
    }
}

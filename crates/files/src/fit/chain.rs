//! Files in a row, each with its header and checksum.
//!
//! Source: the FIT protocol as its maker publishes it (<https://developer.garmin.com/fit/protocol/>): a header of 12 or 14
//! bytes, records, a checksum of two bytes; several files may follow one another.

use crate::error::FileError;

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// No FIT file at all.
    NotFit,
    /// Something else follows the last file.
    Trailing,
    /// The bytes are not those that were written.
    Checksum,
    /// A record that breaks the protocol.
    Malformed,
    /// Less than the header states.
    Truncated,
}

impl Flaw {
    /// As the crate's error; `at` is the place in the whole input.
    pub(super) const fn error(self, at: usize) -> FileError {
        let at = at as u64;
        match self {
            Self::NotFit => FileError::Unrecognised,
            Self::Trailing => FileError::Malformed { what: "something after the end of the last FIT file", at },
            Self::Checksum => FileError::Malformed { what: "a wrong checksum", at },
            Self::Malformed => FileError::Malformed { what: "a FIT record without a sound definition", at },
            Self::Truncated => FileError::Truncated { at },
        }
    }
}

/// One file of a chain.
#[derive(Debug, Clone, Copy)]
pub(super) struct File<'a> {
    /// The records, without header and checksum.
    pub(super) data: &'a [u8],
    /// Where the records begin in the whole input.
    pub(super) begins: usize,
    /// Whether the file is all there, as its header states.
    pub(super) complete: bool,
}

/// The files of a chain, one after another. Ends at the first fault.
#[derive(Debug)]
pub(super) struct Files<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Files<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, at: 0 }
    }

    fn take(&mut self, at: usize) -> Result<File<'a>, Flaw> {
        let bytes = std::mem::take(&mut self.rest);
        let not_fit = if at == 0 { Flaw::NotFit } else { Flaw::Trailing };
        let header = usize::from(*bytes.first().ok_or(not_fit)?);
        if !matches!(header, 12 | 14) || bytes.get(8..12) != Some(b".FIT") {
            return Err(not_fit);
        }
        let begins = at + header;
        let Some(head) = bytes.get(..header) else { return Ok(File { data: &[], begins, complete: false }) };
        if let Some(stated) = head.get(12..14) {
            let stated = u16::from_le_bytes([stated[0], stated[1]]);
            // Zero: the writer did not compute it.
            if stated != 0 && stated != crc(0, &head[..12]) {
                return Err(Flaw::Checksum);
            }
        }
        let stated = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        let body = &bytes[header..];
        let size = usize::try_from(stated).unwrap_or(usize::MAX);
        // A device that lost power has not come back to write the size.
        if size == 0 && body.len() > 2 {
            return Ok(File { data: body, begins, complete: false });
        }
        let Some((data, tail)) = body.split_at_checked(size) else {
            return Ok(File { data: body, begins, complete: false });
        };
        let Some((sum, rest)) = tail.split_at_checked(2) else { return Ok(File { data, begins, complete: false }) };
        if u16::from_le_bytes([sum[0], sum[1]]) != crc(0, &bytes[..header + size]) {
            return Err(Flaw::Checksum);
        }
        self.rest = rest;
        self.at = begins + size + 2;
        Ok(File { data, begins, complete: true })
    }
}

impl<'a> Iterator for Files<'a> {
    type Item = Result<File<'a>, FileError>;
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() && self.at > 0 {
            return None;
        }
        let at = self.at;
        // Whatever ends the chain, it is told once.
        self.at = at.max(1);
        Some(self.take(at).map_err(|flaw| flaw.error(at)))
    }
}

/// The protocol's checksum, CRC-16/ARC, continued from `crc`.
pub(super) fn crc(crc: u16, bytes: &[u8]) -> u16 {
    const TABLE: [u16; 16] = [
        0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401, 0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01,
        0x8801, 0x4400,
    ];
    bytes.iter().fold(crc, |crc, byte| {
        let low = (crc >> 4) ^ TABLE[usize::from((crc ^ u16::from(*byte)) & 15)];
        (low >> 4) ^ TABLE[usize::from((low ^ u16::from(*byte >> 4)) & 15)]
    })
}

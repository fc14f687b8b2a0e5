//! The directory at the end of an archive (APPNOTE 4.3.12 to 4.3.16).

use std::io::{Read, Seek, SeekFrom};

use super::{Entry, read_at, seek, u16_at, u32_at, u64_at};
use crate::error::FileError;
use crate::limits::Limits;

/// Bytes of the record at the very end, without its comment.
const END: usize = 22;
/// Bytes of the locator of the 64-bit end record, and of that record.
const LOCATOR: u64 = 20;
const END64: usize = 56;
/// Bytes of a directory row before its name.
const ROW: usize = 46;
/// Field of a row that holds its 64-bit numbers.
const EXTRA64: u16 = 1;

/// Where the directory is.
struct Directory {
    entries: u64,
    size: u64,
    start: u64,
}

/// The files in the directory; `None` if there is none, as in an archive that is cut off.
pub(super) fn read<R: Read + Seek>(input: &mut R, limits: &Limits) -> Result<Option<Vec<Entry>>, FileError> {
    let Some(Directory { entries, size, start }) = find(input)? else { return Ok(None) };
    if entries > limits.members as u64 {
        return Err(FileError::TooMany { what: "members", limit: limits.members as u64 });
    }
    if size > limits.directory {
        return Err(FileError::TooLong { what: "directory", limit: limits.directory });
    }
    seek(input, start)?;
    let mut rows = Vec::new();
    input.take(size).read_to_end(&mut rows).map_err(|error| FileError::from_io(error, start))?;
    let bad = |what, at: usize| FileError::Malformed { what, at: start.saturating_add(at as u64) };
    let mut found = Vec::new();
    let mut at = 0;
    for _ in 0..entries {
        let row = rows.get(at..at + ROW).filter(|row| row.starts_with(b"PK\x01\x02"));
        let row = row.ok_or_else(|| bad("the archive's directory", at))?;
        let name_end = at + ROW + usize::from(u16_at(row, 28));
        let extra_end = name_end + usize::from(u16_at(row, 30));
        let name = rows.get(at + ROW..name_end).ok_or_else(|| bad("the archive's directory", at))?;
        let extra = rows.get(name_end..extra_end).ok_or_else(|| bad("the archive's directory", at))?;
        let mut entry = Entry {
            name: String::from_utf8_lossy(name).into_owned(),
            flags: u16_at(row, 8),
            method: u16_at(row, 10),
            packed: u64::from(u32_at(row, 20)),
            check: Some((u32_at(row, 16), u64::from(u32_at(row, 24)))),
            header: u64::from(u32_at(row, 42)),
        };
        widen(&mut entry, extra);
        // The next row begins at least behind this one, so that the loop ends.
        at = extra_end + usize::from(u16_at(row, 32));
        if !name.ends_with(b"/") {
            found.push(entry);
        }
    }
    apart(&found, start)?;
    Ok(Some(found))
}

/// Takes the numbers that do not fit 32 bits from the row's extra field, where they stand in this order if at all.
pub(super) fn widen(entry: &mut Entry, mut extra: &[u8]) {
    while extra.len() >= 4 {
        let length = usize::from(u16_at(extra, 2)).min(extra.len() - 4);
        let (id, mut rest) = (u16_at(extra, 0), &extra[4..4 + length]);
        extra = &extra[4 + length..];
        if id != EXTRA64 {
            continue;
        }
        let mut take = |number: &mut u64| {
            if *number == u64::from(u32::MAX) && rest.len() >= 8 {
                *number = u64_at(rest, 0);
                rest = &rest[8..];
            }
        };
        if let Some((_, unpacked)) = &mut entry.check {
            take(unpacked);
        }
        take(&mut entry.packed);
        take(&mut entry.header);
    }
}

/// Refuses members that lie over each other or over the directory: so made archives unpack the same bytes many times.
fn apart(entries: &[Entry], directory: u64) -> Result<(), FileError> {
    let mut ranges: Vec<(u64, u64)> =
        entries.iter().map(|e| (e.header, e.header.saturating_add(super::LOCAL).saturating_add(e.packed))).collect();
    ranges.sort_unstable();
    ranges.push((directory, directory));
    if ranges.windows(2).any(|pair| pair[0].1 > pair[1].0) { Err(FileError::Bomb) } else { Ok(()) }
}

/// Finds the end record within the last 64 KiB.
fn find<R: Read + Seek>(input: &mut R) -> Result<Option<Directory>, FileError> {
    let total = input.seek(SeekFrom::End(0)).map_err(FileError::Io)?;
    let from = total.saturating_sub((END + usize::from(u16::MAX)) as u64);
    seek(input, from)?;
    let mut tail = Vec::new();
    input.take(total - from).read_to_end(&mut tail).map_err(FileError::Io)?;
    // The last record whose comment ends with the file is the one.
    let ends = |at: &usize| at + END + usize::from(u16_at(&tail, at + 20)) == tail.len();
    let Some(at) = memchr::memmem::rfind_iter(&tail, b"PK\x05\x06").find(ends) else { return Ok(None) };
    let end = &tail[at..];
    let directory = Directory {
        entries: u64::from(u16_at(end, 10)),
        size: u64::from(u32_at(end, 12)),
        start: u64::from(u32_at(end, 16)),
    };
    let wide = u16_at(end, 10) == u16::MAX || u32_at(end, 12) == u32::MAX || u32_at(end, 16) == u32::MAX;
    let here = from + at as u64;
    if !wide || here < LOCATOR {
        return Ok(Some(directory));
    }
    let locator = read_at::<{ LOCATOR as usize }, _>(input, here - LOCATOR)?;
    if !locator.starts_with(b"PK\x06\x07") {
        return Ok(Some(directory));
    }
    let at = u64_at(&locator, 8);
    let end = read_at::<END64, _>(input, at)?;
    if !end.starts_with(b"PK\x06\x06") {
        return Err(FileError::Malformed { what: "the archive's directory", at });
    }
    Ok(Some(Directory { entries: u64_at(&end, 32), size: u64_at(&end, 40), start: u64_at(&end, 48) }))
}

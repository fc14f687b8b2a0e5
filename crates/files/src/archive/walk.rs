//! Finding the members of an archive that has lost its directory, header by header (APPNOTE 4.3.7).

use std::io::{BufReader, Read, Seek, SeekFrom};

use super::{Entry, LOCAL, MAGIC, read_at, seek, u16_at, u32_at};
use crate::error::FileError;
use crate::limits::Limits;

/// Flag: the sizes stand behind the content, not before it.
const SIZES_BEHIND: u16 = 1 << 3;

/// The members until the archive breaks off. The last one may be cut off itself.
pub(super) fn members<R: Read + Seek>(input: &mut R, limits: &Limits) -> Result<Vec<Entry>, FileError> {
    let total = input.seek(SeekFrom::End(0)).map_err(FileError::Io)?;
    let (mut found, mut at) = (Vec::new(), 0);
    while at + LOCAL <= total {
        let local = read_at::<{ LOCAL as usize }, _>(input, at)?;
        if local[..4] != *MAGIC[0] {
            break;
        }
        if found.len() >= limits.members {
            return Err(FileError::TooMany { what: "members", limit: limits.members as u64 });
        }
        let mut name = vec![0; usize::from(u16_at(&local, 26))];
        if input.read_exact(&mut name).is_err() {
            break;
        }
        let start = at + LOCAL + name.len() as u64 + u64::from(u16_at(&local, 28));
        let (flags, method, stated) = (u16_at(&local, 6), u16_at(&local, 8), u32_at(&local, 18));
        let left = total.saturating_sub(start);
        let known = flags & SIZES_BEHIND == 0 && stated != u32::MAX;
        let packed = match known {
            true => u64::from(stated).min(left),
            // Where the content ends, only decompressing it tells.
            false if method == 8 && flags & 1 == 0 => deflated(input, start, left, limits)?,
            false => left,
        };
        if !name.ends_with(b"/") {
            let name = String::from_utf8_lossy(&name).into_owned();
            found.push(Entry { name, method, flags, packed, check: None, header: at });
        }
        at = start + packed;
        if !known && at < total {
            at = next(input, at)?.unwrap_or(total);
        }
    }
    Ok(found)
}

/// Bytes of the deflate stream that begins there.
fn deflated<R: Read + Seek>(input: &mut R, start: u64, left: u64, limits: &Limits) -> Result<u64, FileError> {
    seek(input, start)?;
    let mut stream = flate2::bufread::DeflateDecoder::new(BufReader::new(input.take(left)));
    let mut buffer = [0; 1 << 14];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(stream.total_in()),
            Ok(_) => super::member::measured(stream.total_in(), stream.total_out(), limits)?,
            // Where the archive is cut off; then everything that is left belongs to this member.
            Err(_) => return Ok(left),
        }
    }
}

/// The next member's header, a few bytes further: behind the sizes that follow a content (APPNOTE 4.3.9).
fn next<R: Read + Seek>(input: &mut R, at: u64) -> Result<Option<u64>, FileError> {
    seek(input, at)?;
    let mut behind = Vec::new();
    input.take(32).read_to_end(&mut behind).map_err(FileError::Io)?;
    Ok(memchr::memmem::find(&behind, MAGIC[0]).map(|found| at + found as u64))
}

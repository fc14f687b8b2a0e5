//! Archives of activity files and tables: what Garmin's "export original", Strava's bulk export (where files are also
//! gzipped) or a person with a zip tool makes. Each member is read by its own content; what is none is left alone.

use std::io::{Cursor, Read};

use flate2::read::GzDecoder;

use crate::archive::Archive;
use crate::detect::{self, Format, HEAD};
use crate::error::FileError;
use crate::input::Metered;
use crate::limits::Limits;
use crate::members::{self, Export};
use crate::out::Out;
use crate::position::Position;
use crate::{csv, fit, gpx, tcx};

/// Bytes that a gzipped member may unpack to; the archive's own limits do not see them.
const UNZIPPED: u64 = 1 << 30;
const GZIP: &[u8] = &[0x1F, 0x8B];

/// Whether a member with these first bytes is one that is read here.
pub(crate) fn is_member(head: &[u8]) -> bool {
    format_of(head).is_some()
}

fn format_of(head: &[u8]) -> Option<Format> {
    let mut unzipped = Vec::new();
    let head = if head.starts_with(GZIP) {
        // The end of the head cuts the stream; what comes before it is enough.
        let read = GzDecoder::new(head).take(HEAD as u64).read_to_end(&mut unzipped);
        if read.is_err() && unzipped.is_empty() {
            return None;
        }
        &unzipped
    } else {
        head
    };
    detect::of_head(head).filter(|format| matches!(format, Format::Fit | Format::Gpx | Format::Tcx | Format::Csv))
}

/// Reads an archive.
pub(crate) fn read(input: Metered<'_>, limits: &Limits, from: Position, out: &mut Out<'_>) -> Result<(), FileError> {
    let mut archive = Archive::new(input, limits)?;
    members::each(&mut archive, limits, from, out, &mut Files)
}

struct Files;

impl Export for Files {
    fn wants(&self, _: &str, _: &str) -> bool {
        true
    }

    fn read(&mut self, _: &str, input: &mut dyn Read, limits: &Limits, out: &mut Out<'_>) -> Result<(), FileError> {
        let mut head = Vec::with_capacity(HEAD);
        let read = input.take(HEAD as u64).read_to_end(&mut head);
        read.map_err(|error| FileError::from_io(error, head.len() as u64))?;
        let Some(format) = format_of(&head) else {
            out.leave_out("other files of the archive");
            return Ok(());
        };
        let gzipped = head.starts_with(GZIP);
        let whole = Cursor::new(head).chain(input);
        let mut whole: Box<dyn Read + '_> =
            if gzipped { Box::new(GzDecoder::new(whole).take(UNZIPPED)) } else { Box::new(whole) };
        match format {
            Format::Fit => fit::read(&mut whole, out),
            Format::Gpx => gpx::read(&mut whole, limits, out),
            Format::Tcx => tcx::read(&mut whole, limits, out),
            _ => csv::read(&mut whole, limits, out),
        }
    }
}

#[cfg(test)]
mod tests;

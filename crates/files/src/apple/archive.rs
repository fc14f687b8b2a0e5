//! `export.zip`: the document first, then tracks and electrocardiograms, told by their content, since folders and files
//! have translated names.

use super::document::Document;
use super::{ROOT, ecg, last_part, route};
use crate::archive::Archive;
use crate::detect::HEAD;
use crate::error::FileError;
use crate::input::Metered;
use crate::limits::Limits;
use crate::out::Out;
use crate::position::Position;
use crate::xml::{self, Xml};

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Document,
    Track,
    Ecg,
    /// A medical record, or the clinical document that repeats parts of the export.
    Medical,
    Other,
}

fn kind(head: &[u8]) -> Kind {
    match xml::root_name(head) {
        Some(ROOT) => Kind::Document,
        Some(route::ROOT) => Kind::Track,
        Some("ClinicalDocument") => Kind::Other,
        _ if head.trim_ascii_start().starts_with(b"{") && memchr::memmem::find(head, b"\"resourceType\"").is_some() => {
            Kind::Medical
        }
        _ if ecg::is_one(head) => Kind::Ecg,
        _ => Kind::Other,
    }
}

/// Reads an `export.zip`. The document is member 0, what belongs to it follows in the order of the archive. Workouts tell
/// to whom a track belongs, so the document is gone through again when a reading starts behind it.
pub(crate) fn read(input: Metered<'_>, limits: &Limits, from: Position, out: &mut Out<'_>) -> Result<(), FileError> {
    let mut archive = Archive::new(input, limits)?;
    let cut_off = archive.is_cut_off();
    let mut document = None;
    let mut others = Vec::new();
    for index in 0..archive.entries().len() {
        match kind(&archive.head(index, HEAD)?) {
            Kind::Document if document.is_none() => document = Some(index),
            Kind::Medical if from.member == 0 && from.offset == 0 => out.leave_out(super::MEDICAL),
            kind @ (Kind::Track | Kind::Ecg) => others.push((index, kind)),
            Kind::Document | Kind::Medical | Kind::Other => {}
        }
    }
    let lost = if cut_off { FileError::Truncated { at: from.total } } else { FileError::Unrecognised };
    let document = document.ok_or(lost)?;
    let until = if from.member == 0 { from.offset } else { u64::MAX };
    let mut reader = Document::new(out, limits, until);
    let ended = reader.read(&mut Xml::new(archive.open(document)?, limits)?);
    // The tracks of an archive that was cut off may all be there.
    if !(cut_off && matches!(ended, Err(FileError::Truncated { .. }))) {
        ended?;
    }
    let (sources, tracks) = reader.into_found();
    for (number, (index, kind)) in (1..).zip(others) {
        if number < from.member {
            continue;
        }
        out.reached(number, 0, 0);
        match kind {
            Kind::Track => {
                let track = tracks.get(last_part(&archive.entries()[index].name)).cloned();
                let read = route::read(archive.open(index)?, limits, track.as_ref(), &sources, out);
                alone(read, "track", out)?;
            }
            _ => match ecg::read(archive.open(index)?, limits) {
                Ok(Some(record)) => out.record(record)?,
                Ok(None) => out.reject("electrocardiogram: no time"),
                Err(error) => alone(Err(error), "electrocardiogram", out)?,
            },
        }
    }
    if cut_off { Err(FileError::Truncated { at: from.total }) } else { Ok(()) }
}

/// One damaged track is left out alone; what threatens the whole reading ends it.
fn alone(read: Result<(), FileError>, what: &str, out: &mut Out<'_>) -> Result<(), FileError> {
    match read {
        Err(FileError::Malformed { .. } | FileError::Truncated { .. } | FileError::TooLong { .. }) => {
            out.reject(&format!("{what}: damaged"));
            Ok(())
        }
        ended => ended,
    }
}

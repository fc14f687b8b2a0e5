//! Archives of many files, one after the other.

use std::io::{Read, Seek};

use crate::archive::Archive;
use crate::error::FileError;
use crate::limits::Limits;
use crate::out::Out;
use crate::position::Position;

/// What reads the files of one kind of export.
pub(crate) trait Export {
    /// Whether there is something to read in a file of this base name, in lower case, inside a folder of this path.
    fn wants(&self, folder: &str, name: &str) -> bool;
    /// Reads such a file.
    fn read(&mut self, name: &str, input: &mut dyn Read, limits: &Limits, out: &mut Out<'_>) -> Result<(), FileError>;
}

/// Goes over the members in the archive's order. A file that is damaged is counted and left where it breaks; the others
/// go on. An archive that is cut off ends with that, after what arrived.
pub(crate) fn each<R: Read + Seek>(
    archive: &mut Archive<R>,
    limits: &Limits,
    from: Position,
    out: &mut Out<'_>,
    export: &mut dyn Export,
) -> Result<(), FileError> {
    let mut cut = None;
    for index in 0..archive.entries().len() {
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        let entry = &archive.entries()[index];
        let (folder, name) = split(&entry.name);
        if number < from.member || !export.wants(&folder, &name) {
            out.skip(entry.packed);
            continue;
        }
        out.reached(number, 0, 0);
        let read = archive.open(index).and_then(|mut member| export.read(&name, &mut member, limits, out));
        match read {
            Ok(()) => {}
            Err(error @ FileError::Truncated { .. }) if archive.is_cut_off() => cut = Some(error),
            Err(
                FileError::Malformed { .. }
                | FileError::Truncated { .. }
                | FileError::TooLong { .. }
                | FileError::TooMany { .. }
                | FileError::Entity { .. }
                | FileError::Unrecognised,
            ) => out.reject("a file of the archive that is damaged or of another form"),
            Err(error) => return Err(error),
        }
    }
    out.reached(u32::try_from(archive.entries().len()).unwrap_or(u32::MAX), 0, 0);
    match cut {
        Some(error) => Err(error),
        None if archive.is_cut_off() => Err(FileError::Truncated { at: from.total }),
        None => Ok(()),
    }
}

/// The folder and the base name of a member, in lower case.
pub(crate) fn split(path: &str) -> (String, String) {
    let path = path.to_lowercase().replace('\\', "/");
    match path.rsplit_once('/') {
        Some((folder, name)) => (folder.to_owned(), name.to_owned()),
        None => (String::new(), path),
    }
}

/// Counts an item that is not understood, and goes on.
#[expect(clippy::unnecessary_wraps, reason = "the last expression of readers that can fail otherwise")]
pub(crate) fn rejected(out: &mut Out<'_>, what: &str) -> Result<(), FileError> {
    out.reject(what);
    Ok(())
}

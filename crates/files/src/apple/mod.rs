//! Apple Health exports: `export.xml`, alone or in the `export.zip` with tracks and electrocardiograms.
//!
//! What becomes what: quantities become samples or readings, as their metric is kept; rows of a night are joined to
//! sleeps, halves of a blood pressure to one, nutrients to meals; workouts, activity summaries and electrocardiograms
//! become records. Types that are not known are counted by name.

mod archive;
mod correlation;
mod day;
mod document;
mod ecg;
mod held;
mod made_up;
mod pairs;
mod route;
mod row;
mod sleep;
mod tell;
#[cfg(test)]
mod tests;
mod types;
mod values;
mod workout;

use std::io::{Seek, SeekFrom};

use hilum_model::Time;

use self::document::Document;
use crate::error::FileError;
use crate::input::Metered;
use crate::limits::Limits;
use crate::out::Out;
use crate::position::Position;
use crate::xml::{self, Xml};

pub(crate) use archive::read as read_archive;
pub use made_up::MadeUpExport;
pub use values::{health_unit, time as health_time};

/// The root element of an export.
pub(crate) const ROOT: &str = "HealthData";
/// What is left out until medical records are imported.
const MEDICAL: &str = "medical records";

/// Whether a member of an archive that begins so is a track that Apple Health wrote.
pub(crate) fn is_track(head: &[u8]) -> bool {
    xml::root_name(head) == Some(route::ROOT) && memchr::memmem::find(head, b"\"Apple Health Export\"").is_some()
}

/// Reads a bare `export.xml`.
pub(crate) fn read_xml(
    mut input: Metered<'_>,
    limits: &Limits,
    from: Position,
    out: &mut Out<'_>,
) -> Result<(), FileError> {
    let mut document = Document::new(out, limits, from.offset);
    if from.held == 0 {
        return document.read(&mut Xml::new(input, limits)?);
    }
    input.seek(SeekFrom::Start(from.held)).map_err(FileError::Io)?;
    document.skip(from.held);
    document.read(&mut Xml::resume(input, limits, from.held, 1))
}

/// The key of what a source says of a time.
fn key(start: Time, end: Time, source: &str) -> String {
    if end == start { format!("{}/{source}", start.0) } else { format!("{}-{}/{source}", start.0, end.0) }
}

/// The last part of a path inside an archive, to compare with another.
fn last_part(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

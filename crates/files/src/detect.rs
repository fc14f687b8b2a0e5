//! What a file is, told by its content and never by its name.

use std::io::{Read, Seek};

use crate::apple;
use crate::archive::{self, Archive};
use crate::bundle;
use crate::csv;
use crate::error::FileError;
use crate::fit;
use crate::genotypes;
use crate::gpx;
use crate::input::Input;
use crate::limits::Limits;
use crate::oura_export;
use crate::table;
use crate::takeout;
use crate::tcx;
use crate::timeline;
use crate::withings_export;
use crate::xml;

/// A kind of file that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Format {
    /// The `export.xml` of an iPhone's Health app.
    AppleHealth,
    /// The `export.zip` that the Health app makes.
    AppleHealthArchive,
    /// A FIT file of a watch, bicycle computer, scale or cuff.
    Fit,
    /// A GPX file with tracks.
    Gpx,
    /// A TCX file with activities.
    Tcx,
    /// Hilum's own table of readings (`docs/IMPORT.md`).
    Csv,
    /// An account archive of Fitbit, from Google Takeout or from Fitbit itself.
    FitbitArchive,
    /// Oura's account export, an archive of tables.
    OuraArchive,
    /// Oura's account export as one JSON document.
    OuraDocument,
    /// Withings' account export, an archive of tables.
    WithingsArchive,
    /// An archive of FIT, GPX and TCX files, also gzipped ones, and of Hilum's own tables.
    ActivityFiles,
    /// 23andMe's raw data.
    Genotypes,
    /// An archive with 23andMe's raw data.
    GenotypesArchive,
    /// A file of Google's timeline of places.
    Timeline,
    /// An archive with such files.
    TimelineArchive,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 15] = [
        Self::AppleHealth,
        Self::AppleHealthArchive,
        Self::Fit,
        Self::Gpx,
        Self::Tcx,
        Self::Csv,
        Self::FitbitArchive,
        Self::OuraArchive,
        Self::OuraDocument,
        Self::WithingsArchive,
        Self::ActivityFiles,
        Self::Genotypes,
        Self::GenotypesArchive,
        Self::Timeline,
        Self::TimelineArchive,
    ];

    /// The id of the source whose data it carries; `file` for forms that many programs write. An account's export is
    /// another source than the account that is connected by login, which is kept up to date.
    pub const fn source(self) -> &'static str {
        match self {
            Self::AppleHealth | Self::AppleHealthArchive => "apple_health",
            Self::FitbitArchive => "fitbit_export",
            Self::OuraArchive | Self::OuraDocument => "oura_export",
            Self::WithingsArchive => "withings_export",
            Self::Genotypes | Self::GenotypesArchive => "23andme",
            Self::Timeline | Self::TimelineArchive => "google_timeline",
            Self::Fit | Self::Gpx | Self::Tcx | Self::Csv | Self::ActivityFiles => "file",
        }
    }

    /// What people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::AppleHealth | Self::AppleHealthArchive => "Apple Health export",
            Self::Fit => "FIT file",
            Self::Gpx => "GPX file",
            Self::Tcx => "TCX file",
            Self::Csv => "Hilum table",
            Self::FitbitArchive => "Fitbit archive",
            Self::ActivityFiles => "archive of activity files",
            Self::WithingsArchive => "Withings export",
            Self::Genotypes | Self::GenotypesArchive => "23andMe raw data",
            Self::Timeline | Self::TimelineArchive => "Google timeline",
            Self::OuraArchive | Self::OuraDocument => "Oura export",
        }
    }
}

/// Bytes of a file or member that are looked at: enough for the DOCTYPE's name, the header of a FIT file, the first
/// line of a table.
pub(crate) const HEAD: usize = 4096;

pub(crate) fn detect(input: &mut dyn Input, limits: &Limits) -> Result<Format, FileError> {
    input.rewind().map_err(FileError::Io)?;
    let mut head = Vec::with_capacity(HEAD);
    input.take(HEAD as u64).read_to_end(&mut head).map_err(FileError::Io)?;
    input.rewind().map_err(FileError::Io)?;
    if !archive::MAGIC.iter().any(|magic| head.starts_with(magic)) {
        return of_head(&head).ok_or(FileError::Unrecognised);
    }
    let mut archive = Archive::new(&mut *input, limits)?;
    let found = of_archive(&mut archive);
    input.rewind().map_err(FileError::Io)?;
    found?.ok_or(FileError::Unrecognised)
}

/// The kind of a plain file with these first bytes.
pub(crate) fn of_head(head: &[u8]) -> Option<Format> {
    if fit::is_fit(head) {
        return Some(Format::Fit);
    }
    match xml::root_name(head) {
        Some(apple::ROOT) => Some(Format::AppleHealth),
        Some(gpx::ROOT) => Some(Format::Gpx),
        Some(tcx::ROOT) => Some(Format::Tcx),
        None if oura_export::is_document(head) => Some(Format::OuraDocument),
        None if timeline::is_document(head) => Some(Format::Timeline),
        None if genotypes::is_file(head) => Some(Format::Genotypes),
        None if csv::is_csv(&table::header_of(head)) => Some(Format::Csv),
        _ => None,
    }
}

/// The kind of an archive. Exports of many small files are told by the files' names, which are all that they have in
/// common; others by their members, the large ones first, for they tell the most.
fn of_archive<R: Read + Seek>(archive: &mut Archive<R>) -> Result<Option<Format>, FileError> {
    let names = || archive.entries().iter().map(|entry| entry.name.as_str());
    if takeout::is_export(names()) {
        return Ok(Some(Format::FitbitArchive));
    }
    if oura_export::is_export(names()) {
        return Ok(Some(Format::OuraArchive));
    }
    if withings_export::is_export(names()) {
        return Ok(Some(Format::WithingsArchive));
    }
    if timeline::is_export(names()) {
        return Ok(Some(Format::TimelineArchive));
    }
    let mut by_size: Vec<_> = archive.entries().iter().enumerate().map(|(i, e)| (e.packed, i)).collect();
    by_size.sort_unstable_by(|a, b| b.cmp(a));
    let mut activities = false;
    for (_, index) in by_size {
        let head = archive.head(index, HEAD)?;
        // A track of an export that lost its document is not taken for a workout of its own.
        if of_head(&head) == Some(Format::AppleHealth) || apple::is_track(&head) {
            return Ok(Some(Format::AppleHealthArchive));
        }
        if genotypes::is_file(&head) {
            return Ok(Some(Format::GenotypesArchive));
        }
        // An export of Apple's has tracks too, so the others are looked at all the same.
        activities = activities || bundle::is_member(&head);
    }
    Ok(activities.then_some(Format::ActivityFiles))
}

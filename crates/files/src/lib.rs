//! Files that people bring: exports of phones, watches and services, read as a stream of batches.
//!
//! One function, [`read()`], tells a file's format by its content, reads it in bounded memory whatever its size, and
//! hands over [`Delivery`]s: a batch of observations and the [`Position`] before which everything is delivered. Since
//! applying a batch is idempotent, a reader that starts again from any delivered position gives the same state.
//! What comes from outside is not trusted: [`Limits`] bound every size, entities and DTDs are never expanded, names
//! inside archives are never used as paths.

mod apple;
mod archive;
mod bundle;
mod covered;
mod csv;
mod detail;
mod detect;
mod error;
pub mod fit;
mod genotypes;
pub mod gpx;
mod input;
mod json;
mod limits;
mod members;
mod oura_export;
mod out;
mod position;
mod stamp;
mod summary;
mod table;
mod takeout;
pub mod tcx;
#[cfg(test)]
mod testing;
mod timeline;
mod tree;
mod withings_export;
mod xml;

use std::ops::ControlFlow;

pub use apple::{MadeUpExport, health_time, health_unit};
pub use detect::Format;
pub use error::FileError;
pub use input::Input;
pub use limits::Limits;
pub use oura_export::oura_activity;
pub use out::{Delivery, Progress};
pub use position::{ParsePositionError, Position};
pub use summary::Summary;

use crate::input::Metered;
use crate::out::Out;

/// How a reading ended.
#[derive(Debug)]
pub struct Outcome {
    /// The format, if it could be told.
    pub format: Option<Format>,
    /// What was delivered, whether or not the reading came to the end.
    pub summary: Summary,
    /// Why the reading stopped before the end of the file; everything delivered until then stays good.
    pub error: Option<FileError>,
}

/// Tells what a file is, by its content. Reads its beginning, of an archive also the beginnings of its members, and
/// leaves the input at its start.
pub fn detect(input: &mut dyn Input, limits: &Limits) -> Result<Format, FileError> {
    detect::detect(input, limits)
}

/// Reads a file from `from` (its beginning without) and hands over what is in it.
///
/// `deliver` is called with at most [`Limits::batch`] observations at a time; [`ControlFlow::Break`] stops the reading
/// with [`FileError::Stopped`].
pub fn read(
    input: &mut dyn Input,
    limits: &Limits,
    from: Option<Position>,
    deliver: &mut dyn FnMut(Delivery) -> ControlFlow<()>,
) -> Outcome {
    let mut outcome = Outcome { format: None, summary: Summary::default(), error: None };
    let mut run = || {
        let format = *outcome.format.insert(detect::detect(input, limits)?);
        let (input, meter) = Metered::new(input)?;
        let start = from.unwrap_or_else(|| Position::start(meter.total()));
        if start.total != meter.total() {
            return Err(FileError::OtherFile);
        }
        let mut out = Out::new(deliver, limits, meter, start);
        let read = match format {
            Format::AppleHealth => apple::read_xml(input, limits, start, &mut out),
            Format::AppleHealthArchive => apple::read_archive(input, limits, start, &mut out),
            Format::Fit => fit::read(input, &mut out),
            Format::Gpx => gpx::read(input, limits, &mut out),
            Format::Tcx => tcx::read(input, limits, &mut out),
            Format::Csv => csv::read(input, limits, &mut out),
            Format::OuraArchive => oura_export::read_archive(input, limits, start, &mut out),
            Format::OuraDocument => oura_export::read_document(input, limits, &mut out),
            Format::WithingsArchive => withings_export::read(input, limits, start, &mut out),
            Format::ActivityFiles => bundle::read(input, limits, start, &mut out),
            Format::Genotypes => genotypes::read(input, limits, &mut out),
            Format::GenotypesArchive => genotypes::read_archive(input, limits, &mut out),
            Format::Timeline => timeline::read(input, limits, &mut out),
            Format::TimelineArchive => timeline::read_archive(input, limits, start, &mut out),
            Format::FitbitArchive => takeout::read(input, limits, start, &mut out),
        };
        let ended = read.and_then(|()| out.end());
        // What was understood before an error is delivered all the same, unless the caller wants no more.
        let ended = match ended {
            Err(error) if !matches!(error, FileError::Stopped) => out.flush().and(Err(error)),
            ended => ended,
        };
        outcome.summary = out.into_summary();
        ended
    };
    let ended = run();
    outcome.error = ended.err();
    outcome
}

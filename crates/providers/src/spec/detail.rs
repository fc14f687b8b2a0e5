//! What has to be asked for each item of a list besides: the heart rate of a workout, a file.

use hilum_model::Batch;
use serde_json::Value;

use super::request::Request;
use super::stream::{Context, ParseError};

/// One item that wants a request of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The key of the item's record: the detail is asked for when that record is new or has changed.
    pub key: String,
    /// The request.
    pub request: Request,
    /// What the parser has to know of the item (its start, its zone).
    pub item: Value,
}

/// Reads the FIT file of a workout, for [`Detail::parse`]: its points, whose context is the workout's key.
pub(crate) fn fit(bytes: &[u8], wanted: &Wanted, _: &Context) -> Result<Batch, ParseError> {
    hilum_files::fit::workout_detail(bytes, &wanted.key).map_err(|error| ParseError(error.to_string()))
}

/// The same of a TCX file.
pub(crate) fn tcx(bytes: &[u8], wanted: &Wanted, _: &Context) -> Result<Batch, ParseError> {
    hilum_files::tcx::workout_detail(bytes, &wanted.key).map_err(|error| ParseError(error.to_string()))
}

/// The details of a stream's items.
///
/// A detail adds to its item: what the page says of the item itself stands, so a record of the same kind and key in the
/// detail is left out. An item is stored together with its detail and never before.
#[derive(Debug, Clone, Copy)]
pub struct Detail {
    /// The items of a page that have a detail.
    pub wanted: fn(&[u8], &Context) -> Result<Vec<Wanted>, ParseError>,
    /// Reads the answer (JSON or a file) to one of them.
    pub parse: fn(&[u8], &Wanted, &Context) -> Result<Batch, ParseError>,
    /// Whether the answer is a file, not JSON: it is not judged by its JSON.
    pub file: bool,
    /// Scope that it needs besides that of the stream; `""` for none. Without it items are stored without their details.
    pub scope: &'static str,
}

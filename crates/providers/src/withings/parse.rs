//! Readers of the answers, one function a stream.

use hilum_model::Batch;

use crate::spec::{Context, ParseError};

pub(super) fn measures(_body: &[u8], _context: &Context) -> Result<Batch, ParseError> {
    Err(ParseError("not readable yet".to_owned()))
}

pub(super) fn activity(_body: &[u8], _context: &Context) -> Result<Batch, ParseError> {
    Err(ParseError("not readable yet".to_owned()))
}

pub(super) fn workouts(_body: &[u8], _context: &Context) -> Result<Batch, ParseError> {
    Err(ParseError("not readable yet".to_owned()))
}

pub(super) fn sleep(_body: &[u8], _context: &Context) -> Result<Batch, ParseError> {
    Err(ParseError("not readable yet".to_owned()))
}

pub(super) fn intraday(_body: &[u8], _context: &Context) -> Result<Batch, ParseError> {
    Err(ParseError("not readable yet".to_owned()))
}

pub(super) fn sleep_phases(_body: &[u8], _context: &Context) -> Result<Batch, ParseError> {
    Err(ParseError("not readable yet".to_owned()))
}

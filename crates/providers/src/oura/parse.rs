//! Readers of the answers, one function a stream.

use hilum_model::Batch;

use crate::spec::{Context, ParseError};

pub(super) fn daily_activity(_body: &[u8], _context: &Context) -> Result<Batch, ParseError> {
    Err(ParseError("not readable yet".to_owned()))
}

pub(super) fn sleep(_body: &[u8], _context: &Context) -> Result<Batch, ParseError> {
    Err(ParseError("not readable yet".to_owned()))
}

pub(super) fn workout(_body: &[u8], _context: &Context) -> Result<Batch, ParseError> {
    Err(ParseError("not readable yet".to_owned()))
}

pub(super) fn heartrate(_body: &[u8], _context: &Context) -> Result<Batch, ParseError> {
    Err(ParseError("not readable yet".to_owned()))
}

pub(super) fn daily_spo2(_body: &[u8], _context: &Context) -> Result<Batch, ParseError> {
    Err(ParseError("not readable yet".to_owned()))
}

pub(super) fn personal_info(_body: &[u8], _context: &Context) -> Result<Batch, ParseError> {
    Err(ParseError("not readable yet".to_owned()))
}

//! Readers of Concept2's answers, one file an endpoint.

mod profile;
mod results;
mod strokes;

pub(super) use profile::profile;
pub(super) use results::{results, wanted};
pub(super) use strokes::strokes;

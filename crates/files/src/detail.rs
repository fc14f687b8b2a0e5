//! The detail of a workout that is known from elsewhere, from a file that its service gives.

use std::io::Cursor;
use std::ops::ControlFlow;

use hilum_model::{Batch, Observation};

use crate::error::FileError;
use crate::input::{Input, Metered};
use crate::limits::Limits;
use crate::out::{Delivery, Out};
use crate::position::Position;

/// Samples that are given at the most: a day and night of seven a second, with room.
const MAX_SAMPLES: usize = 1_000_000;

/// Gathers the samples that `read` gives; records are left to the source that knows the workout. What came before a cut
/// or damage is kept, and `rejected` says so.
pub(crate) fn collect(
    bytes: &[u8],
    read: impl FnOnce(&mut Out<'_>) -> Result<(), FileError>,
) -> Result<Batch, FileError> {
    let mut batch = Batch::default();
    let mut deliver = |delivery: Delivery| {
        let samples = delivery.batch.observations.into_iter().filter(|o| matches!(o, Observation::Sample(_)));
        batch.observations.extend(samples);
        if batch.observations.len() > MAX_SAMPLES { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let mut cursor = Cursor::new(bytes);
    let (_, meter) = Metered::new(&mut cursor as &mut dyn Input)?;
    let start = Position::start(meter.total());
    let mut out = Out::new(&mut deliver, &Limits::default(), meter, start);
    let read = read(&mut out);
    let ended = out.flush().and(read);
    let summary = out.into_summary();
    match ended {
        Ok(()) => {}
        Err(FileError::Stopped) => return Err(FileError::TooMany { what: "samples", limit: MAX_SAMPLES as u64 }),
        Err(error @ (FileError::Truncated { .. } | FileError::Malformed { .. })) if !batch.observations.is_empty() => {
            batch.rejected.push(error.to_string());
        }
        Err(error) => return Err(error),
    }
    batch.rejected.extend(summary.rejected().iter().map(|(reason, count)| format!("{reason} ({count})")));
    Ok(batch)
}

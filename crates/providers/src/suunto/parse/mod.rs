//! Readers of Suunto's answers, one file an endpoint. Workouts come in an envelope with `payload`, what is measured day
//! and night as a bare list of `{timestamp, entryData}`, the totals of days as a list of statistics.

mod daily;
mod samples;
mod sleep;
mod sport;
mod workouts;

pub(super) use daily::daily_activity;
pub(super) use samples::activity_samples;
pub(super) use sleep::sleep;
pub(super) use workouts::{wanted, workouts};

use hilum_model::{Batch, Offset, Time};

use crate::spec::ParseError;
use crate::spec::read::{self, Object};

/// Reads every entry of a bare list, with its `timestamp`; `one` returns what is missing where it can not be read.
fn entries(
    bytes: &[u8],
    mut one: impl FnMut((Time, Offset), &Object, &mut Batch) -> Result<(), &'static str>,
) -> Result<Batch, ParseError> {
    let mut batch = Batch::default();
    for (index, item) in read::items(bytes)?.iter().enumerate() {
        let result = item.as_object().ok_or("no object").and_then(|item| {
            let at = read::rfc3339_at(item, "timestamp").ok_or("no timestamp")?;
            one(at, read::object_at(item, "entryData").ok_or("no entryData")?, &mut batch)
        });
        if let Err(what) = result {
            batch.rejected.push(format!("[{index}]: {what}"));
        }
    }
    Ok(batch)
}

//! FIT, the files of sports watches, bicycle computers, scales and cuffs.
//!
//! Protocol 2, read by our own decoder (`docs/decisions/0010-our-own-fit-decoder.md`): headers of 12 and 14 bytes, checksums, both byte orders,
//! compressed times, developer fields also where they stand for a field of the protocol, chained files, every type's
//! "no value". A file that is cut off gives what came before the cut.
//!
//! What is read: `file_id`, `device_info`, `sport`, `session`, `lap`, `record`, `event` and `activity` of a workout;
//! `monitoring_info`, `monitoring` and `monitoring_hr_data` of a day; `weight_scale`, `blood_pressure`, `sleep_level`,
//! `spo2_data`, `respiration_rate`, `hrv_value` and `max_met_data`. Not read, for want of a metric: times between heart
//! beats (`hrv`), stress, the temperature of the air.
//!
//! Protocol and field numbers: <https://developer.garmin.com/fit/> and its public profile. From general knowledge, not
//! confirmed by it: how a watch's sums over the day begin and end (see `daily`), and that a level of sleep holds from
//! its own time to that of the next.

mod body;
mod chain;
mod daily;
mod message;
mod sport;
mod survey;
mod track;
mod wire;
mod write;

use std::io::Read;

use hilum_model::{Batch, Body, Record};

use crate::detail;
use crate::error::FileError;
use crate::out::Out;
use chain::Files;
use survey::Survey;
use track::{Owner, Track};
use wire::Messages;

pub use write::{Point, Workout};

/// A longest workout, a day and night at a record a second with every field, is some 5 MiB.
const MAX_BYTES: u64 = 16 << 20;

/// Whether bytes begin as a FIT file.
pub(crate) fn is_fit(head: &[u8]) -> bool {
    matches!(head.first(), Some(12 | 14)) && head.get(8..12) == Some(b".FIT")
}

/// Reads a file. Its two passes need it whole, so its size is bounded.
pub(crate) fn read(input: impl Read, out: &mut Out<'_>) -> Result<(), FileError> {
    let mut bytes = Vec::new();
    let read = input.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| FileError::from_io(error, bytes.len() as u64))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(FileError::TooLong { what: "FIT file", limit: MAX_BYTES });
    }
    each_file(&bytes, out, everything)
}

/// The heart rate, track and other samples of a workout that is known from elsewhere, with `key` as their context. The
/// workout itself is left to that source.
///
/// A file that is cut off or damaged after its beginning gives what came before; `rejected` then says so.
///
/// # Errors
/// [`FileError::Unrecognised`] if it is no FIT file, [`FileError::Malformed`] if its checksum is wrong,
/// [`FileError::TooLong`] above 16 MiB, [`FileError::TooMany`] above a million samples.
pub fn workout_detail(bytes: &[u8], key: &str) -> Result<Batch, FileError> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(FileError::TooLong { what: "FIT file", limit: MAX_BYTES });
    }
    detail::collect(bytes, |out| {
        each_file(bytes, out, |survey, messages, out| samples(survey, messages, Some(key), out))
    })
}

fn each_file(
    bytes: &[u8],
    out: &mut Out<'_>,
    mut one: impl FnMut(&Survey, Messages<'_>, &mut Out<'_>) -> Result<(), FileError>,
) -> Result<(), FileError> {
    for file in Files::new(bytes) {
        let file = file?;
        let survey = Survey::of(Messages::new(file));
        one(&survey, Messages::new(file), out)?;
    }
    Ok(())
}

fn everything(survey: &Survey, messages: Messages<'_>, out: &mut Out<'_>) -> Result<(), FileError> {
    for session in &survey.sessions {
        let start = survey::instant(session.start);
        out.record(Record {
            key: survey.key(session.start),
            device: survey.device.clone(),
            start,
            end: Some(session.end.max(start)),
            offset: survey.offset,
            day: start.civil_day(survey.offset),
            body: Body::Activity(session.activity.clone()),
            source_data: session.source_data.clone(),
        })?;
    }
    body::night(survey, out)?;
    samples(survey, messages, None, out)
}

/// The samples of a file; with a key only those of a workout.
fn samples(survey: &Survey, mut messages: Messages<'_>, key: Option<&str>, out: &mut Out<'_>) -> Result<(), FileError> {
    let keys: Vec<String> = survey.sessions.iter().map(|s| survey.key(s.start)).collect();
    let mut track = Track::default();
    let mut day = daily::Daily::default();
    let mut current = None;
    let device = survey.device.as_deref();
    while let Some(message) = messages.next() {
        match message.global() {
            20 => {
                let session = message.time().and_then(|time| survey.session_at(time));
                if current != session {
                    track.turn();
                    current = session;
                }
                let on_foot = session.is_some_and(|s| survey.sessions[s].on_foot);
                let own = session.map(|s| keys[s].as_str());
                let Some(key) = key.or(own) else {
                    out.reject("record without a time");
                    continue;
                };
                track.record(&message, &Owner { key, device, offset: survey.offset, on_foot }, out)?;
            }
            _ if key.is_some() => {}
            55 => day.monitoring(&message, device, survey.offset, out)?,
            103 => day.info(&message, survey.offset),
            _ => body::message(&message, survey, out)?,
        }
    }
    messages.ended()
}

#[cfg(test)]
mod tests;

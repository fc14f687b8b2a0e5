//! Readers of Garmin's summaries, one file a kind. Each reads the list that one person's push holds, or the answer to a
//! ping.

mod activities;
mod body;
mod dailies;
mod details;
mod epochs;
mod night;
mod sleeps;
mod sport;

pub(super) use activities::activities;
pub(super) use body::{blood_pressures, body_comps, user_metrics};
pub(super) use dailies::dailies;
pub(super) use details::activity_details;
pub(super) use epochs::epochs;
pub(super) use night::{hrv, pulse_ox, respiration, skin_temp};
pub(super) use sleeps::sleeps;

use hilum_model::{Batch, Metric, Offset, Sample, Time, Unit};
use serde_json::Value;

use crate::spec::ParseError;
use crate::spec::read::{self, Object};

/// Members of every summary that name it and its person, and its times.
const COMMON: [&str; 6] =
    ["userId", "userAccessToken", "summaryId", "startTimeInSeconds", "startTimeOffsetInSeconds", "calendarDate"];

/// Reads every summary; `one` returns what is missing where a summary can not be read.
fn each(
    bytes: &[u8],
    mut one: impl FnMut(&Object, &mut Batch) -> Result<(), &'static str>,
) -> Result<Batch, ParseError> {
    let mut batch = Batch::default();
    for (index, item) in read::items(bytes)?.iter().enumerate() {
        let result = item.as_object().ok_or("no object").and_then(|item| one(item, &mut batch));
        if let Err(what) = result {
            batch.rejected.push(format!("[{index}]: {what}"));
        }
    }
    Ok(batch)
}

/// The start of a summary and its offset, both in seconds.
fn start(item: &Object) -> Option<(Time, Option<Offset>)> {
    timed(item, "startTimeInSeconds", "startTimeOffsetInSeconds")
}

fn timed(item: &Object, at: &str, offset: &str) -> Option<(Time, Option<Offset>)> {
    let offset = read::integer_at(item, offset).and_then(|s| read::offset(s / 60));
    Some((read::unix_at(item, at)?, offset))
}

/// What is told beyond the members that are normalised.
fn beyond(item: &Object, taken: &[&str]) -> Object {
    let mut rest = read::beyond(item, taken);
    rest.retain(|name, _| !COMMON.contains(&name.as_str()));
    rest
}

/// A series as a map from seconds after the start to a value (`{"15": 58}`). Values that are not above zero stand for
/// "off the wrist" or "too much motion".
fn offsets(
    item: &Object,
    name: &str,
    (metric, unit): (Metric, Unit),
    (start, offset): (Time, Option<Offset>),
    batch: &mut Batch,
) {
    let Some(map) = read::object_at(item, name) else { return };
    let mut points: Vec<(i64, f64)> = Vec::with_capacity(map.len());
    for (after, value) in map {
        let after = after.parse::<i64>().ok().filter(|s| (0..=604_800).contains(s));
        match (after, read::number(value)) {
            (Some(after), Some(value)) if value > 0.0 => points.push((after, value)),
            (Some(_), Some(_)) => {}
            _ => batch.rejected.push(format!("{name}: no time or no number")),
        }
    }
    points.sort_by_key(|(after, _)| *after);
    for (after, value) in points {
        let (device, context, end) = (None, None, None);
        batch.sample(Sample { metric, device, context, start: start.plus_s(after), end, offset, value, unit });
    }
}

/// A time within a summary and what was measured then, as tests write it.
#[cfg(test)]
pub(super) fn lines(batch: &Batch) -> Vec<String> {
    let one = |o: &hilum_model::Observation| match o {
        hilum_model::Observation::Sample(s) => {
            let lasted = s.end.map_or_else(String::new, |end| format!(" for {}", end.since_ms(s.start) / 1000));
            let context = s.context.as_deref().map_or_else(String::new, |c| format!(" ({c})"));
            format!("{} {} {}{lasted}{context}", s.metric.name(), s.start.unix_s(), s.value)
        }
        hilum_model::Observation::Record(r) => format!("{:?} {} {}", r.body.kind(), r.start.unix_s(), r.key),
        hilum_model::Observation::Deleted { key, .. } => format!("deleted {key}"),
    };
    batch.observations.iter().map(one).collect()
}

/// A member that is a list.
fn list<'a>(item: &'a Object, name: &str) -> &'a [Value] {
    item.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

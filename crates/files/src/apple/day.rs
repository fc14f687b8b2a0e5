//! `ActivitySummary`: the day's totals, as the rings show them.

use hilum_model::observation::ActivityDay;
use hilum_model::{Body, Day, Record, Unit};
use serde_json::{Map, Value};

use super::values;
use crate::error::FileError;
use crate::xml::Tag;

/// Attributes that are kept beside the normalised fields.
const GOALS: [&str; 7] = [
    "activeEnergyBurnedGoal",
    "appleMoveTime",
    "appleMoveTimeGoal",
    "appleExerciseTime",
    "appleExerciseTimeGoal",
    "appleStandHours",
    "appleStandHoursGoal",
];

/// What a summary is.
pub(super) enum Summary {
    Day(Box<Record>),
    /// No measurements: exports begin with a summary of nothing, dated about 1970.
    Empty,
    Rejected,
}

/// Reads a summary.
pub(super) fn read(tag: &Tag<'_>) -> Result<Summary, FileError> {
    let get = |name| tag.get(name).map(Option::unwrap_or_default);
    let Ok(day) = Day::parse(&get("dateComponents")?) else { return Ok(Summary::Rejected) };
    let energy = values::convert(&get("activeEnergyBurned")?, &get("activeEnergyBurnedUnit")?, Unit::Kilocalorie);
    let minutes = values::value(&get("appleExerciseTime")?);
    let measured = |name| Ok::<_, FileError>(values::value(&get(name)?).is_some_and(|v| v > 0.0));
    if !(measured("activeEnergyBurned")?
        || measured("appleExerciseTime")?
        || measured("appleStandHours")?
        || measured("appleMoveTime")?)
    {
        return Ok(Summary::Empty);
    }
    let mut source_data = Map::new();
    for name in GOALS {
        if let Some(value) = values::value(&get(name)?) {
            source_data.insert(name.to_owned(), Value::from(value));
        }
    }
    let duration_s = minutes.map(|m| m * 60.0);
    Ok(Summary::Day(Box::new(Record {
        key: day.to_string(),
        device: None,
        start: day.start_utc(),
        end: None,
        offset: None,
        day,
        body: Body::ActivityDay(ActivityDay { duration_s, active_calories: energy, ..ActivityDay::default() }),
        source_data,
    })))
}

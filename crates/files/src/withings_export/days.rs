//! Days: each table tells one number of them.

use std::collections::BTreeMap;

use hilum_model::observation::ActivityDay;
use hilum_model::{Body, Day, Record};
use serde_json::Map;

use crate::error::FileError;
use crate::members::rejected;
use crate::out::Out;
use crate::stamp;
use crate::table::Row;

/// Days of a long life.
const DAYS: usize = 40_000;

/// What a table tells of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Steps,
    Distance,
    Earned,
    Passive,
    Floors,
}

/// The part that a table of that name tells.
pub(super) fn part_of(name: &str) -> Option<Part> {
    Some(match name.strip_prefix("aggregates_")?.strip_suffix(".csv")? {
        "steps" => Part::Steps,
        "distance" => Part::Distance,
        "calories_earned" => Part::Earned,
        "calories_passive" => Part::Passive,
        "elevation" => Part::Floors,
        _ => return None,
    })
}

/// The days under way.
#[derive(Default)]
pub(super) struct Days {
    days: BTreeMap<Day, Numbers>,
}

#[derive(Default)]
struct Numbers {
    steps: Option<f64>,
    distance: Option<f64>,
    earned: Option<f64>,
    passive: Option<f64>,
    floors: Option<f64>,
}

impl Days {
    /// Adds a row `date,value`.
    pub(super) fn add(&mut self, row: &Row<'_>, part: Part, out: &mut Out<'_>) -> Result<(), FileError> {
        let Some(day) = row.get("date").and_then(stamp::day) else { return rejected(out, "aggregates: no date") };
        let Some(value) = row.number("value").filter(|v| *v >= 0.0) else {
            return rejected(out, "aggregates: no value from zero on");
        };
        if self.days.len() >= DAYS {
            return Err(FileError::TooMany { what: "days", limit: DAYS as u64 });
        }
        let numbers = self.days.entry(day).or_default();
        let number = match part {
            Part::Steps => &mut numbers.steps,
            Part::Distance => &mut numbers.distance,
            Part::Earned => &mut numbers.earned,
            Part::Passive => &mut numbers.passive,
            Part::Floors => &mut numbers.floors,
        };
        *number = Some(value);
        Ok(())
    }

    /// Hands the days over.
    pub(super) fn tell(self, out: &mut Out<'_>) -> Result<(), FileError> {
        for (day, numbers) in self.days {
            out.record(Record {
                key: day.to_string(),
                device: None,
                start: day.start_utc(),
                end: None,
                offset: None,
                day,
                body: Body::ActivityDay(ActivityDay {
                    steps: numbers.steps,
                    distance_m: numbers.distance,
                    calories: numbers.earned.zip(numbers.passive).map(|(earned, passive)| earned + passive),
                    active_calories: numbers.earned,
                    floors: numbers.floors,
                    ..ActivityDay::default()
                }),
                source_data: Map::new(),
            })?;
        }
        Ok(())
    }
}

//! Withings' account export: an archive of tables.
//!
//! Confirmed by public readers of such archives and by the archive's own `README.txt`:
//! - `weight.csv`, `bp.csv`, `height.csv`: the unit stands in the column's name; local times without a zone.
//! - `sleep.csv`: nights between times with offsets, seconds of each stage.
//! - `activities.csv`: times with offsets, the kind in words, its numbers as JSON.
//! - `raw_….csv`: `start,duration,value`, the last two lists of the same length; `start` with an offset.
//! - `aggregates_….csv`: a value for each day.
//!
//! From general knowledge: the names of kinds of activity, and that a day's energy is the earned and the passive
//! together. Left out: places (`raw_location_…`), whose second values are known to be nonsense and which belong to no
//! activity by name, and states of sleep, which `sleep.csv` sums up. Days are told at the end, since their parts stand in
//! several tables; so a reading that starts again starts at the beginning.

mod activities;
mod body;
mod days;
mod raw;
mod sleep;

use std::io::Read;

use hilum_model::{Offset, Time};

use crate::archive::Archive;
use crate::error::FileError;
use crate::input::Metered;
use crate::limits::Limits;
use crate::members::{self, Export};
use crate::out::Out;
use crate::position::Position;
use crate::stamp;
use crate::table::{Row, Table};

/// Reads one row; one that is not understood is rejected.
type RowOf = fn(&Row<'_>, &mut Out<'_>) -> Result<(), FileError>;

/// Tables of rows that stand alone.
const TABLES: [(&str, RowOf); 5] = [
    ("weight.csv", body::weight),
    ("height.csv", body::height),
    ("bp.csv", body::blood_pressure),
    ("sleep.csv", sleep::sleep),
    ("activities.csv", activities::activity),
];

/// Whether an archive with members of these names is such an export: it has several of its tables.
pub(crate) fn is_export<'n>(names: impl Iterator<Item = &'n str>) -> bool {
    let own = |path: &str| {
        let (_, name) = members::split(path);
        name.starts_with("raw_tracker_")
            || name.starts_with("raw_hr_")
            || days::part_of(&name).is_some()
            || TABLES.iter().any(|(table, _)| *table == name)
    };
    names.filter(|path| own(path)).count() >= 2
}

/// Reads an archive.
pub(crate) fn read(input: Metered<'_>, limits: &Limits, from: Position, out: &mut Out<'_>) -> Result<(), FileError> {
    let mut archive = Archive::new(input, limits)?;
    let mut export = Withings::default();
    let from = Position { member: 0, offset: 0, held: 0, ..from };
    let read = members::each(&mut archive, limits, from, out, &mut export);
    out.reached(0, 0, 0);
    export.days.tell(out)?;
    read
}

#[derive(Default)]
struct Withings {
    days: days::Days,
}

impl Export for Withings {
    fn wants(&self, _: &str, name: &str) -> bool {
        TABLES.iter().any(|(table, _)| *table == name)
            || raw::series_of(name).is_some()
            || days::part_of(name).is_some()
    }

    fn read(&mut self, name: &str, input: &mut dyn Read, limits: &Limits, out: &mut Out<'_>) -> Result<(), FileError> {
        let mut table = Table::new(input, limits)?;
        let row_of = TABLES.iter().find(|(table, _)| *table == name).map(|(_, row_of)| *row_of);
        let (series, part) = (raw::series_of(name), days::part_of(name));
        while let Some(row) = table.next()? {
            if let Some(row_of) = row_of {
                row_of(&row, out)?;
            } else if let Some(series) = &series {
                raw::row(&row, series, out)?;
            } else if let Some(part) = part {
                self.days.add(&row, part, out)?;
            }
        }
        Ok(())
    }
}

/// A time with an offset; a local one without stands as it is, with an unknown offset.
fn time(text: &str) -> Option<(Time, Option<Offset>)> {
    match Time::parse_rfc3339(text) {
        Ok((time, Offset(0))) => Some((time, None)),
        Ok((time, offset)) => Some((time, Some(offset))),
        Err(_) => stamp::local(text).map(|local| (local, None)),
    }
}

#[cfg(test)]
mod tests;

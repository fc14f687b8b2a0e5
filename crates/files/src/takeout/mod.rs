//! Fitbit's account archive, as Google Takeout and earlier Fitbit itself gave it.
//!
//! Files are told by their names, in whatever folder (`Takeout/Fitbit/Global Export Data/`, `user-site-export/`, …).
//! Shapes as public readers of such archives describe them:
//! - `heart_rate-`, `steps-`, `distance-`, `calories-DATE.json`: `[{"dateTime": "MM/DD/YY HH:MM:SS", "value": …}]`, a
//!   minute each but heart rate; values of minutes are texts. Confirmed. From general knowledge: distance is in
//!   centimetres, calories in kcal of activity and rest together, and these times are UTC while the files begin at local
//!   midnight.
//! - `sleep-DATE.json`: as the Web API gave it, in local time without a zone. Confirmed.
//! - `weight-DATE.json`: pounds, local date and time. Confirmed. `exercise-N.json`: workouts; that their times are
//!   written as those of the minutes are is general knowledge.
//! - `resting_heart_rate-`, `demographic_vo2_max-DATE.json`: a value a day. Confirmed.
//! - `Minute SpO2`, `Daily SpO2`, `Heart Rate Variability Details`, `Daily Heart Rate Variability Summary`, `Daily
//!   Respiratory Rate Summary`, `Computed Temperature - DATE.csv`. Confirmed. A SpO2 of exactly 50 is how Fitbit writes
//!   "no reading".
//!
//! The zone comes from the profile (`Your Profile/Profile.csv`, column `timezone`): nothing else of it is read. Without
//! it local times stand as they are, with an unknown offset. Folders of a second telling of the same (`…_GoogleData`) are
//! left out, so that nothing counts twice; altitude has no metric of its own, for it is a number of climbed units.

mod exercise;
mod minutes;
mod nightly;
mod single;
mod sleep;

use std::io::Read;

use serde_json::Value;

use crate::archive::Archive;
use crate::error::FileError;
use crate::input::Metered;
use crate::json;
use crate::limits::Limits;
use crate::members::{self, Export};
use crate::out::Out;
use crate::position::Position;
use crate::stamp::Zone;
use crate::table::Table;

/// Reads one element of a list; one that is not understood is rejected.
type Element = fn(&Value, &Zone, &mut Out<'_>) -> Result<(), FileError>;

/// Files of lists, by what their names begin with.
const LISTS: [(&str, Element); 9] = [
    ("heart_rate-", minutes::heart_rate),
    ("steps-", minutes::steps),
    ("distance-", minutes::distance),
    ("calories-", minutes::calories),
    ("sleep-", sleep::sleep),
    ("weight-", single::weight),
    ("exercise-", exercise::exercise),
    ("resting_heart_rate-", single::resting_heart_rate),
    ("demographic_vo2_max-", single::vo2_max),
];

/// What a second telling of the same data lies in.
const SECOND: &str = "_googledata";

fn list_of(name: &str) -> Option<Element> {
    let stem = name.strip_suffix(".json")?;
    let (_, element) = LISTS.iter().find(|(prefix, _)| stem.strip_prefix(prefix).is_some_and(is_number_or_date))?;
    Some(*element)
}

/// `2026-03-04`, or the number of a part.
fn is_number_or_date(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

/// Whether an archive with members of these names is such an export.
pub(crate) fn is_export<'n>(mut names: impl Iterator<Item = &'n str>) -> bool {
    names.any(|path| {
        let (_, name) = members::split(path);
        list_of(&name).is_some() || nightly::table_of(&name).is_some()
    })
}

/// Reads an archive.
pub(crate) fn read(input: Metered<'_>, limits: &Limits, from: Position, out: &mut Out<'_>) -> Result<(), FileError> {
    let mut archive = Archive::new(input, limits)?;
    let mut takeout = Takeout { zone: Zone(None) };
    let profile = archive.entries().iter().position(|entry| members::split(&entry.name).1 == "profile.csv");
    if let Some(index) = profile {
        takeout.zone = Zone(archive.open(index).and_then(|member| zone(member, limits)).unwrap_or_else(|_| {
            out.reject("a profile that is damaged");
            None
        }));
        out.facts().time_zone.clone_from(&takeout.zone.0);
    }
    let second = archive.entries().iter().filter(|e| members::split(&e.name).0.ends_with(SECOND)).count();
    for _ in 0..second {
        out.leave_out("files of a second telling of the same data");
    }
    members::each(&mut archive, limits, from, out, &mut takeout)
}

/// The zone that the profile names, if it is one.
fn zone(input: impl Read, limits: &Limits) -> Result<Option<String>, FileError> {
    let mut table = Table::new(input, limits)?;
    let row = table.next()?;
    let zone = row.and_then(|row| row.get("timezone").map(str::to_owned));
    Ok(zone.filter(|name| hilum_model::Offset::of_zone(name, hilum_model::Time(0)).is_some()))
}

struct Takeout {
    zone: Zone,
}

impl Export for Takeout {
    fn wants(&self, folder: &str, name: &str) -> bool {
        !folder.ends_with(SECOND) && (list_of(name).is_some() || nightly::table_of(name).is_some())
    }

    fn read(&mut self, name: &str, input: &mut dyn Read, limits: &Limits, out: &mut Out<'_>) -> Result<(), FileError> {
        if let Some(element) = list_of(name) {
            return json::elements(input, limits, &mut |_, value| element(&value, &self.zone, out));
        }
        if let Some(row_of) = nightly::table_of(name) {
            let mut table = Table::new(input, limits)?;
            while let Some(row) = table.next()? {
                row_of(&row, &self.zone, out)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

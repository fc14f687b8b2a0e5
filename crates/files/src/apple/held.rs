//! What is held back until the end of a document, since an export is in no order of time: rows of nights, halves of
//! blood pressures and nutrients, which stand at top level whether or not a `Correlation` repeats them.

use std::collections::HashMap;

use hilum_model::{Offset, Time};

use super::row::Night;
use super::types::{Half, Nutrient};

/// Where and when: the source, start and end.
pub(super) type Place = (u32, Time, Time);

/// A row of a night.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct NightRow {
    pub place: Place,
    pub offset: Offset,
    pub night: Night,
}

/// Half of a blood pressure, mm\[Hg\].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PressureRow {
    pub place: Place,
    pub half: Half,
    pub offset: Offset,
    pub value: f64,
    pub manual: bool,
}

/// A nutrient: kcal, g or mg, as it says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct NutrientRow {
    pub place: Place,
    pub nutrient: Nutrient,
    pub offset: Offset,
    pub value: f64,
}

/// The workout that a track belongs to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TrackOf {
    pub key: String,
    pub source: u32,
    pub offset: Offset,
}

/// Everything that is held.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub nights: Vec<NightRow>,
    pub pressures: Vec<PressureRow>,
    pub nutrients: Vec<NutrientRow>,
    /// Places of blood pressures and meals that a `Correlation` has told.
    pub told: Vec<Place>,
    /// Workouts by the last part of the path of their track.
    pub tracks: HashMap<String, TrackOf>,
    /// Where in the document the first of the rows stands.
    pub from: Option<u64>,
}

impl Held {
    /// Rows that are held.
    pub(super) fn rows(&self) -> usize {
        self.nights.len() + self.pressures.len() + self.nutrients.len() + self.told.len()
    }
}

//! A `Correlation` element: a blood pressure, or something eaten. Its records stand at top level once more.

use hilum_model::{Offset, Record, Time};

use super::held::{Place, PressureRow};
use super::pairs::{self, Food, Nutrients};
use super::row::{Fields, Row, Says, Sources};
use super::types::Half;
use crate::error::FileError;
use crate::xml::Tag;

/// Records that one may have; the nutrients known are some dozens.
const ROWS: usize = 200;

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pressure,
    Food,
}

/// A correlation under way.
pub(super) struct Correlation {
    kind: Kind,
    pub source: u32,
    start: Time,
    end: Time,
    offset: Offset,
    food: Food,
    rows: Vec<Row>,
}

impl Correlation {
    /// Reads the attributes; `None` for a type that is not known, or times that are not understood.
    pub(super) fn of(tag: &Tag<'_>, sources: &mut Sources) -> Result<Option<Self>, FileError> {
        let fields = Fields::of(tag);
        let kind = match fields.kind.strip_prefix("HKCorrelationTypeIdentifier") {
            Some("BloodPressure") => Kind::Pressure,
            Some("Food") => Kind::Food,
            _ => return Ok(None),
        };
        let source = sources.number(tag, fields.source.unwrap_or_default())?;
        let Some((start, end, offset)) = fields.times() else { return Ok(None) };
        Ok(Some(Self { kind, source, start, end: end.max(start), offset, food: Food::default(), rows: Vec::new() }))
    }

    /// Adds a `MetadataEntry`.
    pub(super) fn metadata(&mut self, tag: &Tag<'_>) -> Result<(), FileError> {
        let (Some(key), Some(value)) = (tag.get("key")?, tag.get("value")?) else { return Ok(()) };
        match &*key {
            "HKTimeZone" => self.offset = Offset::of_zone(&value, self.start).unwrap_or(self.offset),
            "HKFoodType" => self.food.name = Some(value.chars().take(200).collect()),
            "HKFoodMeal" | "Meal" | "meal" => self.food.kind = Some(meal_word(&value)),
            _ => {}
        }
        Ok(())
    }

    /// Adds a record.
    pub(super) fn add(&mut self, row: Row) {
        if self.rows.len() < ROWS {
            self.rows.push(row);
        }
    }

    /// The observation; notes the places of its records in `told`, so that they are not told again. An error says in
    /// a sentence why there is none.
    pub(super) fn record(&self, told: &mut Vec<Place>, sources: &Sources) -> Result<Record, &'static str> {
        told.extend(self.rows.iter().map(|row| (row.source, row.start, row.end)));
        let place = (self.source, self.start, self.end);
        match self.kind {
            Kind::Pressure => {
                let half = |wanted| {
                    self.rows.iter().find_map(|row| match row.says {
                        Says::Pressure(half, value) if half == wanted => {
                            Some(PressureRow { place, half, offset: self.offset, value, manual: row.manual })
                        }
                        _ => None,
                    })
                };
                match (half(Half::Systolic), half(Half::Diastolic)) {
                    (Some(systolic), Some(diastolic)) => Ok(pairs::pressure(&systolic, &diastolic, sources)),
                    _ => Err("blood pressure: one half is missing"),
                }
            }
            Kind::Food => {
                let nutrients: Nutrients = self
                    .rows
                    .iter()
                    .filter_map(|row| match row.says {
                        Says::Nutrient(nutrient, value) => Some((nutrient, value)),
                        _ => None,
                    })
                    .collect();
                Ok(pairs::meal(place, self.offset, &nutrients, self.food.clone(), sources))
            }
        }
    }
}

/// Human API's word for a meal of the day.
fn meal_word(value: &str) -> String {
    let lower = value.trim().to_lowercase();
    match &*lower {
        "breakfast" | "lunch" | "dinner" | "snack" => lower,
        "snacks" => "snack".to_owned(),
        _ => format!("other:{}", value.chars().take(100).collect::<String>()),
    }
}

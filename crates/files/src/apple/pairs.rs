//! Blood pressures and meals: several records of one place are one observation.

use std::collections::BTreeMap;

use hilum_model::observation::Meal;
use hilum_model::{Body, Offset, Record};
use serde_json::{Map, Value};

use super::held::{NutrientRow, Place, PressureRow};
use super::key;
use super::row::Sources;
use super::types::{Half, Nutrient};
use crate::error::FileError;
use crate::out::Out;

/// Tells the blood pressures whose halves stand at top level and in no `Correlation`.
pub(super) fn tell_pressures(
    mut rows: Vec<PressureRow>,
    told: &[Place],
    sources: &Sources,
    out: &mut Out<'_>,
) -> Result<(), FileError> {
    rows.retain(|row| told.binary_search(&row.place).is_err());
    rows.sort_by_key(|row| (row.place, row.half));
    for of_place in rows.chunk_by(|a, b| a.place == b.place) {
        let half = |half| of_place.iter().rfind(|row| row.half == half);
        match (half(Half::Systolic), half(Half::Diastolic)) {
            (Some(systolic), Some(diastolic)) => out.record(pressure(systolic, diastolic, sources))?,
            _ => out.reject("blood pressure: one half is missing"),
        }
    }
    Ok(())
}

/// A blood pressure of its halves.
pub(super) fn pressure(systolic: &PressureRow, diastolic: &PressureRow, sources: &Sources) -> Record {
    let body = Body::BloodPressure { systolic: systolic.value, diastolic: diastolic.value, heart_rate: None };
    let mut record = record(systolic.place, systolic.offset, sources, body);
    if systolic.manual {
        record.source_data.insert("manual".to_owned(), Value::Bool(true));
    }
    record
}

/// Tells the nutrients that stand at top level and in no `Correlation`: those of one source and time are one meal.
pub(super) fn tell_meals(
    mut rows: Vec<NutrientRow>,
    told: &[Place],
    sources: &Sources,
    out: &mut Out<'_>,
) -> Result<(), FileError> {
    rows.retain(|row| told.binary_search(&row.place).is_err());
    rows.sort_by_key(|row| (row.place, row.nutrient));
    for of_place in rows.chunk_by(|a, b| a.place == b.place) {
        let NutrientRow { place, offset, .. } = of_place[0];
        out.record(meal(
            place,
            offset,
            &of_place.iter().map(|r| (r.nutrient, r.value)).collect(),
            Food::default(),
            sources,
        ))?;
    }
    Ok(())
}

/// What a meal contains; the last value of a nutrient counts.
pub(super) type Nutrients = BTreeMap<Nutrient, f64>;

/// What a `Correlation` tells of a meal beside its nutrients.
#[derive(Debug, Clone, Default)]
pub(super) struct Food {
    /// Its name.
    pub name: Option<String>,
    /// Human API's word for the meal of the day.
    pub kind: Option<String>,
}

/// A meal.
pub(super) fn meal(place: Place, offset: Offset, of: &Nutrients, food: Food, sources: &Sources) -> Record {
    let name = food.name.clone();
    let mut meal = Meal { name: food.name, kind: food.kind, ..Meal::default() };
    for (nutrient, value) in of {
        match nutrient.name() {
            "calories" => meal.calories = Some(*value),
            "carbohydrate" => meal.carbohydrate_g = Some(*value),
            "fat" => meal.fat_g = Some(*value),
            "protein" => meal.protein_g = Some(*value),
            other => {
                meal.nutrients.insert(other.to_owned(), *value);
            }
        }
    }
    let mut record = record(place, offset, sources, Body::Meal(meal));
    // Several things eaten at once are told by one app at one time.
    if let Some(name) = name {
        record.key = format!("{}/{name}", record.key);
    }
    record
}

/// A record of that place.
pub(super) fn record((source, start, end): Place, offset: Offset, sources: &Sources, body: Body) -> Record {
    Record {
        key: key(start, end, sources.name(source)),
        device: sources.device(source),
        start,
        end: (end != start).then_some(end),
        offset: Some(offset),
        day: start.civil_day(Some(offset)),
        body,
        source_data: Map::new(),
    }
}

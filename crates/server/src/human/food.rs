//! Meals. Source of the members and their units: human-connect contract 4.6.

use hilum_model::observation::Meal;
use hilum_model::{Body, Kind, Record};
use hilum_store::records::StoredRecord;

use super::json::Json;
use super::rows::{Extra, Rows, Told, source_data_if_any};
use crate::api::{About, Operation, Tag};

/// `/food/meals`.
pub(super) const MEALS: Rows = Rows { kind: Kind::Meal, noun: "meal", write };

/// Nutrients beside the four that a meal has members for, as the model names them: grams down to the fats, then
/// milligrams, sodium among them.
const NUTRIENTS: [&str; 12] = [
    "sodium",
    "sugar",
    "fiber",
    "saturatedFat",
    "monounsaturatedFat",
    "polyunsaturatedFat",
    "cholesterol",
    "vitaminA",
    "vitaminC",
    "calcium",
    "iron",
    "potassium",
];

/// Words that the contract has for a meal.
const TYPES: [&str; 7] = ["breakfast", "morning_snack", "lunch", "afternoon_snack", "dinner", "after_dinner", "other"];

/// `/meals` is another name.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::human(
        "/v1/human/food/meals",
        |call, _| MEALS.list(call),
        || {
            About::list(Tag::Food, "listMeals", "Meals", "Meal").link(
                "getMeal",
                "getMeal",
                ("id", "$response.body#/0/id"),
            )
        },
    ),
    Operation::human(
        "/v1/human/food/meals/daily/{date}",
        |call, args| MEALS.daily(call, args.get(0)),
        || About::daily(Tag::Food, "listMealsOfDay", "Meals of a day", "Meal"),
    ),
    Operation::human(
        "/v1/human/food/meals/{id}",
        |call, args| MEALS.by_id(call, args.get(0)),
        || About::by_id(Tag::Food, "getMeal", "A meal", "Meal"),
    ),
    Operation::human(
        "/v1/human/meals",
        |call, _| MEALS.list(call),
        || About::list(Tag::Food, "listMealsShort", "Meals, by their other name", "Meal").deprecated(),
    ),
    Operation::human(
        "/v1/human/meals/daily/{date}",
        |call, args| MEALS.daily(call, args.get(0)),
        || About::daily(Tag::Food, "listMealsOfDayShort", "Meals of a day, by their other name", "Meal").deprecated(),
    ),
    Operation::human(
        "/v1/human/meals/{id}",
        |call, args| MEALS.by_id(call, args.get(0)),
        || About::by_id(Tag::Food, "getMealShort", "A meal, by its other name", "Meal").deprecated(),
    ),
];

fn write(json: &mut Json, row: &StoredRecord, told: &Told<'_>) {
    let Body::Meal(meal) = &row.record.body else { return };
    let record = &row.record;
    let kind = kind(meal, record);
    json.time("timestamp", record.start);
    json.offset(record.offset);
    json.text("type", kind);
    if let Some(name) = &meal.name {
        json.text("name", name);
    }
    json.number_if_told("calories", meal.calories);
    json.number_if_told("carbohydrate", meal.carbohydrate_g);
    json.number_if_told("fat", meal.fat_g);
    json.number_if_told("protein", meal.protein_g);
    for name in NUTRIENTS {
        json.number_if_told(name, meal.nutrients.get(name).copied());
    }
    json.text("source", told.source);
    let own_word = meal.kind.as_deref().filter(|word| *word != kind);
    source_data_if_any(
        json,
        record,
        &[
            ("mealType", Extra::Text(own_word.map(|word| word.strip_prefix("other:").unwrap_or(word)))),
            ("amount", Extra::Number(meal.amount)),
            ("servingUnit", Extra::Text(meal.serving_unit.as_deref())),
        ],
    );
}

/// The contract's word. A snack is one of the morning, the afternoon or the evening by the local hour, where that is
/// known; what has no word of the contract is `other`, and the source's own word stands in `sourceData`.
fn kind(meal: &Meal, record: &Record) -> &'static str {
    let word = meal.kind.as_deref().unwrap_or("other");
    if let Some(known) = TYPES.into_iter().find(|known| *known == word) {
        return known;
    }
    match (word, record.offset) {
        ("snack", Some(offset)) => {
            let local = record.start.plus_s(60 * i64::from(offset.0));
            match local.since_ms(local.utc_day().start_utc()) / 3_600_000 {
                0..12 => "morning_snack",
                12..18 => "afternoon_snack",
                _ => "after_dinner",
            }
        }
        _ => "other",
    }
}

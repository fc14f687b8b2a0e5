//! The three texts of a blood glucose: what was noted, and how it lies to meals and medicine. Source of their names:
//! human-connect contract 4.2; `mealTag` has values like `before_breakfast` there.

use serde_json::{Map, Value};

/// Members in which sources say whether a reading was taken before or after a meal, or fasting.
const TIMES: [&str; 4] = ["measurementTiming", "mealTime", "relationToMeal", "context"];
/// Members in which sources say which meal it was.
const MEALS: [&str; 1] = ["mealType"];
/// Meals that they name.
const NAMED: [&str; 4] = ["breakfast", "lunch", "dinner", "snack"];

/// The text of a member, empty where the source does not tell it.
pub(super) fn text<'a>(source_data: &'a Map<String, Value>, name: &str) -> &'a str {
    source_data.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// `mealTag`: as the source says it, else put together from its own words: `before_breakfast`, `after_meal`, `fasting`;
/// empty where it tells nothing of the kind.
pub(super) fn meal_tag(source_data: &Map<String, Value>) -> String {
    let told = text(source_data, "mealTag");
    if !told.is_empty() {
        return told.to_owned();
    }
    let word = |names: &[&str]| names.iter().map(|name| words(text(source_data, name))).find(|word| !word.is_empty());
    let meal = word(&MEALS).and_then(|word| NAMED.into_iter().find(|meal| *meal == word));
    match (word(&TIMES).as_deref(), meal) {
        (Some("before_meal"), Some(meal)) => format!("before_{meal}"),
        (Some("after_meal"), Some(meal)) => format!("after_{meal}"),
        (Some(time @ ("before_meal" | "after_meal" | "fasting")), _) => time.to_owned(),
        (_, Some(meal)) => meal.to_owned(),
        (_, None) => String::new(),
    }
}

/// `Before Meal` and `BEFORE_MEAL` as `before_meal`.
fn words(text: &str) -> String {
    text.trim().to_ascii_lowercase().replace([' ', '-'], "_")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tags_from_the_words_of_sources() {
        for (told, tag) in [
            (json!({"mealTag": "before_breakfast", "mealTime": "After Meal"}), "before_breakfast"),
            (json!({"measurementTiming": "BEFORE_MEAL", "mealType": "BREAKFAST"}), "before_breakfast"),
            (json!({"measurementTiming": "AFTER_MEAL", "mealType": "SECOND_BREAKFAST"}), "after_meal"),
            (json!({"measurementTiming": "FASTING", "mealType": "BREAKFAST"}), "fasting"),
            (json!({"mealTime": "Before Meal"}), "before_meal"),
            (json!({"context": "after_meal"}), "after_meal"),
            (json!({"mealType": "DINNER"}), "dinner"),
            (json!({"mealTime": "Unspecified", "context": "rest"}), ""),
            (json!({"mealTime": 1}), ""),
            (json!({}), ""),
        ] {
            let Value::Object(map) = &told else { panic!("an object") };
            assert_eq!(meal_tag(map), tag, "{told}");
        }
    }
}

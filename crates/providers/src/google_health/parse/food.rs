//! `nutrition-log` and `hydration-log`. Source: `google/devicesandservices/health/v4/data_types.proto`.

use std::collections::BTreeMap;

use hilum_model::observation::Meal;
use hilum_model::{Batch, Body, Metric, Record, Sample, Unit};
use serde_json::Value;

use super::{beyond, device, interval, own_id, points};
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// Google's nutrients by Human API's names; true where that name counts in mg.
const NUTRIENTS: [(&str, &str, bool); 10] = [
    ("SUGAR", "sugar", false),
    ("DIETARY_FIBER", "fiber", false),
    ("SATURATED_FAT", "saturatedFat", false),
    ("MONOUNSATURATED_FAT", "monounsaturatedFat", false),
    ("POLYUNSATURATED_FAT", "polyunsaturatedFat", false),
    ("CHOLESTEROL", "cholesterol", true),
    ("SODIUM", "sodium", true),
    ("POTASSIUM", "potassium", true),
    ("CALCIUM", "calcium", true),
    ("IRON", "iron", true),
];

/// Members that are normalised.
const TAKEN: [&str; 7] =
    ["foodDisplayName", "mealType", "energy", "totalCarbohydrate", "totalFat", "nutrients", "serving"];

/// Things eaten.
pub(crate) fn nutrition_log(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    points(bytes, "dataPoints", |point, batch| {
        let value = read::object_at(point, "nutritionLog").ok_or("of another type")?;
        let span = interval(value, context)?;
        let grams = |name| read::amount_at(read::object_at(value, name)?, "grams");
        let (nutrients, protein_g, others) = nutrients(value);
        let mut source_data = beyond(point, value, &TAKEN);
        if !others.is_empty() {
            source_data.insert("nutrients".to_owned(), Value::Array(others));
        }
        let serving = read::object_at(value, "serving");
        let device = device(point, batch);
        batch.record(Record {
            key: own_id(point).unwrap_or_else(|| format!("at-{}", span.start.unix_s())),
            device,
            start: span.start,
            end: Some(span.end),
            offset: span.start_offset,
            day: span.start.civil_day(span.start_offset),
            body: Body::Meal(Meal {
                kind: read::text_at(value, "mealType").map(meal),
                name: read::text_at(value, "foodDisplayName").map(str::to_owned),
                amount: serving.and_then(|s| read::amount_at(s, "amount")),
                serving_unit: serving
                    .and_then(|s| read::text_at(s, "foodMeasurementUnitDisplayName"))
                    .map(str::to_owned),
                calories: read::object_at(value, "energy").and_then(|e| read::amount_at(e, "kcal")),
                carbohydrate_g: grams("totalCarbohydrate"),
                fat_g: grams("totalFat"),
                protein_g,
                nutrients,
            }),
            source_data,
        });
        Ok(())
    })
}

/// Our word for a meal.
fn meal(word: &str) -> String {
    match word {
        "BREAKFAST" | "LUNCH" | "DINNER" | "SNACK" => word.to_lowercase(),
        other => format!("other:{other}"),
    }
}

/// The nutrients that have a name, protein, and the others as they came.
fn nutrients(value: &Object) -> (BTreeMap<String, f64>, Option<f64>, Vec<Value>) {
    let (mut named, mut protein, mut others) = (BTreeMap::new(), None, Vec::new());
    for item in value.get("nutrients").and_then(Value::as_array).map_or(&[][..], Vec::as_slice) {
        let told = item.as_object().and_then(|item| {
            Some((read::text_at(item, "nutrient")?, read::amount_at(read::object_at(item, "quantity")?, "grams")?))
        });
        match told {
            Some(("PROTEIN", grams)) => protein = Some(grams),
            Some((word, grams)) => match NUTRIENTS.iter().find(|(theirs, ..)| *theirs == word) {
                Some((_, ours, in_milligrams)) => {
                    let amount = if *in_milligrams { Unit::Gram.convert(grams, Unit::Milligram) } else { Some(grams) };
                    named.extend(amount.filter(|a| a.is_finite()).map(|amount| ((*ours).to_owned(), amount)));
                }
                None => others.push(item.clone()),
            },
            None => others.push(item.clone()),
        }
    }
    (named, protein, others)
}

/// Water drunk.
pub(crate) fn hydration_log(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    points(bytes, "dataPoints", |point, batch| {
        let value = read::object_at(point, "hydrationLog").ok_or("of another type")?;
        let span = interval(value, context)?;
        let amount = read::object_at(value, "amountConsumed").ok_or("no amount")?;
        let device = device(point, batch);
        batch.sample(Sample {
            metric: Metric::WaterIntake,
            device,
            context: None,
            start: span.start,
            end: Some(span.end),
            offset: span.start_offset,
            value: read::positive_at(amount, "milliliters").ok_or("no amount above zero")?,
            unit: Unit::Millilitre,
        });
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Time};
    use serde_json::json;

    use super::*;

    fn context() -> Context {
        Context { received: Time(0), time_zone: None }
    }

    #[test]
    fn meals_by_hand() {
        let batch = nutrition_log(include_bytes!("../fixtures/nutrition_log.json"), &context());
        let batch = batch.expect("documented form");
        assert_eq!(batch.rejected, Vec::<String>::new());
        let [Observation::Record(soup), Observation::Record(apple)] = batch.observations.as_slice() else {
            panic!("two records")
        };
        assert_eq!((soup.key.as_str(), soup.end), ("n-1", Some(soup.start)));
        assert_eq!(
            soup.body,
            Body::Meal(Meal {
                kind: Some("lunch".to_owned()),
                name: Some("Lentil soup".to_owned()),
                amount: Some(1.0),
                serving_unit: Some("bowl".to_owned()),
                calories: Some(310.0),
                carbohydrate_g: Some(42.0),
                fat_g: Some(7.5),
                protein_g: Some(17.0),
                // 0.85 g are 850 mg.
                nutrients: BTreeMap::from([("fiber".to_owned(), 11.2), ("sodium".to_owned(), 850.0)]),
            })
        );
        assert_eq!(
            soup.source_data.get("nutrients"),
            Some(&json!([{"nutrient": "SELENIUM", "quantity": {"grams": 0.000_02}}]))
        );
        let Body::Meal(bare) = &apple.body else { panic!("a meal") };
        assert_eq!((bare.kind.as_deref(), bare.calories), (Some("other:ANYTIME"), None));
    }

    #[test]
    fn drinks_by_hand() {
        let batch = hydration_log(include_bytes!("../fixtures/hydration_log.json"), &context());
        let batch = batch.expect("documented form");
        assert_eq!(batch.rejected, ["dataPoints[1]: no amount"]);
        let [Observation::Sample(glass)] = batch.observations.as_slice() else { panic!("one sample") };
        assert_eq!((glass.metric, glass.value, glass.unit), (Metric::WaterIntake, 250.0, Unit::Millilitre));
        assert_eq!(glass.start.to_iso(), "2026-09-21T10:05:00.000Z");
    }
}

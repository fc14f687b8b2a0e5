//! Dexcom: glucose and what was eaten.

use super::*;

#[test]
fn glucose_and_meals_are_read_back() {
    for persona in &PEOPLE {
        let story = Story::new(persona);
        for day in days() {
            let batch = read("dexcom", "egvs", &story, day);
            let told: Vec<_> = records(&batch)
                .filter_map(|r| match &r.body {
                    Body::Reading { metric: Metric::BloodGlucose, quantity } => Some((r.start, quantity.value as i64)),
                    _ => None,
                })
                .collect();
            let truth: Vec<_> = persona.glucose(day).iter().map(|value| (value.at, value.level)).collect();
            assert_eq!(told, truth, "{} {day}", persona.id);
            assert!(records(&batch).all(|r| r.offset == Some(persona.offset_at(r.start))));

            let batch = read("dexcom", "events", &story, day);
            let eaten: Vec<_> = records(&batch)
                .filter_map(|r| match &r.body {
                    Body::Meal(meal) => meal.carbohydrate_g.map(|g| (r.start, g as i64)),
                    _ => None,
                })
                .collect();
            let meals = persona.meals(day);
            assert_eq!(eaten, meals.iter().map(|m| (m.at, m.carbohydrate)).collect::<Vec<_>>());
            let doses: Vec<_> =
                samples(&batch, Metric::InsulinDose).map(|s| (s.start, (s.value * 10.0).round() as i64)).collect();
            let injected = meals.iter().filter(|m| m.insulin > 0).map(|m| (m.at, m.insulin));
            assert_eq!(doses, injected.collect::<Vec<_>>(), "{} {day}", persona.id);
        }
    }
}

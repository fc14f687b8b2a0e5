//! Garmin: what only it tells closely. Days, nights and workouts are compared for every provider alike.

use super::*;

#[test]
fn points_series_scale_and_cuff_are_read_back() {
    let mut seen = [0; 4];
    for persona in &PEOPLE {
        let story = Story::new(persona);
        for day in days() {
            let track = read("garmin", "activity_details", &story, day);
            same_hearts(&story, &track);
            let slept = story.sleeps(day).into_iter().find(|s| s.main).expect("a night");
            let told: Vec<_> = samples(&read("garmin", "hrv", &story, day), Metric::HrvRmssd)
                .map(|s| (s.start, s.value as i64))
                .collect();
            let truth: Vec<_> = (0..slept.slots.len())
                .map(|slot| (slept.start.plus_s(slot as i64 * 300), persona.variability_slot(day, slot)))
                .collect();
            assert_eq!(told, truth, "{} {day}", persona.id);
            let scale = read("garmin", "body_comps", &story, day);
            let weight = records(&scale).find_map(|r| match &r.body {
                Body::Reading { metric: Metric::Weight, quantity } => Some((r.start, quantity.received as i64)),
                _ => None,
            });
            assert_eq!(weight, persona.weigh_in(day).map(|w| (w.at, w.grams)));
            let cuff = read("garmin", "blood_pressures", &story, day);
            assert_eq!(records(&cuff).count(), persona.pressures(day).len());
            // Quarters of an hour add up to the day.
            let epochs = read("garmin", "epochs", &story, day);
            let steps: f64 = samples(&epochs, Metric::Steps).map(|s| s.value).sum();
            near(Some(steps), story.totals(day, persona.end_of(day)).map(|sum| sum.steps as f64), 0.0);
            let counts = [
                samples(&track, Metric::Latitude).count(),
                told.len(),
                records(&scale).count(),
                records(&cuff).count(),
            ];
            for (sum, count) in seen.iter_mut().zip(counts) {
                *sum += count;
            }
        }
    }
    assert!(seen.iter().all(|n| *n > 5), "{seen:?}");
}

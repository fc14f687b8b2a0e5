//! Suunto: workouts, and their points from FIT files. Days and nights are compared for every provider alike.

use super::*;

#[test]
fn workouts_and_their_files_are_read_back() {
    let stream = crate::find("suunto").and_then(|p| p.stream("workouts")).expect("a stream");
    files_are_read_back("suunto", stream);
}

#[test]
fn ten_minutes_add_up() {
    for persona in &PEOPLE {
        let story = Story::new(persona);
        for day in days() {
            let batch = read("suunto", "activity_samples", &story, day);
            let sum = story.totals(day, persona.end_of(day)).expect("a day");
            let steps: f64 = samples(&batch, Metric::Steps).map(|s| s.value).sum();
            near(Some(steps), Some(sum.steps as f64), 0.0);
            let kcal = samples(&batch, Metric::TotalEnergy).map(|s| s.value / 4184.0).sum::<f64>();
            near(Some(kcal), Some(sum.all_energy(persona) as f64 / 100.0), 1.0);
        }
    }
}

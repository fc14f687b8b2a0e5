//! Concept2: what was rowed, stroke by stroke.

use super::*;
use crate::persona::Sport;

#[test]
fn pieces_and_their_strokes_are_read_back() {
    let stream = crate::find("concept2").and_then(|p| p.stream("results")).expect("a stream");
    let mut rowed = 0;
    for persona in &PEOPLE {
        let story = Story::new(persona);
        for day in days() {
            let batch = read("concept2", "results", &story, day);
            let told = workouts(&batch);
            let done: Vec<_> = persona.workouts(day).into_iter().filter(|w| w.sport == Sport::Row).collect();
            assert_eq!(told.len(), done.len(), "{} {day}", persona.id);
            for ((record, activity), workout) in told.into_iter().zip(&done) {
                assert_eq!((record.start, record.end), (workout.start, Some(workout.end)));
                same_effort(&story, workout, activity);
                rowed += 1;
            }
            for (_, track) in tracks("concept2", stream, &story, day) {
                same_hearts(&story, &track);
            }
        }
    }
    assert!(rowed > 3, "{rowed} pieces");
}

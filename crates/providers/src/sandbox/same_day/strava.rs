//! Strava: workouts and their points.

use super::*;

#[test]
fn workouts_and_their_points_are_read_back() {
    let stream = crate::find("strava").and_then(|p| p.stream("activities")).expect("a stream");
    let mut places = 0;
    for persona in &PEOPLE {
        let story = Story::new(persona);
        for day in days() {
            let batch = read("strava", "activities", &story, day);
            let told = workouts(&batch);
            let done = persona.workouts(day);
            assert_eq!(told.len(), done.len(), "{} {day}", persona.id);
            for ((record, activity), workout) in told.into_iter().zip(&done) {
                assert_eq!((record.start, record.end, record.day), (workout.start, Some(workout.end), day));
                assert_eq!(record.offset, Some(persona.offset_at(workout.start)));
                assert_eq!(activity.duration_s, Some(workout.minutes() as f64 * 60.0));
                same_effort(&story, workout, activity);
            }
            for (key, track) in tracks("strava", stream, &story, day) {
                assert!(samples(&track, Metric::HeartRate).all(|s| s.context.as_deref() == Some(&key)));
                places += samples(&track, Metric::Latitude).count();
                same_hearts(&story, &track);
            }
        }
    }
    assert!(places > 1000, "{places} places");
}

//! What the tellers of workout services share: the workouts of a day that are over, and numbers for them from which
//! the workout is found again when its detail is asked for.

use hilum_model::Day;

use super::Ask;
use crate::persona::{Persona, Stretch, Workout};

/// A workout that is over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Done {
    /// Its number at the service: the same over corrections.
    pub(crate) id: i64,
    /// The workout.
    pub(crate) workout: Workout,
    /// Its sums.
    pub(crate) effort: Stretch,
}

/// Numbers of one person's workouts lie so far apart that a day and a place in it fit.
const ROOM: i64 = 10_000_000;

/// The workouts that began on a day and are over.
pub(crate) fn done(ask: &Ask<'_>, day: Day) -> Vec<Done> {
    let over = ask.story.persona.workouts(day).into_iter().filter(|w| w.end <= ask.now);
    (0..)
        .zip(over)
        .filter_map(|(nth, workout)| {
            let effort = ask.story.effort(&workout)?;
            Some(Done { id: number(ask.story.persona) * ROOM + i64::from(day.0) * 10 + nth, workout, effort })
        })
        .collect()
}

/// The workout of that number, if it is the person's and over.
pub(crate) fn find(ask: &Ask<'_>, id: i64) -> Option<Done> {
    let day = Day(i32::try_from(id % ROOM / 10).ok()?);
    done(ask, day).into_iter().find(|done| done.id == id)
}

/// A person's own four digits.
fn number(persona: &Persona) -> i64 {
    1_000 + (persona.number(&[0x5b]) % 9_000) as i64
}

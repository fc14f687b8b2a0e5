//! What the tellers of workout services share: the workouts of a day that are over, and numbers for them from which
//! the workout is found again when its detail is asked for.

use hilum_files::fit;
use hilum_model::Day;

use super::Ask;
use crate::persona::{Persona, Sport, Stretch, Workout};

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

/// A workout as a FIT file; who made it is filled in by the teller.
pub(crate) fn fit_file(ask: &Ask<'_>, done: &Done) -> fit::Workout {
    let Done { id, workout, effort } = *done;
    let seconds = (workout.minutes() * 60) as f64;
    // Of steps the format counts those of one leg.
    let on_foot = matches!(workout.sport, Sport::Run | Sport::Walk);
    let strides = |n: f64| if on_foot { n / 2.0 } else { n };
    let points = ask.story.track(&workout, 10);
    fit::Workout {
        serial: (id % 1_000_000) as u32 + 1,
        start: workout.start,
        offset: Some(ask.story.persona.offset_at(workout.start)),
        sport: match workout.sport {
            Sport::Run => 1,
            Sport::Cycle => 2,
            Sport::Swim => 5,
            Sport::Walk => 11,
            Sport::Row => 15,
            Sport::Weights | Sport::Yoga => 10,
        },
        elapsed_s: seconds,
        timer_s: seconds,
        distance_m: Some(effort.decimetres as f64 / 10.0),
        calories: Some(effort.energy as f64 / 100.0),
        heart_rate_avg: Some(effort.mean_tenths as f64 / 10.0),
        heart_rate_max: Some(f64::from(effort.greatest)),
        points: points
            .iter()
            .map(|point| fit::Point {
                at: point.at,
                latitude: point.place.map(|(latitude, _)| latitude as f64 / 1e6),
                longitude: point.place.map(|(_, longitude)| longitude as f64 / 1e6),
                altitude_m: point.altitude.map(|tenths| tenths as f64 / 10.0),
                heart_rate: Some(f64::from(point.bpm)),
                cadence: point.cadence.map(|n| strides(n as f64)),
                distance_m: Some(point.decimetres as f64 / 10.0),
                speed: Some(point.speed as f64 / 1000.0),
                power: point.watts.map(|watts| watts as f64),
            })
            .collect(),
        ..fit::Workout::default()
    }
}

//! A workout point by point: where, how high, how fast, with what heart.

use hilum_model::Time;

use super::minutes::Minute;
use super::people::Persona;
use super::story::Story;
use super::workout::{Sport, Workout};

/// One point of a workout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// When.
    pub at: Time,
    /// Latitude and longitude, 1/1,000,000 degree; `None` indoors.
    pub place: Option<(i64, i64)>,
    /// Height above sea level, 1/10 m; `None` indoors.
    pub altitude: Option<i64>,
    /// Way since the start, 1/10 m.
    pub decimetres: i64,
    /// mm/s.
    pub speed: i64,
    /// Steps, revolutions or strokes a minute; `None` where there are none.
    pub cadence: Option<i64>,
    /// W, on a bicycle or rowing machine.
    pub watts: Option<i64>,
    /// Heart beats a minute.
    pub bpm: u8,
}

/// Where people live or stay: latitude and longitude in degrees, height in m, of a park of the place.
const fn park(zone: &str) -> (f64, f64, f64) {
    match zone.as_bytes() {
        b"Europe/Stockholm" => (59.329_5, 18.120_2, 12.0),
        b"Europe/Berlin" => (52.514_3, 13.350_1, 36.0),
        b"Europe/London" => (51.507_3, -0.165_7, 28.0),
        b"Europe/Lisbon" => (38.728_2, -9.152_6, 84.0),
        b"America/New_York" => (40.782_9, -73.965_4, 38.0),
        b"America/Chicago" => (41.963_4, -87.638_7, 180.0),
        b"Asia/Tokyo" => (35.671_7, 139.694_9, 37.0),
        _ => (12.976_3, 77.592_9, 915.0),
    }
}

/// Metres of a degree of latitude.
const DEGREE_M: f64 = 111_195.0;

impl Story<'_> {
    /// The points of a workout, one each `every_s` seconds (1 to 60, a divisor of 60) from its start, the end excluded.
    /// At whole minutes they tell what the minutes of the day tell; within a minute the pace is even.
    pub fn track(&self, workout: &Workout, every_s: i64) -> Vec<Point> {
        let every_s = every_s.clamp(1, 60);
        let mut way = 0;
        let mut points = Vec::new();
        for (at, minute) in self.minutes_between(workout.start, workout.end) {
            let step = i64::from(minute.decimetres);
            for second in (0..60).step_by(every_s as usize) {
                points.push(self.persona.point(workout, at.plus_s(second), way + step * second / 60, &minute));
            }
            way += step;
        }
        points
    }
}

impl Persona {
    fn point(&self, workout: &Workout, at: Time, decimetres: i64, minute: &Minute) -> Point {
        let course = course_m(workout.sport).map(|radius| {
            // Round and round a circle through the park, so that the way on the ground is the way that is told.
            let (latitude, longitude, height) = park(self.zone(self.day_of(workout.start)));
            let angle = decimetres as f64 / 10.0 / radius;
            let north = latitude + radius * angle.sin() / DEGREE_M;
            let east = longitude + radius * (1.0 - angle.cos()) / (DEGREE_M * latitude.to_radians().cos());
            let micro = |degrees: f64| (degrees * 1e6).round() as i64;
            let altitude = ((height + 6.0 * (1.0 - angle.cos())) * 10.0).round() as i64;
            ((micro(north), micro(east)), altitude)
        });
        let pace = f64::from(minute.decimetres);
        Point {
            at,
            place: course.map(|(place, _)| place),
            altitude: course.map(|(_, altitude)| altitude),
            decimetres,
            speed: (pace * 100.0 / 60.0).round() as i64,
            cadence: match workout.sport {
                Sport::Run | Sport::Walk => Some(i64::from(minute.steps)),
                Sport::Cycle => Some((pace / 45.0).round() as i64),
                Sport::Row => Some((pace / 95.0).round() as i64),
                Sport::Swim => Some((pace / 14.0).round() as i64),
                Sport::Weights | Sport::Yoga => None,
            },
            // A quarter of the energy that the body uses reaches the pedal or handle: 1 kcal/min is 69.8 W.
            watts: matches!(workout.sport, Sport::Cycle | Sport::Row)
                .then(|| (f64::from(minute.energy) / 100.0 * 69.8 / 4.0).round() as i64),
            bpm: minute.bpm,
        }
    }
}

/// Radius of the round, m, of what is done outdoors.
const fn course_m(sport: Sport) -> Option<f64> {
    match sport {
        Sport::Run => Some(400.0),
        Sport::Walk => Some(200.0),
        Sport::Cycle => Some(2_500.0),
        Sport::Swim | Sport::Weights | Sport::Yoga | Sport::Row => None,
    }
}

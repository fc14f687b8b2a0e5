//! The route of an exercise as a TCX file.

use std::fmt::Write as _;

use super::instant;
use crate::google_health::streams::LOCATION;
use crate::persona::Sport;
use crate::sandbox::sport::{Done, find};
use crate::sandbox::{Ask, Extra};

/// How the path of an export ends.
pub(super) const EXPORT: &str = ":exportExerciseTcx";

/// The file of the exercise that a path names.
pub(super) fn export(path: &str, ask: &Ask<'_>) -> Option<Extra> {
    if !ask.granted(LOCATION) {
        return Some(Extra::Status(403));
    }
    let id = path.strip_suffix(EXPORT)?.rsplit('/').next()?;
    let done = find(ask, id.parse().ok()?)?;
    Some(Extra::File { kind: "application/vnd.garmin.tcx+xml", bytes: write(ask, &done).into_bytes() })
}

fn write(ask: &Ask<'_>, done: &Done) -> String {
    let Done { workout, effort, .. } = *done;
    let sport = match workout.sport {
        Sport::Run => "Running",
        Sport::Cycle => "Biking",
        Sport::Walk | Sport::Swim | Sport::Weights | Sport::Yoga | Sport::Row => "Other",
    };
    let start = instant(workout.start);
    let mut points = String::new();
    for point in ask.story.track(&workout, 10) {
        let Some((latitude, longitude)) = point.place else { continue };
        let degrees = |millionths: i64| millionths as f64 / 1e6;
        let altitude = point
            .altitude
            .map_or_else(String::new, |tenths| format!("<AltitudeMeters>{:.1}</AltitudeMeters>", tenths as f64 / 10.0));
        // Writing to a text never fails.
        let _ = write!(
            points,
            "<Trackpoint><Time>{}</Time><Position><LatitudeDegrees>{}</LatitudeDegrees><LongitudeDegrees>{}\
             </LongitudeDegrees></Position>{altitude}<DistanceMeters>{:.1}</DistanceMeters><HeartRateBpm><Value>{}\
             </Value></HeartRateBpm></Trackpoint>",
            instant(point.at),
            degrees(latitude),
            degrees(longitude),
            point.decimetres as f64 / 10.0,
            point.bpm,
        );
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<TrainingCenterDatabase \
         xmlns=\"http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2\"><Activities><Activity Sport=\"{sport}\">\
         <Id>{start}</Id><Lap StartTime=\"{start}\"><TotalTimeSeconds>{}</TotalTimeSeconds><DistanceMeters>{:.1}\
         </DistanceMeters><Calories>{}</Calories><Intensity>Active</Intensity><TriggerMethod>Manual</TriggerMethod>\
         <Track>{points}</Track></Lap><Creator><Name>Pixel Watch</Name></Creator></Activity></Activities>\
         </TrainingCenterDatabase>",
        workout.minutes() * 60,
        effort.decimetres as f64 / 10.0,
        effort.energy / 100,
    )
}

//! Workouts and their points.

use hilum_model::Day;
use serde_json::{Map, Value, json};

use super::summary;
use crate::persona::{Point, Sport};
use crate::sandbox::sport::{Done, done};
use crate::sandbox::{Ask, Item};

/// The dialect's word for a sport.
const fn word(sport: Sport) -> &'static str {
    match sport {
        Sport::Run => "RUNNING",
        Sport::Walk => "WALKING",
        Sport::Cycle => "CYCLING",
        Sport::Swim => "LAP_SWIMMING",
        Sport::Row => "INDOOR_ROWING",
        Sport::Weights => "STRENGTH_TRAINING",
        Sport::Yoga => "YOGA",
    }
}

/// Seconds from point to point.
const EVERY_S: i64 = 10;

pub(super) fn summaries(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let one = |done: Done| {
        let Done { id, workout, effort } = done;
        let seconds = workout.minutes() * 60;
        let json = json!({
            "summaryId": id.to_string(),
            "activityId": id,
            "activityName": word(workout.sport),
            "activityType": word(workout.sport),
            "durationInSeconds": seconds,
            "distanceInMeters": effort.decimetres as f64 / 10.0,
            "activeKilocalories": (effort.energy + 50) / 100,
            "averageHeartRateInBeatsPerMinute": (effort.mean_tenths + 5) / 10,
            "maxHeartRateInBeatsPerMinute": effort.greatest,
            "averageSpeedInMetersPerSecond": (effort.decimetres as f64 * 10.0 / seconds as f64).round() / 100.0,
            "steps": effort.steps,
            "deviceName": "forerunner965",
            "manual": false,
        });
        Item { day, at: workout.start, json: summary(ask, 8, workout.start, json) }
    };
    done(ask, day).into_iter().map(one).collect()
}

pub(super) fn details(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let one = |done: Done| {
        let start = done.workout.start;
        let points: Vec<Value> = ask.story.track(&done.workout, EVERY_S).iter().map(|p| point(p, done)).collect();
        let json = json!({
            "summaryId": format!("{}-detail", done.id),
            "activityId": done.id,
            "summary": {
                "activityType": word(done.workout.sport),
                "startTimeInSeconds": start.unix_s(),
                "startTimeOffsetInSeconds": i64::from(ask.story.persona.offset_at(start).0) * 60,
            },
            "samples": points,
            "laps": [{"startTimeInSeconds": start.unix_s()}],
        });
        Item { day, at: start, json: summary(ask, 9, start, json) }
    };
    done(ask, day).into_iter().map(one).collect()
}

fn point(point: &Point, done: Done) -> Value {
    let mut json = Map::new();
    let mut tell = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            json.insert(name.to_owned(), value);
        }
    };
    tell("startTimeInSeconds", Some(json!(point.at.unix_s())));
    tell("latitudeInDegree", point.place.map(|(latitude, _)| json!(latitude as f64 / 1e6)));
    tell("longitudeInDegree", point.place.map(|(_, longitude)| json!(longitude as f64 / 1e6)));
    tell("elevationInMeters", point.altitude.map(|tenths| json!(tenths as f64 / 10.0)));
    tell("heartRate", Some(json!(point.bpm)));
    tell("speedMetersPerSecond", Some(json!(point.speed as f64 / 1000.0)));
    let cadence = match done.workout.sport {
        Sport::Cycle => "bikeCadenceInRPM",
        Sport::Swim | Sport::Row => "swimCadenceInStrokesPerMinute",
        _ => "stepsPerMinute",
    };
    tell(cadence, point.cadence.map(|n| json!(n)));
    tell("powerInWatts", point.watts.map(|n| json!(n)));
    tell("totalDistanceInMeters", Some(json!(point.decimetres as f64 / 10.0)));
    tell("timerDurationInSeconds", Some(json!(point.at.since_ms(done.workout.start) / 1000)));
    Value::Object(json)
}

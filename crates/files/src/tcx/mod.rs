//! TCX, Garmin's Training Center files: activities of laps of track points.
//!
//! Source: <https://www8.garmin.com/xmlschemas/TrainingCenterDatabasev2.xsd> and ActivityExtension v2 (`Speed`, `Watts`,
//! `RunCadence` of a point; `Steps` of a lap). Elements are told by their local names. Both cadences count
//! revolutions by that schema: of a runner's leg (strides, two steps each) or of a crank. An activity's key is its `Id`, the time of its start. Sums over
//! the laps are the activity's numbers; a mean heart rate is weighted by the laps' times. What a person wrote (`Notes`)
//! is not read.

use std::io::Read;

use hilum_model::observation::Activity;
use hilum_model::{Batch, Body, Metric, Offset, Record, Sample, Time, Unit};
use serde_json::{Map, Value};

use crate::covered::Covered;
use crate::detail;
use crate::error::FileError;
use crate::limits::Limits;
use crate::out::Out;
use crate::tree::{self, Visitor};
use crate::xml::Tag;

/// The root element's name.
pub(crate) const ROOT: &str = "TrainingCenterDatabase";

/// Reads a file.
pub(crate) fn read(input: impl Read, limits: &Limits, out: &mut Out<'_>) -> Result<(), FileError> {
    run(input, limits, None, out)
}

/// The samples of a workout that is known from elsewhere, with `key` as their context.
///
/// # Errors
/// As for [`crate::read()`]; a file that is cut off gives what came before, and `rejected` says so.
pub fn workout_detail(bytes: &[u8], key: &str) -> Result<Batch, FileError> {
    detail::collect(bytes, |out| run(bytes, &Limits::default(), Some(key), out))
}

fn run(input: impl Read, limits: &Limits, key: Option<&str>, out: &mut Out<'_>) -> Result<(), FileError> {
    let mut tcx = Tcx { out, key, activity: None, lap: None, point: None };
    let ended = tree::walk(input, limits, &mut tcx);
    // An activity that is cut off is told as far as it came.
    tcx.lap_ends();
    tcx.activity_ends()?;
    ended
}

struct Tcx<'a, 'o> {
    out: &'a mut Out<'o>,
    key: Option<&'a str>,
    activity: Option<Session>,
    lap: Option<Lap>,
    point: Option<Point>,
}

/// An activity under way.
#[derive(Default)]
struct Session {
    sport: String,
    key: Option<String>,
    device: Option<String>,
    start: Option<(Time, Option<Offset>)>,
    last: Option<Time>,
    covered: Covered,
    laps: u32,
    seconds: Sum,
    metres: Sum,
    calories: Sum,
    steps: Sum,
    /// Heart beats of the laps that tell a mean, and their seconds.
    beats: f64,
    beating: f64,
    heart_rate_max: Option<f64>,
    speed_max: Option<f64>,
}

/// A sum of what laps tell; nothing if none does.
#[derive(Default, Clone, Copy)]
struct Sum(Option<f64>);

impl Sum {
    fn add(&mut self, value: Option<f64>) {
        if let Some(value) = value {
            self.0 = Some(self.0.unwrap_or(0.0) + value);
        }
    }
}

#[derive(Default)]
struct Lap {
    seconds: Option<f64>,
    metres: Option<f64>,
    calories: Option<f64>,
    steps: Option<f64>,
    heart_rate_avg: Option<f64>,
    heart_rate_max: Option<f64>,
    speed_max: Option<f64>,
}

#[derive(Default)]
struct Point {
    time: Option<(Time, Option<Offset>)>,
    latitude: Option<f64>,
    longitude: Option<f64>,
    altitude: Option<f64>,
    metres: Option<f64>,
    heart_rate: Option<f64>,
    cadence: Option<f64>,
    strides: Option<f64>,
    speed: Option<f64>,
    power: Option<f64>,
}

impl Visitor for Tcx<'_, '_> {
    fn open(&mut self, path: &[String], tag: &Tag<'_>) -> Result<(), FileError> {
        match path.last().map_or("", String::as_str) {
            "Activity" => {
                let sport = tag.get("Sport")?.unwrap_or_default().trim().to_owned();
                self.activity = Some(Session { sport, ..Session::default() });
            }
            "Lap" => {
                let start = tag.get("StartTime")?;
                if let Some(activity) = &mut self.activity {
                    activity.begins(start.as_deref().and_then(|text| tree::time(text.trim())));
                }
                self.lap = Some(Lap::default());
            }
            "Trackpoint" => self.point = Some(Point::default()),
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, path: &[String], text: &str) -> Result<(), FileError> {
        let name = path.last().map_or("", String::as_str);
        let parent = path.len().checked_sub(2).map_or("", |at| path[at].as_str());
        match (name, parent) {
            ("Trackpoint", _) => return self.point_ends(),
            ("Lap", _) => self.lap_ends(),
            ("Activity", _) => return self.activity_ends(),
            _ => {}
        }
        let positive = || tree::number(text).filter(|n| *n > 0.0);
        let amount = || tree::number(text).filter(|n| *n >= 0.0);
        if let Some(point) = &mut self.point {
            match (parent, name) {
                ("Trackpoint", "Time") => point.time = tree::time(text),
                ("Position", "LatitudeDegrees") => point.latitude = tree::number(text).filter(|n| n.abs() <= 90.0),
                ("Position", "LongitudeDegrees") => point.longitude = tree::number(text).filter(|n| n.abs() <= 180.0),
                ("Trackpoint", "AltitudeMeters") => point.altitude = tree::number(text),
                ("Trackpoint", "DistanceMeters") => point.metres = amount(),
                ("HeartRateBpm", "Value") => point.heart_rate = positive(),
                ("Trackpoint", "Cadence") => point.cadence = amount(),
                (_, "RunCadence") => point.strides = amount(),
                (_, "Speed") => point.speed = amount(),
                (_, "Watts") => point.power = amount(),
                _ => {}
            }
        } else if let Some(lap) = &mut self.lap {
            match (parent, name) {
                ("Lap", "TotalTimeSeconds") => lap.seconds = amount(),
                ("Lap", "DistanceMeters") => lap.metres = amount(),
                ("Lap", "Calories") => lap.calories = amount(),
                ("Lap", "MaximumSpeed") => lap.speed_max = amount(),
                ("AverageHeartRateBpm", "Value") => lap.heart_rate_avg = positive(),
                ("MaximumHeartRateBpm", "Value") => lap.heart_rate_max = positive(),
                (_, "Steps") => lap.steps = amount(),
                _ => {}
            }
        } else if let Some(activity) = &mut self.activity {
            match (parent, name) {
                ("Activity", "Id") => {
                    let time = tree::time(text);
                    activity.key = time.map(|(at, _)| format!("tcx:{}", at.0));
                    activity.begins(time);
                }
                ("Creator", "Name") if !text.is_empty() => activity.device = Some(text.to_owned()),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Session {
    fn begins(&mut self, at: Option<(Time, Option<Offset>)>) {
        self.start = self.start.or(at);
    }
}

impl Tcx<'_, '_> {
    fn point_ends(&mut self) -> Result<(), FileError> {
        let (Some(point), Some(activity)) = (self.point.take(), &mut self.activity) else { return Ok(()) };
        let Some((at, offset)) = point.time else {
            self.out.reject("track point without a time");
            return Ok(());
        };
        activity.begins(point.time);
        activity.last = activity.last.max(Some(at));
        let own = || activity.start.map_or_else(String::new, |(start, _)| format!("tcx:{}", start.0));
        let key = self.key.map_or_else(|| activity.key.clone().unwrap_or_else(own), str::to_owned);
        let place = point.latitude.zip(point.longitude);
        let turning = Activity::revolutions(&kind_of(&activity.sport));
        let (cadence, turning) =
            point.strides.map_or((point.cadence, turning), |strides| (Some(strides), Unit::StridePerMinute));
        let covered = point.metres.and_then(|metres| activity.covered.add(at, metres));
        for (metric, start, value, unit) in [
            (Metric::Latitude, None, place.map(|p| p.0), Unit::Degree),
            (Metric::Longitude, None, place.map(|p| p.1), Unit::Degree),
            (Metric::Altitude, None, point.altitude, Unit::Metre),
            (Metric::HeartRate, None, point.heart_rate, Unit::PerMinute),
            (Metric::Cadence, None, cadence, turning),
            (Metric::Speed, None, point.speed, Unit::MetrePerSecond),
            (Metric::Power, None, point.power, Unit::Watt),
            (Metric::Distance, covered.map(|c| c.0), covered.map(|c| c.1), Unit::Metre),
        ] {
            let Some(value) = value else { continue };
            self.out.sample(Sample {
                metric,
                device: None,
                context: Some(key.clone()),
                start: start.unwrap_or(at),
                end: start.map(|_| at),
                offset,
                value,
                unit,
            })?;
        }
        Ok(())
    }

    fn lap_ends(&mut self) {
        let (Some(lap), Some(activity)) = (self.lap.take(), &mut self.activity) else { return };
        activity.laps += 1;
        activity.seconds.add(lap.seconds);
        activity.metres.add(lap.metres);
        activity.calories.add(lap.calories);
        activity.steps.add(lap.steps);
        if let (Some(rate), Some(seconds)) = (lap.heart_rate_avg, lap.seconds) {
            activity.beats += rate * seconds;
            activity.beating += seconds;
        }
        let greater = |a: Option<f64>, b: Option<f64>| a.into_iter().chain(b).reduce(f64::max);
        activity.heart_rate_max = greater(activity.heart_rate_max, lap.heart_rate_max);
        activity.speed_max = greater(activity.speed_max, lap.speed_max);
    }

    fn activity_ends(&mut self) -> Result<(), FileError> {
        let Some(activity) = self.activity.take() else { return Ok(()) };
        let Some((start, offset)) = activity.start else {
            self.out.reject("activity without a start");
            return Ok(());
        };
        let by_laps = activity.seconds.0.map(|s| start.plus_ms((s * 1000.0) as i64));
        let mut source_data = Map::new();
        source_data.insert("sport".to_owned(), Value::from(activity.sport.as_str()));
        source_data.insert("laps".to_owned(), Value::from(activity.laps));
        self.out.record(Record {
            key: activity.key.unwrap_or_else(|| format!("tcx:{}", start.0)),
            device: activity.device,
            start,
            end: activity.last.max(by_laps).map(|end| end.max(start)),
            offset,
            day: start.civil_day(offset),
            body: Body::Activity(Activity {
                kind: kind_of(&activity.sport),
                duration_s: activity.seconds.0,
                distance_m: activity.metres.0,
                steps: activity.steps.0,
                calories: activity.calories.0,
                heart_rate_avg: (activity.beating > 0.0).then(|| {
                    // To the tenth: more the laps' whole numbers do not say.
                    (activity.beats / activity.beating * 10.0).round() / 10.0
                }),
                heart_rate_max: activity.heart_rate_max,
                speed_max: activity.speed_max,
                ..Activity::default()
            }),
            source_data,
        })
    }
}

/// Human API's word for a sport.
fn kind_of(sport: &str) -> String {
    match sport {
        "Running" => "running".to_owned(),
        "Biking" => "cycling".to_owned(),
        "Other" => "other".to_owned(),
        "" => "unknown".to_owned(),
        raw => crate::gpx::kind_of(raw),
    }
}

#[cfg(test)]
mod tests;

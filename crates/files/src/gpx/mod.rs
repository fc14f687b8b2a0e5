//! GPX 1.0 and 1.1: tracks with places, heights, and what devices add in extensions.
//!
//! Source: <https://www.topografix.com/GPX/1/1/> and Garmin's TrackPointExtension v1 and v2
//! (<https://www8.garmin.com/xmlschemas/TrackPointExtensionv2.xsd>): `hr`, `cad`, `speed`. Power as `power` (Strava) or
//! `PowerInWatts` (Garmin's PowerExtension v1). Extensions are told by their local names, for prefixes differ. From
//! general knowledge: the words and numbers in `type`. `cad` counts revolutions by that
//! schema: of a runner's leg (strides, two steps each) or of a crank. The temperature of the air (`atemp`) has no metric. Way points and routes are plans, not
//! activities, and are left alone; so are tracks without times.

mod kind;

use std::io::Read;

use hilum_model::observation::Activity;
use hilum_model::{Batch, Body, Metric, Offset, Record, Sample, Time, Unit};
use serde_json::{Map, Value};

use crate::detail;
use crate::error::FileError;
use crate::limits::Limits;
use crate::out::Out;
use crate::tree::{self, Visitor};
use crate::xml::Tag;

/// The root element's name.
pub(crate) const ROOT: &str = "gpx";

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

/// Human API's word for a kind of activity as such files name it.
pub(crate) fn kind_of(raw: &str) -> String {
    kind::name(Some(raw))
}

fn run(input: impl Read, limits: &Limits, key: Option<&str>, out: &mut Out<'_>) -> Result<(), FileError> {
    let mut gpx = Gpx { out, key, creator: None, track: None, point: None };
    let ended = tree::walk(input, limits, &mut gpx);
    // A track that is cut off is told as far as it came.
    gpx.track_ends()?;
    ended
}

struct Gpx<'a, 'o> {
    out: &'a mut Out<'o>,
    key: Option<&'a str>,
    creator: Option<String>,
    track: Option<Track>,
    point: Option<Point>,
}

#[derive(Default)]
struct Track {
    name: Option<String>,
    kind: Option<String>,
    offset: Option<Offset>,
    key: String,
    first: Option<Time>,
    last: Option<Time>,
    timeless: bool,
}

#[derive(Default)]
struct Point {
    latitude: Option<f64>,
    longitude: Option<f64>,
    time: Option<(Time, Option<Offset>)>,
    altitude: Option<f64>,
    speed: Option<f64>,
    heart_rate: Option<f64>,
    cadence: Option<f64>,
    power: Option<f64>,
}

impl Visitor for Gpx<'_, '_> {
    fn open(&mut self, path: &[String], tag: &Tag<'_>) -> Result<(), FileError> {
        match path {
            [_] => self.creator = tag.get("creator")?.map(|c| c.trim().to_owned()).filter(|c| !c.is_empty()),
            [_, track] if track == "trk" => self.track = Some(Track::default()),
            [.., segment, point] if segment == "trkseg" && point == "trkpt" => {
                let place = |name: &str| Ok(tag.get(name)?.and_then(|text| tree::number(text.trim())));
                let latitude = place("lat")?.filter(|l| l.abs() <= 90.0);
                let longitude = place("lon")?.filter(|l| l.abs() <= 180.0);
                self.point = Some(Point { latitude, longitude, ..Point::default() });
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, path: &[String], text: &str) -> Result<(), FileError> {
        let name = path.last().map_or("", String::as_str);
        if name == "trkpt" {
            return self.point_ends();
        }
        if let Some(point) = &mut self.point {
            let number = tree::number(text);
            match name {
                "time" => point.time = tree::time(text),
                "ele" => point.altitude = number,
                "speed" => point.speed = number.filter(|n| *n >= 0.0),
                "hr" | "heartrate" => point.heart_rate = number.filter(|n| *n > 0.0),
                "cad" | "cadence" => point.cadence = number.filter(|n| *n >= 0.0),
                "power" | "PowerInWatts" => point.power = number.filter(|n| *n >= 0.0),
                _ => {}
            }
        } else if path.len() == 3 && path[1] == "trk" {
            if let Some(track) = &mut self.track {
                let text = Some(text.to_owned()).filter(|t| !t.is_empty());
                match name {
                    "name" => track.name = text,
                    "type" => track.kind = text,
                    _ => {}
                }
            }
        } else if name == "trk" {
            return self.track_ends();
        }
        Ok(())
    }
}

impl Gpx<'_, '_> {
    fn point_ends(&mut self) -> Result<(), FileError> {
        let (Some(point), Some(track)) = (self.point.take(), &mut self.track) else { return Ok(()) };
        let Some((at, offset)) = point.time else {
            track.timeless = true;
            return Ok(());
        };
        if track.first.is_none() {
            track.first = Some(at);
            track.offset = offset;
            track.key = self.key.map_or_else(|| format!("gpx:{}", at.0), str::to_owned);
        }
        track.last = track.last.max(Some(at));
        let place = point.latitude.zip(point.longitude);
        for (metric, value, unit) in [
            (Metric::Latitude, place.map(|p| p.0), Unit::Degree),
            (Metric::Longitude, place.map(|p| p.1), Unit::Degree),
            (Metric::Altitude, point.altitude, Unit::Metre),
            (Metric::Speed, point.speed, Unit::MetrePerSecond),
            (Metric::HeartRate, point.heart_rate, Unit::PerMinute),
            (Metric::Cadence, point.cadence, Activity::revolutions(&kind::name(track.kind.as_deref()))),
            (Metric::Power, point.power, Unit::Watt),
        ] {
            let Some(value) = value else { continue };
            let context = Some(track.key.clone());
            self.out.sample(Sample { metric, device: None, context, start: at, end: None, offset, value, unit })?;
        }
        Ok(())
    }

    fn track_ends(&mut self) -> Result<(), FileError> {
        let Some(track) = self.track.take() else { return Ok(()) };
        if track.timeless {
            self.out.reject("track points without a time");
        }
        let (Some(start), Some(end)) = (track.first, track.last) else { return Ok(()) };
        let mut source_data = Map::new();
        for (name, value) in [("name", &track.name), ("type", &track.kind), ("creator", &self.creator)] {
            if let Some(value) = value {
                source_data.insert(name.to_owned(), Value::from(value.as_str()));
            }
        }
        self.out.record(Record {
            key: track.key,
            device: None,
            start,
            // Points need not be in order.
            end: Some(end.max(start)),
            offset: track.offset,
            day: start.civil_day(track.offset),
            body: Body::Activity(Activity {
                kind: kind::name(track.kind.as_deref()),
                duration_s: Some((end.since_ms(start) as f64 / 1000.0).max(0.0)),
                ..Activity::default()
            }),
            source_data,
        })
    }
}

#[cfg(test)]
mod tests;

//! Tracks: a GPX file for each workout with one, or `Location` rows in old exports.
//! GPX: <https://www.topografix.com/GPX/1/1/>; Apple's extensions are speed (m/s), course and accuracies.

use std::io::Read;

use hilum_model::{Metric, Sample, Time, Unit};

use super::held::TrackOf;
use super::row::Sources;
use super::values;
use crate::error::FileError;
use crate::limits::Limits;
use crate::out::Out;
use crate::xml::{Node, Tag, Xml};

/// The root element of a track.
pub(super) const ROOT: &str = "gpx";

/// Why a point is left out.
const NO_PLACE: &str = "track: point without time or place";

/// A point of a track.
#[derive(Debug, Default, Clone, Copy)]
struct Point {
    time: Option<Time>,
    latitude: Option<f64>,
    longitude: Option<f64>,
    altitude: Option<f64>,
    speed: Option<f64>,
}

impl Point {
    /// Tells what the point says; without time and place it says nothing.
    fn tell(self, track: Option<&TrackOf>, sources: &Sources, out: &mut Out<'_>) -> Result<(), FileError> {
        let place = (self.latitude.filter(|v| v.abs() <= 90.0), self.longitude.filter(|v| v.abs() <= 180.0));
        let (Some(start), (Some(latitude), Some(longitude))) = (self.time, place) else {
            out.reject(NO_PLACE);
            return Ok(());
        };
        let values = [
            (Metric::Latitude, Some(latitude), Unit::Degree),
            (Metric::Longitude, Some(longitude), Unit::Degree),
            (Metric::Altitude, self.altitude, Unit::Metre),
            // Apple writes -1 where it does not know.
            (Metric::Speed, self.speed.filter(|v| *v >= 0.0), Unit::MetrePerSecond),
        ];
        for (metric, value, unit) in values {
            let Some(value) = value else { continue };
            out.sample(Sample {
                metric,
                device: track.and_then(|track| sources.device(track.source)),
                context: track.map(|track| track.key.clone()),
                start,
                end: None,
                offset: track.map(|track| track.offset),
                value,
                unit,
            })?;
        }
        Ok(())
    }
}

/// Reads a track. Its workout, where the document names it, is the context of its samples.
pub(super) fn read(
    input: impl Read,
    limits: &Limits,
    track: Option<&TrackOf>,
    sources: &Sources,
    out: &mut Out<'_>,
) -> Result<(), FileError> {
    let mut xml = Xml::new(input, limits)?;
    let mut point: Option<Point> = None;
    let mut text = String::new();
    let mut field = "";
    loop {
        match xml.next()? {
            Node::Start(tag) if tag.name() == "trkpt" => {
                let number = |name| Ok::<_, FileError>(tag.get(name)?.and_then(|text| values::value(&text)));
                let (latitude, longitude) = (number("lat")?, number("lon")?);
                point = Some(Point { latitude, longitude, ..Point::default() });
            }
            Node::Empty(tag) if tag.name() == "trkpt" => out.reject(NO_PLACE),
            Node::Start(tag) => {
                field = match tag.name() {
                    "time" => "time",
                    "ele" => "ele",
                    "speed" => "speed",
                    _ => "",
                };
                text.clear();
            }
            Node::Text(part) if !field.is_empty() && text.len() < 64 => text.push_str(&part),
            Node::End(_) if !field.is_empty() => {
                if let Some(point) = &mut point {
                    match field {
                        "time" => point.time = Time::parse_rfc3339(text.trim()).ok().map(|(time, _)| time),
                        "ele" => point.altitude = values::value(text.trim()),
                        _ => point.speed = values::value(text.trim()),
                    }
                }
                field = "";
            }
            // gpx, trk, trkseg are open: the point is over.
            Node::End(open) if open <= POINT_WITHIN => {
                if let Some(point) = point.take() {
                    point.tell(track, sources, out)?;
                }
            }
            Node::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// Elements around a point.
const POINT_WITHIN: usize = 3;

/// Reads a `Location` row.
pub(super) fn location(tag: &Tag<'_>, track: &TrackOf, sources: &Sources, out: &mut Out<'_>) -> Result<(), FileError> {
    let number = |name| Ok::<_, FileError>(tag.get(name)?.and_then(|text| values::value(&text)));
    let point = Point {
        time: values::time(&tag.get("date")?.unwrap_or_default()).map(|(time, _)| time),
        latitude: number("latitude")?,
        longitude: number("longitude")?,
        altitude: number("altitude")?,
        speed: number("speed")?,
    };
    point.tell(Some(track), sources, out)
}

//! `/activities/{id}/streams`: a workout point by point, as one list for each thing measured.
//! Source: <https://developers.strava.com/docs/reference/#api-Streams>.

use hilum_model::observation::Activity;
use hilum_model::{Batch, Metric, Sample, Time, Unit};
use serde_json::Value;

use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError, Wanted};

/// What is measured at each point, apart from the place.
const MEASURED: [(&str, Metric, Unit); 5] = [
    ("altitude", Metric::Altitude, Unit::Metre),
    ("velocity_smooth", Metric::Speed, Unit::MetrePerSecond),
    ("heartrate", Metric::HeartRate, Unit::PerMinute),
    // Of one leg, on foot.
    ("cadence", Metric::Cadence, Unit::PerMinute),
    ("watts", Metric::Power, Unit::Watt),
];

/// Points of a workout; their context is the workout's key.
pub(crate) fn track(bytes: &[u8], wanted: &Wanted, _: &Context) -> Result<Batch, ParseError> {
    let top = read::object(bytes)?;
    let start = wanted.item.get("start_ms").and_then(Value::as_i64).map(Time);
    let start = start.ok_or_else(|| ParseError("the workout has no start".to_owned()))?;
    let offset = wanted.item.get("offset_min").and_then(Value::as_i64).and_then(read::offset);
    let mut batch = Batch::default();
    // What was recorded without a clock has no points.
    let Some(times) = data(&top, "time") else { return Ok(batch) };
    let times: Vec<Option<Time>> = times
        .iter()
        .map(|t| read::number(t).filter(|s| (0.0..=31_536_000.0).contains(s)))
        .map(|t| t.map(|s| start.plus_ms((s * 1000.0).round() as i64)))
        .collect();
    let mut add = |metric, unit, time: Option<Time>, value: Option<f64>| {
        if let (Some(start), Some(value)) = (time, value) {
            let (device, context) = (None, Some(wanted.key.clone()));
            batch.sample(Sample { metric, device, context, start, end: None, offset, value, unit });
        }
    };
    let mut uneven = Vec::new();
    // Work indoors has an empty list of places, or none.
    let places = data(&top, "latlng").unwrap_or_default();
    if fits(places, &times) {
        for (time, place) in times.iter().zip(places) {
            let Some((latitude, longitude)) = place_of(place) else { continue };
            add(Metric::Latitude, Unit::Degree, *time, Some(latitude));
            add(Metric::Longitude, Unit::Degree, *time, Some(longitude));
        }
    } else {
        uneven.push("latlng");
    }
    let kind = wanted.item.get("kind").and_then(Value::as_str).unwrap_or_default();
    for (name, metric, unit) in MEASURED {
        let unit = if metric == Metric::Cadence { Activity::revolutions(kind) } else { unit };
        let values = data(&top, name).unwrap_or_default();
        if !fits(values, &times) {
            uneven.push(name);
            continue;
        }
        // Zero means "no signal" for the heart; elsewhere it is a value (coasting, standing).
        let least = if metric == Metric::HeartRate { f64::MIN_POSITIVE } else { f64::NEG_INFINITY };
        for (time, value) in times.iter().zip(values) {
            add(metric, unit, *time, read::number(value).filter(|v| *v >= least));
        }
    }
    batch.rejected.extend(uneven.into_iter().map(|name| format!("{name}: not as many values as times")));
    Ok(batch)
}

fn data<'a>(top: &'a Object, name: &str) -> Option<&'a [Value]> {
    read::object_at(top, name)?.get("data")?.as_array().map(Vec::as_slice)
}

/// Whether values belong to the times, one to each; none is fine too.
fn fits(values: &[Value], times: &[Option<Time>]) -> bool {
    values.is_empty() || values.len() == times.len()
}

fn place_of(value: &Value) -> Option<(f64, f64)> {
    let [latitude, longitude] = value.as_array()?.as_slice() else { return None };
    let (latitude, longitude) = (read::number(latitude)?, read::number(longitude)?);
    (latitude.abs() <= 90.0 && longitude.abs() <= 180.0).then_some((latitude, longitude))
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Offset};
    use serde_json::json;

    use super::*;
    use crate::spec::Request;

    fn read_track(bytes: &[u8]) -> Batch {
        let wanted = Wanted {
            key: "17000222444".to_owned(),
            request: Request::get("/x"),
            item: json!({"start_ms": 1_772_640_000_000_i64, "offset_min": 60, "kind": "running"}),
        };
        let context = Context { received: Time(0), time_zone: None };
        track(bytes, &wanted, &context).expect("documented form")
    }

    #[test]
    fn points_by_hand() {
        let batch = read_track(include_bytes!("../fixtures/detail/activities.json"));
        assert_eq!(batch.rejected, ["watts: not as many values as times"]);
        let lines: Vec<String> = batch
            .observations
            .iter()
            .map(|o| {
                let Observation::Sample(s) = o else { panic!("samples only") };
                assert_eq!((s.context.as_deref(), s.offset, s.end), (Some("17000222444"), Some(Offset(60)), None));
                let value = s.unit.convert(s.value, s.metric.unit()).expect("a unit that fits");
                format!("{} {} {value}", s.metric.name(), s.start.unix_s() - 1_772_640_000)
            })
            .collect();
        assert_eq!(
            lines,
            [
                "latitude 0 52.52",
                "longitude 0 13.4",
                "latitude 1 52.5201",
                "longitude 1 13.4002",
                "altitude 0 34",
                "altitude 1 34.2",
                "altitude 3 -0.4",
                "speed 0 0",
                "speed 1 2.8",
                "speed 3 2.9",
                "heart_rate 1 104",
                "heart_rate 3 111",
                // 81 and 82 strides.
                "cadence 0 162",
                "cadence 1 164",
                "cadence 3 0",
            ]
        );
    }

    #[test]
    fn no_clock_no_points() {
        assert_eq!(read_track(b"{}"), Batch::default());
        assert_eq!(read_track(br#"{"latlng":{"data":[]},"time":{"data":[]}}"#), Batch::default());
    }
}

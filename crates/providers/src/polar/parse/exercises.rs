//! `/v3/exercises`: workouts of the last 30 days with their samples and route.
//! Source: <https://www.polar.com/accesslink-api/#exercises>.

use hilum_model::observation::Activity;
use hilum_model::{Batch, Body, Metric, Offset, Record, Sample, Time, Unit};
use serde_json::Value;

use super::{device, listed, sport};
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// Members that are normalised, and those that name the account.
const TAKEN: [&str; 13] = [
    "id",
    "polar_user",
    "device",
    "start_time",
    "start_time_utc_offset",
    "duration",
    "calories",
    "distance",
    "heart_rate",
    "sport",
    "detailed_sport_info",
    "samples",
    "route",
];

/// `sample-type` and what it measures. Power balance, pedalling, pressure, temperature of the air, distance so far and
/// intervals between beats are not kept.
const MEASURED: [(i64, Metric, Unit); 6] = [
    (0, Metric::HeartRate, Unit::PerMinute),
    (1, Metric::Speed, Unit::KilometrePerHour),
    (2, Metric::Cadence, Unit::PerMinute),
    (3, Metric::Altitude, Unit::Metre),
    (4, Metric::Power, Unit::Watt),
    (8, Metric::Cadence, Unit::PerMinute),
];

/// Workouts, and points whose context is the workout's key.
pub(crate) fn exercises(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    listed(bytes, |item, batch| {
        let key = read::id_at(item, "id").ok_or("no id")?;
        let shown = read::text_at(item, "start_time").and_then(read::bare).ok_or("no start_time")?;
        let offset = read::integer_at(item, "start_time_utc_offset").and_then(read::offset);
        let start = offset.map_or(shown, |offset| read::at_offset(shown, offset));
        let lasted = read::duration_at(item, "duration");
        let heart = read::object_at(item, "heart_rate");
        let device = device(item, "device", batch);
        let points = Points { key: &key, device: device.as_deref(), start, offset };
        samples(item, &points, batch);
        route(item, &points, batch);
        batch.record(Record {
            key: key.clone(),
            device: device.clone(),
            start,
            end: lasted.map(|s| start.plus_ms((s * 1000.0).round() as i64)).and_then(read::in_range),
            offset,
            day: shown.civil_day(None),
            body: Body::Activity(Activity {
                kind: sport::kind(read::text_at(item, "detailed_sport_info").or_else(|| read::text_at(item, "sport"))),
                duration_s: lasted,
                distance_m: read::amount_at(item, "distance"),
                calories: read::amount_at(item, "calories"),
                heart_rate_avg: heart.and_then(|h| read::positive_at(h, "average")),
                heart_rate_max: heart.and_then(|h| read::positive_at(h, "maximum")),
                ..Activity::default()
            }),
            source_data: read::beyond(item, &TAKEN),
        });
        Ok(())
    })
}

/// What all points of a workout have in common.
struct Points<'a> {
    key: &'a str,
    device: Option<&'a str>,
    start: Time,
    offset: Option<Offset>,
}

impl Points<'_> {
    fn add(&self, batch: &mut Batch, metric: Metric, unit: Unit, after_s: f64, value: f64) {
        batch.sample(Sample {
            metric,
            device: self.device.map(str::to_owned),
            context: Some(self.key.to_owned()),
            start: self.start.plus_ms((after_s * 1000.0).round() as i64),
            end: None,
            offset: self.offset,
            value,
            unit,
        });
    }
}

/// A text of values, `recording-rate` s apart; "null" or nothing where there was no signal.
fn samples(item: &Object, points: &Points<'_>, batch: &mut Batch) {
    let lists = item.get("samples").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for list in lists.iter().filter_map(Value::as_object) {
        // The names are written with hyphens here and with underscores elsewhere.
        let either = |a: &str, b: &str| read::number_at(list, a).or_else(|| read::number_at(list, b));
        let kind = either("sample-type", "sample_type");
        let Some((_, metric, unit)) = MEASURED.iter().find(|(number, ..)| kind == Some(*number as f64)) else {
            continue;
        };
        let rate = either("recording-rate", "recording_rate").filter(|s| (0.1..=3600.0).contains(s));
        let (Some(rate), Some(data)) = (rate, list.get("data").and_then(Value::as_str)) else {
            batch.rejected.push("samples: no recording rate or no data".to_owned());
            continue;
        };
        for (at, value) in data.split(',').enumerate() {
            let Some(value) = value.trim().parse::<f64>().ok().filter(|v| v.is_finite()) else { continue };
            if *metric == Metric::HeartRate && value <= 0.0 {
                continue;
            }
            points.add(batch, *metric, *unit, at as f64 * rate, value);
        }
    }
}

/// Places, each with the duration since the start.
fn route(item: &Object, points: &Points<'_>, batch: &mut Batch) {
    let places = item.get("route").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for place in places.iter().filter_map(Value::as_object) {
        let coordinate = |name, most: f64| read::number_at(place, name).filter(|d| d.abs() <= most);
        let after = read::duration_at(place, "time").filter(|s| *s <= 31_536_000.0);
        if let (Some(after), Some(latitude), Some(longitude)) =
            (after, coordinate("latitude", 90.0), coordinate("longitude", 180.0))
        {
            points.add(batch, Metric::Latitude, Unit::Degree, after, latitude);
            points.add(batch, Metric::Longitude, Unit::Degree, after, longitude);
        }
    }
}

#[cfg(test)]
mod tests {
    use hilum_model::Observation;
    use serde_json::json;

    use super::*;

    #[test]
    fn workouts_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = exercises(include_bytes!("../fixtures/exercises.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["samples: no recording rate or no data", "[2]: no start_time"]);
        let records: Vec<&Record> = batch
            .observations
            .iter()
            .filter_map(|o| match o {
                Observation::Record(record) => Some(&**record),
                _ => None,
            })
            .collect();
        let [run, other] = records.as_slice() else { panic!("two records: {records:?}") };
        assert_eq!((run.key.as_str(), run.device.as_deref()), ("2AC312F", Some("Polar Vantage V3")));
        // 17:00 at +01:00.
        assert_eq!((run.start.to_iso().as_str(), run.offset), ("2026-03-04T16:00:00.000Z", Some(Offset(60))));
        assert_eq!(run.end.map(|e| e.since_ms(run.start)), Some(2_470_000));
        assert_eq!(
            run.body,
            Body::Activity(Activity {
                kind: "running".to_owned(),
                duration_s: Some(2470.0),
                distance_m: Some(7012.0),
                calories: Some(389.0),
                heart_rate_avg: Some(149.0),
                heart_rate_max: Some(171.0),
                ..Activity::default()
            })
        );
        assert_eq!(run.source_data.get("training_load"), Some(&json!(98.0)));
        let Body::Activity(activity) = &other.body else { panic!("an activity") };
        assert_eq!((activity.kind.as_str(), other.offset), ("other:WATERSPORTS_NEW", None));
        let lines: Vec<String> = batch
            .observations
            .iter()
            .filter_map(|o| match o {
                Observation::Sample(s) => {
                    assert_eq!((s.context.as_deref(), s.offset), (Some("2AC312F"), Some(Offset(60))));
                    Some(format!("{} {} {}", s.metric.name(), s.start.since_ms(run.start), s.value))
                }
                _ => None,
            })
            .collect();
        assert_eq!(
            lines,
            [
                "heart_rate 0 98",
                "heart_rate 1000 104",
                "heart_rate 4000 111",
                "speed 0 0",
                "speed 5000 10.2",
                "latitude 1000 52.52",
                "longitude 1000 13.4",
            ]
        );
    }
}

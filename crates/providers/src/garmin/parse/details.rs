//! `activityDetails`: workouts point by point.

use hilum_model::{Batch, Metric, Sample, Unit};
use serde_json::Value;

use super::{each, list};
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// What is measured at a point. Steps, revolutions and strokes exclude each other.
const MEASURED: [(&str, Metric, Unit); 7] = [
    ("elevationInMeters", Metric::Altitude, Unit::Metre),
    ("speedMetersPerSecond", Metric::Speed, Unit::MetrePerSecond),
    ("heartRate", Metric::HeartRate, Unit::PerMinute),
    ("stepsPerMinute", Metric::Cadence, Unit::PerMinute),
    ("bikeCadenceInRPM", Metric::Cadence, Unit::PerMinute),
    ("swimCadenceInStrokesPerMinute", Metric::Cadence, Unit::PerMinute),
    ("powerInWatts", Metric::Power, Unit::Watt),
];

/// Points; their context is the workout's key. The temperature is that of the device.
pub(crate) fn activity_details(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    each(bytes, |item, batch| {
        let named = || Some(read::id_at(item, "summaryId")?.trim_end_matches("-detail").to_owned());
        let key = read::id_at(item, "activityId").or_else(named).filter(|key| !key.is_empty()).ok_or("no id")?;
        let summary = read::object_at(item, "summary");
        let offset = summary.and_then(|s| read::integer_at(s, "startTimeOffsetInSeconds"));
        let offset = offset.and_then(|s| read::offset(s / 60));
        for point in list(item, "samples").iter().map(Value::as_object) {
            let Some((point, start)) = point.and_then(|p| Some((p, read::unix_at(p, "startTimeInSeconds")?))) else {
                batch.rejected.push("samples: no time".to_owned());
                continue;
            };
            let mut add = |metric, unit, value| {
                let (device, context, end) = (None, Some(key.clone()), None);
                batch.sample(Sample { metric, device, context, start, end, offset, value, unit });
            };
            let degrees = |name, most: f64| read::number_at(point, name).filter(|d| d.abs() <= most);
            let place = degrees("latitudeInDegree", 90.0).zip(degrees("longitudeInDegree", 180.0));
            if let Some((latitude, longitude)) = place {
                add(Metric::Latitude, Unit::Degree, latitude);
                add(Metric::Longitude, Unit::Degree, longitude);
            }
            for (name, metric, unit) in MEASURED {
                let value = if metric == Metric::HeartRate {
                    read::positive_at(point, name)
                } else {
                    read::number_at(point, name)
                };
                if let Some(value) = value {
                    add(metric, unit, value);
                }
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use hilum_model::Time;

    use super::*;

    #[test]
    fn points_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch =
            activity_details(include_bytes!("../fixtures/activity_details.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["samples: no time", "[1]: no id"]);
        assert_eq!(
            super::super::lines(&batch),
            [
                "latitude 1772640000 52.52 (22000111333)",
                "longitude 1772640000 13.4 (22000111333)",
                "altitude 1772640000 34 (22000111333)",
                "speed 1772640000 2.8 (22000111333)",
                "heart_rate 1772640000 98 (22000111333)",
                "cadence 1772640000 164 (22000111333)",
                "power 1772640001 250 (22000111333)",
            ]
        );
    }
}

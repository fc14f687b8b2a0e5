//! `bodyComps`, `bloodPressures`, `userMetrics`: what is measured now and then.

use hilum_model::{Batch, Body, Metric, Quantity, Record, Unit};

use super::{beyond, each, timed};
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// What a scale tells. The share of water has no place of its own here (ours is a mass) and stays in `sourceData`.
const SCALE: [(&str, Metric, Unit); 5] = [
    ("weightInGrams", Metric::Weight, Unit::Gram),
    ("bodyFatInPercent", Metric::BodyFat, Unit::Percent),
    ("bodyMassIndex", Metric::Bmi, Unit::KilogramPerSquareMetre),
    ("muscleMassInGrams", Metric::MuscleMass, Unit::Gram),
    ("boneMassInGrams", Metric::BoneMass, Unit::Gram),
];

/// Times of a measurement.
const TIMES: [&str; 2] = ["measurementTimeInSeconds", "measurementTimeOffsetInSeconds"];

/// Weight and what goes with it: one record each, under the summary's key.
pub(crate) fn body_comps(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    each(bytes, |item, batch| {
        let (start, offset) = timed(item, TIMES[0], TIMES[1]).ok_or("no time")?;
        let key = read::id_at(item, "summaryId").unwrap_or_else(|| format!("at-{}", start.unix_s()));
        let mut taken = TIMES.to_vec();
        taken.extend(SCALE.map(|(name, ..)| name));
        for (name, metric, unit) in SCALE {
            let Some(quantity) = read::positive_at(item, name).and_then(|v| Quantity::new(metric, v, unit)) else {
                continue;
            };
            batch.record(Record {
                key: key.clone(),
                device: None,
                start,
                end: None,
                offset,
                day: start.civil_day(offset),
                body: Body::Reading { metric, quantity },
                source_data: beyond(item, &taken),
            });
        }
        Ok(())
    })
}

/// Blood pressures.
pub(crate) fn blood_pressures(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    each(bytes, |item, batch| {
        let (start, offset) = timed(item, TIMES[0], TIMES[1]).ok_or("no time")?;
        let pressure = |name| read::positive_at(item, name);
        let (systolic, diastolic) = pressure("systolic").zip(pressure("diastolic")).ok_or("half a pressure")?;
        batch.record(Record {
            key: read::id_at(item, "summaryId").unwrap_or_else(|| format!("at-{}", start.unix_s())),
            device: None,
            start,
            end: None,
            offset,
            day: start.civil_day(offset),
            body: Body::BloodPressure { systolic, diastolic, heart_rate: pressure("pulse") },
            source_data: beyond(item, &["systolic", "diastolic", "pulse", TIMES[0], TIMES[1]]),
        });
        Ok(())
    })
}

/// VO2max, which is told of a day.
pub(crate) fn user_metrics(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    each(bytes, |item, batch| {
        let day = read::day_at(item, "calendarDate").ok_or("no date")?;
        let (start, offset) = read::local(day.start_utc(), context.time_zone.as_deref());
        let unit = Unit::MillilitrePerKilogramMinute;
        let value = read::positive_at(item, "vo2Max");
        if let Some(quantity) = value.and_then(|v| Quantity::new(Metric::Vo2Max, v, unit)) {
            batch.record(Record {
                key: day.to_string(),
                device: None,
                start,
                end: None,
                offset,
                day,
                body: Body::Reading { metric: Metric::Vo2Max, quantity },
                source_data: beyond(item, &["vo2Max"]),
            });
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Offset, Time};
    use serde_json::json;

    use super::*;

    fn context() -> Context {
        Context { received: Time(0), time_zone: Some("Europe/Berlin".to_owned()) }
    }

    fn records(batch: &Batch) -> Vec<&Record> {
        let of = |o: &'_ Observation| matches!(o, Observation::Record(_));
        assert!(batch.observations.iter().all(of));
        batch
            .observations
            .iter()
            .filter_map(|o| match o {
                Observation::Record(record) => Some(&**record),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_scale_by_hand() {
        let batch = body_comps(include_bytes!("../fixtures/body_comps.json"), &context()).expect("documented form");
        assert_eq!(batch.rejected, ["[1]: no time"]);
        let told: Vec<_> = records(&batch)
            .iter()
            .map(|r| {
                let Body::Reading { metric, quantity } = &r.body else { panic!("a reading") };
                assert_eq!((r.key.as_str(), r.start.unix_s(), r.offset), ("b-1", 1_772_604_600, Some(Offset(60))));
                assert_eq!(r.source_data.get("bodyWaterInPercent"), Some(&json!(56.1)));
                (metric.name(), quantity.received, quantity.value)
            })
            .collect();
        assert_eq!(
            told,
            [
                ("weight", 78_450.0, 78.45),
                ("body_fat", 21.4, 21.4),
                ("bmi", 24.0, 24.0),
                ("muscle_mass", 58_100.0, 58.1),
                ("bone_mass", 3200.0, 3.2),
            ]
        );
    }

    #[test]
    fn pressures_and_uptake_by_hand() {
        let batch =
            blood_pressures(include_bytes!("../fixtures/blood_pressures.json"), &context()).expect("documented form");
        assert_eq!(batch.rejected, ["[1]: half a pressure"]);
        let [one] = records(&batch)[..] else { panic!("one record") };
        assert_eq!(one.body, Body::BloodPressure { systolic: 122.0, diastolic: 78.0, heart_rate: Some(63.0) });
        assert_eq!(one.source_data.get("sourceType"), Some(&json!("DEVICE")));
        let batch = user_metrics(include_bytes!("../fixtures/user_metrics.json"), &context()).expect("documented form");
        assert_eq!(batch.rejected, ["[1]: no date"]);
        let [one] = records(&batch)[..] else { panic!("one record") };
        assert_eq!((one.start.to_iso().as_str(), one.key.as_str()), ("2026-03-03T23:00:00.000Z", "2026-03-04"));
        assert_eq!(one.source_data.get("fitnessAge"), Some(&json!(38)));
    }
}

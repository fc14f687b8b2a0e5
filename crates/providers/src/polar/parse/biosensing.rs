//! `/v3/users/biosensing/…`: oxygen, temperatures of body and skin.
//! Source: <https://www.polar.com/accesslink-api/#elixir-trade-biosensing>. Times are UTC there.

use hilum_model::{Batch, Body, Metric, Quantity, Record, Sample, Unit};
use serde_json::Value;

use super::{device, listed};
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// Tests of oxygen; one that did not come out well says nothing.
pub(crate) fn spo2(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    listed(bytes, |item, batch| {
        if read::text_at(item, "test_status").is_some_and(|status| status != "SPO2_TEST_PASSED") {
            return Ok(());
        }
        let start = read::unix_at(item, "test_time").ok_or("no test_time")?;
        let value = read::positive_at(item, "blood_oxygen_percent").ok_or("no percentage")?;
        let offset = read::integer_at(item, "time_zone_offset").and_then(read::offset);
        let device = device(item, "source_device_id", batch);
        let (context, end) = (Some("test".to_owned()), None);
        batch.sample(Sample {
            metric: Metric::BloodOxygen,
            device,
            context,
            start,
            end,
            offset,
            value,
            unit: Unit::Percent,
        });
        Ok(())
    })
}

/// Stretches of measuring: what is core temperature is a reading of the body's, what is skin temperature a sample of
/// the skin's.
pub(crate) fn body_temperature(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    listed(bytes, |item, batch| {
        let began = read::text_at(item, "start_time").and_then(read::bare).ok_or("no start_time")?;
        let skin = match read::text_at(item, "measurement_type") {
            Some("TM_SKIN_TEMPERATURE") => true,
            Some("TM_CORE_TEMPERATURE") => false,
            _ => return Err("unknown type of measurement"),
        };
        let device = device(item, "source_device_id", batch);
        let samples = item.get("samples").and_then(Value::as_array).ok_or("no samples")?;
        for sample in samples.iter().map(Value::as_object) {
            let delta = sample.and_then(|s| read::integer_at(s, "recording_time_delta_milliseconds"));
            let value = sample.and_then(|s| read::number_at(s, "temperature_celsius"));
            let (Some(delta), Some(value)) = (delta.filter(|ms| (0..=604_800_000).contains(ms)), value) else {
                batch.rejected.push("samples: no time or no temperature".to_owned());
                continue;
            };
            let start = began.plus_ms(delta);
            let offset = context.time_zone.as_deref().and_then(|zone| hilum_model::Offset::of_zone(zone, start));
            if skin {
                batch.sample(Sample {
                    metric: Metric::SkinTemperature,
                    device: device.clone(),
                    context: None,
                    start,
                    end: None,
                    offset,
                    value,
                    unit: Unit::Celsius,
                });
            } else if let Some(quantity) = Quantity::new(Metric::BodyTemperature, value, Unit::Celsius) {
                batch.record(Record {
                    key: format!("temperature-{}", start.0),
                    device: device.clone(),
                    start,
                    end: None,
                    offset,
                    day: start.civil_day(offset),
                    body: Body::Reading { metric: Metric::BodyTemperature, quantity },
                    source_data: read::beyond(item, &["samples", "source_device_id", "start_time", "end_time"]),
                });
            }
        }
        Ok(())
    })
}

/// The mean of the skin's temperature in a night, and what it is above the usual one. They stand at midnight of the
/// day of waking up.
pub(crate) fn skin_temperature(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    listed(bytes, |item, batch| {
        let day = read::day_at(item, "sleep_date").ok_or("no sleep_date")?;
        let (start, offset) = read::local(day.start_utc(), context.time_zone.as_deref());
        for (name, metric, unit) in [
            ("sleep_time_skin_temperature_celsius", Metric::SkinTemperature, Unit::Celsius),
            ("deviation_from_baseline_celsius", Metric::SkinTemperatureDelta, Unit::Kelvin),
        ] {
            let Some(value) = read::number_at(item, name) else { continue };
            let (device, context, end) = (None, Some("night_average".to_owned()), None);
            batch.sample(Sample { metric, device, context, start, end, offset, value, unit });
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Offset, Time};

    use super::*;

    fn lines(batch: &Batch) -> Vec<String> {
        let one = |o: &Observation| match o {
            Observation::Sample(s) => format!("{} {} {} {:?}", s.metric.name(), s.start, s.value, s.offset),
            Observation::Record(r) => match &r.body {
                Body::Reading { metric, quantity } => {
                    format!("{} {} {} {}", metric.name(), r.start, quantity.value, r.key)
                }
                other => panic!("a reading: {other:?}"),
            },
            Observation::Deleted { .. } => panic!("nothing is deleted"),
        };
        batch.observations.iter().map(one).collect()
    }

    fn context() -> Context {
        Context { received: Time(0), time_zone: Some("Europe/Berlin".to_owned()) }
    }

    #[test]
    fn oxygen_by_hand() {
        let batch = spo2(include_bytes!("../fixtures/spo2.json"), &context()).expect("documented form");
        assert_eq!(batch.rejected, ["[2]: no percentage"]);
        // 1772605000 is 2026-03-04T06:16:40Z.
        assert_eq!(lines(&batch), [format!("blood_oxygen 2026-03-04T06:16:40.000Z 95 {:?}", Some(Offset(180)))]);
        assert_eq!(batch.facts.devices, ["1111AAAA"]);
    }

    #[test]
    fn temperatures_by_hand() {
        let batch = body_temperature(include_bytes!("../fixtures/body_temperature.json"), &context()).expect("a list");
        assert_eq!(batch.rejected, ["samples: no time or no temperature", "[2]: unknown type of measurement"]);
        assert_eq!(
            lines(&batch),
            [
                // 2026-03-04T04:00:00Z is 1772596800 s.
                "body_temperature 2026-03-04T04:00:00.000Z 36.5 temperature-1772596800000".to_owned(),
                format!("skin_temperature 2026-03-04T04:00:01.500Z 34.25 {:?}", Some(Offset(60))),
            ]
        );
    }

    #[test]
    fn nights_by_hand() {
        let batch = skin_temperature(include_bytes!("../fixtures/skin_temperature.json"), &context()).expect("a list");
        assert_eq!(batch.rejected, ["[1]: no sleep_date"]);
        let offset = Some(Offset(60));
        assert_eq!(
            lines(&batch),
            [
                format!("skin_temperature 2026-03-03T23:00:00.000Z 34.9 {offset:?}"),
                format!("skin_temperature_delta 2026-03-03T23:00:00.000Z -0.2 {offset:?}"),
            ]
        );
    }
}

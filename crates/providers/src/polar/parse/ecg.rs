//! `/v3/users/biosensing/ecg`: electrocardiograms of the wrist, point by point.
//! Source: <https://www.polar.com/accesslink-api/#elixir-trade-biosensing>.

use hilum_model::observation::Ecg;
use hilum_model::{Batch, Body, Record};
use serde_json::Value;

use super::{device, listed};
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// Members that are normalised, and the quality of each moment, too long for `sourceData`.
const TAKEN: [&str; 6] =
    ["source_device_id", "test_time", "time_zone_offset", "average_heart_rate_bpm", "samples", "quality_measurements"];

/// Half an hour at 1000 a second: more is no test of a wrist.
const MOST_SAMPLES: usize = 1_800_000;

/// Recordings. Polar tells no finding.
pub(crate) fn ecg(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    listed(bytes, |item, batch| {
        let start = read::unix_at(item, "test_time").ok_or("no test_time")?;
        let offset = read::integer_at(item, "time_zone_offset").and_then(read::offset);
        let points = points(item);
        if points.is_none() {
            batch.rejected.push("samples: not evenly spaced, or without a voltage".to_owned());
        }
        let (step_ms, microvolts) = points.unwrap_or_default();
        let lasted = step_ms * microvolts.len() as f64;
        let device = device(item, "source_device_id", batch);
        batch.record(Record {
            key: start.unix_s().to_string(),
            device,
            start,
            end: (lasted > 0.0).then(|| start.plus_ms(lasted.round() as i64)),
            offset,
            day: start.civil_day(offset),
            body: Body::Ecg(Ecg {
                heart_rate_avg: read::positive_at(item, "average_heart_rate_bpm"),
                frequency_hz: (step_ms > 0.0).then(|| (100_000.0 / step_ms).round() / 100.0),
                microvolts,
                ..Ecg::default()
            }),
            source_data: read::beyond(item, &TAKEN),
        });
        Ok(())
    })
}

/// The mean step in ms and the voltage of each point. Every point tells its time in whole ms, so that steps differ by
/// one of them.
fn points(item: &Object) -> Option<(f64, Vec<f32>)> {
    let list = item.get("samples").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if list.len() > MOST_SAMPLES {
        return None;
    }
    let one = |value: &Value| {
        let item = value.as_object()?;
        Some((read::number_at(item, "recording_time_delta_ms")?, read::number_at(item, "amplitude_mv")?))
    };
    let told = list.iter().map(one).collect::<Option<Vec<(f64, f64)>>>()?;
    let (Some((first, _)), Some((last, _))) = (told.first(), told.last()) else { return Some((0.0, Vec::new())) };
    let step = (last - first) / (told.len() as f64 - 1.0).max(1.0);
    let even = told.windows(2).all(|w| ((w[1].0 - w[0].0) - step).abs() <= 1.0);
    (even && step >= 0.0).then(|| (step, told.iter().map(|(_, mv)| (mv * 1000.0) as f32).collect()))
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Offset, Time};
    use serde_json::json;

    use super::*;

    #[test]
    fn recordings_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = ecg(include_bytes!("../fixtures/ecg.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["samples: not evenly spaced, or without a voltage", "[2]: no test_time"]);
        let [Observation::Record(one), Observation::Record(bare)] = batch.observations.as_slice() else {
            panic!("two records")
        };
        assert_eq!((one.key.as_str(), one.offset), ("1772605000", Some(Offset(180))));
        assert_eq!(
            one.body,
            Body::Ecg(Ecg {
                heart_rate_avg: Some(60.0),
                // 0, 8, 15, 23 ms: 23 / 3 ms is 130.43 a second.
                frequency_hz: Some(130.43),
                microvolts: vec![100.0, -50.0, 0.0, 1250.0],
                ..Ecg::default()
            })
        );
        assert_eq!(one.end.map(|e| e.since_ms(one.start)), Some(31));
        assert_eq!(one.source_data.get("rri_ms"), Some(&json!(1000.0)));
        let Body::Ecg(bare) = &bare.body else { panic!("an ECG") };
        assert_eq!((bare.heart_rate_avg, bare.microvolts.len()), (Some(71.0), 0));
    }
}

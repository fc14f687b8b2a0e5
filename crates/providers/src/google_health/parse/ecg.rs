//! `electrocardiogram`. Source: `google/devicesandservices/health/v4/data_types.proto`.

use hilum_model::observation::Ecg;
use hilum_model::{Batch, Body, Record};
use serde_json::Value;

use super::{beyond, device, interval, own_id, points};
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// Members that are normalised.
const TAKEN: [&str; 6] = [
    "beatsPerMinuteAvg",
    "resultClassification",
    "waveformSamples",
    "samplingFrequencyHertz",
    "millivoltsScalingFactor",
    "leadNumber",
];

/// Longest waveform that is taken: ten minutes at 512 Hz.
const LONGEST: usize = 307_200;

/// Electrocardiograms.
pub(crate) fn electrocardiogram(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    points(bytes, "dataPoints", |point, batch| {
        let value = read::object_at(point, "electrocardiogram").ok_or("of another type")?;
        let span = interval(value, context)?;
        let device = device(point, batch);
        batch.record(Record {
            key: own_id(point).unwrap_or_else(|| format!("at-{}", span.start.unix_s())),
            device,
            start: span.start,
            end: Some(span.end),
            offset: span.start_offset,
            day: span.start.civil_day(span.start_offset),
            body: Body::Ecg(Ecg {
                classification: read::text_at(value, "resultClassification").map(classification),
                heart_rate_avg: read::positive_at(value, "beatsPerMinuteAvg"),
                lead: lead(read::integer_at(value, "leadNumber")),
                frequency_hz: read::positive_at(value, "samplingFrequencyHertz"),
                microvolts: microvolts(value).ok_or("waveformSamples: no numbers, or too many")?,
            }),
            source_data: beyond(point, value, &TAKEN),
        });
        Ok(())
    })
}

/// The lead's name by its number.
fn lead(number: Option<i64>) -> Option<String> {
    let name = match number? {
        1 => "Lead I",
        2 => "Lead II",
        3 => "Lead III",
        other => return Some(format!("other:{other}")),
    };
    Some(name.to_owned())
}

/// Our word for the result.
fn classification(word: &str) -> String {
    let ours = match word {
        "NORMAL_SINUS_RHYTHM" => "sinus_rhythm",
        "ATRIAL_FIBRILLATION" => "atrial_fibrillation",
        "LOW_HEART_RATE" | "INCONCLUSIVE_LOW_HEART_RATE" => "low_heart_rate",
        "HIGH_HEART_RATE" | "INCONCLUSIVE_HIGH_HEART_RATE" => "high_heart_rate",
        "INCONCLUSIVE" => "inconclusive",
        "POOR_RECORDING" | "UNREADABLE" => "poor_recording",
        other => return format!("other:{other}"),
    };
    ours.to_owned()
}

/// The waveform: a sample over the scaling factor is a millivolt. Without a factor there is no voltage.
fn microvolts(value: &Object) -> Option<Vec<f32>> {
    let Some(samples) = value.get("waveformSamples").filter(|v| !v.is_null()) else { return Some(Vec::new()) };
    let samples = samples.as_array().filter(|samples| samples.len() <= LONGEST)?;
    let Some(factor) = read::positive_at(value, "millivoltsScalingFactor") else { return Some(Vec::new()) };
    let microvolt =
        |sample: &Value| read::number(sample).map(|n| (n * 1000.0 / factor) as f32).filter(|v| v.is_finite());
    samples.iter().map(microvolt).collect()
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Time};
    use serde_json::json;

    use super::*;

    #[test]
    fn recordings_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let bytes = include_bytes!("../fixtures/electrocardiogram.json");
        let batch = electrocardiogram(bytes, &context).expect("documented form");
        assert_eq!(batch.rejected, ["dataPoints[1]: waveformSamples: no numbers, or too many"]);
        let [Observation::Record(one)] = batch.observations.as_slice() else { panic!("one record") };
        assert_eq!((one.key.as_str(), one.end.map(|e| e.since_ms(one.start))), ("ecg-1", Some(30_000)));
        assert_eq!(
            one.body,
            Body::Ecg(Ecg {
                classification: Some("sinus_rhythm".to_owned()),
                heart_rate_avg: Some(66.0),
                lead: Some("Lead I".to_owned()),
                frequency_hz: Some(250.0),
                // 10000 to the millivolt: 12 are 1.2 µV.
                microvolts: vec![1.2, 1.8, -2.5],
            })
        );
        assert_eq!(one.source_data.get("firmwareVersion"), Some(&json!("2.1")));
    }

    #[test]
    fn results_and_leads() {
        assert_eq!(classification("ATRIAL_FIBRILLATION"), "atrial_fibrillation");
        assert_eq!(classification("SOMETHING_NEW"), "other:SOMETHING_NEW");
        assert_eq!(
            (lead(Some(2)).as_deref(), lead(Some(9)).as_deref(), lead(None)),
            (Some("Lead II"), Some("other:9"), None)
        );
    }
}

//! `v2/sleep` / `get`: what a mat or watch measured through the night. The stages themselves are not read here; see
//! `README.md`, "Known gaps".
//! Source: <https://developer.withings.com/api-reference/#tag/sleep/operation/sleepv2-get>.

use hilum_model::{Batch, Metric, Unit};

use super::{Vital, body, by_second, device, offset, vital};
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// Members that are objects keyed by unix second.
const MEASURED: [(&str, Metric, Unit); 4] = [
    ("hr", Metric::HeartRate, Unit::PerMinute),
    ("rr", Metric::RespiratoryRate, Unit::PerMinute),
    ("sdnn_1", Metric::HrvSdnn, Unit::Millisecond),
    ("rmssd", Metric::HrvRmssd, Unit::Millisecond),
];

/// Heart rate, breathing and heart-rate variability of the phases of a night.
pub(crate) fn sleep_phases(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let body = body(bytes)?;
    let mut batch = Batch::default();
    for (index, phase) in read::list(&body, "series")?.iter().enumerate() {
        let Some(phase) = phase.as_object() else {
            batch.rejected.push(format!("series[{index}]: no object"));
            continue;
        };
        let device = device(phase, &mut batch);
        for (member, metric, unit) in MEASURED {
            if phase.get(member).is_none_or(serde_json::Value::is_null) {
                continue;
            }
            let Some(values) = by_second(phase.get(member)) else {
                batch.rejected.push(format!("series[{index}]: `{member}` is no object"));
                continue;
            };
            for (second, value) in values {
                let (Some(time), Some(value)) = (second, read::number(value)) else {
                    batch.rejected.push(format!("series[{index}]: `{member}` has an odd entry"));
                    continue;
                };
                let at = Vital { time, offset: offset(phase, context, time), device: device.as_deref() };
                vital(&mut batch, at, metric, value, unit);
            }
        }
    }
    Ok(batch)
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Time};

    use super::*;

    #[test]
    fn everything_read_is_asked_for() {
        let asked = super::super::asked_for("sleep_phases", "data_fields");
        for (member, _, _) in &MEASURED {
            assert!(asked.contains(member), "{member}");
        }
    }

    #[test]
    fn a_night_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = sleep_phases(include_bytes!("../fixtures/sleep_phases.json"), &context).expect("documented form");
        let seen: Vec<String> = batch
            .observations
            .iter()
            .map(|o| {
                let Observation::Sample(s) = o else { panic!("samples only") };
                assert_eq!((s.end, s.offset, s.device.as_deref()), (None, None, Some("Sleep Analyzer")));
                format!("{} {} {}", s.metric.name(), s.start.unix_s(), s.value)
            })
            .collect();
        assert_eq!(
            seen,
            [
                "heart_rate 1789942200 61",
                "heart_rate 1789942260 60",
                "respiratory_rate 1789942200 15",
                "heart_rate 1789943100 55",
                "hrv_sdnn 1789943100 48",
                "hrv_rmssd 1789943100 41",
            ]
        );
        assert_eq!(
            batch.rejected,
            ["respiratory_rate: not above zero", "series[1]: `rr` is no object", "series[2]: no object"]
        );
    }
}

//! `v2/sleep` / `get`: the stretches of a night, and what a mat or watch measured through them. They come without the id
//! of the sleep that `getsummary` tells, so they are records of their own, which the store joins to it.
//! Source: <https://developer.withings.com/api-reference/#tag/sleep/operation/sleepv2-get>.

use hilum_model::{Batch, Body, Metric, Record, StageKind, Unit};
use serde_json::Map;

use super::{Vital, body, by_second, device, offset, vital};
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// Members that are objects keyed by unix second.
const MEASURED: [(&str, Metric, Unit); 4] = [
    ("hr", Metric::HeartRate, Unit::PerMinute),
    ("rr", Metric::RespiratoryRate, Unit::PerMinute),
    ("sdnn_1", Metric::HrvSdnn, Unit::Millisecond),
    ("rmssd", Metric::HrvRmssd, Unit::Millisecond),
];

/// The longest stretch that can be one, ms.
const DAY_MS: i64 = 86_400_000;

/// Stretches of nights, with heart rate, breathing and heart-rate variability.
pub(crate) fn sleep_phases(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let body = body(bytes)?;
    let mut batch = Batch::default();
    for (index, phase) in read::list(&body, "series")?.iter().enumerate() {
        let Some(phase) = phase.as_object() else {
            batch.rejected.push(format!("series[{index}]: no object"));
            continue;
        };
        let device = device(phase, &mut batch);
        match stretch(phase, context, device.clone()) {
            Some(record) => batch.record(record),
            None => batch.rejected.push(format!("series[{index}]: no stage")),
        }
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

fn stretch(phase: &Object, context: &Context, device: Option<String>) -> Option<Record> {
    let start = read::unix_at(phase, "startdate")?;
    let end = read::unix_at(phase, "enddate")?;
    let stage = match read::integer_at(phase, "state")? {
        0 => StageKind::Awake,
        1 => StageKind::Light,
        2 => StageKind::Deep,
        3 => StageKind::Rem,
        // Typed in, and of a depth that the device could not tell.
        4 | 5 => StageKind::Asleep,
        _ => return None,
    };
    let offset = offset(phase, context, start);
    // Two devices in one bed may begin a stretch at the same second.
    let by = read::id_at(phase, "hash_deviceid").map(|id| format!("-{id}")).unwrap_or_default();
    (1..=DAY_MS).contains(&end.since_ms(start)).then(|| Record {
        key: format!("{}{by}", start.unix_s()),
        device,
        start,
        end: Some(end),
        offset,
        day: start.civil_day(offset),
        body: Body::SleepStage { stage },
        source_data: Map::new(),
    })
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
                let s = match o {
                    Observation::Sample(s) => s,
                    Observation::Record(r) => {
                        assert_eq!((r.offset, r.device.as_deref()), (None, Some("Sleep Analyzer")));
                        let (Body::SleepStage { stage }, Some(end)) = (&r.body, r.end) else { panic!("a stretch") };
                        return format!("{} {stage:?} {}..{} {}", r.key, r.start.unix_s(), end.unix_s(), r.day);
                    }
                    Observation::Deleted { .. } => panic!("nothing is deleted"),
                };
                assert_eq!((s.end, s.offset, s.device.as_deref()), (None, None, Some("Sleep Analyzer")));
                format!("{} {} {}", s.metric.name(), s.start.unix_s(), s.value)
            })
            .collect();
        assert_eq!(
            seen,
            [
                "1789942200-9e4c Awake 1789942200..1789943100 2026-09-20",
                "heart_rate 1789942200 61",
                "heart_rate 1789942260 60",
                "respiratory_rate 1789942200 15",
                "1789943100-9e4c Light 1789943100..1789945800 2026-09-20",
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

    #[test]
    fn states_are_numbers_of_their_own() {
        let stage = |start: i64, end: i64, state: serde_json::Value| {
            let phase = serde_json::json!({"startdate": start, "enddate": end, "state": state});
            let context = Context { received: Time(0), time_zone: Some("Europe/Berlin".to_owned()) };
            let record = stretch(phase.as_object().expect("an object"), &context, None)?;
            let Body::SleepStage { stage } = record.body else { panic!("a stretch") };
            Some((stage, record.key, record.day.to_string()))
        };
        // 1789942200 is 2026-09-20T22:10:00Z, which is the 21st in Berlin.
        let night = 1_789_942_200;
        let kinds =
            [StageKind::Awake, StageKind::Light, StageKind::Deep, StageKind::Rem, StageKind::Asleep, StageKind::Asleep];
        for (state, kind) in (0..).zip(kinds) {
            let expected = Some((kind, night.to_string(), "2026-09-21".to_owned()));
            assert_eq!(stage(night, night + 60, serde_json::json!(state)), expected);
        }
        for odd in [serde_json::json!(6), serde_json::json!("deep"), serde_json::Value::Null] {
            assert_eq!(stage(night, night + 60, odd), None);
        }
        assert_eq!(stage(night, night, serde_json::json!(1)), None, "no time");
        assert_eq!(stage(night, night + 86_401, serde_json::json!(1)), None, "more than a day");
    }
}

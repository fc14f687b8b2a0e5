//! `sleep`: nights and naps with their timeline. Source: `google/devicesandservices/health/v4/data_types.proto`.

use hilum_model::observation::Sleep;
use hilum_model::{Batch, Body, Record, Stage, StageKind, Time};
use serde_json::Value;

use super::{Span, beyond, device, interval, own_id, points};
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// Members that are normalised.
const TAKEN: [&str; 3] = ["stages", "summary", "metadata"];

/// Members of the summary that are normalised.
const SUMMARY: [&str; 6] = [
    "minutesInSleepPeriod",
    "minutesAsleep",
    "minutesAwake",
    "minutesToFallAsleep",
    "minutesAfterWakeUp",
    "stagesSummary",
];

/// Nights and naps.
pub(crate) fn sleep(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    points(bytes, "dataPoints", |point, batch| {
        let value = read::object_at(point, "sleep").ok_or("of another type")?;
        let span = interval(value, context)?;
        let metadata = read::object_at(value, "metadata");
        let (stages, odd) = stages(value, metadata, &span);
        if odd {
            batch.rejected.push("stages: unknown type or no times".to_owned());
        }
        let empty = Object::new();
        let summary = read::object_at(value, "summary");
        let told = summary.unwrap_or(&empty);
        // What is left out of a summary that is there is zero.
        let minutes = |name: &str| match (summary, told.contains_key(name)) {
            (None, _) => None,
            (Some(_), false) => Some(0.0),
            (Some(_), true) => read::amount_at(told, name).map(|minutes| minutes * 60.0),
        };
        let mut source_data = beyond(point, value, &TAKEN);
        source_data.extend(read::beyond(told, &SUMMARY));
        if let Some(metadata) = metadata {
            source_data.extend(read::beyond(metadata, &["mainSleep"]));
        }
        let device = device(point, batch);
        batch.record(Record {
            key: own_id(point).unwrap_or_else(|| format!("at-{}", span.start.unix_s())),
            device,
            start: span.start,
            end: Some(span.end),
            offset: span.start_offset,
            day: span.end.civil_day(span.end_offset),
            body: Body::Sleep(Sleep {
                main: metadata.is_none_or(|m| m.get("mainSleep").and_then(Value::as_bool).unwrap_or(false)),
                asleep_s: minutes("minutesAsleep"),
                awake_s: minutes("minutesAwake"),
                to_fall_asleep_s: minutes("minutesToFallAsleep"),
                after_wakeup_s: minutes("minutesAfterWakeUp"),
                in_bed_s: minutes("minutesInSleepPeriod"),
                wakeups: in_stage(told, "AWAKE", "count"),
                light_s: in_stage(told, "LIGHT", "minutes").map(|minutes| minutes * 60.0),
                deep_s: in_stage(told, "DEEP", "minutes").map(|minutes| minutes * 60.0),
                rem_s: in_stage(told, "REM", "minutes").map(|minutes| minutes * 60.0),
                stages,
                ..Sleep::default()
            }),
            source_data,
        });
        Ok(())
    })
}

/// A number of one stage of `stagesSummary`.
fn in_stage(summary: &Object, stage: &str, name: &str) -> Option<f64> {
    let stages = summary.get("stagesSummary")?.as_array()?;
    let found = stages.iter().filter_map(Value::as_object).find(|s| read::text_at(s, "type") == Some(stage))?;
    if found.contains_key(name) { read::amount_at(found, name) } else { Some(0.0) }
}

/// The timeline, unless Google says that it could not work one out. The flag tells that there were stages that can not
/// be read; they leave a gap.
fn stages(value: &Object, metadata: Option<&Object>, span: &Span) -> (Vec<Stage>, bool) {
    let status = metadata.and_then(|m| read::text_at(m, "stagesStatus"));
    if status.is_some_and(|status| status != "SUCCEEDED") {
        return (Vec::new(), false);
    }
    let told = value.get("stages").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut read: Vec<Stage> = told.iter().filter_map(stage).collect();
    let odd = read.len() < told.len();
    read.sort_by_key(|stage| stage.start);
    let mut stages: Vec<Stage> = Vec::new();
    for stage in read {
        // Nothing outside the night, nothing twice.
        let start = stages.last().map_or(span.start, |last| last.end).max(stage.start);
        let end = stage.end.min(span.end);
        if start < end {
            stages.push(Stage { start, end, ..stage });
        }
    }
    (stages, odd)
}

fn stage(value: &Value) -> Option<Stage> {
    let value = value.as_object()?;
    let kind = match read::text_at(value, "type")? {
        // A classic night knows "restless" beside "awake"; neither is sleep.
        "AWAKE" | "RESTLESS" => StageKind::Awake,
        "LIGHT" => StageKind::Light,
        "DEEP" => StageKind::Deep,
        "REM" => StageKind::Rem,
        "ASLEEP" => StageKind::Asleep,
        _ => return None,
    };
    let time = |name| -> Option<Time> { read::rfc3339_at(value, name).map(|(time, _)| time) };
    Some(Stage { kind, start: time("startTime")?, end: time("endTime")? })
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Offset};
    use serde_json::json;

    use super::*;

    fn context() -> Context {
        Context { received: Time(0), time_zone: None }
    }

    #[test]
    fn nights_by_hand() {
        let batch = sleep(include_bytes!("../fixtures/sleep.json"), &context()).expect("documented form");
        assert_eq!(batch.rejected, ["stages: unknown type or no times", "dataPoints[3]: ends before it starts"]);
        let [Observation::Record(night), Observation::Record(nap), Observation::Record(refused)] =
            batch.observations.as_slice()
        else {
            panic!("three records: {:?}", batch.observations)
        };
        assert_eq!((night.key.as_str(), night.day.to_string().as_str()), ("771", "2026-09-21"));
        assert_eq!((night.offset, night.device.as_deref()), (Some(Offset(120)), Some("Charge 6")));
        let stage = |kind, from: i64, to: i64| Stage {
            kind,
            start: night.start.plus_s(from * 30),
            end: night.start.plus_s(to * 30),
        };
        assert_eq!(
            night.body,
            Body::Sleep(Sleep {
                main: true,
                asleep_s: Some(24_120.0),
                awake_s: Some(2940.0),
                // Left out, so zero.
                to_fall_asleep_s: Some(0.0),
                after_wakeup_s: Some(180.0),
                in_bed_s: Some(27_060.0),
                efficiency: None,
                wakeups: Some(21.0),
                light_s: Some(14_040.0),
                deep_s: Some(4260.0),
                rem_s: Some(5820.0),
                heart_rate_avg: None,
                heart_rate_min: None,
                respiratory_rate_avg: None,
                hrv_rmssd_avg: None,
                // 13.5 minutes light, then deep; the last one is cut at the end of the night (451 minutes).
                stages: vec![
                    stage(StageKind::Light, 0, 27),
                    stage(StageKind::Deep, 27, 60),
                    stage(StageKind::Rem, 880, 902),
                ],
            })
        );
        assert_eq!(
            serde_json::to_value(&night.source_data).expect("an object"),
            json!({"type": "STAGES", "stagesStatus": "SUCCEEDED", "processed": true,
                "recordingMethod": "PASSIVELY_MEASURED", "platform": "FITBIT", "manual": false})
        );
        // 23:40 at -04:00 to 00:20: the day is that of waking up.
        assert_eq!((nap.day.to_string().as_str(), nap.offset), ("2026-09-20", Some(Offset(-240))));
        let Body::Sleep(classic) = &nap.body else { panic!("a sleep") };
        assert_eq!((classic.main, classic.light_s, classic.asleep_s), (false, None, Some(1800.0)));
        assert_eq!(
            classic.stages.iter().map(|s| s.kind).collect::<Vec<_>>(),
            [StageKind::Asleep, StageKind::Awake, StageKind::Asleep]
        );
        // Without metadata it is the main sleep, and without a summary nothing is known of it.
        let Body::Sleep(bare) = &refused.body else { panic!("a sleep") };
        assert_eq!(*bare, Sleep { main: true, ..Sleep::default() });
    }

    #[test]
    fn a_timeline_that_failed_is_left_out() {
        let point = |status: &str| {
            json!({"dataPoints": [{"sleep": {
                "interval": {"startTime": "2026-03-03T22:00:00Z", "endTime": "2026-03-04T06:00:00Z"},
                "stages": [{"startTime": "2026-03-03T22:00:00Z", "endTime": "2026-03-03T23:00:00Z", "type": "DEEP"}],
                "metadata": {"stagesStatus": status}}}]})
        };
        let count = |status| {
            let batch = sleep(point(status).to_string().as_bytes(), &context()).expect("documented form");
            let [Observation::Record(record)] = batch.observations.as_slice() else { panic!("one record") };
            let Body::Sleep(sleep) = &record.body else { panic!("a sleep") };
            sleep.stages.len()
        };
        assert_eq!((count("SUCCEEDED"), count("REJECTED_COVERAGE")), (1, 0));
    }
}

//! `sleep`: sleep periods with their stages and heart-rate variability.
//! Source: <https://cloud.ouraring.com/v2/docs#tag/Sleep-Routes>.
//!
//! The five-minute heart rates of a night are not read from here: the `heartrate` stream gives the same ones, and
//! twice stored they would count twice. A person who granted `daily` but not `heartrate` did not mean to give them.

use hilum_model::observation::Sleep;
use hilum_model::{Batch, Body, Kind, Metric, Offset, Record, Sample, Stage, StageKind, Time, Unit};

use super::documents;
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// Members that are normalised, and long ones that `sourceData` does without.
const TAKEN: [&str; 23] = [
    "id",
    "day",
    "bedtime_start",
    "bedtime_end",
    "time_in_bed",
    "total_sleep_duration",
    "deep_sleep_duration",
    "light_sleep_duration",
    "rem_sleep_duration",
    "awake_time",
    "latency",
    "efficiency",
    "average_breath",
    "average_heart_rate",
    "average_hrv",
    "lowest_heart_rate",
    "heart_rate",
    "hrv",
    "sleep_phase_5_min",
    "sleep_phase_30_sec",
    "movement_30_sec",
    "app_sleep_phase_5_min",
    "low_battery_alert",
];

/// Length of one character of `sleep_phase_5_min`, ms.
const PHASE_MS: i64 = 300_000;

/// Nights and naps. A period of type `deleted` (by the person) or `rest` (they said that it was no sleep) takes back
/// what may have been delivered under its id before.
pub(crate) fn sleep(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    documents(bytes, |item, batch| {
        let id = read::id_at(item, "id");
        let kind = read::text_at(item, "type");
        if matches!(kind, Some("deleted" | "rest")) {
            batch.deleted(Kind::Sleep, id.ok_or("no id")?);
            return Ok(());
        }
        let (start, offset) = read::rfc3339_at(item, "bedtime_start").ok_or("no bedtime_start")?;
        let (end, end_offset) = read::rfc3339_at(item, "bedtime_end").ok_or("no bedtime_end")?;
        if end < start {
            return Err("ends before it starts");
        }
        let (stages, odd) = stages(read_phases(item), start, end);
        if odd {
            batch.rejected.push("sleep_phase_5_min: unknown character".to_owned());
        }
        batch.record(Record {
            key: id.unwrap_or_else(|| format!("at-{}", start.unix_s())),
            device: None,
            start,
            end: Some(end),
            offset: Some(offset),
            // Oura counts a period for the day of waking up.
            day: read::day_at(item, "day").unwrap_or_else(|| end.civil_day(Some(end_offset))),
            body: Body::Sleep(Sleep {
                // Besides `long_sleep` there are `sleep` and `late_nap`; a word not known yet says nothing.
                main: !matches!(kind, Some("sleep" | "late_nap")),
                asleep_s: read::amount_at(item, "total_sleep_duration"),
                awake_s: read::amount_at(item, "awake_time"),
                to_fall_asleep_s: read::amount_at(item, "latency"),
                after_wakeup_s: None,
                in_bed_s: read::amount_at(item, "time_in_bed"),
                efficiency: read::amount_at(item, "efficiency").filter(|e| *e <= 100.0),
                wakeups: None,
                light_s: read::amount_at(item, "light_sleep_duration"),
                deep_s: read::amount_at(item, "deep_sleep_duration"),
                rem_s: read::amount_at(item, "rem_sleep_duration"),
                heart_rate_avg: read::positive_at(item, "average_heart_rate"),
                heart_rate_min: read::positive_at(item, "lowest_heart_rate"),
                respiratory_rate_avg: read::positive_at(item, "average_breath"),
                hrv_rmssd_avg: read::positive_at(item, "average_hrv"),
                stages,
            }),
            source_data: read::beyond(item, &TAKEN),
        });
        if let Some(series) = read::object_at(item, "hrv") {
            variability(series, offset, batch);
        }
        Ok(())
    })
}

/// A text of one character for each five minutes; a night has about a hundred, so anything above a week is no night.
fn read_phases(item: &Object) -> &str {
    let text = item.get("sleep_phase_5_min").and_then(serde_json::Value::as_str).unwrap_or_default();
    if text.len() <= 2016 { text } else { "" }
}

/// The timeline: equal neighbours are one stage, the last one ends with the period. The flag tells that there were
/// characters of unknown meaning; they leave a gap.
fn stages(phases: &str, start: Time, end: Time) -> (Vec<Stage>, bool) {
    let mut stages: Vec<Stage> = Vec::new();
    let mut odd = false;
    for (at, phase) in (0_i64..).zip(phases.chars()) {
        let kind = match phase {
            '1' => StageKind::Deep,
            '2' => StageKind::Light,
            '3' => StageKind::Rem,
            '4' => StageKind::Awake,
            _ => {
                odd = true;
                continue;
            }
        };
        let from = start.plus_ms(at * PHASE_MS);
        let to = from.plus_ms(PHASE_MS).min(end);
        if from >= to {
            break;
        }
        match stages.last_mut() {
            Some(last) if last.kind == kind && last.end == from => last.end = to,
            _ => stages.push(Stage { kind, start: from, end: to }),
        }
    }
    (stages, odd)
}

/// Five-minute means of RMSSD: `interval` s apart from `timestamp` on; null where the ring had no signal.
fn variability(series: &Object, night_offset: Offset, batch: &mut Batch) {
    let began = read::rfc3339_at(series, "timestamp");
    let interval = read::number_at(series, "interval").filter(|s| (1.0..=3600.0).contains(s));
    let items = series.get("items").and_then(serde_json::Value::as_array);
    let (Some((began, offset)), Some(interval), Some(items)) = (began, interval, items) else {
        batch.rejected.push("hrv: no timestamp, interval or items".to_owned());
        return;
    };
    let step_ms = (interval * 1000.0).round() as i64;
    for (at, item) in (0_i64..).zip(items) {
        if item.is_null() {
            continue;
        }
        let Some(value) = read::number(item).filter(|v| *v > 0.0) else {
            batch.rejected.push("hrv: not above zero".to_owned());
            continue;
        };
        batch.sample(Sample {
            metric: Metric::HrvRmssd,
            device: None,
            context: None,
            start: began.plus_ms(at.saturating_mul(step_ms)),
            end: None,
            offset: Some(if offset == Offset(0) { night_offset } else { offset }),
            value,
            unit: Unit::Millisecond,
        });
    }
}

#[cfg(test)]
mod tests {
    use hilum_model::Observation;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_night_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = sleep(include_bytes!("../fixtures/sleep.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["data[4]: no bedtime_end"]);
        assert_eq!(batch.observations.len(), 6);
        let Observation::Record(night) = &batch.observations[0] else { panic!("a record") };
        assert_eq!((night.key.as_str(), night.day.to_string().as_str()), ("sl-1", "2026-09-21"));
        assert_eq!(night.start.to_iso(), "2026-09-21T04:30:00.000Z");
        assert_eq!(night.end.map(Time::to_iso).as_deref(), Some("2026-09-21T05:08:00.000Z"));
        assert_eq!(night.offset, Some(Offset(-360)));
        let stage = |kind, from: i64, to: i64| Stage {
            kind,
            start: night.start.plus_s(from * 60),
            end: night.start.plus_s(to * 60),
        };
        assert_eq!(
            night.body,
            Body::Sleep(Sleep {
                main: true,
                asleep_s: Some(1680.0),
                awake_s: Some(600.0),
                to_fall_asleep_s: Some(300.0),
                after_wakeup_s: None,
                in_bed_s: Some(2280.0),
                efficiency: Some(74.0),
                wakeups: None,
                light_s: Some(780.0),
                deep_s: Some(600.0),
                rem_s: Some(300.0),
                heart_rate_avg: Some(55.1),
                heart_rate_min: Some(50.0),
                respiratory_rate_avg: Some(14.6),
                hrv_rmssd_avg: Some(47.0),
                // "42211324" over 38 minutes: eight times five minutes are 40, so the last one is cut to three.
                stages: vec![
                    stage(StageKind::Awake, 0, 5),
                    stage(StageKind::Light, 5, 15),
                    stage(StageKind::Deep, 15, 25),
                    stage(StageKind::Rem, 25, 30),
                    stage(StageKind::Light, 30, 35),
                    stage(StageKind::Awake, 35, 38),
                ],
            })
        );
        assert_eq!(night.source_data.get("type"), Some(&json!("long_sleep")));
        assert_eq!(night.source_data.get("movement_30_sec"), None);
        for (observation, (minute, value)) in batch.observations[1..3].iter().zip([(0, 44.0), (10, 50.0)]) {
            let Observation::Sample(sample) = observation else { panic!("a sample") };
            assert_eq!(
                (sample.metric, sample.start, sample.value),
                (Metric::HrvRmssd, night.start.plus_s(minute * 60), value)
            );
            assert_eq!((sample.end, sample.offset), (None, Some(Offset(-360))));
        }
        let Observation::Record(nap) = &batch.observations[3] else { panic!("a record") };
        let Body::Sleep(short) = &nap.body else { panic!("a sleep") };
        assert_eq!((short.main, short.asleep_s, short.stages.len()), (false, Some(1200.0), 0));
        // Without `day` the local day of waking up: 23:50Z is 17:50 at -06:00.
        assert_eq!(nap.day.to_string(), "2026-09-20");
        for (observation, id) in batch.observations[4..].iter().zip(["sl-3", "sl-4"]) {
            assert_eq!(*observation, Observation::Deleted { kind: Kind::Sleep, key: id.to_owned() });
        }
    }

    #[test]
    fn unknown_phases_leave_a_gap() {
        let (stages, odd) = stages("2x2", Time(0), Time(900_000));
        assert!(odd);
        assert_eq!(
            stages,
            [
                Stage { kind: StageKind::Light, start: Time(0), end: Time(300_000) },
                Stage { kind: StageKind::Light, start: Time(600_000), end: Time(900_000) },
            ]
        );
        // More phases than the period is long.
        assert_eq!(super::stages("4444", Time(0), Time(300_000)).0.len(), 1);
    }
}

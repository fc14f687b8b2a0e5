//! Sleep periods with their stages and heart-rate variability.

use hilum_model::observation::Sleep;
use hilum_model::{Body, Metric, Offset, Record, Sample, Stage, StageKind, Time, Unit};
use serde_json::Value;

use super::{beyond, day, time};
use crate::error::FileError;
use crate::json;
use crate::members::rejected;
use crate::out::Out;

/// Length of one character of the phases, ms.
const PHASE_MS: i64 = 300_000;
/// Characters of a week; nothing longer is a night.
const PHASES: usize = 2016;

/// A night or nap, as version 2 of the API named its members or else as version 1 did. What the person deleted, or said
/// to be no sleep, is none.
pub(super) fn sleep(item: &Value, out: &mut Out<'_>) -> Result<(), FileError> {
    let kind = json::text(item, "type");
    if matches!(kind, Some("deleted" | "rest")) {
        return Ok(());
    }
    let (Some((start, offset)), Some((end, end_offset))) = (time(item, "bedtime_start"), time(item, "bedtime_end"))
    else {
        return rejected(out, "sleep: no bedtime_start or bedtime_end");
    };
    let amount = |names: [&str; 2]| names.iter().find_map(|name| json::amount(item, name));
    let positive = |names: [&str; 2]| names.iter().find_map(|name| json::positive(item, name));
    let phases = json::text(item, "sleep_phase_5_min").or_else(|| json::text(item, "hypnogram_5min"));
    let main = match kind {
        Some(kind) => !matches!(kind, "sleep" | "late_nap"),
        None => json::amount(item, "is_longest").is_none_or(|longest| longest > 0.0),
    };
    out.record(Record {
        key: json::id(item, "id").unwrap_or_else(|| format!("at-{}", start.unix_s())),
        device: None,
        start,
        end: Some(end),
        offset,
        // Version 1 told the day before that of waking up (`summary_date`).
        day: day(item, "day").unwrap_or_else(|| end.civil_day(end_offset)),
        body: Body::Sleep(Sleep {
            main,
            asleep_s: amount(["total_sleep_duration", "total"]),
            awake_s: amount(["awake_time", "awake"]),
            to_fall_asleep_s: amount(["latency", "onset_latency"]),
            in_bed_s: amount(["time_in_bed", "duration"]),
            efficiency: json::amount(item, "efficiency").filter(|e| *e <= 100.0),
            light_s: amount(["light_sleep_duration", "light"]),
            deep_s: amount(["deep_sleep_duration", "deep"]),
            rem_s: amount(["rem_sleep_duration", "rem"]),
            heart_rate_avg: positive(["average_heart_rate", "hr_average"]),
            heart_rate_min: positive(["lowest_heart_rate", "hr_lowest"]),
            respiratory_rate_avg: positive(["average_breath", "breath_average"]),
            hrv_rmssd_avg: positive(["average_hrv", "rmssd"]),
            stages: stages(phases.unwrap_or_default(), start, end),
            ..Sleep::default()
        }),
        source_data: beyond(item, &["type", "period", "restless_periods", "score", "temperature_deviation"]),
    })?;
    match item.get("hrv") {
        Some(series) if series.is_object() => variability(series, start, offset, out),
        _ => Ok(()),
    }
}

/// One character for each five minutes: 1 deep, 2 light, 3 REM, 4 awake. Equal neighbours are one stage.
fn stages(phases: &str, start: Time, end: Time) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    if phases.len() > PHASES {
        return stages;
    }
    for (at, phase) in (0_i64..).zip(phases.chars()) {
        let kind = match phase {
            '1' => StageKind::Deep,
            '2' => StageKind::Light,
            '3' => StageKind::Rem,
            '4' => StageKind::Awake,
            _ => continue,
        };
        let from = start.plus_ms(at * PHASE_MS);
        let to = from.plus_ms(PHASE_MS).min(end);
        match stages.last_mut() {
            _ if from >= to => break,
            Some(last) if last.kind == kind && last.end == from => last.end = to,
            _ => stages.push(Stage { kind, start: from, end: to }),
        }
    }
    stages
}

/// Means of RMSSD, `interval` s apart; null where the ring had no signal.
fn variability(series: &Value, bedtime: Time, night: Option<Offset>, out: &mut Out<'_>) -> Result<(), FileError> {
    let Some(interval) = json::amount(series, "interval").filter(|s| (1.0..=3600.0).contains(s)) else { return Ok(()) };
    let (began, offset) = time(series, "timestamp").unwrap_or((bedtime, night));
    let step_ms = (interval * 1000.0).round() as i64;
    let items = series.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for (at, item) in (0_i64..).zip(items) {
        let Some(value) = json::number(item).filter(|v| *v > 0.0) else { continue };
        out.sample(Sample {
            metric: Metric::HrvRmssd,
            device: None,
            context: None,
            start: began.plus_ms(at.saturating_mul(step_ms)),
            end: None,
            offset: offset.or(night),
            value,
            unit: Unit::Millisecond,
        })?;
    }
    Ok(())
}

//! Readings that stand alone: scales, cuffs, nights, and what a watch finds out about a body.

use hilum_model::observation::{HeartRateDay, Sleep};
use hilum_model::{Body, Metric, Offset, Quantity, Record, Sample, StageKind, Unit};
use serde_json::{Map, Value};

use super::message::{LEAST_TIME, Measure, Message};
use super::survey::{Survey, instant};
use crate::error::FileError;
use crate::out::Out;

/// A scale's "still weighing".
const CALCULATING: f64 = 65_534.0;

const fn plain(field: u8, scale: f64) -> Measure {
    Measure { field, scale, offset: 0.0, units: &[] }
}

/// Reads a message of a kind that this file knows; others are left alone.
pub(super) fn message(message: &Message<'_>, survey: &Survey, out: &mut Out<'_>) -> Result<(), FileError> {
    match message.global() {
        30 => weight_scale(message, survey, out),
        51 => blood_pressure(message, survey, out),
        211 => resting_heart_rate(message, survey, out),
        229 => vo2_max(message, survey, out),
        269 => point(message, Metric::BloodOxygen, plain(0, 1.0), Unit::Percent, survey, out),
        297 => point(message, Metric::RespiratoryRate, plain(0, 100.0), Unit::PerMinute, survey, out),
        371 => point(message, Metric::HrvRmssd, plain(0, 128.0), Unit::Millisecond, survey, out),
        // Times between heart beats have no metric of their own, and no time.
        78 => {
            out.leave_out("beat-to-beat times of FIT files");
            Ok(())
        }
        _ => Ok(()),
    }
}

fn record(survey: &Survey, time: u32, body: Body, source_data: Map<String, Value>) -> Record {
    let start = instant(time);
    Record {
        key: survey.key(time),
        device: survey.device.clone(),
        start,
        end: None,
        offset: survey.offset,
        day: start.civil_day(survey.offset),
        body,
        source_data,
    }
}

fn reading(
    survey: &Survey,
    time: u32,
    metric: Metric,
    value: f64,
    unit: Unit,
    source_data: Map<String, Value>,
    out: &mut Out<'_>,
) -> Result<(), FileError> {
    match Quantity::new(metric, value, unit) {
        Some(quantity) => out.record(record(survey, time, Body::Reading { metric, quantity }, source_data)),
        None => Ok(()),
    }
}

/// Values that are not above zero are no readings: that is how a device says "not measured".
fn point(
    message: &Message<'_>,
    metric: Metric,
    measure: Measure,
    unit: Unit,
    survey: &Survey,
    out: &mut Out<'_>,
) -> Result<(), FileError> {
    let (Some(time), Some(value)) = (message.time(), message.measure(&measure).filter(|v| *v > 0.0)) else {
        return Ok(());
    };
    out.sample(Sample {
        metric,
        device: survey.device.clone(),
        context: None,
        start: instant(time),
        end: None,
        offset: survey.offset,
        value,
        unit,
    })
}

fn weight_scale(message: &Message<'_>, survey: &Survey, out: &mut Out<'_>) -> Result<(), FileError> {
    let Some(time) = message.time() else {
        out.reject("weight_scale without a time");
        return Ok(());
    };
    let mut source_data = Map::new();
    for (name, field, scale) in [
        ("percent_hydration", 2, 100.0),
        ("visceral_fat_mass", 3, 100.0),
        ("basal_met", 7, 4.0),
        ("physique_rating", 8, 1.0),
        ("active_met", 9, 4.0),
        ("metabolic_age", 10, 1.0),
        ("visceral_fat_rating", 11, 1.0),
    ] {
        if let Some(value) = message.measure(&plain(field, scale)) {
            source_data.insert(name.to_owned(), Value::from(value));
        }
    }
    for (metric, field, scale, unit) in [
        (Metric::Weight, 0, 100.0, Unit::Kilogram),
        (Metric::BodyFat, 1, 100.0, Unit::Percent),
        (Metric::BoneMass, 4, 100.0, Unit::Kilogram),
        (Metric::MuscleMass, 5, 100.0, Unit::Kilogram),
        (Metric::Bmi, 13, 10.0, Unit::KilogramPerSquareMetre),
    ] {
        let Some(value) = message.number(field).filter(|n| *n > 0.0 && *n < CALCULATING) else { continue };
        let beyond = if metric == Metric::Weight { std::mem::take(&mut source_data) } else { Map::new() };
        reading(survey, time, metric, value / scale, unit, beyond, out)?;
    }
    Ok(())
}

/// Status 1 to 3 are failed measurements; 4 is an irregular heart beat.
fn blood_pressure(message: &Message<'_>, survey: &Survey, out: &mut Out<'_>) -> Result<(), FileError> {
    let positive = |field| message.number(field).filter(|v| *v > 0.0);
    let (Some(time), Some(systolic), Some(diastolic)) = (message.time(), positive(0), positive(1)) else {
        out.reject("blood_pressure without a time or one of its pressures");
        return Ok(());
    };
    let mut source_data = Map::new();
    match message.integer(8) {
        Some(1..=3) => {
            out.reject("blood_pressure that failed");
            return Ok(());
        }
        Some(4) => {
            source_data.insert("irregular_heart_rate".to_owned(), Value::Bool(true));
        }
        _ => {}
    }
    if let Some(mean) = positive(2) {
        source_data.insert("mean_arterial_pressure".to_owned(), Value::from(mean));
    }
    let body = Body::BloodPressure { systolic, diastolic, heart_rate: positive(6) };
    out.record(record(survey, time, body, source_data))
}

/// `monitoring_hr_data`: field 1 is the day's own resting heart rate. A day tells it several times; the last counts.
fn resting_heart_rate(message: &Message<'_>, survey: &Survey, out: &mut Out<'_>) -> Result<(), FileError> {
    let (Some(time), Some(resting)) = (message.time(), message.number(1).filter(|v| *v > 0.0)) else { return Ok(()) };
    let day = instant(time).civil_day(survey.offset);
    out.record(Record {
        key: day.to_string(),
        device: survey.device.clone(),
        start: local_midnight(day, survey.offset),
        end: None,
        offset: survey.offset,
        day,
        body: Body::HeartRateDay(HeartRateDay { resting: Some(resting), ..HeartRateDay::default() }),
        source_data: Map::new(),
    })
}

fn local_midnight(day: hilum_model::Day, offset: Option<Offset>) -> hilum_model::Time {
    day.start_utc().plus_s(-60 * i64::from(offset.unwrap_or_default().0))
}

/// `max_met_data`, with its own field for the time.
fn vo2_max(message: &Message<'_>, survey: &Survey, out: &mut Out<'_>) -> Result<(), FileError> {
    let time = message.integer(0).filter(|t| *t >= LEAST_TIME).or_else(|| message.time());
    let (Some(time), Some(value)) = (time, message.measure(&plain(2, 10.0)).filter(|v| *v > 0.0)) else {
        return Ok(());
    };
    reading(survey, time, Metric::Vo2Max, value, Unit::MillilitrePerKilogramMinute, Map::new(), out)
}

/// The night of a file, if it has one.
pub(super) fn night(survey: &Survey, out: &mut Out<'_>) -> Result<(), FileError> {
    let stages = survey.stages();
    let (Some(first), Some(last), Some((start, _))) = (stages.first(), stages.last(), survey.levels.first()) else {
        return Ok(());
    };
    let seconds = |kinds: &[StageKind]| {
        let of = stages.iter().filter(|s| kinds.contains(&s.kind));
        of.map(|s| s.end.since_ms(s.start)).sum::<i64>() as f64 / 1000.0
    };
    let (start, end, began) = (first.start, last.end, *start);
    let sleep = Sleep {
        main: true,
        asleep_s: Some(seconds(&[StageKind::Light, StageKind::Deep, StageKind::Rem])),
        awake_s: Some(seconds(&[StageKind::Awake])),
        in_bed_s: Some(end.since_ms(start) as f64 / 1000.0),
        light_s: Some(seconds(&[StageKind::Light])),
        deep_s: Some(seconds(&[StageKind::Deep])),
        rem_s: Some(seconds(&[StageKind::Rem])),
        stages,
        ..Sleep::default()
    };
    out.record(Record {
        key: survey.key(began),
        device: survey.device.clone(),
        start,
        end: Some(end),
        offset: survey.offset,
        day: end.civil_day(survey.offset),
        body: Body::Sleep(sleep),
        source_data: Map::new(),
    })
}

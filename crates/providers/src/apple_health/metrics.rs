//! The list `metrics`: one entry a type, with its unit and its data.

use hilum_files::health_unit;
use hilum_model::observation::{HeartRateDay, Meal};
use hilum_model::{Batch, Body, Metric, Quantity, Record, Sample, Unit};
use serde_json::Map;

use super::quantity::{day, percent, source, time_at};
use super::{items, nights};
use crate::spec::read::{self, Object};

/// How a type is kept.
enum Kept {
    /// Samples of a series.
    Series(Metric),
    /// Readings, one record each.
    Reading(Metric),
    /// Resting heart rate: part of the day's summary.
    Resting,
    /// Systolic and diastolic together.
    Pressure,
    /// Nights.
    Sleep,
    /// One nutrient of what was eaten: by Human API's name and the unit that it is kept in there.
    Nutrient(&'static str, Unit),
}

/// Names of the app's metrics. Source: its server's list of names.
fn kept(name: &str) -> Option<Kept> {
    Some(match name {
        "step_count" => Kept::Series(Metric::Steps),
        "walking_running_distance" | "cycling_distance" | "swimming_distance" => Kept::Series(Metric::Distance),
        "flights_climbed" => Kept::Series(Metric::FloorsClimbed),
        "active_energy" => Kept::Series(Metric::ActiveEnergy),
        "basal_energy_burned" => Kept::Series(Metric::BasalEnergy),
        "apple_exercise_time" => Kept::Series(Metric::ExerciseTime),
        "heart_rate" => Kept::Series(Metric::HeartRate),
        "walking_heart_rate_average" => Kept::Series(Metric::WalkingHeartRate),
        "resting_heart_rate" => Kept::Resting,
        "heart_rate_variability" => Kept::Series(Metric::HrvSdnn),
        "blood_oxygen_saturation" => Kept::Series(Metric::BloodOxygen),
        "respiratory_rate" => Kept::Series(Metric::RespiratoryRate),
        "apple_sleeping_wrist_temperature" => Kept::Series(Metric::SkinTemperature),
        "dietary_water" => Kept::Series(Metric::WaterIntake),
        "insulin_delivery" => Kept::Series(Metric::InsulinDose),
        "body_temperature" => Kept::Reading(Metric::BodyTemperature),
        "vo2max" | "vo2_max" => Kept::Reading(Metric::Vo2Max),
        "weight_body_mass" => Kept::Reading(Metric::Weight),
        "body_fat_percentage" => Kept::Reading(Metric::BodyFat),
        "body_mass_index" => Kept::Reading(Metric::Bmi),
        "lean_body_mass" => Kept::Reading(Metric::LeanMass),
        "height" => Kept::Reading(Metric::Height),
        "waist_circumference" => Kept::Reading(Metric::WaistCircumference),
        "blood_glucose" => Kept::Reading(Metric::BloodGlucose),
        "blood_pressure" => Kept::Pressure,
        "sleep_analysis" => Kept::Sleep,
        "dietary_energy" | "dietary_energy_consumed" => Kept::Nutrient("calories", Unit::Kilocalorie),
        "carbohydrates" | "dietary_carbohydrates" => Kept::Nutrient("carbohydrate", Unit::Gram),
        "protein" | "dietary_protein" => Kept::Nutrient("protein", Unit::Gram),
        "total_fat" | "dietary_fat_total" => Kept::Nutrient("fat", Unit::Gram),
        "dietary_sugar" => Kept::Nutrient("sugar", Unit::Gram),
        "fiber" | "dietary_fiber" => Kept::Nutrient("fiber", Unit::Gram),
        "sodium" | "dietary_sodium" => Kept::Nutrient("sodium", Unit::Milligram),
        _ => return None,
    })
}

/// Reads one entry of the list. A type that is not normalised is passed over.
pub(super) fn read(metric: &Object, batch: &mut Batch) {
    let Some(name) = read::text_at(metric, "name") else {
        batch.rejected.push("metric: no name".to_owned());
        return;
    };
    let Some(kept) = kept(name) else { return };
    let data = items(metric.get("data"));
    if let Kept::Sleep = kept {
        nights::read(data, batch);
        return;
    }
    let units = read::text_at(metric, "units").unwrap_or_default();
    for (index, item) in data.iter().enumerate() {
        let done = item.as_object().and_then(|item| match &kept {
            Kept::Series(metric) => sample(item, *metric, units, batch),
            Kept::Reading(metric) => reading(item, *metric, units, batch),
            Kept::Resting => resting(item, batch),
            Kept::Pressure => pressure(item, units, batch),
            Kept::Nutrient(nutrient, to) => eaten(item, nutrient, health_unit(units)?, *to, batch),
            Kept::Sleep => None,
        });
        if done.is_none() {
            batch.rejected.push(format!("{name}[{index}]: no time, value or known unit"));
        }
    }
}

/// The value of an item: `qty`, or the mean of the interval where least and greatest are told beside it.
fn value(item: &Object) -> Option<f64> {
    read::number_at(item, "qty").or_else(|| read::number_at(item, "Avg"))
}

/// The value and its unit. Percent types come in two forms.
fn measured(item: &Object, metric: Metric, units: &str) -> Option<(f64, Unit)> {
    let value = value(item)?;
    // A body mass index has no unit of its own in Health.
    if metric == Metric::Bmi {
        return Some((value, Unit::KilogramPerSquareMetre));
    }
    match health_unit(units)? {
        Unit::Percent => Some(percent(value)),
        unit => Some((value, unit)),
    }
}

fn sample(item: &Object, metric: Metric, units: &str, batch: &mut Batch) -> Option<()> {
    let (start, offset) = time_at(item, "date").or_else(|| time_at(item, "startDate"))?;
    let end = time_at(item, "endDate").map(|(end, _)| end).filter(|end| *end >= start);
    let (value, unit) = measured(item, metric, units)?;
    let device = device(item, batch);
    let sample = Sample { metric, device, context: None, start, end, offset: Some(offset), value, unit };
    with_extremes(item, sample, batch);
    Some(())
}

/// Adds a sample. Where least and greatest heart rate beside it differ, it is the mean of an interval and no beat of its
/// own, and they are told too.
pub(super) fn with_extremes(item: &Object, sample: Sample, batch: &mut Batch) {
    let extremes = read::positive_at(item, "Min").zip(read::positive_at(item, "Max"));
    let Some((least, greatest)) = extremes.filter(|(min, max)| min < max && sample.metric == Metric::HeartRate) else {
        return batch.sample(sample);
    };
    for (metric, value) in [(Metric::HeartRateMin, least), (Metric::HeartRateMax, greatest)] {
        batch.sample(Sample { metric, value, ..sample.clone() });
    }
    let context = sample.context.clone().or_else(|| Some("average".to_owned()));
    batch.sample(Sample { context, ..sample });
}

fn record(item: &Object, key: &str, body: Body, batch: &mut Batch) -> Option<Record> {
    let (start, offset) = time_at(item, "date")?;
    let device = device(item, batch);
    Some(Record {
        key: format!("{key}:{}:{}", start.0, device.as_deref().unwrap_or_default()),
        device,
        start,
        end: None,
        offset: Some(offset),
        day: start.civil_day(Some(offset)),
        body,
        source_data: Map::new(),
    })
}

fn reading(item: &Object, metric: Metric, units: &str, batch: &mut Batch) -> Option<()> {
    let (value, unit) = measured(item, metric, units)?;
    let quantity = Quantity::new(metric, value, unit)?;
    let mut record = record(item, metric.name(), Body::Reading { metric, quantity }, batch)?;
    record.source_data = read::beyond(item, &["qty", "date", "source"]);
    batch.record(record);
    Some(())
}

fn resting(item: &Object, batch: &mut Batch) -> Option<()> {
    let resting = value(item).filter(|v| *v > 0.0)?;
    let body = Body::HeartRateDay(HeartRateDay { resting: Some(resting), ..HeartRateDay::default() });
    let mut record = record(item, "resting_heart_rate", body, batch)?;
    // One a day, corrected as the day goes on.
    record.key = format!("resting_heart_rate:{}:{}", record.day, record.device.as_deref().unwrap_or_default());
    batch.record(record);
    Some(())
}

fn pressure(item: &Object, units: &str, batch: &mut Batch) -> Option<()> {
    let from = health_unit(units)?;
    let of = |name| read::positive_at(item, name).and_then(|v| from.convert(v, Unit::MillimetreOfMercury));
    let body = Body::BloodPressure { systolic: of("systolic")?, diastolic: of("diastolic")?, heart_rate: None };
    let record = record(item, "blood_pressure", body, batch)?;
    batch.record(record);
    Some(())
}

/// The app tells each nutrient of its own type; there is no meal. Each is kept as something eaten at that time.
fn eaten(item: &Object, nutrient: &'static str, from: Unit, to: Unit, batch: &mut Batch) -> Option<()> {
    let amount = from.convert(value(item).filter(|v| *v >= 0.0)?, to)?;
    let mut meal = Meal::default();
    match nutrient {
        "calories" => meal.calories = Some(amount),
        "carbohydrate" => meal.carbohydrate_g = Some(amount),
        "protein" => meal.protein_g = Some(amount),
        "fat" => meal.fat_g = Some(amount),
        other => {
            meal.nutrients.insert(other.to_owned(), amount);
        }
    }
    let record = record(item, nutrient, Body::Meal(meal), batch)?;
    batch.record(record);
    Some(())
}

/// The device or app that wrote the item.
pub(super) fn device(item: &Object, batch: &mut Batch) -> Option<String> {
    let name = source(item)?;
    if !batch.facts.devices.contains(&name) {
        batch.facts.devices.push(name.clone());
    }
    Some(name)
}

/// The civil day that an aggregated night counts for.
pub(super) fn day_of(item: &Object) -> Option<hilum_model::Day> {
    day(read::text_at(item, "date")?)
}

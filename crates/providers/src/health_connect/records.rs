//! Kinds that are records.

use hilum_model::observation::HeartRateDay;
use hilum_model::observation::{Activity, Meal, Sleep};
use hilum_model::{Batch, Body, Metric, Offset, Quantity, Record, Stage, StageKind, Time, Unit};
use serde_json::{Map, Value};

use super::{code, interval, time_at};
use crate::spec::Context;
use crate::spec::read::{self, Object};

/// List, metric, member of the value, unit.
const READINGS: [(&str, Metric, &str, Unit); 6] = [
    ("weight", Metric::Weight, "kilograms", Unit::Kilogram),
    ("height", Metric::Height, "meters", Unit::Metre),
    ("body_fat", Metric::BodyFat, "percentage", Unit::Percent),
    ("blood_glucose", Metric::BloodGlucose, "mmol_per_liter", Unit::MillimolePerLitre),
    ("body_temperature", Metric::BodyTemperature, "celsius", Unit::Celsius),
    ("vo2_max", Metric::Vo2Max, "ml_per_kg_per_min", Unit::MillilitrePerKilogramMinute),
];

/// Numbers of Android's `ExerciseSessionRecord`, and Human API's words.
/// Source: <https://developer.android.com/reference/androidx/health/connect/client/records/ExerciseSessionRecord>.
const EXERCISES: [(i64, &str); 20] = [
    (8, "cycling"),
    (9, "stationary_cycling"),
    (10, "bootcamp"),
    (16, "dancing"),
    (25, "elliptical"),
    (36, "hiit"),
    (37, "hiking"),
    (48, "pilates"),
    (53, "rowing"),
    (54, "rowing_machine"),
    (56, "running"),
    (57, "treadmill_running"),
    (61, "skiing"),
    (68, "stair_climbing"),
    (70, "strength_training"),
    (73, "swimming"),
    (74, "swimming"),
    (79, "walking"),
    (81, "weight_training"),
    (83, "yoga"),
];

/// Reads an item that becomes a record; `None` if the list is not known, `Some(false)` if the item can not be
/// understood.
pub(super) fn read(list: &str, item: &Object, context: &Context, batch: &mut Batch) -> Option<bool> {
    let made = if let Some(reading) = READINGS.iter().find(|(name, ..)| *name == list) {
        self::reading(*reading, item, context)
    } else {
        match list {
            "blood_pressure" => pressure(item, context),
            "resting_heart_rate" => resting(item, context),
            "sleep" => sleep(item, context),
            "exercise" => exercise(item, context),
            "nutrition" => meal(item, context),
            _ => return None,
        }
    };
    Some(made.map(|record| batch.record(record)).is_some())
}

fn record(key: String, start: Time, end: Option<Time>, offset: Option<Offset>, body: Body) -> Record {
    let day = start.civil_day(offset);
    Record { key, device: None, start, end, offset, day, body, source_data: Map::new() }
}

fn reading(
    (list, metric, member, unit): (&str, Metric, &str, Unit),
    item: &Object,
    context: &Context,
) -> Option<Record> {
    let (start, offset) = time_at(item, "time", context)?;
    let quantity = Quantity::new(metric, read::positive_at(item, member)?, unit)?;
    let mut record = record(format!("{list}:{}", start.0), start, None, offset, Body::Reading { metric, quantity });
    record.source_data = read::beyond(item, &["time", member]);
    Some(record)
}

fn pressure(item: &Object, context: &Context) -> Option<Record> {
    let (start, offset) = time_at(item, "time", context)?;
    let body = Body::BloodPressure {
        systolic: read::positive_at(item, "systolic")?,
        diastolic: read::positive_at(item, "diastolic")?,
        heart_rate: None,
    };
    Some(record(format!("blood_pressure:{}", start.0), start, None, offset, body))
}

fn resting(item: &Object, context: &Context) -> Option<Record> {
    let (start, offset) = time_at(item, "time", context)?;
    let day = HeartRateDay { resting: Some(read::positive_at(item, "bpm")?), ..HeartRateDay::default() };
    Some(record(format!("resting_heart_rate:{}", start.0), start, None, offset, Body::HeartRateDay(day)))
}

/// Numbers of `SleepSessionRecord`: 0 unknown, 1 awake, 2 sleeping, 3 out of bed, 4 light, 5 deep, 6 REM, 7 awake in
/// bed.
fn stage(number: i64) -> Option<StageKind> {
    match number {
        1 | 3 | 7 => Some(StageKind::Awake),
        2 => Some(StageKind::Asleep),
        4 => Some(StageKind::Light),
        5 => Some(StageKind::Deep),
        6 => Some(StageKind::Rem),
        _ => None,
    }
}

fn sleep(item: &Object, context: &Context) -> Option<Record> {
    let (end, _) = read::rfc3339_at(item, "session_end_time")?;
    let lasted = read::amount_at(item, "duration_seconds")?;
    let start = end.plus_ms(-((lasted * 1000.0) as i64));
    let (_, offset) = time_at(item, "session_end_time", context)?;
    let mut stages: Vec<Stage> = item
        .get("stages")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .filter_map(|s| {
            let (from, _) = read::rfc3339_at(s, "start_time")?;
            let (to, _) = read::rfc3339_at(s, "end_time")?;
            let stage = Stage { kind: stage(code(s, "stage")?)?, start: from.max(start), end: to.min(end) };
            (stage.end > stage.start).then_some(stage)
        })
        .collect();
    stages.sort_by_key(|s| (s.start, s.end));
    // What overlaps its predecessor begins where that ends.
    let mut reach = start;
    stages.retain_mut(|s| {
        s.start = s.start.max(reach);
        reach = reach.max(s.end);
        s.end > s.start
    });
    let of = |kind: StageKind| {
        let told = || stages.iter().filter(|s| s.kind == kind).map(|s| s.end.since_ms(s.start) as f64 / 1000.0);
        told().next().map(|_| told().sum::<f64>())
    };
    let (light, deep, rem) = (of(StageKind::Light), of(StageKind::Deep), of(StageKind::Rem));
    let asleep: f64 = [light, deep, rem, of(StageKind::Asleep)].into_iter().flatten().sum();
    let sleep = Sleep {
        main: true,
        asleep_s: (!stages.is_empty()).then_some(asleep),
        awake_s: of(StageKind::Awake),
        in_bed_s: Some(lasted),
        light_s: light,
        deep_s: deep,
        rem_s: rem,
        stages,
        ..Sleep::default()
    };
    let mut record = record(format!("sleep:{}", start.0), start, Some(end), offset, Body::Sleep(sleep));
    // A night counts for the day on which it ends.
    record.day = end.civil_day(offset);
    record.offset = context.time_zone.as_deref().and_then(|zone| Offset::of_zone(zone, start));
    Some(record)
}

fn exercise(item: &Object, context: &Context) -> Option<Record> {
    let (start, end, offset) = interval(item, context)?;
    let number = code(item, "type")?;
    let kind = read::ours(&EXERCISES, &number, number);
    let activity = Activity {
        kind,
        duration_s: read::amount_at(item, "duration_seconds").or_else(|| Some(end.since_ms(start) as f64 / 1000.0)),
        distance_m: read::amount_at(item, "distance_meters"),
        steps: read::amount_at(item, "steps"),
        calories: read::amount_at(item, "calories"),
        cadence_avg: read::positive_at(item, "avg_cadence_spm"),
        ..Activity::default()
    };
    let key = format!("exercise:{}:{}", start.0, end.0);
    Some(record(key, start, Some(end), offset, Body::Activity(activity)))
}

fn meal(item: &Object, context: &Context) -> Option<Record> {
    let (start, end, offset) = interval(item, context)?;
    let name = read::text_at(item, "name").map(str::to_owned);
    let mut meal = Meal {
        calories: read::amount_at(item, "calories"),
        carbohydrate_g: read::amount_at(item, "carbs_grams"),
        fat_g: read::amount_at(item, "fat_grams"),
        protein_g: read::amount_at(item, "protein_grams"),
        ..Meal::default()
    };
    for (member, nutrient) in [("fiber_grams", "fiber"), ("sugar_grams", "sugar")] {
        if let Some(amount) = read::amount_at(item, member) {
            meal.nutrients.insert(nutrient.to_owned(), amount);
        }
    }
    let key = format!("nutrition:{}:{}:{}", start.0, end.0, name.as_deref().unwrap_or_default());
    meal.name = name;
    Some(record(key, start, Some(end), offset, Body::Meal(meal)))
}

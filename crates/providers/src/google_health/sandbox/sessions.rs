//! Things with a beginning and an end: exercises, nights, meals.

use hilum_model::{Day, StageKind};
use serde_json::{Value, json};

use super::{interval, point};
use crate::persona::{Course, Slept, Sport};
use crate::sandbox::sport::{Done, done};
use crate::sandbox::{Ask, Item};

/// The dialect's word for a sport.
const fn word(sport: Sport) -> &'static str {
    match sport {
        Sport::Walk => "WALKING",
        Sport::Run => "RUNNING",
        Sport::Cycle => "BIKING",
        Sport::Swim => "SWIMMING_POOL",
        Sport::Weights => "STRENGTH_TRAINING",
        Sport::Yoga => "YOGA",
        Sport::Row => "ROWING_MACHINE",
    }
}

pub(super) fn exercises(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    done(ask, day).into_iter().map(|done| exercise(ask, day, &done)).collect()
}

fn exercise(ask: &Ask<'_>, day: Day, done: &Done) -> Item {
    let Done { id, workout, effort } = *done;
    let persona = ask.story.persona;
    let seconds = workout.minutes() * 60;
    let mut summary = json!({
        "caloriesKcal": effort.energy as f64 / 100.0,
        "averageHeartRateBeatsPerMinute": ((effort.mean_tenths + 5) / 10).to_string(),
    });
    if effort.decimetres > 0 {
        summary["distanceMillimeters"] = json!(effort.decimetres * 100);
        summary["averageSpeedMillimetersPerSecond"] = json!((effort.decimetres * 100) as f64 / seconds as f64);
    }
    if effort.steps > 0 {
        summary["steps"] = json!(effort.steps.to_string());
    }
    // False is left out.
    let outdoors = matches!(workout.sport, Sport::Walk | Sport::Run | Sport::Cycle);
    let value = json!({
        "interval": interval(persona, workout.start, workout.end),
        "exerciseType": word(workout.sport),
        "displayName": word(workout.sport),
        "activeDuration": format!("{seconds}s"),
        "metricsSummary": summary,
        "exerciseMetadata": if outdoors { json!({"hasGps": true}) } else { json!({}) },
    });
    let mut json = point(ask, "exercise", &[], ("exercise", value));
    json["name"] = json!(format!("users/{}/dataTypes/exercise/dataPoints/{id}", super::account(persona)));
    Item { day, at: workout.start, json }
}

/// Nights are found by their end.
pub(super) fn sleeps(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let sleeps = ask.story.sleeps(day).into_iter().filter(|s| s.end <= ask.now);
    (0..).zip(sleeps).map(|(nth, slept)| sleep(ask, day, nth, &slept)).collect()
}

fn sleep(ask: &Ask<'_>, day: Day, nth: i64, slept: &Slept) -> Item {
    let persona = ask.story.persona;
    let minutes = |seconds: i64| (seconds / 60).to_string();
    let stages: Vec<Value> = slept
        .stages()
        .iter()
        .map(|stage| {
            let mut json = interval(persona, stage.start, stage.end);
            json["type"] = json!(stage_word(stage.kind));
            json
        })
        .collect();
    let summary: Vec<Value> = [StageKind::Awake, StageKind::Light, StageKind::Deep, StageKind::Rem]
        .into_iter()
        .map(|kind| {
            json!({
                "type": stage_word(kind),
                "minutes": minutes(slept.seconds(kind)),
                "count": slept.episodes(kind).to_string(),
            })
        })
        .collect();
    let mut metadata = json!({"stagesStatus": "SUCCEEDED", "processed": true});
    // False is left out.
    if slept.main {
        metadata["mainSleep"] = json!(true);
    }
    let value = json!({
        "interval": interval(persona, slept.start, slept.end),
        "type": "STAGES",
        "stages": stages,
        "metadata": metadata,
        "summary": {
            "minutesInSleepPeriod": minutes(slept.in_bed_s()),
            "minutesAsleep": minutes(slept.asleep_s()),
            "minutesAwake": minutes(slept.seconds(StageKind::Awake)),
            "minutesToFallAsleep": minutes(slept.latency_s()),
            "minutesAfterWakeUp": minutes(slept.after_s()),
            "stagesSummary": summary,
        },
    });
    let json = point(ask, "sleep", &[0x49, i64::from(day.0), nth], ("sleep", value));
    Item { day, at: slept.end, json }
}

const fn stage_word(kind: StageKind) -> &'static str {
    match kind {
        StageKind::Awake => "AWAKE",
        StageKind::Light => "LIGHT",
        StageKind::Deep => "DEEP",
        StageKind::Rem => "REM",
        StageKind::Asleep => "ASLEEP",
    }
}

/// What was eaten, and what was drunk with it.
pub(super) fn meals(stream: &str, ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let eaten = persona.meals(day).into_iter().filter(|meal| meal.at <= ask.now);
    eaten
        .map(|meal| {
            let span = interval(persona, meal.at, meal.at);
            let id = [0x4a, meal.at.unix_s()];
            let json = if stream == "hydration_log" {
                let drunk = json!({"interval": span, "amountConsumed": {"milliliters": meal.water as f64}});
                point(ask, "hydration-log", &id, ("hydrationLog", drunk))
            } else {
                let grams = |grams: i64| json!({"grams": grams as f64});
                let food = json!({
                    "interval": span,
                    "foodDisplayName": meal.dish,
                    "mealType": course(meal.course),
                    "energy": {"kcal": meal.energy()},
                    "totalCarbohydrate": grams(meal.carbohydrate),
                    "totalFat": grams(meal.fat),
                    "nutrients": [{"nutrient": "PROTEIN", "quantity": grams(meal.protein)}],
                    "serving": {"amount": 1, "foodMeasurementUnitDisplayName": "serving"},
                });
                point(ask, "nutrition-log", &id, ("nutritionLog", food))
            };
            Item { day, at: meal.at, json }
        })
        .collect()
}

const fn course(course: Course) -> &'static str {
    match course {
        Course::Breakfast => "BREAKFAST",
        Course::Lunch => "LUNCH",
        Course::Snack => "SNACK",
        Course::Dinner => "DINNER",
    }
}

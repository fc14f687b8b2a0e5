//! A `Workout` element.

use hilum_model::observation::Activity;
use hilum_model::{Body, Offset, Record, Time, Unit};
use serde_json::{Map, Value};

use super::row::Sources;
use super::types;
use super::values;
use crate::error::FileError;
use crate::xml::Tag;

/// Words for kinds of workout that differ from Apple's own in small letters.
const KINDS: [(&str, &str); 16] = [
    ("TraditionalStrengthTraining", "weight_training"),
    ("FunctionalStrengthTraining", "weight_training"),
    ("HighIntensityIntervalTraining", "hiit"),
    ("EquestrianSports", "horse_riding"),
    ("DownhillSkiing", "skiing"),
    ("CrossCountrySkiing", "cross_country_skiing"),
    ("SkatingSports", "skating"),
    ("SurfingSports", "surfing"),
    ("MindAndBody", "mind_and_body"),
    ("Dance", "dancing"),
    ("SocialDance", "dancing"),
    ("CardioDance", "dancing"),
    ("MixedCardio", "cardio"),
    ("PaddleSports", "paddling"),
    ("SwimBikeRun", "multi_sport"),
    ("StairClimbing", "stair_climbing"),
];

/// Kinds that are the same word in small letters.
const PLAIN: [&str; 38] = [
    "Walking",
    "Running",
    "Cycling",
    "Hiking",
    "Swimming",
    "Rowing",
    "Yoga",
    "Pilates",
    "Elliptical",
    "Tennis",
    "TableTennis",
    "Badminton",
    "Squash",
    "Basketball",
    "Soccer",
    "AmericanFootball",
    "Rugby",
    "Volleyball",
    "WaterPolo",
    "Golf",
    "Boxing",
    "Fencing",
    "Wrestling",
    "MartialArts",
    "Snowboarding",
    "Climbing",
    "Baseball",
    "Handball",
    "Hockey",
    "Barre",
    "CoreTraining",
    "CrossTraining",
    "Flexibility",
    "JumpRope",
    "Kickboxing",
    "TaiChi",
    "Other",
    "Cooldown",
];

/// Events of a workout that are kept; laps of a long one are many.
const EVENTS: usize = 100;

/// A workout under way.
pub(super) struct Workout {
    pub source: u32,
    pub start: Time,
    end: Time,
    pub offset: Offset,
    kind: String,
    activity: Activity,
    source_data: Map<String, Value>,
    events: Vec<Value>,
}

impl Workout {
    /// Reads the attributes; older exports have the totals here. `None` if its times are not understood.
    pub(super) fn of(tag: &Tag<'_>, source: u32) -> Result<Option<Self>, FileError> {
        let get = |name| tag.get(name).map(Option::unwrap_or_default);
        let (Some((start, offset)), Some((end, _))) =
            (values::time(&get("startDate")?), values::time(&get("endDate")?))
        else {
            return Ok(None);
        };
        if end < start {
            return Ok(None);
        }
        let kind = get("workoutActivityType")?;
        let kind = short(kind.strip_prefix("HKWorkoutActivityType").unwrap_or(&kind));
        let total = |value, unit, to| Ok::<_, FileError>(values::convert(&get(value)?, &get(unit)?, to));
        let activity = Activity {
            kind: word(&kind),
            duration_s: total("duration", "durationUnit", Unit::Second)?,
            distance_m: total("totalDistance", "totalDistanceUnit", Unit::Metre)?,
            calories: total("totalEnergyBurned", "totalEnergyBurnedUnit", Unit::Kilocalorie)?,
            ..Activity::default()
        };
        let (source_data, events) = (Map::new(), Vec::new());
        Ok(Some(Self { source, start, end, offset, kind, activity, source_data, events }))
    }

    /// What identifies it, also as the context of its track.
    pub(super) fn key(&self, sources: &Sources) -> String {
        format!("{}/{}/{}", self.start.0, self.kind, sources.name(self.source))
    }

    /// Adds a `MetadataEntry`.
    pub(super) fn metadata(&mut self, tag: &Tag<'_>) -> Result<(), FileError> {
        let (Some(key), Some(value)) = (tag.get("key")?, tag.get("value")?) else { return Ok(()) };
        let activity = &mut self.activity;
        match &*key {
            "HKTimeZone" => {
                if let Some(offset) = Offset::of_zone(&value, self.start) {
                    self.offset = offset;
                }
            }
            "HKElevationAscended" => activity.elevation_gain_m = values::quantity(&value, Unit::Metre),
            "HKAverageSpeed" => activity.speed_avg = values::quantity(&value, Unit::MetrePerSecond),
            "HKMaximumSpeed" => activity.speed_max = values::quantity(&value, Unit::MetrePerSecond),
            "HKIndoorWorkout" => self.note("indoor", Value::Bool(&*value == "1")),
            "HKWasUserEntered" => self.note("manual", Value::Bool(&*value == "1")),
            "HKAverageMETs" | "HKWorkoutBrandName" | "HKSwimmingLocationType" | "HKLapLength" => {
                self.note(&key[2..], Value::String(short(&value)));
            }
            _ => {}
        }
        Ok(())
    }

    fn note(&mut self, name: &str, value: Value) {
        self.source_data.insert(name.to_owned(), value);
    }

    /// Adds a `WorkoutEvent`: `HKWorkoutEventTypePause` at a time.
    pub(super) fn event(&mut self, tag: &Tag<'_>) -> Result<(), FileError> {
        let (kind, date) = (tag.get("type")?.unwrap_or_default(), tag.get("date")?.unwrap_or_default());
        if let (Some(kind), Some((at, _)), true) =
            (kind.strip_prefix("HKWorkoutEventType"), values::time(&date), self.events.len() < EVENTS)
        {
            self.events.push(serde_json::json!({ "type": snake(kind), "at": at.to_iso() }));
        }
        Ok(())
    }

    /// Adds a `WorkoutStatistics`, where newer exports have the totals.
    pub(super) fn statistics(&mut self, tag: &Tag<'_>) -> Result<(), FileError> {
        let kind = tag.get("type")?.unwrap_or_default();
        let unit = tag.get("unit")?.unwrap_or_default();
        let get = |name, to| Ok::<_, FileError>(tag.get(name)?.and_then(|value| in_unit(&value, &unit, to)));
        let activity = &mut self.activity;
        match kind.strip_prefix("HKQuantityTypeIdentifier").unwrap_or_default() {
            "ActiveEnergyBurned" => set(&mut activity.calories, get("sum", Unit::Kilocalorie)?),
            "StepCount" => set(&mut activity.steps, get("sum", Unit::Count)?),
            "HeartRate" => {
                set(&mut activity.heart_rate_avg, get("average", Unit::PerMinute)?);
                set(&mut activity.heart_rate_min, get("minimum", Unit::PerMinute)?);
                set(&mut activity.heart_rate_max, get("maximum", Unit::PerMinute)?);
            }
            "RunningSpeed" | "CyclingSpeed" | "WalkingSpeed" => {
                set(&mut activity.speed_avg, get("average", Unit::MetrePerSecond)?);
                set(&mut activity.speed_max, get("maximum", Unit::MetrePerSecond)?);
            }
            "RunningPower" | "CyclingPower" => set(&mut activity.power_avg, get("average", Unit::Watt)?),
            "CyclingCadence" => set(&mut activity.cadence_avg, get("average", Unit::PerMinute)?),
            "BasalEnergyBurned" => {
                if let Some(basal) = get("sum", Unit::Kilocalorie)? {
                    self.note("basalCalories", basal.into());
                }
            }
            _ if types::is_distance(&kind) => {
                // A workout of several sports has several distances.
                if let Some(sum) = get("sum", Unit::Metre)? {
                    let so_far = self.source_data.get("distances").and_then(Value::as_f64).unwrap_or(0.0);
                    self.activity.distance_m = Some(so_far + sum);
                    self.note("distances", (so_far + sum).into());
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The record.
    pub(super) fn record(mut self, sources: &Sources) -> Record {
        self.source_data.remove("distances");
        if !self.events.is_empty() {
            let events = std::mem::take(&mut self.events);
            self.note("events", Value::Array(events));
        }
        Record {
            key: self.key(sources),
            device: sources.device(self.source),
            start: self.start,
            end: Some(self.end),
            offset: Some(self.offset),
            day: self.start.civil_day(Some(self.offset)),
            body: Body::Activity(self.activity),
            source_data: self.source_data,
        }
    }
}

/// A time of mindfulness as an activity.
pub(super) fn mindful(start: Time, end: Time) -> Activity {
    let duration_s = Some(end.since_ms(start) as f64 / 1000.0);
    Activity { kind: "meditation".to_owned(), duration_s, ..Activity::default() }
}

fn set(field: &mut Option<f64>, value: Option<f64>) {
    if value.is_some() {
        *field = value;
    }
}

fn in_unit(value: &str, unit: &str, to: Unit) -> Option<f64> {
    values::convert(value, unit, to)
}

/// No longer than any honest word.
fn short(text: &str) -> String {
    text.chars().take(100).collect()
}

/// Human API's word for Apple's kind.
fn word(kind: &str) -> String {
    if let Some((_, word)) = KINDS.iter().find(|(apple, _)| *apple == kind) {
        return (*word).to_owned();
    }
    if PLAIN.contains(&kind) { snake(kind) } else { format!("other:{kind}") }
}

/// `TableTennis` becomes `table_tennis`.
fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars().take(100) {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let told = ["TableTennis", "Running", "TraditionalStrengthTraining", "UnderwaterHockey"].map(word);
        assert_eq!(told, ["table_tennis", "running", "weight_training", "other:UnderwaterHockey"]);
        // A kind that is in both lists would hide its own word.
        assert!(KINDS.iter().all(|(kind, _)| !PLAIN.contains(kind)));
    }
}

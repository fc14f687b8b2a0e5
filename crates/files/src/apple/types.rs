//! The types of an export, as far as they become observations.
//! Identifiers: <https://developer.apple.com/documentation/healthkit/data_types>.

use hilum_model::Metric;

/// What a `Record` of some type becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// A sample of a dense series; the word, if any, tells apart what would otherwise be one series.
    Sample(Metric, Option<&'static str>),
    /// A reading; the word as before.
    Reading(Metric, Option<&'static str>),
    /// The day's resting heart rate.
    Resting,
    /// Half of a blood pressure.
    Pressure(Half),
    /// A row of a night.
    Sleep,
    /// A nutrient of something eaten.
    Nutrient(Nutrient),
    /// A time of mindfulness, kept as an activity.
    Mindful,
    /// Not known.
    Unknown,
}

/// Which half of a blood pressure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Half {
    Systolic,
    Diastolic,
}

/// The names of nutrients that exports have, by Human API's names; the first four have fields of their own.
pub(super) const NUTRIENTS: [(&str, &str); 36] = [
    ("EnergyConsumed", "calories"),
    ("Carbohydrates", "carbohydrate"),
    ("FatTotal", "fat"),
    ("Protein", "protein"),
    ("Sugar", "sugar"),
    ("Fiber", "fiber"),
    ("FatSaturated", "saturatedFat"),
    ("FatMonounsaturated", "monounsaturatedFat"),
    ("FatPolyunsaturated", "polyunsaturatedFat"),
    ("Cholesterol", "cholesterol"),
    ("Sodium", "sodium"),
    ("Potassium", "potassium"),
    ("Calcium", "calcium"),
    ("Iron", "iron"),
    ("Caffeine", "caffeine"),
    ("Magnesium", "magnesium"),
    ("Zinc", "zinc"),
    ("Phosphorus", "phosphorus"),
    ("Chloride", "chloride"),
    ("Copper", "copper"),
    ("Manganese", "manganese"),
    ("Selenium", "selenium"),
    ("Iodine", "iodine"),
    ("Chromium", "chromium"),
    ("Molybdenum", "molybdenum"),
    ("VitaminA", "vitaminA"),
    ("VitaminB6", "vitaminB6"),
    ("VitaminB12", "vitaminB12"),
    ("VitaminC", "vitaminC"),
    ("VitaminD", "vitaminD"),
    ("VitaminE", "vitaminE"),
    ("VitaminK", "vitaminK"),
    ("Thiamin", "thiamin"),
    ("Riboflavin", "riboflavin"),
    ("Niacin", "niacin"),
    ("Folate", "folate"),
];

/// A nutrient: its place in [`NUTRIENTS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Nutrient(pub u8);

impl Nutrient {
    /// Human API's name.
    pub(super) fn name(self) -> &'static str {
        NUTRIENTS.get(usize::from(self.0)).map_or("", |(_, name)| name)
    }
    /// Energy, in kcal; all others are masses.
    pub(super) const fn is_energy(self) -> bool {
        self.0 == 0
    }
    /// Whether it is told in grams; minerals, vitamins, caffeine and cholesterol are told in milligrams.
    pub(super) const fn in_grams(self) -> bool {
        self.0 < 9
    }
}

const QUANTITY: &str = "HKQuantityTypeIdentifier";
const CATEGORY: &str = "HKCategoryTypeIdentifier";

/// What a type is.
pub(super) fn what(identifier: &str) -> What {
    if let Some(name) = identifier.strip_prefix(QUANTITY) {
        return quantity(name);
    }
    match identifier.strip_prefix(CATEGORY) {
        Some("SleepAnalysis") => What::Sleep,
        Some("MindfulSession") => What::Mindful,
        _ => What::Unknown,
    }
}

/// The distance types that are told apart by a word, since a day may have several of them.
const DISTANCES: [(&str, &str); 9] = [
    ("DistanceWalkingRunning", "walking_running"),
    ("DistanceCycling", "cycling"),
    ("DistanceSwimming", "swimming"),
    ("DistanceWheelchair", "wheelchair"),
    ("DistanceDownhillSnowSports", "downhill_snow_sports"),
    ("DistanceCrossCountrySkiing", "cross_country_skiing"),
    ("DistancePaddleSports", "paddle_sports"),
    ("DistanceRowing", "rowing"),
    ("DistanceSkatingSports", "skating_sports"),
];

/// Whether a type is a distance; workouts sum up one of them.
pub(super) fn is_distance(identifier: &str) -> bool {
    identifier.strip_prefix(QUANTITY).is_some_and(|name| DISTANCES.iter().any(|(n, _)| *n == name))
}

fn quantity(name: &str) -> What {
    let sample = |metric| What::Sample(metric, None);
    let within = |metric, word| What::Sample(metric, Some(word));
    let reading = |metric| What::Reading(metric, None);
    match name {
        "StepCount" => sample(Metric::Steps),
        "HeartRate" => sample(Metric::HeartRate),
        "ActiveEnergyBurned" => sample(Metric::ActiveEnergy),
        "BasalEnergyBurned" => sample(Metric::BasalEnergy),
        "FlightsClimbed" => sample(Metric::FloorsClimbed),
        "AppleExerciseTime" => sample(Metric::ExerciseTime),
        "OxygenSaturation" => sample(Metric::BloodOxygen),
        "RespiratoryRate" => sample(Metric::RespiratoryRate),
        "HeartRateVariabilitySDNN" => sample(Metric::HrvSdnn),
        "WalkingHeartRateAverage" => sample(Metric::WalkingHeartRate),
        "AppleSleepingWristTemperature" => within(Metric::SkinTemperature, "sleeping_wrist"),
        "DietaryWater" => sample(Metric::WaterIntake),
        "InsulinDelivery" => sample(Metric::InsulinDose),
        "WalkingSpeed" => within(Metric::Speed, "walking"),
        "RunningSpeed" => within(Metric::Speed, "running"),
        "CyclingSpeed" => within(Metric::Speed, "cycling"),
        "RunningPower" => within(Metric::Power, "running"),
        "CyclingPower" => within(Metric::Power, "cycling"),
        "CyclingCadence" => within(Metric::Cadence, "cycling"),
        "RestingHeartRate" => What::Resting,
        "BodyMass" => reading(Metric::Weight),
        "BodyFatPercentage" => reading(Metric::BodyFat),
        "BodyMassIndex" => reading(Metric::Bmi),
        "LeanBodyMass" => reading(Metric::LeanMass),
        "Height" => reading(Metric::Height),
        "WaistCircumference" => reading(Metric::WaistCircumference),
        "BodyTemperature" => reading(Metric::BodyTemperature),
        "BasalBodyTemperature" => What::Reading(Metric::BodyTemperature, Some("basal")),
        "VO2Max" => reading(Metric::Vo2Max),
        "BloodGlucose" => reading(Metric::BloodGlucose),
        "BloodPressureSystolic" => What::Pressure(Half::Systolic),
        "BloodPressureDiastolic" => What::Pressure(Half::Diastolic),
        _ => {
            if let Some(place) = name
                .strip_prefix("Dietary")
                .and_then(|nutrient| NUTRIENTS.iter().position(|(apple, _)| *apple == nutrient))
            {
                return What::Nutrient(Nutrient(place as u8));
            }
            match DISTANCES.iter().find(|(n, _)| *n == name) {
                Some((_, word)) => within(Metric::Distance, word),
                None => What::Unknown,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use hilum_model::Kind;
    use hilum_model::metric::Storage;

    use super::*;

    #[test]
    fn identifiers() {
        assert_eq!(what("HKQuantityTypeIdentifierStepCount"), What::Sample(Metric::Steps, None));
        assert_eq!(what("HKQuantityTypeIdentifierDistanceSwimming"), What::Sample(Metric::Distance, Some("swimming")));
        assert_eq!(what("HKCategoryTypeIdentifierSleepAnalysis"), What::Sleep);
        assert_eq!(what("HKQuantityTypeIdentifierDietarySodium"), What::Nutrient(Nutrient(10)));
        assert_eq!((Nutrient(10).name(), Nutrient(10).in_grams(), Nutrient(4).in_grams()), ("sodium", false, true));
        for unknown in ["StepCount", "HKQuantityTypeIdentifierNew", "HKQuantityTypeIdentifierDietaryNew", "", "HK"] {
            assert_eq!(what(unknown), What::Unknown, "{unknown}");
        }
    }

    #[test]
    fn series_are_sampled_and_records_read() {
        for name in
            ["StepCount", "BodyMass", "VO2Max", "BodyTemperature", "AppleSleepingWristTemperature", "CyclingPower"]
        {
            match quantity(name) {
                What::Sample(metric, _) => assert_eq!(metric.storage(), Storage::Series, "{name}"),
                What::Reading(metric, _) => assert!(Kind::of_metric(metric).is_some(), "{name}"),
                other => panic!("{name} is {other:?}"),
            }
        }
    }
}

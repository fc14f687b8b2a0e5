//! Records: one observation each. LOINC codes beyond those of metrics are from <https://loinc.org>.

use hilum_model::observation::{
    Activity, ActivityDay, Ecg, GeneticTrait, HeartRateDay, Location, Meal, Quantity, Sleep, StageKind,
};
use hilum_model::{Body, Metric, Record};
use serde_json::Value;

use crate::observation::{Component, Observation, Origin};
use crate::{concept, concept_of, units};

/// Nutrients of a meal that are told in grams; the others are milligrams.
const IN_GRAMS: [&str; 6] = ["sugar", "fiber", "saturatedFat", "monounsaturatedFat", "polyunsaturatedFat", "transFat"];

/// The `Observation` of a record; `None` for what has none: genotypes (hundreds of thousands of places) and the sums of a
/// day's sleep, which the store works out of the sleeps.
pub fn record(origin: &Origin<'_>, record: &Record) -> Option<Value> {
    let made = match &record.body {
        Body::Reading { metric, quantity } => at(record, reading(origin, *metric, quantity)),
        Body::BloodPressure { systolic, diastolic, heart_rate } => {
            at(record, pressure(origin, *systolic, *diastolic, *heart_rate))
        }
        Body::Activity(told) => at(record, activity(origin, told)),
        Body::ActivityDay(told) => activity_day(origin, told).on(record.day),
        Body::Sleep(told) => at(record, sleep(origin, told)),
        Body::HeartRateDay(told) => heart_rate_day(origin, told).on(record.day),
        Body::Meal(told) => at(record, meal(origin, told)),
        Body::Ecg(told) => at(record, ecg(origin, told)),
        Body::SleepStage { stage } => {
            at(record, Observation::new(origin, "activity", concept(&[], "sleep_stage"), None).word(stage_word(*stage)))
        }
        Body::Location(told) => at(record, location(origin, told)),
        Body::GeneticTrait(told) => at(record, genetic_trait(origin, told)),
        Body::SleepDay { .. } | Body::Genotypes(_) => return None,
    };
    Some(made.finish())
}

fn at(record: &Record, made: Observation) -> Observation {
    made.at(record.start, record.end, record.offset)
}

/// A part that is measured by a metric of its own.
fn part(metric: Metric, value: Option<f64>) -> Component {
    let codes: Vec<&str> = metric.loinc().into_iter().collect();
    Component::number(&codes, metric.name(), value, metric.unit().ucum())
}

/// A part under a name of ours.
fn own(name: &str, value: Option<f64>, unit: &str) -> Component {
    Component::number(&[], name, value, unit)
}

fn reading(origin: &Origin<'_>, metric: Metric, quantity: &Quantity) -> Observation {
    Observation::new(origin, units::category(metric), concept_of(metric), units::profile(metric))
        .quantity(units::shown(metric, quantity.value))
}

fn pressure(origin: &Origin<'_>, systolic: f64, diastolic: f64, heart_rate: Option<f64>) -> Observation {
    let code = concept(&["85354-9"], "blood_pressure");
    Observation::new(origin, "vital-signs", code, Some(units::pressure_profile())).components([
        Component::number(&["8480-6"], "systolic", Some(systolic), "mm[Hg]"),
        Component::number(&["8462-4"], "diastolic", Some(diastolic), "mm[Hg]"),
        part(Metric::HeartRate, heart_rate),
    ])
}

fn activity(origin: &Origin<'_>, told: &Activity) -> Observation {
    Observation::new(origin, "activity", concept(&["73985-4"], "activity"), None).word(&told.kind).components([
        own("duration", told.duration_s, "s"),
        part(Metric::Distance, told.distance_m),
        part(Metric::Steps, told.steps),
        own("calories", told.calories, "kcal"),
        own("heart_rate_avg", told.heart_rate_avg, "/min"),
        own("heart_rate_min", told.heart_rate_min, "/min"),
        own("heart_rate_max", told.heart_rate_max, "/min"),
        own("elevation_gain", told.elevation_gain_m, "m"),
        own("speed_avg", told.speed_avg, "m/s"),
        own("speed_max", told.speed_max, "m/s"),
        own("cadence_avg", told.cadence_avg, "/min"),
        own("power_avg", told.power_avg, "W"),
    ])
}

fn activity_day(origin: &Origin<'_>, told: &ActivityDay) -> Observation {
    Observation::new(origin, "activity", concept(&[], "activity_day"), None).components([
        own("duration", told.duration_s, "s"),
        part(Metric::Distance, told.distance_m),
        part(Metric::Steps, told.steps),
        own("calories", told.calories, "kcal"),
        own("active_calories", told.active_calories, "kcal"),
        own("vigorous", told.vigorous_min, "min"),
        own("moderate", told.moderate_min, "min"),
        own("light", told.light_min, "min"),
        own("sedentary", told.sedentary_min, "min"),
        own("floors", told.floors, "1"),
    ])
}

/// Durations in minutes.
fn sleep(origin: &Origin<'_>, told: &Sleep) -> Observation {
    let minutes = |seconds: Option<f64>| seconds.map(|seconds| seconds / 60.0);
    let made = Observation::new(origin, "activity", concept(&["93832-4"], "sleep"), None);
    let made = match minutes(told.asleep_s) {
        Some(asleep) => made.quantity((asleep, "min")),
        None => made,
    };
    made.components([
        own("awake", minutes(told.awake_s), "min"),
        own("to_fall_asleep", minutes(told.to_fall_asleep_s), "min"),
        own("after_wakeup", minutes(told.after_wakeup_s), "min"),
        own("in_bed", minutes(told.in_bed_s), "min"),
        own("efficiency", told.efficiency, "%"),
        own("wakeups", told.wakeups, "1"),
        Component::number(&["93830-8"], "light", minutes(told.light_s), "min"),
        Component::number(&["93831-6"], "deep", minutes(told.deep_s), "min"),
        Component::number(&["93829-0"], "rem", minutes(told.rem_s), "min"),
        own("heart_rate_avg", told.heart_rate_avg, "/min"),
        own("heart_rate_min", told.heart_rate_min, "/min"),
        own("respiratory_rate_avg", told.respiratory_rate_avg, "/min"),
        own("hrv_rmssd_avg", told.hrv_rmssd_avg, "ms"),
    ])
}

fn heart_rate_day(origin: &Origin<'_>, told: &HeartRateDay) -> Observation {
    Observation::new(origin, "exam", concept(&[], "heart_rate_day"), None).components([
        Component::number(&["40443-4"], "resting", told.resting, "/min"),
        own("average", told.average, "/min"),
        own("min", told.min, "/min"),
        own("max", told.max, "/min"),
    ])
}

fn meal(origin: &Origin<'_>, told: &Meal) -> Observation {
    let parts = [
        Component::text("meal_type", told.kind.as_deref()),
        own("amount", told.amount, "1"),
        Component::text("serving_unit", told.serving_unit.as_deref()),
        own("calories", told.calories, "kcal"),
        own("carbohydrate", told.carbohydrate_g, "g"),
        own("fat", told.fat_g, "g"),
        own("protein", told.protein_g, "g"),
    ];
    let nutrients = told.nutrients.iter().map(|(name, amount)| {
        let unit = if IN_GRAMS.contains(&name.as_str()) { "g" } else { "mg" };
        own(name, Some(*amount), unit)
    });
    Observation::new(origin, "activity", concept(&[], "meal"), None)
        .text(told.name.as_deref().unwrap_or_default())
        .components(parts.into_iter().chain(nutrients))
}

/// The wave, where it is told how fast it was taken.
fn ecg(origin: &Origin<'_>, told: &Ecg) -> Observation {
    let made = Observation::new(origin, "procedure", concept(&["11524-6"], "ecg"), None).components([
        Component::text("classification", told.classification.as_deref()),
        own("heart_rate_avg", told.heart_rate_avg, "/min"),
        Component::text("lead", told.lead.as_deref()),
    ]);
    match told.frequency_hz.filter(|hertz| *hertz > 0.0 && !told.microvolts.is_empty()) {
        Some(hertz) => {
            let data: Vec<String> = told.microvolts.iter().map(ToString::to_string).collect();
            made.wave(("uV", 1000.0 / hertz), &data.join(" "))
        }
        None => made,
    }
}

const fn stage_word(stage: StageKind) -> &'static str {
    match stage {
        StageKind::Awake => "awake",
        StageKind::Light => "light",
        StageKind::Deep => "deep",
        StageKind::Rem => "rem",
        StageKind::Asleep => "asleep",
    }
}

fn location(origin: &Origin<'_>, told: &Location) -> Observation {
    Observation::new(origin, "activity", concept(&[], "location"), None)
        .text(told.name.as_deref().unwrap_or_default())
        .components([
            own("latitude", Some(told.latitude), "deg"),
            own("longitude", Some(told.longitude), "deg"),
            Component::text("location_type", told.kind.as_deref()),
        ])
}

fn genetic_trait(origin: &Origin<'_>, told: &GeneticTrait) -> Observation {
    Observation::new(origin, "laboratory", concept(&[], "genetic_trait"), None)
        .text(&told.finding)
        .components([Component::text("description", Some(&told.description))])
}

#[cfg(test)]
mod tests {
    use hilum_model::{Day, Time, Unit};
    use serde_json::{Map, json};

    use super::*;

    const ORIGIN: Origin<'_> = Origin {
        id: "52e20cb2fff56aac62000001",
        human_id: "6f0d96ac999b9de597c0aa26b5c1ece3",
        source: "withings",
        connection: "b9ccc8025e35ad09fda40e6c",
        device: None,
        created_at: Time(0),
        updated_at: Time(0),
    };

    fn made(body: Body) -> Option<Value> {
        let one = Record {
            key: "k".to_owned(),
            device: None,
            start: Time(0),
            end: None,
            offset: None,
            day: Day(0),
            body,
            source_data: Map::new(),
        };
        record(&ORIGIN, &one)
    }

    fn of(metric: Metric, received: f64, unit: Unit) -> Value {
        let quantity = Quantity::new(metric, received, unit).expect("fits");
        made(Body::Reading { metric, quantity }).expect("a resource")
    }

    #[test]
    fn a_height_is_in_centimetres_as_its_profile_wants() {
        let height = of(Metric::Height, 1.72, Unit::Metre);
        let expected = json!({ "value": 172, "unit": "cm", "system": "http://unitsofmeasure.org", "code": "cm" });
        assert_eq!(height["valueQuantity"], expected);
        assert_eq!(height["meta"]["profile"], json!(["http://hl7.org/fhir/StructureDefinition/bodyheight"]));
    }

    #[test]
    fn a_pressure_has_components_and_no_value() {
        let body = Body::BloodPressure { systolic: 121.0, diastolic: 79.0, heart_rate: None };
        let pressure = made(body).expect("a resource");
        assert_eq!(pressure["code"]["coding"][0]["code"], "85354-9");
        let parts = pressure["component"].as_array().expect("components");
        let told: Vec<(&Value, &Value)> =
            parts.iter().map(|part| (&part["code"]["coding"][0]["code"], &part["valueQuantity"]["value"])).collect();
        assert_eq!(told, [(&json!("8480-6"), &json!(121)), (&json!("8462-4"), &json!(79))]);
        assert!(pressure.as_object().expect("an object").keys().all(|name| !name.starts_with("value")));
    }

    #[test]
    fn a_night_in_minutes() {
        // 25,530 s are 425.5 min, 5,400 s are 90.
        let night = Sleep { asleep_s: Some(25_530.0), deep_s: Some(5400.0), ..Sleep::default() };
        let night = made(Body::Sleep(night)).expect("a resource");
        assert_eq!(night["code"]["coding"][0]["code"], "93832-4");
        assert_eq!((&night["valueQuantity"]["value"], &night["valueQuantity"]["code"]), (&json!(425.5), &json!("min")));
        let parts = night["component"].as_array().expect("components");
        assert_eq!(parts.len(), 1);
        assert_eq!(
            (&parts[0]["code"]["coding"][0]["code"], &parts[0]["valueQuantity"]["value"]),
            (&json!("93831-6"), &json!(90))
        );
    }

    #[test]
    fn a_wave_is_sampled_data() {
        let ecg = Ecg { frequency_hz: Some(500.0), microvolts: vec![1.5, -2.0], ..Ecg::default() };
        let ecg = made(Body::Ecg(ecg)).expect("a resource");
        let origin = json!({ "value": 0, "unit": "uV", "system": "http://unitsofmeasure.org", "code": "uV" });
        let expected = json!({ "origin": origin, "period": 2, "dimensions": 1, "data": "1.5 -2" });
        assert_eq!(ecg["valueSampledData"], expected);
        assert_eq!(ecg.get("component"), None);
    }

    #[test]
    fn what_has_no_resource() {
        assert_eq!(made(Body::SleepDay { time_asleep: 1.0, time_awake: 1.0 }), None);
        assert_eq!(made(Body::Genotypes(hilum_model::genotypes::Genotypes::default())), None);
    }
}

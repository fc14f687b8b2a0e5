//! Where a profile wants another unit than ours, and what sort of observation a metric is.

use hilum_model::Metric;

/// Source: <https://hl7.org/fhir/R4/observation-vitalsigns.html>.
const PROFILES: &str = "http://hl7.org/fhir/StructureDefinition/";

/// The vital-signs profile that observations of a metric follow.
pub(crate) fn profile(metric: Metric) -> Option<String> {
    let name = match metric {
        Metric::HeartRate => "heartrate",
        Metric::RespiratoryRate => "resprate",
        Metric::BloodOxygen => "oxygensat",
        Metric::BodyTemperature => "bodytemp",
        Metric::Height => "bodyheight",
        Metric::Weight => "bodyweight",
        Metric::Bmi => "bmi",
        _ => return None,
    };
    Some(format!("{PROFILES}{name}"))
}

/// The profile of blood pressures.
pub(crate) fn pressure_profile() -> String {
    format!("{PROFILES}bp")
}

/// Code of the category. Source: code system observation-category.
pub(crate) fn category(metric: Metric) -> &'static str {
    match metric {
        _ if profile(metric).is_some() => "vital-signs",
        Metric::HeartRateMin
        | Metric::HeartRateMax
        | Metric::WalkingHeartRate
        | Metric::HrvRmssd
        | Metric::HrvSdnn
        | Metric::SkinTemperature
        | Metric::SkinTemperatureDelta
        | Metric::Vo2Max
        | Metric::BodyFat
        | Metric::LeanMass
        | Metric::BoneMass
        | Metric::MuscleMass
        | Metric::BodyWater
        | Metric::WaistCircumference => "exam",
        Metric::BloodGlucose => "laboratory",
        Metric::InsulinDose => "therapy",
        _ => "activity",
    }
}

/// A value in the unit of its metric, in the unit that goes out. Lengths of the body are bound to centimetres.
pub(crate) fn shown(metric: Metric, value: f64) -> (f64, &'static str) {
    match metric {
        Metric::Height | Metric::WaistCircumference => (value / 10.0, "cm"),
        _ => (value, metric.unit().ucum()),
    }
}

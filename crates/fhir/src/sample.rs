//! Samples of dense series: one observation each.

use hilum_model::{Metric, Offset, Time};
use serde_json::Value;

use crate::observation::{Observation, Origin};
use crate::{concept_of, units};

/// The `Observation` of a sample; `value` in the metric's unit.
pub fn sample(
    origin: &Origin<'_>,
    metric: Metric,
    (start, end, offset): (Time, Option<Time>, Option<Offset>),
    value: f64,
) -> Value {
    Observation::new(origin, units::category(metric), concept_of(metric), units::profile(metric))
        .at(start, end, offset)
        .quantity(units::shown(metric, value))
        .finish()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_heart_rate_by_hand() {
        let origin = Origin {
            id: "000000010000000003e80000",
            human_id: "6f0d96ac999b9de597c0aa26b5c1ece3",
            source: "oura",
            connection: "b9ccc8025e35ad09fda40e6c",
            device: Some((Some("b9ccc8025e35ad09fda40e6c-1"), "Ring")),
            created_at: Time(2000),
            updated_at: Time(3000),
        };
        let expected = json!({
            "resourceType": "Observation",
            "id": "000000010000000003e80000",
            "meta": {
                "lastUpdated": "1970-01-01T00:00:03.000Z",
                "source": "https://github.com/hilum-health/hilum/fhir/source/oura#b9ccc8025e35ad09fda40e6c",
                "profile": ["http://hl7.org/fhir/StructureDefinition/heartrate"],
            },
            "status": "final",
            "category": [{ "coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"
            }] }],
            "code": {
                "coding": [
                    { "system": "http://loinc.org", "code": "8867-4" },
                    { "system": "https://github.com/hilum-health/hilum/fhir/code", "code": "heart_rate" },
                ],
                "text": "heart rate",
            },
            "subject": { "reference": "Patient/6f0d96ac999b9de597c0aa26b5c1ece3" },
            "issued": "1970-01-01T00:00:02.000Z",
            "device": { "display": "Ring", "reference": "Device/b9ccc8025e35ad09fda40e6c-1" },
            "effectiveDateTime": "1970-01-01T01:00:01.000+01:00",
            "valueQuantity": { "value": 61, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min" },
        });
        assert_eq!(sample(&origin, Metric::HeartRate, (Time(1000), None, Some(Offset(60))), 61.0), expected);
        let bare = Origin { device: None, ..origin };
        let steps = sample(&bare, Metric::Steps, (Time(0), Some(Time(60_000)), None), 12.0);
        let period = json!({ "start": "1970-01-01T00:00:00.000Z", "end": "1970-01-01T00:01:00.000Z" });
        assert_eq!(
            (&steps["effectivePeriod"], steps.get("device"), steps["meta"].get("profile")),
            (&period, None, None)
        );
        let oxygen = sample(&bare, Metric::BloodOxygen, (Time(0), None, None), 97.0);
        let codes: Vec<&Value> =
            oxygen["code"]["coding"].as_array().expect("codings").iter().map(|c| &c["code"]).collect();
        assert_eq!(codes, ["2708-6", "59408-5", "blood_oxygen"]);
    }
}

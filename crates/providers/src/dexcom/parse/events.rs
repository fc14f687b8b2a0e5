//! `events`: what the person entered: carbohydrates, insulin, blood glucose of a finger, exercise, how they feel.
//! Source: <https://developer.dexcom.com/docs/dexcomv3/operation/getEventsV3/>.

use hilum_model::observation::Meal;
use hilum_model::{Batch, Body, Kind, Metric, Quantity, Record, Sample, Unit};

use super::{device, records, times};
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// Members that are normalised.
const TAKEN: [&str; 6] = ["recordId", "systemTime", "displayTime", "transmitterId", "value", "unit"];

/// Meals, insulin and readings of a finger's blood. Notes, feelings and exercise ("light", "30 minutes") have no place
/// of their own here.
pub(crate) fn events(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    records(bytes, |item, batch| {
        let kind = read::text_at(item, "eventType").ok_or("no eventType")?;
        let (start, offset) = times(item).ok_or("no systemTime")?;
        let key = read::id_at(item, "recordId").unwrap_or_else(|| format!("{kind}-{}", start.unix_s()));
        let deleted = read::text_at(item, "eventStatus") == Some("deleted");
        let record_kind = match kind {
            "carbs" => Kind::Meal,
            "bloodGlucose" => Kind::BloodGlucose,
            "insulin" => return if deleted { Ok(()) } else { insulin(item, batch) },
            _ => return Ok(()),
        };
        if deleted {
            batch.deleted(record_kind, key);
            return Ok(());
        }
        // A text in version 3, a number before.
        let value = read::amount_at(item, "value").ok_or("no value")?;
        let body = match (kind, read::text_at(item, "unit")) {
            ("carbs", Some("grams") | None) => Body::Meal(Meal { carbohydrate_g: Some(value), ..Meal::default() }),
            ("bloodGlucose", unit @ (Some("mg/dL" | "mmol/L") | None)) => {
                let metric = Metric::BloodGlucose;
                let unit = if unit == Some("mmol/L") { Unit::MillimolePerLitre } else { Unit::MilligramPerDecilitre };
                Body::Reading { metric, quantity: Quantity::new(metric, value, unit).ok_or("no number")? }
            }
            _ => return Err("unknown unit"),
        };
        let device = device(item, batch);
        batch.record(Record {
            key,
            device,
            start,
            end: None,
            offset,
            day: start.civil_day(offset),
            body,
            source_data: read::beyond(item, &TAKEN),
        });
        Ok(())
    })
}

/// A dose; its context is the kind of insulin (`fastActing`, `longActing`).
fn insulin(item: &Object, batch: &mut Batch) -> Result<(), &'static str> {
    let (start, offset) = times(item).ok_or("no systemTime")?;
    let value = read::amount_at(item, "value").ok_or("no value")?;
    if read::text_at(item, "unit").is_some_and(|unit| unit != "units") {
        return Err("unknown unit");
    }
    batch.sample(Sample {
        metric: Metric::InsulinDose,
        device: None,
        context: read::text_at(item, "eventSubType").map(str::to_owned),
        start,
        end: None,
        offset,
        value,
        unit: Unit::InternationalUnit,
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Offset, Time};
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = events(include_bytes!("../fixtures/events.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["records[6]: unknown unit", "records[7]: no eventType"]);
        let [Observation::Record(meal), Observation::Sample(dose), Observation::Record(finger), gone] =
            batch.observations.as_slice()
        else {
            panic!("four things: {:?}", batch.observations)
        };
        assert_eq!((meal.key.as_str(), meal.offset), ("e1", Some(Offset(60))));
        assert_eq!(meal.start.to_iso(), "2026-03-04T11:30:00.000Z");
        assert_eq!(meal.body, Body::Meal(Meal { carbohydrate_g: Some(42.0), ..Meal::default() }));
        assert_eq!(meal.source_data.get("eventStatus"), Some(&json!("created")));
        assert_eq!(
            (dose.metric, dose.value, dose.unit, dose.context.as_deref()),
            (Metric::InsulinDose, 4.5, Unit::InternationalUnit, Some("fastActing"))
        );
        let quantity = Quantity { received: 112.0, received_unit: Unit::MilligramPerDecilitre, value: 112.0 };
        assert_eq!(finger.body, Body::Reading { metric: Metric::BloodGlucose, quantity });
        assert_eq!(*gone, Observation::Deleted { kind: Kind::Meal, key: "e4".to_owned() });
    }
}

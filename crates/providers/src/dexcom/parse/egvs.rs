//! `egvs`: estimated glucose values, one in five minutes.
//! Source: <https://developer.dexcom.com/docs/dexcomv3/operation/getEstimatedGlucoseValuesV3/>.

use hilum_model::{Batch, Body, Metric, Quantity, Record, Unit};

use super::{device, records, times};
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// Members that are normalised; the transmitter's ids name the device and nothing else.
const TAKEN: [&str; 7] =
    ["recordId", "systemTime", "displayTime", "transmitterId", "value", "unit", "transmitterGeneration"];

/// Values. One with the status `low` or `high` is beyond what the sensor can tell: it stands at the limit, and
/// `sourceData.status` says so.
pub(crate) fn egvs(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    records(bytes, |item, batch| {
        let (start, offset) = times(item).ok_or("no systemTime")?;
        // Null while the sensor warms up or is lost.
        if item.get("value").is_none_or(serde_json::Value::is_null) {
            return Ok(());
        }
        let value = read::positive_at(item, "value").ok_or("value is not above zero")?;
        let unit = match read::text_at(item, "unit") {
            Some("mg/dL") | None => Unit::MilligramPerDecilitre,
            Some("mmol/L") => Unit::MillimolePerLitre,
            Some(_) => return Err("unknown unit"),
        };
        let quantity = Quantity::new(Metric::BloodGlucose, value, unit).ok_or("no number")?;
        let device = device(item, batch);
        batch.record(Record {
            key: read::id_at(item, "recordId").unwrap_or_else(|| format!("egv-{}", start.unix_s())),
            device,
            start,
            end: None,
            offset,
            day: start.civil_day(offset),
            body: Body::Reading { metric: Metric::BloodGlucose, quantity },
            source_data: read::beyond(item, &TAKEN),
        });
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Offset, Time};
    use serde_json::json;

    use super::*;

    #[test]
    fn values_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = egvs(include_bytes!("../fixtures/egvs.json"), &context).expect("documented form");
        assert_eq!(
            batch.rejected,
            ["records[3]: unknown unit", "records[4]: no systemTime", "records[5]: value is not above zero"]
        );
        let [Observation::Record(flat), Observation::Record(low)] = batch.observations.as_slice() else {
            panic!("two values: {:?}", batch.observations)
        };
        assert_eq!(flat.key, "0a0b0c0d-0000-4000-8000-0000000000e1");
        assert_eq!((flat.start.to_iso().as_str(), flat.offset), ("2026-03-04T07:05:11.000Z", Some(Offset(60))));
        let quantity = Quantity { received: 97.0, received_unit: Unit::MilligramPerDecilitre, value: 97.0 };
        assert_eq!(flat.body, Body::Reading { metric: Metric::BloodGlucose, quantity });
        assert_eq!(flat.source_data.get("trend"), Some(&json!("flat")));
        assert_eq!((flat.device.as_deref(), flat.source_data.get("transmitterId")), (Some("Dexcom G7"), None));
        // 2.2 mmol/L is 2.2 · 18.0156 mg/dL.
        let quantity = Quantity { received: 2.2, received_unit: Unit::MillimolePerLitre, value: 39.634_32 };
        assert_eq!(low.body, Body::Reading { metric: Metric::BloodGlucose, quantity });
        assert_eq!((low.key.as_str(), low.source_data.get("status")), ("egv-1772608211", Some(&json!("low"))));
        assert_eq!(batch.facts.devices, ["Dexcom G7"]);
    }
}

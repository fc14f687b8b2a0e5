//! `vO2_max`: maximal oxygen uptake, a value for a day.
//! Source: <https://cloud.ouraring.com/v2/docs#tag/VO2-Max-Routes>.

use hilum_model::{Batch, Body, Metric, Quantity, Record, Unit};

use super::documents;
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// Values of days. Their `timestamp` is midnight in UTC wherever the person is, so there is no local offset.
pub(crate) fn vo2_max(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    documents(bytes, |item, batch| {
        let key = read::id_at(item, "id").ok_or("no id")?;
        let day = read::day_at(item, "day").ok_or("no day")?;
        // Days without an estimate have a null here.
        let Some(told) = item.get("vo2_max").filter(|value| !value.is_null()) else { return Ok(()) };
        let told = read::number(told).filter(|v| *v > 0.0).ok_or("vo2_max is not above zero")?;
        let quantity = Quantity::new(Metric::Vo2Max, told, Unit::MillilitrePerKilogramMinute);
        batch.record(Record {
            key,
            device: None,
            start: day.start_utc(),
            end: None,
            offset: None,
            day,
            body: Body::Reading { metric: Metric::Vo2Max, quantity: quantity.ok_or("no finite value")? },
            source_data: read::beyond(item, &["id", "day", "vo2_max", "timestamp"]),
        });
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Time};

    use super::*;

    #[test]
    fn days_by_hand() {
        let context = Context { received: Time(0), time_zone: Some("America/Denver".to_owned()) };
        let batch = vo2_max(include_bytes!("../fixtures/vo2_max.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["data[2]: no day", "data[3]: vo2_max is not above zero"]);
        let [Observation::Record(record)] = batch.observations.as_slice() else { panic!("one record") };
        assert_eq!((record.key.as_str(), record.day.to_string().as_str()), ("v-1", "2026-09-21"));
        assert_eq!((record.start.to_iso().as_str(), record.offset), ("2026-09-21T00:00:00.000Z", None));
        let Body::Reading { metric: Metric::Vo2Max, quantity } = record.body else { panic!("a reading") };
        assert_eq!((quantity.received, quantity.value), (44.5, 44.5));
    }
}

//! `/v3/users/physical-info`: what the person told of themselves, and what the watch made of it.
//! Source: <https://www.polar.com/accesslink-api/#physical-info>.

use hilum_model::observation::HeartRateDay;
use hilum_model::{Batch, Body, Metric, Quantity, Record, Unit};

use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// Weight, height, VO2max and resting heart rate, dated to the moment at which they were first seen (see
/// [`Record::is_state`]), and the sex.
pub(crate) fn physical_info(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let info = read::object(bytes)?;
    let mut batch = Batch::default();
    batch.facts.gender = read::text_at(&info, "gender").map(str::to_lowercase);
    let mut state = |value: f64, body: Body, source_data: Object| {
        batch.record(Record::state(value, body, context.received, source_data));
    };
    for (member, metric, unit) in [
        ("weight", Metric::Weight, Unit::Kilogram),
        ("height", Metric::Height, Unit::Centimetre),
        ("vo2_max", Metric::Vo2Max, Unit::MillilitrePerKilogramMinute),
    ] {
        let value = read::positive_at(&info, member);
        if let Some(quantity) = value.and_then(|v| Quantity::new(metric, v, unit)) {
            let mut source = Object::new();
            if let (Metric::Weight, Some(from)) = (metric, info.get("weight_source")) {
                source.insert("weight_source".to_owned(), from.clone());
            }
            state(quantity.received, Body::Reading { metric, quantity }, source);
        }
    }
    if let Some(resting) = read::positive_at(&info, "resting_heart_rate") {
        let body = HeartRateDay { resting: Some(resting), ..HeartRateDay::default() };
        state(resting, Body::HeartRateDay(body), Object::new());
    }
    Ok(batch)
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Time};
    use serde_json::json;

    use super::*;

    #[test]
    fn states_by_hand() {
        let context = Context { received: Time(1_790_000_000_000), time_zone: None };
        let batch = physical_info(include_bytes!("../fixtures/physical_info.json"), &context).expect("an object");
        assert_eq!(batch.facts.gender.as_deref(), Some("male"));
        let records: Vec<&Record> = batch
            .observations
            .iter()
            .map(|o| match o {
                Observation::Record(record) => &**record,
                _ => panic!("records only"),
            })
            .collect();
        let [weight, height, uptake, heart] = records.as_slice() else { panic!("four records") };
        let reading = |metric, received, received_unit, value| Body::Reading {
            metric,
            quantity: Quantity { received, received_unit, value },
        };
        assert_eq!(weight.body, reading(Metric::Weight, 70.5, Unit::Kilogram, 70.5));
        assert_eq!(weight.source_data.get("weight_source"), Some(&json!("SOURCE_USER")));
        assert_eq!(height.body, reading(Metric::Height, 175.0, Unit::Centimetre, 1750.0));
        let unit = Unit::MillilitrePerKilogramMinute;
        assert_eq!(uptake.body, reading(Metric::Vo2Max, 50.0, unit, 50.0));
        assert_eq!(heart.body, Body::HeartRateDay(HeartRateDay { resting: Some(60.0), ..HeartRateDay::default() }));
        assert!(records.iter().all(|r| r.is_state() && r.start == context.received));
        assert_eq!(physical_info(b"{}", &context), Ok(Batch::default()));
    }
}

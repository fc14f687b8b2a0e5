//! `v2/user/measurement/body` and `v2/user/profile/basic`: what the person typed into the app.
//! Source: <https://developer.whoop.com/api#tag/User>.

use hilum_model::{Batch, Body, Metric, Quantity, Record, Unit};

use crate::spec::read;
use crate::spec::{Context, ParseError};

/// Weight and height. They hold, but since when is not told: *state* records (see [`Record::is_state`]).
pub(crate) fn body(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    const MEMBERS: [(&str, Metric, Unit); 2] =
        [("weight_kilogram", Metric::Weight, Unit::Kilogram), ("height_meter", Metric::Height, Unit::Metre)];
    let top = read::object(bytes)?;
    if !MEMBERS.iter().any(|(member, ..)| top.contains_key(*member)) {
        return Err(ParseError("neither weight nor height".to_owned()));
    }
    let source_data = read::beyond(&top, &["weight_kilogram", "height_meter"]);
    let mut batch = Batch::default();
    for (member, metric, unit) in MEMBERS {
        let Some(value) = top.get(member).filter(|v| !v.is_null()) else { continue };
        let quantity = read::number(value).filter(|v| *v > 0.0).and_then(|v| Quantity::new(metric, v, unit));
        let Some(quantity) = quantity else {
            batch.rejected.push(format!("{member}: not above zero"));
            continue;
        };
        batch.record(Record::state(
            quantity.received,
            Body::Reading { metric, quantity },
            context.received,
            source_data.clone(),
        ));
    }
    Ok(batch)
}

/// The e-mail address.
pub(crate) fn profile(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    let top = read::object(bytes)?;
    if read::id_at(&top, "user_id").is_none() {
        return Err(ParseError("no user_id".to_owned()));
    }
    let mut batch = Batch::default();
    batch.facts.email = read::text_at(&top, "email").map(str::to_owned);
    Ok(batch)
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Time};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_by_hand() {
        // 2026-09-21T14:13:20Z.
        let context = Context { received: Time(1_790_000_000_000), time_zone: None };
        let batch = body(include_bytes!("../fixtures/body.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, Vec::<String>::new());
        let [Observation::Record(weight), Observation::Record(height)] = batch.observations.as_slice() else {
            panic!("two records")
        };
        let reading = |metric, received, received_unit, value| Body::Reading {
            metric,
            quantity: Quantity { received, received_unit, value },
        };
        assert_eq!(weight.body, reading(Metric::Weight, 71.4, Unit::Kilogram, 71.4));
        assert_eq!(height.body, reading(Metric::Height, 1.74, Unit::Metre, 1740.0));
        assert!(weight.is_state() && height.is_state());
        assert_eq!((weight.start, weight.day.to_string().as_str()), (context.received, "2026-09-21"));
        assert_eq!(
            serde_json::to_value(&weight.source_data).expect("an object"),
            json!({"max_heart_rate": 191, "profile": true})
        );
    }

    #[test]
    fn odd_and_missing_members() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = body(br#"{"weight_kilogram":0,"height_meter":null}"#, &context).expect("a body");
        assert_eq!((batch.observations.len(), batch.rejected.len()), (0, 1));
        for bad in ["", "[]", "{}", r#"{"message":"no"}"#] {
            assert!(body(bad.as_bytes(), &context).is_err() && profile(bad.as_bytes(), &context).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_profile_tells_the_address_alone() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = profile(include_bytes!("../fixtures/profile.json"), &context).expect("documented form");
        assert_eq!(batch.facts.email.as_deref(), Some("mateo@example.org"));
        assert!(batch.observations.is_empty());
    }
}

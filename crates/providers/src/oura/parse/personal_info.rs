//! `personal_info`: the profile, which is the only place where Oura tells weight and height.
//! Source: <https://cloud.ouraring.com/v2/docs#tag/Personal-Info-Routes>.

use hilum_model::{Batch, Body, Metric, Quantity, Record, Unit};

use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// The account's facts, weight and height.
///
/// The profile says what the values are, not since when: a value is dated to the moment at which it was received, and
/// its key is a *state* key (see [`Record::is_state`]), so that reading the same profile again changes nothing.
pub(crate) fn personal_info(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let profile = read::object(bytes)?;
    if read::id_at(&profile, "id").is_none() {
        return Err(ParseError("no id".to_owned()));
    }
    let mut batch = Batch::default();
    batch.facts.email = read::text_at(&profile, "email").map(str::to_owned);
    batch.facts.gender = read::text_at(&profile, "biological_sex").map(str::to_owned);
    for (member, metric, unit) in [("weight", Metric::Weight, Unit::Kilogram), ("height", Metric::Height, Unit::Metre)]
    {
        let Some(value) = profile.get(member).filter(|v| !v.is_null()) else { continue };
        let quantity = read::number(value).filter(|v| *v > 0.0).and_then(|v| Quantity::new(metric, v, unit));
        let Some(quantity) = quantity else {
            batch.rejected.push(format!("{member}: not above zero"));
            continue;
        };
        batch.record(Record::state(
            quantity.received,
            Body::Reading { metric, quantity },
            context.received,
            Object::new(),
        ));
    }
    Ok(batch)
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Time};

    use super::*;

    const FIXTURE: &[u8] = include_bytes!("../fixtures/personal_info.json");

    #[test]
    fn a_profile_by_hand() {
        // 2026-09-21T14:13:20Z.
        let context = Context { received: Time(1_790_000_000_000), time_zone: None };
        let batch = personal_info(FIXTURE, &context).expect("documented form");
        assert_eq!(batch.rejected, Vec::<String>::new());
        assert_eq!(batch.facts.email.as_deref(), Some("ines@example.org"));
        assert_eq!(batch.facts.gender.as_deref(), Some("female"));
        let [Observation::Record(weight), Observation::Record(height)] = batch.observations.as_slice() else {
            panic!("two records")
        };
        let reading = |metric, received, received_unit, value| Body::Reading {
            metric,
            quantity: Quantity { received, received_unit, value },
        };
        assert_eq!(weight.body, reading(Metric::Weight, 63.2, Unit::Kilogram, 63.2));
        assert_eq!(height.body, reading(Metric::Height, 1.68, Unit::Metre, 1680.0));
        assert_eq!((weight.start, weight.day.to_string().as_str()), (context.received, "2026-09-21"));
        assert!(weight.is_state() && height.is_state());
    }

    #[test]
    fn the_same_value_has_the_same_key_and_another_value_another() {
        let at = |received| {
            let context = Context { received: Time(received), time_zone: None };
            personal_info(FIXTURE, &context).expect("documented form")
        };
        let key = |batch: &Batch| match &batch.observations[0] {
            Observation::Record(record) => record.key.clone(),
            _ => panic!("a record"),
        };
        assert_eq!(key(&at(0)), key(&at(86_400_000)));
        let context = Context { received: Time(0), time_zone: None };
        let other = personal_info(br#"{"id":"u","weight":63.3}"#, &context).expect("documented form");
        assert_ne!(key(&at(0)), key(&other));
    }

    #[test]
    fn odd_and_missing_members() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = personal_info(br#"{"id":"u","weight":0,"height":null,"age":41}"#, &context).expect("a profile");
        assert_eq!((batch.observations.len(), batch.rejected.len()), (0, 1));
        for bad in ["", "[]", "{}", r#"{"detail":"no"}"#] {
            assert!(personal_info(bad.as_bytes(), &context).is_err(), "{bad}");
        }
    }
}

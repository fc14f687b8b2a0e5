//! `/athlete`: the profile, which tells a weight.
//! Source: <https://developers.strava.com/docs/reference/#api-models-DetailedAthlete>.

use hilum_model::{Batch, Body, Metric, Quantity, Record, Unit};

use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// The weight, dated to the moment at which it was first seen (see [`Record::is_state`]), and the sex.
pub(crate) fn athlete(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let profile = read::object(bytes)?;
    if read::id_at(&profile, "id").is_none() {
        return Err(ParseError("no id".to_owned()));
    }
    let mut batch = Batch::default();
    batch.facts.gender = read::text_at(&profile, "sex").map(|word| match word {
        "M" => "male".to_owned(),
        "F" => "female".to_owned(),
        other => other.to_owned(),
    });
    // Zero and null are "not told".
    let weight = read::positive_at(&profile, "weight");
    if let Some(quantity) = weight.and_then(|kg| Quantity::new(Metric::Weight, kg, Unit::Kilogram)) {
        batch.record(Record::state(
            quantity.received,
            Body::Reading { metric: Metric::Weight, quantity },
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

    #[test]
    fn a_profile_by_hand() {
        let context = Context { received: Time(1_790_000_000_000), time_zone: None };
        let batch = athlete(include_bytes!("../fixtures/athlete.json"), &context).expect("documented form");
        assert_eq!(batch.facts.gender.as_deref(), Some("female"));
        let [Observation::Record(weight)] = batch.observations.as_slice() else { panic!("one record") };
        let quantity = Quantity { received: 61.4, received_unit: Unit::Kilogram, value: 61.4 };
        assert_eq!(weight.body, Body::Reading { metric: Metric::Weight, quantity });
        assert!(weight.is_state());
        assert_eq!(weight.start, context.received);
        let bare = athlete(br#"{"id":7,"weight":null,"sex":"X"}"#, &context).expect("a profile");
        assert_eq!((bare.observations.len(), bare.facts.gender.as_deref()), (0, Some("X")));
        for bad in ["", "[]", "{}"] {
            assert!(athlete(bad.as_bytes(), &context).is_err(), "{bad}");
        }
    }
}

//! `users/me`: the profile. Source: <https://log.concept2.com/developers/documentation/#logbook-users>.

use hilum_model::{Batch, Body, Metric, Quantity, Record, Unit};

use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// The weight, dated to the moment at which it was first seen (see [`Record::is_state`]), e-mail address and sex.
pub(crate) fn profile(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let top = read::object(bytes)?;
    let profile = read::object_at(&top, "data").ok_or_else(|| ParseError("`data` is no object".to_owned()))?;
    let mut batch = Batch::default();
    batch.facts.email = read::text_at(profile, "email").map(str::to_owned);
    batch.facts.gender = read::text_at(profile, "gender").map(|word| match word {
        "M" => "male".to_owned(),
        "F" => "female".to_owned(),
        other => other.to_owned(),
    });
    // Decagrams: 7845 is 78.45 kg.
    let grams = read::positive_at(profile, "weight").map(|decagrams| decagrams * 10.0);
    if let Some(quantity) = grams.and_then(|g| Quantity::new(Metric::Weight, g, Unit::Gram)) {
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
        let batch = profile(include_bytes!("../fixtures/profile.json"), &context).expect("documented form");
        assert_eq!(batch.facts.email.as_deref(), Some("ines@example.org"));
        assert_eq!(batch.facts.gender.as_deref(), Some("female"));
        let [Observation::Record(weight)] = batch.observations.as_slice() else { panic!("one record") };
        let quantity = Quantity { received: 78_450.0, received_unit: Unit::Gram, value: 78.45 };
        assert_eq!(weight.body, Body::Reading { metric: Metric::Weight, quantity });
        assert!(weight.is_state());
        for bad in ["", "{}", r#"{"data":[]}"#] {
            assert!(profile(bad.as_bytes(), &context).is_err(), "{bad}");
        }
    }
}

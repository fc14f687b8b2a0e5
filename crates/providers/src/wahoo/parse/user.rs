//! `/v1/user`: the profile. Source: <https://cloud-api.wahooligan.com/#users>.

use hilum_model::{Batch, Body, Metric, Quantity, Record, Unit};

use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// Weight and height, dated to the moment at which they were first seen (see [`Record::is_state`]), e-mail address and
/// sex.
pub(crate) fn user(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let user = read::object(bytes)?;
    if read::id_at(&user, "id").is_none() {
        return Err(ParseError("no id".to_owned()));
    }
    let mut batch = Batch::default();
    batch.facts.email = read::text_at(&user, "email").map(str::to_owned);
    batch.facts.gender = match read::integer_at(&user, "gender") {
        Some(0) => Some("male".to_owned()),
        Some(1) => Some("female".to_owned()),
        _ => None,
    };
    for (name, metric, unit) in [("weight", Metric::Weight, Unit::Kilogram), ("height", Metric::Height, Unit::Metre)] {
        let Some(quantity) = read::positive_at(&user, name).and_then(|v| Quantity::new(metric, v, unit)) else {
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

    #[test]
    fn a_profile_by_hand() {
        let context = Context { received: Time(1_790_000_000_000), time_zone: None };
        let batch = user(include_bytes!("../fixtures/user.json"), &context).expect("documented form");
        assert_eq!(
            (batch.facts.email.as_deref(), batch.facts.gender.as_deref()),
            (Some("ines@example.org"), Some("male"))
        );
        let told: Vec<_> = batch
            .observations
            .iter()
            .map(|o| match o {
                Observation::Record(r) if r.is_state() => match &r.body {
                    Body::Reading { metric, quantity } => (metric.name(), quantity.received, quantity.value),
                    other => panic!("a reading: {other:?}"),
                },
                other => panic!("a state: {other:?}"),
            })
            .collect();
        assert_eq!(told, [("weight", 78.4, 78.4), ("height", 1.81, 1810.0)]);
        for bad in ["", "[]", "{}"] {
            assert!(user(bad.as_bytes(), &context).is_err(), "{bad}");
        }
    }
}

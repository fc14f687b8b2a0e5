//! `settings`: the person's zone. Source: `google/devicesandservices/health/v4/settings.proto`.

use hilum_model::Batch;

use crate::spec::read;
use crate::spec::{Context, ParseError};

/// The zone, which gives an offset to what comes without one.
pub(crate) fn settings(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    let top = read::object(bytes)?;
    if top.contains_key("error") || top.is_empty() {
        return Err(ParseError("no settings".to_owned()));
    }
    let mut batch = Batch::default();
    batch.facts.time_zone = read::text_at(&top, "timeZone").map(str::to_owned);
    Ok(batch)
}

#[cfg(test)]
mod tests {
    use hilum_model::Time;

    use super::*;

    #[test]
    fn the_zone_is_a_fact() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = settings(include_bytes!("../fixtures/settings.json"), &context).expect("documented form");
        assert_eq!(batch.facts.time_zone.as_deref(), Some("Europe/Madrid"));
        assert!(batch.observations.is_empty() && batch.rejected.is_empty());
        for bad in ["", "[]", "{}", r#"{"error":{"code":403}}"#] {
            assert!(settings(bad.as_bytes(), &context).is_err(), "{bad}");
        }
    }
}

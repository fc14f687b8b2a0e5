//! `epochs`: a quarter of an hour, apart for each kind of movement in it.

use hilum_model::{Batch, Metric, Sample, Unit};

use super::{each, start};
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// Intervals of steps, distance and active energy; their context is the kind of movement, since a quarter of an hour
/// comes once for each. The mean heart rate is left out: the dailies tell it every quarter of a minute.
pub(crate) fn epochs(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    each(bytes, |item, batch| {
        let (start, offset) = start(item).ok_or("no start")?;
        // A day at the most: a longer epoch is not to be believed.
        let lasted = read::integer_at(item, "durationInSeconds").filter(|s| (1..=86_400).contains(s));
        let end = start.plus_s(lasted.ok_or("no duration")?);
        for (name, metric, unit) in [
            ("steps", Metric::Steps, Unit::Count),
            ("distanceInMeters", Metric::Distance, Unit::Metre),
            ("activeKilocalories", Metric::ActiveEnergy, Unit::Kilocalorie),
        ] {
            let Some(value) = read::positive_at(item, name) else { continue };
            let context = read::text_at(item, "activityType").map(str::to_lowercase);
            batch.sample(Sample { metric, device: None, context, start, end: Some(end), offset, value, unit });
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use hilum_model::Time;

    use super::*;

    #[test]
    fn quarters_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = epochs(include_bytes!("../fixtures/epochs.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["[2]: no duration"]);
        assert_eq!(
            super::super::lines(&batch),
            [
                "steps 1772607600 64 for 900 (sedentary)",
                "distance 1772607600 45.1 for 900 (sedentary)",
                "active_energy 1772607600 3 for 900 (sedentary)",
                "steps 1772607600 700 for 900 (walking)",
            ]
        );
    }
}

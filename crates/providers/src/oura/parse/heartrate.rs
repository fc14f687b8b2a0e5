//! `heartrate`: about one reading in five minutes, day and night.
//! Source: <https://cloud.ouraring.com/v2/docs#tag/Heart-Rate-Routes>.

use hilum_model::{Batch, Metric, Offset, Sample, Unit};

use super::documents;
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// Readings; Oura's `source` (awake, rest, sleep, session, live, workout) is their context.
pub(crate) fn heartrate(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    documents(bytes, |item, batch| {
        let (start, written) = read::rfc3339_at(item, "timestamp").ok_or("no timestamp")?;
        let value = read::positive_at(item, "bpm").ok_or("bpm is not above zero")?;
        // Oura writes these times in UTC wherever the person is, so +00:00 tells nothing about local time.
        let offset = if written == Offset(0) {
            context.time_zone.as_deref().and_then(|zone| Offset::of_zone(zone, start))
        } else {
            Some(written)
        };
        batch.sample(Sample {
            metric: Metric::HeartRate,
            device: None,
            context: read::text_at(item, "source").map(str::to_owned),
            start,
            end: None,
            offset,
            value,
            unit: Unit::PerMinute,
        });
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Time};

    use super::*;

    #[test]
    fn readings_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = heartrate(include_bytes!("../fixtures/heartrate.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["data[2]: bpm is not above zero", "data[4]: no timestamp"]);
        let seen: Vec<_> = batch
            .observations
            .iter()
            .map(|o| {
                let Observation::Sample(s) = o else { panic!("samples only") };
                assert_eq!((s.metric, s.unit, s.end), (Metric::HeartRate, Unit::PerMinute, None));
                (s.start.to_iso(), s.value, s.context.as_deref(), s.offset)
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("2026-09-21T07:05:12.000Z".to_owned(), 68.0, Some("awake"), None),
                ("2026-09-21T07:10:12.000Z".to_owned(), 71.0, Some("a_new_word"), None),
                ("2026-09-21T13:15:12.000Z".to_owned(), 74.0, None, Some(Offset(-360))),
            ]
        );
    }

    #[test]
    fn the_persons_zone_gives_the_offset() {
        let context = Context { received: Time(0), time_zone: Some("America/Denver".to_owned()) };
        let batch = heartrate(include_bytes!("../fixtures/heartrate.json"), &context).expect("documented form");
        let Observation::Sample(first) = &batch.observations[0] else { panic!("a sample") };
        assert_eq!(first.offset, Some(Offset(-360)));
    }
}

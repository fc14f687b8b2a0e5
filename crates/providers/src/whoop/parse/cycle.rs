//! `v2/cycle`: physiological days, from falling asleep to falling asleep again.
//! Source: <https://developer.whoop.com/api#tag/Cycle>.

use hilum_model::observation::ActivityDay;
use hilum_model::{Batch, Body, Day, Offset, Record, Time};

use super::{Score, beyond, kilocalories, offset, records, score};
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// One total a cycle; the running cycle has no end and is told anew until it has one. The strain, the mean and the
/// greatest heart rate are source data: the day's summary of the heart comes with `recovery`.
pub(crate) fn cycle(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    records(bytes, |item, batch| {
        let (start, _) = read::rfc3339_at(item, "start").ok_or("no start")?;
        let Score::Told(score) = score(item) else { return Ok(()) };
        let offset = offset(item);
        batch.record(Record {
            key: read::id_at(item, "id").ok_or("no id")?,
            device: None,
            start,
            end: read::rfc3339_at(item, "end").map(|(end, _)| end),
            offset,
            day: day(start, offset),
            body: Body::ActivityDay(ActivityDay { calories: kilocalories(score), ..ActivityDay::default() }),
            source_data: beyond(item, Some(score), &[]),
        });
        Ok(())
    })
}

/// The day that a cycle counts for: the one on which the person wakes up. Who falls asleep after 18:00 wakes up on the
/// next day.
fn day(start: Time, offset: Option<Offset>) -> Day {
    start.plus_s(6 * 3600).civil_day(offset)
}

#[cfg(test)]
mod tests {
    use hilum_model::Observation;
    use serde_json::json;

    use super::*;

    #[test]
    fn cycles_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = cycle(include_bytes!("../fixtures/cycle.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["records[3]: no start", "records[4]: no id"]);
        let [Observation::Record(open), Observation::Record(full)] = batch.observations.as_slice() else {
            panic!("two records: {:?}", batch.observations)
        };
        assert_eq!((open.key.as_str(), open.end, open.day.to_string().as_str()), ("70412", None, "2026-09-22"));
        assert_eq!((full.key.as_str(), full.day.to_string().as_str()), ("70388", "2026-09-21"));
        // 22:48 at -04:00 on the 20th: the day is that of waking up.
        assert_eq!(full.start.to_iso(), "2026-09-21T02:48:00.000Z");
        assert_eq!(full.end.map(Time::to_iso).as_deref(), Some("2026-09-22T03:10:00.000Z"));
        assert_eq!(full.offset, Some(Offset(-240)));
        // 8368 kJ at 4.184 kJ/kcal.
        let total = ActivityDay { calories: Some(2000.0), ..ActivityDay::default() };
        assert_eq!(full.body, Body::ActivityDay(total));
        assert_eq!(
            serde_json::to_value(&full.source_data).expect("an object"),
            json!({"strain": 9.7, "kilojoule": 8368.0, "average_heart_rate": 68, "max_heart_rate": 154})
        );
    }

    #[test]
    fn days_end_at_six_in_the_evening() {
        let at = |text: &str| Time::parse_rfc3339(text).expect("a time").0;
        let east = Some(Offset(60));
        for (start, expected) in [
            ("2026-03-03T22:31:00Z", "2026-03-04"),
            ("2026-03-04T00:40:00Z", "2026-03-04"),
            // After a night shift.
            ("2026-03-04T06:35:00Z", "2026-03-04"),
            ("2026-03-04T16:59:59Z", "2026-03-04"),
            ("2026-03-04T17:00:00Z", "2026-03-05"),
        ] {
            assert_eq!(day(at(start), east).to_string(), expected, "{start}");
        }
    }
}

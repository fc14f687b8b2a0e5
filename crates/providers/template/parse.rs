//! `v1/days`: one total a day. Say where the shape is documented.

use hilum_model::observation::ActivityDay;
use hilum_model::{Batch, Body, Record};

use crate::spec::read;
use crate::spec::{Context, ParseError};

/// Members that are normalised; what else there is becomes source data.
const TAKEN: [&str; 2] = ["day", "steps"];

/// Daily totals. The envelope must be as documented; an odd item is rejected alone, without quoting its values.
pub(crate) fn days(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let top = read::object(bytes)?;
    let mut batch = Batch::default();
    for (index, item) in read::list(&top, "days")?.iter().enumerate() {
        let told = item.as_object().and_then(|item| Some((item, read::day_at(item, "day")?)));
        let Some((item, day)) = told else {
            batch.rejected.push(format!("days[{index}]: no day"));
            continue;
        };
        // The offset comes from the item, else from the person's zone, else it is unknown; it is never invented.
        let midnight = context.time_zone.as_deref().and_then(|zone| read::midnight(day, zone));
        batch.record(Record {
            // The source's own id, or what stays the same when the item is corrected.
            key: day.to_string(),
            device: None,
            start: midnight.map_or_else(|| day.start_utc(), |(start, _)| start),
            end: None,
            offset: midnight.map(|(_, offset)| offset),
            day,
            body: Body::ActivityDay(ActivityDay { steps: read::amount_at(item, "steps"), ..ActivityDay::default() }),
            source_data: read::beyond(item, &TAKEN),
        });
    }
    Ok(batch)
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Offset, Time};
    use serde_json::json;

    use super::*;

    #[test]
    fn days_by_hand() {
        let context = Context { received: Time(0), time_zone: Some("Europe/Madrid".to_owned()) };
        let batch = days(include_bytes!("fixtures/days.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["days[1]: no day"]);
        let [Observation::Record(day)] = batch.observations.as_slice() else { panic!("one record") };
        // Midnight at +02:00.
        assert_eq!((day.start.to_iso().as_str(), day.offset), ("2026-09-20T22:00:00.000Z", Some(Offset(120))));
        assert_eq!(day.body, Body::ActivityDay(ActivityDay { steps: Some(9312.0), ..ActivityDay::default() }));
        assert_eq!(day.source_data.get("goal"), Some(&json!(10_000)));
        assert!(days(b"{}", &context).is_err());
    }
}

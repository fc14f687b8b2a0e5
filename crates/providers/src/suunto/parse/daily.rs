//! `/247/daily-activity-statistics`: totals of days, one list a kind of total and watch.

use std::collections::BTreeMap;

use hilum_model::observation::ActivityDay;
use hilum_model::{Batch, Body, Day, Offset, Record, Time, Unit};
use serde_json::{Map, Value};

use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// Days. A person with two watches has two totals of a day; the greater one counts, as they walked it once.
pub(crate) fn daily_activity(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    let mut batch = Batch::default();
    let mut days: BTreeMap<Day, (Time, Offset, ActivityDay)> = BTreeMap::new();
    let list = |object: &Object, name: &str| object.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    for kind in read::items(bytes)?.iter().filter_map(Value::as_object) {
        let name = read::text_at(kind, "Name").map(str::to_lowercase);
        for source in list(kind, "Sources").iter().filter_map(Value::as_object) {
            for sample in list(source, "Samples") {
                let told = sample.as_object().and_then(|sample| {
                    let (start, offset) = read::rfc3339_at(sample, "TimeISO8601")?;
                    Some((start, offset, read::amount_at(sample, "Value")?))
                });
                let Some((start, offset, value)) = told else {
                    batch.rejected.push("Samples: no time or no value".to_owned());
                    continue;
                };
                let day = start.civil_day(Some(offset));
                let (.., total) = days.entry(day).or_insert((start, offset, ActivityDay::default()));
                let (field, value) = match name.as_deref() {
                    Some("stepcount") => (&mut total.steps, Some(value)),
                    Some("energyconsumption") => (&mut total.calories, Unit::Joule.convert(value, Unit::Kilocalorie)),
                    _ => continue,
                };
                *field = [*field, value].into_iter().flatten().reduce(f64::max);
            }
        }
    }
    for (day, (start, offset, total)) in days {
        if total == ActivityDay::default() {
            continue;
        }
        batch.record(Record {
            key: day.to_string(),
            device: None,
            start,
            end: None,
            offset: Some(offset),
            day,
            body: Body::ActivityDay(total),
            source_data: Map::new(),
        });
    }
    Ok(batch)
}

#[cfg(test)]
mod tests {
    use hilum_model::Observation;

    use super::*;

    #[test]
    fn days_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = daily_activity(include_bytes!("../fixtures/daily_activity.json"), &context).expect("a list");
        assert_eq!(batch.rejected, ["Samples: no time or no value"]);
        let told: Vec<_> = batch
            .observations
            .iter()
            .map(|o| match o {
                Observation::Record(r) => match &r.body {
                    Body::ActivityDay(total) => (r.key.as_str(), r.start.to_iso(), total.steps, total.calories),
                    other => panic!("a total: {other:?}"),
                },
                other => panic!("a record: {other:?}"),
            })
            .collect();
        // 10083440 J are 2410 kcal of 4184 J.
        assert_eq!(
            told,
            [
                ("2026-03-03", "2026-03-02T23:00:00.000Z".to_owned(), Some(5000.0), None),
                ("2026-03-04", "2026-03-03T23:00:00.000Z".to_owned(), Some(9312.0), Some(2410.0)),
            ]
        );
    }
}

//! `/v3/users/activities`: one total a day, and the steps of its minutes.
//! Source: <https://www.polar.com/accesslink-api/#daily-activity>.

use hilum_model::observation::ActivityDay;
use hilum_model::{Batch, Body, Metric, Record, Sample, Time, Unit};
use serde_json::Value;

use super::listed;
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// Members that are normalised.
const TAKEN: [&str; 8] = [
    "start_time",
    "end_time",
    "active_duration",
    "calories",
    "active_calories",
    "steps",
    "distance_from_steps",
    "samples",
];

/// Daily totals and intervals of steps.
pub(crate) fn activities(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let zone = context.time_zone.as_deref();
    listed(bytes, |item, batch| {
        let shown = read::text_at(item, "start_time").and_then(read::bare).ok_or("no start_time")?;
        let (start, offset) = read::local(shown, zone);
        let day = shown.civil_day(None);
        batch.record(Record {
            key: day.to_string(),
            device: None,
            start,
            end: None,
            offset,
            day,
            body: Body::ActivityDay(ActivityDay {
                duration_s: read::duration_at(item, "active_duration"),
                distance_m: read::amount_at(item, "distance_from_steps"),
                steps: read::amount_at(item, "steps"),
                calories: read::amount_at(item, "calories"),
                active_calories: read::amount_at(item, "active_calories"),
                ..ActivityDay::default()
            }),
            source_data: read::beyond(item, &TAKEN),
        });
        if let Some(steps) = read::object_at(item, "samples").and_then(|s| read::object_at(s, "steps")) {
            intervals(steps, zone, batch);
        }
        Ok(())
    })
}

/// Steps of intervals of `interval_ms`. Neighbours with the same number are told once, by the first of them: whatever
/// lies between two samples is as the first one says.
fn intervals(steps: &Object, zone: Option<&str>, batch: &mut Batch) {
    let Some(step) = read::integer_at(steps, "interval_ms").filter(|ms| (1_000..=3_600_000).contains(ms)) else {
        batch.rejected.push("steps: no interval".to_owned());
        return;
    };
    let list = steps.get("samples").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let read_one = |item: &Value| {
        let item = item.as_object()?;
        Some((read::text_at(item, "timestamp").and_then(read::bare)?, read::amount_at(item, "steps")?))
    };
    let told: Vec<Option<(Time, f64)>> = list.iter().map(read_one).collect();
    for (at, one) in told.iter().enumerate() {
        let Some((from, count)) = *one else {
            batch.rejected.push("steps: no time or no number".to_owned());
            continue;
        };
        let next = told.get(at + 1).copied().flatten().map_or(from.plus_ms(step), |(next, _)| next);
        // A day at the most is told at once.
        let times = (next.since_ms(from) / step).clamp(1, 86_400_000 / step);
        for nth in (0..times).filter(|_| count > 0.0) {
            let (start, offset) = read::local(from.plus_ms(nth * step), zone);
            batch.sample(Sample {
                metric: Metric::Steps,
                device: None,
                context: None,
                start,
                end: Some(start.plus_ms(step)),
                offset,
                value: count,
                unit: Unit::Count,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Offset};
    use serde_json::json;

    use super::*;

    #[test]
    fn days_by_hand() {
        let context = Context { received: Time(0), time_zone: Some("Europe/Berlin".to_owned()) };
        let batch = activities(include_bytes!("../fixtures/activities.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["steps: no time or no number", "[1]: no start_time"]);
        let Observation::Record(day) = &batch.observations[0] else { panic!("a total") };
        assert_eq!((day.key.as_str(), day.day.to_string().as_str()), ("2026-03-04", "2026-03-04"));
        assert_eq!((day.start.to_iso().as_str(), day.offset), ("2026-03-03T23:00:00.000Z", Some(Offset(60))));
        assert_eq!(
            day.body,
            Body::ActivityDay(ActivityDay {
                duration_s: Some(7800.0),
                distance_m: Some(6710.0),
                steps: Some(9312.0),
                calories: Some(2410.0),
                active_calories: Some(512.0),
                ..ActivityDay::default()
            })
        );
        assert_eq!(day.source_data.get("daily_activity"), Some(&json!(96.0)));
        let lines: Vec<String> = batch.observations[1..]
            .iter()
            .map(|o| {
                let Observation::Sample(s) = o else { panic!("samples") };
                format!("{} {:?} {}", &s.start.to_iso()[11..19], s.end.map(|e| e.since_ms(s.start)), s.value)
            })
            .collect();
        // 08:00 to 08:02 alike, 08:03 nothing, 08:05 alone.
        assert_eq!(
            lines,
            [
                "07:00:00 Some(60000) 64",
                "07:01:00 Some(60000) 64",
                "07:02:00 Some(60000) 64",
                "07:05:00 Some(60000) 12",
            ]
        );
    }

    #[test]
    fn without_a_zone_the_clock_is_taken_for_utc() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = activities(br#"[{"start_time":"2026-03-04T00:00:00","steps":5}]"#, &context).expect("a list");
        let Observation::Record(day) = &batch.observations[0] else { panic!("a total") };
        assert_eq!((day.start.to_iso().as_str(), day.offset), ("2026-03-04T00:00:00.000Z", None));
    }
}

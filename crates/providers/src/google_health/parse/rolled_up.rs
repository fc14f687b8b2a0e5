//! `dailyRollUp`: sums and means by civil day, one list for each type. Together they are the day's total: each list
//! gives its part. Source: `google/devicesandservices/health/v4`.

use hilum_model::observation::{ActivityDay, HeartRateDay};
use hilum_model::{Batch, Body, Record, Unit};

use super::daily::{midnight, part};
use super::{date_at, points};
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

fn days(
    bytes: &[u8],
    context: &Context,
    kind: &str,
    body: impl Fn(&Object) -> Option<Body>,
) -> Result<Batch, ParseError> {
    points(bytes, "rollupDataPoints", |point, batch| {
        let start = read::object_at(point, "civilStartTime").ok_or("no civilStartTime")?;
        let day = date_at(start, "date").ok_or("no date")?;
        // A day of which nothing is known comes without its value.
        let Some(value) = read::object_at(point, kind) else { return Ok(()) };
        let body = body(value).ok_or("no amount")?;
        let (start, offset) = midnight(day, context);
        let source_data = Object::new();
        batch.record(Record { key: part(day), device: None, start, end: None, offset, day, body, source_data });
        Ok(())
    })
}

fn activity(
    bytes: &[u8],
    context: &Context,
    (kind, sum): (&str, &str),
    total: fn(f64) -> ActivityDay,
) -> Result<Batch, ParseError> {
    days(bytes, context, kind, |value| Some(Body::ActivityDay(total(read::amount_at(value, sum)?))))
}

/// Steps.
pub(crate) fn steps_by_day(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    activity(bytes, context, ("steps", "countSum"), |n| ActivityDay { steps: Some(n), ..ActivityDay::default() })
}

/// Way.
pub(crate) fn distance_by_day(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    activity(bytes, context, ("distance", "millimetersSum"), |mm| ActivityDay {
        distance_m: Unit::Millimetre.convert(mm, Unit::Metre),
        ..ActivityDay::default()
    })
}

/// Floors.
pub(crate) fn floors_by_day(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    activity(bytes, context, ("floors", "countSum"), |n| ActivityDay { floors: Some(n), ..ActivityDay::default() })
}

/// Active energy.
pub(crate) fn active_energy_by_day(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    activity(bytes, context, ("activeEnergyBurned", "kcalSum"), |kcal| ActivityDay {
        active_calories: Some(kcal),
        ..ActivityDay::default()
    })
}

/// All energy, which is told by day alone.
pub(crate) fn total_calories_by_day(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    activity(bytes, context, ("totalCalories", "kcalSum"), |kcal| ActivityDay {
        calories: Some(kcal),
        ..ActivityDay::default()
    })
}

/// Mean, least and greatest heart rate.
pub(crate) fn heart_rate_by_day(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    days(bytes, context, "heartRate", |value| {
        let average = read::positive_at(value, "beatsPerMinuteAvg")?;
        Some(Body::HeartRateDay(HeartRateDay {
            average: Some(average),
            min: read::positive_at(value, "beatsPerMinuteMin"),
            max: read::positive_at(value, "beatsPerMinuteMax"),
            ..HeartRateDay::default()
        }))
    })
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Offset, Time};

    use super::*;

    fn records(batch: Result<Batch, ParseError>) -> Vec<Record> {
        let told = batch.expect("documented form").observations.into_iter().map(|o| match o {
            Observation::Record(record) => *record,
            _ => panic!("records only"),
        });
        told.collect()
    }

    #[test]
    fn the_parts_of_a_day_make_its_total() {
        let context = Context { received: Time(0), time_zone: Some("Asia/Kolkata".to_owned()) };
        let of = |parse: fn(&[u8], &Context) -> Result<Batch, ParseError>, bytes: &[u8]| {
            records(parse(bytes, &context)).into_iter().next().expect("a day")
        };
        let whole = [
            of(steps_by_day, include_bytes!("../fixtures/steps_by_day.json")),
            of(distance_by_day, include_bytes!("../fixtures/distance_by_day.json")),
            of(floors_by_day, include_bytes!("../fixtures/floors_by_day.json")),
            of(active_energy_by_day, include_bytes!("../fixtures/active_energy_by_day.json")),
            of(total_calories_by_day, include_bytes!("../fixtures/total_calories_by_day.json")),
        ]
        .into_iter()
        .reduce(|sum, part| part.joined_with(&sum))
        .expect("five parts");
        // Midnight at +05:30.
        assert_eq!((whole.start.to_iso().as_str(), whole.offset), ("2026-09-20T18:30:00.000Z", Some(Offset(330))));
        assert_eq!((whole.key.as_str(), whole.day.to_string().as_str()), ("part:2026-09-21", "2026-09-21"));
        assert_eq!(
            whole.body,
            Body::ActivityDay(ActivityDay {
                steps: Some(9312.0),
                distance_m: Some(7104.2),
                floors: Some(11.0),
                active_calories: Some(512.5),
                calories: Some(2210.25),
                ..ActivityDay::default()
            })
        );
    }

    #[test]
    fn days_without_a_value_tell_nothing() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = steps_by_day(include_bytes!("../fixtures/steps_by_day.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["rollupDataPoints[2]: no civilStartTime", "rollupDataPoints[3]: no amount"]);
        assert_eq!(batch.observations.len(), 1);
        let hearts = records(heart_rate_by_day(include_bytes!("../fixtures/heart_rate_by_day.json"), &context));
        let told = HeartRateDay { average: Some(73.1), min: Some(51.0), max: Some(161.0), ..HeartRateDay::default() };
        assert_eq!((hearts.len(), &hearts[0].body, hearts[0].offset), (1, &Body::HeartRateDay(told), None));
    }
}

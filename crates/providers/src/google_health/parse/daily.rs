//! Lists of one value a day. Source: `google/devicesandservices/health/v4/data_types.proto`.

use hilum_model::observation::HeartRateDay;
use hilum_model::{Batch, Body, Day, Metric, Offset, Quantity, Record, Sample, Time, Unit};

use super::{beyond, date_at, device, own_id, points};
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// What the samples' context says: a mean over a night or a day, not a moment.
const DAILY: &str = "daily_average";

/// The same of a night's deep sleep.
const DEEP_SLEEP: &str = "deep_sleep";

/// All contexts of samples that stand for a day.
pub(crate) const DAILY_CONTEXTS: &[&str] = &[DAILY, DEEP_SLEEP];

/// Calls `one` with each value and its day.
fn values(
    bytes: &[u8],
    kind: &str,
    mut one: impl FnMut(&Object, &Object, Day, &mut Batch) -> Result<(), &'static str>,
) -> Result<Batch, ParseError> {
    points(bytes, "dataPoints", |point, batch| {
        let value = read::object_at(point, kind).ok_or("of another type")?;
        one(point, value, date_at(value, "date").ok_or("no date")?, batch)
    })
}

/// A sample that stands for a day: at midnight UTC of the day and without an offset, since a zone that is learnt later
/// must not move it.
fn sample(point: &Object, batch: &mut Batch, day: Day, context: &str, of: (Metric, f64, Unit)) {
    let (metric, value, unit) = of;
    let device = device(point, batch);
    batch.sample(Sample {
        metric,
        device,
        context: Some(context.to_owned()),
        start: day.start_utc(),
        end: None,
        offset: None,
        value,
        unit,
    });
}

/// Midnight at the start of a day where the person is, as far as that is known.
pub(super) fn midnight(day: Day, context: &Context) -> (Time, Option<Offset>) {
    let known = context.time_zone.as_deref().and_then(|zone| read::midnight(day, zone));
    known.map_or((day.start_utc(), None), |(at, offset)| (at, Some(offset)))
}

/// The key of what several lists tell of a day.
pub(super) fn part(day: Day) -> String {
    format!("{}{day}", Record::PART_KEY)
}

/// Resting heart rate: a part of the day's summary.
pub(crate) fn daily_resting_heart_rate(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    values(bytes, "dailyRestingHeartRate", |point, value, day, batch| {
        let resting = read::positive_at(value, "beatsPerMinute").ok_or("no value above zero")?;
        let (start, offset) = midnight(day, context);
        let device = device(point, batch);
        batch.record(Record {
            key: part(day),
            device,
            start,
            end: None,
            offset,
            day,
            body: Body::HeartRateDay(HeartRateDay { resting: Some(resting), ..HeartRateDay::default() }),
            source_data: beyond(point, value, &["beatsPerMinute"]),
        });
        Ok(())
    })
}

/// Heart-rate variability (RMSSD): the mean of the day, and of deep sleep.
pub(crate) fn daily_heart_rate_variability(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    values(bytes, "dailyHeartRateVariability", |point, value, day, batch| {
        let mut any = false;
        for (member, context) in [
            ("averageHeartRateVariabilityMilliseconds", DAILY),
            ("deepSleepRootMeanSquareOfSuccessiveDifferencesMilliseconds", DEEP_SLEEP),
        ] {
            if let Some(told) = read::positive_at(value, member) {
                any = true;
                sample(point, batch, day, context, (Metric::HrvRmssd, told, Unit::Millisecond));
            }
        }
        any.then_some(()).ok_or("no value above zero")
    })
}

/// Oxygen saturation: the mean of the night.
pub(crate) fn daily_oxygen_saturation(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    values(bytes, "dailyOxygenSaturation", |point, value, day, batch| {
        let told = read::positive_at(value, "averagePercentage").ok_or("no value above zero")?;
        sample(point, batch, day, DAILY, (Metric::BloodOxygen, told, Unit::Percent));
        Ok(())
    })
}

/// Respiratory rate: the mean of the night.
pub(crate) fn daily_respiratory_rate(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    values(bytes, "dailyRespiratoryRate", |point, value, day, batch| {
        let told = read::positive_at(value, "breathsPerMinute").ok_or("no value above zero")?;
        sample(point, batch, day, DAILY, (Metric::RespiratoryRate, told, Unit::PerMinute));
        Ok(())
    })
}

/// Temperature of the skin in the night, and its difference to the person's baseline.
pub(crate) fn daily_sleep_temperature_derivations(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    values(bytes, "dailySleepTemperatureDerivations", |point, value, day, batch| {
        let nightly = read::positive_at(value, "nightlyTemperatureCelsius").ok_or("no value above zero")?;
        sample(point, batch, day, DAILY, (Metric::SkinTemperature, nightly, Unit::Celsius));
        if let Some(baseline) = read::positive_at(value, "baselineTemperatureCelsius") {
            // Both come with a few decimals; their difference is as exact.
            let delta = ((nightly - baseline) * 1e6).round() / 1e6;
            sample(point, batch, day, DAILY, (Metric::SkinTemperatureDelta, delta, Unit::Kelvin));
        }
        Ok(())
    })
}

/// Maximal oxygen uptake.
pub(crate) fn daily_vo2_max(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    values(bytes, "dailyVo2Max", |point, value, day, batch| {
        let told = read::positive_at(value, "vo2Max").ok_or("no value above zero")?;
        let unit = Unit::MillilitrePerKilogramMinute;
        let (start, offset) = midnight(day, context);
        let device = device(point, batch);
        batch.record(Record {
            key: own_id(point).unwrap_or_else(|| day.to_string()),
            device,
            start,
            end: None,
            offset,
            day,
            body: Body::Reading {
                metric: Metric::Vo2Max,
                quantity: Quantity::new(Metric::Vo2Max, told, unit).ok_or("no finite value")?,
            },
            source_data: beyond(point, value, &["vo2Max"]),
        });
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use hilum_model::Observation;
    use serde_json::json;

    use super::*;

    fn context(zone: Option<&str>) -> Context {
        Context { received: Time(0), time_zone: zone.map(str::to_owned) }
    }

    fn samples(batch: Result<Batch, ParseError>) -> Vec<(Metric, f64, String)> {
        let told = batch.expect("documented form").observations.into_iter().map(|o| {
            let Observation::Sample(s) = o else { panic!("samples only") };
            assert_eq!((s.start.to_iso().as_str(), s.end, s.offset), ("2026-09-21T00:00:00.000Z", None, None));
            (s.metric, s.value, s.context.expect("a context"))
        });
        told.collect()
    }

    #[test]
    fn days_by_hand() {
        let none = &context(None);
        let told = samples(daily_heart_rate_variability(
            include_bytes!("../fixtures/daily_heart_rate_variability.json"),
            none,
        ));
        let daily = |metric, value| (metric, value, DAILY.to_owned());
        assert_eq!(told, [daily(Metric::HrvRmssd, 41.2), (Metric::HrvRmssd, 38.9, "deep_sleep".to_owned())]);
        let told = samples(daily_oxygen_saturation(include_bytes!("../fixtures/daily_oxygen_saturation.json"), none));
        assert_eq!(told, [daily(Metric::BloodOxygen, 95.8)]);
        let told = samples(daily_respiratory_rate(include_bytes!("../fixtures/daily_respiratory_rate.json"), none));
        assert_eq!(told, [daily(Metric::RespiratoryRate, 15.4)]);
        let told = samples(daily_sleep_temperature_derivations(
            include_bytes!("../fixtures/daily_sleep_temperature_derivations.json"),
            none,
        ));
        // 34.62 against 34.85.
        assert_eq!(told, [daily(Metric::SkinTemperature, 34.62), daily(Metric::SkinTemperatureDelta, -0.23)]);
    }

    #[test]
    fn the_resting_rate_is_a_part_of_its_day() {
        let bytes = include_bytes!("../fixtures/daily_resting_heart_rate.json");
        let batch = daily_resting_heart_rate(bytes, &context(Some("America/Denver"))).expect("documented form");
        assert_eq!(batch.rejected, ["dataPoints[1]: no date"]);
        let [Observation::Record(day)] = batch.observations.as_slice() else { panic!("one record") };
        assert_eq!((day.key.as_str(), day.is_part()), ("part:2026-09-21", true));
        // Midnight at -06:00.
        assert_eq!((day.start.to_iso().as_str(), day.offset), ("2026-09-21T06:00:00.000Z", Some(Offset(-360))));
        assert_eq!(day.body, Body::HeartRateDay(HeartRateDay { resting: Some(57.0), ..HeartRateDay::default() }));
        assert_eq!(
            day.source_data.get("dailyRestingHeartRateMetadata"),
            Some(&json!({"calculationMethod": "WITH_SLEEP"}))
        );
    }

    #[test]
    fn the_uptake_is_a_reading() {
        let batch = daily_vo2_max(include_bytes!("../fixtures/daily_vo2_max.json"), &context(None));
        let batch = batch.expect("documented form");
        let [Observation::Record(one)] = batch.observations.as_slice() else { panic!("one record") };
        let Body::Reading { metric: Metric::Vo2Max, quantity } = one.body else { panic!("an uptake") };
        assert_eq!((quantity.value, one.offset, one.day.to_string().as_str()), (44.6, None, "2026-09-21"));
        assert_eq!(one.source_data.get("cardioFitnessLevel"), Some(&json!("GOOD")));
    }
}

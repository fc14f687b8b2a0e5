//! Lists whose points carry one number: of an interval, of a moment, or a reading.
//! Source: `google/devicesandservices/health/v4/data_types.proto`.

use hilum_model::{Batch, Body, Metric, Quantity, Record, Sample, Unit};

use super::{beyond, device, interval, moment, own_id, points};
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// What the points of a type carry.
#[derive(Clone, Copy)]
struct Scalar {
    /// Member of the point.
    kind: &'static str,
    /// Member of the value.
    value: &'static str,
    metric: Metric,
    unit: Unit,
}

/// A sum over each interval. A number that is left out is zero.
fn summed(bytes: &[u8], context: &Context, of: Scalar) -> Result<Batch, ParseError> {
    points(bytes, "dataPoints", |point, batch| {
        let value = read::object_at(point, of.kind).ok_or("of another type")?;
        let span = interval(value, context)?;
        let told = if value.contains_key(of.value) { read::amount_at(value, of.value) } else { Some(0.0) };
        let device = device(point, batch);
        batch.sample(Sample {
            metric: of.metric,
            device,
            context: None,
            start: span.start,
            end: Some(span.end),
            offset: span.start_offset,
            value: told.ok_or("no amount")?,
            unit: of.unit,
        });
        Ok(())
    })
}

/// A value of each moment; `context_of` gives the sample's context.
fn sampled(
    bytes: &[u8],
    context: &Context,
    of: &[Scalar],
    context_of: fn(&read::Object) -> Option<String>,
) -> Result<Batch, ParseError> {
    points(bytes, "dataPoints", |point, batch| {
        let mut any = false;
        for one in of {
            let value = read::object_at(point, one.kind).ok_or("of another type")?;
            let (start, offset) = moment(value, context)?;
            let Some(told) = read::positive_at(value, one.value) else { continue };
            any = true;
            let device = device(point, batch);
            batch.sample(Sample {
                metric: one.metric,
                device,
                context: context_of(value),
                start,
                end: None,
                offset,
                value: told,
                unit: one.unit,
            });
        }
        any.then_some(()).ok_or("no value above zero")
    })
}

/// A reading of each moment.
fn readings(bytes: &[u8], context: &Context, of: Scalar) -> Result<Batch, ParseError> {
    points(bytes, "dataPoints", |point, batch| {
        let value = read::object_at(point, of.kind).ok_or("of another type")?;
        let (start, offset) = moment(value, context)?;
        let told = read::positive_at(value, of.value).ok_or("no value above zero")?;
        let device = device(point, batch);
        batch.record(Record {
            key: own_id(point).unwrap_or_else(|| format!("at-{}", start.unix_s())),
            device,
            start,
            end: None,
            offset,
            day: start.civil_day(offset),
            body: Body::Reading {
                metric: of.metric,
                quantity: Quantity::new(of.metric, told, of.unit).ok_or("no finite value")?,
            },
            source_data: beyond(point, value, &[of.value]),
        });
        Ok(())
    })
}

const fn scalar(kind: &'static str, value: &'static str, metric: Metric, unit: Unit) -> Scalar {
    Scalar { kind, value, metric, unit }
}

/// Steps of an interval.
pub(crate) fn steps(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    summed(bytes, context, scalar("steps", "count", Metric::Steps, Unit::Count))
}

/// Way of an interval.
pub(crate) fn distance(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    summed(bytes, context, scalar("distance", "millimeters", Metric::Distance, Unit::Millimetre))
}

/// Floors of an interval.
pub(crate) fn floors(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    summed(bytes, context, scalar("floors", "count", Metric::FloorsClimbed, Unit::Count))
}

/// Active energy of an interval.
pub(crate) fn active_energy_burned(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    summed(bytes, context, scalar("activeEnergyBurned", "kcal", Metric::ActiveEnergy, Unit::Kilocalorie))
}

/// Heart rate; Google's `motionContext` is the context.
pub(crate) fn heart_rate(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let of = [scalar("heartRate", "beatsPerMinute", Metric::HeartRate, Unit::PerMinute)];
    sampled(bytes, context, &of, |value| {
        let motion = read::text_at(read::object_at(value, "metadata")?, "motionContext")?;
        Some(motion.to_lowercase())
    })
}

/// Heart-rate variability: RMSSD and SDNN, each for itself.
pub(crate) fn heart_rate_variability(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let of = |value, metric| scalar("heartRateVariability", value, metric, Unit::Millisecond);
    let both = [
        of("rootMeanSquareOfSuccessiveDifferencesMilliseconds", Metric::HrvRmssd),
        of("standardDeviationMilliseconds", Metric::HrvSdnn),
    ];
    sampled(bytes, context, &both, |_| None)
}

/// Oxygen saturation.
pub(crate) fn oxygen_saturation(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let of = [scalar("oxygenSaturation", "percentage", Metric::BloodOxygen, Unit::Percent)];
    sampled(bytes, context, &of, |_| None)
}

/// Weight.
pub(crate) fn weight(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    readings(bytes, context, scalar("weight", "weightGrams", Metric::Weight, Unit::Gram))
}

/// Body fat.
pub(crate) fn body_fat(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    readings(bytes, context, scalar("bodyFat", "percentage", Metric::BodyFat, Unit::Percent))
}

/// Height.
pub(crate) fn height(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    readings(bytes, context, scalar("height", "heightMillimeters", Metric::Height, Unit::Millimetre))
}

/// Temperature of the body.
pub(crate) fn core_body_temperature(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let of = scalar("coreBodyTemperature", "temperatureCelsius", Metric::BodyTemperature, Unit::Celsius);
    readings(bytes, context, of)
}

/// Blood glucose.
pub(crate) fn blood_glucose(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let value = "bloodGlucoseMilligramsPerDeciliter";
    readings(bytes, context, scalar("bloodGlucose", value, Metric::BloodGlucose, Unit::MilligramPerDecilitre))
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Offset, Time};
    use serde_json::json;

    use super::*;

    type Told = (Metric, String, Option<String>, f64, Unit);

    fn context() -> Context {
        Context { received: Time(0), time_zone: None }
    }

    fn samples(batch: &Batch) -> Vec<Told> {
        let told = batch.observations.iter().map(|o| {
            let Observation::Sample(s) = o else { panic!("samples only") };
            (s.metric, s.start.to_iso(), s.end.map(Time::to_iso), s.value, s.unit)
        });
        told.collect()
    }

    #[test]
    fn steps_by_hand() {
        let batch = steps(include_bytes!("../fixtures/steps.json"), &context()).expect("documented form");
        assert_eq!(batch.rejected, ["dataPoints[2]: no interval", "dataPoints[3]: of another type"]);
        let minute = |from: &str, to: &str, count| {
            let iso = |at: &str| format!("2026-09-21T{at}:00.000Z");
            (Metric::Steps, iso(from), Some(iso(to)), count, Unit::Count)
        };
        // An absent count is zero.
        assert_eq!(samples(&batch), [minute("07:00", "07:01", 64.0), minute("07:01", "07:02", 0.0)]);
        let Observation::Sample(first) = &batch.observations[0] else { panic!("a sample") };
        assert_eq!((first.offset, first.device.as_deref()), (Some(Offset(120)), Some("Pixel Watch")));
        assert_eq!(batch.facts.devices, ["Pixel Watch"]);
    }

    #[test]
    fn amounts_keep_their_units() {
        let told = |batch: Result<Batch, ParseError>| samples(&batch.expect("documented form"));
        let way = told(distance(include_bytes!("../fixtures/distance.json"), &context()));
        assert_eq!((way[0].3, way[0].4), (48_200.0, Unit::Millimetre));
        let up = told(floors(include_bytes!("../fixtures/floors.json"), &context()));
        assert_eq!((up[0].0, up[0].3), (Metric::FloorsClimbed, 2.0));
        let energy = told(active_energy_burned(include_bytes!("../fixtures/active_energy_burned.json"), &context()));
        assert_eq!((energy[0].3, energy[0].4), (4.35, Unit::Kilocalorie));
    }

    #[test]
    fn moments_by_hand() {
        let batch = heart_rate(include_bytes!("../fixtures/heart_rate.json"), &context()).expect("documented form");
        assert_eq!(batch.rejected, ["dataPoints[1]: no value above zero", "dataPoints[2]: no physicalTime"]);
        let [Observation::Sample(beat)] = batch.observations.as_slice() else { panic!("one sample") };
        assert_eq!((beat.value, beat.start.to_iso().as_str()), (71.0, "2026-09-21T07:00:05.000Z"));
        assert_eq!((beat.context.as_deref(), beat.offset, beat.end), (Some("sedentary"), Some(Offset(-330)), None));

        let bytes = include_bytes!("../fixtures/heart_rate_variability.json");
        let batch = heart_rate_variability(bytes, &context()).expect("documented form");
        let at = |minute: &str| format!("2026-09-21T02:{minute}:00.000Z");
        assert_eq!(
            samples(&batch),
            [
                (Metric::HrvRmssd, at("10"), None, 43.0, Unit::Millisecond),
                (Metric::HrvSdnn, at("10"), None, 51.7, Unit::Millisecond),
                (Metric::HrvRmssd, at("15"), None, 40.5, Unit::Millisecond),
            ]
        );
        let bytes = include_bytes!("../fixtures/oxygen_saturation.json");
        let batch = oxygen_saturation(bytes, &context()).expect("documented form");
        assert_eq!((samples(&batch)[0].0, samples(&batch)[0].3), (Metric::BloodOxygen, 96.2));
    }

    #[test]
    fn readings_by_hand() {
        let only = |batch: Result<Batch, ParseError>| {
            let batch = batch.expect("documented form");
            let Some(Observation::Record(record)) = batch.observations.first().cloned() else { panic!("a record") };
            *record
        };
        let quantity = |record: &Record| match record.body {
            Body::Reading { metric, quantity } => (metric, quantity.received, quantity.received_unit, quantity.value),
            _ => panic!("a reading"),
        };
        let weighed = only(weight(include_bytes!("../fixtures/weight.json"), &context()));
        assert_eq!(quantity(&weighed), (Metric::Weight, 78_450.0, Unit::Gram, 78.45));
        assert_eq!((weighed.key.as_str(), weighed.day.to_string().as_str()), ("w-771", "2026-09-21"));
        assert_eq!(
            serde_json::to_value(&weighed.source_data).expect("an object"),
            json!({"recordingMethod": "MANUAL", "platform": "FITBIT", "manual": true, "notes": "after breakfast"})
        );
        let fat = only(body_fat(include_bytes!("../fixtures/body_fat.json"), &context()));
        assert_eq!(quantity(&fat), (Metric::BodyFat, 21.4, Unit::Percent, 21.4));
        // Without a name the moment is the key: 2026-09-21T06:10:00Z.
        assert_eq!(fat.key, "at-1789971000");
        let tall = only(height(include_bytes!("../fixtures/height.json"), &context()));
        assert_eq!(quantity(&tall), (Metric::Height, 1_745.0, Unit::Millimetre, 1745.0));
        let warm = only(core_body_temperature(include_bytes!("../fixtures/core_body_temperature.json"), &context()));
        assert_eq!(quantity(&warm), (Metric::BodyTemperature, 36.7, Unit::Celsius, 36.7));
        let sugar = only(blood_glucose(include_bytes!("../fixtures/blood_glucose.json"), &context()));
        assert_eq!(quantity(&sugar), (Metric::BloodGlucose, 97.0, Unit::MilligramPerDecilitre, 97.0));
        assert_eq!(sugar.source_data.get("mealType"), Some(&json!("BREAKFAST")));
    }
}

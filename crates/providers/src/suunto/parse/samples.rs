//! `/247samples/activity`: what the watch measures day and night, ten minutes at a time.

use hilum_model::{Batch, Metric, Sample, Unit};

use super::entries;
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// Length of an entry, s.
const ENTRY_S: i64 = 600;

/// What is measured at a moment: the saturation is a fraction.
const MEASURED: [(&str, Metric, Unit); 3] = [
    ("HR", Metric::HeartRate, Unit::PerMinute),
    ("SpO2", Metric::BloodOxygen, Unit::Fraction),
    ("HRV", Metric::HrvRmssd, Unit::Millisecond),
];

/// Steps and energy of ten minutes, heart rate with its least and greatest, oxygen, variability. The energy is all that the body used, in joules.
pub(crate) fn activity_samples(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    entries(bytes, |(start, offset), entry, batch| {
        for (name, metric, unit) in MEASURED {
            let Some(value) = read::positive_at(entry, name) else { continue };
            let (device, context, end) = (None, None, None);
            batch.sample(Sample { metric, device, context, start, end, offset: Some(offset), value, unit });
        }
        let extremes = read::object_at(entry, "HRExt");
        for (name, metric) in [("Min", Metric::HeartRateMin), ("Max", Metric::HeartRateMax)] {
            let Some(value) = extremes.and_then(|told| read::positive_at(told, name)) else { continue };
            let (device, context, end) = (None, None, Some(start.plus_s(ENTRY_S)));
            batch.sample(Sample {
                metric,
                device,
                context,
                start,
                end,
                offset: Some(offset),
                value,
                unit: Unit::PerMinute,
            });
        }
        for (name, metric, unit) in
            [("StepCount", Metric::Steps, Unit::Count), ("EnergyConsumption", Metric::TotalEnergy, Unit::Joule)]
        {
            let Some(value) = read::positive_at(entry, name) else { continue };
            let (device, context, end) = (None, None, Some(start.plus_s(ENTRY_S)));
            batch.sample(Sample { metric, device, context, start, end, offset: Some(offset), value, unit });
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Offset, Time};

    use super::*;

    #[test]
    fn entries_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = activity_samples(include_bytes!("../fixtures/activity_samples.json"), &context).expect("a list");
        assert_eq!(batch.rejected, ["[2]: no timestamp", "[3]: no entryData"]);
        let lines: Vec<String> = batch
            .observations
            .iter()
            .map(|o| {
                let Observation::Sample(s) = o else { panic!("samples only") };
                assert_eq!(s.offset, Some(Offset(60)));
                let normal = s.unit.convert(s.value, s.metric.unit()).expect("fits");
                format!("{} {} {:?} {normal}", s.metric.name(), s.start, s.end.map(|e| e.since_ms(s.start) / 1000))
            })
            .collect();
        assert_eq!(
            lines,
            [
                "heart_rate 2026-03-04T07:00:00.000Z None 71",
                "blood_oxygen 2026-03-04T07:00:00.000Z None 96",
                "heart_rate_min 2026-03-04T07:00:00.000Z Some(600) 66",
                "heart_rate_max 2026-03-04T07:00:00.000Z Some(600) 80",
                "steps 2026-03-04T07:00:00.000Z Some(600) 64",
                // 9630 J of 4184.
                "total_energy 2026-03-04T07:00:00.000Z Some(600) 2.30162523901",
                "hrv_rmssd 2026-03-04T07:10:00.000Z None 44",
            ]
        );
    }
}

//! Kinds that are series.

use hilum_model::{Batch, Metric, Sample, Unit};

use super::{interval, time_at};
use crate::spec::Context;
use crate::spec::read::{self, Object};

/// List, metric, member of the value, unit; whether it is an interval.
const KINDS: [(&str, Metric, &str, Unit, bool); 11] = [
    ("steps", Metric::Steps, "count", Unit::Count, true),
    ("distance", Metric::Distance, "meters", Unit::Metre, true),
    ("active_calories", Metric::ActiveEnergy, "calories", Unit::Kilocalorie, true),
    ("total_calories", Metric::TotalEnergy, "calories", Unit::Kilocalorie, true),
    ("hydration", Metric::WaterIntake, "liters", Unit::Litre, true),
    ("floors_climbed", Metric::FloorsClimbed, "floors", Unit::Count, true),
    ("heart_rate", Metric::HeartRate, "bpm", Unit::PerMinute, false),
    ("heart_rate_variability", Metric::HrvRmssd, "rmssd_millis", Unit::Millisecond, false),
    ("oxygen_saturation", Metric::BloodOxygen, "percentage", Unit::Percent, false),
    ("respiratory_rate", Metric::RespiratoryRate, "rate", Unit::PerMinute, false),
    ("skin_temperature", Metric::SkinTemperatureDelta, "delta_celsius", Unit::Kelvin, false),
];

/// Reads an item of a series; `None` if the list is not one of these, `Some(false)` if the item can not be understood.
pub(super) fn read(list: &str, item: &Object, context: &Context, batch: &mut Batch) -> Option<bool> {
    let (_, metric, member, unit, lasts) = KINDS.into_iter().find(|(name, ..)| *name == list)?;
    let mut one = || {
        let (start, end, offset) = if lasts {
            let (start, end, offset) = interval(item, context)?;
            (start, Some(end), offset)
        } else {
            let (start, offset) = time_at(item, "time", context)?;
            (start, None, offset)
        };
        let value = read::number_at(item, member)?;
        // A difference may be negative; a count or rate may not.
        if metric != Metric::SkinTemperatureDelta && value < 0.0 {
            return None;
        }
        batch.sample(Sample { metric, device: None, context: None, start, end, offset, value, unit });
        if let Some(baseline) = read::number_at(item, "baseline_celsius").filter(|_| list == "skin_temperature") {
            let (metric, value, unit) = (Metric::SkinTemperature, baseline + value, Unit::Celsius);
            batch.sample(Sample { metric, device: None, context: None, start, end, offset, value, unit });
        }
        Some(())
    };
    Some(one().is_some())
}

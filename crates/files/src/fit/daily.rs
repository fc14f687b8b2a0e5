//! `monitoring` messages: what a watch counts all day.
//!
//! Steps, distance and active energy are told as sums since local midnight, apart for each kind of movement; from two
//! sums an interval is made. The first sum of a file is where counting begins, unless the file itself begins at local
//! midnight: what was before is in another file, and would be counted twice. That the sums are so, and begin again
//! after midnight, is general knowledge of such files and not said by the profile.

use std::collections::BTreeMap;

use hilum_model::{Metric, Offset, Sample, Time, Unit};

use super::message::{Measure, Message};
use super::survey::instant;
use crate::error::FileError;
use crate::out::Out;

const DISTANCE: Measure = Measure { field: 2, scale: 100.0, offset: 0.0, units: &[] };
const DAY_MS: i64 = hilum_model::time::DAY_MS;

/// What must be remembered from one message to the next.
#[derive(Default)]
pub(super) struct Daily {
    /// The last sum of each metric and kind of movement; both are few.
    sums: BTreeMap<(Metric, u32), (Time, f64)>,
    /// When the file begins, if at local midnight.
    midnight: Option<Time>,
}

impl Daily {
    /// `monitoring_info`: the beginning of a file.
    pub(super) fn info(&mut self, message: &Message<'_>, offset: Option<Offset>) {
        self.midnight = message.time().map(instant).filter(|t| midnight_before(*t, offset) == Some(*t));
    }

    /// One `monitoring` message.
    pub(super) fn monitoring(
        &mut self,
        message: &Message<'_>,
        device: Option<&str>,
        offset: Option<Offset>,
        out: &mut Out<'_>,
    ) -> Result<(), FileError> {
        let Some(time) = message.time() else {
            out.reject("monitoring without a time");
            return Ok(());
        };
        let at = instant(time);
        let mut sample = |metric, context: Option<&str>, start, end, value, unit| {
            out.sample(Sample {
                metric,
                device: device.map(str::to_owned),
                context: context.map(str::to_owned),
                start,
                end,
                offset,
                value,
                unit,
            })
        };
        if let Some(rate) = message.number(27).filter(|r| *r > 0.0) {
            sample(Metric::HeartRate, None, at, None, rate, Unit::PerMinute)?;
        }
        // The lower five bits of the packed byte are the kind of movement too.
        let Some(movement) = message.integer(5).or_else(|| message.integer(24).map(|packed| packed & 31)) else {
            return Ok(());
        };
        let context = movement_name(movement);
        let steps = message.number(3).filter(|_| matches!(movement, 1 | 6));
        for (metric, sum, unit) in [
            (Metric::Steps, steps, Unit::Count),
            (Metric::Distance, message.measure(&DISTANCE), Unit::Metre),
            (Metric::ActiveEnergy, message.number(19), Unit::Kilocalorie),
        ] {
            let Some(sum) = sum else { continue };
            if let Some((start, value)) = self.interval((metric, movement), at, sum, offset) {
                sample(metric, context, start, Some(at), value, unit)?;
            }
        }
        Ok(())
    }

    /// What was added since the last sum, and since when.
    fn interval(&mut self, series: (Metric, u32), at: Time, sum: f64, offset: Option<Offset>) -> Option<(Time, f64)> {
        let before = self.sums.get(&series).copied();
        if before.is_some_and(|(since, _)| at <= since) {
            return None;
        }
        self.sums.insert(series, (at, sum));
        let (since, last) = before.or_else(|| self.midnight.filter(|m| *m < at).map(|m| (m, 0.0)))?;
        let (since, last) = if sum < last {
            // Counted anew since midnight.
            (midnight_before(at, offset).filter(|m| *m > since && *m < at).unwrap_or(since), 0.0)
        } else {
            (since, last)
        };
        let added = ((sum - last) * 100.0).round() / 100.0;
        (added > 0.0).then_some((since, added))
    }
}

/// The local midnight at or before a time.
fn midnight_before(at: Time, offset: Option<Offset>) -> Option<Time> {
    let ahead = i64::from(offset?.0) * 60_000;
    Some(Time((at.0 + ahead).div_euclid(DAY_MS) * DAY_MS - ahead))
}

const fn movement_name(movement: u32) -> Option<&'static str> {
    Some(match movement {
        0 => "generic",
        1 => "running",
        2 => "cycling",
        3 => "transition",
        4 => "fitness_equipment",
        5 => "swimming",
        6 => "walking",
        8 => "sedentary",
        _ => return None,
    })
}

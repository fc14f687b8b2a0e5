//! `record` messages: what was measured every second or so of an activity.

use hilum_model::{Metric, Offset, Sample, Unit};

use super::message::{Measure, Message};
use super::survey::instant;
use crate::covered::Covered;
use crate::error::FileError;
use crate::out::Out;

/// A half circle in the protocol's unit of angles.
const SEMICIRCLES: f64 = 2_147_483_648.0;

const HEART_RATE: Measure = Measure { field: 3, scale: 1.0, offset: 0.0, units: &["bpm"] };
const CADENCE: Measure = Measure { field: 4, scale: 1.0, offset: 0.0, units: &["rpm", "strides/min"] };
const POWER: Measure = Measure { field: 7, scale: 1.0, offset: 0.0, units: &["w", "watt", "watts"] };
const DISTANCE: Measure = Measure { field: 5, scale: 100.0, offset: 0.0, units: &["m", "meters", "metres"] };
const SPEED: Measure = Measure { field: 6, scale: 1000.0, offset: 0.0, units: &["m/s"] };
const ENHANCED_SPEED: Measure = Measure { field: 73, scale: 1000.0, offset: 0.0, units: &["m/s"] };
const ALTITUDE: Measure = Measure { field: 2, scale: 5.0, offset: 500.0, units: &["m", "meters", "metres"] };
const ENHANCED_ALTITUDE: Measure = Measure { field: 78, scale: 5.0, offset: 500.0, units: &["m", "meters", "metres"] };
const RESPIRATION: Measure = Measure { field: 108, scale: 100.0, offset: 0.0, units: &["brpm", "breaths/min"] };

/// To whom the samples of a track belong.
pub(super) struct Owner<'a> {
    pub(super) key: &'a str,
    pub(super) device: Option<&'a str>,
    pub(super) offset: Option<Offset>,
    /// Cadence counts strides.
    pub(super) on_foot: bool,
}

/// What must be remembered from one record to the next.
#[derive(Default)]
pub(super) struct Track {
    covered: Covered,
    /// Sum of the old form of distance, and its last 12 bits.
    short: Option<(u16, f64)>,
}

impl Track {
    /// Turns one record into samples. One without a time is rejected.
    pub(super) fn record(
        &mut self,
        message: &Message<'_>,
        owner: &Owner<'_>,
        out: &mut Out<'_>,
    ) -> Result<(), FileError> {
        let Some(time) = message.time() else {
            out.reject("record without a time");
            return Ok(());
        };
        let at = instant(time);
        let sample = |metric, start, end, value, unit| Sample {
            metric,
            device: owner.device.map(str::to_owned),
            context: Some(owner.key.to_owned()),
            start,
            end,
            offset: owner.offset,
            value,
            unit,
        };
        let mut point = |metric: Metric, value: Option<f64>, unit| match value {
            Some(value) => out.sample(sample(metric, at, None, value, unit)),
            None => Ok(()),
        };
        // A sensor without contact says zero.
        point(Metric::HeartRate, message.measure(&HEART_RATE).filter(|v| *v > 0.0), Unit::PerMinute)?;
        // Half a circle is 2^31 of the unit: times 180 is whole below 2^53, and the division is exact.
        let angle = |field| message.number(field).map(|n| n * 180.0 / SEMICIRCLES);
        if let (Some(latitude), Some(longitude)) = (angle(0).filter(|l| l.abs() <= 90.0), angle(1)) {
            point(Metric::Latitude, Some(latitude), Unit::Degree)?;
            point(Metric::Longitude, Some(longitude), Unit::Degree)?;
        }
        let altitude = message.measure(&ENHANCED_ALTITUDE).or_else(|| message.measure(&ALTITUDE));
        point(Metric::Altitude, altitude, Unit::Metre)?;
        let short = self.short(message);
        let speed = message.measure(&ENHANCED_SPEED).or_else(|| message.measure(&SPEED)).or(short.map(|s| s.0));
        point(Metric::Speed, speed, Unit::MetrePerSecond)?;
        let part = message.number(53).unwrap_or(0.0) / 128.0;
        let cadence = message.measure(&CADENCE).map(|whole| whole + part);
        point(Metric::Cadence, cadence, if owner.on_foot { Unit::StridePerMinute } else { Unit::PerMinute })?;
        point(Metric::Power, message.measure(&POWER), Unit::Watt)?;
        point(Metric::RespiratoryRate, message.measure(&RESPIRATION).filter(|v| *v > 0.0), Unit::PerMinute)?;
        let covered = message.measure(&DISTANCE).or(short.map(|s| s.1));
        if let Some((since, metres)) = covered.and_then(|covered| self.covered.add(at, covered)) {
            out.sample(sample(Metric::Distance, since, Some(at), metres, Unit::Metre))?;
        }
        Ok(())
    }

    /// A new session begins: what it covers is counted from here.
    pub(super) fn turn(&mut self) {
        self.covered = Covered::default();
    }

    /// `compressed_speed_distance`, of old devices: 12 bits of speed, 1/100 m/s, and 12 bits of distance, 1/16 m, which
    /// begin again at zero. Gives the speed and the metres since the start.
    fn short(&mut self, message: &Message<'_>) -> Option<(f64, f64)> {
        let (_, &[a, b, c]) = message.field(8)? else { return None };
        if [a, b, c] == [0xFF; 3] {
            return None;
        }
        let speed = u16::from(a) | u16::from(b & 15) << 8;
        let distance = u16::from(b >> 4) | u16::from(c) << 4;
        let (last, sum) = self.short.unwrap_or((distance, f64::from(distance) / 16.0));
        let sum = sum + f64::from(distance.wrapping_sub(last) & 0xFFF) / 16.0;
        self.short = Some((distance, sum));
        Some((f64::from(speed) / 100.0, sum))
    }
}

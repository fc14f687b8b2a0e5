//! How values of a metric behave in time, and so how several sources of it are made one.

use hilum_model::Metric;

/// See above. Times in ms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Nature {
    /// An amount of an interval, which adds up.
    Cumulative,
    /// A state that is sampled.
    Sampled {
        /// A source tells of the time between two samples that lie no further apart.
        gap: i64,
        /// A sample tells of that much time around it.
        margin: i64,
    },
    /// Single readings, each for itself.
    Point {
        /// Two values no further apart, in the metric's unit, are the same but for rounding.
        rounding: f64,
    },
}

const MINUTE: i64 = 60_000;

/// Readings of two sources no further apart in time, ms, can be one that was relayed: some services cut the seconds.
pub const RELAYED_WITHIN: i64 = 2 * MINUTE;

impl Nature {
    /// Of a metric.
    pub const fn of(metric: Metric) -> Self {
        match metric {
            Metric::Steps
            | Metric::Distance
            | Metric::ActiveEnergy
            | Metric::BasalEnergy
            | Metric::TotalEnergy
            | Metric::FloorsClimbed
            | Metric::ExerciseTime
            | Metric::WaterIntake => Self::Cumulative,
            // Kilograms and per cent are shown with one decimal, converted from pounds now and then.
            Metric::Weight
            | Metric::LeanMass
            | Metric::BoneMass
            | Metric::MuscleMass
            | Metric::BodyWater
            | Metric::BodyFat
            | Metric::Bmi => Self::Point { rounding: 0.11 },
            Metric::Height | Metric::WaistCircumference => Self::Point { rounding: 6.0 },
            // A hundredth of a mmol/l is 0.18 mg/dl, a tenth 1.8.
            Metric::BloodGlucose => Self::Point { rounding: 1.0 },
            Metric::Vo2Max => Self::Point { rounding: 0.51 },
            Metric::BodyTemperature => Self::Point { rounding: 0.06 },
            Metric::InsulinDose => Self::Point { rounding: 0.051 },
            // The tracks of workouts: a sample every second or few.
            Metric::Latitude
            | Metric::Longitude
            | Metric::Altitude
            | Metric::Speed
            | Metric::Cadence
            | Metric::Power => Self::Sampled { gap: MINUTE, margin: 5_000 },
            // Taken now and then, or every few minutes at night.
            Metric::BloodOxygen
            | Metric::RespiratoryRate
            | Metric::SkinTemperature
            | Metric::HrvRmssd
            | Metric::HrvSdnn => Self::Sampled { gap: 15 * MINUTE, margin: MINUTE },
            // Once a day.
            Metric::SkinTemperatureDelta | Metric::WalkingHeartRate => {
                Self::Sampled { gap: 36 * 60 * MINUTE, margin: 6 * 60 * MINUTE }
            }
            // Every five minutes at rest is the widest that wearables do; one that is missed is not an end.
            _ => Self::Sampled { gap: 10 * MINUTE, margin: MINUTE },
        }
    }

    /// Readings of which `b` may be `a`, relayed: the values are the same but for rounding.
    pub fn same(metric: Metric, a: f64, b: f64) -> bool {
        match Self::of(metric) {
            Self::Point { rounding } => (a - b).abs() <= rounding,
            _ => a.to_bits() == b.to_bits(),
        }
    }
}

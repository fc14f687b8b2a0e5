//! What is measured: one name, one unit, one code for each metric.

use serde::{Deserialize, Serialize};

use crate::unit::Unit;

/// How a metric is kept (see `docs/ARCHITECTURE.md`, "Two kinds of storage").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// One encrypted row a reading: sparse.
    Record,
    /// Compressed day chunks: dense.
    Series,
}

/// A measured quantity. The store keeps the number, so numbers are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[repr(u8)]
pub enum Metric {
    /// Body weight.
    Weight = 1,
    /// Body fat share.
    BodyFat = 2,
    /// Body height.
    Height = 3,
    /// Body mass index as a source gives it; never computed by Hilum.
    Bmi = 4,
    /// Blood glucose.
    BloodGlucose = 5,
    /// Heart rate.
    HeartRate = 6,
    /// Oxygen saturation of the blood.
    BloodOxygen = 7,
    /// Steps of an interval. Never to be added to the provider's daily total.
    Steps = 8,
    /// Heart-rate variability as RMSSD. Never mixed with SDNN.
    HrvRmssd = 9,
    /// Heart-rate variability as SDNN. Never mixed with RMSSD.
    HrvSdnn = 10,
    /// Respiratory rate.
    RespiratoryRate = 11,
    /// Distance of an interval.
    Distance = 12,
    /// Active energy of an interval.
    ActiveEnergy = 13,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 13] = [
        Self::Weight,
        Self::BodyFat,
        Self::Height,
        Self::Bmi,
        Self::BloodGlucose,
        Self::HeartRate,
        Self::BloodOxygen,
        Self::Steps,
        Self::HrvRmssd,
        Self::HrvSdnn,
        Self::RespiratoryRate,
        Self::Distance,
        Self::ActiveEnergy,
    ];

    /// The name, as in Human API's paths where it has one.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Weight => "weight",
            Self::BodyFat => "body_fat",
            Self::Height => "height",
            Self::Bmi => "bmi",
            Self::BloodGlucose => "blood_glucose",
            Self::HeartRate => "heart_rate",
            Self::BloodOxygen => "blood_oxygen",
            Self::Steps => "steps",
            Self::HrvRmssd => "hrv_rmssd",
            Self::HrvSdnn => "hrv_sdnn",
            Self::RespiratoryRate => "respiratory_rate",
            Self::Distance => "distance",
            Self::ActiveEnergy => "active_energy",
        }
    }

    /// The unit that normalised values of this metric have.
    pub const fn unit(self) -> Unit {
        match self {
            Self::Weight => Unit::Kilogram,
            Self::BodyFat | Self::BloodOxygen => Unit::Percent,
            Self::Height => Unit::Millimetre,
            Self::Bmi => Unit::KilogramPerSquareMetre,
            Self::BloodGlucose => Unit::MilligramPerDecilitre,
            Self::HeartRate | Self::RespiratoryRate => Unit::PerMinute,
            Self::Steps => Unit::Count,
            Self::HrvRmssd | Self::HrvSdnn => Unit::Millisecond,
            Self::Distance => Unit::Metre,
            Self::ActiveEnergy => Unit::Kilocalorie,
        }
    }

    /// The LOINC code. Source: <https://loinc.org>.
    pub const fn loinc(self) -> &'static str {
        match self {
            Self::Weight => "29463-7",
            Self::BodyFat => "41982-0",
            Self::Height => "8302-2",
            Self::Bmi => "39156-5",
            Self::BloodGlucose => "2339-0",
            Self::HeartRate => "8867-4",
            Self::BloodOxygen => "59408-5",
            Self::Steps => "55423-8",
            Self::HrvRmssd => "80404-7",
            Self::HrvSdnn => "76477-9",
            Self::RespiratoryRate => "9279-1",
            Self::Distance => "55430-3",
            Self::ActiveEnergy => "41981-2",
        }
    }

    /// How this metric is kept.
    pub const fn storage(self) -> Storage {
        match self {
            Self::Weight | Self::BodyFat | Self::Height | Self::Bmi | Self::BloodGlucose => Storage::Record,
            _ => Storage::Series,
        }
    }

    /// The stored number.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The metric with that stored number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.number() == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_unique() {
        for (i, a) in Metric::ALL.into_iter().enumerate() {
            assert_eq!(Metric::from_number(a.number()), Some(a));
            assert!(Metric::ALL[i + 1..].iter().all(|b| a.name() != b.name()));
        }
    }
}

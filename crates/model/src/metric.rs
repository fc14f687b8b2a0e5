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
    /// Body temperature, core or as the device estimates it.
    BodyTemperature = 14,
    /// Temperature of the skin.
    SkinTemperature = 15,
    /// Skin temperature against the person's own baseline: a difference, never to be mixed with temperatures.
    SkinTemperatureDelta = 16,
    /// Maximal oxygen uptake as a device estimates it.
    Vo2Max = 17,
    /// Floors climbed in an interval.
    FloorsClimbed = 18,
    /// Energy of an interval that the body uses at rest.
    BasalEnergy = 19,
    /// Energy of an interval, active and basal together. Never to be added to either.
    TotalEnergy = 20,
    /// Latitude of a place on a track, WGS 84, -90 to 90.
    Latitude = 21,
    /// Longitude of a place on a track, WGS 84, -180 to 180.
    Longitude = 22,
    /// Height above sea level.
    Altitude = 23,
    /// Speed over ground.
    Speed = 24,
    /// Steps of both legs a minute on foot, revolutions a minute on a bicycle, strokes a minute in water and in a boat.
    /// What sources count of one leg is received in [`Unit::StridePerMinute`].
    Cadence = 25,
    /// Mechanical power.
    Power = 26,
    /// Body mass without fat.
    LeanMass = 27,
    /// Mass of bone.
    BoneMass = 28,
    /// Mass of muscle.
    MuscleMass = 29,
    /// Mass of water in the body.
    BodyWater = 30,
    /// Waist.
    WaistCircumference = 31,
    /// Time of exercise within an interval.
    ExerciseTime = 32,
    /// Water drunk.
    WaterIntake = 33,
    /// Insulin delivered.
    InsulinDose = 34,
    /// Mean heart rate while walking, of a day. Never to be mixed with heart rate.
    WalkingHeartRate = 35,
    /// Least heart rate of an interval of which [`Self::HeartRate`] tells the mean.
    HeartRateMin = 36,
    /// Greatest heart rate of such an interval.
    HeartRateMax = 37,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 37] = [
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
        Self::BodyTemperature,
        Self::SkinTemperature,
        Self::SkinTemperatureDelta,
        Self::Vo2Max,
        Self::FloorsClimbed,
        Self::BasalEnergy,
        Self::TotalEnergy,
        Self::Latitude,
        Self::Longitude,
        Self::Altitude,
        Self::Speed,
        Self::Cadence,
        Self::Power,
        Self::LeanMass,
        Self::BoneMass,
        Self::MuscleMass,
        Self::BodyWater,
        Self::WaistCircumference,
        Self::ExerciseTime,
        Self::WaterIntake,
        Self::InsulinDose,
        Self::WalkingHeartRate,
        Self::HeartRateMin,
        Self::HeartRateMax,
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
            Self::BodyTemperature => "body_temperature",
            Self::SkinTemperature => "skin_temperature",
            Self::SkinTemperatureDelta => "skin_temperature_delta",
            Self::Vo2Max => "vo2_max",
            Self::FloorsClimbed => "floors_climbed",
            Self::BasalEnergy => "basal_energy",
            Self::TotalEnergy => "total_energy",
            Self::Latitude => "latitude",
            Self::Longitude => "longitude",
            Self::Altitude => "altitude",
            Self::Speed => "speed",
            Self::Cadence => "cadence",
            Self::Power => "power",
            Self::LeanMass => "lean_mass",
            Self::BoneMass => "bone_mass",
            Self::MuscleMass => "muscle_mass",
            Self::BodyWater => "body_water",
            Self::WaistCircumference => "waist_circumference",
            Self::ExerciseTime => "exercise_time",
            Self::WaterIntake => "water_intake",
            Self::InsulinDose => "insulin_dose",
            Self::WalkingHeartRate => "walking_heart_rate",
            Self::HeartRateMin => "heart_rate_min",
            Self::HeartRateMax => "heart_rate_max",
        }
    }

    /// The unit that normalised values of this metric have.
    pub const fn unit(self) -> Unit {
        match self {
            Self::Weight | Self::LeanMass | Self::BoneMass | Self::MuscleMass | Self::BodyWater => Unit::Kilogram,
            Self::BodyFat | Self::BloodOxygen => Unit::Percent,
            Self::Height | Self::WaistCircumference => Unit::Millimetre,
            Self::Bmi => Unit::KilogramPerSquareMetre,
            Self::BloodGlucose => Unit::MilligramPerDecilitre,
            Self::HeartRate
            | Self::HeartRateMin
            | Self::HeartRateMax
            | Self::RespiratoryRate
            | Self::Cadence
            | Self::WalkingHeartRate => Unit::PerMinute,
            Self::Steps | Self::FloorsClimbed => Unit::Count,
            Self::HrvRmssd | Self::HrvSdnn => Unit::Millisecond,
            Self::Distance | Self::Altitude => Unit::Metre,
            Self::ActiveEnergy | Self::BasalEnergy | Self::TotalEnergy => Unit::Kilocalorie,
            Self::BodyTemperature | Self::SkinTemperature => Unit::Celsius,
            Self::SkinTemperatureDelta => Unit::Kelvin,
            Self::Vo2Max => Unit::MillilitrePerKilogramMinute,
            Self::Latitude | Self::Longitude => Unit::Degree,
            Self::Speed => Unit::MetrePerSecond,
            Self::Power => Unit::Watt,
            Self::ExerciseTime => Unit::Second,
            Self::WaterIntake => Unit::Millilitre,
            Self::InsulinDose => Unit::InternationalUnit,
        }
    }

    /// The LOINC code, where there is one. Source: <https://loinc.org>.
    pub const fn loinc(self) -> Option<&'static str> {
        Some(match self {
            Self::Weight => "29463-7",
            Self::BodyFat => "41982-0",
            Self::Height => "8302-2",
            Self::Bmi => "39156-5",
            Self::BloodGlucose => "2339-0",
            Self::HeartRate => "8867-4",
            Self::BloodOxygen => "59408-5",
            Self::Steps => "55423-8",
            Self::HrvSdnn => "80404-7",
            Self::RespiratoryRate => "9279-1",
            Self::Distance => "55430-3",
            Self::ActiveEnergy => "41981-2",
            Self::BodyTemperature => "8310-5",
            Self::SkinTemperature => "39106-0",
            Self::Vo2Max => "60842-2",
            Self::LeanMass => "91557-9",
            Self::MuscleMass => "73964-9",
            Self::WaistCircumference => "8280-0",
            Self::ExerciseTime => "55411-3",
            Self::WaterIntake => "8999-5",
            Self::HrvRmssd
            | Self::FloorsClimbed
            | Self::BasalEnergy
            | Self::SkinTemperatureDelta
            | Self::TotalEnergy
            | Self::Latitude
            | Self::Longitude
            | Self::Altitude
            | Self::Speed
            | Self::Cadence
            | Self::Power
            | Self::BoneMass
            | Self::BodyWater
            | Self::InsulinDose
            | Self::WalkingHeartRate
            | Self::HeartRateMin
            | Self::HeartRateMax => return None,
        })
    }

    /// How this metric is kept.
    pub const fn storage(self) -> Storage {
        match self {
            Self::Weight
            | Self::BodyFat
            | Self::Height
            | Self::Bmi
            | Self::BloodGlucose
            | Self::BodyTemperature
            | Self::Vo2Max
            | Self::LeanMass
            | Self::BoneMass
            | Self::MuscleMass
            | Self::BodyWater
            | Self::WaistCircumference => Storage::Record,
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

//! Units: the UCUM code, and the exact linear way from a unit as received to a metric's own unit.
//! Source of codes: <https://ucum.org/ucum>.

use serde::{Deserialize, Serialize};

/// A unit in which a provider may give a value. The store keeps the number of each series' unit, so numbers are
/// never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
#[repr(u8)]
pub enum Unit {
    /// Kilogram.
    Kilogram = 1,
    /// Gram.
    Gram = 2,
    /// Pound (avoirdupois).
    Pound = 3,
    /// Metre.
    Metre = 4,
    /// Millimetre.
    Millimetre = 5,
    /// Centimetre.
    Centimetre = 6,
    /// Percent, 0 to 100.
    Percent = 7,
    /// Fraction, 0 to 1.
    Fraction = 8,
    /// Per minute (heart beats, breaths).
    PerMinute = 9,
    /// Millimetre of mercury.
    MillimetreOfMercury = 10,
    /// Count of things (steps, floors).
    Count = 11,
    /// Kilocalorie.
    Kilocalorie = 12,
    /// Kilojoule.
    Kilojoule = 13,
    /// Second.
    Second = 14,
    /// Minute.
    Minute = 15,
    /// Millisecond.
    Millisecond = 16,
    /// Degree Celsius.
    Celsius = 17,
    /// Kilogram per square metre.
    KilogramPerSquareMetre = 18,
    /// Milligram per decilitre.
    MilligramPerDecilitre = 19,
    /// Millimole per litre. Towards mg/dL the factor is that of glucose, 18.0156 g/mol·10.
    MillimolePerLitre = 20,
    /// Millilitre per kilogram and minute (VO2max).
    MillilitrePerKilogramMinute = 21,
}

impl Unit {
    /// The UCUM code.
    pub const fn ucum(self) -> &'static str {
        match self {
            Self::Kilogram => "kg",
            Self::Gram => "g",
            Self::Pound => "[lb_av]",
            Self::Metre => "m",
            Self::Millimetre => "mm",
            Self::Centimetre => "cm",
            Self::Percent => "%",
            Self::Fraction | Self::Count => "1",
            Self::PerMinute => "/min",
            Self::MillimetreOfMercury => "mm[Hg]",
            Self::Kilocalorie => "kcal",
            Self::Kilojoule => "kJ",
            Self::Second => "s",
            Self::Minute => "min",
            Self::Millisecond => "ms",
            Self::Celsius => "Cel",
            Self::KilogramPerSquareMetre => "kg/m2",
            Self::MilligramPerDecilitre => "mg/dL",
            Self::MillimolePerLitre => "mmol/L",
            Self::MillilitrePerKilogramMinute => "mL/kg/min",
        }
    }

    /// The stored number of this unit.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The unit with that stored number.
    pub fn from_number(number: u8) -> Option<Self> {
        ALL.iter().copied().find(|u| u.number() == number)
    }

    /// Converts a value of this unit to another unit of the same dimension; `None` where there is no such way.
    ///
    /// The result is rounded to twelve significant digits, so that 78450 g is 78.45 kg and not 78.45000000000001.
    pub fn convert(self, value: f64, to: Self) -> Option<f64> {
        if self == to {
            return Some(value);
        }
        let (from_dimension, num, den) = self.base();
        let (to_dimension, to_num, to_den) = to.base();
        (from_dimension == to_dimension).then(|| round12(value * (num * to_den) / (den * to_num)))
    }

    /// (dimension, numerator, denominator): value in this unit times numerator over denominator is the value in the
    /// dimension's base. Both parts are whole or exact decimals, so that no factor is itself rounded.
    const fn base(self) -> (u8, f64, f64) {
        match self {
            Self::Gram => (1, 1.0, 1.0),
            Self::Kilogram => (1, 1000.0, 1.0),
            Self::Pound => (1, 453.592_37, 1.0),
            Self::Millimetre => (2, 1.0, 1.0),
            Self::Centimetre => (2, 10.0, 1.0),
            Self::Metre => (2, 1000.0, 1.0),
            Self::Percent => (3, 1.0, 100.0),
            Self::Fraction => (3, 1.0, 1.0),
            Self::PerMinute => (4, 1.0, 1.0),
            Self::MillimetreOfMercury => (5, 1.0, 1.0),
            Self::Count => (6, 1.0, 1.0),
            Self::Kilojoule => (7, 1.0, 1.0),
            Self::Kilocalorie => (7, 4.184, 1.0),
            Self::Millisecond => (8, 1.0, 1.0),
            Self::Second => (8, 1000.0, 1.0),
            Self::Minute => (8, 60_000.0, 1.0),
            Self::Celsius => (9, 1.0, 1.0),
            Self::KilogramPerSquareMetre => (10, 1.0, 1.0),
            Self::MilligramPerDecilitre => (11, 1.0, 1.0),
            Self::MillimolePerLitre => (11, 18.0156, 1.0),
            Self::MillilitrePerKilogramMinute => (12, 1.0, 1.0),
        }
    }
}

const ALL: [Unit; 21] = [
    Unit::Kilogram,
    Unit::Gram,
    Unit::Pound,
    Unit::Metre,
    Unit::Millimetre,
    Unit::Centimetre,
    Unit::Percent,
    Unit::Fraction,
    Unit::PerMinute,
    Unit::MillimetreOfMercury,
    Unit::Count,
    Unit::Kilocalorie,
    Unit::Kilojoule,
    Unit::Second,
    Unit::Minute,
    Unit::Millisecond,
    Unit::Celsius,
    Unit::KilogramPerSquareMetre,
    Unit::MilligramPerDecilitre,
    Unit::MillimolePerLitre,
    Unit::MillilitrePerKilogramMinute,
];

/// Rounds to twelve significant decimal digits: what a health reading can mean at the most, and short of the noise
/// of one multiplication.
fn round12(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    format!("{value:.11e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_by_hand() {
        assert_eq!(Unit::Gram.convert(78_450.0, Unit::Kilogram), Some(78.45));
        assert_eq!(Unit::Metre.convert(1.81, Unit::Millimetre), Some(1810.0));
        assert_eq!(Unit::Pound.convert(100.0, Unit::Kilogram), Some(45.359_237));
        assert_eq!(Unit::Fraction.convert(0.964, Unit::Percent), Some(96.4));
        assert_eq!(Unit::Kilocalorie.convert(100.0, Unit::Kilojoule), Some(418.4));
        assert_eq!(Unit::MillimolePerLitre.convert(5.0, Unit::MilligramPerDecilitre), Some(90.078));
        assert_eq!(Unit::Kilogram.convert(1.0, Unit::Metre), None);
        assert_eq!(Unit::Count.convert(9312.0, Unit::Count), Some(9312.0));
    }

    #[test]
    fn stored_numbers_are_unique() {
        for unit in ALL {
            assert_eq!(Unit::from_number(unit.number()), Some(unit));
        }
        assert_eq!(Unit::from_number(0), None);
    }
}

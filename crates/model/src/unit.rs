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
    /// Degree Fahrenheit. Not a multiple of a degree Celsius, so its way is no factor.
    Fahrenheit = 22,
    /// Kelvin, for differences of temperature.
    Kelvin = 23,
    /// International mile.
    Mile = 24,
    /// International yard.
    Yard = 25,
    /// International foot.
    Foot = 26,
    /// International inch.
    Inch = 27,
    /// Kilometre.
    Kilometre = 28,
    /// Stone, 14 pounds.
    Stone = 29,
    /// Joule.
    Joule = 30,
    /// Hour.
    Hour = 31,
    /// Metre per second.
    MetrePerSecond = 32,
    /// Millimetre per second.
    MillimetrePerSecond = 33,
    /// Kilometre per hour.
    KilometrePerHour = 34,
    /// Mile per hour.
    MilePerHour = 35,
    /// Degree of arc.
    Degree = 36,
    /// Watt.
    Watt = 37,
    /// Litre.
    Litre = 38,
    /// Millilitre.
    Millilitre = 39,
    /// US fluid ounce.
    FluidOunceUs = 40,
    /// Kilopascal.
    Kilopascal = 41,
    /// International unit.
    InternationalUnit = 42,
    /// Milligram.
    Milligram = 43,
    /// Microgram.
    Microgram = 44,
    /// Ounce (avoirdupois).
    Ounce = 45,
    /// Strides a minute: two steps each, one with either leg. Many sources count one leg in sports on foot.
    StridePerMinute = 46,
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
            Self::Fahrenheit => "[degF]",
            Self::Kelvin => "K",
            Self::Mile => "[mi_i]",
            Self::Yard => "[yd_i]",
            Self::Foot => "[ft_i]",
            Self::Inch => "[in_i]",
            Self::Kilometre => "km",
            Self::Stone => "[stone_av]",
            Self::Joule => "J",
            Self::Hour => "h",
            Self::MetrePerSecond => "m/s",
            Self::MillimetrePerSecond => "mm/s",
            Self::KilometrePerHour => "km/h",
            Self::MilePerHour => "[mi_i]/h",
            Self::Degree => "deg",
            Self::Watt => "W",
            Self::Litre => "L",
            Self::Millilitre => "mL",
            Self::FluidOunceUs => "[foz_us]",
            Self::Kilopascal => "kPa",
            Self::InternationalUnit => "[IU]",
            Self::Milligram => "mg",
            Self::Microgram => "ug",
            Self::Ounce => "[oz_av]",
            Self::StridePerMinute => "{stride}/min",
        }
    }

    /// The unit with that UCUM code in which values of `metric` can be given. (`1` is a count or a fraction, as the metric
    /// has it.)
    pub fn of_ucum(code: &str, metric: crate::Metric) -> Option<Self> {
        ALL.iter().copied().find(|unit| unit.ucum() == code && unit.convert(1.0, metric.unit()).is_some())
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
        match (self, to) {
            (Self::Fahrenheit, Self::Celsius) => return Some(round12((value - 32.0) * 5.0 / 9.0)),
            (Self::Celsius, Self::Fahrenheit) => return Some(round12(value * 9.0 / 5.0 + 32.0)),
            _ => {}
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
            Self::StridePerMinute => (4, 2.0, 1.0),
            Self::MillimetreOfMercury => (5, 1.0, 1.0),
            Self::Count => (6, 1.0, 1.0),
            Self::Kilojoule => (7, 1.0, 1.0),
            Self::Kilocalorie => (7, 4.184, 1.0),
            Self::Millisecond => (8, 1.0, 1.0),
            Self::Second => (8, 1000.0, 1.0),
            Self::Minute => (8, 60_000.0, 1.0),
            // The way between these two is no factor: `convert` knows it.
            Self::Celsius | Self::Fahrenheit => (9, 1.0, 1.0),
            Self::KilogramPerSquareMetre => (10, 1.0, 1.0),
            Self::MilligramPerDecilitre => (11, 1.0, 1.0),
            Self::MillimolePerLitre => (11, 18.0156, 1.0),
            Self::MillilitrePerKilogramMinute => (12, 1.0, 1.0),
            Self::Kelvin => (13, 1.0, 1.0),
            Self::Mile => (2, 1_609_344.0, 1.0),
            Self::Yard => (2, 914.4, 1.0),
            Self::Foot => (2, 304.8, 1.0),
            Self::Inch => (2, 25.4, 1.0),
            Self::Kilometre => (2, 1_000_000.0, 1.0),
            Self::Stone => (1, 6_350.293_18, 1.0),
            Self::Joule => (7, 1.0, 1000.0),
            Self::Hour => (8, 3_600_000.0, 1.0),
            Self::MetrePerSecond => (14, 1000.0, 1.0),
            Self::MillimetrePerSecond => (14, 1.0, 1.0),
            Self::KilometrePerHour => (14, 1_000_000.0, 3600.0),
            Self::MilePerHour => (14, 1_609_344.0, 3600.0),
            Self::Degree => (15, 1.0, 1.0),
            Self::Watt => (16, 1.0, 1.0),
            Self::Litre => (17, 1000.0, 1.0),
            Self::Millilitre => (17, 1.0, 1.0),
            Self::FluidOunceUs => (17, 29.573_529_562_5, 1.0),
            Self::Kilopascal => (5, 1000.0, 133.322_387_415),
            Self::InternationalUnit => (18, 1.0, 1.0),
            Self::Milligram => (1, 1.0, 1000.0),
            Self::Microgram => (1, 1.0, 1_000_000.0),
            Self::Ounce => (1, 28.349_523_125, 1.0),
        }
    }
}

const ALL: [Unit; 46] = [
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
    Unit::Fahrenheit,
    Unit::Kelvin,
    Unit::Mile,
    Unit::Yard,
    Unit::Foot,
    Unit::Inch,
    Unit::Kilometre,
    Unit::Stone,
    Unit::Joule,
    Unit::Hour,
    Unit::MetrePerSecond,
    Unit::MillimetrePerSecond,
    Unit::KilometrePerHour,
    Unit::MilePerHour,
    Unit::Degree,
    Unit::Watt,
    Unit::Litre,
    Unit::Millilitre,
    Unit::FluidOunceUs,
    Unit::Kilopascal,
    Unit::InternationalUnit,
    Unit::Milligram,
    Unit::Microgram,
    Unit::Ounce,
    Unit::StridePerMinute,
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
        assert_eq!(Unit::Fahrenheit.convert(98.6, Unit::Celsius), Some(37.0));
        assert_eq!(Unit::Celsius.convert(-40.0, Unit::Fahrenheit), Some(-40.0));
        assert_eq!(Unit::Kelvin.convert(1.0, Unit::Celsius), None);
        assert_eq!(Unit::Mile.convert(26.0, Unit::Metre), Some(41_842.944));
        assert_eq!(Unit::Foot.convert(5.0, Unit::Millimetre), Some(1524.0));
        assert_eq!(Unit::Stone.convert(10.0, Unit::Pound), Some(140.0));
        assert_eq!(Unit::Joule.convert(9630.0, Unit::Kilojoule), Some(9.63));
        assert_eq!(Unit::KilometrePerHour.convert(36.0, Unit::MetrePerSecond), Some(10.0));
        assert_eq!(Unit::Litre.convert(0.3, Unit::Millilitre), Some(300.0));
        assert_eq!(Unit::Kilopascal.convert(13.332_238_741_5, Unit::MillimetreOfMercury), Some(100.0));
        assert_eq!(Unit::Ounce.convert(16.0, Unit::Pound), Some(1.0));
        assert_eq!(Unit::StridePerMinute.convert(82.5, Unit::PerMinute), Some(165.0));
        assert_eq!(Unit::Kilogram.convert(1.0, Unit::Metre), None);
        assert_eq!(Unit::Count.convert(9312.0, Unit::Count), Some(9312.0));
    }

    #[test]
    fn codes_are_read_as_the_metric_has_it() {
        use crate::Metric;
        assert_eq!(Unit::of_ucum("1", Metric::Steps), Some(Unit::Count));
        assert_eq!(Unit::of_ucum("1", Metric::BloodOxygen), Some(Unit::Fraction));
        assert_eq!(Unit::of_ucum("mmol/L", Metric::BloodGlucose), Some(Unit::MillimolePerLitre));
        assert_eq!(Unit::of_ucum("kg", Metric::Steps), None);
        assert_eq!(Unit::of_ucum("", Metric::Steps), None);
    }

    #[test]
    fn stored_numbers_are_unique() {
        for unit in ALL {
            assert_eq!(Unit::from_number(unit.number()), Some(unit));
        }
        assert_eq!(Unit::from_number(0), None);
    }
}

//! A `Record` element: its attributes become a row, its metadata are added, then it is told or held.

use std::collections::HashMap;

use hilum_model::{Metric, Offset, Time, Unit};

use super::types::{Half, Nutrient, What, what};
use super::values;
use crate::error::FileError;
use crate::xml::Tag;

/// Sources that an export may name; a household's devices and apps are some dozens.
const SOURCES: usize = 2_000;
/// Characters of a source's name that are kept.
const SOURCE: usize = 200;

/// The names of devices and apps, each once.
#[derive(Debug, Default)]
pub(super) struct Sources {
    names: Vec<String>,
    by_name: HashMap<String, u32>,
    /// The last name as written: most records have the same source as the one before.
    last: Option<(String, u32)>,
}

impl Sources {
    /// The number of a name as written in `tag`; names are numbered as they come.
    pub(super) fn number(&mut self, tag: &Tag<'_>, raw: &str) -> Result<u32, FileError> {
        if let Some((last, number)) = &self.last
            && last == raw
        {
            return Ok(*number);
        }
        let name = tag.unescape(raw)?;
        let name = name.char_indices().nth(SOURCE).map_or(&*name, |(end, _)| &name[..end]);
        let number = if let Some(number) = self.by_name.get(name) {
            *number
        } else {
            if self.names.len() >= SOURCES {
                return Err(FileError::TooMany { what: "sources", limit: SOURCES as u64 });
            }
            let number = self.names.len() as u32;
            self.names.push(name.to_owned());
            self.by_name.insert(name.to_owned(), number);
            number
        };
        self.last = Some((raw.to_owned(), number));
        Ok(number)
    }
    /// The name; empty where a record had none.
    pub(super) fn name(&self, number: u32) -> &str {
        self.names.get(number as usize).map_or("", String::as_str)
    }
    /// The name, if there is one.
    pub(super) fn device(&self, number: u32) -> Option<String> {
        Some(self.name(number)).filter(|name| !name.is_empty()).map(str::to_owned)
    }
    /// All names from that number on.
    pub(super) fn since(&self, number: usize) -> &[String] {
        self.names.get(number..).unwrap_or_default()
    }
}

/// What a row of a night says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Night {
    InBed,
    Asleep,
    Light,
    Deep,
    Rem,
    Awake,
}

/// What a row says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Says {
    /// A sample: metric, the word that tells its series apart, value and unit as received.
    Sample(Metric, Option<&'static str>, f64, Unit),
    /// A reading, likewise.
    Reading(Metric, Option<&'static str>, f64, Unit),
    /// The day's resting heart rate, /min.
    Resting(f64),
    /// Half of a blood pressure, mm\[Hg\].
    Pressure(Half, f64),
    /// A nutrient in kcal, g or mg, as it says.
    Nutrient(Nutrient, f64),
    /// A stretch of a night.
    Night(Night),
    /// A time of mindfulness.
    Mindful,
}

/// A `Record`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    pub says: Says,
    pub source: u32,
    pub start: Time,
    pub end: Time,
    pub offset: Offset,
    /// Typed in by hand.
    pub manual: bool,
}

/// Why an element is not a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoRow {
    Unknown(String),
    Rejected(String),
}

/// Reads rows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub sources: Sources,
    /// The last type: records of one type stand together.
    last: Option<(String, What)>,
}

/// The attributes of a `Record` or `Correlation` that matter, as written.
#[derive(Debug, Default)]
pub(super) struct Fields<'a> {
    pub kind: &'a str,
    pub unit: &'a str,
    pub value: &'a str,
    pub source: Option<&'a str>,
    pub start: &'a str,
    pub end: &'a str,
}

impl<'a> Fields<'a> {
    pub(super) fn of(tag: &'a Tag<'_>) -> Self {
        let mut fields = Self::default();
        for (name, raw) in tag.attributes() {
            match name {
                "type" => fields.kind = raw,
                "unit" => fields.unit = raw,
                "value" => fields.value = raw,
                "sourceName" => fields.source = Some(raw),
                // Exports of iOS 8 called it so.
                "source" if fields.source.is_none() => fields.source = Some(raw),
                "startDate" => fields.start = raw,
                "endDate" => fields.end = raw,
                _ => {}
            }
        }
        fields
    }

    /// Start, end and the offset written at the start.
    pub(super) fn times(&self) -> Option<(Time, Time, Offset)> {
        let (start, offset) = values::time(self.start)?;
        let end = match self.end {
            "" => start,
            same if same == self.start => start,
            end => values::time(end)?.0,
        };
        Some((start, end, offset))
    }
}

impl Rows {
    /// Reads a `Record`; `source` is that of the element around it, if it has none of its own.
    pub(super) fn read(&mut self, tag: &Tag<'_>, source: Option<u32>) -> Result<Result<Row, NoRow>, FileError> {
        let fields = Fields::of(tag);
        let what = match &self.last {
            Some((last, what)) if last == fields.kind => *what,
            _ => {
                let what = what(fields.kind);
                self.last = Some((fields.kind.to_owned(), what));
                what
            }
        };
        if what == What::Unknown {
            return Ok(Err(NoRow::Unknown(tag.unescape(fields.kind)?.into_owned())));
        }
        let source = match (fields.source, source) {
            (Some(raw), _) => self.sources.number(tag, raw)?,
            (None, Some(source)) => source,
            (None, None) => self.sources.number(tag, "")?,
        };
        let Some((start, end, offset)) = fields.times() else { return rejected(tag, &fields, "times") };
        let unit = tag.unescape(fields.unit)?;
        let Some(says) = says(what, fields.value, &unit) else { return rejected(tag, &fields, "value or unit") };
        if end < start {
            return rejected(tag, &fields, "end before its start");
        }
        Ok(Ok(Row { says, source, start, end, offset, manual: false }))
    }
}

fn rejected(tag: &Tag<'_>, fields: &Fields<'_>, what: &str) -> Result<Result<Row, NoRow>, FileError> {
    // An entity of the file's own is no bad value but a reason to stop.
    for raw in [fields.value, fields.unit, fields.start, fields.end] {
        tag.unescape(raw)?;
    }
    Ok(Err(NoRow::Rejected(format!("{}: {what} not understood", tag.unescape(fields.kind)?))))
}

fn says(what: What, value: &str, unit_text: &str) -> Option<Says> {
    let received = |metric: Metric| {
        let (value, unit) = (values::value(value)?, values::unit(unit_text, metric)?);
        unit.convert(value, metric.unit()).is_some_and(f64::is_finite).then_some((value, unit))
    };
    let fixed = |unit| values::convert(value, unit_text, unit);
    match what {
        What::Sample(metric, word) => received(metric).map(|(value, unit)| Says::Sample(metric, word, value, unit)),
        What::Reading(metric, word) => received(metric).map(|(value, unit)| Says::Reading(metric, word, value, unit)),
        What::Resting => fixed(Unit::PerMinute).map(Says::Resting),
        What::Pressure(half) => fixed(Unit::MillimetreOfMercury).map(|value| Says::Pressure(half, value)),
        What::Nutrient(nutrient) => fixed(nutrient_unit(nutrient)).map(|value| Says::Nutrient(nutrient, value)),
        What::Sleep => night(value).map(Says::Night),
        What::Mindful => Some(Says::Mindful),
        What::Unknown => None,
    }
}

/// The unit in which a meal tells a nutrient.
fn nutrient_unit(nutrient: Nutrient) -> Unit {
    match nutrient {
        n if n.is_energy() => Unit::Kilocalorie,
        n if n.in_grams() => Unit::Gram,
        _ => Unit::Milligram,
    }
}

/// The values of sleep rows. Until iOS 15 there were `InBed`, `Asleep` and `Awake` only.
fn night(value: &str) -> Option<Night> {
    Some(match value.strip_prefix("HKCategoryValueSleepAnalysis")? {
        "InBed" => Night::InBed,
        "Asleep" | "AsleepUnspecified" => Night::Asleep,
        "AsleepCore" => Night::Light,
        "AsleepDeep" => Night::Deep,
        "AsleepREM" => Night::Rem,
        "Awake" => Night::Awake,
        _ => return None,
    })
}

impl Row {
    /// Adds a `MetadataEntry`.
    pub(super) fn metadata(&mut self, tag: &Tag<'_>) -> Result<(), FileError> {
        let (Some(key), Some(value)) = (tag.get("key")?, tag.get("value")?) else { return Ok(()) };
        match (&*key, &mut self.says) {
            ("HKTimeZone", _) => self.zone(&value),
            ("HKWasUserEntered", _) => self.manual = &*value == "1",
            ("HKMetadataKeyHeartRateMotionContext", Says::Sample(Metric::HeartRate, word, ..)) => {
                *word = one_of(&value, "sedentary", "active");
            }
            ("HKInsulinDeliveryReason", Says::Sample(Metric::InsulinDose, word, ..)) => {
                *word = one_of(&value, "basal", "bolus");
            }
            ("HKBloodGlucoseMealTime", Says::Reading(Metric::BloodGlucose, word, ..)) => {
                *word = one_of(&value, "before_meal", "after_meal");
            }
            _ => {}
        }
        Ok(())
    }

    /// The zone of recording says more than the offset that the phone had at the time of the export.
    fn zone(&mut self, zone: &str) {
        if let Some(offset) = Offset::of_zone(zone, self.start) {
            self.offset = offset;
        }
    }
}

/// The word for Apple's numbers 1 and 2.
fn one_of(number: &str, one: &'static str, two: &'static str) -> Option<&'static str> {
    match number {
        "1" => Some(one),
        "2" => Some(two),
        _ => None,
    }
}

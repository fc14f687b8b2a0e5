//! A data message: fields found by number, values read by their types.
//!
//! Source: <https://developer.garmin.com/fit/protocol/>, "Base types" and "Developer data fields".

/// Smaller "times" count from when the device was switched on: no time at all.
pub(super) const LEAST_TIME: u32 = 0x1000_0000;

#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) number: u8,
    pub(super) size: u8,
    /// Base type; for a developer field the index of its developer.
    pub(super) base: u8,
}

#[derive(Debug, Default)]
pub(super) struct Definition {
    pub(super) big_endian: bool,
    pub(super) global: u16,
    pub(super) fields: Vec<Field>,
    pub(super) developer: Vec<Field>,
    pub(super) size: usize,
}

/// What a `field_description` message says of a developer's field.
#[derive(Debug)]
pub(super) struct DeveloperField {
    index: u8,
    number: u8,
    base: u8,
    scale: f64,
    offset: f64,
    units: String,
    /// The message and field of the protocol's own that this one stands for.
    native: Option<(u16, u8)>,
}

/// A field with the way from its number to its unit: value = number / scale - offset.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure {
    pub(super) field: u8,
    pub(super) scale: f64,
    pub(super) offset: f64,
    /// What a developer's field that stands for this one may call the unit, in lower case.
    pub(super) units: &'static [&'static str],
}

/// A data message.
#[derive(Debug)]
pub(super) struct Message<'m> {
    pub(super) definition: &'m Definition,
    pub(super) payload: &'m [u8],
    pub(super) developer: &'m [DeveloperField],
    pub(super) time: Option<u32>,
}

impl Message<'_> {
    /// The message's number in the profile.
    pub(super) const fn global(&self) -> u16 {
        self.definition.global
    }

    /// Its own time, by whichever of the three ways the protocol tells it; seconds of the protocol's time.
    pub(super) fn time(&self) -> Option<u32> {
        self.time.filter(|t| *t >= LEAST_TIME)
    }

    /// The bytes of a field and its base type.
    pub(super) fn field(&self, number: u8) -> Option<(u8, &[u8])> {
        let mut at = 0;
        for field in &self.definition.fields {
            let size = usize::from(field.size);
            if field.number == number {
                return Some((field.base, self.payload.get(at..at + size)?));
            }
            at += size;
        }
        None
    }

    /// The first element of a field; `None` where the field is not there or holds its type's "no value".
    pub(super) fn number(&self, number: u8) -> Option<f64> {
        let (base, bytes) = self.field(number)?;
        element(base, bytes, self.definition.big_endian)
    }

    /// A field's first element as a whole number.
    pub(super) fn integer(&self, number: u8) -> Option<u32> {
        let value = self.number(number)?;
        (value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&value)).then_some(value as u32)
    }

    /// A text, up to its end mark.
    pub(super) fn text(&self, number: u8) -> Option<String> {
        let (base, bytes) = self.field(number)?;
        if base & 31 != 7 {
            return None;
        }
        let text = bytes.split(|b| *b == 0).next().unwrap_or_default();
        let text = String::from_utf8_lossy(text);
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// A quantity in the unit of its measure. A developer's field that is described as standing for this one comes
    /// before it, if its unit is one of the measure's.
    pub(super) fn measure(&self, measure: &Measure) -> Option<f64> {
        let own = self.number(measure.field).map(|n| (n - measure.offset * measure.scale) / measure.scale);
        self.overriding(measure).or(own).filter(|v| v.is_finite())
    }

    fn overriding(&self, measure: &Measure) -> Option<f64> {
        let mut at: usize = self.definition.fields.iter().map(|f| usize::from(f.size)).sum();
        for field in &self.definition.developer {
            let bytes = self.payload.get(at..at + usize::from(field.size))?;
            at += bytes.len();
            // The latest description counts: an index may be described anew.
            let described = self.developer.iter().rev().find(|d| d.index == field.base && d.number == field.number);
            if let Some(d) = described
                && d.native == Some((self.definition.global, measure.field))
                && measure.units.contains(&d.units.as_str())
                && let Some(n) = element(d.base, bytes, self.definition.big_endian)
            {
                return Some((n - d.offset * d.scale) / d.scale);
            }
        }
        None
    }
}

impl DeveloperField {
    /// Fields of `field_description`: 0 developer's index, 1 number, 2 base type, 6 scale, 7 offset, 8 units,
    /// 14 and 15 the message and field that it stands for.
    pub(super) fn read(message: &Message<'_>) -> Option<Self> {
        let byte = |field| message.integer(field).and_then(|v| u8::try_from(v).ok());
        let native = message.integer(14).and_then(|v| u16::try_from(v).ok()).zip(byte(15));
        Some(Self {
            index: byte(0)?,
            number: byte(1)?,
            base: byte(2)?,
            scale: message.number(6).filter(|s| *s != 0.0).unwrap_or(1.0),
            offset: message.number(7).unwrap_or(0.0),
            units: message.text(8).unwrap_or_default().to_lowercase(),
            native,
        })
    }
}

/// The first element of a field's bytes as a number. Whole numbers beyond 2^53 lose their last digits; nothing that is
/// read here is that large.
fn element(base: u8, bytes: &[u8], big_endian: bool) -> Option<f64> {
    let size = match base & 31 {
        0..=2 | 10 | 13 => 1,
        3 | 4 | 11 => 2,
        5 | 6 | 8 | 12 => 4,
        9 | 14..=16 => 8,
        _ => return None,
    };
    // A field whose size is no multiple of its type's is bytes without a meaning.
    if !bytes.len().is_multiple_of(size) {
        return None;
    }
    let bytes = bytes.get(..size)?;
    let join = |n: u64, b: &u8| n << 8 | u64::from(*b);
    let raw = if big_endian { bytes.iter().fold(0, join) } else { bytes.iter().rev().fold(0, join) };
    let bits = 8 * size as u32;
    let ones = u64::MAX >> (64 - bits);
    let invalid = match base & 31 {
        1 | 3 | 5 | 14 => ones >> 1,
        10 | 11 | 12 | 16 => 0,
        _ => ones,
    };
    if raw == invalid {
        return None;
    }
    let value = match base & 31 {
        1 | 3 | 5 | 14 => (((raw << (64 - bits)) as i64) >> (64 - bits)) as f64,
        8 => f64::from(f32::from_bits(raw as u32)),
        9 => f64::from_bits(raw),
        _ => raw as f64,
    };
    value.is_finite().then_some(value)
}

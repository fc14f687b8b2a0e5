//! Records of one file: definitions, data messages and their times.
//!
//! Source: <https://developer.garmin.com/fit/protocol/>. Nothing allocates by a number that the file states: a definition
//! has at most 255 fields of either kind, and of developers' fields [`DEVELOPER_FIELDS`] are remembered.

use super::chain::{File, Flaw};
use super::message::{Definition, DeveloperField, Field, Message};
use crate::error::FileError;

/// What the protocol's time counts from: 1989-12-31T00:00:00Z, in seconds of Unix time.
pub(super) const EPOCH_UNIX_S: i64 = 631_065_600;
/// The field of every message that holds its time.
pub(super) const TIMESTAMP: u8 = 253;
/// Descriptions of developer fields that are kept for one file; later ones are not understood.
const DEVELOPER_FIELDS: usize = 256;

const FIELD_DESCRIPTION: u16 = 206;
const MONITORING: u16 = 55;
/// The lower half of a monitoring message's time.
const TIMESTAMP_16: u8 = 26;

/// The messages of one file.
#[derive(Debug)]
pub(super) struct Messages<'a> {
    data: &'a [u8],
    begins: usize,
    at: usize,
    definitions: [Option<Definition>; 16],
    developer: Vec<DeveloperField>,
    time: Option<u32>,
    /// Why reading stopped before the end of the data.
    flaw: Option<Flaw>,
}

impl<'a> Messages<'a> {
    pub(super) fn new(file: File<'a>) -> Self {
        Self {
            data: file.data,
            begins: file.begins,
            at: 0,
            definitions: Default::default(),
            developer: Vec::new(),
            time: None,
            flaw: (!file.complete).then_some(Flaw::Truncated),
        }
    }

    /// Why the messages ended where they did; nothing when the file was whole and sound.
    pub(super) fn ended(&self) -> Result<(), FileError> {
        self.flaw.map_or(Ok(()), |flaw| Err(flaw.error(self.begins + self.at)))
    }

    /// The next data message. `None` at the end, or where the file can not be read on (see [`Self::ended`]).
    pub(super) fn next(&mut self) -> Option<Message<'_>> {
        let (local, time) = self.advance()?;
        Some(Message { time, ..self.message(local)? })
    }

    /// Goes behind the next data message that is no description: its local type and time.
    fn advance(&mut self) -> Option<(u8, Option<u32>)> {
        loop {
            let header = *self.data.get(self.at)?;
            self.at += 1;
            if header & 0x80 == 0 && header & 0x40 != 0 {
                let Some(definition) = self.definition(header & 0x20 != 0) else {
                    return self.broken();
                };
                self.definitions[usize::from(header & 15)] = Some(definition);
                continue;
            }
            let local = if header & 0x80 == 0 { header & 15 } else { header >> 5 & 3 };
            let size = self.definitions[usize::from(local)].as_ref().map(|d| d.size);
            let Some(end) = size.map(|size| self.at + size).filter(|end| *end <= self.data.len()) else {
                return self.broken();
            };
            self.at = end;
            let message = self.message(local)?;
            if message.global() == FIELD_DESCRIPTION {
                let described = DeveloperField::read(&message);
                if self.developer.len() < DEVELOPER_FIELDS {
                    self.developer.extend(described);
                }
                continue;
            }
            let time = if let Some(time) = message.integer(TIMESTAMP) {
                Some(time)
            } else if header & 0x80 != 0 {
                let offset = u32::from(header & 31);
                self.time.map(|t| t.wrapping_add(offset.wrapping_sub(t) & 31))
            } else if message.global() == MONITORING
                && let Some(low) = message.integer(TIMESTAMP_16)
            {
                self.time.map(|t| t.wrapping_add(low.wrapping_sub(t) & 0xFFFF))
            } else {
                None
            };
            self.time = time.or(self.time);
            return Some((local, time));
        }
    }

    /// The message that ends where reading stands.
    fn message(&self, local: u8) -> Option<Message<'_>> {
        let definition = self.definitions[usize::from(local)].as_ref()?;
        let payload = self.data.get(self.at.checked_sub(definition.size)?..self.at)?;
        Some(Message { definition, payload, developer: &self.developer, time: None })
    }

    fn broken<T>(&mut self) -> Option<T> {
        self.flaw.get_or_insert(Flaw::Malformed);
        None
    }

    fn definition(&mut self, with_developer: bool) -> Option<Definition> {
        let head = self.data.get(self.at..self.at + 5)?;
        let big_endian = match head[1] {
            0 => false,
            1 => true,
            _ => return None,
        };
        let number = [head[2], head[3]];
        let global = if big_endian { u16::from_be_bytes(number) } else { u16::from_le_bytes(number) };
        self.at += 5;
        let fields = self.fields(head[4])?;
        let developer = if with_developer {
            let count = *self.data.get(self.at)?;
            self.at += 1;
            self.fields(count)?
        } else {
            Vec::new()
        };
        let size = fields.iter().chain(&developer).map(|f| usize::from(f.size)).sum();
        Some(Definition { big_endian, global, fields, developer, size })
    }

    fn fields(&mut self, count: u8) -> Option<Vec<Field>> {
        let bytes = self.data.get(self.at..self.at + usize::from(count) * 3)?;
        self.at += bytes.len();
        Some(bytes.chunks_exact(3).map(|f| Field { number: f[0], size: f[1], base: f[2] }).collect())
    }
}

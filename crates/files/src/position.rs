//! Where a reading stands.

use std::fmt;
use std::str::FromStr;

/// A place in a file: everything before it is delivered. Opaque; its text form may be kept to go on after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Bytes of the file, to notice when another one is offered.
    pub(crate) total: u64,
    /// Member of an archive; 0 for a plain file. The format says in which order.
    pub(crate) member: u32,
    /// Offset in the (decompressed) member, or what else the format counts.
    pub(crate) offset: u64,
    /// Where things began that are still held back at `offset` (rows of a night); not above `offset`.
    pub(crate) held: u64,
}

impl Position {
    /// The beginning of a file of that many bytes.
    pub(crate) const fn start(total: u64) -> Self {
        Self { total, member: 0, offset: 0, held: 0 }
    }

    /// Whether it is the beginning: nothing can be passed over.
    pub const fn is_start(&self) -> bool {
        self.member == 0 && self.offset == 0
    }
}

/// A text that is no position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a position in a file")]
pub struct ParsePositionError;

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}.{}.{}.{}", self.total, self.member, self.offset, self.held)
    }
}

impl FromStr for Position {
    type Err = ParsePositionError;
    fn from_str(text: &str) -> Result<Self, ParsePositionError> {
        let numbers: Vec<u64> =
            text.split('.').map(str::parse).collect::<Result<_, _>>().map_err(|_| ParsePositionError)?;
        let [1, total, member, offset, held] = numbers[..] else { return Err(ParsePositionError) };
        let member = u32::try_from(member).map_err(|_| ParsePositionError)?;
        if held > offset { Err(ParsePositionError) } else { Ok(Self { total, member, offset, held }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form() {
        let position = Position { total: 9, member: 2, offset: 7, held: 3 };
        assert_eq!(position.to_string().parse(), Ok(position));
        for bad in ["", "1", "2.9.2.7.3", "1.9.2.7", "1.9.2.7.8", "1.9.4294967296.7.3", "1.9.2.-7.3", "1.9.2.7.3.1"] {
            assert_eq!(bad.parse::<Position>(), Err(ParsePositionError), "{bad}");
        }
    }
}

//! Apple Health exports.

use crate::error::FileError;
use crate::input::Metered;
use crate::limits::Limits;
use crate::out::Out;
use crate::position::Position;
use crate::xml::{Node, Xml};

/// The root element of an export.
pub(crate) const ROOT: &str = "HealthData";

pub(crate) fn read_xml(
    input: Metered<'_>,
    limits: &Limits,
    _from: Position,
    out: &mut Out<'_>,
) -> Result<(), FileError> {
    let mut xml = Xml::new(input, limits)?;
    loop {
        match xml.next()? {
            Node::Eof => return Ok(()),
            Node::Start(tag) | Node::Empty(tag) => out.unknown(tag.name()),
            _ => {}
        }
    }
}

pub(crate) fn read_archive(
    _input: Metered<'_>,
    _limits: &Limits,
    _from: Position,
    _out: &mut Out<'_>,
) -> Result<(), FileError> {
    Ok(())
}

//! A document as a walk: every element is opened, closed with its text, and knows where it stands.

use std::io::Read;

use crate::error::FileError;
use crate::limits::Limits;
use crate::xml::{Node, Tag, Xml};

/// Bytes of an element's text that are kept; names and numbers are shorter.
const TEXT: usize = 4096;

/// What goes over a document.
pub(crate) trait Visitor {
    /// An element begins. `path` ends with its name, without a prefix.
    fn open(&mut self, path: &[String], tag: &Tag<'_>) -> Result<(), FileError>;
    /// An element ends. `text` is its own text, trimmed, without that of elements inside.
    fn close(&mut self, path: &[String], text: &str) -> Result<(), FileError>;
}

/// Goes over a document from its beginning.
pub(crate) fn walk(input: impl Read, limits: &Limits, visitor: &mut dyn Visitor) -> Result<(), FileError> {
    let mut xml = Xml::new(input, limits)?;
    let mut path: Vec<String> = Vec::new();
    let mut text = String::new();
    loop {
        match xml.next()? {
            Node::Start(tag) => {
                path.push(tag.name().to_owned());
                text.clear();
                visitor.open(&path, &tag)?;
            }
            Node::Empty(tag) => {
                path.push(tag.name().to_owned());
                visitor.open(&path, &tag)?;
                visitor.close(&path, "")?;
                path.pop();
            }
            Node::Text(piece) => {
                if text.len() + piece.len() <= TEXT {
                    text.push_str(&piece);
                }
            }
            Node::End(_) => {
                visitor.close(&path, text.trim())?;
                path.pop();
                text.clear();
            }
            Node::Other => {}
            Node::Eof => return Ok(()),
        }
    }
}

/// Reads a time as XML Schema writes it; without a zone it is UTC, as GPX and TCX say.
pub(crate) fn time(text: &str) -> Option<(hilum_model::Time, Option<hilum_model::Offset>)> {
    use hilum_model::{Offset, Time};
    match Time::parse_rfc3339(text) {
        // "Z" says nothing about local time.
        Ok((time, Offset(0))) => Some((time, None)),
        Ok((time, offset)) => Some((time, Some(offset))),
        Err(_) => Time::parse_rfc3339(&format!("{text}Z")).ok().map(|(time, _)| (time, None)),
    }
}

/// Reads a finite number.
pub(crate) fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|n: &f64| n.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hilum_model::Offset;

    #[test]
    fn times() {
        let told = |text| time(text).map(|(t, o)| (t.to_iso(), o));
        let noon = "2026-03-04T12:00:00.000Z".to_owned();
        assert_eq!(told("2026-03-04T12:00:00Z"), Some((noon.clone(), None)));
        assert_eq!(told("2026-03-04T12:00:00"), Some((noon.clone(), None)));
        assert_eq!(told("2026-03-04T13:00:00.000+01:00"), Some((noon, Some(Offset(60)))));
        assert_eq!(told("yesterday"), None);
        assert_eq!((number("1.5"), number("NaN"), number("")), (Some(1.5), None, None));
    }
}

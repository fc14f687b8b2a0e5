//! JSON documents that are long lists: one element at a time, bounded.

use std::io::{BufRead, BufReader, Read};

use serde_json::Value;

use crate::error::FileError;
use crate::limits::Limits;

/// Bytes of one element. A night with its timeline has some ten thousand; parsed, an element takes some thirty times as
/// much.
pub(crate) const ELEMENT: usize = 256 << 10;

/// Goes over the elements of a document that is a list, or of the lists in a document that is an object; what else such
/// an object has is handed over as it is. `each` gets the name of the object's member (empty for a list) and the element.
pub(crate) fn elements(
    input: impl Read,
    limits: &Limits,
    each: &mut dyn FnMut(&str, Value) -> Result<(), FileError>,
) -> Result<(), FileError> {
    let mut input =
        Scanner { input: BufReader::with_capacity(1 << 16, input), at: 0, limit: limits.element.min(ELEMENT) };
    match input.token()? {
        b'[' => input.list("", each)?,
        b'{' => {
            let mut next = input.token()?;
            while next != b'}' {
                let Value::String(name) = input.value(next)? else {
                    return Err(input.damaged());
                };
                if input.token()? != b':' {
                    return Err(input.damaged());
                }
                match input.token()? {
                    b'[' => input.list(&name, each)?,
                    first => {
                        let value = input.value(first)?;
                        each(&name, value)?;
                    }
                }
                next = input.separator(b'}')?;
            }
        }
        _ => return Err(input.damaged()),
    }
    Ok(())
}

/// A finite number, also where it is written as a text.
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|n: &f64| n.is_finite())
}

/// A member that is a number from zero on.
pub(crate) fn amount(item: &Value, name: &str) -> Option<f64> {
    number(item.get(name)?).filter(|n| *n >= 0.0)
}

/// A member that is a number above zero.
pub(crate) fn positive(item: &Value, name: &str) -> Option<f64> {
    number(item.get(name)?).filter(|n| *n > 0.0)
}

/// A member that is a text which is not blank.
pub(crate) fn text<'v>(item: &'v Value, name: &str) -> Option<&'v str> {
    item.get(name)?.as_str().map(str::trim).filter(|t| !t.is_empty())
}

/// A member that identifies something: a text, or a whole number to its last digit.
pub(crate) fn id(item: &Value, name: &str) -> Option<String> {
    match item.get(name)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

struct Scanner<R> {
    input: BufReader<R>,
    at: u64,
    limit: usize,
}

impl<R: Read> Scanner<R> {
    fn damaged(&self) -> FileError {
        FileError::Malformed { what: "text that is not JSON", at: self.at }
    }

    fn list(
        &mut self,
        name: &str,
        each: &mut dyn FnMut(&str, Value) -> Result<(), FileError>,
    ) -> Result<(), FileError> {
        let mut next = self.token()?;
        while next != b']' {
            let value = self.value(next)?;
            each(name, value)?;
            next = self.separator(b']')?;
        }
        Ok(())
    }

    /// After an element: the end, or the first byte of the next one.
    fn separator(&mut self, end: u8) -> Result<u8, FileError> {
        match self.token()? {
            b',' => match self.token()? {
                b']' | b'}' => Err(self.damaged()),
                next => Ok(next),
            },
            byte if byte == end => Ok(end),
            _ => Err(self.damaged()),
        }
    }

    /// The next byte that is not blank; a byte order mark is blank too.
    fn token(&mut self) -> Result<u8, FileError> {
        loop {
            let byte = self.byte()?.ok_or(FileError::Truncated { at: self.at })?;
            let mark = self.at <= 3 && matches!(byte, 0xEF | 0xBB | 0xBF);
            if !mark && !byte.is_ascii_whitespace() {
                return Ok(byte);
            }
        }
    }

    /// A whole value that begins with `first`.
    fn value(&mut self, first: u8) -> Result<Value, FileError> {
        let mut raw = vec![first];
        let mut depth = usize::from(matches!(first, b'{' | b'['));
        let (mut quoted, mut escaped) = (first == b'"', false);
        let literal = depth == 0 && !quoted;
        while literal || depth > 0 || quoted {
            let Some(byte) = self.peek()? else {
                return Err(FileError::Truncated { at: self.at });
            };
            if literal && (byte.is_ascii_whitespace() || matches!(byte, b',' | b']' | b'}' | b':')) {
                break;
            }
            self.byte()?;
            raw.push(byte);
            if raw.len() > self.limit {
                return Err(FileError::TooLong { what: "element", limit: self.limit as u64 });
            }
            if quoted {
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' => escaped = true,
                    b'"' => quoted = false,
                    _ => {}
                }
            } else {
                match byte {
                    b'"' => quoted = true,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth = depth.saturating_sub(1),
                    _ => {}
                }
            }
        }
        serde_json::from_slice(&raw).map_err(|_| self.damaged())
    }

    fn peek(&mut self) -> Result<Option<u8>, FileError> {
        let at = self.at;
        let buffer = self.input.fill_buf().map_err(|error| FileError::from_io(error, at))?;
        Ok(buffer.first().copied())
    }

    fn byte(&mut self) -> Result<Option<u8>, FileError> {
        let byte = self.peek()?;
        if byte.is_some() {
            self.input.consume(1);
            self.at += 1;
        }
        Ok(byte)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn told(text: &str) -> (Vec<(String, Value)>, Result<(), FileError>) {
        let mut seen = Vec::new();
        let limits = Limits { element: 40, ..Limits::default() };
        let ended = elements(text.as_bytes(), &limits, &mut |name, value| {
            seen.push((name.to_owned(), value));
            Ok(())
        });
        (seen, ended)
    }

    #[test]
    fn lists_and_objects_of_lists() {
        let (seen, ended) = told("\u{feff}[ {\"a\":\"]\\\"}\"} ,1, null,[2]]");
        ended.expect("a list");
        let values: Vec<_> = seen.into_iter().map(|(_, v)| v).collect();
        assert_eq!(values, [json!({"a": "]\"}"}), json!(1), Value::Null, json!([2])]);
        let (seen, ended) = told("{\"a\":[1,2],\"b\":{\"c\":3},\"d\":[]}");
        ended.expect("an object");
        let named = |n: &str, v| (n.to_owned(), v);
        assert_eq!(seen, [named("a", json!(1)), named("a", json!(2)), named("b", json!({"c": 3}))]);
    }

    #[test]
    fn cuts_damage_and_bounds() {
        for cut in ["", "[", "[1", "[1,", "[{\"a\":", "{", "{\"a\"", "{\"a\":[1]", "[\"x"] {
            assert!(matches!(told(cut).1, Err(FileError::Truncated { .. })), "{cut}");
        }
        for bad in ["1", "[1 2]", "[1,]", "{1:2}", "{\"a\" 1}", "[tru]", "[01]", "{\"a\":1,}"] {
            assert!(matches!(told(bad).1, Err(FileError::Malformed { .. })), "{bad}");
        }
        let (seen, ended) = told(&format!("[1,\"{}\"]", "x".repeat(50)));
        assert!(matches!(ended, Err(FileError::TooLong { .. })) && seen.len() == 1);
        let deep = "[".repeat(39);
        assert!(told(&format!("[{deep}")).1.is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_no_panic(text in "[\\[\\]{}\",:0-9a-z \\\\]{0,60}") {
            let _ = told(&text);
        }
    }
}

//! Tables of text, as RFC 4180 and spreadsheets write them: one row at a time, bounded.
//!
//! The separator (comma, semicolon or tab) is the one that the first line has most of. Names of columns are compared
//! without case and surrounding blanks. Text that is not UTF-8 is read with replacement characters.

use std::io::{BufRead, BufReader, Read};

use crate::error::FileError;
use crate::limits::Limits;

/// Columns of one table; exports have some dozens.
const COLUMNS: usize = 1024;
const BOM: &str = "\u{feff}";

/// A table under way.
pub(crate) struct Table<R> {
    input: BufReader<R>,
    separator: u8,
    header: Vec<String>,
    cells: Vec<String>,
    line: u64,
    at: u64,
    limit: usize,
}

/// One row.
pub(crate) struct Row<'a> {
    header: &'a [String],
    cells: &'a [String],
    /// The line on which the row ends, from 1.
    pub(crate) line: u64,
}

impl Row<'_> {
    /// The cell of a column, trimmed; nothing if it is empty or there is no such column.
    pub(crate) fn get(&self, column: &str) -> Option<&str> {
        let at = self.header.iter().position(|name| name == column)?;
        self.cells.get(at).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
    }

    /// A finite number.
    pub(crate) fn number(&self, column: &str) -> Option<f64> {
        self.get(column)?.parse().ok().filter(|n: &f64| n.is_finite())
    }

    /// The cells with the names of their columns; those beyond the header are left out.
    pub(crate) fn cells(&self) -> impl Iterator<Item = (&str, &str)> {
        self.header.iter().zip(self.cells).map(|(name, cell)| (name.as_str(), cell.trim()))
    }

    /// Whether the row has as many cells as the header.
    pub(crate) fn is_whole(&self) -> bool {
        self.cells.len() == self.header.len()
    }
}

impl<R: Read> Table<R> {
    /// Reads the header.
    pub(crate) fn new(input: R, limits: &Limits) -> Result<Self, FileError> {
        let input = BufReader::with_capacity(1 << 16, input);
        let (header, cells) = (Vec::new(), Vec::new());
        let mut table = Self { input, separator: b',', header, cells, line: 0, at: 0, limit: limits.element };
        let first = table.input.fill_buf().map_err(|error| FileError::from_io(error, 0))?;
        table.separator = separator(first);
        if !table.read_row()? {
            return Err(FileError::Truncated { at: 0 });
        }
        table.header = std::mem::take(&mut table.cells);
        for name in &mut table.header {
            *name = name.trim_start_matches(BOM).trim().to_lowercase();
        }
        Ok(table)
    }

    /// The names of the columns, in lower case.
    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// The next row that is not empty.
    pub(crate) fn next(&mut self) -> Result<Option<Row<'_>>, FileError> {
        loop {
            if !self.read_row()? {
                return Ok(None);
            }
            if self.cells.iter().any(|cell| !cell.trim().is_empty()) {
                return Ok(Some(Row { header: &self.header, cells: &self.cells, line: self.line }));
            }
        }
    }

    /// Reads the cells of one row; `false` at the end.
    fn read_row(&mut self) -> Result<bool, FileError> {
        self.cells.clear();
        let mut cell = Vec::new();
        let mut length = 0;
        let (mut quoted, mut after_quote, mut any) = (false, false, false);
        loop {
            let Some(byte) = self.byte()? else {
                if quoted && !after_quote {
                    return Err(FileError::Truncated { at: self.at });
                }
                if any {
                    self.line += 1;
                    self.push(&mut cell)?;
                }
                return Ok(any);
            };
            any = true;
            length += 1;
            if length > self.limit {
                return Err(FileError::TooLong { what: "line", limit: self.limit as u64 });
            }
            if quoted && !after_quote {
                match byte {
                    b'"' => after_quote = true,
                    b'\n' => {
                        self.line += 1;
                        cell.push(byte);
                    }
                    _ => cell.push(byte),
                }
                continue;
            }
            match byte {
                // A quote within quotes is written twice.
                b'"' if after_quote => {
                    after_quote = false;
                    cell.push(byte);
                }
                b'"' if cell.is_empty() => quoted = true,
                b'\n' => {
                    self.line += 1;
                    if cell.last() == Some(&b'\r') {
                        cell.pop();
                    }
                    self.push(&mut cell)?;
                    return Ok(true);
                }
                _ if byte == self.separator => {
                    self.push(&mut cell)?;
                    (quoted, after_quote) = (false, false);
                }
                _ => cell.push(byte),
            }
        }
    }

    fn push(&mut self, cell: &mut Vec<u8>) -> Result<(), FileError> {
        if self.cells.len() >= COLUMNS {
            return Err(FileError::TooMany { what: "columns", limit: COLUMNS as u64 });
        }
        self.cells.push(String::from_utf8_lossy(cell).into_owned());
        cell.clear();
        Ok(())
    }

    fn byte(&mut self) -> Result<Option<u8>, FileError> {
        let at = self.at;
        let buffer = self.input.fill_buf().map_err(|error| FileError::from_io(error, at))?;
        let byte = buffer.first().copied();
        if byte.is_some() {
            self.input.consume(1);
            self.at += 1;
        }
        Ok(byte)
    }
}

/// The names of the columns in the first line of a file, in lower case.
pub(crate) fn header_of(head: &[u8]) -> Vec<String> {
    let Some(end) = memchr::memchr(b'\n', head).or((!head.is_empty()).then_some(head.len())) else { return Vec::new() };
    Table::new(&head[..end], &Limits::default()).map(|table| table.header).unwrap_or_default()
}

fn separator(first: &[u8]) -> u8 {
    let line = first.split(|b| *b == b'\n').next().unwrap_or_default();
    let count = |separator: u8| memchr::memchr_iter(separator, line).count();
    let (commas, semicolons, tabs) = (count(b','), count(b';'), count(b'\t'));
    if semicolons > commas && semicolons >= tabs {
        b';'
    } else if tabs > commas {
        b'\t'
    } else {
        b','
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<Vec<String>>, FileError> {
        let mut table = Table::new(text.as_bytes(), &Limits { element: 64, ..Limits::default() })?;
        let mut rows = vec![table.header().to_vec()];
        while let Some(row) = table.next()? {
            rows.push(row.cells.to_vec());
        }
        Ok(rows)
    }

    #[test]
    fn quotes_line_ends_and_separators() {
        let told = rows("\u{feff}A, b \r\n1,\"x, \"\"y\"\"\nz\"\r\n\r\n,\n2,").expect("a table");
        assert_eq!(told, [vec!["a", "b"], vec!["1", "x, \"y\"\nz"], vec!["2", ""]]);
        assert_eq!(rows("a;b;c\n1,5;2;3\n").expect("semicolons")[1], ["1,5", "2", "3"]);
        assert_eq!(rows("a\tb\n1\t2").expect("tabs")[1], ["1", "2"]);
        assert_eq!(header_of(b"Date,\"Weight (kg)\"\n2026"), ["date", "weight (kg)"]);
    }

    #[test]
    fn cells_by_name() {
        let mut table = Table::new("a,b,c\n 1.5 ,,x,beyond\n".as_bytes(), &Limits::default()).expect("a table");
        let row = table.next().expect("readable").expect("a row");
        assert_eq!((row.number("a"), row.get("b"), row.get("c"), row.get("d")), (Some(1.5), None, Some("x"), None));
        assert_eq!((row.number("c"), row.line, row.is_whole()), (None, 2, false));
        assert_eq!(row.cells().count(), 3);
    }

    #[test]
    fn bounds() {
        assert!(matches!(rows(""), Err(FileError::Truncated { at: 0 })));
        assert!(matches!(rows("a\n\"b"), Err(FileError::Truncated { at: 4 })));
        assert!(matches!(rows(&"x".repeat(65)), Err(FileError::TooLong { .. })));
        let many = ",".repeat(2000);
        let table = Table::new(many.as_bytes(), &Limits::default());
        assert!(matches!(table.map(|_| ()), Err(FileError::TooMany { .. })));
    }
}

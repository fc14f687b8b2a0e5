//! The input, and how much of it has been read.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

use crate::error::FileError;

/// What can be read as a file: a file on disk, or bytes in memory.
pub trait Input: Read + Seek {}

impl<T: Read + Seek> Input for T {}

/// Tells how much of the input has been read.
#[derive(Debug, Clone)]
pub(crate) struct Meter {
    read: Rc<Cell<u64>>,
    total: u64,
}

impl Meter {
    /// Bytes of the whole input.
    pub(crate) const fn total(&self) -> u64 {
        self.total
    }
    /// Bytes read so far, counted once each way; never above the total.
    pub(crate) fn read(&self) -> u64 {
        self.read.get().min(self.total)
    }
    /// Counts bytes as read that are passed over.
    pub(crate) fn skip(&self, bytes: u64) {
        self.read.set(self.read.get().saturating_add(bytes));
    }
}

/// An input that counts what is read from it.
pub(crate) struct Metered<'a> {
    inner: &'a mut dyn Input,
    meter: Meter,
}

impl<'a> Metered<'a> {
    /// Wraps an input, set to its start.
    pub(crate) fn new(inner: &'a mut dyn Input) -> Result<(Self, Meter), FileError> {
        let total = inner.seek(SeekFrom::End(0)).and_then(|total| inner.rewind().map(|()| total));
        let total = total.map_err(FileError::Io)?;
        let meter = Meter { read: Rc::new(Cell::new(0)), total };
        Ok((Self { inner, meter: meter.clone() }, meter))
    }
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.meter.skip(read as u64);
        Ok(read)
    }
}

impl Seek for Metered<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

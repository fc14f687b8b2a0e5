//! Chunks: up to a day's samples of one series, packed into a few bytes each.
//!
//! A [`Chunk`] is the decoded form, which samples are merged into. Its encoded form is read whole by
//! [`Chunk::decode`] or block by block by [`Reader`], so that a page decodes one or two blocks and not the day.
//! The samples of a chunk are sorted by start, then end (an instant before an interval of the same start), and no two
//! have both in common.
//!
//! # Format, version 1
//! One version byte; the number of samples; the number of blocks; for each block its count, its first start (less the
//! last of the block before), its last start (less its first), its latest update (less that of the block before) and
//! its length in bytes; then the blocks. Numbers are LEB128, signed ones zigzag. A block holds at most 256 samples in
//! columns: steps between starts, ends, offsets, values, write batches (see the modules `times`, `values`, `runs`;
//! `column` is how whole numbers are packed).

mod bits;
mod block;
mod column;
mod format;
mod merge;
mod runs;
mod times;
mod values;

#[cfg(test)]
mod tests;

pub use format::{BlockInfo, Reader};
pub use merge::Merged;

use crate::{Offset, Time};

/// Most samples of a block.
const BLOCK: usize = 256;

/// Most samples that one encoded chunk may hold. Whoever stores chunks splits them far earlier.
pub const MAX_POINTS: usize = 65_536;

/// Bytes that are not a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    /// Written by a later version, or not a chunk at all.
    #[error("chunk version {0} is not known")]
    Version(u8),
    /// The bytes end too early.
    #[error("chunk ends too early")]
    Truncated,
    /// Something in it can not be.
    #[error("chunk is malformed: {0}")]
    Malformed(&'static str),
}

/// A sample without what its series tells (metric, unit, device). `start` and `end` identify it within the series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Start of the interval, or the instant.
    pub start: Time,
    /// End of an interval; `None` for an instant.
    pub end: Option<Time>,
    /// Local offset, where known.
    pub offset: Option<Offset>,
    /// Value as received. Finite; kept to the last bit.
    pub value: f64,
}

impl Point {
    /// What identifies the point within its series, and what chunks are sorted by.
    pub const fn key(&self) -> (Time, Option<Time>) {
        (self.start, self.end)
    }
    /// Whether nothing that can be corrected differs. Values are compared by their bits, so 0.0 is not -0.0.
    fn tells_the_same(&self, other: &Self) -> bool {
        self.value.to_bits() == other.value.to_bits() && self.offset == other.offset
    }
}

/// A point with when it was first stored and when last changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StoredPoint {
    /// The sample.
    pub point: Point,
    /// First stored.
    pub created_at: Time,
    /// Last changed; `created_at` when it never was corrected.
    pub updated_at: Time,
}

/// Samples of one series, sorted and without duplicates.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chunk {
    points: Vec<StoredPoint>,
}

impl Chunk {
    /// An empty chunk.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads an encoded chunk whole. Fails on bytes that [`Chunk::encode`] does not write; never panics, and never
    /// allocates for more than [`MAX_POINTS`].
    pub fn decode(bytes: &[u8]) -> Result<Self, ChunkError> {
        let reader = Reader::open(bytes)?;
        let mut points = Vec::with_capacity(reader.len() as usize);
        for i in 0..reader.blocks() {
            let boundary = points.len();
            reader.block(i, &mut points)?;
            let pair = boundary.checked_sub(1).and_then(|last| points.get(last..=boundary));
            if let Some([before, after]) = pair
                && before.point.key() >= after.point.key()
            {
                return Err(ChunkError::Malformed("order of blocks"));
            }
        }
        Ok(Self { points })
    }

    /// The encoded form.
    ///
    /// # Panics
    /// With more than [`MAX_POINTS`] points, which [`Chunk::decode`] would not take: [`Chunk::split`] first.
    pub fn encode(&self) -> Vec<u8> {
        assert!(self.points.len() <= MAX_POINTS, "a chunk must be split before it has more than {MAX_POINTS} points");
        format::encode(&self.points)
    }

    /// All points in order of start, then end.
    pub fn points(&self) -> &[StoredPoint] {
        &self.points
    }
    /// How many points there are.
    pub fn len(&self) -> usize {
        self.points.len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }
    /// Start of the first point.
    pub fn first(&self) -> Option<Time> {
        self.points.first().map(|s| s.point.start)
    }
    /// Start of the last point.
    pub fn last(&self) -> Option<Time> {
        self.points.last().map(|s| s.point.start)
    }
    /// The latest change of any point.
    pub fn updated_max(&self) -> Option<Time> {
        self.points.iter().map(|s| s.updated_at).max()
    }
    /// When the oldest write stored one of the points.
    pub fn created_min(&self) -> Option<Time> {
        self.points.iter().map(|s| s.created_at).min()
    }
    /// When the newest write stored one of the points.
    pub fn created_max(&self) -> Option<Time> {
        self.points.iter().map(|s| s.created_at).max()
    }

    /// Takes out the points that `keep` does not want; tells how many went.
    pub fn retain(&mut self, mut keep: impl FnMut(&Point) -> bool) -> usize {
        let all = self.points.len();
        self.points.retain(|stored| keep(&stored.point));
        all - self.points.len()
    }

    /// Cuts the chunk into pieces of about equal size, of at most `max` points (at least 1) each. Two pieces never
    /// have a start in common, so that their ranges of starts do not meet; only where more than `max` points share
    /// one start is a piece longer, and then up to [`MAX_POINTS`].
    pub fn split(self, max: usize) -> Vec<Self> {
        let max = max.clamp(1, MAX_POINTS);
        if self.points.len() <= max {
            return if self.points.is_empty() { Vec::new() } else { vec![self] };
        }
        let mut pieces = Vec::new();
        let mut rest = self.points.as_slice();
        while !rest.is_empty() {
            let share = rest.len().div_ceil(rest.len().div_ceil(max));
            let (piece, after) = rest.split_at(cut(rest, share));
            pieces.push(Self { points: piece.to_vec() });
            rest = after;
        }
        pieces
    }
}

/// The best place to cut at or before `share`, where the start changes.
fn cut(points: &[StoredPoint], share: usize) -> usize {
    let Some(next) = points.get(share).map(|s| s.point.start) else { return points.len() };
    let before = points[..share].partition_point(|s| s.point.start < next);
    if before > 0 {
        return before;
    }
    // All of the share have one start: take the whole run.
    points.partition_point(|s| s.point.start <= next).min(MAX_POINTS)
}

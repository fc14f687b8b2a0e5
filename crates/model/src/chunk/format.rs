//! The encoded chunk: header, index of blocks, blocks.

use super::bits::{Input, put_signed, put_varint};
use super::{BLOCK, ChunkError, MAX_POINTS, StoredPoint, block};
use crate::Time;

/// The version that is written, and the only one there is.
const VERSION: u8 = 1;

/// Least bytes of a block's entry in the index.
const LEAST_ENTRY: usize = 5;

/// What the index tells about a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockInfo {
    /// Number of samples, 1 to 256.
    pub count: u32,
    /// Start of the first sample.
    pub first: Time,
    /// Start of the last sample.
    pub last: Time,
    /// The latest change of any sample.
    pub updated_max: Time,
}

/// Writes a whole chunk of at most [`MAX_POINTS`] points.
pub(super) fn encode(points: &[StoredPoint]) -> Vec<u8> {
    let mut blocks = Vec::with_capacity(64 + points.len() * 2);
    let mut index = Vec::with_capacity(16 * points.len().div_ceil(BLOCK));
    let mut before = (Time(0), Time(0));
    for part in points.chunks(BLOCK) {
        let (Some(first), Some(last)) = (part.first(), part.last()) else { continue };
        let (first, last) = (first.point.start, last.point.start);
        let updated_max = part.iter().map(|s| s.updated_at).max().unwrap_or_default();
        let from = blocks.len();
        block::encode(part, updated_max, &mut blocks);
        put_varint(&mut index, part.len() as u64);
        put_signed(&mut index, first.0.wrapping_sub(before.0.0));
        put_varint(&mut index, last.0.wrapping_sub(first.0).cast_unsigned());
        put_signed(&mut index, updated_max.0.wrapping_sub(before.1.0));
        put_varint(&mut index, (blocks.len() - from) as u64);
        before = (last, updated_max);
    }
    let mut out = Vec::with_capacity(8 + index.len() + blocks.len());
    out.push(VERSION);
    put_varint(&mut out, points.len() as u64);
    put_varint(&mut out, points.len().div_ceil(BLOCK) as u64);
    out.extend_from_slice(&index);
    out.extend_from_slice(&blocks);
    out
}

/// An encoded chunk whose index has been read. Blocks are decoded when asked for.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    count: u32,
    blocks: Vec<(BlockInfo, &'a [u8])>,
}

impl<'a> Reader<'a> {
    /// Reads header and index and checks that the lengths fit. Fails on bytes that are not a chunk; never panics.
    pub fn open(bytes: &'a [u8]) -> Result<Self, ChunkError> {
        let mut input = Input(bytes);
        let version = input.byte()?;
        if version != VERSION {
            return Err(ChunkError::Version(version));
        }
        let count = input.count(MAX_POINTS)?;
        // Each block has at least one sample, and its entry takes some bytes: nothing is allocated that is not there.
        let blocks = input.count(count.min(input.0.len() / LEAST_ENTRY))?;
        let mut index = Vec::with_capacity(blocks);
        let mut before = (Time(0), Time(0));
        let (mut samples, mut length) = (0, 0);
        for _ in 0..blocks {
            let size = input.count(BLOCK)?;
            let first = Time(before.0.0.wrapping_add(input.signed()?));
            let last = Time(first.0.wrapping_add(input.varint()?.cast_signed()));
            let updated_max = Time(before.1.0.wrapping_add(input.signed()?));
            let bytes = input.count(bytes.len())?;
            if size == 0 || last < first || (samples > 0 && first < before.0) {
                return Err(ChunkError::Malformed("index"));
            }
            samples += size;
            length += bytes;
            before = (last, updated_max);
            index.push((BlockInfo { count: size as u32, first, last, updated_max }, bytes));
        }
        if samples != count || length != input.0.len() {
            return Err(ChunkError::Malformed("lengths"));
        }
        let mut blocks = Vec::with_capacity(index.len());
        for (info, length) in index {
            blocks.push((info, input.bytes(length)?));
        }
        Ok(Self { count: count as u32, blocks })
    }

    /// Number of samples.
    pub fn len(&self) -> u32 {
        self.count
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
    /// Number of blocks.
    pub fn blocks(&self) -> usize {
        self.blocks.len()
    }
    /// What the index tells about block `i`.
    ///
    /// # Panics
    /// Unless `i` is below [`Reader::blocks`].
    pub fn block_info(&self, i: usize) -> BlockInfo {
        self.blocks[i].0
    }
    /// Decodes block `i` and appends its samples to `out`. On failure `out` is as it was.
    ///
    /// # Panics
    /// Unless `i` is below [`Reader::blocks`].
    pub fn block(&self, i: usize, out: &mut Vec<StoredPoint>) -> Result<(), ChunkError> {
        let (info, bytes) = self.blocks[i];
        block::decode(bytes, info, out)
    }
}

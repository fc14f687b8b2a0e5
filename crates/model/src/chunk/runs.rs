//! What seldom changes from sample to sample: the local offset, and when samples were written.

use super::bits::{Input, put_signed, put_varint};
use super::{BLOCK, ChunkError, StoredPoint};
use crate::{Offset, Time};

/// Writes offsets as runs: length less one, then 0 for unknown or the zigzag minutes plus one.
pub(super) fn encode_offsets(points: &[StoredPoint], out: &mut Vec<u8>) {
    for run in points.chunk_by(|a, b| a.point.offset == b.point.offset) {
        put_varint(out, run.len() as u64 - 1);
        put_varint(out, run[0].point.offset.map_or(0, |o| super::bits::zigzag(i64::from(o.0)) + 1));
    }
}

/// Reads offsets until all are known.
pub(super) fn decode_offsets(input: &mut Input<'_>, offsets: &mut [Option<Offset>]) -> Result<(), ChunkError> {
    let mut rest = offsets;
    while !rest.is_empty() {
        let length = input.count(BLOCK - 1)? + 1;
        let offset = match input.varint()? {
            0 => None,
            code => {
                let minutes = i16::try_from(super::bits::unzigzag(code - 1));
                Some(Offset(minutes.map_err(|_| ChunkError::Malformed("offset"))?))
            }
        };
        let (run, after) = rest.split_at_mut_checked(length).ok_or(ChunkError::Malformed("run of offsets"))?;
        run.fill(offset);
        rest = after;
    }
    Ok(())
}

/// When a sample was first stored and last changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Written {
    pub(super) created: Time,
    pub(super) updated: Time,
}

/// How a run's write batch is told, in the low two bits of its head; the rest is its length less one.
mod batch {
    /// A new one, created and updated at the same time.
    pub(super) const NEW: u64 = 0;
    /// A new one that was corrected after it was created.
    pub(super) const CORRECTED: u64 = 1;
    /// One seen before in this block, so many batches back.
    pub(super) const AGAIN: u64 = 2;
}

/// How far back the writer looks for a batch. A block that a hundred small writes made would cost a hundred times a
/// hundred comparisons otherwise.
const LOOK_BACK: usize = 16;

/// Writes runs of write batches. A batch's update time is told from the batch before, the first from `latest`.
pub(super) fn encode_written(points: &[StoredPoint], latest: Time, out: &mut Vec<u8>) {
    let mut known: [Written; BLOCK] = [Written::default(); BLOCK];
    let mut count = 0;
    let mut before = latest;
    for run in points.chunk_by(|a, b| (a.created_at, a.updated_at) == (b.created_at, b.updated_at)) {
        let Some(StoredPoint { created_at: created, updated_at: updated, .. }) = run.first().copied() else { continue };
        let length = (run.len() as u64 - 1) << 2;
        let this = Written { created, updated };
        if let Some(back) = known[..count].iter().rev().take(LOOK_BACK).position(|w| *w == this) {
            put_varint(out, length | batch::AGAIN);
            put_varint(out, back as u64);
            continue;
        }
        let corrected = created != updated;
        put_varint(out, length | if corrected { batch::CORRECTED } else { batch::NEW });
        put_signed(out, updated.0.wrapping_sub(before.0));
        if corrected {
            put_signed(out, updated.0.wrapping_sub(created.0));
        }
        known[count] = this;
        count += 1;
        before = updated;
    }
}

/// Reads runs of write batches until all samples have one.
pub(super) fn decode_written(input: &mut Input<'_>, latest: Time, written: &mut [Written]) -> Result<(), ChunkError> {
    let mut known: [Written; BLOCK] = [Written::default(); BLOCK];
    let mut count = 0usize;
    let mut before = latest;
    let mut rest = written;
    while !rest.is_empty() {
        let head = input.varint()?;
        let this = match head & 3 {
            batch::AGAIN => {
                let back = input.count(BLOCK)?;
                let place = count.checked_sub(back + 1).ok_or(ChunkError::Malformed("write batch"))?;
                known[place]
            }
            kind @ (batch::NEW | batch::CORRECTED) => {
                let updated = Time(before.0.wrapping_add(input.signed()?));
                let age = if kind == batch::CORRECTED { input.signed()? } else { 0 };
                before = updated;
                let this = Written { created: Time(updated.0.wrapping_sub(age)), updated };
                // Each run holds at least one sample, so there is a place for each new batch.
                *known.get_mut(count).ok_or(ChunkError::Malformed("write batch"))? = this;
                count += 1;
                this
            }
            _ => return Err(ChunkError::Malformed("write batch")),
        };
        let length = usize::try_from(head >> 2).ok().and_then(|l| l.checked_add(1));
        let (run, after) =
            length.and_then(|l| rest.split_at_mut_checked(l)).ok_or(ChunkError::Malformed("run of write batches"))?;
        run.fill(this);
        rest = after;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::Point;

    fn stored(offset: Option<i16>, created: i64, updated: i64) -> StoredPoint {
        let point = Point { start: Time(0), end: None, offset: offset.map(Offset), value: 0.0 };
        StoredPoint { point, created_at: Time(created), updated_at: Time(updated) }
    }

    #[test]
    fn offsets_by_hand() {
        // Two at +60 (zigzag 120, plus one), one unknown.
        let points = [stored(Some(60), 0, 0), stored(Some(60), 0, 0), stored(None, 0, 0)];
        let mut out = Vec::new();
        encode_offsets(&points, &mut out);
        assert_eq!(out, [1, 121, 0, 0]);
        let mut back = [Some(Offset(1)); 3];
        decode_offsets(&mut Input(&out), &mut back).expect("own bytes");
        assert_eq!(back, [Some(Offset(60)), Some(Offset(60)), None]);
    }

    #[test]
    fn write_batches_by_hand() {
        // Two of batch (7,7), one corrected at 9 (two after its creation), one of the first batch again.
        let points = [stored(None, 7, 7), stored(None, 7, 7), stored(None, 7, 9), stored(None, 7, 7)];
        let mut out = Vec::new();
        encode_written(&points, Time(9), &mut out);
        // Head (2-1)<<2|NEW, 7-9 = -2 (zigzag 3); head 0<<2|CORRECTED, 9-7 = 2 (4), age 2 (4); head AGAIN, one back.
        assert_eq!(out, [4, 3, 1, 4, 4, 2, 1]);
        let mut back = [Written::default(); 4];
        decode_written(&mut Input(&out), Time(9), &mut back).expect("own bytes");
        let first = Written { created: Time(7), updated: Time(7) };
        assert_eq!(back, [first, first, Written { created: Time(7), updated: Time(9) }, first]);
    }

    #[test]
    fn runs_beyond_the_block_are_refused() {
        assert!(decode_offsets(&mut Input(&[4, 0]), &mut [None; 3]).is_err());
        let mut three = [Written::default(); 3];
        assert!(decode_written(&mut Input(&[12, 0]), Time(0), &mut three).is_err());
        assert!(decode_written(&mut Input(&[2, 0]), Time(0), &mut three).is_err());
        assert!(decode_written(&mut Input(&[3]), Time(0), &mut three).is_err());
    }
}

//! One block: at most 256 samples in columns.

use super::bits::Input;
use super::format::BlockInfo;
use super::runs::{self, Written};
use super::{BLOCK, ChunkError, Point, StoredPoint, times, values};
use crate::Time;

/// Writes the columns of a block.
pub(super) fn encode(points: &[StoredPoint], updated_max: Time, out: &mut Vec<u8>) {
    times::encode_starts(points, out);
    times::encode_ends(points, out);
    runs::encode_offsets(points, out);
    values::encode(points, out);
    runs::encode_written(points, updated_max, out);
}

/// Reads the columns of a block and appends its samples to `out`, which is left alone on failure.
pub(super) fn decode(bytes: &[u8], info: BlockInfo, out: &mut Vec<StoredPoint>) -> Result<(), ChunkError> {
    let count = info.count as usize;
    let mut starts = [0; BLOCK];
    let mut ends = [None; BLOCK];
    let mut offsets = [None; BLOCK];
    let mut received = [0.0; BLOCK];
    let mut written = [Written::default(); BLOCK];
    let (starts, ends, offsets) = (&mut starts[..count], &mut ends[..count], &mut offsets[..count]);
    let (received, written) = (&mut received[..count], &mut written[..count]);

    let mut input = Input(bytes);
    times::decode_starts(&mut input, info.first, starts)?;
    times::decode_ends(&mut input, starts, ends)?;
    runs::decode_offsets(&mut input, offsets)?;
    values::decode(&mut input, received)?;
    runs::decode_written(&mut input, info.updated_max, written)?;
    if !input.0.is_empty() {
        return Err(ChunkError::Malformed("bytes behind a block"));
    }
    check(info, starts, ends, received, written)?;

    let times = starts.iter().zip(ends);
    let rest = offsets.iter().zip(received).zip(written);
    out.extend(times.zip(rest).map(|((start, end), ((offset, value), written))| StoredPoint {
        point: Point { start: Time(*start), end: *end, offset: *offset, value: *value },
        created_at: written.created,
        updated_at: written.updated,
    }));
    Ok(())
}

/// What every block keeps to: order, finite values, and an index that tells the truth.
fn check(
    info: BlockInfo,
    starts: &[i64],
    ends: &[Option<Time>],
    values: &[f64],
    written: &[Written],
) -> Result<(), ChunkError> {
    let rising = starts.windows(2).zip(ends.windows(2)).all(|(s, e)| s[0] < s[1] || (s[0] == s[1] && e[0] < e[1]));
    if !rising {
        return Err(ChunkError::Malformed("order of samples"));
    }
    if !values.iter().all(|v| v.is_finite()) {
        return Err(ChunkError::Malformed("value that is not finite"));
    }
    let updated_max = written.iter().map(|w| w.updated).max();
    if starts.last() != Some(&info.last.0) || updated_max != Some(info.updated_max) {
        return Err(ChunkError::Malformed("index that does not fit its block"));
    }
    Ok(())
}

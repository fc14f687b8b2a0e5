//! Start times and lengths of a block.
//!
//! Starts are stored as steps from one to the next, divided by their common divisor (60,000 for minute data, 1,000
//! for jittered whole seconds), less the usual step. Lengths (end less start) are absent, constant, or explicit; where
//! only some samples have an end, a bitmap tells which.

use super::bits::{Input, pack, packed_len, put_signed, put_varint, unpack};
use super::{BLOCK, ChunkError, StoredPoint, column};
use crate::Time;

/// How lengths are stored.
mod lengths {
    pub(super) const NONE: u8 = 0;
    pub(super) const CONSTANT: u8 = 1;
    pub(super) const ALL: u8 = 2;
    pub(super) const SOME: u8 = 3;
}

/// Writes the steps between starts; the first start is in the index.
pub(super) fn encode_starts(points: &[StoredPoint], out: &mut Vec<u8>) {
    let mut steps = [0; BLOCK];
    for (step, pair) in steps.iter_mut().zip(points.windows(2)) {
        *step = pair[1].point.start.0.wrapping_sub(pair[0].point.start.0);
    }
    encode_divided(&mut steps[..points.len() - 1], out);
}

/// Reads starts into `starts`, the first of which is given.
pub(super) fn decode_starts(input: &mut Input<'_>, first: Time, starts: &mut [i64]) -> Result<(), ChunkError> {
    let Some((head, steps)) = starts.split_first_mut() else { return Ok(()) };
    *head = first.0;
    decode_divided(input, steps)?;
    let mut at = first.0;
    for step in steps {
        at = at.wrapping_add(*step);
        *step = at;
    }
    Ok(())
}

/// Writes whether and when samples end.
pub(super) fn encode_ends(points: &[StoredPoint], out: &mut Vec<u8>) {
    let mut present = [0u64; BLOCK];
    let mut found = [0; BLOCK];
    let mut count = 0;
    for (stored, present) in points.iter().zip(&mut present) {
        if let Some(end) = stored.point.end {
            *present = 1;
            found[count] = end.0.wrapping_sub(stored.point.start.0);
            count += 1;
        }
    }
    let found = &mut found[..count];
    match found.first().copied() {
        None => out.push(lengths::NONE),
        Some(length) if count == points.len() && found.iter().all(|l| *l == length) => {
            out.push(lengths::CONSTANT);
            put_signed(out, length);
        }
        Some(_) if count == points.len() => {
            out.push(lengths::ALL);
            encode_divided(found, out);
        }
        Some(_) => {
            out.push(lengths::SOME);
            pack(out, &present[..points.len()], 1);
            encode_divided(found, out);
        }
    }
}

/// Reads the ends that belong to `starts`.
pub(super) fn decode_ends(input: &mut Input<'_>, starts: &[i64], ends: &mut [Option<Time>]) -> Result<(), ChunkError> {
    let mut found = [0; BLOCK];
    match input.byte()? {
        lengths::NONE => ends.fill(None),
        lengths::CONSTANT => {
            let length = input.signed()?;
            for (end, start) in ends.iter_mut().zip(starts) {
                *end = Some(Time(start.wrapping_add(length)));
            }
        }
        lengths::ALL => {
            let found = &mut found[..starts.len()];
            decode_divided(input, found)?;
            for ((end, start), length) in ends.iter_mut().zip(starts).zip(found) {
                *end = Some(Time(start.wrapping_add(*length)));
            }
        }
        lengths::SOME => {
            let mut present = [0u64; BLOCK];
            let present = &mut present[..starts.len()];
            unpack(input.bytes(packed_len(starts.len(), 1))?, present, 1);
            let count = present.iter().filter(|p| **p == 1).count();
            decode_divided(input, &mut found[..count])?;
            let mut lengths = found[..count].iter();
            for ((end, start), present) in ends.iter_mut().zip(starts).zip(present) {
                *end = match *present {
                    0 => None,
                    _ => lengths.next().map(|length| Time(start.wrapping_add(*length))),
                };
            }
        }
        _ => return Err(ChunkError::Malformed("form of the ends")),
    }
    Ok(())
}

/// Writes a column divided by the common divisor of its numbers. Leaves the quotients in `values`.
fn encode_divided(values: &mut [i64], out: &mut Vec<u8>) {
    if values.is_empty() {
        return;
    }
    let divisor = common_divisor(values);
    put_varint(out, divisor.cast_unsigned());
    if divisor > 1 {
        divide(values, divisor);
    }
    column::encode(values, column::plan(values), out);
}

fn decode_divided(input: &mut Input<'_>, values: &mut [i64]) -> Result<(), ChunkError> {
    if values.is_empty() {
        return Ok(());
    }
    let divisor = input.varint()?.cast_signed();
    column::decode(input, values)?;
    if divisor != 1 {
        for v in values {
            *v = v.wrapping_mul(divisor);
        }
    }
    Ok(())
}

/// The greatest number that divides all; 1 where all are zero or one is not worth it (negative).
fn common_divisor(values: &[i64]) -> i64 {
    let mut divisor = 0;
    let mut known = 0;
    for &v in values {
        // Equal neighbours are the rule; a division is not cheap.
        if v == known {
            continue;
        }
        if v < 0 {
            return 1;
        }
        known = v;
        let (mut a, mut b) = (divisor, v);
        while b != 0 {
            (a, b) = (b, if b == 0 { 0 } else { remainder(a, b) });
        }
        divisor = a;
        if divisor == 1 {
            return 1;
        }
    }
    divisor.max(1)
}

/// `a % b` of numbers that are not negative; 32-bit division is several times faster and nearly always enough.
fn remainder(a: i64, b: i64) -> i64 {
    match (u32::try_from(a), u32::try_from(b)) {
        (Ok(a), Ok(b)) => i64::from(a % b),
        _ => a % b,
    }
}

fn divide(values: &mut [i64], divisor: i64) {
    for v in values {
        *v = match (u32::try_from(*v), u32::try_from(divisor)) {
            (Ok(a), Ok(b)) => i64::from(a / b),
            _ => *v / divisor,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divisors_by_hand() {
        assert_eq!(common_divisor(&[60_000, 60_000, 120_000]), 60_000);
        assert_eq!(common_divisor(&[61_000, 58_000, 0]), 1000);
        assert_eq!(common_divisor(&[0, 0]), 1);
        assert_eq!(common_divisor(&[]), 1);
        assert_eq!(common_divisor(&[5000, 7]), 1);
        assert_eq!(common_divisor(&[-1000, 1000]), 1);
        assert_eq!(common_divisor(&[6_000_000_000_000, 4_000_000_000_000]), 2_000_000_000_000);
    }

    #[test]
    fn minute_steps_take_six_bytes_a_block() {
        // Divisor 60,000 (three LEB128 bytes: 0xe0 0xd4 0x03), then all quotients 1: base zigzag 2, width 0, none odd.
        let mut out = Vec::new();
        encode_divided(&mut [60_000; 255], &mut out);
        assert_eq!(out, [0xe0, 0xd4, 0x03, 2, 0, 0]);
    }
}

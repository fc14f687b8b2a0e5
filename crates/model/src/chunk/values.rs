//! Values of a block, every bit as received.
//!
//! Wearables tell decimals of few digits, so a block's values are written as whole numbers of 10^-k (k from 0 to 9)
//! where that gives back the same 64 bits; the odd one that does not is kept apart. The whole numbers go into a column
//! as they are or as steps from one to the next, whichever is shorter. What is not decimal (values derived by
//! division, or widened from 32 bits) is written as the exclusive or of neighbours, less the low bits that are zero
//! in all.

use super::bits::{Input, put_signed, put_varint};
use super::{BLOCK, ChunkError, StoredPoint, column};

/// How values are stored.
mod form {
    pub(super) const DECIMAL: u8 = 0;
    pub(super) const DECIMAL_STEPS: u8 = 1;
    pub(super) const XOR: u8 = 2;
}

/// 10^k; all are exact in 64-bit floats.
const POWERS: [f64; 10] = [1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/// 2^52: below it whole numbers and their halves are exact in 64-bit floats.
const EXACT: f64 = 4_503_599_627_370_496.0;

/// One in so many values may be kept apart.
const APART: usize = 8;

/// Writes the values of a block.
pub(super) fn encode(points: &[StoredPoint], out: &mut Vec<u8>) {
    let mut values = [0.0; BLOCK];
    for (v, stored) in values.iter_mut().zip(points) {
        *v = stored.point.value;
    }
    let values = &values[..points.len()];
    match best_power(values) {
        Some(power) => encode_decimal(values, power, out),
        None => encode_xor(values, out),
    }
}

/// Reads the values of a block.
pub(super) fn decode(input: &mut Input<'_>, values: &mut [f64]) -> Result<(), ChunkError> {
    match input.byte()? {
        kind @ (form::DECIMAL | form::DECIMAL_STEPS) => decode_decimal(input, kind == form::DECIMAL_STEPS, values),
        form::XOR => decode_xor(input, values),
        _ => Err(ChunkError::Malformed("form of the values")),
    }
}

/// `value` as a whole number of 10^-power, if that gives back the same bits.
#[inline]
fn scaled(value: f64, power: usize) -> Option<i64> {
    let by = POWERS[power];
    let product = value * by;
    if product.abs() >= EXACT {
        return None;
    }
    // Rounds to the nearest (the cast drops the fraction); the result is checked.
    let whole = (product + 0.5f64.copysign(product)) as i64;
    (unscaled(whole, by).to_bits() == value.to_bits()).then_some(whole)
}

/// The float nearest to `whole` / `by`. Written numbers are within 2^52 and exact; others come from hostile bytes.
#[inline]
fn unscaled(whole: i64, by: f64) -> f64 {
    whole as f64 / by
}

/// The power of ten that makes the block shortest; `None` if too many values are not decimal.
fn best_power(values: &[f64]) -> Option<usize> {
    let allowed = values.len() / APART;
    let mut best = None;
    for power in 0..POWERS.len() {
        let (mut apart, mut min, mut max) = (0, i64::MAX, i64::MIN);
        for &value in values {
            match scaled(value, power) {
                Some(whole) => {
                    min = min.min(whole);
                    max = max.max(whole);
                }
                None if apart == allowed => {
                    apart += 1;
                    break;
                }
                None => apart += 1,
            }
        }
        if apart > allowed {
            continue;
        }
        // About 72 bits for one kept apart, and the width of the range for the rest.
        let bits = apart * 72 + values.len() * (64 - max.wrapping_sub(min).leading_zeros() as usize);
        if best.is_none_or(|(least, _)| bits < least) {
            best = Some((bits, power));
        }
        if apart == 0 {
            break;
        }
    }
    best.map(|(_, power)| power)
}

/// Power, how many are kept apart, each of those (places since the one before, 8 bytes), then the column.
fn encode_decimal(values: &[f64], power: usize, out: &mut Vec<u8>) {
    let mut numbers = [0; BLOCK];
    let numbers = &mut numbers[..values.len()];
    let mut apart = [0u16; BLOCK];
    let mut odd = 0;
    let mut last = 0;
    for (i, (&value, number)) in values.iter().zip(&mut *numbers).enumerate() {
        if let Some(whole) = scaled(value, power) {
            last = whole;
        } else {
            apart[odd] = i as u16;
            odd += 1;
        }
        // In the place of one kept apart stands its neighbour, which costs least.
        *number = last;
    }
    let mut steps = [0; BLOCK];
    for (step, pair) in steps.iter_mut().zip(numbers.windows(2)) {
        *step = pair[1] - pair[0];
    }
    let steps = &steps[..values.len() - 1];
    let (plain, stepped) = (column::plan(numbers), column::plan(steps));
    let by_steps = stepped.bits + 8 < plain.bits;

    out.push(if by_steps { form::DECIMAL_STEPS } else { form::DECIMAL });
    out.push(power as u8);
    put_varint(out, odd as u64);
    let mut before = 0;
    for &place in &apart[..odd] {
        put_varint(out, u64::from(place - before));
        out.extend_from_slice(&values[usize::from(place)].to_le_bytes());
        before = place;
    }
    if by_steps {
        put_signed(out, numbers[0]);
        column::encode(steps, stepped, out);
    } else {
        column::encode(numbers, plain, out);
    }
}

fn decode_decimal(input: &mut Input<'_>, by_steps: bool, values: &mut [f64]) -> Result<(), ChunkError> {
    let power = usize::from(input.byte()?);
    let by = *POWERS.get(power).ok_or(ChunkError::Malformed("power of ten"))?;
    let odd = input.count(values.len())?;
    let mut exceptions = *input;
    let mut place = 0;
    for _ in 0..odd {
        place += input.count(values.len())?;
        input.f64()?;
    }
    if odd > 0 && place >= values.len() {
        return Err(ChunkError::Malformed("place of a value"));
    }
    let mut numbers = [0; BLOCK];
    let numbers = &mut numbers[..values.len()];
    if by_steps {
        let Some((head, steps)) = numbers.split_first_mut() else { return Ok(()) };
        *head = input.signed()?;
        column::decode(input, steps)?;
        let mut at = *head;
        for step in steps {
            at = at.wrapping_add(*step);
            *step = at;
        }
    } else {
        column::decode(input, numbers)?;
    }
    for (value, number) in values.iter_mut().zip(&*numbers) {
        *value = unscaled(*number, by);
    }
    let mut place = 0;
    for _ in 0..odd {
        place += exceptions.count(values.len())?;
        values[place] = exceptions.f64()?;
    }
    Ok(())
}

/// The first value (8 bytes), how many low bits are dropped, then a column of what differs from one to the next.
fn encode_xor(values: &[f64], out: &mut Vec<u8>) {
    let mut differences = [0; BLOCK];
    let mut all = 0;
    for (difference, pair) in differences.iter_mut().zip(values.windows(2)) {
        let bits = pair[0].to_bits() ^ pair[1].to_bits();
        all |= bits;
        *difference = bits.cast_signed();
    }
    let differences = &mut differences[..values.len() - 1];
    // All the same: 64 zeros, of which 63 may be dropped.
    let dropped = all.trailing_zeros().min(63);
    for difference in &mut *differences {
        *difference = (difference.cast_unsigned() >> dropped).cast_signed();
    }
    out.push(form::XOR);
    out.extend_from_slice(&values[0].to_le_bytes());
    out.push(dropped as u8);
    if !differences.is_empty() {
        column::encode(differences, column::plan(differences), out);
    }
}

fn decode_xor(input: &mut Input<'_>, values: &mut [f64]) -> Result<(), ChunkError> {
    let first = input.f64()?;
    let dropped = input.byte()?;
    if dropped > 63 {
        return Err(ChunkError::Malformed("dropped bits"));
    }
    let Some((head, rest)) = values.split_first_mut() else { return Ok(()) };
    *head = first;
    let mut differences = [0; BLOCK];
    let differences = &mut differences[..rest.len()];
    if !differences.is_empty() {
        column::decode(input, differences)?;
    }
    let mut bits = first.to_bits();
    for (value, difference) in rest.iter_mut().zip(differences) {
        bits ^= difference.cast_unsigned() << dropped;
        *value = f64::from_bits(bits);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;
    use crate::chunk::Point;

    fn written(values: &[f64]) -> Vec<u8> {
        let point = |value| Point { start: Time(0), end: None, offset: None, value };
        let stored = |value: &f64| StoredPoint { point: point(*value), created_at: Time(0), updated_at: Time(0) };
        let mut out = Vec::new();
        encode(&values.iter().map(stored).collect::<Vec<_>>(), &mut out);
        let mut back = vec![0.0; values.len()];
        let mut input = Input(&out);
        decode(&mut input, &mut back).expect("own bytes");
        assert!(input.0.is_empty());
        assert!(values.iter().zip(&back).all(|(a, b)| a.to_bits() == b.to_bits()), "{values:?} {back:?}");
        out
    }

    #[test]
    fn scaling_by_hand() {
        assert_eq!(scaled(36.6, 1), Some(366));
        assert_eq!(scaled(36.6, 0), None);
        assert_eq!(scaled(-0.25, 2), Some(-25));
        // A negative zero would come back as zero; from 2^52 on halves are not exact.
        assert_eq!(scaled(-0.0, 0), None);
        assert_eq!(scaled(EXACT, 0), None);
        assert_eq!(scaled(EXACT - 1.0, 0), Some(4_503_599_627_370_495));
        // 0.1 + 0.2 is not the float nearest to 0.3.
        assert!((0..10).all(|power| scaled(0.1 + 0.2, power).is_none()));
    }

    #[test]
    fn decimals_by_hand() {
        // 366, 367, 365, 366 tenths: base 365 (zigzag 730 = 0b101_1011010), width 2, distances 1, 2, 0, 1.
        assert_eq!(written(&[36.6, 36.7, 36.5, 36.6]), [0, 1, 0, 0xda, 0x05, 2, 0, 0b0100_1001]);
    }

    #[test]
    fn one_that_is_not_decimal_is_kept_apart() {
        // Nine whole numbers, all 5, and a third at place 4: its slot is its neighbour's.
        let mut values = [5.0f64; 10];
        values[4] = 1.0 / 3.0;
        let mut expected = vec![0, 0, 1, 4];
        expected.extend(values[4].to_le_bytes());
        // Base 5 (zigzag 10), width 0, no exceptions in the column.
        expected.extend([10, 0, 0]);
        assert_eq!(written(&values), expected);
    }

    #[test]
    fn what_is_not_decimal_is_told_by_what_differs() {
        // 1/3 and the two floats above it: they differ in the lowest two bits, 01 -> 10 -> 11 (1/3 ends in ...0101).
        let third = 1.0f64 / 3.0;
        let next = |by: u64| f64::from_bits(third.to_bits() + by);
        let mut expected = vec![2];
        expected.extend(third.to_le_bytes());
        // None dropped; 01^10 = 3 and 10^11 = 1: base 1 (zigzag 2), width 2, distances 2 and 0.
        expected.extend([0, 2, 2, 0, 0b0010]);
        assert_eq!(written(&[third, next(1), next(2)]), expected);
    }
}

//! A column of whole numbers: a base, a bit width that suits most, and the exceptions apart.
//!
//! Layout: base (zigzag), width (one byte), number of exceptions, the packed distances from the base, then for each
//! exception its distance from the one before (in places) and from the base (zigzag). All arithmetic wraps, so that
//! any 64-bit number comes back as it was.

use super::bits::{Input, bit_len, pack, packed_len, put_signed, put_varint, unpack, zigzag};
use super::{BLOCK, ChunkError};

/// How a column is going to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    base: i64,
    width: u8,
    /// About how many bits the column takes.
    pub(super) bits: usize,
}

/// Below this many bits a second base is not worth looking for.
const NARROW: u8 = 3;

/// Chooses base and width for a column of at most [`BLOCK`] numbers.
pub(super) fn plan(values: &[i64]) -> Plan {
    let (mut min, mut max) = (i64::MAX, i64::MIN);
    for &v in values {
        min = min.min(v);
        max = max.max(v);
    }
    if min >= max {
        return Plan { base: values.first().copied().unwrap_or(0), width: 0, bits: 0 };
    }
    let best = plan_with_base(values, min, max);
    // A few low outliers would widen everything: try the number that one in 32 is below as the base.
    let rank = values.len() / 32;
    if rank == 0 || best.width <= NARROW {
        return best;
    }
    let mut scratch = [0; BLOCK];
    let scratch = &mut scratch[..values.len()];
    scratch.copy_from_slice(values);
    let (_, &mut base, _) = scratch.select_nth_unstable(rank);
    let other = plan_with_base(values, base, max);
    if other.bits < best.bits { other } else { best }
}

fn plan_with_base(values: &[i64], base: i64, max: i64) -> Plan {
    let widest = bit_len(max.wrapping_sub(base).cast_unsigned());
    // How many numbers need exactly so many bits above the base.
    let mut histogram = [0usize; 65];
    let mut below = 0;
    for &v in values {
        if v < base {
            below += exception_bits(v.wrapping_sub(base));
        } else {
            histogram[usize::from(bit_len(v.wrapping_sub(base).cast_unsigned()))] += 1;
        }
    }
    let mut best = Plan { base, width: widest, bits: usize::MAX };
    let mut above = 0;
    for width in (0..=widest).rev() {
        let bits = values.len() * usize::from(width) + below + above;
        // On a tie the narrower one.
        if bits <= best.bits {
            best = Plan { base, width, bits };
        }
        above += histogram[usize::from(width)] * (8 + 8 * (usize::from(width) + 7).div_ceil(7));
    }
    best
}

fn exception_bits(distance: i64) -> usize {
    8 + 8 * usize::from(bit_len(zigzag(distance))).div_ceil(7)
}

/// Writes a column as planned.
pub(super) fn encode(values: &[i64], plan: Plan, out: &mut Vec<u8>) {
    let Plan { base, width, .. } = plan;
    let mut slots = [0u64; BLOCK];
    let mut exceptions = [0u16; BLOCK];
    let mut odd = 0;
    for (i, (&v, slot)) in values.iter().zip(&mut slots).enumerate() {
        let distance = v.wrapping_sub(base).cast_unsigned();
        if bit_len(distance) > width {
            exceptions[odd] = i as u16;
            odd += 1;
        } else {
            *slot = distance;
        }
    }
    put_signed(out, base);
    out.push(width);
    put_varint(out, odd as u64);
    pack(out, &slots[..values.len()], width);
    let mut before = 0;
    for &place in &exceptions[..odd] {
        put_varint(out, u64::from(place - before));
        put_signed(out, values[usize::from(place)].wrapping_sub(base));
        before = place;
    }
}

/// Reads a column of `values.len()` numbers, at most [`BLOCK`].
pub(super) fn decode(input: &mut Input<'_>, values: &mut [i64]) -> Result<(), ChunkError> {
    let base = input.signed()?;
    let width = input.byte()?;
    if width > 64 {
        return Err(ChunkError::Malformed("bit width"));
    }
    let odd = input.count(values.len())?;
    let packed = input.bytes(packed_len(values.len(), width))?;
    if width == 0 {
        values.fill(base);
    } else {
        let mut slots = [0u64; BLOCK];
        let slots = &mut slots[..values.len()];
        unpack(packed, slots, width);
        for (v, slot) in values.iter_mut().zip(slots) {
            *v = base.wrapping_add(slot.cast_signed());
        }
    }
    let mut place = 0;
    for _ in 0..odd {
        place += input.count(values.len())?;
        let slot = values.get_mut(place).ok_or(ChunkError::Malformed("place of an exception"))?;
        *slot = base.wrapping_add(input.signed()?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(values: &[i64]) -> Vec<u8> {
        let mut out = Vec::new();
        encode(values, plan(values), &mut out);
        out
    }

    #[test]
    fn layouts_by_hand() {
        // All the same: base 5 (zigzag 10), width 0, no exceptions, nothing packed.
        assert_eq!(written(&[5; 200]), [10, 0, 0]);
        // 4..=7: base 4 (zigzag 8), width 2, distances 3,0,1,2 = 0b10_01_00_11.
        assert_eq!(written(&[7, 4, 5, 6]), [8, 2, 0, 0b1001_0011]);
        // One far number at place 40 among 100 equal ones: width 0 and one exception, 1000 above the base
        // (zigzag 2000 = 0b1111_1010000).
        let mut values = [1i64; 100];
        values[40] = 1001;
        assert_eq!(written(&values), [2, 0, 1, 40, 0xd0, 0x0f]);
    }

    #[test]
    fn a_low_outlier_does_not_widen_the_rest() {
        // 128 numbers of 7 bits above 1,000,000, and two zeros: beyond 130 * 7 / 8 = 114 bytes only two exceptions.
        let mut values: Vec<i64> = (0..128).map(|i| 1_000_000 + i).collect();
        values.extend([0, 0]);
        assert!(written(&values).len() < 114 + 20);
    }

    #[test]
    fn a_place_beyond_the_end_is_refused() {
        let mut values = [0; 4];
        assert_eq!(
            decode(&mut Input(&[0, 0, 2, 3, 0, 3, 0]), &mut values),
            Err(ChunkError::Malformed("place of an exception"))
        );
        assert_eq!(decode(&mut Input(&[0, 65, 0]), &mut values), Err(ChunkError::Malformed("bit width")));
    }

    proptest! {
        #[test]
        fn any_numbers_round_trip(
            values in prop::collection::vec(prop_oneof![4 => -9i64..9, 1 => any::<i64>()], 1..=BLOCK),
        ) {
            let bytes = written(&values);
            let mut back = vec![0; values.len()];
            let mut input = Input(&bytes);
            prop_assert_eq!(decode(&mut input, &mut back), Ok(()));
            prop_assert!(input.0.is_empty());
            prop_assert_eq!(back, values);
        }
    }
}

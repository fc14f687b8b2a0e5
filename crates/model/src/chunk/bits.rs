//! Bytes and bits: LEB128 numbers, zigzag, and fixed-width bit packing, with checked reading.

use super::ChunkError;

/// Maps signed to unsigned so that numbers near zero stay short.
pub(super) const fn zigzag(v: i64) -> u64 {
    ((v << 1) ^ (v >> 63)).cast_unsigned()
}

/// The inverse of [`zigzag`].
pub(super) const fn unzigzag(v: u64) -> i64 {
    (v >> 1).cast_signed() ^ -(v & 1).cast_signed()
}

/// Appends an unsigned LEB128 number (1 to 10 bytes).
pub(super) fn put_varint(out: &mut Vec<u8>, mut v: u64) {
    while v >= 0x80 {
        out.push((v & 0x7f) as u8 | 0x80);
        v >>= 7;
    }
    out.push(v as u8);
}

/// Appends a signed number, zigzag then LEB128.
pub(super) fn put_signed(out: &mut Vec<u8>, v: i64) {
    put_varint(out, zigzag(v));
}

/// Significant bits of `v`: 0 for 0, 64 for the largest.
pub(super) const fn bit_len(v: u64) -> u8 {
    (64 - v.leading_zeros()) as u8
}

/// Bytes that `count` numbers of `width` bits take.
pub(super) const fn packed_len(count: usize, width: u8) -> usize {
    (count * width as usize).div_ceil(8)
}

/// Appends numbers of `width` bits each, little end first. Numbers must fit in `width` bits.
pub(super) fn pack(out: &mut Vec<u8>, numbers: &[u64], width: u8) {
    if width == 0 {
        return;
    }
    let width = u32::from(width);
    let (mut word, mut used) = (0u64, 0u32);
    for &v in numbers {
        word |= v << used;
        used += width;
        if used >= 64 {
            out.extend_from_slice(&word.to_le_bytes());
            used -= 64;
            word = if used == 0 { 0 } else { v >> (width - used) };
        }
    }
    out.extend_from_slice(&word.to_le_bytes()[..used.div_ceil(8) as usize]);
}

/// Reads what [`pack`] wrote; `bytes` must hold `packed_len(numbers.len(), width)` bytes (missing ones read as zero).
pub(super) fn unpack(bytes: &[u8], numbers: &mut [u64], width: u8) {
    if width == 0 {
        numbers.fill(0);
        return;
    }
    let mask = u64::MAX >> (64 - u32::from(width));
    let mut bit = 0usize;
    if width <= 56 {
        // A number of at most 56 bits lies within the 8 bytes from the one that its first bit is in.
        for v in numbers {
            *v = (load(bytes, bit / 8) >> (bit % 8)) & mask;
            bit += usize::from(width);
        }
    } else {
        for v in numbers {
            let (low, high) = (load(bytes, bit / 8), load(bytes, bit / 8 + 8));
            let both = u128::from(high) << 64 | u128::from(low);
            *v = (both >> (bit % 8)) as u64 & mask;
            bit += usize::from(width);
        }
    }
}

/// Eight bytes from `at`, little end first; beyond the end zeros.
#[inline]
fn load(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    if let Some(word) = rest.first_chunk::<8>() {
        return u64::from_le_bytes(*word);
    }
    let mut word = [0; 8];
    word[..rest.len()].copy_from_slice(rest);
    u64::from_le_bytes(word)
}

/// Bytes being read from the front; every read is checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Input<'a>(pub(super) &'a [u8]);

impl<'a> Input<'a> {
    pub(super) fn byte(&mut self) -> Result<u8, ChunkError> {
        let (&first, rest) = self.0.split_first().ok_or(ChunkError::Truncated)?;
        self.0 = rest;
        Ok(first)
    }

    pub(super) fn bytes(&mut self, len: usize) -> Result<&'a [u8], ChunkError> {
        let (head, rest) = self.0.split_at_checked(len).ok_or(ChunkError::Truncated)?;
        self.0 = rest;
        Ok(head)
    }

    pub(super) fn varint(&mut self) -> Result<u64, ChunkError> {
        let mut v = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            // The tenth byte may hold one bit only.
            if shift == 63 && part > 1 {
                break;
            }
            v |= part << shift;
            if byte < 0x80 {
                return Ok(v);
            }
        }
        Err(ChunkError::Malformed("number longer than 64 bits"))
    }

    pub(super) fn signed(&mut self) -> Result<i64, ChunkError> {
        self.varint().map(unzigzag)
    }

    /// A count or length that must not be above `max`.
    pub(super) fn count(&mut self, max: usize) -> Result<usize, ChunkError> {
        usize::try_from(self.varint()?).ok().filter(|n| *n <= max).ok_or(ChunkError::Malformed("count out of range"))
    }

    pub(super) fn f64(&mut self) -> Result<f64, ChunkError> {
        let (word, rest) = self.0.split_first_chunk::<8>().ok_or(ChunkError::Truncated)?;
        self.0 = rest;
        Ok(f64::from_bits(u64::from_le_bytes(*word)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_by_hand() {
        // 300 = 0b10_0101100: low seven bits 0101100 with the mark, then 10.
        let mut out = Vec::new();
        put_varint(&mut out, 300);
        put_signed(&mut out, -1);
        put_signed(&mut out, 64);
        assert_eq!(out, [0xac, 0x02, 0x01, 0x80, 0x01]);
        assert_eq!([zigzag(0), zigzag(-1), zigzag(1), zigzag(-2), zigzag(i64::MIN)], [0, 1, 2, 3, u64::MAX]);
        assert_eq!([bit_len(0), bit_len(1), bit_len(255), bit_len(256), bit_len(u64::MAX)], [0, 1, 8, 9, 64]);
    }

    #[test]
    fn packing_by_hand() {
        // 1, 2, 3 in three bits each, little end first: 0b011_010_001 = 0b0_1101_0001, then one more byte for bit 8.
        let mut out = Vec::new();
        pack(&mut out, &[1, 2, 3], 3);
        assert_eq!(out, [0b1101_0001, 0]);
        assert_eq!(packed_len(3, 3), 2);
    }

    #[test]
    fn overlong_and_short_numbers_are_refused() {
        assert_eq!(Input(&[0xff; 10]).varint(), Err(ChunkError::Malformed("number longer than 64 bits")));
        assert_eq!(Input(&[0x80; 3]).varint(), Err(ChunkError::Truncated));
        assert_eq!(Input(&[]).byte(), Err(ChunkError::Truncated));
        assert_eq!(Input(&[1]).bytes(2), Err(ChunkError::Truncated));
        assert_eq!(Input(&[9]).count(8), Err(ChunkError::Malformed("count out of range")));
    }

    proptest! {
        #[test]
        fn numbers_round_trip(v: u64, s: i64) {
            let mut out = Vec::new();
            put_varint(&mut out, v);
            put_signed(&mut out, s);
            let mut input = Input(&out);
            prop_assert_eq!((input.varint(), input.signed()), (Ok(v), Ok(s)));
            prop_assert!(input.0.is_empty());
        }

        #[test]
        fn packing_round_trips(width in 0u8..=64, raw in prop::collection::vec(any::<u64>(), 0..80)) {
            let mask = if width == 0 { 0 } else { u64::MAX >> (64 - u32::from(width)) };
            let numbers: Vec<u64> = raw.iter().map(|v| v & mask).collect();
            let mut out = Vec::new();
            pack(&mut out, &numbers, width);
            prop_assert_eq!(out.len(), packed_len(numbers.len(), width));
            let mut back = vec![1; numbers.len()];
            unpack(&out, &mut back, width);
            prop_assert_eq!(back, numbers);
        }
    }
}

//! Genotypes: what a chip read at the places of a genome that it looks at, half a million of them and more.
//!
//! They are kept in a fixed number of blocks, and a place's name says in which block it lies. So a look-up opens a block
//! for each place that it asks for, and never all; and a file that is read again replaces what an earlier one said, block
//! by block, also where it says less.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};

/// Blocks of one person's genotypes. With a million places a block has about 2,000 of them, 8 kB.
pub const BLOCKS: u16 = 512;
/// Bits that number a block.
const BLOCK_BITS: u32 = BLOCKS.trailing_zeros();
/// Bits that a place's number may have, so that place and call fit into 64.
const NUMBER_BITS: u32 = 48;
/// What a chip reads of one strand: bases, a deletion or insertion, nothing.
const ALLELES: &[u8; 7] = b"ACGTDI-";

/// A place on the genome, by its name: `rs3094315` in the public catalogue, `i3000001` in 23andMe's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Locus(u64);

impl Locus {
    /// Reads a name, without regard to case; `None` for one of another form.
    pub fn parse(name: &str) -> Option<Self> {
        let (own, digits) = match name.as_bytes() {
            [b'r' | b'R', b's' | b'S', digits @ ..] => (0, digits),
            [b'i' | b'I', digits @ ..] => (1, digits),
            _ => return None,
        };
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        // A leading zero would be a second name of the same place.
        let number: u64 = std::str::from_utf8(digits).ok().filter(|text| !text.starts_with('0'))?.parse().ok()?;
        (number < 1 << (NUMBER_BITS - 1)).then_some(Self(number << 1 | own))
    }

    fn from_number(number: u64) -> Option<Self> {
        (number >> 1 != 0 && number < 1 << NUMBER_BITS).then_some(Self(number))
    }

    /// The number of the block in which it lies, below [`BLOCKS`].
    pub const fn block(self) -> u16 {
        // Multiplying by 2^64 divided by the golden ratio spreads neighbours over all blocks.
        (self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - BLOCK_BITS)) as u16
    }
}

impl fmt::Display for Locus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.0 & 1 == 0 { "rs" } else { "i" }, self.0 >> 1)
    }
}

/// What was read at a place: two letters, or one where the person has one copy. `--` is a place that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call(u8);

impl Call {
    /// Reads the letters; `None` for others than a chip gives.
    pub fn parse(text: &str) -> Option<Self> {
        let one = |letter: u8| ALLELES.iter().position(|allele| *allele == letter).map(|place| place as u8 + 1);
        match text.as_bytes() {
            [a] => Some(Self(one(*a)? << 3)),
            [a, b] => Some(Self(one(*a)? << 3 | one(*b)?)),
            _ => None,
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        (byte >> 3 != 0 && byte < 64).then_some(Self(byte))
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        [self.0 >> 3, self.0 & 7]
            .into_iter()
            .filter_map(|number| ALLELES.get(usize::from(number).checked_sub(1)?))
            .try_for_each(|letter| write!(f, "{}", char::from(*letter)))
    }
}

/// Bytes that are no block of genotypes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a block of genotypes")]
pub struct DecodeError;

/// One block.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Genotypes {
    /// Its number, below [`BLOCKS`].
    pub block: u16,
    /// Base64 of the places in order: the distance from the place before as a variable-length number, then the call.
    calls: String,
}

impl Genotypes {
    /// The key of the record that holds a block, within a connection.
    pub fn key(block: u16) -> String {
        format!("genotypes:{block}")
    }

    /// Bytes of its text, by which a batch of blocks is bounded.
    pub fn weight(&self) -> usize {
        self.calls.len()
    }

    /// What was read at a place of this block; `None` where the chip does not look.
    pub fn get(&self, locus: Locus) -> Result<Option<Call>, DecodeError> {
        let mut found = None;
        self.walk(|place, call| {
            found = (place == locus.0).then_some(call);
            Ok(place < locus.0)
        })?;
        Ok(found)
    }

    /// Every place of this block with what was read there, in the order of their numbers.
    pub fn all(&self) -> Result<Vec<(Locus, Call)>, DecodeError> {
        let mut all = Vec::new();
        self.walk(|place, call| {
            all.push((Locus::from_number(place).ok_or(DecodeError)?, call));
            Ok(true)
        })?;
        Ok(all)
    }

    /// Place after place, until `take` has enough.
    fn walk(&self, mut take: impl FnMut(u64, Call) -> Result<bool, DecodeError>) -> Result<(), DecodeError> {
        let bytes = BASE64.decode(&self.calls).map_err(|_| DecodeError)?;
        let mut rest = bytes.as_slice();
        let mut place = 0_u64;
        while !rest.is_empty() {
            place = place.checked_add(read_number(&mut rest)?).ok_or(DecodeError)?;
            let (call, after) = rest.split_first().ok_or(DecodeError)?;
            rest = after;
            if !take(place, Call::from_byte(*call).ok_or(DecodeError)?)? {
                break;
            }
        }
        Ok(())
    }
}

/// Gathers a person's genotypes, in 8 bytes a place.
#[derive(Debug, Default)]
pub struct Gathered(Vec<u64>);

impl Gathered {
    /// Adds a place. Of one that comes again, the first stays.
    pub fn add(&mut self, locus: Locus, call: Call) {
        self.0.push(locus.0 << 8 | u64::from(call.0));
    }

    /// Places so far.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All [`BLOCKS`] blocks, in order, also those without a place.
    pub fn into_blocks(self) -> impl Iterator<Item = Genotypes> {
        let mut all = self.0;
        let block = |packed: u64| Locus(packed >> 8).block();
        // Stable, so that of one place the first stays first.
        all.sort_by_key(|packed| (block(*packed), packed >> 8));
        all.dedup_by_key(|packed| *packed >> 8);
        (0..BLOCKS).scan(0, move |from, number| {
            let end = *from + all[*from..].iter().take_while(|packed| block(**packed) == number).count();
            let block = encode(number, &all[*from..end]);
            *from = end;
            Some(block)
        })
    }
}

fn encode(block: u16, packed: &[u64]) -> Genotypes {
    let mut bytes = Vec::with_capacity(packed.len() * 5);
    let mut before = 0;
    for one in packed {
        let place = one >> 8;
        write_number(&mut bytes, place - before);
        bytes.push((one & 0xff) as u8);
        before = place;
    }
    Genotypes { block, calls: BASE64.encode(bytes) }
}

/// Seven bits a byte, the lowest first; the high bit says that more follow.
fn write_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn read_number(rest: &mut &[u8]) -> Result<u64, DecodeError> {
    let mut number = 0;
    for shift in (0..=NUMBER_BITS).step_by(7) {
        let (byte, after) = rest.split_first().ok_or(DecodeError)?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(DecodeError)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn locus(name: &str) -> Locus {
        Locus::parse(name).expect(name)
    }

    fn call(text: &str) -> Call {
        Call::parse(text).expect(text)
    }

    #[test]
    fn names_of_places() {
        assert_eq!(locus("rs3094315"), locus("RS3094315"));
        assert_ne!(locus("rs3000001"), locus("i3000001"));
        for bad in ["", "rs", "i", "x1", "rs-1", "rs1a", "rs01", "rs 1", "rs99999999999999999999", "rs140737488355328"]
        {
            assert_eq!(Locus::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn calls_are_one_or_two_letters() {
        for text in ["AA", "CT", "--", "DI", "A", "-", "II"] {
            assert_eq!(call(text).to_string(), text);
        }
        for bad in ["", "AAA", "a", "N", "AN", "é"] {
            assert_eq!(Call::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_place_is_found_in_its_block_alone() {
        let mut gathered = Gathered::default();
        gathered.add(locus("rs5"), call("AG"));
        gathered.add(locus("rs5"), call("CC"));
        gathered.add(locus("i5"), call("--"));
        let blocks: Vec<Genotypes> = gathered.into_blocks().collect();
        assert_eq!(blocks.len(), usize::from(BLOCKS));
        let at = |name: &str| blocks[usize::from(locus(name).block())].get(locus(name)).expect("a block");
        assert_eq!(at("rs5"), Some(call("AG")), "the first that was told");
        assert_eq!(at("i5"), Some(call("--")));
        assert_eq!(at("rs6"), None);
        assert_eq!(blocks.iter().filter(|block| block.weight() > 0).count(), 2);
    }

    #[test]
    fn what_is_no_block_is_noticed() {
        for calls in ["%", "gICAgICAgICA", "gA", "AQ", "AQA"] {
            let block = Genotypes { block: 0, calls: calls.to_owned() };
            assert_eq!(block.get(locus("rs9")), Err(DecodeError), "{calls}");
        }
    }

    proptest! {
        #[test]
        fn every_place_reads_back(numbers in prop::collection::hash_set(1_u64..1 << 40, 1..300)) {
            let mut gathered = Gathered::default();
            for number in &numbers {
                let text = ["AA", "G", "--"][(number % 3) as usize];
                gathered.add(locus(&format!("rs{number}")), call(text));
            }
            let blocks: Vec<Genotypes> = gathered.into_blocks().collect();
            for number in &numbers {
                let locus = locus(&format!("rs{number}"));
                let found = blocks[usize::from(locus.block())].get(locus).expect("a block");
                prop_assert_eq!(found, Call::parse(["AA", "G", "--"][(number % 3) as usize]));
            }
            let mut all: Vec<(String, String)> = Vec::new();
            for block in &blocks {
                let places = block.all().expect("a block");
                all.extend(places.into_iter().map(|(locus, call)| (locus.to_string(), call.to_string())));
            }
            let mut told: Vec<(String, String)> =
                numbers.iter().map(|n| (format!("rs{n}"), ["AA", "G", "--"][(n % 3) as usize].to_owned())).collect();
            all.sort();
            told.sort();
            prop_assert_eq!(all, told);
        }
    }
}

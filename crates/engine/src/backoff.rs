//! Back-off with jitter, the one curve that everything here waits by.

use hilum_model::{Random, world::random_bytes};

/// First step, ms.
const FIRST_MS: i64 = 15_000;
/// Longest step, ms.
const LONGEST_MS: i64 = 3_600_000;

/// How long to wait after that many failures in a row, ms: doubles from 15 s to an hour, of which a random half is
/// taken off so that those who failed together do not come back together.
pub(crate) fn backoff_ms(failures: u32, random: &dyn Random) -> i64 {
    let doublings = failures.saturating_sub(1).min(16);
    let step = FIRST_MS.saturating_mul(1_i64 << doublings).min(LONGEST_MS);
    step - below(step / 2, random)
}

/// A random number from 0 up to and without `end`; 0 if `end` is not positive.
pub(crate) fn below(end: i64, random: &dyn Random) -> i64 {
    if end <= 0 {
        return 0;
    }
    let draw = u64::from_le_bytes(random_bytes(random));
    // The high half of the product: even enough for jitter, and without a division.
    ((u128::from(draw) * end as u128) >> 64) as i64
}

#[cfg(test)]
mod tests {
    use hilum_model::world::SeededRandom;

    use super::*;

    #[test]
    fn doubles_up_to_an_hour_with_half_of_it_random() {
        let random = SeededRandom::new(1);
        for (failures, longest) in
            [(0, 15_000), (1, 15_000), (2, 30_000), (5, 240_000), (9, 3_600_000), (99, 3_600_000)]
        {
            for _ in 0..200 {
                let wait = backoff_ms(failures, &random);
                assert!(wait > longest / 2 && wait <= longest, "{failures}: {wait}");
            }
        }
    }

    #[test]
    fn below_stays_below_and_reaches_both_ends() {
        let random = SeededRandom::new(2);
        let draws: Vec<i64> = (0..400).map(|_| below(4, &random)).collect();
        assert!((0..4).all(|n| draws.contains(&n)) && draws.iter().all(|n| (0..4).contains(n)));
        assert_eq!((below(0, &random), below(-5, &random), below(1, &random)), (0, 0, 0));
    }
}

//! Repeatable chance: every number is a hash of who, what and when, so asking in another order changes nothing.

/// A point in the tree of chances. Two paths of the same steps give the same numbers for ever.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(mix(seed))
    }
    /// One step down the tree.
    pub(super) const fn at(self, step: i64) -> Self {
        Self(mix(self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(step.cast_unsigned())))
    }
    /// A whole hash, for ids.
    pub(super) const fn bits(self) -> u64 {
        self.0
    }
    /// 0 ≤ x < 1.
    pub(super) fn unit(self) -> f64 {
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
    /// `low` ≤ x < `high`.
    pub(super) fn between(self, low: f64, high: f64) -> f64 {
        low + self.unit() * (high - low)
    }
    /// A whole number, both ends included.
    pub(super) fn whole(self, low: i64, high: i64) -> i64 {
        low + (self.unit() * (high - low + 1) as f64) as i64
    }
    /// True with that probability.
    pub(super) fn chance(self, probability: f64) -> bool {
        self.unit() < probability
    }
    /// Bell-shaped around 0, within ±1, mostly within ±0.5: the mean of three even numbers.
    pub(super) fn bell(self) -> f64 {
        (self.at(1).unit() + self.at(2).unit() + self.at(3).unit()) / 1.5 - 1.0
    }
    /// A smooth curve through one random value between -1 and 1 at each whole `x`: slow change without steps.
    pub(super) fn wave(self, x: f64) -> f64 {
        let left = x.floor();
        let part = x - left;
        let ease = part * part * (3.0 - 2.0 * part);
        let value = |n: f64| self.at(n as i64).between(-1.0, 1.0);
        value(left) * (1.0 - ease) + value(left + 1.0) * ease
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
const fn mix(value: u64) -> u64 {
    let z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_in_their_ranges_and_repeat() {
        let dice = Dice::new(7);
        for i in 0..2000 {
            let d = dice.at(i);
            assert!((0.0..1.0).contains(&d.unit()));
            assert!((3..=5).contains(&d.whole(3, 5)));
            assert!(d.bell().abs() <= 1.0);
            assert!(dice.wave(i as f64 / 7.0).abs() <= 1.0);
            assert_eq!(d.bits(), Dice::new(7).at(i).bits());
        }
        assert_ne!(dice.at(1).at(2).bits(), dice.at(2).at(1).bits());
    }

    #[test]
    fn a_wave_has_no_steps() {
        let dice = Dice::new(3);
        for i in 0..500 {
            let x = f64::from(i) / 50.0;
            // The steepest slope of the easing is 1.5 per unit, over a rise of at most 2.
            assert!((dice.wave(x + 0.02) - dice.wave(x)).abs() <= 0.02 * 3.0 + 1e-9);
        }
    }
}

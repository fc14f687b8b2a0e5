//! Sums that grow, made into what was added: a distance since the start becomes distances of intervals.

use hilum_model::Time;

/// The last sum and its time.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Covered {
    last: Option<(Time, f64)>,
}

impl Covered {
    /// Takes the next sum. Gives since when something was added, and how much, to the thousandth. A sum below the last
    /// one begins anew; a second one of the same moment counts towards the next.
    pub(crate) fn add(&mut self, at: Time, sum: f64) -> Option<(Time, f64)> {
        let Some((since, before)) = self.last else {
            self.last = Some((at, sum));
            return None;
        };
        if at <= since {
            return None;
        }
        self.last = Some((at, sum));
        let added = ((sum - before) * 1000.0).round() / 1000.0;
        (added > 0.0).then_some((since, added))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added() {
        let mut covered = Covered::default();
        assert_eq!(covered.add(Time(0), 10.0), None);
        assert_eq!(covered.add(Time(1000), 12.3), Some((Time(0), 2.3)));
        assert_eq!(covered.add(Time(1000), 12.9), None);
        assert_eq!(covered.add(Time(2000), 12.9), Some((Time(1000), 0.6)));
        assert_eq!(covered.add(Time(3000), 12.9), None);
        assert_eq!(covered.add(Time(4000), 1.0), None);
        assert_eq!(covered.add(Time(6000), 1.5), Some((Time(4000), 0.5)));
    }
}

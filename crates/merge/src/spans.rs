//! Stretches of time that are known already.

/// Disjoint stretches `[from, until)` in ms, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Spans(Vec<(i64, i64)>);

impl Spans {
    /// How much of `[from, until)` is known, ms.
    pub(crate) fn known(&self, from: i64, until: i64) -> i64 {
        let first = self.0.partition_point(|(_, end)| *end <= from);
        let met = self.0[first..].iter().take_while(|(start, _)| *start < until);
        met.map(|(start, end)| until.min(*end) - from.max(*start)).sum()
    }

    /// What of `[from, until)` is not known, in order.
    pub(crate) fn left(&self, from: i64, until: i64) -> impl Iterator<Item = (i64, i64)> {
        let first = self.0.partition_point(|(_, end)| *end <= from);
        let met = self.0[first..].iter().copied().take_while(move |(start, _)| *start < until);
        let mut at = from;
        // Behind the last one comes what is left up to the end.
        met.chain([(until, until)]).filter_map(move |(start, end)| {
            let gap = (at, start);
            at = end;
            (gap.0 < gap.1).then_some(gap)
        })
    }

    /// Whether an instant is known.
    pub(crate) fn holds(&self, at: i64) -> bool {
        self.known(at, at.saturating_add(1)) > 0
    }

    /// Adds stretches, in any order; empty ones are left out.
    pub(crate) fn add(&mut self, stretches: impl IntoIterator<Item = (i64, i64)>) {
        self.0.extend(stretches.into_iter().filter(|(from, until)| from < until));
        self.0.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::with_capacity(self.0.len());
        for (from, until) in self.0.drain(..) {
            match joined.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(until),
                _ => joined.push((from, until)),
            }
        }
        self.0 = joined;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_join_and_are_measured() {
        let mut spans = Spans::default();
        spans.add([(10, 20), (30, 40), (20, 25), (50, 50), (12, 14)]);
        assert_eq!(spans, Spans(vec![(10, 25), (30, 40)]));
        assert_eq!(spans.known(0, 100), 25);
        assert_eq!(spans.known(20, 35), 10);
        assert_eq!(spans.known(25, 30), 0);
        let left = |from, until| spans.left(from, until).collect::<Vec<_>>();
        assert_eq!(left(0, 100), [(0, 10), (25, 30), (40, 100)]);
        assert_eq!((left(12, 35), left(10, 25), left(25, 30)), (vec![(25, 30)], vec![], vec![(25, 30)]));
        assert!(spans.holds(10) && spans.holds(24) && !spans.holds(25) && !spans.holds(9));
    }
}

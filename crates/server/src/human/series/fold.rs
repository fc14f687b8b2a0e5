//! Samples into buckets, in the order of time and in bounded memory.
//!
//! Where one series alone tells, its samples go straight into buckets. Where several do, the samples of some days are held
//! together until the rules of merging can decide about the oldest of them: as far as anything reaches, no further.

use hilum_merge::cumulative::{Interval, stretches};
use hilum_merge::point::{self, Read};
use hilum_merge::sampled::{Taken, stand_ins};
use hilum_merge::{Nature, nature};
use hilum_model::chunk::StoredPoint;
use hilum_model::{Metric, Offset, Time};

use super::aggregate::{Bucket, Manner};

/// How a series takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin {
    /// Who is believed, the lower one.
    pub(super) rank: u32,
    /// Place of the source, for what a bucket is from.
    pub(super) source: u16,
    /// Series of different groups have buckets of their own.
    pub(super) group: usize,
}

/// A sample that waits.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    start: Time,
    end: Option<Time>,
    offset: Option<Offset>,
    /// In the metric's unit.
    value: f64,
    origin: Origin,
}

/// Samples that are looked at together, at the least, where several series tell.
const TOGETHER: usize = 32_768;

/// Amounts of intervals of more than a day and a half may count twice where sources tell them differently.
const LONGEST: i64 = 36 * 3_600_000;

/// Buckets that are being filled.
#[derive(Debug)]
pub(super) struct Fold {
    nature: Nature,
    metric: Metric,
    manner: Manner,
    /// Starts of buckets and the end of the last one.
    edges: Vec<Time>,
    /// Times are clock times of each sample.
    local: bool,
    /// By group, then bucket.
    groups: Vec<Group>,
    /// More than one series take part.
    several: bool,
    /// Samples that wait.
    waiting: usize,
    /// What begins before this has been taken.
    settled: Time,
    /// Samples that have to wait before the next look, and before any.
    enough: usize,
    together: usize,
}

#[derive(Debug)]
struct Group {
    waiting: Vec<Waiting>,
    buckets: Vec<Bucket>,
    /// The bucket that was filled last.
    at: usize,
    /// The last value, for how long it was so: since when, until when the sample itself says, and its shift.
    before: Option<(Time, Time, i64, f64)>,
}

impl Fold {
    /// `edges` are at least two and rise; `several`: whether more than one series take part.
    pub(super) fn new(metric: Metric, edges: Vec<Time>, local: bool, groups: usize, several: bool) -> Self {
        let buckets = vec![Bucket::default(); edges.len().saturating_sub(1)];
        let group = || Group { waiting: Vec::new(), buckets: buckets.clone(), at: 0, before: None };
        Self {
            nature: Nature::of(metric),
            metric,
            manner: Manner::of(metric),
            groups: std::iter::repeat_with(group).take(groups).collect(),
            edges,
            local,
            several,
            waiting: 0,
            settled: Time(i64::MIN),
            enough: TOGETHER,
            together: TOGETHER,
        }
    }

    /// Looks at fewer samples together.
    #[cfg(test)]
    pub(super) const fn look_at(&mut self, together: usize) {
        (self.enough, self.together) = (together, together);
    }

    /// How far in time the reason can lie why a sample counts in a bucket, or for how long, ms.
    pub(super) const fn reach(metric: Metric) -> i64 {
        match Nature::of(metric) {
            Nature::Cumulative => LONGEST,
            // Each source may hold against the next; four are as many as hold for the same hour.
            Nature::Sampled { gap, margin } => 4 * (gap + margin),
            Nature::Point { .. } => 2 * nature::RELAYED_WITHIN,
        }
    }

    /// Takes samples of one series that begin on a day of UTC, `day` its start; days come in order. `to_unit` makes a
    /// value one of the metric's unit.
    pub(super) fn take(&mut self, day: Time, origin: Origin, points: &[StoredPoint], to_unit: impl Fn(f64) -> f64) {
        if self.several && self.waiting >= self.enough {
            let until = day.plus_ms(-Self::reach(self.metric));
            if until > self.settled {
                self.settle(until);
            }
            self.waiting = self.groups.iter().map(|group| group.waiting.len()).sum();
            self.enough = self.together.max(2 * self.waiting);
        }
        for StoredPoint { point, .. } in points {
            let value = to_unit(point.value);
            let sample = Waiting { start: point.start, end: point.end, offset: point.offset, value, origin };
            if self.several {
                self.groups[origin.group].waiting.push(sample);
                self.waiting += 1;
            } else {
                self.count_whole(sample);
            }
        }
    }

    /// The buckets by group, when everything has been taken.
    pub(super) fn finish(mut self) -> Vec<Vec<Bucket>> {
        self.settle(Time(i64::MAX));
        for group in 0..self.groups.len() {
            self.hold(group, None);
        }
        self.groups.into_iter().map(|group| group.buckets).collect()
    }

    /// Decides about all that begins before an instant, and forgets what can no longer decide about anything else.
    fn settle(&mut self, until: Time) {
        let settled = std::mem::replace(&mut self.settled, until);
        let due = |sample: &Waiting| settled <= sample.start && sample.start < until;
        let keep = until.plus_ms(-Self::reach(self.metric));
        for group in 0..self.groups.len() {
            let mut waiting = std::mem::take(&mut self.groups[group].waiting);
            waiting.sort_by_key(|sample| (sample.start, sample.origin.rank, sample.end));
            // What was left out covers nothing, and must not come back when its better ones are forgotten.
            let mut counts = vec![true; waiting.len()];
            match self.nature {
                Nature::Cumulative => {
                    let interval = |s: &Waiting| Interval { rank: s.origin.rank, start: s.start, end: s.end };
                    let intervals: Vec<Interval> = waiting.iter().map(interval).collect();
                    for (n, stretch) in stretches(&intervals) {
                        if due(&waiting[n]) {
                            self.spread(waiting[n], stretch);
                        }
                    }
                }
                Nature::Sampled { gap, margin } => {
                    let taken = |s: &Waiting| Taken { rank: s.origin.rank, start: s.start, end: s.end };
                    let taken: Vec<Taken> = waiting.iter().map(taken).collect();
                    counts = stand_ins(&taken, gap, margin).iter().map(Option::is_none).collect();
                }
                Nature::Point { .. } => {
                    let read = |s: &Waiting| Read { rank: s.origin.rank, at: s.start, value: s.value };
                    let readings: Vec<Read> = waiting.iter().map(read).collect();
                    counts = point::counts(self.metric, &readings);
                }
            }
            if self.nature != Nature::Cumulative {
                for (sample, _) in waiting.iter().zip(&counts).filter(|(sample, counts)| **counts && due(sample)) {
                    self.count_whole(*sample);
                }
            }
            let mut counts = counts.into_iter();
            waiting.retain(|sample| {
                let counts = counts.next().unwrap_or(true);
                sample.start >= until || (counts && sample.end.unwrap_or(sample.start) >= keep)
            });
            self.groups[group].waiting = waiting;
        }
    }

    /// A sample of which all counts.
    fn count_whole(&mut self, sample: Waiting) {
        if self.manner == Manner::Amounts {
            let end = sample.end.unwrap_or(sample.start);
            let until = end.0.max(sample.start.0.saturating_add(1));
            self.spread(sample, (sample.start.0, until));
            return;
        }
        let shift = self.shift(sample.offset);
        let at = sample.start.plus_ms(shift);
        let group = sample.origin.group;
        self.hold(group, Some(sample.start));
        let told_until = sample.end.unwrap_or(sample.start);
        self.groups[group].before = Some((sample.start, told_until, shift, sample.value));
        if let Some(n) = self.place(group, at) {
            self.groups[group].buckets[n].take(sample.value, sample.origin.source);
        }
    }

    /// A part of an amount goes into the buckets that it lies in, in proportion to time.
    fn spread(&mut self, sample: Waiting, (from, until): (i64, i64)) {
        let end = sample.end.map_or(i64::MIN, |end| end.0).max(sample.start.0.saturating_add(1));
        let each_ms = sample.value / (end - sample.start.0) as f64;
        let shift = self.shift(sample.offset);
        let (mut from, until) = (from.saturating_add(shift), until.saturating_add(shift));
        let (Some(first), Some(last)) = (self.edges.first(), self.edges.last()) else { return };
        from = from.max(first.0);
        let until = until.min(last.0);
        while from < until {
            let Some(n) = self.place(sample.origin.group, Time(from)) else { return };
            let here = until.min(self.edges[n + 1].0);
            let all = sample.start.0.saturating_add(shift) == from && end.saturating_add(shift) == here;
            let amount = if all { sample.value } else { each_ms * (here - from) as f64 };
            self.groups[sample.origin.group].buckets[n].take(amount, sample.origin.source);
            from = here;
        }
    }

    /// How long the value before was so: until the next sample, if that follows closely, else as long as it said itself
    /// and a little.
    fn hold(&mut self, group: usize, next: Option<Time>) {
        let Nature::Sampled { gap, margin } = self.nature else { return };
        let Some((since, told_until, shift, value)) = self.groups[group].before.take() else { return };
        let until = match next {
            Some(next) if next.since_ms(told_until) <= gap => next,
            _ => told_until.plus_ms(margin),
        };
        let (Some(first), Some(last)) = (self.edges.first(), self.edges.last()) else { return };
        let mut from = since.plus_ms(shift).max(*first);
        let until = until.plus_ms(shift).min(*last);
        while from < until {
            let Some(n) = self.place(group, from) else { return };
            let here = until.min(self.edges[n + 1]);
            self.groups[group].buckets[n].last_for(value, here.since_ms(from));
            from = here;
        }
    }

    fn shift(&self, offset: Option<Offset>) -> i64 {
        if self.local { offset.map_or(0, |offset| i64::from(offset.0) * 60_000) } else { 0 }
    }

    /// The bucket that an instant lies in. Most often it is that of the sample before.
    fn place(&mut self, group: usize, at: Time) -> Option<usize> {
        let known = &mut self.groups[group].at;
        let holds = |n: usize| self.edges.get(n + 1).is_some_and(|end| self.edges[n] <= at && at < *end);
        if holds(*known) {
            return Some(*known);
        }
        let n = self.edges.partition_point(|edge| *edge <= at).checked_sub(1)?;
        if !holds(n) {
            return None;
        }
        *known = n;
        Some(n)
    }
}

//! What is told of a bucket.

use hilum_merge::Nature;
use hilum_model::Metric;

use crate::ApiError;
use crate::human::query::invalid;

/// One figure of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aggregate {
    /// The mean of the samples, each counting once.
    Avg,
    /// The mean over the time that the samples tell of.
    TimeAvg,
    Min,
    Max,
    /// Of amounts.
    Sum,
    /// Samples that a bucket is made from.
    Count,
    /// The oldest.
    First,
    /// The newest.
    Last,
}

/// How samples of a metric may be taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Amounts: they add up, and their mean would say how a device cuts time.
    Amounts,
    /// Values: they have a mean, and no sum.
    Values,
    /// Angles: half of the way between two is another place.
    Angles,
}

impl Manner {
    pub(super) const fn of(metric: Metric) -> Self {
        match (metric, Nature::of(metric)) {
            (Metric::Latitude | Metric::Longitude, _) => Self::Angles,
            (Metric::InsulinDose, _) | (_, Nature::Cumulative) => Self::Amounts,
            _ => Self::Values,
        }
    }

    /// What is told if nothing else is asked for.
    const fn usual(self) -> &'static [Aggregate] {
        use Aggregate as A;
        match self {
            Self::Amounts => &[A::Sum, A::Count],
            Self::Values => &[A::Avg, A::Min, A::Max, A::Count],
            Self::Angles => &[A::First, A::Last, A::Count],
        }
    }

    const fn may(self) -> &'static [Aggregate] {
        use Aggregate as A;
        match self {
            Self::Amounts => &[A::Sum, A::Count],
            Self::Values => &[A::Avg, A::TimeAvg, A::Min, A::Max, A::Count, A::First, A::Last],
            Self::Angles => &[A::Min, A::Max, A::Count, A::First, A::Last],
        }
    }
}

impl Aggregate {
    const ALL: [Self; 8] =
        [Self::Avg, Self::TimeAvg, Self::Min, Self::Max, Self::Sum, Self::Count, Self::First, Self::Last];

    /// The word in the parameter `agg`.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Avg => "avg",
            Self::TimeAvg => "time_avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::Sum => "sum",
            Self::Count => "count",
            Self::First => "first",
            Self::Last => "last",
        }
    }

    /// The member of a bucket.
    pub(super) const fn member(self) -> &'static str {
        match self {
            Self::TimeAvg => "timeAvg",
            other => other.word(),
        }
    }

    /// Reads the parameter `agg`: words with commas between them, each at most once. Without it, what is usual.
    pub(super) fn parse(text: Option<&str>, metric: Metric) -> Result<Vec<Self>, ApiError> {
        let manner = Manner::of(metric);
        let Some(text) = text else { return Ok(manner.usual().to_vec()) };
        let mut found = Vec::new();
        for word in text.split(',') {
            let aggregate =
                Self::ALL.into_iter().find(|a| a.word() == word.trim()).filter(|a| !found.contains(a)).ok_or_else(
                    || {
                        invalid(
                            "agg",
                            "one or more of avg, time_avg, min, max, sum, count, first, last, with commas, each once",
                        )
                    },
                )?;
            if !manner.may().contains(&aggregate) {
                let may: Vec<&str> = manner.may().iter().map(|a| a.word()).collect();
                return Err(ApiError::bad_request(
                    "unfit_aggregate",
                    "Unfit Aggregate",
                    format!(
                        "{} cannot be taken of {}, which {}: ask for {}.",
                        aggregate.word(),
                        metric.name(),
                        match manner {
                            Manner::Amounts => "is an amount of an interval and adds up",
                            Manner::Values => "is a value that is sampled and does not add up",
                            Manner::Angles => "is an angle",
                        },
                        may.join(", ")
                    ),
                ));
            }
            found.push(aggregate);
        }
        Ok(found)
    }
}

/// What has come into a bucket so far.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    pub(super) count: u64,
    sum: f64,
    min: f64,
    max: f64,
    first: f64,
    last: f64,
    /// Value times ms, and ms, of the time that samples tell of.
    weighted: (f64, f64),
    /// Places of the sources among the person's.
    pub(super) sources: Vec<u16>,
}

impl Default for Bucket {
    fn default() -> Self {
        Self {
            count: 0,
            sum: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            first: 0.0,
            last: 0.0,
            weighted: (0.0, 0.0),
            sources: Vec::new(),
        }
    }
}

impl Bucket {
    /// Takes a value, or a part of an amount, in order of time.
    pub(super) fn take(&mut self, value: f64, source: u16) {
        if self.count == 0 {
            self.first = value;
        }
        self.count += 1;
        self.sum += value;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.last = value;
        if !self.sources.contains(&source) {
            self.sources.push(source);
        }
    }

    /// Takes what a value was for so many ms.
    pub(super) fn last_for(&mut self, value: f64, ms: i64) {
        self.weighted.0 += value * ms as f64;
        self.weighted.1 += ms as f64;
    }

    /// A figure; `None` where nothing came in that tells it.
    pub(super) fn tell(&self, aggregate: Aggregate) -> Option<f64> {
        let told = self.count > 0;
        match aggregate {
            Aggregate::Count => Some(self.count as f64),
            Aggregate::Sum => told.then_some(rounded(self.sum)),
            Aggregate::Avg => told.then(|| rounded(self.sum / self.count as f64)),
            Aggregate::TimeAvg => (self.weighted.1 > 0.0).then(|| rounded(self.weighted.0 / self.weighted.1)),
            Aggregate::Min => told.then_some(self.min),
            Aggregate::Max => told.then_some(self.max),
            Aggregate::First => told.then_some(self.first),
            Aggregate::Last => told.then_some(self.last),
        }
    }
}

/// Without the dust of binary fractions: a millionth is finer than any source tells.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_a_metric() {
        use Aggregate as A;
        let read = |text, metric| Aggregate::parse(text, metric).map_err(|e| e.code);
        assert_eq!(read(None, Metric::HeartRate), Ok(vec![A::Avg, A::Min, A::Max, A::Count]));
        assert_eq!(read(None, Metric::InsulinDose), Ok(vec![A::Sum, A::Count]));
        assert_eq!(read(None, Metric::Longitude), Ok(vec![A::First, A::Last, A::Count]));
        assert_eq!(read(Some("max, time_avg"), Metric::Speed), Ok(vec![A::Max, A::TimeAvg]));
        for (text, metric) in [("sum", Metric::HeartRate), ("avg", Metric::Steps), ("max,avg", Metric::Latitude)] {
            assert_eq!(read(Some(text), metric), Err("unfit_aggregate"), "{text}");
        }
        for text in ["mean", "avg,avg", "avg,,max", "AVG"] {
            assert_eq!(read(Some(text), Metric::HeartRate), Err("invalid_parameter"), "{text}");
        }
    }

    #[test]
    fn figures_by_hand() {
        let mut bucket = Bucket::default();
        assert_eq!((bucket.tell(Aggregate::Count), bucket.tell(Aggregate::Avg)), (Some(0.0), None));
        // 60 for three minutes, 64 for one: 61 by time, 62 by samples.
        for (value, source, ms) in [(60.0, 3, 180_000), (64.0, 1, 60_000)] {
            bucket.take(value, source);
            bucket.last_for(value, ms);
        }
        let told: Vec<Option<f64>> = Aggregate::ALL.into_iter().map(|a| bucket.tell(a)).collect();
        assert_eq!(told, [62.0, 61.0, 60.0, 64.0, 124.0, 2.0, 60.0, 64.0].map(Some));
        assert_eq!(bucket.sources, [3, 1]);
    }
}

//! The conditions of a filter, asked of a whole chunk first and of single samples where that does not decide.

use hilum_model::chunk::StoredPoint;
use hilum_model::{Day, Time};

use super::ChunkRow;
use crate::records::Filter;

/// How much of a chunk meets the conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// No sample.
    None,
    /// Every sample.
    All,
    /// It has to be opened.
    Some,
}

/// Half-open ranges of times and a closed range of civil days.
pub(super) struct Window {
    days: (Day, Day),
    created: (Time, Time),
    updated: (Time, Time),
    open: bool,
}

impl Window {
    pub(super) fn new(filter: &Filter) -> Self {
        let range = |since: Option<Time>, before: Option<Time>| {
            (since.unwrap_or(Time(i64::MIN)), before.unwrap_or(Time(i64::MAX)))
        };
        Self {
            days: (filter.start_day.unwrap_or(Day(i32::MIN)), filter.end_day.unwrap_or(Day(i32::MAX))),
            created: range(filter.created_since, filter.created_before),
            updated: range(filter.updated_since, filter.updated_before),
            open: filter.start_day.is_none()
                && filter.end_day.is_none()
                && filter.created_since.is_none()
                && filter.created_before.is_none()
                && filter.updated_since.is_none()
                && filter.updated_before.is_none(),
        }
    }

    /// No condition on days or times at all.
    pub(super) const fn is_open(&self) -> bool {
        self.open
    }

    /// UTC days that can hold samples of the civil days: offsets are less than a day.
    pub(super) const fn utc_days(&self) -> (Day, Day) {
        (self.days.0.plus(-1), self.days.1.plus(1))
    }

    /// How much of a chunk meets the conditions, by its clear columns. No sample is updated before it is created.
    pub(super) fn share(&self, chunk: &ChunkRow) -> Share {
        let (created_min, created_max) = chunk.created;
        let (civil_min, civil_max) = chunk.civil;
        if civil_max < self.days.0
            || civil_min > self.days.1
            || created_max < self.created.0
            || created_min >= self.created.1
            || chunk.updated_max < self.updated.0
            || created_min >= self.updated.1
        {
            return Share::None;
        }
        let all = civil_min >= self.days.0
            && civil_max <= self.days.1
            && created_min >= self.created.0
            && created_max < self.created.1
            && created_min >= self.updated.0
            && chunk.updated_max < self.updated.1;
        if all { Share::All } else { Share::Some }
    }

    /// Whether a block can hold samples that meet the conditions.
    pub(super) fn may_hold(&self, updated_max: Time) -> bool {
        updated_max >= self.updated.0
    }

    /// Whether a sample meets the conditions.
    pub(super) fn holds(&self, stored: &StoredPoint) -> bool {
        let day = stored.point.start.civil_day(stored.point.offset);
        self.days.0 <= day
            && day <= self.days.1
            && self.created.0 <= stored.created_at
            && stored.created_at < self.created.1
            && self.updated.0 <= stored.updated_at
            && stored.updated_at < self.updated.1
    }
}

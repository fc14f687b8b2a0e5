//! Merging samples into a chunk.

use super::{Chunk, Point, StoredPoint};
use crate::Time;

/// What a merge did. The four numbers add up to the number of points that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Merged {
    /// New points.
    pub inserted: u64,
    /// Points whose value or offset changed.
    pub updated: u64,
    /// Points that were there already, the same; and those that a later one of the same call replaced.
    pub unchanged: u64,
    /// Points whose value is not a finite number.
    pub rejected: u64,
}

impl Merged {
    /// Whether the chunk differs from before.
    pub const fn changed(&self) -> bool {
        self.inserted > 0 || self.updated > 0
    }
}

impl Chunk {
    /// Merges points in any order. Of several with the same start and end the last one wins. A point that is new is
    /// created and updated `now`; one whose value or offset differs from what is there replaces it, is updated `now`,
    /// and keeps its time of creation. Values that are not finite are rejected. `incoming` is left empty; its
    /// capacity can be used again.
    pub fn merge(&mut self, incoming: &mut Vec<Point>, now: Time) -> Merged {
        let mut merged = Merged::default();
        let all = incoming.len();
        incoming.retain(|p| p.value.is_finite());
        merged.rejected = (all - incoming.len()) as u64;
        merged.unchanged = sort_last_wins(incoming) as u64;
        self.correct(incoming, now, &mut merged);
        self.insert(incoming, now);
        merged.inserted = incoming.len() as u64;
        incoming.clear();
        merged
    }

    /// Corrects the points that are there already and leaves only the new ones in `incoming`, which is sorted.
    fn correct(&mut self, incoming: &mut Vec<Point>, now: Time, merged: &mut Merged) {
        let Some(first) = incoming.first().map(Point::key) else { return };
        // What is appended meets nothing.
        if self.points.last().is_none_or(|last| last.point.key() < first) {
            return;
        }
        let from = self.points.partition_point(|s| s.point.key() < first);
        let mut there = self.points[from..].iter_mut().peekable();
        incoming.retain(|new| {
            while there.next_if(|old| old.point.key() < new.key()).is_some() {}
            let Some(old) = there.next_if(|old| old.point.key() == new.key()) else { return true };
            if old.point.tells_the_same(new) {
                merged.unchanged += 1;
            } else {
                old.point = *new;
                old.updated_at = now;
                merged.updated += 1;
            }
            false
        });
    }

    /// Puts new points in their places. `new` is sorted and has no key in common with the chunk.
    fn insert(&mut self, new: &[Point], now: Time) {
        let Some(first) = new.first().map(Point::key) else { return };
        let stored = |point: &Point| StoredPoint { point: *point, created_at: now, updated_at: now };
        // Only the points behind the first new one move; for an append there are none.
        let from = self.points.partition_point(|s| s.point.key() < first);
        let tail = self.points.split_off(from);
        self.points.reserve(tail.len() + new.len());
        let mut tail = tail.into_iter().peekable();
        for point in new {
            while let Some(old) = tail.next_if(|old| old.point.key() < point.key()) {
                self.points.push(old);
            }
            self.points.push(stored(point));
        }
        self.points.extend(tail);
    }
}

/// Sorts by key and keeps the last of each; tells how many went. What is sorted already costs one pass.
fn sort_last_wins(points: &mut Vec<Point>) -> usize {
    if points.is_sorted_by(|a, b| a.key() < b.key()) {
        return 0;
    }
    let all = points.len();
    // Stable, so that of equal keys the last one is still the last.
    points.sort_by_key(Point::key);
    points.dedup_by(|later, kept| {
        let same = later.key() == kept.key();
        if same {
            *kept = *later;
        }
        same
    });
    all - points.len()
}

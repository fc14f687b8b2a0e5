//! Walking days backwards until a page is full.

use std::cmp::Reverse;

use hilum_model::Time;
use hilum_model::chunk::{BlockInfo, Reader, StoredPoint};

use super::contents::Chosen;
use super::window::{Share, Window};
use super::{ChunkRow, DAMAGED, StoredSample, shown};
use crate::StoreError;
use crate::crypto::Sealer;
use crate::series::body_place;
use crate::slices::SamplePlace;

/// A page that is being filled.
pub(super) struct Walk<'a> {
    key: &'a Sealer,
    series: Chosen<'a>,
    window: &'a Window,
    /// Matching samples that still lie before the page.
    skip: u64,
    /// The page begins after this place.
    after: Option<SamplePlace>,
    limit: usize,
    rows: Vec<StoredSample>,
    /// Matching samples of the days walked.
    counted: u64,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        key: &'a Sealer,
        series: Chosen<'a>,
        window: &'a Window,
        (skip, after, limit): (u64, Option<SamplePlace>, u32),
    ) -> Self {
        let limit = limit as usize;
        let rows = Vec::with_capacity(limit.min(1024));
        Self { key, series, window, skip, after, limit, rows, counted: 0 }
    }

    /// Whether the page has all its rows.
    pub(super) const fn is_full(&self) -> bool {
        self.rows.len() >= self.limit
    }

    /// The rows, and how many samples matched in the days walked.
    pub(super) fn finish(self) -> (Vec<StoredSample>, u64) {
        (self.rows, self.counted)
    }

    /// Whether the contents of a chunk may be asked for when its day is taken.
    pub(super) fn may_open(&self, chunk: &ChunkRow) -> bool {
        match self.share(chunk) {
            Share::None => false,
            Share::All => !self.is_full(),
            Share::Some => true,
        }
    }

    /// How much of a chunk may be on the page.
    fn share(&self, chunk: &ChunkRow) -> Share {
        // All of it lies before the place.
        if self.after.is_some_and(|after| chunk.starts.0 > after.start) {
            return Share::None;
        }
        self.window.share(chunk)
    }

    /// Takes the chunks of the next earlier day.
    pub(super) fn day(&mut self, chunks: &[ChunkRow]) -> Result<(), StoreError> {
        let shares: Vec<(&ChunkRow, Share)> =
            chunks.iter().map(|chunk| (chunk, self.share(chunk))).filter(|(_, share)| *share != Share::None).collect();
        let whole: u64 = shares.iter().filter(|(_, share)| *share == Share::All).map(|(chunk, _)| chunk.count).sum();
        let decided = shares.iter().all(|(_, share)| *share == Share::All);
        if decided && (self.is_full() || whole <= self.skip) {
            self.counted += whole;
            self.skip = self.skip.saturating_sub(whole);
            return Ok(());
        }
        self.counted += whole;
        let mut cursors = Vec::with_capacity(shares.len());
        for (chunk, share) in shares {
            let mut cursor = Cursor::new(chunk, self.after);
            if share == Share::Some {
                cursor.points = self.matching(&self.body(chunk)?)?;
                cursor.pass();
                cursor.rest = Rest::None;
                self.counted += cursor.points.len() as u64;
            }
            cursors.push(cursor);
        }
        self.merge(&mut cursors)
    }

    fn body(&self, chunk: &ChunkRow) -> Result<Vec<u8>, StoreError> {
        self.key.open(&body_place(chunk.slot, chunk.part), &chunk.sealed_body)
    }

    /// The samples of a chunk that meet the conditions.
    fn matching(&self, body: &[u8]) -> Result<Vec<StoredPoint>, StoreError> {
        let reader = Reader::open(body).map_err(|_| DAMAGED)?;
        let mut points = Vec::new();
        for block in 0..reader.blocks() {
            if self.window.may_hold(reader.block_info(block).updated_max) {
                reader.block(block, &mut points).map_err(|_| DAMAGED)?;
            }
        }
        points.retain(|point| self.window.holds(point));
        Ok(points)
    }

    /// Takes the newest sample of all cursors again and again.
    fn merge(&mut self, cursors: &mut [Cursor<'_>]) -> Result<(), StoreError> {
        while !self.is_full() {
            let newest = (0..cursors.len())
                .filter_map(|index| {
                    cursors[index].newest().map(|start| (start, Reverse(cursors[index].row.slot.series), index))
                })
                .max();
            let Some((_, _, index)) = newest else { break };
            let others = (0..cursors.len()).filter(|other| *other != index);
            let next = others.filter_map(|other| cursors[other].newest()).max();
            let cursor = &mut cursors[index];
            if cursor.points.is_empty() {
                let ahead = |first: Time| next.is_none_or(|next| first > next);
                match &mut cursor.rest {
                    Rest::Chunk if cursor.row.count <= self.skip && ahead(cursor.row.starts.0) => {
                        // All of the chunk is newer than every other sample, and before the page.
                        self.skip -= cursor.row.count;
                        cursor.rest = Rest::None;
                    }
                    Rest::Chunk => {
                        cursor.open(self.body(cursor.row)?)?;
                    }
                    Rest::Blocks { infos, .. } => {
                        let last = infos.last().copied().ok_or(DAMAGED)?;
                        if u64::from(last.count) <= self.skip && ahead(last.first) {
                            self.skip -= u64::from(last.count);
                            infos.pop();
                        } else {
                            cursor.decode()?;
                        }
                    }
                    Rest::None => {}
                }
                continue;
            }
            let series = self.series.get(cursor.row.slot.series).ok_or(StoreError::Damaged("chunks.series"))?;
            // Its next sample won the comparison; after that it goes on as long as it is ahead of all others.
            let mut won = true;
            while let Some(point) = cursor.points.last()
                && (won || next.is_none_or(|next| point.point.start > next))
                && self.rows.len() < self.limit
            {
                if self.skip > 0 {
                    self.skip -= 1;
                } else {
                    self.rows.push(shown(series, point));
                }
                cursor.points.pop();
                won = false;
            }
        }
        Ok(())
    }
}

/// A chunk that is read from its end, no more of it than has to be.
struct Cursor<'a> {
    row: &'a ChunkRow,
    /// Decoded samples, the next one last.
    points: Vec<StoredPoint>,
    rest: Rest,
    /// Samples up to this place do not count.
    after: Option<SamplePlace>,
}

/// What of a chunk lies before the decoded samples.
enum Rest {
    /// All of it; it has not been opened.
    Chunk,
    /// The blocks that `infos` tells of.
    Blocks { body: Vec<u8>, infos: Vec<BlockInfo> },
    /// Nothing.
    None,
}

impl<'a> Cursor<'a> {
    const fn new(row: &'a ChunkRow, after: Option<SamplePlace>) -> Self {
        Self { row, points: Vec::new(), rest: Rest::Chunk, after }
    }

    /// Drops decoded samples that do not come after the place. They are sorted the other way round, so they stand last.
    fn pass(&mut self) {
        let Some(after) = self.after else { return };
        let series = self.row.slot.series;
        let kept = self.points.partition_point(|point| after.precedes(series, point));
        self.points.truncate(kept);
    }

    /// Start of the next sample, or a later time; known without opening the chunk or decoding its block.
    fn newest(&self) -> Option<Time> {
        match (self.points.last(), &self.rest) {
            (Some(point), _) => Some(point.point.start),
            (None, Rest::Chunk) => Some(self.row.starts.1),
            (None, Rest::Blocks { infos, .. }) => infos.last().map(|info| info.last),
            (None, Rest::None) => None,
        }
    }

    fn open(&mut self, body: Vec<u8>) -> Result<(), StoreError> {
        let reader = Reader::open(&body).map_err(|_| DAMAGED)?;
        let mut infos: Vec<BlockInfo> = (0..reader.blocks()).map(|block| reader.block_info(block)).collect();
        if let Some(after) = self.after {
            infos.truncate(infos.partition_point(|info| info.first <= after.start));
        }
        self.rest = Rest::Blocks { body, infos };
        Ok(())
    }

    /// Decodes the last of the blocks that are left.
    fn decode(&mut self) -> Result<(), StoreError> {
        let Rest::Blocks { body, infos } = &mut self.rest else { return Ok(()) };
        let reader = Reader::open(body).map_err(|_| DAMAGED)?;
        if infos.pop().is_some() {
            reader.block(infos.len(), &mut self.points).map_err(|_| DAMAGED)?;
            self.pass();
        }
        Ok(())
    }
}

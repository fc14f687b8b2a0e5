//! Walking days backwards until a page is full.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use hilum_model::Time;
use hilum_model::chunk::{Reader, StoredPoint};

use super::window::{Share, Window};
use super::{ChunkRow, DAMAGED, Series, StoredSample, shown};
use crate::StoreError;
use crate::crypto::Sealer;
use crate::db::Conn;
use crate::records::Filter;
use crate::series;

/// A page that is being filled.
pub(super) struct Walk<'a> {
    conn: Conn<'a>,
    key: &'a Sealer,
    series: &'a HashMap<u32, Arc<Series>>,
    window: &'a Window,
    /// Matching samples that still lie before the page.
    skip: u64,
    limit: usize,
    rows: Vec<StoredSample>,
    /// Matching samples of the days walked.
    counted: u64,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        conn: Conn<'a>,
        key: &'a Sealer,
        series: &'a HashMap<u32, Arc<Series>>,
        window: &'a Window,
        filter: &Filter,
    ) -> Self {
        let limit = filter.limit as usize;
        let rows = Vec::with_capacity(limit.min(1024));
        Self { conn, key, series, window, skip: filter.offset, limit, rows, counted: 0 }
    }

    /// Whether the page has all its rows.
    pub(super) const fn is_full(&self) -> bool {
        self.rows.len() >= self.limit
    }

    /// The rows, and how many samples matched in the days walked.
    pub(super) fn finish(self) -> (Vec<StoredSample>, u64) {
        (self.rows, self.counted)
    }

    /// Takes the chunks of the next earlier day.
    pub(super) fn day(&mut self, chunks: &[ChunkRow]) -> Result<(), StoreError> {
        let shares: Vec<(&ChunkRow, Share)> = chunks
            .iter()
            .map(|chunk| (chunk, self.window.share(chunk)))
            .filter(|(_, share)| *share != Share::None)
            .collect();
        let whole: u64 = shares.iter().filter(|(_, share)| *share == Share::All).map(|(chunk, _)| chunk.count).sum();
        let decided = shares.iter().all(|(_, share)| *share == Share::All);
        if decided && (self.is_full() || whole <= self.skip) {
            self.counted += whole;
            self.skip = self.skip.saturating_sub(whole);
            return Ok(());
        }
        let mut bodies = Vec::with_capacity(shares.len());
        for (chunk, share) in shares {
            // Counted already; when the page is full, only chunks that have to be asked are opened.
            if share == Share::All && self.is_full() {
                continue;
            }
            let body = series::read_body(self.conn, self.key, chunk.slot, chunk.part)?.ok_or(DAMAGED)?;
            bodies.push((chunk, share, body));
        }
        self.counted += whole;
        let mut cursors = Vec::with_capacity(bodies.len());
        for (chunk, share, body) in &bodies {
            let reader = Reader::open(body).map_err(|_| DAMAGED)?;
            let cursor = if *share == Share::All {
                Cursor { series: chunk.slot.series, left: reader.blocks(), reader, points: Vec::new() }
            } else {
                let points = self.matching(&reader)?;
                self.counted += points.len() as u64;
                Cursor { series: chunk.slot.series, left: 0, reader, points }
            };
            cursors.push(cursor);
        }
        self.merge(&mut cursors)
    }

    /// The samples of a chunk that meet the conditions.
    fn matching(&self, reader: &Reader<'_>) -> Result<Vec<StoredPoint>, StoreError> {
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
                .filter_map(|index| cursors[index].newest().map(|start| (start, Reverse(cursors[index].series), index)))
                .max();
            let Some((_, _, index)) = newest else { break };
            let others = (0..cursors.len()).filter(|other| *other != index);
            let next = others.filter_map(|other| cursors[other].newest()).max();
            let cursor = &mut cursors[index];
            if cursor.points.is_empty() {
                let info = cursor.reader.block_info(cursor.left - 1);
                let count = u64::from(info.count);
                if count <= self.skip && next.is_none_or(|next| info.first > next) {
                    // Every sample of the block is newer than all others, and before the page.
                    self.skip -= count;
                    cursor.left -= 1;
                    continue;
                }
                cursor.decode()?;
            }
            let series = self.series.get(&cursor.series).ok_or(StoreError::Damaged("chunks.series"))?;
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

/// A chunk that is read from its end.
struct Cursor<'a> {
    series: u32,
    reader: Reader<'a>,
    /// Blocks that are not decoded yet.
    left: usize,
    /// Decoded samples, the next one last.
    points: Vec<StoredPoint>,
}

impl Cursor<'_> {
    /// Start of the next sample; known without decoding its block.
    fn newest(&self) -> Option<Time> {
        match self.points.last() {
            Some(point) => Some(point.point.start),
            None => self.left.checked_sub(1).map(|block| self.reader.block_info(block).last),
        }
    }

    fn decode(&mut self) -> Result<(), StoreError> {
        self.left -= 1;
        self.reader.block(self.left, &mut self.points).map_err(|_| DAMAGED)
    }
}

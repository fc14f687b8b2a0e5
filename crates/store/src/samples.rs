//! Reading dense series.
//!
//! A list walks the person's days backwards. Days, chunks and blocks that lie before the page are skipped by their
//! counts, unread; what a page shows is decoded block by block.

pub(crate) mod contents;
pub(crate) mod remove;
pub(crate) mod scan;
mod span;
mod walk;
mod window;

use std::ops::ControlFlow;
use std::sync::Arc;

use hilum_model::chunk::{Reader, StoredPoint};
use hilum_model::{ConnectionId, Day, HumanId, Metric, Offset, RecordId, Time, Unit};
use rusqlite::params;

use self::contents::{Chosen, Contents};
pub use self::remove::SampleKey;
pub use self::scan::{Extent, Scan};
use self::walk::Walk;
use self::window::Window;
use crate::changes::{self, What};
use crate::crypto::{Sealer, Vault};
use crate::db::{Conn, statements};
use crate::records::{Filter, Page};
use crate::series::{self, Slot};
use crate::slices::SamplePlace;
use crate::{Store, StoreError};

statements! {
    CHUNKS = "SELECT day, series, part, count, updated_max, created_min, created_max, civil_min, civil_max,
        first_at, last_at, sealed_body FROM chunks
        WHERE human_id = $1 AND metric = $2 AND day >= $3 AND day <= $4
        ORDER BY day DESC, series DESC, part DESC";
    /// The same for a question of what changed since, without bodies, which would all go through the sorting. Signs keep
    /// the plan to the index of changes: few rows are new.
    CHUNKS_SINCE = "SELECT day, series, part, count, updated_max, created_min, created_max, civil_min, civil_max,
        first_at, last_at FROM chunks
        WHERE human_id = $1 AND metric = $2 AND +day >= $3 AND +day <= $4 AND updated_max >= $5
        ORDER BY +day DESC, +series DESC, +part DESC";
    SEALED = "SELECT sealed_body FROM chunks
        WHERE human_id = $1 AND metric = $2 AND day = $3 AND series = $4 AND part = $5";
    PART_OF = "SELECT part FROM chunks
        WHERE human_id = $1 AND metric = $2 AND day = $3 AND series = $4 AND first_at <= $5 AND last_at >= $5
        ORDER BY part";
}

/// What all samples of a series share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Number within the person; part of every sample's id.
    pub number: u32,
    /// Connection.
    pub connection_id: ConnectionId,
    /// What is measured.
    pub metric: Metric,
    /// Unit as received.
    pub unit: Unit,
    /// Device.
    pub device: Option<String>,
    /// Context word.
    pub context: Option<String>,
}

/// A sample with what the store adds.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSample {
    /// Public id, computed from (series, start, length).
    pub id: RecordId,
    /// Its series.
    pub series: Arc<Series>,
    /// Start or instant.
    pub start: Time,
    /// End of an interval.
    pub end: Option<Time>,
    /// Local offset.
    pub offset: Option<Offset>,
    /// Value as received, in the series' unit.
    pub received: f64,
    /// Value in the metric's unit.
    pub value: f64,
    /// First stored.
    pub created_at: Time,
    /// Last changed.
    pub updated_at: Time,
}

impl Store {
    /// A list, newest `start` first; of equal starts the series with the lower number first, then the longer sample.
    pub fn samples(&self, human: HumanId, metric: Metric, filter: &Filter) -> Result<Page<StoredSample>, StoreError> {
        self.with_contents((human, metric), |conn, key, contents| {
            list(conn, key, (human, metric), contents, (filter, Begin::Counted))
        })
        .map(Option::unwrap_or_default)
    }
    /// Samples that follow a place; see [`Store::samples_after`].
    pub(crate) fn samples_following(
        &self,
        human: HumanId,
        metric: Metric,
        filter: &Filter,
        after: Option<SamplePlace>,
    ) -> Result<Vec<StoredSample>, StoreError> {
        let page = self.with_contents((human, metric), |conn, key, contents| {
            list(conn, key, (human, metric), contents, (filter, Begin::After(after)))
        })?;
        Ok(page.unwrap_or_default().rows)
    }
    /// One by id; `None` also when it is of another metric.
    pub fn sample(&self, human: HumanId, metric: Metric, id: RecordId) -> Result<Option<StoredSample>, StoreError> {
        self.read(|conn| conn.snapshot(|conn| find(conn, &self.context.vault, human, metric, id)))
    }
    /// The newest.
    pub fn latest_sample(&self, human: HumanId, metric: Metric) -> Result<Option<StoredSample>, StoreError> {
        Ok(self.samples(human, metric, &Filter { limit: 1, ..Filter::default() })?.rows.pop())
    }

    /// Runs a read with the contents of the metric, remembered or read, and remembers what it gives back of them. All is
    /// of one moment. `None` when there is no such person.
    fn with_contents<T>(
        &self,
        of: (HumanId, Metric),
        read: impl Fn(Conn<'_>, &Sealer, Arc<Contents>) -> Result<(T, Arc<Contents>), StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let commits = self.commits();
        let known = if commits.is_multiple_of(2) { self.memory.contents.get(commits, &of) } else { None };
        self.read(|conn| {
            if let Some(known) = known
                && let Some(key) = self.context.vault.find_person(conn, of.0)?
                && let Ok((found, contents)) = read(conn, &key, known.clone())
                // No commit has begun, so memory and every row are of one moment without the locks of a snapshot.
                && self.commits() == commits
            {
                if !Arc::ptr_eq(&known, &contents) {
                    self.remember(commits, of, contents);
                }
                return Ok(Some(found));
            }
            conn.snapshot(|conn| {
                let Some(key) = self.context.vault.find_person(conn, of.0)? else { return Ok(None) };
                let contents = Contents::read(conn, &key, of.0, of.1)?;
                let (found, contents) = read(conn, &key, Arc::new(contents))?;
                self.remember(commits, of, contents);
                Ok(Some(found))
            })
        })
    }

    fn remember(&self, commits: u64, of: (HumanId, Metric), contents: Arc<Contents>) {
        if contents.is_small() {
            self.memory.contents.put(commits, of, contents);
        }
    }
}

/// The parts of a sample's public id: series number, start in ms, length folded to 16 bits.
fn id_of(series: u32, start: Time, end: Option<Time>) -> RecordId {
    let mut id = [0; RecordId::BYTES];
    id[..4].copy_from_slice(&series.to_be_bytes());
    id[4..10].copy_from_slice(&start.0.to_be_bytes()[2..]);
    id[10..].copy_from_slice(&fold(start, end).to_be_bytes());
    RecordId(id)
}

fn fold(start: Time, end: Option<Time>) -> u16 {
    let length = end.map_or(0, |end| end.since_ms(start)) as u64;
    (length ^ (length >> 16) ^ (length >> 32) ^ (length >> 48)) as u16
}

/// Series number, start and folded length of a public id.
fn parse_id(id: RecordId) -> (u32, Time, u16) {
    let [s0, s1, s2, s3, t0, t1, t2, t3, t4, t5, l0, l1] = id.0;
    // Two's complement of 48 bits: the sign bit fills up.
    let sign = if t0 & 0x80 == 0 { 0 } else { 0xff };
    let start = i64::from_be_bytes([sign, sign, t0, t1, t2, t3, t4, t5]);
    (u32::from_be_bytes([s0, s1, s2, s3]), Time(start), u16::from_be_bytes([l0, l1]))
}

/// A row of the chunk table.
struct ChunkRow {
    slot: Slot,
    part: i64,
    count: u64,
    updated_max: Time,
    created: (Time, Time),
    civil: (Day, Day),
    /// First and last start.
    starts: (Time, Time),
    /// Empty where it is not asked for.
    sealed_body: Vec<u8>,
}

/// A list, read within the caller's snapshot; nothing is remembered.
pub(crate) fn page(
    conn: Conn<'_>,
    vault: &Vault,
    human: HumanId,
    metric: Metric,
    filter: &Filter,
) -> Result<Page<StoredSample>, StoreError> {
    let Some(key) = vault.find_person(conn, human)? else { return Ok(Page::default()) };
    let contents = Arc::new(Contents::read(conn, &key, human, metric)?);
    Ok(list(conn, &key, (human, metric), contents, (filter, Begin::Counted))?.0)
}

/// Samples that follow a place, read within the caller's snapshot; nothing is remembered.
pub(crate) fn following(
    conn: Conn<'_>,
    vault: &Vault,
    (human, metric): (HumanId, Metric),
    filter: &Filter,
    after: Option<SamplePlace>,
) -> Result<Vec<StoredSample>, StoreError> {
    let Some(key) = vault.find_person(conn, human)? else { return Ok(Vec::new()) };
    let contents = Arc::new(Contents::read(conn, &key, human, metric)?);
    Ok(list(conn, &key, (human, metric), contents, (filter, Begin::After(after)))?.0.rows)
}

/// Where a part of a list begins.
#[derive(Clone, Copy)]
enum Begin {
    /// After so many rows as the filter says; all that match are counted.
    Counted,
    /// After a place, or at the top; nothing is counted.
    After(Option<SamplePlace>),
}

/// A list, and the contents with the days that had to be counted for it.
fn list(
    conn: Conn<'_>,
    key: &Sealer,
    (human, metric): (HumanId, Metric),
    mut contents: Arc<Contents>,
    (filter, begin): (&Filter, Begin),
) -> Result<(Page<StoredSample>, Arc<Contents>), StoreError> {
    let connections = filter.connections.as_deref();
    let chosen = Chosen { contents: &contents, connections };
    if chosen.is_empty() {
        return Ok((Page { rows: Vec::new(), total: 0 }, contents));
    }
    if changes::nothing_new(conn, human, What::Samples(metric), filter)? {
        return Ok((Page::default(), contents));
    }
    let window = Window::new(filter);
    let (counts, after) = match begin {
        Begin::Counted => (true, None),
        Begin::After(place) => (false, place),
    };
    // Without conditions the total is known; with them every day has to be counted.
    let known = (counts && window.is_open()).then(|| chosen.total());
    if let Some(total) = known
        && filter.offset >= total
    {
        return Ok((Page { rows: Vec::new(), total }, contents));
    }
    let (from, mut to) = window.utc_days();
    let mut skip = if counts { filter.offset } else { 0 };
    if let Some(place) = after {
        to = to.min(place.start.utc_day());
    }
    if known.is_some() && skip > 0 {
        if let Err(left) = chosen.day_after(skip) {
            Arc::make_mut(&mut contents).count_on(conn, (human, metric), connections, left)?;
        }
        let chosen = Chosen { contents: &contents, connections };
        (to, skip) = chosen.day_after(skip).map_err(|_| StoreError::Damaged("series.count"))?;
    }
    let chosen = Chosen { contents: &contents, connections };
    let mut walk = Walk::new(key, chosen, &window, (skip, after, filter.limit));
    let mut day: Vec<ChunkRow> = Vec::new();
    let mut enough = false;
    let take = |row: &rusqlite::Row<'_>| {
        let mut next = ChunkRow {
            slot: Slot { human, metric, day: Day(row.get(0)?), series: row.get(1)? },
            part: row.get(2)?,
            count: row.get::<_, i64>(3)? as u64,
            updated_max: Time(row.get(4)?),
            created: (Time(row.get(5)?), Time(row.get(6)?)),
            civil: (Day(row.get(7)?), Day(row.get(8)?)),
            starts: (Time(row.get(9)?), Time(row.get(10)?)),
            sealed_body: Vec::new(),
        };
        if day.last().is_some_and(|last| last.slot.day != next.slot.day) {
            walk.day(&day)?;
            day.clear();
            if walk.is_full() && (known.is_some() || !counts) {
                enough = true;
                return Ok(ControlFlow::Break(()));
            }
        }
        if chosen.get(next.slot.series).is_some() {
            if walk.may_open(&next) {
                next.sealed_body = match filter.updated_since {
                    None => row.get(11)?,
                    Some(_) => sealed(conn, next.slot, next.part)?,
                };
            }
            day.push(next);
        }
        Ok(ControlFlow::Continue(()))
    };
    match filter.updated_since {
        None => conn.each(CHUNKS, params![human.0, metric.number(), from.0, to.0], take)?,
        Some(since) => {
            conn.each(CHUNKS_SINCE, params![human.0, metric.number(), from.0, to.0, since.0], take)?;
        }
    }
    if !enough {
        walk.day(&day)?;
    }
    let (rows, counted) = walk.finish();
    Ok((Page { rows, total: known.unwrap_or(counted) }, contents))
}

fn sealed(conn: Conn<'_>, slot: Slot, part: i64) -> Result<Vec<u8>, StoreError> {
    let of = params![slot.human.0, slot.metric.number(), slot.day.0, slot.series, part];
    conn.one(SEALED, of, |row| Ok(row.get(0)?))?.ok_or(DAMAGED)
}

fn find(
    conn: Conn<'_>,
    vault: &Vault,
    human: HumanId,
    metric: Metric,
    id: RecordId,
) -> Result<Option<StoredSample>, StoreError> {
    let (number, start, length) = parse_id(id);
    let Some(key) = vault.find_person(conn, human)? else { return Ok(None) };
    let contents = Contents::read(conn, &key, human, metric)?;
    let Some(series) = (Chosen { contents: &contents, connections: None }).get(number) else { return Ok(None) };
    let slot = Slot { human, metric, day: start.utc_day(), series: number };
    let parts: Vec<i64> =
        conn.all(PART_OF, params![human.0, metric.number(), slot.day.0, number, start.0], |row| Ok(row.get(0)?))?;
    let mut points = Vec::new();
    for part in parts {
        let Some(body) = series::read_body(conn, &key, slot, part)? else { continue };
        let reader = Reader::open(&body).map_err(|_| DAMAGED)?;
        for block in 0..reader.blocks() {
            let info = reader.block_info(block);
            if info.first <= start && start <= info.last {
                reader.block(block, &mut points).map_err(|_| DAMAGED)?;
            }
        }
    }
    let matches = |p: &&StoredPoint| p.point.start == start && fold(start, p.point.end) == length;
    Ok(points.iter().find(matches).map(|stored| shown(series, stored)))
}

const DAMAGED: StoreError = StoreError::Damaged("chunks.sealed_body");

/// A stored point as it is handed out.
pub(crate) fn shown(series: &Arc<Series>, stored: &StoredPoint) -> StoredSample {
    let point = &stored.point;
    StoredSample {
        id: id_of(series.number, point.start, point.end),
        series: series.clone(),
        start: point.start,
        end: point.end,
        offset: point.offset,
        received: point.value,
        value: if series.unit == series.metric.unit() {
            point.value
        } else {
            // The way in let only units pass that convert.
            series.unit.convert(point.value, series.metric.unit()).unwrap_or(point.value)
        },
        created_at: stored.created_at,
        updated_at: stored.updated_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_ids_by_hand() {
        // Series 1, 1970-01-01T00:00:01.000Z (1000 = 0x3e8), an instant.
        let id = id_of(1, Time(1000), None);
        assert_eq!(id.to_string(), "000000010000000003e80000");
        // One millisecond before the epoch, 90,000 ms long: 0x15f90 folds to 0x0001 ^ 0x5f90 = 0x5f91.
        let id = id_of(0x0102_0304, Time(-1), Some(Time(89_999)));
        assert_eq!(id.to_string(), "01020304ffffffffffff5f91");
        assert_eq!(parse_id(id), (0x0102_0304, Time(-1), 0x5f91));
        assert_eq!(parse_id(id_of(7, Time(1 << 46), None)), (7, Time(1 << 46), 0));
    }
}

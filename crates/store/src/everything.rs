//! Everything of a person, piece by piece, for whoever takes it all along.
//!
//! Each piece is a read of its own, and the next one begins after the last by a key: so a slow reader holds no snapshot of
//! the database, and a walk takes the same memory whatever the person has. Keys never move while something is stored (a
//! record's id; a sample's day, series and start), so what is there from the beginning to the end of a walk comes in it
//! once; what is stored, corrected or removed meanwhile may come as it was or as it is.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use hilum_model::chunk::{Reader, StoredPoint};
use hilum_model::{ConnectionId, Day, HumanId, Kind, Metric, RecordId, Time, Unit};
use rusqlite::{Row, params};

use crate::archive::{self, Archived};
use crate::crypto::Sealer;
use crate::db::{Conn, statements};
use crate::records::{StoredRecord, read_row};
use crate::samples::{Series, StoredSample, shown};
use crate::series::{Labels, Slot, body_place, labels_place};
use crate::{Store, StoreError};

statements! {
    COUNT_CONNECTIONS = "SELECT count(*) FROM connections WHERE human_id = $1 AND pending IS NULL";
    COUNT_IMPORTS = "SELECT count(*) FROM imports WHERE human_id = $1 AND pending IS NULL";
    COUNT_RECORDS = "SELECT kind, count(*) FROM records WHERE human_id = $1 GROUP BY kind";
    COUNT_SAMPLES = "SELECT metric, sum(count), count(*) FROM series WHERE human_id = $1 GROUP BY metric";
    CHANGED = "SELECT max(updated_at) FROM last_changes WHERE human_id = $1";
    COUNT_PAYLOADS = "SELECT count(*) FROM payloads WHERE human_id = $1";
    RECORDS = "SELECT record_id, connection_id, created_at, updated_at, sealed_body FROM records
        WHERE human_id = $1 AND kind = $2 AND record_id > $3 ORDER BY record_id";
    SERIES = "SELECT series, connection_id, metric, unit, sealed_labels FROM series
        WHERE human_id = $1 AND series > $2 ORDER BY series";
    ONE_SERIES = "SELECT series, connection_id, metric, unit, sealed_labels FROM series
        WHERE human_id = $1 AND series = $2";
    CHUNK = "SELECT day, series, part, sealed_body FROM chunks
        WHERE human_id = $1 AND metric = $2 AND (day, series) >= ($3, $4)
        AND NOT (day = $3 AND series = $4 AND last_at <= $5)
        ORDER BY day, series, part LIMIT 1";
    PAYLOAD = "SELECT payload, received_at, again_at FROM payloads
        WHERE human_id = $1 AND connection_id = $2 AND payload > $3 ORDER BY payload LIMIT 1";
}

/// Sealed bytes of the records of one piece, about.
const PIECE: usize = 256 * 1024;
/// Series of one piece.
const SERIES_PIECE: usize = 256;

/// How much there is of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Connections, also those that were disconnected; without pending ones.
    pub connections: u64,
    /// Imports of files, without pending ones.
    pub imports: u64,
    /// Series of samples.
    pub series: u64,
    /// Records of each kind that there are any of.
    pub records: BTreeMap<Kind, u64>,
    /// Samples of each metric that there are any of, by the running counts of their series.
    pub samples: BTreeMap<Metric, u64>,
    /// Payloads in the archive.
    pub payloads: u64,
    /// When a record or sample was stored or corrected last.
    pub changed_at: Option<Time>,
}

/// Where a walk over the samples of a metric stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SamplePlace {
    day: Day,
    series: u32,
    start: Time,
}

/// Samples that lie together: of one series and one day, oldest first.
#[derive(Debug)]
pub struct Stretch {
    /// What they share.
    pub series: Arc<Series>,
    /// The samples, at least one.
    pub samples: Vec<StoredSample>,
    /// Where the walk goes on.
    pub place: SamplePlace,
}

/// A payload of the archive with its number within the connection.
#[derive(Debug)]
pub struct Numbered {
    /// Number, in the order of arrival.
    pub number: i64,
    /// When it came first.
    pub received_at: Time,
    /// When the same came last.
    pub again_at: Time,
    /// What came.
    pub payload: Archived,
}

impl Store {
    /// What there is of a person at one moment; `None` for nobody.
    pub fn holdings(&self, human: HumanId) -> Result<Option<Holdings>, StoreError> {
        self.read(|conn| {
            conn.snapshot(|conn| {
                if self.context.vault.find_person(conn, human)?.is_none() {
                    return Ok(None);
                }
                let one = |sql| -> Result<u64, StoreError> {
                    Ok(conn.one(sql, [human.0], |row| number(row, 0))?.unwrap_or(0))
                };
                let mut held = Holdings {
                    connections: one(COUNT_CONNECTIONS)?,
                    imports: one(COUNT_IMPORTS)?,
                    payloads: one(COUNT_PAYLOADS)?,
                    changed_at: conn.one(CHANGED, [human.0], |row| Ok(row.get(0)?))?.flatten().map(Time),
                    ..Holdings::default()
                };
                conn.each(COUNT_RECORDS, [human.0], |row| {
                    let kind = Kind::from_number(row.get(0)?).ok_or(StoreError::Damaged("records.kind"))?;
                    held.records.insert(kind, number(row, 1)?);
                    Ok(ControlFlow::Continue(()))
                })?;
                conn.each(COUNT_SAMPLES, [human.0], |row| {
                    let metric = Metric::from_number(row.get(0)?).ok_or(StoreError::Damaged("series.metric"))?;
                    held.series += number(row, 2)?;
                    let samples = number(row, 1)?;
                    if samples > 0 {
                        held.samples.insert(metric, samples);
                    }
                    Ok(ControlFlow::Continue(()))
                })?;
                Ok(Some(held))
            })
        })
    }

    /// The next records of a kind by their ids, after that one; empty at the end. Fails with `NotFound` when the person is
    /// not there (any more), as all pieces do.
    pub fn next_records(
        &self,
        human: HumanId,
        kind: Kind,
        after: Option<RecordId>,
    ) -> Result<Vec<StoredRecord>, StoreError> {
        let after = after.map_or_else(Vec::new, |id| id.0.to_vec());
        self.piece(human, |conn, key| {
            let mut found = Vec::new();
            let mut bytes = 0;
            conn.each(RECORDS, params![human.0, kind.number(), after], |row| {
                bytes += row.get_ref(4)?.as_blob().map_or(0, <[u8]>::len);
                found.push(read_row(row, key, human, kind)?);
                Ok(if bytes < PIECE { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
            })?;
            Ok(found)
        })
    }

    /// The next series by their numbers, after that one; empty at the end. Numbers begin at 1.
    pub fn next_series(&self, human: HumanId, after: u32) -> Result<Vec<Arc<Series>>, StoreError> {
        self.piece(human, |conn, key| {
            let mut found = Vec::new();
            conn.each(SERIES, params![human.0, after], |row| {
                found.push(Arc::new(read_series(row, key, human)?));
                Ok(if found.len() < SERIES_PIECE { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
            })?;
            Ok(found)
        })
    }

    /// The next samples of a metric, oldest day first, within a day by series; `None` at the end.
    pub fn next_stretch(
        &self,
        human: HumanId,
        metric: Metric,
        after: Option<SamplePlace>,
    ) -> Result<Option<Stretch>, StoreError> {
        let mut from = after.unwrap_or(SamplePlace { day: Day(i32::MIN), series: 0, start: Time(i64::MIN) });
        loop {
            let found = self.piece(human, |conn, key| chunk(conn, key, (human, metric), from))?;
            let Some(stretch) = found else { return Ok(None) };
            if !stretch.samples.is_empty() {
                return Ok(Some(stretch));
            }
            from = stretch.place;
        }
    }

    /// The next payload of a connection's archive after that number; `None` at the end.
    pub fn next_payload(
        &self,
        human: HumanId,
        connection: ConnectionId,
        after: i64,
    ) -> Result<Option<Numbered>, StoreError> {
        let vault = &self.context.vault;
        self.piece(human, |conn, _| {
            let next = conn.one(PAYLOAD, params![human.0, connection.0, after], |row| {
                Ok((row.get(0)?, Time(row.get(1)?), Time(row.get(2)?)))
            })?;
            let Some((number, received_at, again_at)) = next else { return Ok(None) };
            let payload = archive::find(conn, vault, human, connection, number)?;
            Ok(payload.map(|payload| Numbered { number, received_at, again_at, payload }))
        })
    }

    fn piece<T>(
        &self,
        human: HumanId,
        read: impl FnOnce(Conn<'_>, &Sealer) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.read(|conn| {
            conn.snapshot(|conn| {
                let key = self.context.vault.find_person(conn, human)?.ok_or(StoreError::NotFound)?;
                read(conn, &key)
            })
        })
    }
}

fn number(row: &Row<'_>, column: usize) -> Result<u64, StoreError> {
    Ok(row.get::<_, i64>(column)? as u64)
}

fn read_series(row: &Row<'_>, key: &Sealer, human: HumanId) -> Result<Series, StoreError> {
    let number: u32 = row.get(0)?;
    let sealed = row.get_ref(4)?.as_blob().map_err(|_| StoreError::Damaged("series.sealed_labels"))?;
    let labels: Labels = key.open_json(&labels_place(human, number), sealed)?;
    Ok(Series {
        number,
        connection_id: ConnectionId(row.get(1)?),
        metric: Metric::from_number(row.get(2)?).ok_or(StoreError::Damaged("series.metric"))?,
        unit: Unit::from_number(row.get(3)?).ok_or(StoreError::Damaged("series.unit"))?,
        device: labels.device,
        context: labels.context,
    })
}

const DAMAGED: StoreError = StoreError::Damaged("chunks.sealed_body");

/// The chunk after a place. Parts of a day are renumbered when one grows too long, so the walk goes by the starts of
/// samples, which never lie in two parts.
fn chunk(
    conn: Conn<'_>,
    key: &Sealer,
    (human, metric): (HumanId, Metric),
    from: SamplePlace,
) -> Result<Option<Stretch>, StoreError> {
    let of = params![human.0, metric.number(), from.day.0, from.series, from.start.0];
    let found = conn.one(CHUNK, of, |row| {
        let slot = Slot { human, metric, day: Day(row.get(0)?), series: row.get(1)? };
        let sealed = row.get_ref(3)?.as_blob().map_err(|_| DAMAGED)?;
        Ok((slot, key.open(&body_place(slot, row.get(2)?), sealed)?))
    })?;
    let Some((slot, body)) = found else { return Ok(None) };
    let series = conn.one(ONE_SERIES, params![human.0, slot.series], |row| read_series(row, key, human))?;
    let series = Arc::new(series.ok_or(StoreError::Damaged("chunks.series"))?);
    let reader = Reader::open(&body).map_err(|_| DAMAGED)?;
    let mut points: Vec<StoredPoint> = Vec::with_capacity(reader.len() as usize);
    for block in 0..reader.blocks() {
        reader.block(block, &mut points).map_err(|_| DAMAGED)?;
    }
    let last = points.last().ok_or(DAMAGED)?.point.start;
    let begun = (from.day, from.series) == (slot.day, slot.series);
    let samples =
        points.iter().filter(|one| !begun || one.point.start > from.start).map(|one| shown(&series, one)).collect();
    Ok(Some(Stretch { series, samples, place: SamplePlace { day: slot.day, series: slot.series, start: last } }))
}

//! Dense series on the way in: samples are grouped by series and UTC day, merged into the day's chunk, and the chunk is
//! written again.

pub(crate) mod withdraw;

use std::collections::HashMap;

use hilum_model::chunk::{Chunk, Merged, Point};
use hilum_model::metric::Storage;
use hilum_model::{ConnectionId, Day, HumanId, Metric, Sample, Time, Unit};
use rusqlite::params;
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::changes::{self, What};
use crate::crypto::{Place, Sealer, Vault};
use crate::db::{Conn, statements};
use crate::outbox::EventType;
use crate::outbox::tally::{Tally, data_type};

statements! {
    FIND = "SELECT series FROM series WHERE human_id = $1 AND lookup = $2";
    NEXT_NUMBER = "SELECT coalesce(max(series), 0) + 1 FROM series WHERE human_id = $1";
    INSERT = "INSERT INTO series
        (human_id, series, connection_id, metric, unit, lookup, sealed_labels, count, last_at, updated_max)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)";
    ADVANCE = "UPDATE series SET count = count + $3, updated_max = $5,
        last_at = CASE WHEN last_at < $4 THEN $4 ELSE last_at END
        WHERE human_id = $1 AND series = $2";
    PARTS = "SELECT part, first_at FROM chunks
        WHERE human_id = $1 AND metric = $2 AND day = $3 AND series = $4 ORDER BY part";
    GET_BODY = "SELECT sealed_body FROM chunks
        WHERE human_id = $1 AND metric = $2 AND day = $3 AND series = $4 AND part = $5";
    PUT = "INSERT INTO chunks
        (human_id, metric, day, series, part, count, first_at, last_at, updated_max, created_min, created_max,
         civil_min, civil_max, sealed_body)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ON CONFLICT (human_id, metric, day, series, part) DO UPDATE SET count = excluded.count,
        first_at = excluded.first_at, last_at = excluded.last_at, updated_max = excluded.updated_max,
        created_min = excluded.created_min, created_max = excluded.created_max, civil_min = excluded.civil_min,
        civil_max = excluded.civil_max, sealed_body = excluded.sealed_body";
}

/// Samples of one chunk at the most; a denser day has several parts.
pub(crate) const PART: usize = 4096;

/// Starts and ends must fit the 48 bits that a sample's public id has for them.
const TIMES: std::ops::Range<i64> = -(1 << 47)..(1 << 47);

/// What the samples of a series share beyond its numbers; personal enough to be sealed.
#[derive(Serialize, Deserialize, PartialEq, Eq, Hash)]
pub(crate) struct Labels {
    pub(crate) device: Option<String>,
    pub(crate) context: Option<String>,
}

/// Whose samples, and with what.
pub(crate) struct Target<'a> {
    pub(crate) conn: Conn<'a>,
    pub(crate) vault: &'a Vault,
    pub(crate) key: &'a Sealer,
    pub(crate) human: HumanId,
    pub(crate) connection: ConnectionId,
    pub(crate) now: Time,
}

/// Where a day's chunks of one series stand.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) human: HumanId,
    pub(crate) metric: Metric,
    pub(crate) day: Day,
    pub(crate) series: u32,
}

/// Stores samples; several with the same series, start and end count as one, the last.
pub(crate) fn put(target: &Target<'_>, samples: Vec<Sample>, tally: &mut Tally) -> Result<Merged, StoreError> {
    let mut all = Merged::default();
    let (groups, rejected) = group(samples);
    all.rejected = rejected;
    for (identity, mut points) in groups {
        // Stable: of equal ones the last stays the last.
        points.sort_by_key(|point| point.start);
        let series = find_or_create(target, &identity)?;
        let mut changes = Merged::default();
        for day in points.chunk_by(|a, b| a.start.utc_day() == b.start.utc_day()) {
            let slot = Slot { human: target.human, metric: identity.metric, day: day[0].start.utc_day(), series };
            let merged = merge_day(target, slot, day)?;
            if merged.changed() {
                note(tally, identity.metric, &merged, day);
            }
            add(&mut changes, merged);
        }
        if changes.changed()
            && let Some(last) = points.last()
        {
            let inserted = changes.inserted as i64;
            target.conn.run(ADVANCE, params![target.human.0, series, inserted, last.start.0, target.now.0])?;
            changes::touch(target.conn, target.human, What::Samples(identity.metric), target.now)?;
        }
        add(&mut all, changes);
    }
    Ok(all)
}

/// Notes what the samples of a UTC day changed, by the civil days of the first and the last.
fn note(tally: &mut Tally, metric: Metric, merged: &Merged, points: &[Point]) {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
    let (from, to) = (first.start.civil_day(first.offset), last.start.civil_day(last.offset));
    let of = data_type(metric);
    tally.note(of, EventType::DataCreated, merged.inserted, from.min(to), from.max(to));
    tally.note(of, EventType::DataUpdated, merged.updated, from.min(to), from.max(to));
}

fn add(sum: &mut Merged, more: Merged) {
    sum.inserted += more.inserted;
    sum.updated += more.updated;
    sum.unchanged += more.unchanged;
    sum.rejected += more.rejected;
}

/// What makes a series, within one connection.
#[derive(PartialEq, Eq, Hash)]
struct Identity {
    metric: Metric,
    unit: Unit,
    labels: Labels,
}

/// Samples by series, in the order of arrival; and the number of those that break a rule.
fn group(samples: Vec<Sample>) -> (HashMap<Identity, Vec<Point>>, u64) {
    let mut groups: HashMap<Identity, Vec<Point>> = HashMap::new();
    let mut rejected = 0;
    // Most batches are runs of one series, so a run is collected before the map is asked.
    let mut run: Option<(Identity, Vec<Point>)> = None;
    for sample in samples {
        let Some(point) = point_of(&sample) else {
            rejected += 1;
            continue;
        };
        match &mut run {
            Some((of, points))
                if of.metric == sample.metric
                    && of.unit == sample.unit
                    && of.labels.device == sample.device
                    && of.labels.context == sample.context =>
            {
                points.push(point);
            }
            _ => {
                let labels = Labels { device: sample.device, context: sample.context };
                let next = (Identity { metric: sample.metric, unit: sample.unit, labels }, vec![point]);
                if let Some((of, points)) = run.replace(next) {
                    groups.entry(of).or_default().extend(points);
                }
            }
        }
    }
    if let Some((of, points)) = run {
        groups.entry(of).or_default().extend(points);
    }
    (groups, rejected)
}

/// The sample as a point of its series; `None` when it breaks a rule of the model. An interval without length is an
/// instant.
fn point_of(sample: &Sample) -> Option<Point> {
    let end = sample.end.filter(|end| *end != sample.start);
    let fits = sample.value.is_finite()
        && sample.metric.storage() == Storage::Series
        && sample.unit.convert(1.0, sample.metric.unit()).is_some()
        && TIMES.contains(&sample.start.0)
        && end.is_none_or(|end| end > sample.start && TIMES.contains(&end.0));
    fits.then_some(Point { start: sample.start, end, offset: sample.offset, value: sample.value })
}

fn find_or_create(target: &Target<'_>, identity: &Identity) -> Result<u32, StoreError> {
    let text = |label: &Option<String>| label.clone().map_or_else(Vec::new, |text| [b"=", text.as_bytes()].concat());
    let lookup = target.vault.mac(
        "series.lookup",
        &[
            &target.human.0,
            &target.connection.0,
            &[identity.metric.number(), identity.unit.number()],
            &text(&identity.labels.device),
            &text(&identity.labels.context),
        ],
    );
    if let Some(series) = target.conn.one(FIND, params![target.human.0, lookup], |row| Ok(row.get(0)?))? {
        return Ok(series);
    }
    let series: u32 = target
        .conn
        .one(NEXT_NUMBER, [target.human.0], |row| Ok(row.get(0)?))?
        .ok_or(StoreError::Damaged("series.series"))?;
    let labels = target.key.seal_json(target.vault.random(), &labels_place(target.human, series), &identity.labels)?;
    target.conn.run(
        INSERT,
        params![
            target.human.0,
            series,
            target.connection.0,
            identity.metric.number(),
            identity.unit.number(),
            lookup,
            labels,
            i64::MIN,
            target.now.0
        ],
    )?;
    Ok(series)
}

/// What stands at a place of the day after a merge.
enum Part {
    /// The part of that number, as it was.
    Kept(i64),
    /// A chunk to be written.
    New(Chunk),
}

/// Merges sorted points of one day into its parts. A part that grows too long is cut, and later ones move up.
fn merge_day(target: &Target<'_>, slot: Slot, points: &[Point]) -> Result<Merged, StoreError> {
    let parts: Vec<(i64, i64)> =
        target.conn.all(PARTS, params![slot.human.0, slot.metric.number(), slot.day.0, slot.series], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let mut merged = Merged::default();
    let mut after = Vec::new();
    let mut rest = points;
    // Starts never lie in two parts, so the first start of the next part bounds this one.
    for index in 0..parts.len().max(1) {
        let bound = parts.get(index + 1).map(|(_, first)| *first);
        let cut = bound.map_or(rest.len(), |bound| rest.partition_point(|point| point.start.0 < bound));
        let (mine, others) = rest.split_at(cut);
        rest = others;
        let old = parts.get(index).map(|(part, _)| *part);
        if mine.is_empty() {
            after.extend(old.map(Part::Kept));
            continue;
        }
        let mut chunk = match old {
            Some(part) => read(target, slot, part)?,
            None => Chunk::new(),
        };
        let changes = chunk.merge(&mut mine.to_vec(), target.now);
        add(&mut merged, changes);
        match old {
            Some(part) if !changes.changed() => after.push(Part::Kept(part)),
            _ => after.extend(chunk.split(PART).into_iter().map(Part::New)),
        }
    }
    // Backwards, because parts only move up: what a write replaces has been read or moved before.
    for (place, part) in after.into_iter().enumerate().rev() {
        let place = place as i64;
        match part {
            Part::Kept(old) if old == place => {}
            Part::Kept(old) => write(target, slot, place, &read(target, slot, old)?)?,
            Part::New(chunk) => write(target, slot, place, &chunk)?,
        }
    }
    Ok(merged)
}

/// The chunk of a part, decoded.
pub(crate) fn read(target: &Target<'_>, slot: Slot, part: i64) -> Result<Chunk, StoreError> {
    let body = read_body(target.conn, target.key, slot, part)?.ok_or(StoreError::Damaged("chunks.part"))?;
    Chunk::decode(&body).map_err(|_| StoreError::Damaged("chunks.sealed_body"))
}

/// The encoded chunk of a part.
pub(crate) fn read_body(conn: Conn<'_>, key: &Sealer, slot: Slot, part: i64) -> Result<Option<Vec<u8>>, StoreError> {
    conn.one(GET_BODY, params![slot.human.0, slot.metric.number(), slot.day.0, slot.series, part], |row| {
        let sealed = row.get_ref(0)?.as_blob().map_err(|_| StoreError::Damaged("chunks.sealed_body"))?;
        key.open(&body_place(slot, part), sealed)
    })
}

/// Writes the chunk of a part. An empty one is left out.
pub(crate) fn write(target: &Target<'_>, slot: Slot, part: i64, chunk: &Chunk) -> Result<(), StoreError> {
    let points = chunk.points();
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Ok(()) };
    let mut updated_max = first.updated_at;
    let (mut created_min, mut created_max) = (first.created_at, first.created_at);
    let civil = |point: &Point| point.start.civil_day(point.offset);
    let (mut civil_min, mut civil_max) = (civil(&first.point), civil(&first.point));
    for stored in points {
        updated_max = updated_max.max(stored.updated_at);
        created_min = created_min.min(stored.created_at);
        created_max = created_max.max(stored.created_at);
        civil_min = civil_min.min(civil(&stored.point));
        civil_max = civil_max.max(civil(&stored.point));
    }
    let sealed = target.key.seal(target.vault.random(), &body_place(slot, part), &chunk.encode())?;
    target.conn.run(
        PUT,
        params![
            slot.human.0,
            slot.metric.number(),
            slot.day.0,
            slot.series,
            part,
            points.len() as i64,
            first.point.start.0,
            last.point.start.0,
            updated_max.0,
            created_min.0,
            created_max.0,
            civil_min.0,
            civil_max.0,
            sealed
        ],
    )?;
    Ok(())
}

/// Where a series' labels are stored.
pub(crate) fn labels_place(human: HumanId, series: u32) -> Place {
    Place::new("series.sealed_labels").id(&human.0).int(i64::from(series))
}

/// Where a chunk's contents are stored.
pub(crate) fn body_place(slot: Slot, part: i64) -> Place {
    Place::new("chunks.sealed_body")
        .id(&slot.human.0)
        .int(i64::from(slot.metric.number()))
        .int(i64::from(slot.day.0))
        .int(i64::from(slot.series))
        .int(part)
}

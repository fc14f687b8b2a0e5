//! Dense series on the way out: samples that their source has deleted.

use std::collections::HashSet;

use hilum_model::chunk::Chunk;
use hilum_model::whole::SeriesName;
use hilum_model::{Contexts, Day, Metric, Stretch, Time, Unit, Whole};
use rusqlite::params;

use super::{Labels, PARTS, Slot, Target, labels_place, read, write};
use crate::StoreError;
use crate::db::statements;

statements! {
    // What has samples on some of these days, of one connection.
    IN_DAYS = "SELECT DISTINCT series.series, series.unit, series.sealed_labels FROM chunks
        JOIN series ON series.human_id = chunks.human_id AND series.series = chunks.series
        WHERE chunks.human_id = $1 AND chunks.metric = $2 AND chunks.day >= $3 AND chunks.day <= $4
        AND series.connection_id = $5";
    OF_METRIC = "SELECT series, unit, sealed_labels FROM series
        WHERE human_id = $1 AND metric = $2 AND connection_id = $3 AND count > 0";
    DAYS = "SELECT DISTINCT day FROM chunks
        WHERE human_id = $1 AND metric = $2 AND day >= $3 AND day <= $4 AND series = $5 ORDER BY day";
    CUT = "DELETE FROM chunks WHERE human_id = $1 AND metric = $2 AND day = $3 AND series = $4 AND part >= $5";
    FEWER = "UPDATE series SET count = count - $3, updated_max = $4 WHERE human_id = $1 AND series = $2";
    DELETE_ALL = "DELETE FROM chunks WHERE human_id = $1 AND metric = $2 AND series = $3";
    // The row stays: its number is part of public ids and must not name anything else.
    EMPTY = "UPDATE series SET count = 0, updated_max = $3 WHERE human_id = $1 AND series = $2";
}

/// A series as it is stored.
struct Found {
    number: u32,
    name: SeriesName,
}

impl Target<'_> {
    fn found(&self, metric: Metric, row: &rusqlite::Row<'_>) -> Result<Found, StoreError> {
        let number = row.get(0)?;
        let unit = Unit::from_number(row.get(1)?).ok_or(StoreError::Damaged("series.unit"))?;
        let sealed = row.get_ref(2)?.as_blob().map_err(|_| StoreError::Damaged("series.sealed_labels"))?;
        let Labels { device, context } = self.key.open_json(&labels_place(self.human, number), sealed)?;
        Ok(Found { number, name: SeriesName { metric, unit, device, context } })
    }
}

/// Takes away the samples of a stretch that its source does not tell any more; `belongs` says of a context that it is
/// the key of a workout, whose samples stay. How many went.
pub(crate) fn untold(
    target: &Target<'_>,
    whole: &Whole,
    (metric, contexts): (Metric, Contexts),
    belongs: impl Fn(&str) -> Result<bool, StoreError>,
) -> Result<u64, StoreError> {
    let (first, last) = whole.stretch.days();
    let series = target.conn.all(
        IN_DAYS,
        params![target.human.0, metric.number(), first.0, last.0, target.connection.0],
        |row| target.found(metric, row),
    )?;
    let mut removed = 0;
    for Found { number, name } in series {
        let context = name.context.as_deref();
        if !contexts.hold(context) || context.map_or(Ok(false), &belongs)? {
            continue;
        }
        let told = whole.told.of_series(&name);
        let mut of_series = 0;
        let days = target
            .conn
            .all(DAYS, params![target.human.0, metric.number(), first.0, last.0, number], |row| Ok(Day(row.get(0)?)))?;
        for day in days {
            let slot = Slot { human: target.human, metric, day, series: number };
            of_series += untold_of_day(target, slot, whole.stretch, told)?;
        }
        if of_series > 0 {
            target.conn.run(FEWER, params![target.human.0, number, of_series as i64, target.now.0])?;
        }
        removed += of_series;
    }
    Ok(removed)
}

fn untold_of_day(
    target: &Target<'_>,
    slot: Slot,
    stretch: Stretch,
    told: Option<&HashSet<(Time, Option<Time>)>>,
) -> Result<u64, StoreError> {
    let parts: Vec<i64> =
        target
            .conn
            .all(PARTS, params![slot.human.0, slot.metric.number(), slot.day.0, slot.series], |row| Ok(row.get(0)?))?;
    let mut chunks: Vec<Chunk> = parts.iter().map(|part| read(target, slot, *part)).collect::<Result<_, _>>()?;
    let mut removed = 0;
    for chunk in &mut chunks {
        removed += chunk.retain(|point| {
            let day = point.start.civil_day(point.offset);
            told.is_some_and(|told| told.contains(&point.key()))
                || !stretch.holds(point.start, point.end, day, point.offset.is_some())
        });
    }
    if removed == 0 {
        return Ok(0);
    }
    // The parts of a day are numbered without gaps.
    chunks.retain(|chunk| !chunk.is_empty());
    for (place, chunk) in (0_i64..).zip(&chunks) {
        write(target, slot, place, chunk)?;
    }
    let left = chunks.len() as i64;
    target.conn.run(CUT, params![slot.human.0, slot.metric.number(), slot.day.0, slot.series, left])?;
    Ok(removed as u64)
}

/// Takes away every sample whose context is `context`: the track of a workout that is gone.
pub(crate) fn of_context(target: &Target<'_>, context: &str) -> Result<(), StoreError> {
    for metric in Metric::ALL {
        let series =
            target.conn.all(OF_METRIC, params![target.human.0, metric.number(), target.connection.0], |row| {
                target.found(metric, row)
            })?;
        for found in series.iter().filter(|found| found.name.context.as_deref() == Some(context)) {
            target.conn.run(DELETE_ALL, params![target.human.0, metric.number(), found.number])?;
            target.conn.run(EMPTY, params![target.human.0, found.number, target.now.0])?;
        }
    }
    Ok(())
}

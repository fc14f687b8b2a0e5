//! A phone posts stretches of sleep as they come, so a night may arrive in parts. A part is joined to what is known of the
//! same night, so that it is one night in the end and never counted twice.

use hilum_model::{Batch, Body, ConnectionId, HumanId, Kind, Observation, Record};
use hilum_providers::timeline::{PAUSE_MS, Stretch, nights};
use hilum_store::records::{Filter, StoredRecord};
use hilum_store::{Store, StoreError};

/// Most known sleeps that are looked at for one post.
const MOST: u32 = 500;

/// Whether a batch holds nights with a timeline.
pub(crate) fn has(batch: &Batch) -> bool {
    batch.observations.iter().any(|observation| part(observation).is_some())
}

/// A night with a timeline.
fn part(observation: &Observation) -> Option<&Record> {
    match observation {
        Observation::Record(record) if timeline(record) => Some(record),
        _ => None,
    }
}

fn timeline(record: &Record) -> bool {
    matches!(&record.body, Body::Sleep(sleep) if !sleep.stages.is_empty())
}

/// Joins the nights of a batch to those that the connection has already, as far as these count.
pub(crate) fn join_known(
    store: &Store,
    human: HumanId,
    connection: ConnectionId,
    batch: &mut Batch,
    counts: impl Fn(&StoredRecord) -> bool,
) -> Result<(), StoreError> {
    let days: Vec<_> = batch.observations.iter().filter_map(part).map(|record| record.day).collect();
    let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else { return Ok(()) };
    let filter = Filter {
        connections: Some(vec![connection]),
        start_day: Some(first.plus(-1)),
        end_day: Some(last.plus(1)),
        limit: MOST,
        ..Filter::default()
    };
    let rows = store.records(human, Kind::Sleep, &filter)?.rows.into_iter();
    let mut known: Vec<Record> = rows.filter(counts).map(|row| row.record).collect();
    known.retain(timeline);
    let mut gone: Vec<String> = Vec::new();
    for observation in &mut batch.observations {
        let Observation::Record(record) = observation else { continue };
        if !timeline(record) {
            continue;
        }
        let touching = |other: &Record| other.device == record.device && near(other, record);
        let mut others: Vec<Record> = Vec::new();
        known.retain(|other| {
            let touches = touching(other);
            if touches {
                others.push(other.clone());
            }
            !touches
        });
        if let Some(joined) = join(record, &others) {
            gone.extend(others.iter().map(|other| other.key.clone()).filter(|key| *key != joined.key));
            **record = joined;
        }
        known.push((**record).clone());
    }
    for key in gone {
        batch.deleted(Kind::Sleep, key);
    }
    Ok(())
}

/// Whether two sleeps belong to one night.
fn near(a: &Record, b: &Record) -> bool {
    let end = |record: &Record| record.end.unwrap_or(record.start);
    a.start.since_ms(end(b)) <= PAUSE_MS && b.start.since_ms(end(a)) <= PAUSE_MS
}

/// The night of all parts; `None` if there is nothing to join.
fn join(record: &Record, others: &[Record]) -> Option<Record> {
    let first = others.iter().chain([record]).min_by_key(|r| r.start)?;
    let stretches: Vec<Stretch> = others.iter().chain([record]).flat_map(stretches).collect();
    if others.is_empty() {
        return None;
    }
    // All lie within one pause of each other, so they are one night.
    let night = nights(&stretches).into_iter().next()?;
    let day = night.end.civil_day(night.end_offset.or(night.offset));
    Some(Record {
        key: first.key.clone(),
        device: record.device.clone(),
        start: night.start,
        end: Some(night.end),
        offset: night.offset,
        day,
        body: Body::Sleep(night.sleep),
        source_data: record.source_data.clone(),
    })
}

/// The stretches of a night; also the time in bed around them.
fn stretches(record: &Record) -> Vec<Stretch> {
    let Body::Sleep(sleep) = &record.body else { return Vec::new() };
    let offset = record.offset;
    let mut all: Vec<Stretch> = sleep
        .stages
        .iter()
        .map(|stage| Stretch { kind: Some(stage.kind), start: stage.start, end: stage.end, offset })
        .collect();
    if let Some(end) = record.end.filter(|end| *end > record.start) {
        all.push(Stretch { kind: None, start: record.start, end, offset });
    }
    all
}

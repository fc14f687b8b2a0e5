//! Merged days: activity totals, sleep, heart rates. One row a civil day.

use std::collections::BTreeMap;

use hilum_merge::day::{self, ADDED, DayEntry, Hours, Total};
use hilum_merge::{Merged, Origin, Subject, Why, session};
use hilum_model::{Body, ConnectionId, Day, Kind, Metric, Record, RecordId};
use hilum_store::changes::What;
use hilum_store::records::{Filter, StoredRecord};

use super::explain::{Said, Used, rounded, used};
use super::stand::{Stand, Told};
use super::{Merger, Part, Shown, Single};
use crate::ApiError;

/// A kind of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::human) struct Days(Kind);

/// A day that is put together.
type Summed = Shown<StoredRecord>;

/// First bytes of the id of a day of which no source tells a total: no series has that number.
const NO_RECORD: [u8; 8] = [0xff, 0xff, 0xff, 0xff, Kind::ActivityDay as u8, 0, 0, 0];

impl Days {
    /// `None` for what is no day.
    pub(in crate::human) const fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::ActivityDay | Kind::SleepDay | Kind::HeartRateDay => Some(Self(kind)),
            _ => None,
        }
    }

    /// What changes when a day does.
    pub(in crate::human) const fn told_by(self) -> &'static [What] {
        match self.0 {
            Kind::SleepDay => &[What::Records(Kind::SleepDay)],
            Kind::HeartRateDay => &[What::Records(Kind::HeartRateDay)],
            _ => &[
                What::Records(Kind::ActivityDay),
                What::Samples(Metric::Steps),
                What::Samples(Metric::Distance),
                What::Samples(Metric::ActiveEnergy),
                What::Samples(Metric::FloorsClimbed),
            ],
        }
    }

    /// The days of which anything is told, newest first.
    pub(in crate::human) fn told(self, merger: &Merger<'_>, filter: &Filter) -> Result<Vec<Day>, ApiError> {
        let amounts = self.0 == Kind::ActivityDay;
        Ok(merger.call.engine.store.told_days(merger.call.human.human_id, self.0, filter, amounts)?)
    }

    /// These days, newest first as they are given; a day of which nothing is left is left out.
    pub(in crate::human) fn read(
        self,
        merger: &Merger<'_>,
        days: &[Day],
        connections: Option<&[ConnectionId]>,
    ) -> Result<Vec<Summed>, ApiError> {
        let mut found = Vec::with_capacity(days.len());
        // Days that lie together are read together.
        for run in days.chunk_by(|newer, older| newer.0 - older.0 <= 2) {
            let (Some(last), Some(first)) = (run.first(), run.last()) else { continue };
            let mut by_day = match self.0 {
                Kind::SleepDay => sleeps(merger, (*first, *last), connections)?,
                Kind::HeartRateDay => heart_rates(merger, (*first, *last), connections)?,
                _ => activities(merger, (*first, *last), connections)?,
            };
            found.extend(run.iter().filter_map(|day| by_day.remove(day)));
        }
        Ok(found)
    }

    /// The day that an id is of.
    pub(in crate::human) fn day_of(self, merger: &Merger<'_>, id: RecordId) -> Result<Option<Day>, ApiError> {
        if self.0 == Kind::ActivityDay
            && let Some(day) = id.0.strip_prefix(&NO_RECORD)
            && let Ok(day) = day.try_into()
        {
            return Ok(Some(Day(i32::from_be_bytes(day))));
        }
        let row = merger.call.engine.store.record(merger.call.human.human_id, self.0, id)?;
        Ok(row.map(|row| row.record.day))
    }
}

type ByDay = BTreeMap<Day, Summed>;

/// What was told of the hours of one day for a metric.
type Member = (Metric, Vec<Told>);

/// The records of one kind by day.
fn records(
    merger: &Merger<'_>,
    kind: Kind,
    (first, last): (Day, Day),
    connections: Option<&[ConnectionId]>,
) -> Result<BTreeMap<Day, Vec<StoredRecord>>, ApiError> {
    let filter = Filter {
        connections: connections.map(<[ConnectionId]>::to_vec),
        start_day: Some(first),
        end_day: Some(last),
        limit: u32::MAX,
        ..Filter::default()
    };
    let mut by_day: BTreeMap<Day, Vec<StoredRecord>> = BTreeMap::new();
    for row in merger.call.engine.store.records(merger.call.human.human_id, kind, &filter)?.rows {
        by_day.entry(row.record.day).or_default().push(row);
    }
    Ok(by_day)
}

fn origins<'r>(merger: &'r Merger<'_>, rows: &'r [StoredRecord]) -> Result<Vec<Origin<'r>>, ApiError> {
    rows.iter().map(|row| merger.origin(row.connection_id, row.record.device.as_deref())).collect()
}

fn heart_rates(merger: &Merger<'_>, days: (Day, Day), connections: Option<&[ConnectionId]>) -> Result<ByDay, ApiError> {
    let mut found = ByDay::new();
    for (day, rows) in records(merger, Kind::HeartRateDay, days, connections)? {
        let entries = entries(merger, &rows, Subject::Metric(Metric::HeartRate))?;
        if let Some(merged) = day::heart_rate(&entries) {
            found.insert(day, summed(merger, &rows, merged)?);
        }
    }
    Ok(found)
}

fn entries<'r>(merger: &Merger<'_>, rows: &'r [StoredRecord], subject: Subject) -> Result<Vec<DayEntry<'r>>, ApiError> {
    let origins = origins(merger, rows)?;
    let ranks = merger.ranking().ranks(subject, origins.iter().copied());
    let entry = |(row, origin): (&'r StoredRecord, &Origin<'_>)| DayEntry {
        teller: origin.connection,
        rank: ranks.of(origin),
        record: &row.record,
    };
    Ok(rows.iter().zip(&origins).map(entry).collect())
}

fn summed(merger: &Merger<'_>, rows: &[StoredRecord], merged: Merged) -> Result<Summed, ApiError> {
    let lead = &rows[merged.shares[0].entry];
    let mut parts = Vec::with_capacity(merged.shares.len());
    for share in &merged.shares {
        let row = &rows[share.entry];
        parts.push(Part::of(row, merger.sources.name(row.connection_id)?, share));
    }
    let row = StoredRecord {
        id: lead.id,
        connection_id: lead.connection_id,
        record: merged.record,
        created_at: rows.iter().map(|row| row.created_at).min().unwrap_or(lead.created_at),
        updated_at: rows.iter().map(|row| row.updated_at).max().unwrap_or(lead.updated_at),
    };
    Ok(Summed { row, parts })
}

/// A day's sleep is that of its sleeps after they were merged. Its id is that of the sum of the connection whose sleep
/// leads.
fn sleeps(
    merger: &Merger<'_>,
    (first, last): (Day, Day),
    connections: Option<&[ConnectionId]>,
) -> Result<ByDay, ApiError> {
    let sums = records(merger, Kind::SleepDay, (first, last), connections)?;
    let Some(single) = Single::of(Kind::Sleep) else { return Ok(ByDay::new()) };
    let mut by_day: BTreeMap<Day, Vec<Shown<StoredRecord>>> = BTreeMap::new();
    // The day of waking up is at most a day off the UTC day of falling asleep, on either side.
    let range = (first.plus(-3).start_utc(), last.plus(3).start_utc());
    for sleep in single.between(merger, range, connections)? {
        by_day.entry(sleep.row.record.day).or_default().push(sleep);
    }
    let mut found = ByDay::new();
    for (day, rows) in sums {
        let Some(sleeps) = by_day.remove(&day) else { continue };
        let longest = sleeps.iter().max_by_key(|sleep| {
            let record = &sleep.row.record;
            let main = matches!(&record.body, Body::Sleep(sleep) if sleep.main);
            (main, record.end.map_or(0, |end| end.since_ms(record.start)), sleep.row.id)
        });
        let lead = longest.and_then(|sleep| rows.iter().find(|row| row.connection_id == sleep.row.connection_id));
        let Some(lead) = lead else { continue };
        let bodies = sleeps.iter().filter_map(|sleep| match &sleep.row.record.body {
            Body::Sleep(sleep) => Some(sleep),
            _ => None,
        });
        let (time_asleep, time_awake) = session::of_day(bodies);
        let record = Record { body: Body::SleepDay { time_asleep, time_awake }, ..lead.record.clone() };
        let row = StoredRecord {
            id: lead.id,
            connection_id: lead.connection_id,
            record,
            created_at: sleeps.iter().map(|sleep| sleep.row.created_at).min().unwrap_or(lead.created_at),
            updated_at: sleeps.iter().map(|sleep| sleep.row.updated_at).max().unwrap_or(lead.updated_at),
        };
        let parts = sleeps.into_iter().flat_map(|sleep| sleep.parts).collect();
        found.insert(day, Summed { row, parts });
    }
    Ok(found)
}

fn activities(
    merger: &Merger<'_>,
    (first, last): (Day, Day),
    connections: Option<&[ConnectionId]>,
) -> Result<ByDay, ApiError> {
    let mut rows = records(merger, Kind::ActivityDay, (first, last), connections)?;
    let mut hours: BTreeMap<Day, Vec<Member>> = BTreeMap::new();
    let mut stands = Vec::with_capacity(ADDED.len());
    for (metric, member) in ADDED {
        let totals = rows.values().flatten().filter(|row| day::told(&row.record, metric).is_some());
        let stand = Stand::read(merger, metric, (first, last), connections, totals)?;
        stands.push((metric, member, stand));
    }
    for (metric, _, stand) in &mut stands {
        for (day, told) in stand.take_hours() {
            hours.entry(day).or_default().push((*metric, told));
        }
    }
    let days: Vec<Day> = rows.keys().chain(hours.keys()).copied().filter(|d| first <= *d && *d <= last).collect();
    let mut found = ByDay::new();
    for day in days {
        if found.contains_key(&day) {
            continue;
        }
        let rows = rows.remove(&day).unwrap_or_default();
        let hours = hours.remove(&day).unwrap_or_default();
        let entries = entries(merger, &rows, Subject::Metric(Metric::Steps))?;
        let mut shown = match day::activity(&entries) {
            Some(merged) => summed(merger, &rows, merged)?,
            None => match from_hours(day, &hours) {
                Some(shown) => shown,
                None => continue,
            },
        };
        for (metric, member, stand) in &stands {
            let told = hours.iter().find(|(m, _)| m == metric).map_or(&[][..], |(_, told)| told.as_slice());
            add(merger, &mut shown, (*metric, member), stand, (&rows, told))?;
        }
        found.insert(day, shown);
    }
    Ok(found)
}

/// Puts the sum of a metric into a day, with its parts.
fn add(
    merger: &Merger<'_>,
    shown: &mut Summed,
    (metric, member): (Metric, &'static str),
    stand: &Stand,
    (rows, told): (&[StoredRecord], &[Told]),
) -> Result<(), ApiError> {
    let mut totals = Vec::with_capacity(rows.len());
    for (entry, row) in rows.iter().enumerate() {
        if let Some(value) = day::told(&row.record, metric) {
            let (teller, rank) = (merger.sources.rank(row.connection_id), stand.rank_of(row));
            totals.push(Total { entry, teller, rank, value });
        }
    }
    totals.sort_by_key(|total| (total.rank, total.teller));
    let hours: Vec<Hours> = told
        .iter()
        .map(|t| Hours { teller: merger.sources.rank(t.connection), rank: t.rank, counted: t.counted, told: t.sum })
        .collect();
    let Some(sum) = day::sum(&totals, &hours) else { return Ok(()) };
    day::set(&mut shown.row.record, metric, rounded(sum.value));
    for (total, why) in totals.iter().zip(&sum.totals) {
        let row = &rows[total.entry];
        let counts = matches!(why, Why::Leads | Why::SaysMore);
        shown.parts.push(Part {
            id: Some(row.id),
            source: merger.sources.name(row.connection_id)?.to_owned(),
            device: row.record.device.clone(),
            member: Some(member),
            start: row.record.start,
            end: row.record.end,
            samples: None,
            said: Said::Amount(total.value, if counts { total.value } else { 0.0 }),
            used: if counts { Used::All } else { Used::None },
            fields: Vec::new(),
            why: *why,
        });
    }
    let best = told.iter().map(|t| t.rank).min();
    for told in told {
        let counted = if sum.hours { told.counted } else { 0.0 };
        let used = used(told.sum, counted);
        shown.parts.push(Part {
            id: None,
            source: merger.sources.name(told.connection)?.to_owned(),
            device: told.device.clone(),
            member: Some(member),
            start: told.start,
            end: Some(told.end),
            samples: Some(told.samples),
            said: Said::Amount(told.sum, counted),
            used,
            fields: Vec::new(),
            why: match used {
                _ if !sum.hours => Why::Covered,
                _ if Some(told.rank) == best => Why::Leads,
                Used::None => Why::Covered,
                Used::All | Used::Part => Why::FillsGap,
            },
        });
        shown.row.created_at = shown.row.created_at.min(told.created_at);
        shown.row.updated_at = shown.row.updated_at.max(told.updated_at);
    }
    Ok(())
}

/// The frame of a day of which hours are told, but no total: it is of the best source of the first member.
fn from_hours(day: Day, hours: &[Member]) -> Option<Summed> {
    let best = hours.first()?.1.iter().min_by_key(|told| told.rank)?;
    let mut id = RecordId([0; RecordId::BYTES]);
    id.0[..NO_RECORD.len()].copy_from_slice(&NO_RECORD);
    id.0[NO_RECORD.len()..].copy_from_slice(&day.0.to_be_bytes());
    let row = StoredRecord {
        id,
        connection_id: best.connection,
        record: Record {
            key: day.to_string(),
            device: best.device.clone(),
            start: day.start_utc(),
            end: None,
            offset: None,
            day,
            body: Body::ActivityDay(hilum_model::observation::ActivityDay::default()),
            source_data: serde_json::Map::new(),
        },
        created_at: best.created_at,
        updated_at: best.updated_at,
    };
    Some(Summed { row, parts: Vec::new() })
}

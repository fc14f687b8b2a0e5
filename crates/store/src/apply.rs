//! Applying a batch: the one road by which data enter.
mod timeline;
mod whole;

use std::collections::BTreeSet;

use hilum_model::{Batch, Body, ConnectionId, Day, HumanId, Kind, Observation, Record, Sample, Time};
use serde_json::json;

use crate::archive::{self, Payload};
use crate::changes::{self, What};
use crate::connections::{self, Connection, ConnectionState, Cursor};
use crate::crypto::Sealer;
use crate::db::Conn;
use crate::outbox::tally::Tally;
use crate::outbox::{self, EventType, NewEvent};
use crate::records::{self, Filter, Put};
use crate::store::Context;
use crate::{Store, StoreError, humans, series};

/// What a batch changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Applied {
    /// New records and samples.
    pub inserted: u64,
    /// Corrected ones.
    pub updated: u64,
    /// Seen before, the same.
    pub unchanged: u64,
    /// Deleted ones.
    pub deleted: u64,
    /// Left out because they break the rules of the model ([`Batch`] keeps such things out when it is filled by its
    /// methods).
    pub rejected: u64,
}

impl Store {
    /// Applies a batch to a connection: records, samples, nights with their timelines, what is gone at the source, derived
    /// sleep days, account facts, devices and the cursor, all in one transaction. Idempotent; readers never see half a batch. Fails with `NotFound` when the connection is
    /// gone, disconnected or paused meanwhile.
    pub async fn apply(
        &self,
        human: HumanId,
        connection: ConnectionId,
        batch: Batch,
        cursor: Option<Cursor>,
    ) -> Result<Applied, StoreError> {
        self.apply_told(human, connection, batch, cursor, Vec::new()).await
    }

    /// Applies what a later parser made of archived payloads of a connection, whatever its state. With `rehearse` nothing
    /// stays of it: it is only counted.
    pub async fn reapply(
        &self,
        human: HumanId,
        connection: ConnectionId,
        batch: Batch,
        rehearse: bool,
    ) -> Result<Applied, StoreError> {
        self.read(|conn| self.context.vault.person(conn, human))?;
        self.write(move |conn, context| {
            let work = |conn: Conn<'_>| run(conn, context, human, connection, batch, None, Told::Again);
            if rehearse { conn.rehearse(work) } else { work(conn) }
        })
        .await
    }
}

/// What told a batch.
#[derive(Clone, Copy)]
pub(crate) enum Told<'a> {
    /// These payloads, which are to be kept; none where the archive is off or knows no such payload.
    By(&'a [Payload]),
    /// Payloads that are in the archive.
    Again,
}

/// A batch under way.
struct Applying<'a> {
    conn: Conn<'a>,
    context: &'a Context,
    key: &'a Sealer,
    human: HumanId,
    connection: ConnectionId,
    now: Time,
    applied: Applied,
    /// Kinds of which a record was stored.
    touched: BTreeSet<Kind>,
    /// What changed, for the app.
    tally: Tally,
    /// Days whose sleeps changed.
    sleep_days: BTreeSet<Day>,
}

/// Applies a batch within a write.
pub(crate) fn run(
    conn: Conn<'_>,
    context: &Context,
    human: HumanId,
    id: ConnectionId,
    batch: Batch,
    cursor: Option<&Cursor>,
    told: Told<'_>,
) -> Result<Applied, StoreError> {
    let connection = connections::find(conn, &context.vault, human, id)?
        .filter(|connection| {
            let rests = matches!(connection.state, ConnectionState::Disconnected | ConnectionState::Paused);
            !rests || matches!(told, Told::Again)
        })
        .ok_or(StoreError::NotFound)?;
    let silent = batch.observations.is_empty();
    let newest = newest(&batch, context.now());
    let key = context.vault.person(conn, human)?;
    let mut applying = Applying {
        conn,
        context,
        key: &key,
        human,
        connection: id,
        now: context.now(),
        applied: Applied::default(),
        touched: BTreeSet::new(),
        tally: Tally::default(),
        sleep_days: BTreeSet::new(),
    };
    let mut samples: Vec<Sample> = Vec::new();
    let mut stretches = Vec::new();
    let mut others = Vec::new();
    for observation in batch.observations {
        match observation {
            Observation::Record(record) if record.body.kind() == Some(Kind::SleepStage) => stretches.push(*record),
            other => others.push(other),
        }
    }
    applying.stretches(stretches)?;
    for observation in others {
        match observation {
            Observation::Sample(sample) => samples.push(sample),
            Observation::Record(record) => applying.record(&record)?,
            Observation::Deleted { kind, key } => applying.delete(kind, &key)?,
        }
    }
    applying.samples(samples)?;
    let named = applying.applied.deleted;
    if let Some(whole) = &batch.whole {
        applying.whole(whole)?;
    }
    let unnamed = applying.applied.deleted - named;
    match told {
        Told::By([]) if silent && unnamed == 0 => {}
        Told::By([]) => archive::gap(conn, human, id)?,
        Told::By(payloads) => {
            if unnamed > 0 {
                // No payload names what went; older ones tell it, and must not bring it back.
                archive::gap(conn, human, id)?;
            }
            archive::keep(conn, context, human, id, payloads)?;
        }
        Told::Again => {}
    }
    applying.sleep_days()?;
    for kind in &applying.touched {
        changes::touch(conn, human, What::Records(*kind), applying.now)?;
    }
    connections::learn_devices(conn, context, &connection, &batch.facts.devices)?;
    connections::learn_newest(conn, context, &connection, newest)?;
    humans::learn(conn, context, human, batch.facts)?;
    if connection.pending.is_none() {
        tell(conn, context, &connection, &applying.tally, cursor)?;
    }
    if let Some(cursor) = cursor {
        connections::put_cursor(conn, human, id, cursor)?;
    }
    Ok(applying.applied)
}

/// Tells the app what changed, and how far the sync has come. To be called before the cursor is written.
fn tell(
    conn: Conn<'_>,
    context: &Context,
    connection: &Connection,
    tally: &Tally,
    cursor: Option<&Cursor>,
) -> Result<(), StoreError> {
    let (human, id, source) = (connection.human_id, connection.connection_id, &connection.provider);
    let mut events = tally.events(id, source, context.now());
    if let Some(cursor) = cursor {
        if connection.synced_at.is_none() && cursor.synced_at.is_some() {
            events.push(NewEvent::live(EventType::FirstSync, json!({"connectionId": id, "source": source})));
        }
        if cursor.history_done && !outbox::tell::history_done(conn, human, id, &cursor.stream)? {
            let data = json!({"connectionId": id, "source": source, "stream": cursor.stream});
            events.push(NewEvent::live(EventType::HistorySync, data));
        }
    }
    if events.is_empty() {
        return Ok(());
    }
    match outbox::app_of(conn, human)? {
        Some(app) => outbox::put(conn, context, app, Some(human), &events),
        None => Ok(()),
    }
}

/// The newest moment that a batch tells something of. States do not count, nor what claims to lie ahead.
fn newest(batch: &Batch, now: Time) -> Option<Time> {
    let moments = batch.observations.iter().filter_map(|observation| match observation {
        Observation::Sample(sample) => Some(sample.start),
        Observation::Record(record) if !record.is_state() => Some(record.start),
        Observation::Record(_) | Observation::Deleted { .. } => None,
    });
    moments.filter(|moment| *moment <= now).max()
}

/// What storing a record did.
enum Change {
    /// It was there, the same, or was rejected.
    None,
    /// It was new, or counted for a day before.
    Stored { day_before: Option<Day> },
}

impl<'a> Applying<'a> {
    fn record(&mut self, record: &Record) -> Result<(), StoreError> {
        // A sleep day is derived here and nowhere else.
        let kind = record.body.kind().filter(|kind| *kind != Kind::SleepDay);
        let Some(kind) = kind.filter(|_| record.end.is_none_or(|end| end >= record.start)) else {
            self.applied.rejected += 1;
            return Ok(());
        };
        if record.is_state() && self.still_holds(kind, record)? {
            self.applied.unchanged += 1;
            return Ok(());
        }
        let joined = if record.is_part() { self.joined(kind, record)? } else { self.with_timeline(record)? };
        match self.put(kind, joined.as_ref().unwrap_or(record))? {
            Change::Stored { day_before } if kind == Kind::Sleep => {
                self.sleep_days.insert(record.day);
                self.sleep_days.extend(day_before);
            }
            Change::Stored { .. } | Change::None => {}
        }
        Ok(())
    }

    /// A part with what other parts told before; `None` if it is the first.
    fn joined(&self, kind: Kind, part: &Record) -> Result<Option<Record>, StoreError> {
        let vault = &self.context.vault;
        let id = records::id_of(vault, self.human, self.connection, kind, &part.key);
        let known = records::find(self.conn, vault, self.human, kind, id)?;
        Ok(known.map(|known| part.clone().joined_with(&known.record)))
    }

    /// Whether the newest record of this kind from this connection says the same as a state that is told again.
    fn still_holds(&self, kind: Kind, state: &Record) -> Result<bool, StoreError> {
        let filter = Filter { connections: Some(vec![self.connection]), limit: 1, ..Filter::default() };
        let newest = records::rows(self.conn, &self.context.vault, self.human, kind, &filter)?;
        Ok(newest.first().is_some_and(|newest| newest.record.body == state.body))
    }

    /// Stores a record if it is new or changed.
    fn put(&mut self, kind: Kind, record: &Record) -> Result<Change, StoreError> {
        let Some(body) = records::to_body(record) else {
            self.applied.rejected += 1;
            return Ok(Change::None);
        };
        let vault = &self.context.vault;
        let id = records::id_of(vault, self.human, self.connection, kind, &record.key);
        let old = records::find(self.conn, vault, self.human, kind, id)?;
        let change = match &old {
            Some(old) if old.record == *record || records::to_body(&old.record).as_ref() == Some(&body) => {
                self.applied.unchanged += 1;
                return Ok(Change::None);
            }
            Some(_) => {
                self.applied.updated += 1;
                EventType::DataUpdated
            }
            None => {
                self.applied.inserted += 1;
                EventType::DataCreated
            }
        };
        self.tally.record(kind, change, record.day);
        let put = Put { human: self.human, connection: self.connection, kind, id, record, body };
        records::put(self.conn, vault, self.key, &put, self.now)?;
        self.touched.insert(kind);
        Ok(Change::Stored { day_before: old.map(|old| old.record.day) })
    }

    fn target(&self) -> series::Target<'a> {
        series::Target {
            conn: self.conn,
            vault: &self.context.vault,
            key: self.key,
            human: self.human,
            connection: self.connection,
            now: self.now,
        }
    }

    fn samples(&mut self, samples: Vec<Sample>) -> Result<(), StoreError> {
        let target = self.target();
        let merged = series::put(&target, samples, &mut self.tally)?;
        self.applied.inserted += merged.inserted;
        self.applied.updated += merged.updated;
        self.applied.unchanged += merged.unchanged;
        self.applied.rejected += merged.rejected;
        Ok(())
    }

    fn delete(&mut self, kind: Kind, key: &str) -> Result<(), StoreError> {
        let vault = &self.context.vault;
        let id = records::id_of(vault, self.human, self.connection, kind, key);
        if kind == Kind::SleepDay {
            self.applied.rejected += 1;
            return Ok(());
        }
        let old = records::find(self.conn, vault, self.human, kind, id)?;
        if let Some(old) = old {
            records::delete(self.conn, self.human, kind, id)?;
            self.applied.deleted += 1;
            self.tally.record(kind, EventType::DataDeleted, old.record.day);
            match kind {
                Kind::Sleep => _ = self.sleep_days.insert(old.record.day),
                Kind::SleepStage => self.rejoin(old.record.start, old.record.end.unwrap_or(old.record.start))?,
                // Its track goes with it. Not counted: it was not asked for.
                Kind::Activity => series::withdraw::of_context(&self.target(), key)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Derives the sums of the days whose sleeps changed. They are not counted: the caller did not send them.
    fn sleep_days(&mut self) -> Result<(), StoreError> {
        let counted = self.applied;
        for day in std::mem::take(&mut self.sleep_days) {
            let sleeps = records::of_day(self.conn, self.key, self.human, self.connection, Kind::Sleep, day)?;
            if let Some(sum) = sleep_day(day, sleeps.iter().map(|sleep| &sleep.record)) {
                self.put(Kind::SleepDay, &sum)?;
            } else {
                let vault = &self.context.vault;
                let id = records::id_of(vault, self.human, self.connection, Kind::SleepDay, &day.to_string());
                records::delete(self.conn, self.human, Kind::SleepDay, id)?;
            }
        }
        self.applied = counted;
        Ok(())
    }
}

/// The sum of a day's sleeps; `None` if there are none. It stands at midnight UTC of its day. A phone and a watch of one
/// connection may tell the same night: of sleeps of different devices that overlap, only one counts, the main or longest.
fn sleep_day<'a>(day: Day, sleeps: impl Iterator<Item = &'a Record>) -> Option<Record> {
    let mut told: Vec<(&Record, bool, f64, f64)> = sleeps
        .filter_map(|record| match &record.body {
            Body::Sleep(s) => Some((record, s.main, s.asleep_s.unwrap_or(0.0), s.awake_s.unwrap_or(0.0))),
            _ => None,
        })
        .collect();
    told.sort_by(|a, b| b.1.cmp(&a.1).then(b.2.total_cmp(&a.2)).then_with(|| a.0.key.cmp(&b.0.key)));
    let any = !told.is_empty();
    let (mut counted, mut asleep_s, mut awake_s): (Vec<&Record>, f64, f64) = (Vec::new(), 0.0, 0.0);
    for (record, _, asleep, awake) in told {
        let end = |record: &Record| record.end.unwrap_or(record.start);
        let same =
            |other: &&Record| other.device != record.device && other.start < end(record) && record.start < end(other);
        if !counted.iter().any(same) {
            counted.push(record);
            asleep_s += asleep;
            awake_s += awake;
        }
    }
    any.then(|| Record {
        key: day.to_string(),
        device: None,
        start: day.start_utc(),
        end: None,
        offset: None,
        day,
        body: Body::SleepDay { time_asleep: asleep_s / 60.0, time_awake: awake_s / 60.0 },
        source_data: serde_json::Map::new(),
    })
}

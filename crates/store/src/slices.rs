//! Lists by place instead of number: what follows the row that a caller has seen last. Rows that are inserted or deleted
//! meanwhile move nothing, and nothing is counted, so that the last slice of a long list costs no more than the first.

use hilum_model::chunk::StoredPoint;
use hilum_model::{ClientId, HumanId, Kind, Metric, RecordId, Time};
use rusqlite::params;

use crate::changes::{self, What};
use crate::db::{Conn, statements};
use crate::humans::{self, Human, SealedHuman};
use crate::records::{self, Conditions, Filter, StoredRecord, conditions};
use crate::samples::{self, StoredSample};
use crate::{Store, StoreError};

statements! {
    FIRST = concat!(
        "SELECT record_id, connection_id, created_at, updated_at, sealed_body FROM records
        WHERE ", conditions!(), " ORDER BY start_at DESC, record_id LIMIT $10"
    );
    FOLLOWING = concat!(
        "SELECT record_id, connection_id, created_at, updated_at, sealed_body FROM records
        WHERE ", conditions!(), " AND start_at <= $11 AND (start_at < $11 OR record_id > $12)
        ORDER BY start_at DESC, record_id LIMIT $10"
    );
    /// Real people alone, as in batch queries by number.
    PEOPLE = "SELECT c.human_id FROM last_changes c JOIN humans h ON h.human_id = c.human_id
        WHERE c.client_id = $1 AND c.kind = $2 AND c.updated_at >= $3 AND c.human_id >= $4 ORDER BY c.human_id";
    HUMANS = "SELECT human_id, client_id, user_id, sealed_client_user_id, sealed_facts, created_at, updated_at
        FROM humans WHERE client_id = $1 AND created_at >= $2 AND (created_at > $2 OR human_id > $3)
        ORDER BY created_at, human_id LIMIT $4";
    NEWEST = "SELECT max(created_at) FROM humans WHERE client_id = $1";
}

/// Rows that follow each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice<T> {
    /// At most as many as asked for.
    pub rows: Vec<T>,
    /// Whether further ones follow.
    pub more: bool,
}

impl<T> Slice<T> {
    /// Of rows of which one more was read than asked for.
    fn cut(mut rows: Vec<T>, limit: u32) -> Self {
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        Self { rows, more }
    }

    /// Nothing.
    pub const fn empty() -> Self {
        Self { rows: Vec::new(), more: false }
    }

    /// The row after which the next slice begins, if there is one.
    pub fn last(&self) -> Option<&T> {
        self.rows.last().filter(|_| self.more)
    }
}

/// Rows of an app's people.
#[derive(Debug, Clone)]
pub struct AcrossSlice<T> {
    /// People with their rows, by id; of each the rows newest first.
    pub people: Vec<(Human, Vec<T>)>,
    /// Whether further rows follow.
    pub more: bool,
}

/// Where a record stands in lists: newest start first, then by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordPlace {
    /// Start.
    pub start: Time,
    /// Id.
    pub id: RecordId,
}

impl RecordPlace {
    /// That of a record.
    pub const fn of(row: &StoredRecord) -> Self {
        Self { start: row.record.start, id: row.id }
    }
}

/// Where a sample stands in lists: newest start first, then by the number of the series, then the longer one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SamplePlace {
    /// Start.
    pub start: Time,
    /// Number of the series.
    pub series: u32,
    /// End of an interval.
    pub end: Option<Time>,
}

impl SamplePlace {
    /// That of a sample.
    pub fn of(row: &StoredSample) -> Self {
        Self { start: row.start, series: row.series.number, end: row.end }
    }

    /// Whether a point of a series comes later in lists.
    pub(crate) fn precedes(&self, series: u32, stored: &StoredPoint) -> bool {
        let point = &stored.point;
        point.start < self.start
            || (point.start == self.start && (series > self.series || (series == self.series && point.end < self.end)))
    }
}

impl Store {
    /// The records of a list that follow a place, or the first ones. Of the filter `offset` does not count.
    pub fn records_after(
        &self,
        human: HumanId,
        kind: Kind,
        filter: &Filter,
        after: Option<RecordPlace>,
    ) -> Result<Slice<StoredRecord>, StoreError> {
        let limit = filter.limit.saturating_add(1);
        self.read(|conn| {
            conn.snapshot(|conn| {
                let rows = self.following(conn, (human, kind), filter, (after, limit))?;
                Ok(Slice::cut(rows, filter.limit))
            })
        })
    }

    /// The samples of a list that follow a place, or the first ones. Of the filter `offset` does not count.
    pub fn samples_after(
        &self,
        human: HumanId,
        metric: Metric,
        filter: &Filter,
        after: Option<SamplePlace>,
    ) -> Result<Slice<StoredSample>, StoreError> {
        let more = Filter { limit: filter.limit.saturating_add(1), ..filter.clone() };
        let rows = self.samples_following(human, metric, &more, after)?;
        Ok(Slice::cut(rows, filter.limit))
    }

    /// Records of all of an app's people that follow a place of one of them; see [`Store::records_of_app`].
    pub fn records_of_app_after(
        &self,
        (app, kind): (ClientId, Kind),
        source: Option<&str>,
        filter: &Filter,
        after: Option<(HumanId, RecordPlace)>,
    ) -> Result<AcrossSlice<StoredRecord>, StoreError> {
        self.slice_across((app, What::Records(kind)), source, filter, after, |conn, human, filter, after| {
            self.following(conn, (human, kind), filter, (after, filter.limit))
        })
    }

    /// Samples of all of an app's people that follow a place of one of them; see [`Store::records_of_app`].
    pub fn samples_of_app_after(
        &self,
        (app, metric): (ClientId, Metric),
        source: Option<&str>,
        filter: &Filter,
        after: Option<(HumanId, SamplePlace)>,
    ) -> Result<AcrossSlice<StoredSample>, StoreError> {
        self.slice_across((app, What::Samples(metric)), source, filter, after, |conn, human, filter, after| {
            samples::following(conn, &self.context.vault, (human, metric), filter, after)
        })
    }

    /// An app's people that follow one, or the first ones, oldest first; only those created at `since` or later.
    pub fn humans_after(
        &self,
        app: ClientId,
        limit: u32,
        (since, after): (Option<Time>, Option<(Time, HumanId)>),
    ) -> Result<Slice<Human>, StoreError> {
        // No id comes before an empty one.
        let from = since.map_or(i64::MIN, |time| time.0);
        let (created, id) = after.map_or((from, Vec::new()), |(time, id)| (time.0, id.0.to_vec()));
        self.read(|conn| {
            conn.snapshot(|conn| {
                let rows = conn.all(HUMANS, params![app.0, created, id, limit.saturating_add(1)], SealedHuman::read)?;
                let humans: Result<Vec<Human>, _> =
                    rows.into_iter().map(|row| row.open(conn, &self.context.vault)).collect();
                Ok(Slice::cut(humans?, limit))
            })
        })
    }

    /// When the youngest of an app's people was created.
    pub fn newest_human(&self, app: ClientId) -> Result<Option<Time>, StoreError> {
        let newest = self.read(|conn| conn.one(NEWEST, [app.0], |row| Ok(row.get::<_, Option<i64>>(0)?)))?;
        Ok(newest.flatten().map(Time))
    }

    fn following(
        &self,
        conn: Conn<'_>,
        (human, kind): (HumanId, Kind),
        filter: &Filter,
        (after, limit): (Option<RecordPlace>, u32),
    ) -> Result<Vec<StoredRecord>, StoreError> {
        if changes::nothing_new(conn, human, What::Records(kind), filter)? {
            return Ok(Vec::new());
        }
        let Some(key) = self.context.vault.find_person(conn, human)? else { return Ok(Vec::new()) };
        let c = Conditions::new(filter);
        let (number, read) = (kind.number(), |row: &rusqlite::Row<'_>| records::read_row(row, &key, human, kind));
        match after {
            None => conn.all(
                FIRST,
                params![
                    human.0,
                    number,
                    c.days.0,
                    c.days.1,
                    c.created.0,
                    c.created.1,
                    c.updated.0,
                    c.updated.1,
                    c.connections,
                    limit
                ],
                read,
            ),
            Some(after) => conn.all(
                FOLLOWING,
                params![
                    human.0,
                    number,
                    c.days.0,
                    c.days.1,
                    c.created.0,
                    c.created.1,
                    c.updated.0,
                    c.updated.1,
                    c.connections,
                    limit,
                    after.start.0,
                    after.id.0
                ],
                read,
            ),
        }
    }

    fn slice_across<T, P: Copy>(
        &self,
        (app, what): (ClientId, What),
        source: Option<&str>,
        filter: &Filter,
        after: Option<(HumanId, P)>,
        read: impl Fn(Conn<'_>, HumanId, &Filter, Option<P>) -> Result<Vec<T>, StoreError>,
    ) -> Result<AcrossSlice<T>, StoreError> {
        let since = filter.updated_since.map_or(i64::MIN, |time| time.0);
        let first = after.map_or_else(Vec::new, |(human, _)| human.0.to_vec());
        self.read(|conn| {
            conn.snapshot(|conn| {
                let people =
                    conn.all(PEOPLE, params![app.0, what.number(), since, first], |row| Ok(HumanId(row.get(0)?)))?;
                let mut all = AcrossSlice { people: Vec::new(), more: false };
                let mut left = filter.limit as usize;
                for human in people {
                    let limit = u32::try_from(left + 1).unwrap_or(u32::MAX);
                    let mut mine = Filter { connections: None, limit, ..filter.clone() };
                    if let Some(source) = source {
                        let wanted = changes::of_source(conn, human, source)?;
                        if wanted.is_empty() {
                            continue;
                        }
                        mine.connections = Some(wanted);
                    }
                    let place = after.filter(|(of, _)| *of == human).map(|(_, place)| place);
                    let mut rows = read(conn, human, &mine, place)?;
                    all.more = rows.len() > left;
                    rows.truncate(left);
                    left -= rows.len();
                    if !rows.is_empty() {
                        let human = humans::by_id(conn, &self.context.vault, human)?.ok_or(StoreError::NotFound)?;
                        all.people.push((human, rows));
                    }
                    if all.more {
                        break;
                    }
                }
                Ok(all)
            })
        })
    }
}

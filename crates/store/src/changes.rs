//! When rows of a kind changed last, person by person: what a question for news is answered from first, so that nobody is
//! read who has none. And the answers across all people of an app.

use hilum_model::{ClientId, ConnectionId, HumanId, Kind, Metric, Time};
use rusqlite::params;

use crate::db::{Conn, statements};
use crate::humans::{self, Human};
use crate::records::{self, Filter, Page, StoredRecord};
use crate::samples::{self, StoredSample};
use crate::{Store, StoreError};

statements! {
    TOUCH = "INSERT INTO last_changes (human_id, kind, client_id, updated_at)
        SELECT human_id, $2, client_id, $3 FROM person_keys WHERE human_id = $1
        ON CONFLICT (human_id, kind) DO UPDATE SET updated_at = excluded.updated_at
        WHERE last_changes.updated_at < excluded.updated_at";
    LAST = "SELECT updated_at FROM last_changes WHERE human_id = $1 AND kind = $2";
    /// Real people alone: a person whose enrolment nobody has finished has no row in humans.
    PEOPLE = "SELECT c.human_id FROM last_changes c JOIN humans h ON h.human_id = c.human_id
        WHERE c.client_id = $1 AND c.kind = $2 AND c.updated_at >= $3 ORDER BY c.human_id";
    LAST_OF_APP = "SELECT max(updated_at) FROM last_changes WHERE client_id = $1 AND kind = $2";
    OF_SOURCE = "SELECT connection_id FROM connections
        WHERE human_id = $1 AND provider = $2 AND pending IS NULL ORDER BY connection_id";
}

/// What changes: records of a kind, or samples of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Records.
    Records(Kind),
    /// Samples.
    Samples(Metric),
}

impl What {
    /// The stored number: metrics stand above all kinds.
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Records(kind) => i64::from(kind.number()),
            Self::Samples(metric) => 256 + i64::from(metric.number()),
        }
    }
}

/// A page across people.
#[derive(Debug, Clone)]
pub struct AcrossPage<T> {
    /// People with their rows, by id; of each the rows newest first.
    pub people: Vec<(Human, Vec<T>)>,
    /// Rows that match in all.
    pub total: u64,
}

impl Store {
    /// Records of all of an app's people, in the order of the people's ids. `filter.connections` does not count here; `source`
    /// is a provider's id. With `updated_since`, people without news cost nothing.
    pub fn records_of_app(
        &self,
        app: ClientId,
        kind: Kind,
        source: Option<&str>,
        filter: &Filter,
    ) -> Result<AcrossPage<StoredRecord>, StoreError> {
        let vault = &self.context.vault;
        self.across((app, What::Records(kind)), source, filter, |conn, human, filter| {
            records::page(conn, vault, human, kind, filter)
        })
    }

    /// Samples of all of an app's people; see [`Store::records_of_app`].
    pub fn samples_of_app(
        &self,
        app: ClientId,
        metric: Metric,
        source: Option<&str>,
        filter: &Filter,
    ) -> Result<AcrossPage<StoredSample>, StoreError> {
        let vault = &self.context.vault;
        self.across((app, What::Samples(metric)), source, filter, |conn, human, filter| {
            samples::page(conn, vault, human, metric, filter)
        })
    }

    fn across<T>(
        &self,
        (app, what): (ClientId, What),
        source: Option<&str>,
        filter: &Filter,
        page: impl Fn(Conn<'_>, HumanId, &Filter) -> Result<Page<T>, StoreError>,
    ) -> Result<AcrossPage<T>, StoreError> {
        let since = filter.updated_since.map_or(i64::MIN, |time| time.0);
        self.read(|conn| {
            conn.snapshot(|conn| {
                let people = conn.all(PEOPLE, params![app.0, what.number(), since], |row| Ok(HumanId(row.get(0)?)))?;
                let mut all = AcrossPage { people: Vec::new(), total: 0 };
                let (mut skip, mut left) = (filter.offset, filter.limit);
                for human in people {
                    let mut mine = Filter { connections: None, limit: left, offset: skip, ..filter.clone() };
                    if let Some(source) = source {
                        let wanted = of_source(conn, human, source)?;
                        if wanted.is_empty() {
                            continue;
                        }
                        mine.connections = Some(wanted);
                    }
                    let found = page(conn, human, &mine)?;
                    all.total += found.total;
                    skip = skip.saturating_sub(found.total);
                    left -= u32::try_from(found.rows.len()).unwrap_or(left).min(left);
                    if !found.rows.is_empty() {
                        let human = humans::by_id(conn, &self.context.vault, human)?.ok_or(StoreError::NotFound)?;
                        all.people.push((human, found.rows));
                    }
                }
                Ok(all)
            })
        })
    }
}

impl Store {
    /// When rows of a person changed last; `None` when there never were any. What is stored later than this call is not
    /// older.
    pub fn last_change(&self, human: HumanId, what: What) -> Result<Option<Time>, StoreError> {
        self.read(|conn| conn.one(LAST, params![human.0, what.number()], |row| Ok(Time(row.get(0)?))))
    }

    /// The same of all of an app's people.
    pub fn last_change_of_app(&self, app: ClientId, what: What) -> Result<Option<Time>, StoreError> {
        let last = self.read(|conn| {
            conn.one(LAST_OF_APP, params![app.0, what.number()], |row| Ok(row.get::<_, Option<i64>>(0)?))
        })?;
        Ok(last.flatten().map(Time))
    }
}

/// The connections of a person to a source.
pub(crate) fn of_source(conn: Conn<'_>, human: HumanId, source: &str) -> Result<Vec<ConnectionId>, StoreError> {
    conn.all(OF_SOURCE, params![human.0, source], |row| Ok(ConnectionId(row.get(0)?)))
}

/// Notes that rows of a person changed.
pub(crate) fn touch(conn: Conn<'_>, human: HumanId, what: What, now: Time) -> Result<(), StoreError> {
    conn.run(TOUCH, params![human.0, what.number(), now.0])?;
    Ok(())
}

/// Whether nothing of a person changed that recently, so that a list has no row to show.
pub(crate) fn nothing_new(conn: Conn<'_>, human: HumanId, what: What, filter: &Filter) -> Result<bool, StoreError> {
    let Some(since) = filter.updated_since else { return Ok(false) };
    let last = conn.one(LAST, params![human.0, what.number()], |row| Ok(Time(row.get(0)?)))?;
    Ok(last.is_none_or(|last| last < since))
}

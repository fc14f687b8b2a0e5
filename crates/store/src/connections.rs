//! Connections: a person's links to accounts at providers.
pub(crate) mod former;
pub(crate) mod upkeep;

use std::sync::Arc;

pub(crate) use upkeep::learn_newest;

use hilum_model::{ConnectionId, Day, HumanId, Phi, SessionId, Time};
use rusqlite::{Params, Row, params};

use crate::crypto::{Place, Sealer, Vault};
use crate::db::{Conn, Sql, json_list, list_json, statements};
use crate::grants::Tokens;
use crate::outbox::tell;
use crate::sessions::{self, SessionState};
use crate::store::Context;
use crate::{Store, StoreError, archive, grants, jobs, push_keys};

macro_rules! columns {
    () => {
        "human_id, connection_id, provider, pending, state, reason, state_since, sealed_account, scopes,
        sealed_devices, connected_at, synced_at, region, question, fault, fault_since, data_at, data_gap,
        data_until"
    };
}

statements! {
    INSERT = "INSERT INTO connections
        (human_id, connection_id, provider, pending, state, reason, state_since, sealed_account, scopes,
         sealed_devices, connected_at, synced_at, lookup, account_lookup, region, former, question)
        VALUES ($1, $2, $3, $4, $5, NULL, $6, $7, $8, $9, $6, NULL, $10, $11, $12, $13, $14)";
    GET = concat!("SELECT ", columns!(), " FROM connections WHERE human_id = $1 AND connection_id = $2");
    LIST = concat!(
        "SELECT ", columns!(), " FROM connections WHERE human_id = $1 AND pending IS NULL
        ORDER BY connected_at, connection_id"
    );
    PROVIDERS = "SELECT connection_id, provider FROM connections WHERE human_id = $1 AND pending IS NULL
        ORDER BY connected_at, connection_id";
    HAS_ANY = "SELECT 1 FROM connections WHERE human_id = $1 AND pending IS NULL LIMIT 1";
    LIST_EVERY = concat!(
        "SELECT ", columns!(), " FROM connections WHERE human_id = $1 ORDER BY connected_at, connection_id"
    );
    LIST_PENDING = concat!(
        "SELECT ", columns!(), " FROM connections WHERE pending = $1 ORDER BY connected_at, connection_id"
    );
    LIST_ALL = concat!(
        "SELECT ", columns!(), " FROM connections WHERE pending IS NULL ORDER BY human_id, connected_at, connection_id"
    );
    LIST_OF_ACCOUNT = concat!(
        "SELECT ", columns!(), " FROM connections WHERE account_lookup = $1 ORDER BY human_id, connection_id"
    );
    PENDING_IDS = "SELECT connection_id FROM connections WHERE pending = $1 ORDER BY connected_at, connection_id";
    KNOWN_IN_SESSION = "SELECT connection_id FROM connections WHERE pending = $1 AND lookup = $2";
    KNOWN_OF_HUMAN = "SELECT connection_id FROM connections WHERE human_id = $1 AND lookup = $2 AND pending IS NULL";
    LOOKUP = "SELECT lookup, scopes, region, former FROM connections WHERE human_id = $1 AND connection_id = $2";
    AGREED_IDS = "SELECT connection_id FROM connections WHERE pending = $1 AND question = 0
        ORDER BY connected_at, connection_id";
    SET_REAL = "UPDATE connections SET pending = NULL WHERE human_id = $1 AND connection_id = $2";
    REVIVE = "UPDATE connections SET scopes = $3, state = $4, reason = NULL, fault = NULL, fault_since = NULL,
        region = COALESCE($6, region), question = $7,
        state_since = CASE WHEN state = $4 THEN state_since ELSE $5 END
        WHERE human_id = $1 AND connection_id = $2";
    SET_STATE = "UPDATE connections SET state = $3, reason = $4,
        state_since = CASE WHEN state = $3 THEN state_since ELSE $5 END
        WHERE human_id = $1 AND connection_id = $2";
    SET_DEVICES = "UPDATE connections SET sealed_devices = $3 WHERE human_id = $1 AND connection_id = $2";
    SET_SYNCED = "UPDATE connections SET synced_at = $3
        WHERE human_id = $1 AND connection_id = $2 AND (synced_at IS NULL OR synced_at < $3)";
    DELETE = "DELETE FROM connections WHERE human_id = $1 AND connection_id = $2";
    DELETE_CHUNKS = "DELETE FROM chunks WHERE human_id = $1
        AND series IN (SELECT series FROM series WHERE human_id = $1 AND connection_id = $2)";
    DELETE_SERIES = "DELETE FROM series WHERE human_id = $1 AND connection_id = $2";
    DELETE_RECORDS = "DELETE FROM records WHERE human_id = $1 AND connection_id = $2";
    DELETE_CURSORS = "DELETE FROM cursors WHERE human_id = $1 AND connection_id = $2";
    DELETE_IMPORTS = "DELETE FROM imports WHERE human_id = $1 AND connection_id = $2";
    LIST_CURSORS = "SELECT stream, oldest, newest, history_done, synced_at FROM cursors
        WHERE human_id = $1 AND connection_id = $2 ORDER BY stream";
    PUT_CURSOR = "INSERT INTO cursors (human_id, connection_id, stream, oldest, newest, history_done, synced_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (human_id, connection_id, stream) DO UPDATE SET oldest = excluded.oldest,
        newest = excluded.newest, history_done = excluded.history_done, synced_at = excluded.synced_at";
}

/// How a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// Data flows, or is about to.
    Live,
    /// Only the person can mend it, by authorising again.
    NeedsReauth,
    /// The provider does not answer properly; tried again by itself.
    ProviderDown,
    /// The person disconnected it; data stay, nothing is fetched.
    Disconnected,
    /// The operator or the app paused it; data stay, nothing is fetched.
    Paused,
}

/// A connection.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Person.
    pub human_id: HumanId,
    /// Id.
    pub connection_id: ConnectionId,
    /// Provider id.
    pub provider: String,
    /// The session it still belongs to; `None` once it is real.
    pub pending: Option<SessionId>,
    /// State.
    pub state: ConnectionState,
    /// Why (a fixed word such as `revoked`), and since when.
    pub reason: Option<String>,
    /// Since when it is in this state.
    pub state_since: Time,
    /// The provider's id of the account.
    pub account: Phi<String>,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// Device names seen.
    pub devices: Vec<String>,
    /// Connected.
    pub connected_at: Time,
    /// Last sync that came through.
    pub synced_at: Option<Time>,
    /// Region of the provider on which the account lives.
    pub region: Option<String>,
    /// Pending, and not the account that was expected: the person has to agree first.
    pub question: bool,
    /// What goes wrong although the provider answers (stream and fixed words), and since when.
    pub fault: Option<(String, Time)>,
    /// The newest moment of its data.
    pub data_until: Option<Time>,
    /// When the newest moment of its data last moved; `None` before the first data.
    pub data_at: Option<Time>,
    /// How long it usually takes until it moves again, ms.
    pub data_gap_ms: Option<i64>,
}

/// What some new connections have besides.
#[derive(Debug, Clone, Default)]
pub struct Extras {
    /// Region of the provider on which the account lives.
    pub region: Option<String>,
    /// Names of providers and the account's id with them: a connection of the same person to one of these is taken
    /// over, and keeps its id.
    pub former: Vec<(String, Phi<String>)>,
    /// The person has to agree to this account first.
    pub question: bool,
}

/// A new connection, pending in a session (or real at once, for the demo user).
#[derive(Debug)]
pub struct NewConnection {
    /// Person.
    pub human_id: HumanId,
    /// Id; ignored when the person has a connection to the same account that is pending in the same session.
    pub connection_id: ConnectionId,
    /// Provider id.
    pub provider: String,
    /// Session.
    pub pending: Option<SessionId>,
    /// The provider's id of the account.
    pub account: Phi<String>,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// First tokens; `None` for a source without a grant.
    pub tokens: Option<Tokens>,
}

/// How far a stream has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Stream id.
    pub stream: String,
    /// Everything from this day …
    pub oldest: Day,
    /// … to this day has been read at least once.
    pub newest: Day,
    /// The history limit is reached.
    pub history_done: bool,
    /// Last time that it was read to the present.
    pub synced_at: Option<Time>,
}

impl ConnectionState {
    /// The stored number.
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Live => 1,
            Self::NeedsReauth => 2,
            Self::ProviderDown => 3,
            Self::Disconnected => 4,
            Self::Paused => 5,
        }
    }
    pub(crate) fn from_number(number: i64) -> Result<Self, StoreError> {
        [Self::Live, Self::NeedsReauth, Self::ProviderDown, Self::Disconnected, Self::Paused]
            .into_iter()
            .find(|state| state.number() == number)
            .ok_or(StoreError::Damaged("connections.state"))
    }
}

impl Store {
    /// Adds a connection with its first grant, in one transaction. Returns its id.
    ///
    /// A pending connection to an account that is pending in the same session already takes the new tokens, and so
    /// does a real one to an account that the person has connected already. Fails with `NotFound` when the session is
    /// not open any more: what comes back from the provider too late belongs to nobody.
    pub async fn add_connection(&self, new: NewConnection) -> Result<ConnectionId, StoreError> {
        self.add_connection_with(new, Extras::default()).await
    }
    /// [`Store::add_connection`] of one that has more to be said.
    pub async fn add_connection_with(&self, new: NewConnection, extras: Extras) -> Result<ConnectionId, StoreError> {
        self.write(move |conn, context| add(conn, context, &new, &extras)).await
    }
    /// A person's real connections (also disconnected ones), oldest first.
    pub fn connections(&self, human: HumanId) -> Result<Vec<Connection>, StoreError> {
        self.read(|conn| list(conn, &self.context.vault, LIST, [human.0]))
    }
    /// A person's connections, real and pending ones, oldest first: whose grants end with the person.
    pub fn connections_and_pending(&self, human: HumanId) -> Result<Vec<Connection>, StoreError> {
        self.read(|conn| list(conn, &self.context.vault, LIST_EVERY, [human.0]))
    }
    /// Which provider each of a person's real connections is of, oldest first. What a page of data needs of them, without
    /// opening anything sealed.
    pub fn providers(&self, human: HumanId) -> Result<Arc<[(ConnectionId, String)]>, StoreError> {
        let commits = self.commits();
        if let Some(known) = self.memory.providers.get(commits, &human) {
            return Ok(known);
        }
        let read = |row: &Row<'_>| Ok((ConnectionId(row.get(0)?), row.get(1)?));
        let found: Arc<[_]> = self.read(|conn| conn.all(PROVIDERS, [human.0], read))?.into();
        self.memory.providers.put(commits, human, found.clone());
        Ok(found)
    }
    /// Connections pending in a session, oldest first.
    pub fn pending_connections(&self, session: SessionId) -> Result<Vec<Connection>, StoreError> {
        self.read(|conn| list(conn, &self.context.vault, LIST_PENDING, [session.0]))
    }
    /// One, pending or real.
    pub fn connection(&self, human: HumanId, id: ConnectionId) -> Result<Option<Connection>, StoreError> {
        self.read(|conn| conn.snapshot(|conn| find(conn, &self.context.vault, human, id)))
    }
    /// All real connections of all people, for `doctor`.
    pub fn all_connections(&self) -> Result<Vec<Connection>, StoreError> {
        self.read(|conn| list(conn, &self.context.vault, LIST_ALL, []))
    }
    /// All connections of all people to an account at a provider, real and pending ones.
    pub fn connections_of_account(&self, provider: &str, account: &str) -> Result<Vec<Connection>, StoreError> {
        let vault = &self.context.vault;
        self.read(|conn| list(conn, vault, LIST_OF_ACCOUNT, [account_lookup(vault, provider, account)]))
    }
    /// Sets the state; `state_since` moves only when the state changes. Fails with `NotFound` when there is no such
    /// connection.
    pub async fn set_connection_state(
        &self,
        human: HumanId,
        id: ConnectionId,
        state: ConnectionState,
        reason: Option<String>,
    ) -> Result<(), StoreError> {
        self.write(move |conn, context| set_state(conn, context, human, id, state, reason.as_deref())).await
    }
    /// The person disconnects a real connection: state `Disconnected`, its grant goes, its `sync` jobs go. Data stay.
    /// (A `revoke` job that was queued before stays: it carries what it needs.)
    pub async fn disconnect(&self, human: HumanId, id: ConnectionId) -> Result<(), StoreError> {
        self.write(move |conn, context| {
            set_state(conn, context, human, id, ConnectionState::Disconnected, None)?;
            grants::delete(conn, human, id)?;
            push_keys::delete(conn, human, id)?;
            jobs::delete_sync(conn, id)
        })
        .await
    }
    /// Erases a pending connection with everything of it. Fails with `NotFound` when it is not pending.
    pub async fn erase_pending(&self, human: HumanId, id: ConnectionId) -> Result<(), StoreError> {
        self.write(move |conn, context| {
            find(conn, &context.vault, human, id)?.and_then(|c| c.pending).ok_or(StoreError::NotFound)?;
            erase(conn, human, id)
        })
        .await
    }
    /// Cursors of a connection.
    pub fn cursors(&self, human: HumanId, id: ConnectionId) -> Result<Vec<Cursor>, StoreError> {
        self.read(|conn| {
            conn.all(LIST_CURSORS, params![human.0, id.0], |row| {
                Ok(Cursor {
                    stream: row.get(0)?,
                    oldest: Day(row.get(1)?),
                    newest: Day(row.get(2)?),
                    history_done: row.get(3)?,
                    synced_at: row.get::<_, Option<i64>>(4)?.map(Time),
                })
            })
        })
    }
}

/// Sets the state, and tells the app if that is news.
fn set_state(
    conn: Conn<'_>,
    context: &Context,
    human: HumanId,
    id: ConnectionId,
    state: ConnectionState,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    let before = tell::standing(conn, human, id)?.ok_or(StoreError::NotFound)?;
    conn.run(SET_STATE, params![human.0, id.0, state.number(), reason, context.now().0])?;
    tell::changed(conn, context, (human, id), &before, state, reason)
}

fn add(conn: Conn<'_>, context: &Context, new: &NewConnection, extras: &Extras) -> Result<ConnectionId, StoreError> {
    let human = new.human_id;
    let now = context.now();
    let key = context.vault.person(conn, human)?;
    let account = lookup(&context.vault, human, &new.provider, new.account.expose());
    let former = former::lookups(&context.vault, human, &extras.former);
    let known = match new.pending {
        Some(session) => {
            sessions::by_id(conn, &context.vault, session)?
                .filter(|s| s.human_id == human && s.state == SessionState::Open && s.expires_at > now)
                .ok_or(StoreError::NotFound)?;
            conn.one(KNOWN_IN_SESSION, params![session.0, account], id_of)?
        }
        None => former::known(conn, human, &account, &former)?,
    };
    let scopes = list_json(&new.scopes);
    let before = known.map(|id| tell::standing(conn, human, id)).transpose()?.flatten();
    let id = if let Some(id) = known {
        let live = ConnectionState::Live.number();
        conn.run(REVIVE, params![human.0, id.0, scopes, live, now.0, extras.region, extras.question])?;
        if new.pending.is_none() {
            former::take_over(conn, context, human, id, &new.provider, &new.account)?;
        }
        id
    } else {
        let id = new.connection_id;
        conn.run(
            INSERT,
            params![
                human.0,
                id.0,
                new.provider,
                new.pending.map(|session| session.0),
                ConnectionState::Live.number(),
                now.0,
                key.seal(context.vault.random(), &account_place(human, id), new.account.expose().as_bytes())?,
                scopes,
                seal_devices(context, &key, human, id, &[])?,
                account,
                account_lookup(&context.vault, &new.provider, new.account.expose()),
                extras.region,
                (!former.is_empty()).then_some(former),
                extras.question
            ],
        )?;
        id
    };
    if let Some(tokens) = &new.tokens {
        grants::replace(conn, context, human, id, tokens)?;
    }
    if new.pending.is_none() {
        tell::connected(conn, context, human, id, before.as_ref())?;
    }
    Ok(id)
}

/// Makes a pending connection real. If the person has the account already, its grant moves to the known connection,
/// which lives again. Returns the id that stays.
pub(crate) fn activate(
    conn: Conn<'_>,
    context: &Context,
    human: HumanId,
    pending: ConnectionId,
) -> Result<ConnectionId, StoreError> {
    let row = conn.one(LOOKUP, params![human.0, pending.0], |row| {
        Ok((
            row.get::<_, Vec<u8>>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, Option<String>>(2)?,
            row.get::<_, Option<Vec<u8>>>(3)?.unwrap_or_default(),
        ))
    })?;
    let (account, scopes, region, former) = row.ok_or(StoreError::NotFound)?;
    let Some(known) = former::known(conn, human, &account, &former)? else {
        conn.run(SET_REAL, params![human.0, pending.0])?;
        tell::connected(conn, context, human, pending, None)?;
        tell::brought_along(conn, context, human, pending)?;
        return Ok(pending);
    };
    let before = tell::standing(conn, human, known)?;
    if let Some(grant) = grants::find(conn, &context.vault, human, pending)? {
        grants::replace(conn, context, human, known, &grant.tokens)?;
    }
    let new = find(conn, &context.vault, human, pending)?.ok_or(StoreError::NotFound)?;
    push_keys::hand_over(conn, human, pending, known, context.now().0)?;
    let live = ConnectionState::Live.number();
    conn.run(REVIVE, params![human.0, known.0, scopes, live, context.now().0, region, false])?;
    erase(conn, human, pending)?;
    former::take_over(conn, context, human, known, &new.provider, &new.account)?;
    tell::connected(conn, context, human, known, before.as_ref())?;
    Ok(known)
}

/// Whether a person ever connected anything for real.
pub(crate) fn has_any(conn: Conn<'_>, human: HumanId) -> Result<bool, StoreError> {
    Ok(conn.one(HAS_ANY, [human.0], |_| Ok(()))?.is_some())
}

/// Ids of the connections of a session that become real with it, oldest first.
pub(crate) fn agreed_ids(conn: Conn<'_>, session: SessionId) -> Result<Vec<ConnectionId>, StoreError> {
    conn.all(AGREED_IDS, [session.0], id_of)
}

/// Ids of the connections that are pending in a session, oldest first.
pub(crate) fn pending_ids(conn: Conn<'_>, session: SessionId) -> Result<Vec<ConnectionId>, StoreError> {
    conn.all(PENDING_IDS, [session.0], id_of)
}

/// Deletes a connection with everything of it.
pub(crate) fn erase(conn: Conn<'_>, human: HumanId, id: ConnectionId) -> Result<(), StoreError> {
    jobs::delete_sync(conn, id)?;
    grants::delete(conn, human, id)?;
    push_keys::delete(conn, human, id)?;
    archive::delete(conn, human, id)?;
    for sql in [DELETE_CHUNKS, DELETE_SERIES, DELETE_RECORDS, DELETE_CURSORS, DELETE_IMPORTS, DELETE] {
        conn.run(sql, params![human.0, id.0])?;
    }
    Ok(())
}

/// Notes device names that a source told; known ones stay.
pub(crate) fn learn_devices(
    conn: Conn<'_>,
    context: &Context,
    connection: &Connection,
    told: &[String],
) -> Result<(), StoreError> {
    let mut devices = connection.devices.clone();
    for device in told {
        if !devices.contains(device) {
            devices.push(device.clone());
        }
    }
    if devices.len() > connection.devices.len() {
        let (human, id) = (connection.human_id, connection.connection_id);
        let key = context.vault.person(conn, human)?;
        conn.run(SET_DEVICES, params![human.0, id.0, seal_devices(context, &key, human, id, &devices)?])?;
    }
    Ok(())
}

/// Stores how far a stream has been read; a sync that came to the present counts for the connection too.
pub(crate) fn put_cursor(conn: Conn<'_>, human: HumanId, id: ConnectionId, cursor: &Cursor) -> Result<(), StoreError> {
    let synced_at = cursor.synced_at.map(|at| at.0);
    conn.run(
        PUT_CURSOR,
        params![human.0, id.0, cursor.stream, cursor.oldest.0, cursor.newest.0, cursor.history_done, synced_at],
    )?;
    if let Some(at) = synced_at {
        conn.run(SET_SYNCED, params![human.0, id.0, at])?;
    }
    Ok(())
}

/// One, pending or real.
pub(crate) fn find(
    conn: Conn<'_>,
    vault: &Vault,
    human: HumanId,
    id: ConnectionId,
) -> Result<Option<Connection>, StoreError> {
    conn.one(GET, params![human.0, id.0], SealedConnection::read)?.map(|row| row.open(conn, vault)).transpose()
}

fn list(conn: Conn<'_>, vault: &Vault, sql: Sql, params: impl Params) -> Result<Vec<Connection>, StoreError> {
    conn.snapshot(|conn| {
        let rows = conn.all(sql, params, SealedConnection::read)?;
        rows.into_iter().map(|row| row.open(conn, vault)).collect()
    })
}

fn id_of(row: &Row<'_>) -> Result<ConnectionId, StoreError> {
    Ok(ConnectionId(row.get(0)?))
}

/// The blind index of an account over all people.
fn account_lookup(vault: &Vault, provider: &str, account: &str) -> [u8; 32] {
    vault.mac("connections.account_lookup", &[provider.as_bytes(), account.as_bytes()])
}

/// The blind index of an account within a person's.
fn lookup(vault: &Vault, human: HumanId, provider: &str, account: &str) -> [u8; 32] {
    vault.mac("connections.lookup", &[&human.0, provider.as_bytes(), account.as_bytes()])
}

fn seal_devices(
    context: &Context,
    key: &Sealer,
    human: HumanId,
    id: ConnectionId,
    devices: &[String],
) -> Result<Vec<u8>, StoreError> {
    key.seal_json(context.vault.random(), &devices_place(human, id), &devices)
}

/// A row as stored.
struct SealedConnection {
    connection: Connection,
    account: Vec<u8>,
    devices: Vec<u8>,
}

impl SealedConnection {
    fn read(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            connection: Connection {
                human_id: HumanId(row.get(0)?),
                connection_id: ConnectionId(row.get(1)?),
                provider: row.get(2)?,
                pending: row.get::<_, Option<[u8; 16]>>(3)?.map(SessionId),
                state: ConnectionState::from_number(row.get(4)?)?,
                reason: row.get(5)?,
                state_since: Time(row.get(6)?),
                account: Phi::default(),
                scopes: json_list(row.get_ref(8)?, "connections.scopes")?,
                devices: Vec::new(),
                connected_at: Time(row.get(10)?),
                synced_at: row.get::<_, Option<i64>>(11)?.map(Time),
                region: row.get(12)?,
                question: row.get(13)?,
                fault: row.get::<_, Option<String>>(14)?.zip(row.get::<_, Option<i64>>(15)?.map(Time)),
                data_at: row.get::<_, Option<i64>>(16)?.map(Time),
                data_gap_ms: row.get(17)?,
                data_until: row.get::<_, Option<i64>>(18)?.map(Time),
            },
            account: row.get(7)?,
            devices: row.get(9)?,
        })
    }

    fn open(self, conn: Conn<'_>, vault: &Vault) -> Result<Connection, StoreError> {
        let mut connection = self.connection;
        let (human, id) = (connection.human_id, connection.connection_id);
        let key = vault.person(conn, human)?;
        connection.account = Phi::new(key.open_text(&account_place(human, id), &self.account)?);
        connection.devices = key.open_json(&devices_place(human, id), &self.devices)?;
        Ok(connection)
    }
}

fn account_place(human: HumanId, id: ConnectionId) -> Place {
    Place::new("connections.sealed_account").id(&human.0).id(&id.0)
}

fn devices_place(human: HumanId, id: ConnectionId) -> Place {
    Place::new("connections.sealed_devices").id(&human.0).id(&id.0)
}

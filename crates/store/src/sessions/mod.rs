//! Enrolment: Connect sessions, OAuth flows, and the exchange of a session token.

pub(crate) mod exchange;
pub(crate) mod flows;
pub(crate) mod settle;

use hilum_model::{ClientId, HumanId, Phi, SessionId, Time};
use rusqlite::{Params, Row, params};

pub use self::exchange::{Exchange, ExchangeOutcome};
pub use self::flows::Flow;
pub use self::settle::Settled;
use crate::crypto::{Place, Vault};
use crate::db::{Conn, Sql, found, statements};
use crate::store::Context;
use crate::{Store, StoreError, TokenHash, connections, crypto, humans, imports, tokens};

macro_rules! columns {
    () => {
        "session_id, client_id, human_id, mode, sealed_client_user_id, state, sealed_settings, page_secret_hash,
        browser_secret_hash, changed, version, created_at, expires_at"
    };
}

statements! {
    INSERT = "INSERT INTO sessions
        (session_id, client_id, human_id, mode, sealed_client_user_id, state, sealed_settings, page_secret_hash,
         browser_secret_hash, changed, version, created_at, expires_at, lookup)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, $10, $11, $12)";
    GET = concat!("SELECT ", columns!(), " FROM sessions WHERE session_id = $1");
    GET_BY_PAGE = concat!("SELECT ", columns!(), " FROM sessions WHERE page_secret_hash = $1");
    GET_BY_BROWSER = concat!(
        "SELECT ", columns!(), " FROM sessions WHERE browser_secret_hash = $1 ORDER BY created_at DESC LIMIT 1"
    );
    GET_BY_TOKEN = concat!("SELECT ", columns!(), " FROM sessions WHERE token_hash = $1");
    LIST_OPEN = concat!(
        "SELECT ", columns!(), " FROM sessions WHERE state = $1 AND expires_at > $2 ORDER BY created_at, session_id"
    );
    LIST_ENDED = concat!(
        "SELECT ", columns!(), " FROM sessions s
        WHERE (state IN ($1, $2) AND expires_at <= $4)
           OR (state = $3 AND (EXISTS (SELECT 1 FROM connections c WHERE c.pending = s.session_id)
                               OR (sealed_client_user_id IS NOT NULL AND expires_at <= $4)))
        ORDER BY expires_at, session_id LIMIT $5"
    );
    FINISH = "UPDATE sessions SET state = $2, token_hash = $3, expires_at = $4
        WHERE session_id = $1 AND state = $5 AND expires_at > $6";
    CLOSE = "UPDATE sessions SET state = $2 WHERE session_id = $1 AND state = $3";
    EXTEND = "UPDATE sessions SET expires_at = CASE WHEN expires_at < $2 THEN $2 ELSE expires_at END
        WHERE session_id = $1 AND state = $3 AND expires_at > $4";
    TOUCH = "UPDATE sessions SET version = version + 1, changed = CASE WHEN $2 = 1 THEN 1 ELSE changed END
        WHERE session_id = $1 RETURNING version";
    EXPIRE = "UPDATE sessions SET state = $2, sealed_client_user_id = NULL, sealed_answer = NULL
        WHERE session_id = $1";
    HOLDS = "SELECT 1 FROM sessions WHERE human_id = $1 AND state IN ($2, $3, $4) LIMIT 1";
    DELETE_OLD = "DELETE FROM sessions WHERE state IN ($1, $2) AND expires_at < $3";
}

/// How long the row of a used or expired session is kept, so that a late retry is told what happened: 30 days.
const KEEP_MS: i64 = 30 * 86_400_000;

/// What a session may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionState {
    /// The page is open.
    Open,
    /// The person is done; the session token may be exchanged.
    Finished,
    /// Exchanged by the app's server.
    Exchanged,
    /// Closed without a change.
    Closed,
    /// Timed out; what it connected is revoked and erased.
    Expired,
}

/// Create or edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionMode {
    /// For a person that the app does not have yet. `human_id` is allotted but not real before the exchange.
    Create,
    /// For an existing person.
    Edit,
}

/// A Connect session.
#[derive(Debug, Clone)]
pub struct Session {
    /// Id.
    pub session_id: SessionId,
    /// App.
    pub client_id: ClientId,
    /// Person: allotted (create) or existing (edit).
    pub human_id: HumanId,
    /// Mode.
    pub mode: SessionMode,
    /// The app's own id of the person.
    pub client_user_id: Phi<String>,
    /// State.
    pub state: SessionState,
    /// Free-form settings of the page (finish URL, language, origin), as JSON text that the engine owns.
    pub settings: String,
    /// Hash of the secret that the page holds.
    pub page_secret_hash: TokenHash,
    /// Hash of the secret in the browser's resume cookie.
    pub browser_secret_hash: TokenHash,
    /// A source was added or removed.
    pub changed: bool,
    /// Grows with each change that the page should show.
    pub version: i64,
    /// Opened.
    pub created_at: Time,
    /// Ends by itself then, whatever its state.
    pub expires_at: Time,
}

/// A new session.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Id.
    pub session_id: SessionId,
    /// App.
    pub client_id: ClientId,
    /// Person.
    pub human_id: HumanId,
    /// Mode.
    pub mode: SessionMode,
    /// The app's own id of the person.
    pub client_user_id: Phi<String>,
    /// Settings.
    pub settings: String,
    /// Hash.
    pub page_secret_hash: TokenHash,
    /// Hash.
    pub browser_secret_hash: TokenHash,
    /// End.
    pub expires_at: Time,
}

impl SessionState {
    /// The stored number.
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Open => 1,
            Self::Finished => 2,
            Self::Exchanged => 3,
            Self::Closed => 4,
            Self::Expired => 5,
        }
    }
    fn from_number(number: i64) -> Result<Self, StoreError> {
        [Self::Open, Self::Finished, Self::Exchanged, Self::Closed, Self::Expired]
            .into_iter()
            .find(|state| state.number() == number)
            .ok_or(StoreError::Damaged("sessions.state"))
    }
}

impl SessionMode {
    /// The stored number.
    const fn number(self) -> i64 {
        match self {
            Self::Create => 1,
            Self::Edit => 2,
        }
    }
    fn from_number(number: i64) -> Result<Self, StoreError> {
        match number {
            1 => Ok(Self::Create),
            2 => Ok(Self::Edit),
            _ => Err(StoreError::Damaged("sessions.mode")),
        }
    }
}

impl Store {
    /// Opens a session. For create mode also makes the key under which its connections are encrypted, unless the person
    /// was allotted one with a token, or was registered by the app and has connected nothing. Fails with `NotFound` when there is no such app, or (edit mode) no such person of
    /// this app.
    pub async fn create_session(&self, new: NewSession) -> Result<Session, StoreError> {
        self.write(move |conn, context| {
            let now = context.now();
            conn.run(
                DELETE_OLD,
                params![SessionState::Exchanged.number(), SessionState::Expired.number(), now.plus_ms(-KEEP_MS).0],
            )?;
            match new.mode {
                SessionMode::Create if tokens::spoken_for(conn, new.human_id)? => {}
                SessionMode::Create if waits(conn, context, &new)? => {}
                SessionMode::Create => {
                    context.vault.new_person(conn, new.human_id, new.client_id, now)?;
                }
                SessionMode::Edit => {
                    humans::by_id(conn, &context.vault, new.human_id)?
                        .filter(|human| human.client_id == new.client_id)
                        .ok_or(StoreError::NotFound)?;
                }
            }
            insert(conn, context, new, now)
        })
        .await
    }
    /// By id.
    pub fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        self.read(|conn| find(conn, &self.context.vault, GET, [id.0]))
    }
    /// By the hash of the page's secret.
    pub fn session_by_page_secret(&self, hash: &TokenHash) -> Result<Option<Session>, StoreError> {
        self.read(|conn| find(conn, &self.context.vault, GET_BY_PAGE, [hash]))
    }
    /// By the hash of the browser's resume secret; the newest, if one browser opened several.
    pub fn session_by_browser_secret(&self, hash: &TokenHash) -> Result<Option<Session>, StoreError> {
        self.read(|conn| find(conn, &self.context.vault, GET_BY_BROWSER, [hash]))
    }
    /// By the hash of its session token, in whatever state it is: what the exchange of that token would be about.
    pub fn session_by_token(&self, hash: &TokenHash) -> Result<Option<Session>, StoreError> {
        self.read(|conn| find(conn, &self.context.vault, GET_BY_TOKEN, [hash]))
    }
    /// Sessions in state `Open` whose end lies in the future.
    pub fn open_sessions(&self) -> Result<Vec<Session>, StoreError> {
        let now = self.context.now();
        self.read(|conn| list(conn, &self.context.vault, LIST_OPEN, params![SessionState::Open.number(), now.0]))
    }
    /// `Open` → `Finished` with the hash of its session token and a new end. `false` if it was not open, or had ended.
    pub async fn finish_session(
        &self,
        id: SessionId,
        token_hash: TokenHash,
        expires_at: Time,
    ) -> Result<bool, StoreError> {
        self.write(move |conn, context| {
            let changed = conn.run(
                FINISH,
                params![
                    id.0,
                    SessionState::Finished.number(),
                    token_hash,
                    expires_at.0,
                    SessionState::Open.number(),
                    context.now().0
                ],
            )?;
            Ok(changed == 1)
        })
        .await
    }
    /// `Open` → `Closed`. `false` if it was not open.
    pub async fn close_session(&self, id: SessionId) -> Result<bool, StoreError> {
        self.write(move |conn, _| {
            let changed = conn.run(CLOSE, params![id.0, SessionState::Closed.number(), SessionState::Open.number()])?;
            Ok(changed == 1)
        })
        .await
    }
    /// An open session ends not before that time. Fails with `NotFound` when it is not open (any more).
    pub async fn extend_session(&self, id: SessionId, until: Time) -> Result<(), StoreError> {
        self.write(move |conn, context| {
            found(conn.run(EXTEND, params![id.0, until.0, SessionState::Open.number(), context.now().0])?)
        })
        .await
    }
    /// Marks that a source was added or removed and that the page should show it. Returns the new version.
    pub async fn touch_session(&self, id: SessionId, changed: bool) -> Result<i64, StoreError> {
        self.write(move |conn, _| {
            conn.one(TOUCH, params![id.0, changed], |row| Ok(row.get(0)?))?.ok_or(StoreError::NotFound)
        })
        .await
    }
    /// Open or finished sessions that have ended, and closed ones that still hold something: pending connections, or
    /// (once they have ended) the key of a person that never became real. All of them are to be expired.
    pub fn ended_sessions(&self, limit: u32) -> Result<Vec<Session>, StoreError> {
        let now = self.context.now();
        self.read(|conn| {
            let states = [SessionState::Open, SessionState::Finished, SessionState::Closed].map(SessionState::number);
            list(conn, &self.context.vault, LIST_ENDED, params![states[0], states[1], states[2], now.0, limit])
        })
    }
    /// Erases what a session connected but nobody finalised, with the files that its page brought, and marks it `Expired`; its grants must have been handed
    /// to revocation before. In create mode the allotted person's key goes too, unless a token of the app still opens
    /// Connect for them. What identifies the person is emptied:
    /// `client_user_id` is `""` afterwards. Nothing happens to an exchanged session.
    pub async fn expire_session(&self, id: SessionId) -> Result<(), StoreError> {
        let (erased, files) = self
            .write(move |conn, context| {
                let Some(session) = find(conn, &context.vault, GET, [id.0])? else { return Err(StoreError::NotFound) };
                if matches!(session.state, SessionState::Exchanged | SessionState::Expired) {
                    return Ok((None, Vec::new()));
                }
                let files = imports::pending::forget(conn, id)?;
                for connection in connections::pending_ids(conn, id)? {
                    connections::erase(conn, session.human_id, connection)?;
                }
                flows::delete_of_session(conn, id)?;
                conn.run(EXPIRE, params![id.0, SessionState::Expired.number()])?;
                let allotted = session.mode == SessionMode::Create
                    && humans::by_id(conn, &context.vault, session.human_id)?.is_none()
                    && !tokens::spoken_for(conn, session.human_id)?
                    && !holds(conn, session.human_id)?;
                if allotted {
                    crypto::delete_person(conn, session.human_id)?;
                }
                Ok((allotted.then_some(session.human_id), files))
            })
            .await?;
        if let Some(human) = erased {
            self.context.vault.forget(human);
        }
        for file in files {
            self.remove_spool(file)?;
        }
        Ok(())
    }
}

/// Whether a session still needs the key of somebody who is not real yet.
pub(crate) fn holds(conn: Conn<'_>, human: HumanId) -> Result<bool, StoreError> {
    let states = [SessionState::Open, SessionState::Finished, SessionState::Closed].map(SessionState::number);
    Ok(conn.one(HOLDS, params![human.0, states[0], states[1], states[2]], |_| Ok(()))?.is_some())
}

/// Whether the app registered the person, who has connected nothing yet.
fn waits(conn: Conn<'_>, context: &Context, new: &NewSession) -> Result<bool, StoreError> {
    let known = humans::by_id(conn, &context.vault, new.human_id)?;
    let registered = known.is_some_and(|human| human.client_id == new.client_id);
    Ok(registered && !connections::has_any(conn, new.human_id)?)
}

fn insert(conn: Conn<'_>, context: &Context, new: NewSession, now: Time) -> Result<Session, StoreError> {
    let key = context.vault.person(conn, new.human_id)?;
    let random = context.vault.random();
    let id = new.session_id;
    conn.run(
        INSERT,
        params![
            id.0,
            new.client_id.0,
            new.human_id.0,
            new.mode.number(),
            key.seal(random, &client_user_id_place(id), new.client_user_id.expose().as_bytes())?,
            SessionState::Open.number(),
            context.vault.seal_system(&settings_place(id), new.settings.as_bytes())?,
            new.page_secret_hash,
            new.browser_secret_hash,
            now.0,
            new.expires_at.0,
            humans::lookup(&context.vault, new.client_id, new.client_user_id.expose())
        ],
    )?;
    Ok(Session {
        session_id: id,
        client_id: new.client_id,
        human_id: new.human_id,
        mode: new.mode,
        client_user_id: new.client_user_id,
        state: SessionState::Open,
        settings: new.settings,
        page_secret_hash: new.page_secret_hash,
        browser_secret_hash: new.browser_secret_hash,
        changed: false,
        version: 0,
        created_at: now,
        expires_at: new.expires_at,
    })
}

/// The session that a statement finds.
fn find(conn: Conn<'_>, vault: &Vault, sql: Sql, params: impl Params) -> Result<Option<Session>, StoreError> {
    conn.snapshot(|conn| conn.one(sql, params, SealedSession::read)?.map(|row| row.open(conn, vault)).transpose())
}

fn list(conn: Conn<'_>, vault: &Vault, sql: Sql, params: impl Params) -> Result<Vec<Session>, StoreError> {
    conn.snapshot(|conn| {
        let rows = conn.all(sql, params, SealedSession::read)?;
        rows.into_iter().map(|row| row.open(conn, vault)).collect()
    })
}

/// By id.
pub(crate) fn by_id(conn: Conn<'_>, vault: &Vault, id: SessionId) -> Result<Option<Session>, StoreError> {
    find(conn, vault, GET, [id.0])
}

/// A row as stored. The client user id is empty once it has expired; the settings, which are the app's and not the
/// person's, stay.
struct SealedSession {
    session: Session,
    client_user_id: Option<Vec<u8>>,
    settings: Vec<u8>,
}

impl SealedSession {
    fn read(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            session: Session {
                session_id: SessionId(row.get(0)?),
                client_id: ClientId(row.get(1)?),
                human_id: HumanId(row.get(2)?),
                mode: SessionMode::from_number(row.get(3)?)?,
                client_user_id: Phi::default(),
                state: SessionState::from_number(row.get(5)?)?,
                settings: String::new(),
                page_secret_hash: row.get(7)?,
                browser_secret_hash: row.get(8)?,
                changed: row.get(9)?,
                version: row.get(10)?,
                created_at: Time(row.get(11)?),
                expires_at: Time(row.get(12)?),
            },
            client_user_id: row.get(4)?,
            settings: row.get(6)?,
        })
    }

    fn open(self, conn: Conn<'_>, vault: &Vault) -> Result<Session, StoreError> {
        let mut session = self.session;
        let id = session.session_id;
        let settings = vault.open_system(&settings_place(id), &self.settings)?;
        session.settings = String::from_utf8(settings.expose().clone())
            .map_err(|_| StoreError::Damaged("sessions.sealed_settings"))?;
        if let Some(client_user_id) = self.client_user_id {
            let key = vault.person(conn, session.human_id)?;
            session.client_user_id = Phi::new(key.open_text(&client_user_id_place(id), &client_user_id)?);
        }
        Ok(session)
    }
}

fn client_user_id_place(session: SessionId) -> Place {
    Place::new("sessions.sealed_client_user_id").id(&session.0)
}

fn settings_place(session: SessionId) -> Place {
    Place::new("sessions.sealed_settings").id(&session.0)
}

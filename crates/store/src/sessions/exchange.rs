//! The exchange of a session token: the moment at which a person and its connections become real.

use hilum_model::{ClientId, ConnectionId, HumanId, Secret, SessionId, Time, UserId};
use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::{GET_BY_TOKEN, Session, SessionMode, SessionState, find};
use crate::crypto::Place;
use crate::db::{Conn, statements};
use crate::humans::{self, Human, HumanFacts, HumanSeed};
use crate::outbox::tell;
use crate::store::Context;
use crate::{Store, StoreError, TokenHash, connections, hash_token, imports, jobs};

statements! {
    HAS_OPEN = "SELECT 1 FROM sessions
        WHERE human_id = $1 AND client_id = $2 AND state = $3 AND expires_at > $4 LIMIT 1";
    ANSWER = "SELECT sealed_answer FROM sessions WHERE session_id = $1";
    SET_EXCHANGED = "UPDATE sessions SET state = $2, exchanged_at = $3, sealed_answer = $4 WHERE session_id = $1";
    DROP_PUBLIC_TOKEN = "DELETE FROM public_tokens WHERE human_id = $1
        AND created_at = (SELECT exchanged_at FROM sessions WHERE human_id = $1 AND session_id = $2)";
    DROP_OLD_ANSWERS = "UPDATE sessions SET sealed_answer = NULL WHERE sealed_answer IS NOT NULL AND exchanged_at < $1";
}

/// What the exchange of a session token needs.
#[derive(Debug)]
pub struct Exchange {
    /// Hash of the session token.
    pub token_hash: TokenHash,
    /// The authenticated app.
    pub client_id: ClientId,
    /// `humanId` as sent.
    pub human_id: HumanId,
    /// New access token, if this is the first exchange.
    pub access_token: Secret<String>,
    /// New public token, if this is the first exchange.
    pub public_token: Secret<String>,
    /// An authorisation code of OAuth (RFC 6749, section 4.1.2): a retry gets nothing, and ends what the first got.
    pub once: bool,
    /// Older access tokens of the person end then.
    pub old_access_until: Time,
    /// How long an identical retry gets the same answer, ms.
    pub retry_window_ms: i64,
}

/// What came of an exchange.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one is made for each exchange, and taken apart at once")]
pub enum ExchangeOutcome {
    /// The person, with the tokens that are now valid (the same again for a retry within the window).
    Done {
        /// The person.
        human: Human,
        /// Access token.
        access_token: Secret<String>,
        /// Public token.
        public_token: Secret<String>,
        /// Connections that became real by this exchange; empty for a retry.
        activated: Vec<ConnectionId>,
        /// An identical retry.
        retry: bool,
    },
    /// No finished session of this app and person has that token.
    Unknown,
    /// It was used, longer ago than the retry window.
    Used,
    /// It ended unused.
    Expired,
    /// The page is still open: the person has not finished.
    NotFinished,
    /// Another session enrolled the same client user id first; what this one connected is to be revoked.
    AlreadyEnrolled,
}

/// The answer that an identical retry gets again; kept sealed, and only as long as the retry window.
#[derive(Serialize, Deserialize)]
struct Answer {
    access_token: String,
    public_token: String,
}

impl Store {
    /// Exchanges a session token, all in one transaction: the person becomes real, its pending connections too (one
    /// that re-authorises a known account keeps the known connection's id), a `sync` job for each is queued, tokens
    /// are recorded.
    pub async fn exchange(&self, exchange: Exchange) -> Result<ExchangeOutcome, StoreError> {
        self.write(move |conn, context| run(conn, context, exchange)).await
    }
}

fn run(conn: Conn<'_>, context: &Context, exchange: Exchange) -> Result<ExchangeOutcome, StoreError> {
    let now = context.now();
    conn.run(DROP_OLD_ANSWERS, [now.plus_ms(-exchange.retry_window_ms).0])?;
    let session = find(conn, &context.vault, GET_BY_TOKEN, [exchange.token_hash])?
        .filter(|session| session.client_id == exchange.client_id && session.human_id == exchange.human_id);
    let Some(session) = session else { return not_a_token(conn, &exchange, now) };
    match session.state {
        SessionState::Open => Ok(ExchangeOutcome::NotFinished),
        SessionState::Closed => Ok(ExchangeOutcome::Unknown),
        SessionState::Expired => Ok(ExchangeOutcome::Expired),
        SessionState::Exchanged if exchange.once => {
            humans::end_family(conn, session.human_id, session.session_id.0)?;
            conn.run(DROP_PUBLIC_TOKEN, params![session.human_id.0, session.session_id.0])?;
            Ok(ExchangeOutcome::Used)
        }
        SessionState::Exchanged => again(conn, context, &session),
        SessionState::Finished if session.expires_at <= now => Ok(ExchangeOutcome::Expired),
        SessionState::Finished => first(conn, context, exchange, &session),
    }
}

/// Not the token of a finished session. If the page is still open, that is the better hint: apps have been seen to
/// exchange the token of the `open` message.
fn not_a_token(conn: Conn<'_>, exchange: &Exchange, now: Time) -> Result<ExchangeOutcome, StoreError> {
    let open = conn.one(
        HAS_OPEN,
        params![exchange.human_id.0, exchange.client_id.0, SessionState::Open.number(), now.0],
        |_| Ok(()),
    )?;
    Ok(if open.is_some() { ExchangeOutcome::NotFinished } else { ExchangeOutcome::Unknown })
}

/// The answer again, if it is still kept.
fn again(conn: Conn<'_>, context: &Context, session: &Session) -> Result<ExchangeOutcome, StoreError> {
    let kept = conn.one(ANSWER, [session.session_id.0], |row| Ok(row.get::<_, Option<Vec<u8>>>(0)?))?.flatten();
    let Some(sealed) = kept else { return Ok(ExchangeOutcome::Used) };
    let Some(human) = humans::by_id(conn, &context.vault, session.human_id)? else {
        return Ok(ExchangeOutcome::Unknown);
    };
    let key = context.vault.person(conn, session.human_id)?;
    let answer: Answer = key.open_json(&answer_place(session.session_id), &sealed)?;
    Ok(ExchangeOutcome::Done {
        human,
        access_token: Secret::new(answer.access_token),
        public_token: Secret::new(answer.public_token),
        activated: Vec::new(),
        retry: true,
    })
}

fn first(
    conn: Conn<'_>,
    context: &Context,
    exchange: Exchange,
    session: &Session,
) -> Result<ExchangeOutcome, StoreError> {
    let now = context.now();
    let id = session.human_id;
    let human = match session.mode {
        SessionMode::Edit => match humans::by_id(conn, &context.vault, id)? {
            Some(human) => human,
            None => return Ok(ExchangeOutcome::Unknown),
        },
        SessionMode::Create => match enrol(conn, context, session, HumanFacts::default())? {
            Some(human) => human,
            None => return Ok(ExchangeOutcome::AlreadyEnrolled),
        },
    };
    imports::pending::release(conn, context, id, session.session_id)?;
    let mut activated = Vec::new();
    for pending in connections::agreed_ids(conn, session.session_id)? {
        let real = connections::activate(conn, context, id, pending)?;
        jobs::enqueue_sync(conn, context, id, real, now)?;
        activated.push(real);
    }
    tell::enrolled(conn, context, id, session.mode == SessionMode::Create, &activated)?;
    humans::end_access_tokens(conn, id, exchange.old_access_until, now)?;
    let access = hash_token(exchange.access_token.expose());
    humans::put_access_token(conn, id, &access, None, Some(session.session_id.0), now)?;
    humans::put_public_token(conn, id, &hash_token(exchange.public_token.expose()), now)?;
    let sealed = if exchange.once { None } else { Some(sealed_answer(conn, context, &exchange, session)?) };
    conn.run(SET_EXCHANGED, params![session.session_id.0, SessionState::Exchanged.number(), now.0, sealed])?;
    Ok(ExchangeOutcome::Done {
        human,
        access_token: exchange.access_token,
        public_token: exchange.public_token,
        activated,
        retry: false,
    })
}

fn sealed_answer(
    conn: Conn<'_>,
    context: &Context,
    exchange: &Exchange,
    session: &Session,
) -> Result<Vec<u8>, StoreError> {
    let answer = Answer {
        access_token: exchange.access_token.expose().clone(),
        public_token: exchange.public_token.expose().clone(),
    };
    let key = context.vault.person(conn, session.human_id)?;
    key.seal_json(context.vault.random(), &answer_place(session.session_id), &answer)
}

/// Makes the person of a create session real; `None` when the app has another one under that id already. One whom the app
/// registered, and who has connected nothing yet, is enrolled by this.
pub(super) fn enrol(
    conn: Conn<'_>,
    context: &Context,
    session: &Session,
    facts: HumanFacts,
) -> Result<Option<Human>, StoreError> {
    let user = session.client_user_id.expose();
    if let Some(known) = humans::by_client_user_id(conn, &context.vault, session.client_id, user)? {
        let waits = known.human_id == session.human_id && !connections::has_any(conn, known.human_id)?;
        return Ok(waits.then_some(known));
    }
    let key = context.vault.person(conn, session.human_id)?;
    let seed = HumanSeed {
        human_id: session.human_id,
        user_id: UserId::random(context.vault.random()),
        client_id: session.client_id,
        client_user_id: session.client_user_id.clone(),
        facts,
    };
    humans::insert(conn, context, &key, seed).map(Some)
}

fn answer_place(session: SessionId) -> Place {
    Place::new("sessions.sealed_answer").id(&session.0)
}

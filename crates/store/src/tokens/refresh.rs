//! Refresh tokens: each works once, and is followed by the next of its family (OAuth 2.1, section 4.3; RFC 9700, section
//! 4.14).
//!
//! A used one that comes again is either the same request, whose answer was lost, or a copy in somebody else's hands. For
//! a short while it is taken for the first and answered the same; later the whole family ends, with every token that came
//! of it, since nobody can tell which of the two holders is the app.

use hilum_model::{ClientId, HumanId, Secret, Time};
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use super::{drop_of_family, put_of_person};
use crate::crypto::Place;
use crate::db::{Conn, statements};
use crate::humans::{self, Human};
use crate::store::Context;
use crate::{Store, StoreError, TokenHash, hash_token};

statements! {
    INSERT = "INSERT INTO refresh_tokens (human_id, token_hash, family, kind, expires_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    GET = "SELECT human_id, family, kind, used_at, sealed_answer, expires_at FROM refresh_tokens
        WHERE token_hash = $1";
    SET_USED = "UPDATE refresh_tokens SET used_at = $3, sealed_answer = $4 WHERE human_id = $1 AND token_hash = $2";
    DROP_OLD_ANSWERS = "UPDATE refresh_tokens SET sealed_answer = NULL
        WHERE sealed_answer IS NOT NULL AND used_at < $1";
    DROP_FAMILY = "DELETE FROM refresh_tokens WHERE human_id = $1 AND family = $2";
    DROP_OLDEST = "DELETE FROM refresh_tokens WHERE human_id = $1 AND family IN
        (SELECT family FROM refresh_tokens WHERE human_id = $1 AND used_at IS NULL
         ORDER BY created_at DESC, token_hash LIMIT 1000 OFFSET $2)";
}

/// Families of one person that live at once; one more ends the oldest. (An app that asks anew instead of refreshing would
/// fill the store.)
const FAMILIES: i64 = 100;

/// What a refresh token is given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// An access token of the data API.
    Access,
    /// An id token, which opens Connect.
    Id,
}

impl TokenKind {
    /// The stored number.
    const fn number(self) -> i64 {
        match self {
            Self::Access => 1,
            Self::Id => 2,
        }
    }
}

/// A token and its refresh token.
#[derive(Debug)]
pub struct Issue {
    /// What it is.
    pub kind: TokenKind,
    /// The token.
    pub token: Secret<String>,
    /// Its end.
    pub until: Time,
    /// The refresh token.
    pub refresh: Secret<String>,
    /// Its end, if it is not used.
    pub refresh_until: Time,
}

/// A refresh.
#[derive(Debug)]
pub struct Rotation {
    /// The authenticated app.
    pub client_id: ClientId,
    /// Hash of the refresh token that it sent.
    pub refresh_hash: TokenHash,
    /// What it gets, if it is the first that sends it.
    pub next: Issue,
    /// How long an identical retry gets the same answer, ms.
    pub retry_window_ms: i64,
}

/// What a refresh gave.
#[derive(Debug)]
pub struct Rotated {
    /// The person.
    pub human_id: HumanId,
    /// The new token.
    pub token: Secret<String>,
    /// Its end.
    pub until: Time,
    /// The next refresh token.
    pub refresh: Secret<String>,
}

/// What came of a refresh.
#[derive(Debug)]
pub enum RotationOutcome {
    /// New tokens, or the same again for a retry.
    Done(Rotated),
    /// No such refresh token of this app.
    Unknown,
    /// It was not used in time.
    Expired,
    /// It had been used. Its family has ended.
    Reused,
}

/// The answer that an identical retry gets again; kept sealed, and only as long as the retry window.
#[derive(Serialize, Deserialize)]
struct Answer {
    token: String,
    until: i64,
    refresh: String,
}

/// A row as stored.
struct Known {
    human: HumanId,
    family: [u8; 16],
    kind: i64,
    used: bool,
    sealed_answer: Option<Vec<u8>>,
    expires_at: Time,
}

impl Store {
    /// Records a person's token and a first refresh token, of a new family. `false` when the app has no such person (any
    /// more).
    pub async fn issue_tokens(
        &self,
        app: ClientId,
        human: HumanId,
        family: [u8; 16],
        issue: Issue,
    ) -> Result<bool, StoreError> {
        self.write(move |conn, context| {
            let human = humans::by_id(conn, &context.vault, human)?.filter(|human| human.client_id == app);
            let Some(human) = human else { return Ok(false) };
            humans::drop_ended_access_tokens(conn, human.human_id, context.now())?;
            conn.run(DROP_OLDEST, params![human.human_id.0, FAMILIES - 1])?;
            put(conn, context, &human, family, &issue)?;
            Ok(true)
        })
        .await
    }

    /// Uses up a refresh token: gives the next ones, or ends the family when it had been used before.
    pub async fn rotate(&self, rotation: Rotation) -> Result<RotationOutcome, StoreError> {
        self.write(move |conn, context| run(conn, context, &rotation)).await
    }
}

fn run(conn: Conn<'_>, context: &Context, rotation: &Rotation) -> Result<RotationOutcome, StoreError> {
    let now = context.now();
    conn.run(DROP_OLD_ANSWERS, [now.plus_ms(-rotation.retry_window_ms).0])?;
    let row = conn.one(GET, [rotation.refresh_hash], read)?.filter(|row| row.kind == rotation.next.kind.number());
    let Some(row) = row else { return Ok(RotationOutcome::Unknown) };
    let human = humans::by_id(conn, &context.vault, row.human)?.filter(|human| human.client_id == rotation.client_id);
    let Some(human) = human else { return Ok(RotationOutcome::Unknown) };
    let key = context.vault.person(conn, row.human)?;
    let place = answer_place(&rotation.refresh_hash);
    if let Some(sealed) = row.sealed_answer {
        let answer: Answer = key.open_json(&place, &sealed)?;
        return Ok(RotationOutcome::Done(Rotated {
            human_id: row.human,
            token: Secret::new(answer.token),
            until: Time(answer.until),
            refresh: Secret::new(answer.refresh),
        }));
    }
    if row.used {
        conn.run(DROP_FAMILY, params![row.human.0, row.family])?;
        humans::end_family(conn, row.human, row.family)?;
        drop_of_family(conn, row.human, row.family)?;
        return Ok(RotationOutcome::Reused);
    }
    if row.expires_at <= now {
        return Ok(RotationOutcome::Expired);
    }
    let next = &rotation.next;
    let answer =
        Answer { token: next.token.expose().clone(), until: next.until.0, refresh: next.refresh.expose().clone() };
    let sealed = key.seal_json(context.vault.random(), &place, &answer)?;
    conn.run(SET_USED, params![row.human.0, rotation.refresh_hash, now.0, sealed])?;
    humans::drop_ended_access_tokens(conn, row.human, now)?;
    put(conn, context, &human, row.family, next)?;
    Ok(RotationOutcome::Done(Rotated {
        human_id: row.human,
        token: next.token.clone(),
        until: next.until,
        refresh: next.refresh.clone(),
    }))
}

fn put(conn: Conn<'_>, context: &Context, human: &Human, family: [u8; 16], issue: &Issue) -> Result<(), StoreError> {
    let (id, now, token) = (human.human_id, context.now(), hash_token(issue.token.expose()));
    match issue.kind {
        TokenKind::Access => humans::put_access_token(conn, id, &token, Some(issue.until), Some(family), now)?,
        TokenKind::Id => put_of_person(conn, context, human, token, family, issue.until)?,
    }
    let refresh = hash_token(issue.refresh.expose());
    conn.run(INSERT, params![id.0, refresh, family, issue.kind.number(), issue.refresh_until.0, now.0])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Known, StoreError> {
    Ok(Known {
        human: HumanId(row.get(0)?),
        family: row.get(1)?,
        kind: row.get(2)?,
        used: row.get::<_, Option<i64>>(3)?.is_some(),
        sealed_answer: row.get(4)?,
        expires_at: Time(row.get(5)?),
    })
}

fn answer_place(hash: &TokenHash) -> Place {
    Place::new("refresh_tokens.sealed_answer").id(hash)
}
